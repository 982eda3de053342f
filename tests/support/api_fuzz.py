"""Asks the API for what its description promises, each operation as somebody who may: for the tests of the contract.

Of boundary values each operation gets the first few, with `GATEWAY_THOROUGH=1` the first few dozen;
`GATEWAY_FUZZ=whole` has all of them made, which takes many times as long.
"""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

from gateway.configuration.server_settings import ServerSettings
from gateway.domain.access import API_KEY_SCOPES, ROLE_PERMISSIONS, Role
from gateway.node.server import WebServer
from gateway.web.auth import Access, access_of
from tests.support.thoroughness import THOROUGH
from tests.support.web_shop import Shop, build_shop, sale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCEPTED = ["2xx", "401", "403", "404", "409", "410", "422", "429"]
EXAMPLES = {"sqlite": 4, "postgresql": 2} if THOROUGH else {"sqlite": 2, "postgresql": 1}
BOUNDARIES_MAX = {"sqlite": 24, "postgresql": 12} if THOROUGH else {"sqlite": 5, "postgresql": 1}
"""Boundary cases of one operation that changes something; the first ones are the plainest."""
READS_MAX = 24 if THOROUGH else 2
DESCRIBED_WITHIN_S = 60.0
"""The first one who asks has the description made, which takes a busy machine longer than the tool's 10 s."""

ROLES = (Role.MANAGER, Role.ADMINISTRATOR, Role.AP_CLERK, Role.APPROVER, Role.CONTROLLER, Role.TREASURER)


@dataclass
class Answers:
    """What came of it. ``failures``: broken promises; ``statuses``: of each operation, by ``METHOD /path``."""

    failures: list[str] = field(default_factory=list)
    statuses: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def operations(self) -> dict[str, Counter[int]]:
        """The operations that were asked."""
        return {name: found for name, found in self.statuses.items() if name.startswith(("GET", "P", "DELETE"))}

    def unreached(self) -> list[str]:
        """Operations that never said more than "who are you?" and "you may not"."""
        return [name for name, found in self.operations().items() if not set(found) - {401, 403, 405, 429}]

    def served(self) -> set[str]:
        """Operations that did what they were asked at least once."""
        return {name for name, found in self.operations().items() if any(200 <= status < 300 for status in found)}


@dataclass(frozen=True)
class Api:
    """An API, and for each operation the headers of somebody who may ask for it."""

    shop: Shop
    address: str
    headers: dict[tuple[str, str], dict[str, str]]

    @property
    def database(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.shop.storage.url.get_backend_name()

    def ask(self, *, without: str) -> Answers:
        """Ask for every operation whose path does not match ``without``, a regular expression."""
        answers = Answers()
        # The tool keeps headers it has sent once: each who asks has a tool of its own.
        for headers, names in self._askers():
            address, config = f"{self.address}/openapi.json", self._config(headers, names)
            every = schemathesis.openapi.from_url(address, config=config, timeout=DESCRIBED_WITHIN_S)
            schema = every.exclude(path_regex=without).include(name=names)
            _limit_boundaries(schema, BOUNDARIES_MAX[self.database])
            for event in engine.from_schema(schema).execute():
                _note(event, answers)
        return answers

    def _config(self, headers: tuple[tuple[str, str], ...], names: list[str]) -> SchemathesisConfig:
        return SchemathesisConfig.from_dict(
            {
                "seed": 20260302,
                "workers": 1,
                "continue-on-failure": True,
                "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
                # What refuses wrong values lies before the database: one database is enough for them.
                "phases": {
                    "examples": {"enabled": False},  # the description has none
                    "coverage": {"enabled": True, "unexpected-methods": ["patch"]},
                    # Random values come on top where there is time for them.
                    "fuzzing": {"enabled": THOROUGH},
                    "stateful": {"enabled": False},
                },
                "generation": {
                    "max-examples": EXAMPLES[self.database],
                    "deterministic": True,
                    "mode": "all" if self.database == "sqlite" else "positive",
                    "no-shrink": True,
                    "with-security-parameters": False,  # the headers below are always sent
                },
                "operations": [{"include-name": names, "headers": dict(headers)}],
            }
        )

    def _askers(self) -> list[tuple[tuple[tuple[str, str], ...], list[str]]]:
        """Return the operations by who asks."""
        found: defaultdict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
        for (method, path), headers in self.headers.items():
            found[tuple(headers.items())].append(f"{method} {path}")
        return list(found.items())


def opened(database_url: str, folder: Path) -> Iterator[Api]:
    """Open an API over one payment that has ended and one that runs; yields once."""
    shop = build_shop(database_url, folder, secure=True, stream_life_s=0)
    shop.app.testing = False
    _, key = shop.key(*API_KEY_SCOPES)
    client = shop.client()
    for settled in (True, False):
        body = sale()
        assert client.post("/v1/payments", json=body, headers=key).status_code == 202
        if settled:
            shop.settle(body["id"])
    server = WebServer(shop.app, ServerSettings(port=0, threads=4))
    server.start()
    yield Api(shop, server.address, _headers(shop, key))
    server.stop()
    # Whoever asked for the picture of a page started the process that draws them.
    shop.container.till.documents.find.close()
    shop.storage.close()


def described_path(rule: str) -> str:
    """Return a route as the description writes it: ``/v1/x/<int:n>`` is ``/v1/x/{n}``."""
    return re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule)


