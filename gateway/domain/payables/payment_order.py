"""Payment runs, the payment orders in them, the file they become, and what a bank may say of them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.ids import PayableId, PaymentOrderId, PaymentRunId, StoreId, SupplierId, TenantId
from gateway.domain.money import Money
from gateway.domain.payables.planned_worth import PlannedWorth
from gateway.domain.payables.supplier import NO_ADDRESS, PostalAddress


class Instrument(StrEnum):
    """How the money travels."""

    SEPA = "sepa"
    SEPA_INSTANT = "sepa_instant"
    CROSS_BORDER = "cross_border"
    SWISS = "swiss"
    NACHA = "nacha"


class RunState(StrEnum):
    """Where a run stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    """A person approved its digest; the bytes of its files are stored."""
    RELEASED = "released"
    """Another person released it: its files are to be handed over, or are being so."""
    SENT = "sent"
    """Every file was handed over; what becomes of the orders is for the bank to say."""
    DONE = "done"
    """Every order is settled, rejected or cancelled."""
    DISCARDED = "discarded"


class OrderState(StrEnum):
    """Where a payment order stands. Sent and later is left by bank evidence only."""

    PLANNED = "planned"
    SENT = "sent"
    AWAITING_PAYEE_CHECK = "awaiting_payee_check"
    PENDING = "pending"
    ACCEPTED = "accepted"
    EXECUTED = "executed"
    SETTLED = "settled"
    REJECTED = "rejected"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    """Taken out before it was sent, or cancelled by the bank before any money moved."""


LIVING = frozenset(
    {
        OrderState.PLANNED,
        OrderState.SENT,
        OrderState.AWAITING_PAYEE_CHECK,
        OrderState.PENDING,
        OrderState.ACCEPTED,
        OrderState.EXECUTED,
    }
)
"""States in which an order holds what it pays: no other order may pay the same payable."""


class PayeeCheck(StrEnum):
    """Result of a verification of payee: name and account belong together or not."""

    MATCH = "MTCH"
    CLOSE_MATCH = "CMTC"
    NO_MATCH = "NMTC"
    NOT_POSSIBLE = "NOAP"


class FileState(StrEnum):
    """Where a file stands on its way to the bank."""

    WRITTEN = "written"
    STARTED = "started"
    """The hand-over may have happened."""
    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    """It surely is not with the bank, and goes out no more."""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """One of the shop's own accounts, as configured. ``id``: its name in settings; ``profile``: of the bank's dialect.

    ``iban`` or ``other_id``; ``holder``: the name the bank knows; ``initiating_id``: the bank's id of the sender.
    """

    id: str
    name: str
    holder: str
    currency: str
    country: str
    iban: str = ""
    bic: str = ""
    other_id: str = ""
    clearing_member: str = ""
    profile: str = "sepa"
    initiating_id: str = ""
    address: PostalAddress = NO_ADDRESS


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one order pays of one payable.

    ``amount`` leaves the bank for it; ``discount`` is taken off; a credit note counts against the others with its
    open amount in ``amount`` and ``credit`` true. amount + discount never exceeds what is open.
    """

    payable_id: PayableId
    number: str
    amount: Money
    discount: Money
    credit: bool = False


@dataclass(frozen=True, slots=True)
class Payee:
    """Whom an order pays: copied from the supplier when the run is made, part of what is approved.

    ``account_type``: ISO 20022 ExternalCashAccountType such as ``SVGS`` (savings), or empty.
    """

    supplier_id: SupplierId
    account_id: uuid.UUID
    name: str
    country: str
    iban: str = ""
    bic: str = ""
    other_id: str = ""
    clearing_system: str = ""
    clearing_member: str = ""
    bank_name: str = ""
    address: PostalAddress = NO_ADDRESS
    language: str = "en"
    account_type: str = ""


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One payment: one payee, account, currency and instrument, for one or more invoices less credit notes.

    ``amount`` > 0; ``end_to_end_id``: at most 35 characters, made from the run and this order, never changed;
    ``uetr``: UUIDv4 form, or empty; ``reference``: structured, or empty; ``text``: unstructured, at most 140 of the
    bank's characters, or empty; ``purpose``: ISO 20022 purpose code or empty; ``charges``: SLEV, SHAR or DEBT;
    ``file_no``: position of its file in the run, None while planned; ``reason_code``: of the bank, or empty;
    ``payee_check``: result told by the bank, or empty; ``ultimate_debtor``: on whose behalf is paid, or empty;
    ``worth``: what it should take from an account of another currency, None in its own or without a rate;
    ``reconciled_line``: statement line that was accepted as the evidence of a settled order, None before that.
    """

    id: PaymentOrderId
    run_id: PaymentRunId
    position: int
    instrument: Instrument
    bank_account_id: str
    payee: Payee
    amount: Money
    execute_on: date
    allocations: tuple[Allocation, ...]
    end_to_end_id: str
    state: OrderState = OrderState.PLANNED
    uetr: str = ""
    reference: str = ""
    text: str = ""
    purpose: str = ""
    charges: str = "SLEV"
    file_no: int | None = None
    reason_code: str = ""
    reason_text: str = ""
    payee_check: str = ""
    payee_check_name: str = ""
    attempt: int = 1
    version: int = 1
    ultimate_debtor: str = ""
    worth: PlannedWorth | None = None
    reconciled_line: uuid.UUID | None = None

    @property
    def trace_id(self) -> str:
        """The trace of what is paid; of several it is the payment's own."""
        paid = {part.payable_id for part in self.allocations}
        return paid.pop().hex if len(paid) == 1 else self.id.hex

    @property
    def fate(self) -> str:
        """What became of it, as people read it: its state, or ``reconciled`` for one that is settled and proven."""
        proven = self.state is OrderState.SETTLED and self.reconciled_line is not None
        return "reconciled" if proven else self.state.value


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A payable that was looked at and not taken. ``code``: why, such as ``cash_limit``; ``cost``: of not paying it."""

    payable_id: PayableId
    supplier_id: SupplierId
    amount: Money
    code: str
    cost: Money | None = None
    detail: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PaymentRun:
    """One run. ``run_on``: its business date; ``proposed_by``: a login or ``system``.

    ``digest``: SHA-256 over everything that is approved (payees, accounts, amounts, currencies, dates, invoices), hex;
    ``approved_by``, ``released_by``: person ids, never the same person; ``attempt``: from 1, a new one only after proof
    that nothing of the one before is with the bank.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: PaymentRunId
    number: int
    run_on: date
    state: RunState
    digest: str
    proposed_by: str
    created_at: datetime
    changed_at: datetime
    approved_by: uuid.UUID | None = None
    approved_at: datetime | None = None
    released_by: uuid.UUID | None = None
    released_at: datetime | None = None
    attempt: int = 1
    note: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class BankFile:
    """One file of a run for one account, format and day.

    ``file_no`` from 1; ``message_id``: at most 35 characters, made from tenant, run and attempt; ``format``: such as
    ``pain.001.001.09`` or ``nacha``; ``sha256``: of ``content``, shown to who approves; ``remote_name``: under which it
    is handed over, the same at each try.
    """

    run_id: PaymentRunId
    file_no: int
    attempt: int
    bank_account_id: str
    message_id: str
    format: str
    sha256: str
    content: bytes
    orders: int
    total_minor: int
    currency: str
    remote_name: str
    state: FileState = FileState.WRITTEN
    note: str = ""
