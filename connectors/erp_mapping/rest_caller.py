"""Operations of a description as calls of a REST interface: method, path, query and a body in JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from connectors.erp_http.client import Access, ErpHttp, FixedAccess, TokenAccess, told_on
from connectors.erp_mapping.answers import value_at
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.exact_json import exact_json
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.erp_mapping.specimens import template_findings
from connectors.erp_mapping.templates import filled
from gateway.domain.erp.failure import Effect
from gateway.ports.erp import CheckFinding, ErpAccount

_REFUSALS = frozenset({400, 404, 409, 412, 422})
"""Statuses by which a service says why it refuses; others are told apart by the transport."""
_METHODS = ("GET", "POST", "PUT", "PATCH")


class RestCaller:
    """The operations of one account. Safe for several threads."""

    def __init__(self, account: ErpAccount, mapping: MappingFile, description: Mapping[str, Any]) -> None:
        """Read the operations.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._operations: Mapping[str, Any] = description.get("operations", {})
        self._refusal = MappingFile(description).table("refusal")
        for name, told in self._operations.items():
            if told.get("method", "GET") not in _METHODS or not isinstance(told.get("path"), str):
                raise wrong(f"operations.{name}", "It needs a path, and one of the methods " + ", ".join(_METHODS))
        url = mapping.text("erp", "url")
        self._http = ErpHttp(account, url, _access(account, mapping, MappingFile(description), url))

    def has(self, operation: str) -> bool:
        """Whether it is described."""
        return operation in self._operations

    def call(self, operation: str, values: Mapping[str, Any], *, effect: Effect) -> object:
        """Call it once."""
        told, field = self._operations.get(operation), f"operations.{operation}"
        if told is None:
            raise wrong(field, "It is not described.")
        path = filled(told["path"], _quoted(values), field)
        query = filled(told.get("query", {}), values, field)
        if query:
            path = f"{path}?{urlencode(query)}"
        body = exact_json(filled(told["body"], values, field)).encode() if "body" in told else b""
        headers = {"Content-Type": "application/json"} if body else {}
        answer = self._http.call(
            operation, told.get("method", "GET"), path, body, headers, effect=effect, expected=_REFUSALS
        )
        if answer.status in _REFUSALS:
            content = answer.json() if answer.content[:1] in (b"{", b"[") else {}
            code = str(value_at(content, self._refusal.get("code", "code")) or "")
            words = str(value_at(content, self._refusal.get("words", "message")) or "")
            raise Refused(code, f"HTTP {answer.status} {told_on(words)}".strip())
        return answer.json() if answer.content else {}

    def rendered(self, operation: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the body of a call, and send nothing."""
        body: Mapping[str, Any] = filled(self._operations[operation].get("body", {}), values, f"operations.{operation}")
        return body

    def findings(self) -> list[CheckFinding]:
        """Return the templates that name what is not there: REST has no description of its own to hold against ours."""
        return template_findings(self._operations, ("path", "query", "body"))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _quoted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they may stand in a path."""
    return {name: quote(value, safe="") if isinstance(value, str) else value for name, value in values.items()}


def _access(account: ErpAccount, mapping: MappingFile, description: MappingFile, url: str) -> Access:
    login = f"{mapping.text('erp', 'login', '')}:{account.secret}".encode()
    basic = FixedAccess({"Authorization": "Basic " + base64.b64encode(login).decode()})
    match kind := description.text("access", "kind", "basic"):
        case "basic":
            return basic
        case "bearer":
            return FixedAccess({"Authorization": f"Bearer {account.secret}"})
        case "key":
            return FixedAccess({description.text("access", "header"): account.secret})
        case "token":
            return TokenAccess(lambda: _token(ErpHttp(account, url, basic), description))
        case _:
            raise wrong("access.kind", f"“{kind}” is none of basic, bearer, key, token.")


def _token(http: ErpHttp, description: MappingFile) -> str:
    """Ask for a token with user and password (OAuth 2 client credentials, RFC 6749 section 4.4)."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = http.call(
            "token",
            "POST",
            description.text("access", "path"),
            b"grant_type=client_credentials",
            form,
            effect=Effect.NONE,
        )
        found = value_at(answer.json(), description.text("access", "token", "access_token"))
    finally:
        http.close()
    if not isinstance(found, str) or not found:
        raise wrong("access.token", "The answer holds no token there.")
    return found
