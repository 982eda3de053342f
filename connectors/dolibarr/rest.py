"""Dolibarr's REST interface: an empty list is a 404 there, and a refusal often a 500 that says why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from connectors.erp_http.client import ErpHttp, FixedAccess, HttpAnswer, told_on
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.exact_json import exact_json
from connectors.erp_mapping.mapping_file import MappingFile
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount

_ROOT = "api/index.php"
_SPOKEN = frozenset({304, 400, 404, 405, 409, 500})
"""Statuses by which it may say why it refuses. 304: nothing done, it is validated already."""
_PLAIN = re.compile(r"[\w ./+-]*", re.ASCII)
_PAGE_MAX = 500


class DolibarrRest:
    """The calls of one account. Safe for several threads."""

    def __init__(self, account: ErpAccount, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._http = ErpHttp(account, mapping.text("erp", "url"), FixedAccess({"DOLAPIKEY": account.secret}))

    def rows(
        self, operation: str, path: str, query: Mapping[str, str] | None = None, effect: Effect = Effect.NONE
    ) -> list[dict[str, Any]]:
        """Return a list, empty where there is nothing."""
        try:
            found = self._asked(operation, "GET", _asked(path, query), None, effect)
        except Refused as refused:
            if refused.code != "not_found":
                raise
            return []
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, f"{path} lists nothing.", effect=effect)
        return found

    def one(self, operation: str, path: str, effect: Effect = Effect.NONE) -> dict[str, Any] | None:
        """Return a record, None where there is none."""
        try:
            found = self._asked(operation, "GET", _asked(path, None), None, effect)
        except Refused as refused:
            if refused.code != "not_found":
                raise
            return None
        if not isinstance(found, dict):
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, f"{path} is no record.", effect=effect)
        return found

    def all_rows(self, operation: str, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return a list whole, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            paged = {**query, "sortfield": "t.rowid", "limit": str(_PAGE_MAX), "page": str(len(found) // _PAGE_MAX)}
            rows = self.rows(operation, path, paged)
            found += rows
            if len(rows) < _PAGE_MAX:
                return found

    def write(self, operation: str, path: str, values: Mapping[str, Any], method: str = "POST") -> object:
        """Send something once and return the answer."""
        return self._asked(operation, method, _asked(path, None), values, Effect.UNKNOWN)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _asked(
        self, operation: str, method: str, path: str, values: Mapping[str, Any] | None, effect: Effect
    ) -> object:
        body = exact_json(values).encode() if values else b""
        headers = {"Content-Type": "application/json"} if body else {}
        answer = self._http.call(operation, method, path, body, headers, effect=effect, expected=_SPOKEN)
        if answer.status in _SPOKEN:
            raise _failure(answer, effect)
        return answer.json()


def equals(field: str, value: str) -> str:
    """Return a filter for a field that holds a value, or something alike: whoever asks compares again.

    A filter has no way to write quotes, colons and brackets; each of them is any one character then.
    """
    if _PLAIN.fullmatch(value):
        return f"({field}:=:'{value}')"
    return f"({field}:like:'{re.sub(r'[^A-Za-z0-9 ./+-]', '_', value)}')"


def _asked(path: str, query: Mapping[str, str] | None) -> str:
    return f"{_ROOT}/{path}" + (f"?{urlencode(query)}" if query else "")


def _failure(answer: HttpAnswer, effect: Effect) -> ErpFailure | Refused:
    """Return what an error means. Its ``debug`` is not looked at.

    A 500 that names an error was rolled back; one that does not is a server that broke.
    """
    if answer.status == 304:
        return Refused("not_a_draft", "It is validated already.")
    try:
        told = answer.json()
    except ErpFailure:
        told = None
    error = told.get("error") if isinstance(told, Mapping) else None
    if not isinstance(error, Mapping) or "message" not in error:
        if answer.status == 500:
            return ErpFailure(FailureCode.SERVER_ERROR, "HTTP 500", effect=effect)
        error = {}
    words = told_on(" ".join(str(error[name]) for name in ("message", "0") if error.get(name)))
    if error.get("0") == "ErrorRefAlreadyExists":
        return Refused("duplicate", words)
    return Refused("not_found" if answer.status == 404 else "refused", words or f"HTTP {answer.status}")
