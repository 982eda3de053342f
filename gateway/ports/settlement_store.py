"""Where contracts with acquirers, their payouts, chargebacks and differences are kept, and what the cash view reads."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from gateway.domain.bank.acquirer_contract import AcquirerContract
from gateway.domain.bank.cash_position import AccountPosition, AgeClass, CashFlow, OpenLines
from gateway.domain.bank.chargeback import Chargeback, ChargebackEvent, ChargebackEvidence
from gateway.domain.bank.payout import Payout, PayoutEntry, SettlementTask
from gateway.domain.bank.settle_entries import OwnBooking
from gateway.domain.ids import PaymentId, StoreId, TenantId

PAGE_MAX = 200
ENTRIES_MAX = 20_000
BOOKINGS_MAX = 50_000
"""Card bookings compared with one report at most; a report of a month of a busy shop has fewer."""
TASKS_MAX = 500


@dataclass(frozen=True, slots=True)
class AcquirerReport:
    """A report as it came. ``entries``: records in it; ``new_entries``: those that were not known."""

    id: uuid.UUID
    acquirer: str
    name: str
    sha256: str
    content: bytes
    entries: int
    new_entries: int
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True)
class BookingWish:
    """Which card bookings: of these terminals, sent from ``since`` until before ``until``, in no report yet."""

    terminals: tuple[str, ...]
    since: datetime
    until: datetime


class SettlementStore(Protocol):
    """Contracts, reports, payouts and tasks; every call names tenant and store."""

    def add_contract(self, tenant_id: TenantId, store_id: StoreId, contract: AcquirerContract) -> bool:
        """Store a version; False, and nothing stored, when this version is there."""

    def contracts(self, tenant_id: TenantId, store_id: StoreId) -> tuple[AcquirerContract, ...]:
        """Return every version of every contract, by acquirer, the newest version first."""

    def report(self, tenant_id: TenantId, store_id: StoreId, acquirer: str, sha256: str) -> AcquirerReport | None:
        """Return the report of this content, without the content."""

    def add_report(self, tenant_id: TenantId, store_id: StoreId, report: AcquirerReport) -> None:
        """Store a report."""

    def payout(
        self, tenant_id: TenantId, store_id: StoreId, payout_id: uuid.UUID, *, lock: bool = False
    ) -> Payout | None:
        """Return one payout. ``lock``: nobody else changes it in this unit of work."""

    def payouts(
        self, tenant_id: TenantId, store_id: StoreId, *, before: uuid.UUID | None = None, limit: int = PAGE_MAX
    ) -> tuple[Payout, ...]:
        """Return payouts, the last reported first, from behind ``before``."""

    def in_transit(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Payout, ...]:
        """Return payouts that were paid out and are on no statement, the oldest first."""

    def put_payout(self, tenant_id: TenantId, store_id: StoreId, payout: Payout) -> None:
        """Store a payout, or what changed of it.

        Raises:
            RuleError: ``changed_meanwhile`` when its version is not the one before.
        """

    def known_entries(
        self, tenant_id: TenantId, store_id: StoreId, entry_ids: Sequence[uuid.UUID]
    ) -> frozenset[uuid.UUID]:
        """Return which of these records are stored."""

    def add_entries(self, tenant_id: TenantId, store_id: StoreId, entries: Sequence[PayoutEntry]) -> None:
        """Store records of a payout."""

    def entries(
        self, tenant_id: TenantId, store_id: StoreId, payout_id: uuid.UUID, limit: int = ENTRIES_MAX
    ) -> tuple[PayoutEntry, ...]:
        """Return the records of a payout in their order."""

    def entry(self, tenant_id: TenantId, store_id: StoreId, entry_id: uuid.UUID) -> PayoutEntry | None:
        """Return one record."""

    def assign_entry(self, tenant_id: TenantId, store_id: StoreId, entry: PayoutEntry) -> bool:
        """Note which booking a record is about; False when it has one already."""

    def bookings(self, tenant_id: TenantId, store_id: StoreId, wish: BookingWish) -> tuple[OwnBooking, ...]:
        """Return approved card movements that no record of a report is about."""

    def add_tasks(self, tenant_id: TenantId, store_id: StoreId, tasks: Iterable[SettlementTask]) -> None:
        """Store tasks; those whose id is there stay as they are, open or closed."""

    def tasks(
        self, tenant_id: TenantId, store_id: StoreId, *, payout_id: uuid.UUID | None = None, limit: int = TASKS_MAX
    ) -> tuple[SettlementTask, ...]:
        """Return open tasks, newest first; of a payout all of them, closed ones too."""

    def close_task(
        self, tenant_id: TenantId, store_id: StoreId, task_id: uuid.UUID, *, by: str, note: str, at: datetime
    ) -> SettlementTask | None:
        """Close a task that is open and return it; None when it is closed or unknown."""


class ChargebackStore(Protocol):
    """Chargebacks with their journals and evidence; every call names tenant and store."""

    def add(self, tenant_id: TenantId, store_id: StoreId, found: Chargeback) -> bool:
        """Store a chargeback; False, and nothing stored, when its id or its reference is there."""

    def get(
        self, tenant_id: TenantId, store_id: StoreId, chargeback_id: uuid.UUID, *, lock: bool = False
    ) -> Chargeback | None:
        """Return one chargeback. ``lock``: nobody else changes it in this unit of work."""

    def by_references(
        self, tenant_id: TenantId, store_id: StoreId, acquirer: str, references: Sequence[str]
    ) -> tuple[Chargeback, ...]:
        """Return the chargebacks that have one of these references."""

    def update(self, tenant_id: TenantId, store_id: StoreId, found: Chargeback) -> None:
        """Store what changed.

        Raises:
            RuleError: ``changed_meanwhile`` when its version is not the one before.
        """

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, open_only: bool, limit: int = PAGE_MAX
    ) -> tuple[Chargeback, ...]:
        """Return open chargebacks, the next last day first; or all, the newest first."""

    def note(self, tenant_id: TenantId, store_id: StoreId, event: ChargebackEvent) -> None:
        """Add a line to a journal; its sequence is the next one, whatever the event says."""

    def events(self, tenant_id: TenantId, store_id: StoreId, chargeback_id: uuid.UUID) -> tuple[ChargebackEvent, ...]:
        """Return the journal of a chargeback, oldest first."""

    def add_evidence(self, tenant_id: TenantId, store_id: StoreId, evidence: ChargebackEvidence) -> bool:
        """Store a file; False when its id is there."""

    def evidence(
        self, tenant_id: TenantId, store_id: StoreId, chargeback_id: uuid.UUID
    ) -> tuple[ChargebackEvidence, ...]:
        """Return the files of a chargeback without their contents, oldest first."""

    def evidence_content(
        self, tenant_id: TenantId, store_id: StoreId, evidence_id: uuid.UUID
    ) -> ChargebackEvidence | None:
        """Return one file with its content."""

    def payment_of_references(
        self, tenant_id: TenantId, store_id: StoreId, acquirer: str, references: Sequence[str]
    ) -> PaymentId | None:
        """Return the payment that a reported sale with one of these references was found to be; None unless one."""


class CashFigures(Protocol):
    """Sums that the cash view shows, made by the database; every call names tenant and store."""

    def positions(self, tenant_id: TenantId, store_id: StoreId) -> tuple[AccountPosition, ...]:
        """Return each bank account by the last statement and by the books."""

    def flows(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        today: date,
        card_days: Mapping[str, int],
    ) -> tuple[CashFlow, ...]:
        """Return what is expected by day and kind.

        Args:
            tenant_id: of the shop.
            store_id: of the shop.
            today: what has no day of its own is expected on it.
            card_days: days from a card sale to its payout, by terminal; others are not expected.
        """

    def ages(
        self, tenant_id: TenantId, store_id: StoreId, today: date, flows: Sequence[CashFlow]
    ) -> tuple[AgeClass, ...]:
        """Return open items by side, currency and age. ``flows``: as told before; they know the sales of customers."""

    def open_lines(self, tenant_id: TenantId, store_id: StoreId) -> tuple[OpenLines, ...]:
        """Return statement lines that are not explained, by account and state."""
