"""Where payment runs, their orders and files are kept, and what banks said of them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from gateway.domain.ids import PayableId, PaymentOrderId, PaymentRunId, StoreId, TenantId
from gateway.domain.money import Money
from gateway.domain.payables.payment_order import BankFile, FileState, LeftOut, PaymentOrder, PaymentRun, RunState

RUNS_PAGE_MAX = 100


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One line of a run's journal. ``order_id``: of the order it is about, None for the whole run.

    ``kind``: such as ``proposed``, ``approved``, ``handed_over`` or a status of the bank; ``evidence``: id of the bank
    message it follows from, None when a person or a job did it.
    """

    sequence: int
    id: uuid.UUID
    kind: str
    actor: str
    at: datetime
    order_id: PaymentOrderId | None = None
    reason: str = ""
    evidence: uuid.UUID | None = None
    detail: Mapping[str, str] | None = None


class PaymentRunStore(Protocol):
    """Runs of all stores; every call names tenant and store."""

    def add(self, run: PaymentRun, orders: Sequence[PaymentOrder], left_out: Sequence[LeftOut]) -> None:
        """Store a proposed run with its orders and what was left out, in few statements."""

    def add_orders(self, run: PaymentRun, orders: Sequence[PaymentOrder]) -> None:
        """Add orders to a proposed run."""

    def next_number(self, tenant_id: TenantId, store_id: StoreId) -> int:
        """Return the number of the next run."""

    def update(self, run: PaymentRun) -> bool:
        """Store a run that was loaded at the version before this one; False when it has changed since."""

    def load(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> PaymentRun | None:
        """Return one run."""

    def lock(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> PaymentRun | None:
        """Return one run and hold it until the unit ends."""

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, states: Sequence[RunState], before: int | None, limit: int
    ) -> tuple[PaymentRun, ...]:
        """Return runs by number, newest first."""

    def orders(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> tuple[PaymentOrder, ...]:
        """Return the orders of a run by their position."""

    def order_by_end_to_end(self, tenant_id: TenantId, store_id: StoreId, end_to_end_id: str) -> PaymentOrder | None:
        """Return the order with this end-to-end id."""

    def orders_by_id(
        self, tenant_id: TenantId, store_id: StoreId, order_ids: Sequence[PaymentOrderId]
    ) -> tuple[PaymentOrder, ...]:
        """Return the orders that are there of these, in the order of their ids."""

    def orders_of_payable(
        self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId
    ) -> tuple[PaymentOrder, ...]:
        """Return every order that ever paid a payable, oldest first."""

    def replace_orders(self, tenant_id: TenantId, store_id: StoreId, orders: Sequence[PaymentOrder]) -> bool:
        """Store orders that were loaded at the version before; False when one has changed since: the unit must end.

        What they pay stays as it is (see :meth:`set_allocations`); an order that has ended lets its payables go.
        """

    def put_in_files(self, tenant_id: TenantId, store_id: StoreId, orders: Sequence[PaymentOrder]) -> bool:
        """As :meth:`replace_orders`, where only the number of the file has changed."""

    def set_allocations(self, tenant_id: TenantId, store_id: StoreId, order: PaymentOrder) -> None:
        """Store what an order of a proposed run pays, in place of what it paid before."""

    def drop_order(self, tenant_id: TenantId, store_id: StoreId, order: PaymentOrder) -> None:
        """Take an order out before it was sent: it is kept, cancelled (as given), and lets its payables go."""

    def left_out(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> tuple[LeftOut, ...]:
        """Return what a run left out."""

    def tell(self, run: PaymentRun, events: Sequence[RunEvent]) -> None:
        """Add lines to the journal of a run."""

    def next_sequence(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> int:
        """Return the sequence the next line of a run's journal gets; the run must be locked."""

    def events(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> tuple[RunEvent, ...]:
        """Return the journal of a run, oldest first."""

    def add_files(self, run: PaymentRun, files: Sequence[BankFile]) -> None:
        """Store the files of a run's attempt."""

    def files(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> tuple[BankFile, ...]:
        """Return the files of a run, all attempts, by attempt and number."""

    def set_file_state(self, run: PaymentRun, file: BankFile, state: FileState, note: str) -> None:
        """Store where a file stands."""

    def file_by_message(
        self, tenant_id: TenantId, store_id: StoreId, message_id: str
    ) -> tuple[PaymentRun, BankFile] | None:
        """Return run and file of a message id."""

    def worth_in_transit(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[str, Money]:
        """Return the planned worth of payments in other currencies that are with the bank, by own account."""

    def waiting_files(self, tenant_id: TenantId, store_id: StoreId) -> tuple[tuple[PaymentRun, BankFile], ...]:
        """Return the files of released runs that are not surely handed over, oldest first."""


@dataclass(frozen=True, slots=True)
class BankMessage:
    """One message of a bank, kept whole. ``kind``: such as ``pain.002`` or ``camt.053``; ``sha256``: of ``content``.

    ``outcome``: what reading gave, in words; ``applied``: whether all of it was applied.
    """

    id: uuid.UUID
    kind: str
    name: str
    sha256: str
    content: bytes
    received_at: datetime
    applied: bool
    outcome: str = ""


class BankMessageStore(Protocol):
    """Messages of banks, append-only."""

    def add(self, tenant_id: TenantId, store_id: StoreId, message: BankMessage) -> bool:
        """Store a message; False, and nothing stored, when the same content is there."""

    def load(self, tenant_id: TenantId, store_id: StoreId, message_id: uuid.UUID) -> BankMessage | None:
        """Return one message with its content."""

    def list(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[BankMessage, ...]:
        """Return messages, newest first, without their content."""

    def conclude(
        self, tenant_id: TenantId, store_id: StoreId, message_id: uuid.UUID, *, applied: bool, outcome: str
    ) -> None:
        """Store what reading a message gave."""


@dataclass(frozen=True, slots=True)
class DatedRun:
    """One run of a dated job. ``job``: its name; ``state``: ``running``, ``done`` or ``failed``; ``note``: in words."""

    job: str
    business_date: date
    state: str
    holder: str
    started_at: datetime
    ended_at: datetime | None = None
    tries: int = 1
    note: str = ""


Waits = tuple[int, int, int, int]
"""Seconds a failed job waits: after its first try, its second, its third, and every later one."""
AT_ONCE: Waits = (0, 0, 0, 0)


class DatedJobStore(Protocol):
    """Jobs that run once for each business date, whatever clocks and nodes do."""

    def begin(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        job: str,
        business_date: date,
        holder: str,
        lease_s: int,
        waits_s: Waits = AT_ONCE,
    ) -> int | None:
        """Take a job's business date; its epoch, or None when it is done, another one has it, or it has to wait.

        ``waits_s``: how long a failed one rests before it is tried again.
        """

    def finish(
        self, tenant_id: TenantId, store_id: StoreId, job: str, business_date: date, epoch: int, *, ok: bool, note: str
    ) -> bool:
        """Store how it ended; False when another one has taken it since."""

    def last_done(self, tenant_id: TenantId, store_id: StoreId, job: str) -> date | None:
        """Return the newest business date that is done."""

    def history(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[DatedRun, ...]:
        """Return runs, newest first."""
