"""Shifts, gap-free numbers and day reports as stored. Whoever moves money books it in the same unit of work."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import RegisterId, ShiftId, StoreId, TenantId, TransferId
from gateway.domain.ledger import Transfer
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.document_number import DocumentNumber, Series
from gateway.domain.shifts.shift import Shift, ShiftFact
from gateway.ports.payment_store import StoredAnswer


class NumberStore(Protocol):
    """Numbers of all stores; every call names tenant and store."""

    def give(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        register_id: RegisterId,
        series: Series,
        document_id: uuid.UUID,
        at: datetime,
    ) -> int:
        """Return the document's number, the next one if it has none; holds the series until the unit ends."""

    def find(
        self, tenant_id: TenantId, store_id: StoreId, series: Series, document_id: uuid.UUID
    ) -> DocumentNumber | None:
        """Return the number a document has, or None."""

    def given(
        self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId, series: Series
    ) -> tuple[DocumentNumber, ...]:
        """Return the numbers a register gave in a series, in order, at most 10,000."""


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A Z report as it was made. ``document``: its text, never read anew from other rows; ``digest``: SHA-256 in hex.

    ``number`` counts the register's Z reports from 1.
    """

    shift_id: ShiftId
    register_id: RegisterId
    number: int
    document: str
    digest: str
    made_at: datetime
    made_by: str


class ShiftStore(Protocol):
    """Shifts of all stores; every call names tenant and store, or gets a shift, which does."""

    def add(self, shift: Shift, fact: ShiftFact) -> None:
        """Store a shift that begins, with its first fact.

        Raises:
            RuleError: ``shift_exists``, or ``shift_open`` while the register has one that is not closed.
        """

    def hold_open(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> ShiftId | None:
        """Return the shift that takes money now; it cannot be counted or closed before this unit ends."""

    def hold(self, tenant_id: TenantId, store_id: StoreId, shift_id: ShiftId) -> Shift | None:
        """Return a shift; nobody else takes money for it or adds a fact before this unit ends."""

    def hold_register(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> None:
        """Let nobody else number a Z report of this register, or begin a shift there, before this unit ends."""

    def add_fact(self, shift: Shift, fact: ShiftFact) -> None:
        """Store a fact and the shift as it stands after it; ``shift.last_sequence`` is the fact's.

        Raises:
            RuleError: ``shift_fact_exists`` when the id is taken.
        """

    def running(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> Shift | None:
        """Return the register's shift that is not closed, or None; holds nothing."""

    def load(self, tenant_id: TenantId, store_id: StoreId, shift_id: ShiftId) -> Shift | None:
        """Return one shift, or None."""

    def last_closed(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> Shift | None:
        """Return the shift of the register that was closed last, or None."""

    def list(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        register_id: RegisterId | None = None,
        before: datetime | None = None,
        limit: int = 50,
    ) -> tuple[Shift, ...]:
        """Return shifts, those opened last first; ``before``: opened earlier than this; ``limit`` 1 to 200."""

    def to_review(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Shift, ...]:
        """Return the closed shifts whose last count differs from what was expected and that nobody has reviewed."""

    def facts(self, tenant_id: TenantId, store_id: StoreId, shift_id: ShiftId) -> tuple[ShiftFact, ...]:
        """Return the facts of a shift, oldest first."""

    def balance(self, tenant_id: TenantId, store_id: StoreId, account: str, currency: Currency) -> Money:
        """Return posted debits less posted credits of one account, over all of the ledger."""

    def unreported(
        self, tenant_id: TenantId, store_id: StoreId, accounts: Collection[str], *, since: datetime
    ) -> tuple[Transfer, ...]:
        """Return the posted transfers that touch one of these accounts and are in no Z report, oldest first.

        ``since``: those recorded earlier are left out.
        """

    def keep_report(self, shift: Shift, report: StoredReport, transfers: Iterable[TransferId]) -> None:
        """Store a Z report and which transfers it has counted; each is counted once."""

    def report(self, tenant_id: TenantId, store_id: StoreId, shift_id: ShiftId) -> StoredReport | None:
        """Return the Z report of a shift, or None."""

    def last_report(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> StoredReport | None:
        """Return the newest Z report of a register, or None."""

    def keep_answer(self, tenant_id: TenantId, store_id: StoreId, answer: StoredAnswer, at: datetime) -> None:
        """Store what the caller is told, for a replay.

        Raises:
            RuleError: ``answer_exists`` when the key is taken.
        """
