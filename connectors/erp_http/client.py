"""Calls of an ERP over HTTP: one try each, a failure of the closed list with its effect, every exchange kept redacted.

Only an access that ended is renewed, once: a call refused for that has surely done nothing.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from connectors.erp_http.bounded_session import (
    BoundedAnswer,
    BoundedSession,
    BreakKind,
    CallLimits,
    ConnectionBroken,
    TlsChoice,
    retry_after_s,
)
from connectors.erp_http.exact_values import exact_values
from connectors.erp_http.redaction import address_redacted, json_redacted, numbers_hidden, without_secret
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount, ErpExchange

DETAIL_MAX = 300
"""Characters of what an ERP says that are told on."""
_BREAKS: Mapping[BreakKind, FailureCode] = {
    BreakKind.UNREACHABLE: FailureCode.UNREACHABLE,
    BreakKind.NO_ANSWER: FailureCode.NO_ANSWER,
    BreakKind.TOO_LARGE: FailureCode.ANSWER_NOT_UNDERSTOOD,
}
_STATUSES: Mapping[int, FailureCode] = {
    401: FailureCode.NOT_AUTHORISED,
    403: FailureCode.NOT_ALLOWED,
    407: FailureCode.NOT_AUTHORISED,
    408: FailureCode.NO_ANSWER,
    423: FailureCode.LOCKED,
    429: FailureCode.TOO_MANY_CALLS,
}


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer that came whole. ``headers``: by lower-case name; ``effect``: of the call where it makes no sense."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    effect: Effect

    def json(self) -> Any:  # noqa: ANN401 - what JSON holds
        """Return the content as JSON, numbers with a point as ``Decimal``.

        Raises:
            ErpFailure: ``answer_not_understood``.
        """
        try:
            return exact_values(self.content)
        except (ValueError, RecursionError) as error:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer is no JSON.", effect=self.effect) from error


class Access(Protocol):
    """How a call shows who sends it."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers of a call; may ask for a token first."""

    def renew(self) -> bool:
        """Forget what has ended; return whether another try can help."""


@dataclass(frozen=True, slots=True)
class FixedAccess:
    """Headers that never end: Basic, or a key. ``values``: kept out of every log."""

    values: Mapping[str, str] = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """Return them."""
        return self.values

    def renew(self) -> bool:
        """Return that nothing can be renewed."""
        return False


class TokenAccess:
    """A token that ends. Safe for several threads."""

    def __init__(self, fetch: Callable[[], str], scheme: str = "Bearer") -> None:
        """``fetch``: asks for a new token; raises ``ErpFailure``; ``scheme``: of the header ``Authorization``."""
        self._fetch = fetch
        self._scheme = scheme
        self._token = ""
        self._asking = threading.Lock()

    def headers(self) -> Mapping[str, str]:
        """Return the header with the token, asking for one where there is none."""
        with self._asking:
            self._token = self._token or self._fetch()
            return {"Authorization": f"{self._scheme} {self._token}"}

    def renew(self) -> bool:
        """Forget the token."""
        with self._asking:
            self._token = ""
        return True


