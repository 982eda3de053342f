"""What a simulated nexo terminal answers: message bodies made of bookings, refusals and totals. Pure."""

from terminal_driver.currencies import currency_named
from terminal_driver.nexo.amounts import to_major
from terminal_driver.nexo.binding import Body
from terminal_driver.nexo.messages import (
    DisplayOutput,
    DisplayRequest,
    OutputContent,
    OutputText,
    PaymentTotals,
    PoiStatus,
    Response,
    TransactionIdentification,
    TransactionTotals,
)
from terminal_driver.nexo.payment_messages import (
    AmountsResp,
    CardData,
    PaymentAcquirerData,
    PaymentInstrumentData,
    PaymentReceipt,
    PaymentResponse,
    PaymentResult,
    PoiData,
    ReversalResponse,
    SaleData,
)
from terminal_driver.nexo.receipts import TEXT_FORMAT
from terminal_driver.nexo.vocabulary import (
    Category,
    Device,
    DocumentQualifier,
    ErrorCondition,
    GlobalStatus,
    PaymentType,
    Result,
)
from terminal_driver.operations import SchemeTotal
from terminal_driver.outcome import ReceiptKind, TerminalReceipt
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.orders import BookingKind
from terminal_driver.virtual.refusals import Refusal

KIND_OF: dict[str, BookingKind] = {
    PaymentType.NORMAL: BookingKind.SALE,
    PaymentType.REFUND: BookingKind.REFUND,
    PaymentType.FIRST_RESERVATION: BookingKind.RESERVATION,
    PaymentType.COMPLETION: BookingKind.COMPLETION,
}
"""What a payment of each type books."""

_TYPE_OF: dict[str, str] = {kind: word for word, kind in KIND_OF.items()}
REVERSALS = frozenset({BookingKind.REVERSAL, BookingKind.CANCELLATION})
"""Bookings that a reversal request leads to."""

_CONDITIONS: dict[Refusal, ErrorCondition] = {
    Refusal.CANCELLED: ErrorCondition.CANCEL,
    Refusal.CARD_UNREADABLE: ErrorCondition.INVALID_CARD,
    Refusal.CARD_BLOCKED: ErrorCondition.INVALID_CARD,
    Refusal.CARD_EXPIRED: ErrorCondition.INVALID_CARD,
    Refusal.CARD_UNKNOWN: ErrorCondition.INVALID_CARD,
    Refusal.WRONG_CURRENCY: ErrorCondition.PAYMENT_RESTRICTION,
    Refusal.NO_HOST: ErrorCondition.UNREACHABLE_HOST,
    Refusal.END_OF_DAY_NEEDED: ErrorCondition.NOT_ALLOWED,
    Refusal.REVERSAL_IMPOSSIBLE: ErrorCondition.NOT_FOUND,
    Refusal.RESERVATION_FAILED: ErrorCondition.NOT_FOUND,
    Refusal.SYSTEM_ERROR: ErrorCondition.DEVICE_OUT,
}
_QUALIFIERS = {
    ReceiptKind.MERCHANT: DocumentQualifier.CASHIER_RECEIPT,
    ReceiptKind.CUSTOMER: DocumentQualifier.CUSTOMER_RECEIPT,
    ReceiptKind.ADMINISTRATION: DocumentQualifier.DOCUMENT,
}

DONE = Response(Result.SUCCESS)


def failed(condition: ErrorCondition, words: str | None = None) -> Response:
    """Return a failure."""
    return Response(Result.FAILURE, condition, words)


def condition_of(reason: Refusal) -> ErrorCondition:
    """Return the condition by which a refusal is told; most of them are the issuer's no."""
    return _CONDITIONS.get(reason, ErrorCondition.REFUSAL)


def refused_body(category: str, response: Response, name: TransactionIdentification | None) -> Body:
    """Return the answer to a request that booked nothing; ``name``: the register's of the transaction."""
    if category == Category.REVERSAL:
        return ReversalResponse(response)
    return PaymentResponse(response, None if name is None else SaleData(name))


def booked_body(
    booking: JournalEntry,
    receipts: tuple[TerminalReceipt, ...],
    name: TransactionIdentification,
    terminal_id: str,
    requested_minor: int,
) -> Body:
    """Return the answer to a request that booked; less than requested is a part."""
    amount = to_major(booking.amount_minor, booking.currency)
    made = PoiData(transaction_name(booking))
    printed = tuple(
        PaymentReceipt(_QUALIFIERS[receipt.kind], content_of(receipt), required_signature_flag=receipt.signature_field)
        for receipt in receipts
    )
    if booking.kind in REVERSALS:
        return ReversalResponse(DONE, made, reversed_amount=amount, payment_receipt=printed)
    response = Response(Result.PARTIAL) if booking.amount_minor < requested_minor else DONE
    tip = to_major(booking.tip_minor, booking.currency) if booking.tip_minor else None
    result = PaymentResult(
        payment_type=_TYPE_OF[booking.kind],
        payment_instrument_data=PaymentInstrumentData("Card", CardData(booking.card_name, booking.card_masked)),
        amounts_resp=AmountsResp(currency_named(booking.currency).code, amount, tip),
        online_flag=True,
        payment_acquirer_data=PaymentAcquirerData(acquirer_poi_id=terminal_id),
    )
    return PaymentResponse(response, SaleData(name), made, result, printed)


def transaction_name(booking: JournalEntry) -> TransactionIdentification:
    """Return the terminal's name of a booking: its trace number, and when it was made."""
    return TransactionIdentification(f"{booking.trace_no:06d}", booking.at.isoformat(timespec="seconds"))


def content_of(receipt: TerminalReceipt) -> OutputContent:
    """Return the text of a receipt."""
    return OutputContent(
        TEXT_FORMAT,
        tuple(
            OutputText(
                line.text,
                character_height="DoubleHeight" if line.double_height else None,
                alignment="Centred" if line.centred else None,
            )
            for line in receipt.lines
        ),
    )


def shown_body(words: str) -> DisplayRequest:
    """Return the request that shows a text to the cashier, and wants no answer."""
    content = OutputContent(TEXT_FORMAT, (OutputText(words),))
    return DisplayRequest((DisplayOutput(Device.CASHIER_DISPLAY, "Status", content, response_required_flag=False),))


def state_body(*, busy: bool) -> PoiStatus:
    """Return the state of a terminal without a fault."""
    return PoiStatus(
        GlobalStatus.BUSY if busy else GlobalStatus.OK,
        ped_ok_flag=True,
        card_reader_ok_flag=True,
        printer_status="OK",
        communication_ok_flag=True,
    )


def totals_body(totals: tuple[SchemeTotal, ...], currency: str) -> tuple[TransactionTotals, ...]:
    """Return the totals of the schemes; what went back to cardholders on balance is told as credit."""
    letters = currency_named(currency).code
    return tuple(
        TransactionTotals(
            "Card",
            card_brand=total.scheme,
            payment_currency=letters,
            payment_totals=(
                PaymentTotals(
                    "Credit" if total.sum_minor < 0 else "Debit",
                    total.count,
                    to_major(abs(total.sum_minor), currency) if total.sum_minor else to_major(1, currency) * 0,
                ),
            ),
        )
        for total in totals
    )
