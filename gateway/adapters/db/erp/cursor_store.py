"""Cursors of ERP records in SQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.erp.erp_tables import erp_cursor
from gateway.adapters.db.statements import Statements
from gateway.domain.erp.records import RecordKind
from gateway.ports.erp_store import Place

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_OF_ACCOUNT = (
    erp_cursor.c.tenant_id == bindparam("tenant"),
    erp_cursor.c.store_id == bindparam("store"),
    erp_cursor.c.account == bindparam("of_account"),
)
_ONE = (*_OF_ACCOUNT, erp_cursor.c.kind == bindparam("of_kind"))
_ENSURE = {
    False: sqlite.insert(erp_cursor).on_conflict_do_nothing(),
    True: postgresql.insert(erp_cursor).on_conflict_do_nothing(),
}
_TAKE = (
    update(erp_cursor)
    .where(*_ONE, erp_cursor.c.due_at <= bindparam("now"))
    .values(due_at=bindparam("next_at"))
    .returning(erp_cursor.c.cursor)
)
_KEEP = update(erp_cursor).where(*_ONE).values(cursor=bindparam("new_cursor"))
_NOTE = update(erp_cursor).where(*_ONE).values(detail=bindparam("new_detail"), due_at=bindparam("next_at"))
_DETAILS = select(erp_cursor.c.kind, erp_cursor.c.detail).where(*_OF_ACCOUNT)


class SqlErpCursors:
    """Cursors; see ``ErpCursors``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def take(self, place: Place, account: str, kind: RecordKind, now: datetime, next_at: datetime) -> str | None:
        """Begin to read: return where (empty: from the beginning); None: it is not due."""
        row: dict[str, Any] = {"tenant_id": place[0], "store_id": place[1], "account": account, "kind": kind.value}
        new = row | {"cursor": "", "due_at": _LONG_AGO, "detail": ""}
        self._statements.change(_ENSURE[self._statements.postgresql], new)
        found = self._statements.first(_TAKE, _key(place, account, kind) | {"now": now, "next_at": next_at})
        return None if found is None else str(found.cursor)

    def keep(self, place: Place, account: str, kind: RecordKind, cursor: str) -> None:
        """Go on from here next time."""
        self._statements.change(_KEEP, _key(place, account, kind) | {"new_cursor": storable(cursor)})

    def note(self, place: Place, account: str, kind: RecordKind, detail: str, due_at: datetime) -> None:
        """Note what was wrong, empty for nothing, and when to look again."""
        told = {"new_detail": storable(detail), "next_at": due_at}
        self._statements.change(_NOTE, _key(place, account, kind) | told)

    def details(self, place: Place, account: str) -> dict[RecordKind, str]:
        """Return what was wrong at the last look, by kind; empty for nothing."""
        key = {"tenant": place[0], "store": place[1], "of_account": account}
        return {RecordKind(row.kind): row.detail for row in self._statements.rows(_DETAILS, key)}


def _key(place: Place, account: str, kind: RecordKind) -> dict[str, Any]:
    return {"tenant": place[0], "store": place[1], "of_account": account, "of_kind": kind.value}
