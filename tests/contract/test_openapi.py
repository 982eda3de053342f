"""The API keeps what its description promises, for whatever a client sends, on both databases (W8).

Requests are made from /openapi.json: described ones, boundary values, and ones that break the description. Every
check of the tool is on. A request as described may still be refused for its contents (422); it never gets a 400.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import schemathesis
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

from gateway.domain.access import API_KEY_SCOPES, Role
from gateway.server import WebServer
from gateway.settings import ServerSettings
from tests.support.web_shop import Shop, build_shop, sale

ACCEPTED = ["2xx", "401", "403", "404", "409", "422", "429"]
EXAMPLES = 6
OF_ADMINISTRATORS = "^/v1/(people|api-keys)"
OF_MANAGERS = "/(resolution|pin)$"


@dataclass(frozen=True)
class Api:
    """An API with credentials for each part of it."""

    shop: Shop
    address: str
    key: dict[str, str]
    administrator: dict[str, str]
    manager: dict[str, str]

    def config(self) -> SchemathesisConfig:
        """Return what the tool is to do: everything, the same on each run, with the credentials of each part."""
        return SchemathesisConfig.from_dict(
            {
                "seed": 20260302,
                "workers": 1,
                "continue-on-failure": True,
                "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
                "generation": {
                    "max-examples": EXAMPLES,
                    "deterministic": True,
                    "mode": "all",
                    "no-shrink": True,
                    "with-security-parameters": False,  # the credentials below are always sent
                },
                "operations": [
                    {"include-path-regex": OF_ADMINISTRATORS, "headers": self.administrator},
                    {"include-path-regex": OF_MANAGERS, "headers": self.manager},
                    {"exclude-path-regex": f"{OF_ADMINISTRATORS}|{OF_MANAGERS}", "headers": self.key},
                ],
            }
        )


def session_headers(shop: Shop, role: Role) -> dict[str, str]:
    """Return cookie and CSRF token of a new person as headers."""
    person = shop.add_person(role, login=f"fuzz-{role.value}")
    token, signed = shop.container.sign_in.sign_in(person.login, "blauer fisch tanzt leise", address="192.0.2.1")
    return {"Cookie": f"__Host-tillbridge={token}", "X-CSRF-Token": signed.session.csrf_token}


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[Api]:
    """An API over one payment that has ended and one that runs."""
    shop = build_shop(database_url, tmp_path, secure=True, stream_life_s=0)
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
    administrator, manager = session_headers(shop, Role.ADMINISTRATOR), session_headers(shop, Role.MANAGER)
    yield Api(shop, server.address, key, administrator, manager)
    server.stop()
    shop.storage.close()


def test_api_when_asked_in_any_way_then_it_keeps_its_description(api: Api) -> None:
    schema = schemathesis.openapi.from_url(f"{api.address}/openapi.json", config=api.config())
    failures: list[str] = []
    answered: defaultdict[str, Counter[int]] = defaultdict(Counter)

    for event in engine.from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                recorder = event.recorder
                for case_id, checks in recorder.checks.items():
                    request = recorder.interactions[case_id].request
                    asked = f"{request.method} {request.uri} {request.body!r}"
                    failures += [f"{asked}: {check.failure_info.failure}" for check in checks if check.failure_info]
                for interaction in recorder.interactions.values():
                    if interaction.response is not None:
                        answered[recorder.label][interaction.response.status_code] += 1
            case events.NonFatalError() | events.FatalError():
                failures.append(str(event))

    assert not failures, "\n".join(failures[:20])
    of_operations = {label: found for label, found in answered.items() if label.startswith(("GET", "P", "DELETE"))}
    assert len(of_operations) >= 20
    # Each operation was really reached: answers beyond "who are you?" and "you may not".
    assert [label for label, found in of_operations.items() if not set(found) - {401, 403, 405, 429}] == []
    served = {label for label, found in of_operations.items() if any(200 <= status < 300 for status in found)}
    assert {"GET /v1/payments", "GET /v1/devices", "POST /v1/people", "POST /v1/api-keys", "GET /v1/me"} <= served


def test_description_when_read_then_every_route_of_the_api_is_in_it(api: Api) -> None:
    paths = api.shop.client().get("/openapi.json").get_json()["paths"]
    described = {(method.upper(), path) for path, item in paths.items() for method in item}

    served = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in api.shop.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/")
    }

    assert described == served
    assert len(described) >= 20
