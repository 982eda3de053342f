"""How far the records of each account were read."""

from datetime import datetime
from typing import Protocol

from gateway.domain.erp.records import RecordKind
from gateway.ports.erp_store import Place


class ErpCursors(Protocol):
    """Cursors of all accounts; every call names tenant and store, one account and one kind of record."""

    def take(self, place: Place, account: str, kind: RecordKind, now: datetime, next_at: datetime) -> str | None:
        """Begin to read: return where (empty: from the beginning), and be due again at ``next_at``.

        None: it is not due; of two that ask at once, one gets it.
        """

    def keep(self, place: Place, account: str, kind: RecordKind, cursor: str) -> None:
        """Go on from here next time."""

    def note(self, place: Place, account: str, kind: RecordKind, detail: str, due_at: datetime) -> None:
        """Note what was wrong, empty for nothing, and when to look again."""

    def details(self, place: Place, account: str) -> dict[RecordKind, str]:
        """Return what was wrong at the last look, by kind; empty for nothing."""
