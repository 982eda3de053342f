"""Bank transfers a payer is asked for by a code: what the code says, and how its states follow each other.

An order stays open until a person says that the money arrived, or gives it up. Money that arrives after that is never
lost: it becomes a task (``late``) which a person clears.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from gateway.domain.bank.creditor_reference import make_creditor_reference, make_qr_reference
from gateway.domain.bank.epc_qr import EpcPayment, encode_epc
from gateway.domain.bank.iban import Iban
from gateway.domain.bank.swiss_qr import ReferenceType, SwissAddress, SwissBill, encode_swiss
from gateway.domain.credit.voucher_code import ALPHABET
from gateway.domain.errors import RuleError
from gateway.domain.ids import RegisterId, SaleId, StoreId, TenantId, TenderId
from gateway.domain.money import Money

TransferOrderId = NewType("TransferOrderId", uuid.UUID)

REFERENCE_SIGNS = 12
"""Of 32 kinds: 60 bits, so that the orders of a shop do not meet, and still short enough to be typed."""
_QR_REFERENCE_DIGITS = 20


class TransferStandard(StrEnum):
    """How the code is written."""

    EPC = "epc"
    SWISS = "swiss"


class TransferState(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"
    LATE = "late"
    """arrived after it was given up: somebody has to decide what becomes of the money"""
    CLEARED = "cleared"


class TransferEvent(StrEnum):
    """What a person says of an order."""

    ARRIVE = "arrive"
    CANCEL = "cancel"
    CLEAR = "clear"


TRANSFER_STATES: dict[TransferState, dict[TransferEvent, TransferState]] = {
    TransferState.OPEN: {
        TransferEvent.ARRIVE: TransferState.ARRIVED,
        TransferEvent.CANCEL: TransferState.CANCELLED,
    },
    TransferState.ARRIVED: {},
    TransferState.CANCELLED: {TransferEvent.ARRIVE: TransferState.LATE},
    TransferState.LATE: {TransferEvent.CLEAR: TransferState.CLEARED},
    TransferState.CLEARED: {},
}

_REFUSALS: dict[TransferState, tuple[str, str]] = {
    TransferState.OPEN: ("transfer_open", "This transfer is still waited for."),
    TransferState.ARRIVED: ("transfer_arrived", "This transfer was confirmed already."),
    TransferState.CANCELLED: ("transfer_cancelled", "This transfer is not waited for any more."),
    TransferState.LATE: ("transfer_late", "This transfer came late and waits to be cleared."),
    TransferState.CLEARED: ("transfer_cleared", "This transfer has been cleared already."),
}


class Clearing(StrEnum):
    """What becomes of money that came late."""

    RETURNED = "returned"
    """sent back to whoever sent it"""
    ON_ACCOUNT = "on_account"
    """credited to a customer's account"""


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """One transfer that was asked for.

    Attributes:
        tender_id: the tender of the sale that it settles.
        reference: RF or QR reference in its plain form; unique within a store.
        payload: text of the code to be drawn.
        expires_at: until when the payer was asked to pay; afterwards it is only shown as overdue.
        concluded_by: who said the last word over it, with ``reason`` and, if known, the bank's own reference.
        sequence: number of the last line of its journal.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: TransferOrderId
    tender_id: TenderId
    sale_id: SaleId
    register_id: RegisterId
    amount: Money
    standard: TransferStandard
    reference: str
    payload: str
    state: TransferState
    expires_at: datetime
    created_at: datetime
    created_by: str
    trace_id: str
    concluded_at: datetime | None = None
    concluded_by: str | None = None
    reason: str | None = None
    bank_reference: str | None = None
    sequence: int = 1

    def overdue(self, now: datetime) -> bool:
        """Return whether it is still open after the day the payer was given."""
        return self.state is TransferState.OPEN and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Creditor:
    """The shop's own account. ``qr_iban``: for Swiss QR references; ``address``: needed for a Swiss code."""

    name: str
    iban: Iban
    bic: str = ""
    qr_iban: Iban | None = None
    address: SwissAddress | None = None


@dataclass(frozen=True, slots=True)
class TransferCode:
    """A code before it is drawn."""

    standard: TransferStandard
    reference: str
    payload: str


def next_state(state: TransferState, event: TransferEvent) -> TransferState:
    """Return the state an event leads to.

    Raises:
        RuleError: ``transfer_<state>`` when the event means nothing in this state; nothing changes.
    """
    after = TRANSFER_STATES[state].get(event)
    if after is None:
        code, message = _REFUSALS[state]
        raise RuleError(code, message, "Load it again: somebody else may have decided.")
    return after


def make_code(creditor: Creditor, order_id: TransferOrderId, amount: Money) -> TransferCode:
    """Write the code a payer scans: euro by EPC069-12, francs as a Swiss QR-bill.

    Raises:
        RuleError: ``transfer_currency`` when the shop has no account for it.
        InputError: what :class:`EpcPayment` or :class:`SwissBill` say of the parts.
    """
    digest = int.from_bytes(hashlib.sha256(b"transfer " + order_id.bytes).digest(), "big")
    if amount.currency.code == "CHF" and creditor.address is not None and creditor.iban[:2] in {"CH", "LI"}:
        return _swiss(creditor, creditor.address, digest, amount)
    if amount.currency.code != "EUR":
        message = f"This shop takes no transfers in {amount.currency.code}."
        raise RuleError("transfer_currency", message, "Take another tender.")
    reference = make_creditor_reference(_signs(digest))
    payment = EpcPayment(creditor.name, creditor.iban, amount, bic=creditor.bic, reference=reference)
    return TransferCode(TransferStandard.EPC, reference, encode_epc(payment))


def _swiss(creditor: Creditor, address: SwissAddress, digest: int, amount: Money) -> TransferCode:
    if creditor.qr_iban is not None:
        kind, iban = ReferenceType.QRR, creditor.qr_iban
        reference: str = make_qr_reference(str(digest % 10**_QR_REFERENCE_DIGITS))
    else:
        kind, iban = ReferenceType.SCOR, creditor.iban
        reference = make_creditor_reference(_signs(digest))
    bill = SwissBill(iban, address, amount.currency, amount, None, kind, reference)
    return TransferCode(TransferStandard.SWISS, reference, encode_swiss(bill))


def _signs(digest: int) -> str:
    return "".join(ALPHABET[(digest >> 5 * place) % len(ALPHABET)] for place in range(REFERENCE_SIGNS))
