"""Documents of Frappe over REST: lists, single ones, changes, methods; its errors as those of the closed list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from connectors.erp_http.client import ErpHttp, FixedAccess, HttpAnswer, told_on
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.exact_json import exact_json
from connectors.erp_mapping.mapping_file import MappingFile
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount

_SPOKEN = frozenset({400, 404, 409, 417})
"""Statuses whose body names the exception."""
_CODES: Mapping[str, str] = {
    "DuplicateEntryError": "duplicate",
    "UniqueValidationError": "duplicate",
    "UpdateAfterSubmitError": "not_a_draft",
    "DocstatusTransitionError": "not_a_draft",
    "ClosedAccountingPeriod": "period_closed",
    "FiscalYearError": "period_closed",
    "DoesNotExistError": "not_found",
}
_LOCKED = frozenset({"TimestampMismatchError", "DocumentLockedError", "QueryDeadlockError", "QueryTimeoutError"})
_FROZEN = "entries before"
"""Of the message for a date before which the books are frozen; it has no exception of its own."""
_TAG = re.compile(r"<[^<>]*>")

Filters = Sequence[Sequence[object]]


class FrappeDocuments:
    """The documents of one site. Safe for several threads."""

    def __init__(self, account: ErpAccount, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        token = f"token {mapping.text('erp', 'login')}:{account.secret}"
        self._http = ErpHttp(account, mapping.text("erp", "url"), FixedAccess({"Authorization": token}))

    def rows(
        self,
        operation: str,
        doctype: str,
        filters: Filters,
        fields: Iterable[str],
        *,
        limit: int = 0,
        order: str = "name asc",
        effect: Effect = Effect.NONE,
    ) -> list[dict[str, Any]]:
        """Return documents. ``limit``: 0 for all; without, Frappe gives twenty."""
        query = {
            "filters": exact_json([list(one) for one in filters]),
            "fields": json.dumps(list(fields)),
            "limit_page_length": str(limit),
            "order_by": order,
        }
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        found = self._told(operation, "GET", f"{_path(doctype)}?{asked}", None, effect)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, f"The answer lists no {doctype}.", effect=effect)
        return found

    def one(self, operation: str, doctype: str, name: str, effect: Effect = Effect.NONE) -> dict[str, Any] | None:
        """Return a document whole, None where there is none."""
        try:
            return _document(self._told(operation, "GET", _path(doctype, name), None, effect), effect)
        except Refused as refused:
            if refused.code != "not_found":
                raise
            return None

    def create(self, operation: str, doctype: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Create a document and return it as it was saved."""
        return _document(self._told(operation, "POST", _path(doctype), values, Effect.UNKNOWN), Effect.UNKNOWN)

    def change(self, operation: str, doctype: str, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change a document and return it as it was saved."""
        return _document(self._told(operation, "PUT", _path(doctype, name), values, Effect.UNKNOWN), Effect.UNKNOWN)

    def method(self, operation: str, name: str, values: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Call a method: with values it writes, without it reads. Return the answer whole."""
        effect = Effect.NONE if values is None else Effect.UNKNOWN
        told = self._asked(operation, "GET" if values is None else "POST", f"api/method/{name}", values, effect)
        if not isinstance(told, Mapping):
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, f"{name} answers no object.", effect=effect)
        return told

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _told(self, operation: str, method: str, path: str, values: Mapping[str, Any] | None, effect: Effect) -> object:
        told = self._asked(operation, method, path, values, effect)
        if not isinstance(told, Mapping) or "data" not in told:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer holds no data.", effect=effect)
        return told["data"]

    def _asked(
        self, operation: str, method: str, path: str, values: Mapping[str, Any] | None, effect: Effect
    ) -> object:
        body = b"" if values is None else exact_json(values).encode()
        headers = {"Content-Type": "application/json"} if body else {}
        answer = self._http.call(operation, method, path, body, headers, effect=effect, expected=_SPOKEN)
        if answer.status in _SPOKEN:
            raise _failure(answer)
        return answer.json()


def _path(doctype: str, name: str = "") -> str:
    return f"api/resource/{quote(doctype)}" + (f"/{quote(name, safe='')}" if name else "")


def _document(found: object, effect: Effect) -> dict[str, Any]:
    if not isinstance(found, dict) or not found.get("name"):
        raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer is no document.", effect=effect)
    return found


def _failure(answer: HttpAnswer) -> ErpFailure | Refused:
    """Return what an exception means. Its traceback, ``exc``, is not looked at."""
    try:
        told = answer.json()
    except ErpFailure:
        told = {}
    told = told if isinstance(told, Mapping) else {}
    kind, words = str(told.get("exc_type", "")), _words(told)
    if kind in _LOCKED:
        return ErpFailure(FailureCode.LOCKED, words)
    if kind == "PermissionError":
        return ErpFailure(FailureCode.NOT_ALLOWED, words)
    usual = "period_closed" if _FROZEN in words else "not_found" if answer.status == 404 else "refused"
    return Refused(_CODES.get(kind, usual), f"{kind}: {words}".strip(": "))


def _words(told: Mapping[str, Any]) -> str:
    """Return the messages to the user: JSON texts in a list in a JSON text, with tags of HTML."""
    try:
        messages = [json.loads(one) for one in json.loads(str(told.get("_server_messages", "[]")))]
        words = " ".join(str(one.get("message", "")) for one in messages if isinstance(one, Mapping))
    except (ValueError, TypeError):
        words = ""
    return told_on(_TAG.sub("", words))
