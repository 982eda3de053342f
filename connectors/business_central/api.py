"""The API v2.0 of one company: rows, single ones, writes, actions; its errors as those of the closed list.

Access is OAuth 2.0 client credentials where the mapping names a `token_url`, else Basic, as on one's own machines.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from connectors.erp_http.client import Access, ErpHttp, FixedAccess, HttpAnswer, TokenAccess, told_on
from connectors.erp_mapping.answers import value_at
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.exact_json import exact_json
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount

SCOPE = "https://api.businesscentral.dynamics.com/.default"
_ROOT = "api/v2.0"
_SPOKEN = frozenset({400, 404, 409, 412, 422})
"""Statuses whose body says why."""
_TOKEN_REFUSED = frozenset({400, 401})
_CODES: Mapping[str, str] = {
    "Internal_EntityWithSameKeyExists": "duplicate",
    "Internal_RecordNotFound": "not_found",
    "BadRequest_ResourceNotFound": "not_found",
    "BadRequest_NotFound": "not_found",
}
_CLOSED = re.compile(r"range of allowed posting dates|posting date .* not allowed", re.IGNORECASE)
_LOCKED = re.compile(r"locked by another user|another user has (?:modified|changed)|deadlock", re.IGNORECASE)
_PAGES_MAX = 200
# Messages come in the language that is asked for; those of a refusal are read here.
_HEADERS: Mapping[str, str] = {"Accept-Language": "en-US"}


class BusinessCentral:
    """One company of one environment. Safe for several threads."""

    def __init__(self, account: ErpAccount, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self.access = _access(account, mapping)
        self._http = ErpHttp(account, mapping.text("erp", "url"), self.access)
        self.company = mapping.text("company", "name")
        self._company_id = ""

    def companies(self) -> list[dict[str, Any]]:
        """Return the companies that we may see."""
        return self._rows("companies", f"{_ROOT}/companies", Effect.NONE)

    def rows(
        self,
        operation: str,
        entity: str,
        query: Mapping[str, str],
        effect: Effect = Effect.NONE,
        *,
        company_id: str = "",
    ) -> list[dict[str, Any]]:
        """Return all rows of an entity, however the service cuts them. ``company_id``: empty for ours."""
        return self._rows(operation, self._path(entity, company_id, query), effect)

    def one(self, operation: str, entity: str, query: Mapping[str, str], effect: Effect) -> dict[str, Any] | None:
        """Return a single one, None where there is none."""
        try:
            return _entity(self._asked(operation, "GET", self._path(entity, "", query), None, effect), effect)
        except Refused as refused:
            if refused.code != "not_found":
                raise
            return None

    def create(self, operation: str, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Create one with all that hangs on it, and return it as it was answered."""
        return _entity(self._asked(operation, "POST", self._path(entity), values, Effect.UNKNOWN), Effect.UNKNOWN)

    def act(self, operation: str, entity: str, action: str) -> None:
        """Call a bound action, which answers nothing.

        Raises:
            ErpFailure: ``answer_not_understood`` where it answers something.
        """
        answer = self._asked(operation, "POST", self._path(f"{entity}/Microsoft.NAV.{action}"), {}, Effect.UNKNOWN)
        if answer.status != 204:
            said = f"{action} answered {answer.status}, and not that it is done."
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, said, effect=Effect.UNKNOWN)

    def upload(self, operation: str, entity: str, content: bytes) -> None:
        """Write the bytes of a file."""
        headers = {**_HEADERS, "Content-Type": "application/octet-stream", "If-Match": "*"}
        _accepted(
            self._http.call(
                operation, "PATCH", self._path(entity), content, headers, effect=Effect.UNKNOWN, expected=_SPOKEN
            )
        )

    def remove(self, operation: str, entity: str) -> None:
        """Delete one."""
        headers = {**_HEADERS, "If-Match": "*"}
        _accepted(
            self._http.call(
                operation, "DELETE", self._path(entity), b"", headers, effect=Effect.UNKNOWN, expected=_SPOKEN
            )
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _rows(self, operation: str, path: str, effect: Effect) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        more = path
        for _ in range(_PAGES_MAX):
            told = self._asked(operation, "GET", more, None, effect).json()
            rows = told.get("value") if isinstance(told, Mapping) else None
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer lists nothing.", effect=effect)
            found += rows
            link = str(told.get("@odata.nextLink") or "")
            if not link:
                return found
            place = urlsplit(link)
            if _ROOT not in place.path:
                raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "A list goes on somewhere else.", effect=effect)
            # The host is the one that the mapping names, whatever the answer says.
            more = f"{place.path[place.path.index(_ROOT) :]}?{place.query}"
        raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The list has no end.", effect=effect)

    def _path(self, entity: str, company_id: str = "", query: Mapping[str, str] | None = None) -> str:
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in (query or {}).items())
        return f"{_ROOT}/companies({company_id or self._id()})/{entity}" + (f"?{asked}" if asked else "")

    def _id(self) -> str:
        if not self._company_id:
            found = [one for one in self.companies() if self.company in (one.get("name"), one.get("displayName"))]
            if not found:
                raise wrong("company.name", f"There is no company “{self.company}”, or our user may not see it.")
            self._company_id = str(found[0]["id"])
        return self._company_id

    def _asked(
        self, operation: str, method: str, path: str, values: Mapping[str, Any] | None, effect: Effect
    ) -> HttpAnswer:
        body = b"" if values is None else exact_json(values).encode()
        headers = {**_HEADERS, "Content-Type": "application/json"} if body else _HEADERS
        return _accepted(self._http.call(operation, method, path, body, headers, effect=effect, expected=_SPOKEN))


