"""Which message carries an operation of the driver, and what its answer is to be compared with."""

from dataclasses import dataclass, replace

from terminal_driver.errors import LocalProtocolError
from terminal_driver.nexo.amounts import currency_letters, to_major
from terminal_driver.nexo.binding import Body
from terminal_driver.nexo.judgement import Expected
from terminal_driver.nexo.messages import (
    DisplayOutput,
    DisplayRequest,
    OutputContent,
    OutputText,
    TransactionIdentification,
)
from terminal_driver.nexo.payment_messages import (
    AmountsReq,
    OriginalPoiTransaction,
    PaymentData,
    PaymentRequest,
    PaymentTransaction,
    ReversalRequest,
    SaleData,
)
from terminal_driver.nexo.receipts import TEXT_FORMAT
from terminal_driver.nexo.vocabulary import Category, Device, PaymentType, ReversalReason
from terminal_driver.operations import (
    BookReservation,
    BookTip,
    CancelReservation,
    DisplayText,
    MoneyOperation,
    PreAuthorisation,
    Refund,
    ReleaseReservation,
    Reversal,
    SaleRequest,
    TransactionReference,
)

DISPLAY_LINES_MAX = 8


@dataclass(frozen=True, slots=True)
class MoneyRequest:
    """A request that moves money, and what a proof of it must show."""

    category: Category
    body: Body
    expected: Expected


def category_of(operation: MoneyOperation) -> Category:
    """Return the category an operation is sent under.

    Raises:
        LocalProtocolError: ``not_supported``.
    """
    match operation:
        case SaleRequest() | Refund() | PreAuthorisation() | BookReservation():
            return Category.PAYMENT
        case Reversal() | CancelReservation():
            return Category.REVERSAL
        case ReleaseReservation() | BookTip():
            raise LocalProtocolError("not_supported", f"nexo has no message for {type(operation).__name__}")


def expected_of(operation: MoneyOperation, name: str) -> Expected:
    """Return what a proof of the operation must show; ``name``: its TransactionID."""
    expected = Expected(name, operation.amount_minor, operation.currency_numeric, _payment_type(operation))
    if not isinstance(operation, SaleRequest):
        return expected
    return replace(
        expected,
        partial_allowed=operation.partial_allowed,
        tip_minor=operation.tip_minor,
        tip_allowed=operation.tip_allowed,
    )


def money_request(operation: MoneyOperation, name: str, time_stamp: str) -> MoneyRequest:
    """Return the request of an operation.

    Args:
        operation: what is wanted.
        name: its TransactionID.
        time_stamp: ISO 8601 with zone.

    Raises:
        LocalProtocolError: ``not_supported``, ``bad_amount``, ``bad_currency``, or ``no_original`` when the terminal's
            name and time of the earlier transaction are missing.
    """
    category = category_of(operation)
    amount = to_major(operation.amount_minor, operation.currency_numeric)
    sale = SaleData(TransactionIdentification(name, time_stamp))
    original = None
    if isinstance(operation, Reversal | BookReservation | CancelReservation):
        original = _original(operation.original)
    if category is Category.REVERSAL and original is not None:
        # The amount is left out on purpose: with it some terminals undo a part, and only the whole is meant.
        body: Body = ReversalRequest(original, ReversalReason.MERCHANT_CANCEL, sale_data=sale)
    else:
        tip_minor = operation.tip_minor if isinstance(operation, SaleRequest) else 0
        if not 0 <= tip_minor <= operation.amount_minor:
            raise LocalProtocolError("bad_amount", "a tip is a part of the amount")
        tip = to_major(tip_minor, operation.currency_numeric) if tip_minor else None
        amounts = AmountsReq(currency_letters(operation.currency_numeric), amount, tip)
        kind = PaymentData(_payment_type(operation))
        body = PaymentRequest(sale, PaymentTransaction(amounts, original), kind)
    return MoneyRequest(category, body, expected_of(operation, name))


def display_request(operation: DisplayText) -> DisplayRequest:
    """Return the request that shows a text to the customer.

    Raises:
        LocalProtocolError: ``bad_text`` with no line, more than eight, or signs that cannot be shown.
    """
    lines = operation.lines
    if not 0 < len(lines) <= DISPLAY_LINES_MAX or not all(line.isprintable() for line in lines):
        raise LocalProtocolError("bad_text", f"a text has 1 to {DISPLAY_LINES_MAX} lines of printable signs")
    content = OutputContent(TEXT_FORMAT, tuple(OutputText(line) for line in lines))
    return DisplayRequest(
        (
            DisplayOutput(
                Device.CUSTOMER_DISPLAY,
                "Display",
                content,
                response_required_flag=True,
                minimum_display_time=operation.duration_s or None,
            ),
        )
    )


def _payment_type(operation: MoneyOperation) -> PaymentType | None:
    match operation:
        case SaleRequest():
            return PaymentType.NORMAL
        case Refund():
            return PaymentType.REFUND
        case PreAuthorisation():
            return PaymentType.FIRST_RESERVATION
        case BookReservation():
            return PaymentType.COMPLETION
        case _:
            return None


def _original(reference: TransactionReference) -> OriginalPoiTransaction:
    if not reference.terminal_reference or not reference.made_at:
        words = "the terminal's own name and time of the earlier transaction are needed"
        raise LocalProtocolError("no_original", words)
    named = TransactionIdentification(reference.terminal_reference, reference.made_at)
    return OriginalPoiTransaction(poi_transaction_id=named)