def _headers(shop: Shop, key: dict[str, str]) -> dict[tuple[str, str], dict[str, str]]:
    people = {role: _session(shop, role) for role in ROLES}
    found: dict[tuple[str, str], dict[str, str]] = {}
    for rule in shop.app.url_map.iter_rules():
        path = described_path(rule.rule)
        access = access_of(shop.app, rule.endpoint)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found[method, path] = _who(access, people, key)
    return found


def _who(access: Access | None, people: dict[Role, dict[str, str]], key: dict[str, str]) -> dict[str, str]:
    """A person of the office for the office, the key for the till, else whoever may."""
    permission = None if access is None else access.permission
    if access is not None and access.people_only and permission is None:
        return people[Role.APPROVER]
    if permission in ROLE_PERMISSIONS[Role.AP_CLERK]:
        return people[Role.AP_CLERK]
    if permission is None or (permission in API_KEY_SCOPES and access is not None and not access.people_only):
        return key
    return next(headers for role, headers in people.items() if permission in ROLE_PERMISSIONS[role])


def _session(shop: Shop, role: Role) -> dict[str, str]:
    person = shop.add_person(role, login=f"fuzz-{role.value}")
    token, signed = shop.container.sign_in.sign_in(person.login, "blauer fisch tanzt leise", address="192.0.2.1")
    return {"Cookie": f"__Host-tillbridge={token}", "X-CSRF-Token": signed.session.csrf_token}


def _limit_boundaries(schema: Any, most: int) -> None:
    if os.environ.get("GATEWAY_FUZZ") == "whole":
        return
    every = schema.iter_coverage_cases

    def first(operation: Any, **how: Any) -> Iterator[Any]:
        limit = min(most, READS_MAX) if operation.method == "get" else most
        return itertools.islice(every(operation, **how), limit)

    schema.iter_coverage_cases = first


def _note(event: Any, answers: Answers) -> None:
    match event:
        case events.ScenarioFinished():
            recorder = event.recorder
            for case_id, checks in recorder.checks.items():
                request = recorder.interactions[case_id].request
                asked = f"{request.method} {request.uri} {request.body!r}"
                answers.failures += [f"{asked}: {check.failure_info.failure}" for check in checks if check.failure_info]
            for interaction in recorder.interactions.values():
                if interaction.response is not None:
                    answers.statuses[recorder.label][interaction.response.status_code] += 1
        case events.NonFatalError() | events.FatalError():
            answers.failures.append(str(event))