def quoted(value: str) -> str:
    """Return a text as it stands in a filter."""
    return "'" + value.replace("'", "''") + "'"


def _access(account: ErpAccount, mapping: MappingFile) -> Access:
    login, token_url = mapping.text("erp", "login"), mapping.text("erp", "token_url", "")
    if not token_url:
        shown = base64.b64encode(f"{login}:{account.secret}".encode()).decode()
        return FixedAccess({"Authorization": f"Basic {shown}"})
    scope = mapping.text("erp", "scope", SCOPE)
    return TokenAccess(lambda: _token(account, token_url, login, scope))


def _token(account: ErpAccount, token_url: str, client: str, scope: str) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_secret": account.secret,
        "scope": scope,
    }
    place = urlsplit(token_url)
    http = ErpHttp(account, f"{place.scheme}://{place.netloc}", FixedAccess({}))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = http.call(
            "token", "POST", place.path, urlencode(form).encode(), headers, effect=Effect.NONE, expected=_TOKEN_REFUSED
        )
        if answer.status in _TOKEN_REFUSED:
            raise ErpFailure(FailureCode.NOT_AUTHORISED, "The token service does not accept client id and secret.")
        told = answer.json()
    finally:
        http.close()
    found = told.get("access_token") if isinstance(told, dict) else None
    if not isinstance(found, str) or not found:
        raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer holds no token.", effect=Effect.NONE)
    return found


def _entity(answer: HttpAnswer, effect: Effect) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict) or not found.get("id"):
        raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer holds no record.", effect=effect)
    return found


def _accepted(answer: HttpAnswer) -> HttpAnswer:
    """Return an answer that is none of an error.

    Raises:
        ErpFailure: ``locked``.
        Refused: with a code of ours where it is known.
    """
    if answer.status not in _SPOKEN:
        return answer
    try:
        told = answer.json()
    except ErpFailure:
        told = {}
    code, words = str(value_at(told, "error.code") or ""), told_on(str(value_at(told, "error.message") or ""))
    if answer.status == 412 or _LOCKED.search(words):
        raise ErpFailure(FailureCode.LOCKED, words)
    usual = "period_closed" if _CLOSED.search(words) else "not_found" if answer.status == 404 else "refused"
    raise Refused(_CODES.get(code, usual), f"{code}: {words}".strip(": "))
