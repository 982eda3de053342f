"""Does a transaction the terminal reports as successful prove the operation that was asked for?

The same rules judge a result while the operation runs and the terminal's last transaction after a break. Reasons and
consequences: docs/adr/0010.
"""

from dataclasses import dataclass
from enum import Enum

from terminal_driver.operations import (
    BookReservation,
    BookTip,
    CancelReservation,
    MoneyOperation,
    PreAuthorisation,
    Refund,
    ReleaseReservation,
    Reversal,
    SaleRequest,
)
from terminal_driver.outcome import TransactionData


class ProofKind(Enum):
    """What a successful transaction says about the operation."""

    PROVEN = "proven"
    CONTRADICTED = "contradicted"  # something else was done
    UNPROVEN = "unproven"  # it may be this one


@dataclass(frozen=True, slots=True)
class Proof:
    """``code``: stable snake_case word; ``reason``: words; both empty when proven."""

    kind: ProofKind
    code: str = ""
    reason: str = ""


PROVEN = Proof(ProofKind.PROVEN)


def check(operation: MoneyOperation, data: TransactionData) -> Proof:
    """Compare a successful transaction with the operation it answers.

    An amount the terminal does not name counts as the one that was asked for; a reversal has to name something by
    which the undone transaction is known again.
    """
    if data.currency_numeric not in (None, operation.currency_numeric):
        return _contradicted("other_currency", "another currency")
    match operation:
        case Reversal() | CancelReservation():
            return _undone(operation, data)
        case BookTip():
            if operation.amount_minor in (data.amount_minor, data.tip_minor) or data.amount_minor is None:
                return PROVEN
            return Proof(ProofKind.UNPROVEN, "other_amount", "the terminal named another amount than that of the tip")
        case ReleaseReservation():
            if data.amount_minor in (None, operation.amount_minor):
                return PROVEN
            return Proof(ProofKind.UNPROVEN, "other_amount", "the terminal named another amount than that given back")
        case SaleRequest() | Refund() | PreAuthorisation() | BookReservation():
            return _done(operation, data)


def undoes(operation: Reversal | CancelReservation, data: TransactionData) -> bool:
    """Tell whether the transaction names the one that was to be undone by its trace number (BMP 37)."""
    return bool(data.original_trace_no) and data.original_trace_no == operation.original.trace_no


def _done(
    operation: SaleRequest | Refund | PreAuthorisation | BookReservation,
    data: TransactionData,
) -> Proof:
    if data.original_trace_no and not isinstance(operation, BookReservation):
        return _contradicted("other_kind", "a reversal")
    amount = data.amount_minor
    if amount in (None, operation.amount_minor):
        return PROVEN
    if isinstance(operation, SaleRequest) and operation.takes(amount, data.tip_minor):
        return PROVEN
    return _contradicted("other_amount", "another amount")


def _undone(operation: Reversal | CancelReservation, data: TransactionData) -> Proof:
    """A terminal may undo its last transaction whatever number was sent: only its own words tell which it was."""
    amount, original = data.amount_minor, operation.original
    named = data.original_trace_no or None
    if named is not None and original.trace_no is not None and named != original.trace_no:
        return _contradicted("another_reversed", f"the reversal of trace number {named}")
    if amount is not None and amount != operation.amount_minor:
        return _contradicted("another_reversed", "the reversal of another amount")
    if amount is not None or undoes(operation, data):
        return PROVEN
    return Proof(ProofKind.UNPROVEN, "reversal_unverified", "the terminal did not say what it reversed")


def _contradicted(code: str, what: str) -> Proof:
    return Proof(ProofKind.CONTRADICTED, code, f"the terminal approved {what}")