class ErpHttp:
    """One ERP at one address. Safe for several threads: each has its own connections."""

    def __init__(
        self,
        account: ErpAccount,
        address: str,
        access: Access,
        *,
        limits: CallLimits | None = None,
        tls: TlsChoice | None = None,
        kept_as: Callable[[bytes], str] = json_redacted,
    ) -> None:
        """``address``: what every path is put behind; ``access``: see there; ``kept_as``: a body as it may be kept."""
        self._account = account
        self._address = address.rstrip("/")
        self._access = access
        self._limits = limits or CallLimits()
        self._tls = tls or TlsChoice()
        self._kept_as = kept_as
        self._local = threading.local()
        self._lines: list[BoundedSession] = []
        self._opening = threading.Lock()

    def read(
        self,
        operation: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        expected: frozenset[int] = frozenset(),
    ) -> HttpAnswer:
        """Get something; a failure has no effect. ``expected``: statuses of 400 and more that are answers.

        Raises:
            ErpFailure: as the module says.
        """
        asked = f"{path}?{urlencode(query)}" if query else path
        return self.call(operation, "GET", asked, b"", {}, effect=Effect.NONE, expected=expected)

    def write(
        self,
        operation: str,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        expected: frozenset[int] = frozenset(),
    ) -> HttpAnswer:
        """Send something once. Without an answer its effect is unknown.

        Raises:
            ErpFailure: as the module says.
        """
        told = {"Content-Type": "application/json", **(headers or {})}
        return self.call(operation, method, path, body, told, effect=Effect.UNKNOWN, expected=expected)

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        effect: Effect,
        expected: frozenset[int] = frozenset(),
    ) -> HttpAnswer:
        """Call once. ``effect``: what is known where no usable answer came: none where the call only reads.

        Raises:
            ErpFailure: as the module says.
        """
        response = self._once(operation, method, path, body, headers, effect)
        if response.status_code == 401 and self._access.renew():
            response = self._once(operation, method, path, body, headers, effect)
        if response.status_code >= 300 and response.status_code not in expected:
            raise _status_failure(response, effect)
        told = {name.lower(): value for name, value in response.headers.items()}
        return HttpAnswer(response.status_code, told, response.content, effect)

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._opening:
            lines, self._lines = self._lines, []
        for line in lines:
            line.close()

    def _once(
        self, operation: str, method: str, path: str, body: bytes, headers: Mapping[str, str], effect: Effect
    ) -> BoundedAnswer:
        line, address = self._line(), f"{self._address}/{path.lstrip('/')}"
        told = {"Accept": "application/json", **headers, **self._access.headers()}
        line.forget()
        self._account.wait()
        began_s, outcome = time.monotonic(), "answered"
        try:
            response = line.send(method, address, body, told)
            outcome = "answered" if response.status_code < 400 else f"http_{response.status_code}"
        except ConnectionBroken as broken:
            code = _BREAKS[broken.kind]
            outcome = code.value
            raise ErpFailure(code, effect=Effect.NONE if code is FailureCode.UNREACHABLE else effect) from broken
        finally:
            took_s = time.monotonic() - began_s
            kept = (self._kept_as(line.request), self._kept_as(line.answer), f"{method} {address_redacted(address)}")
            sent, answer, shown = (without_secret(text, self._account.secret) for text in kept)
            self._account.keep(ErpExchange(self._account.id, operation, shown, took_s, outcome, sent, answer))
        return response

    def _line(self) -> BoundedSession:
        found: BoundedSession | None = getattr(self._local, "line", None)
        if found is None:
            found = self._local.line = BoundedSession(self._limits, self._tls)
            with self._opening:
                self._lines.append(found)
        return found


def _status_failure(response: BoundedAnswer, effect: Effect) -> ErpFailure:
    status = response.status_code
    code = _STATUSES.get(status) or (FailureCode.SERVER_ERROR if status >= 500 else FailureCode.REFUSED)
    # What a failing server writes may be a traceback; a refusal is meant to be read.
    words = f"HTTP {status}" if status >= 500 else f"HTTP {status} {_said(response.content)}".strip()
    unknown = ErpFailure(code).effect is Effect.UNKNOWN
    return ErpFailure(code, words, effect=effect if unknown else None, retry_after_s=retry_after_s(response))


def _said(content: bytes) -> str:
    """Return what an answer says in a field named ``message``, wherever it stands; empty where it says nothing."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    waiting = [found]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            if isinstance(one.get("message"), str):
                return told_on(one["message"])
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return ""


def told_on(words: str) -> str:
    """Return what an ERP says as it may be shown: one line, bounded, no account numbers."""
    return numbers_hidden(" ".join(words.split()))[:DETAIL_MAX]
