"""Calls of one NetSuite account: records, and queries in SuiteQL; its errors as those of the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.erp_http.client import Access, ErpHttp, HttpAnswer, told_on
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.exact_json import exact_json
from connectors.erp_mapping.mapping_file import MappingFile
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount

ROWS_MAX = 1_000
"""Of one answer of SuiteQL."""
_PAGES_MAX = 100
_RECORDS = "services/rest/record/v1"
SPOKEN = frozenset({400, 404, 409})
"""Statuses whose body says why."""
_FAILURES: Mapping[str, FailureCode] = {
    "RCRD_HAS_BEEN_CHANGED": FailureCode.LOCKED,
    "INSUFFICIENT_PERMISSION": FailureCode.NOT_ALLOWED,
}
_CLOSED = ("closed", "locked")


class SuiteTalk:
    """One account. Safe for several threads."""

    def __init__(self, account: ErpAccount, mapping: MappingFile, access: Access) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._http = ErpHttp(account, mapping.text("erp", "url"), access)

    def rows(self, operation: str, query: str, effect: Effect = Effect.NONE) -> list[dict[str, Any]]:
        """Return all rows of a query: texts by lower-case names; what is empty has no name."""
        found: list[dict[str, Any]] = []
        for page in range(_PAGES_MAX):
            rows, more = self._page(operation, query, ROWS_MAX, page * ROWS_MAX, effect)
            found += rows
            if not more:
                return found
        raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, f"{operation} has no end.", effect=effect)

    def some(self, operation: str, query: str, limit: int) -> list[dict[str, Any]]:
        """Return the first rows of a query. ``limit``: 1 to :data:`ROWS_MAX`."""
        return self._page(operation, query, limit, 0, Effect.NONE)[0]

    def record(self, operation: str, kind: str, id_: str, effect: Effect = Effect.NONE) -> dict[str, Any] | None:
        """Return a record with its lines, None where there is none. ``id_``: its id, or ``eid:`` and our key."""
        path = f"{_RECORDS}/{kind}/{id_}?expandSubResources=true"
        answer = self._http.call(operation, "GET", path, b"", {}, effect=effect, expected=SPOKEN)
        if answer.status == 404:
            return None
        if answer.status in SPOKEN:
            raise failure_of(answer)
        found = answer.json()
        if not isinstance(found, dict) or not found.get("id"):
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, f"The answer is no {kind}.", effect=effect)
        return found

    def create(self, operation: str, kind: str, values: Mapping[str, Any]) -> None:
        """Create a record.

        Never by an upsert, which would change what people changed since: an external id is taken once, too.
        """
        self._write(operation, "POST", f"{_RECORDS}/{kind}", values)

    def change(self, operation: str, kind: str, id_: str, values: Mapping[str, Any]) -> None:
        """Change fields of a record."""
        self._write(operation, "PATCH", f"{_RECORDS}/{kind}/{id_}", values)

    def described(self, kind: str) -> Mapping[str, Any]:
        """Return the fields of a kind of records, as this account has them."""
        headers = {"Accept": "application/schema+json"}
        path = f"{_RECORDS}/metadata-catalog/{kind}"
        found = self._http.call("describe", "GET", path, b"", headers, effect=Effect.NONE).json()
        return dict(found["properties"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _page(
        self, operation: str, query: str, limit: int, offset: int, effect: Effect
    ) -> tuple[list[dict[str, Any]], bool]:
        path = f"services/rest/query/v1/suiteql?limit={limit}&offset={offset}"
        headers = {"Content-Type": "application/json", "Prefer": "transient"}
        body = exact_json({"q": query}).encode()
        answer = self._http.call(operation, "POST", path, body, headers, effect=effect, expected=SPOKEN)
        if answer.status in SPOKEN:
            raise failure_of(answer)
        told = answer.json()
        rows = told.get("items") if isinstance(told, Mapping) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, f"{operation} lists nothing.", effect=effect)
        return rows, bool(told.get("hasMore"))

    def _write(self, operation: str, method: str, path: str, values: Mapping[str, Any]) -> None:
        written(self._http, operation, method, path, values)


def written(http: ErpHttp, operation: str, method: str, path: str, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Send JSON once and return what is said to it: mostly nothing, None.

    Raises:
        ErpFailure: see ``ErpHttp.write``.
        Refused: NetSuite said no.
    """
    answer = http.write(operation, method, path, exact_json(values).encode(), expected=SPOKEN)
    if answer.status in SPOKEN:
        raise failure_of(answer)
    return answer.json() if answer.content else None


def selected(fields: str, source: str, *conditions: str, order: str = "") -> str:
    """Return a query. What comes from outside stands in the conditions as :func:`literal`, or is a number."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {fields} FROM {source}{where}" + (f" ORDER BY {order}" if order else "")  # noqa: S608 - see above


def literal(text: str) -> str:
    """Return a text as it may stand in a query."""
    return "'" + text.replace("'", "''") + "'"


def among(values: list[str]) -> str:
    """Return texts as a list for ``IN``."""
    return "(" + ", ".join(literal(value) for value in values) + ")"


def failure_of(answer: HttpAnswer) -> ErpFailure | Refused:
    """Return what an error means: ``o:errorDetails`` of records and queries, ``error`` of scripts."""
    try:
        told = answer.json()
    except ErpFailure:
        told = {}
    told = told if isinstance(told, Mapping) else {}
    details = told.get("o:errorDetails", [])
    first = details[0] if isinstance(details, list) and details else told.get("error", {})
    first = first if isinstance(first, Mapping) else {}
    code = str(first.get("o:errorCode", first.get("code", "")))
    words = told_on(str(first.get("detail", first.get("message", ""))))
    if code in _FAILURES:
        return ErpFailure(_FAILURES[code], words)
    lower = words.lower()
    closed = "period" in lower and any(word in lower for word in _CLOSED)
    return Refused("period_closed" if closed else "refused", f"{code}: {words}".strip(": "))
