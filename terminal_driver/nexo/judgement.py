"""What an answer proves about an operation: pure comparison of what was asked for with what the terminal says.

An approval needs all of: the result ``Success`` (or ``Partial`` where a part is enough), the amount, no other currency,
kind or transaction than ours. nexo knows no acknowledgement, so an answer that does not add up cannot be refused: it
leaves the outcome unknown, and nothing here ever takes a transaction back by itself.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from terminal_driver.card_data import cut_card_numbers, mask_pan
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.nexo.amounts import numeric_of, to_minor
from terminal_driver.nexo.conditions import NEVER_BEGUN, STOPPED, condition_words, failure_words
from terminal_driver.nexo.conversion import conversion_of
from terminal_driver.nexo.messages import Response, TransactionIdentification
from terminal_driver.nexo.payment_messages import (
    AmountsResp,
    CardData,
    PaymentAcquirerData,
    PaymentInstrumentData,
    PaymentResponse,
    PaymentResult,
    PoiData,
    ReversalResponse,
    SaleData,
)
from terminal_driver.nexo.vocabulary import ErrorCondition, Result
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Declined,
    LastResult,
    NoAnswer,
    NotCharged,
    NotStarted,
    Outcome,
    StillUnknown,
    TerminalReceipt,
    TransactionData,
    Unknown,
    Verdict,
)
from terminal_driver.zvt.status_codes import Language


@dataclass(frozen=True, slots=True)
class Expected:
    """What was asked for. ``name``: our TransactionID; ``payment_type``: None for a reversal.

    ``tip_minor``: contained in the amount; ``tip_allowed``: the cardholder may have added to it at the terminal.
    """

    name: str
    amount_minor: int
    currency_numeric: str
    payment_type: str | None = None
    partial_allowed: bool = False
    tip_minor: int = 0
    tip_allowed: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an answer proves nothing."""

    code: str
    reason: str


def transaction_of(
    body: PaymentResponse | ReversalResponse, *, name: str, currency_numeric: str | None, terminal_id: str
) -> TransactionData:
    """Return what an answer tells of its transaction.

    Args:
        body: the answer.
        name: our TransactionID, for an answer that repeats none; empty when not known.
        currency_numeric: of the request, for an answer that names none.
        terminal_id: POIID, for an answer without the acquirer's id of the terminal.

    Raises:
        RemoteProtocolError: ``bad_amount`` or ``unknown_currency``.
    """
    result = body.payment_result if isinstance(body, PaymentResponse) else None
    result = result or PaymentResult()
    amounts = result.amounts_resp or AmountsResp()
    amount = amounts.authorized_amount if isinstance(body, PaymentResponse) else body.reversed_amount
    currency = currency_numeric if amounts.currency is None else numeric_of(amounts.currency)
    card = (result.payment_instrument_data or PaymentInstrumentData()).card_data or CardData()
    acquirer = result.payment_acquirer_data or PaymentAcquirerData()
    made = (body.poi_data or PoiData()).poi_transaction_id
    sale = (body.sale_data or SaleData()).sale_transaction_id if isinstance(body, PaymentResponse) else None
    day, clock = _terminal_time(made)
    return TransactionData(
        code=_code(body.response),
        amount_minor=_minor(amount, currency),
        currency_numeric=currency,
        terminal_id=_without_card_number(acquirer.acquirer_poi_id) or terminal_id,
        merchant_contract=_without_card_number(acquirer.merchant_id),
        authorisation=_without_card_number(acquirer.approval_code),
        card_name=_without_card_number(card.payment_brand),
        card_number_masked=None if card.masked_pan is None else mask_pan(card.masked_pan),
        date_mmdd=day,
        time_hhmmss=clock,
        text=_without_card_number(body.response.additional_response),
        tip_minor=_minor(amounts.tip_amount, currency),
        reference=(sale.transaction_id if sale is not None else name) or None,
        terminal_reference=None if made is None else made.transaction_id,
        made_at=None if made is None else made.time_stamp,
        conversion=conversion_of(result.currency_conversion),
    )


def doubt_of(expected: Expected, data: TransactionData, payment_type: str | None = None) -> Doubt | None:
    """Return why a transaction that the terminal calls done is no proof, or None when it is one.

    Args:
        expected: what was asked for.
        data: what the terminal says; its code is ``Success`` or ``Partial``.
        payment_type: what the terminal says it was, None when it does not say.
    """
    if data.reference != expected.name:
        return Doubt("other_transaction", "the answer belongs to another transaction")
    if payment_type not in (None, expected.payment_type):
        return Doubt("other_kind", f"the terminal carried out {payment_type} instead of {expected.payment_type}")
    if data.currency_numeric != expected.currency_numeric:
        return Doubt("other_currency", "the terminal approved another currency")
    return _doubt_of_amount(expected, data)


def _doubt_of_amount(expected: Expected, data: TransactionData) -> Doubt | None:
    amount = data.amount_minor
    if amount is None:
        if expected.payment_type is None and data.code == Result.SUCCESS:
            return None  # a reversal undoes the whole and may leave the amount out
        return Doubt("no_amount", "the terminal approved without naming an amount")
    if data.code == Result.PARTIAL:
        if not expected.partial_allowed:
            return Doubt("partial_not_allowed", "the terminal approved a part, and only the whole was asked for")
        return None if 0 < amount < expected.amount_minor else Doubt("other_amount", "the part is not a part")
    added = amount - expected.amount_minor
    tipped = expected.tip_allowed and added > 0 and data.tip_minor == expected.tip_minor + added
    if added and not tipped:
        return Doubt("other_amount", "the terminal approved another amount")
    return None


def outcome_of(
    expected: Expected,
    body: PaymentResponse | ReversalResponse,
    data: TransactionData,
    receipts: tuple[TerminalReceipt, ...],
    language: Language,
) -> Outcome:
    """Say what the answer to our own request means."""
    response = body.response
    if response.result in (Result.SUCCESS, Result.PARTIAL):
        result = body.payment_result if isinstance(body, PaymentResponse) else None
        doubt = doubt_of(expected, data, None if result is None else result.payment_type)
        if doubt is not None:
            return Unknown(doubt.code, doubt.reason, data, receipts)
        return Approved(_with_amount(data, expected), receipts)
    if response.result != Result.FAILURE:
        return Unknown("unreadable_result", f"the terminal ended with {data.code!r}", data, receipts)
    condition, words = response.error_condition, cut_card_numbers(failure_words(response, language))
    if data.amount_minor:
        return Unknown("contradictory_result", f"the terminal failed and names an amount: {words}", data, receipts)
    if condition == ErrorCondition.IN_PROGRESS:
        return Unknown("in_progress", words, data, receipts)
    if condition in STOPPED:
        return Aborted(str(condition), words, data, receipts)
    if condition in NEVER_BEGUN:
        return NotStarted(NEVER_BEGUN[str(condition)], words)
    return Declined(data.code or Result.FAILURE, words, data, receipts)


def verdict_of(expected: Expected, last: LastResult | NoAnswer, language: Language) -> Verdict:
    """Say what the terminal's memory proves about an operation whose answer was lost.

    ``NotCharged`` only when the terminal, asked about this very operation, has no such transaction, or repeats that it
    never began it.
    """
    if isinstance(last, NoAnswer):
        return StillUnknown("not_answered", last.reason, TransactionData())
    data = last.data
    if not expected.name or data.reference != expected.name:
        return StillUnknown("other_transaction", "the terminal told of another transaction", data)
    if not last.held:
        if data.code == ErrorCondition.NOT_FOUND:
            return NotCharged("the terminal has no such transaction", data)
        return StillUnknown("nothing_held", "the terminal holds no transaction", data)
    if data.code in (Result.SUCCESS, Result.PARTIAL):
        doubt = doubt_of(expected, data)
        if doubt is not None:
            return StillUnknown(doubt.code, doubt.reason, data)
        return Approved(_with_amount(data, expected), last.receipts)
    return _failed(last, language)


def _failed(last: LastResult, language: Language) -> Verdict:
    """Say what a repeated failure proves."""
    data = last.data
    if data.amount_minor:
        return StillUnknown("contradictory_result", "the terminal failed and names an amount", data)
    words = condition_words(None if data.code == Result.FAILURE else data.code, language)
    if data.code in NEVER_BEGUN:
        return NotCharged(words, data)
    if data.code == Result.FAILURE or data.code in set(ErrorCondition) - {ErrorCondition.IN_PROGRESS}:
        return Declined(str(data.code), data.text or words, data, last.receipts)
    return StillUnknown("unknown_result", f"the terminal ended with {data.code!r}", data)


def _with_amount(data: TransactionData, expected: Expected) -> TransactionData:
    """Fill in the amount of a reversal whose answer names none."""
    return data if data.amount_minor is not None else replace(data, amount_minor=expected.amount_minor)


def _without_card_number(text: str | None) -> str | None:
    """Cut card numbers where one has no business to be; names of transactions are quoted back and stay as they are."""
    return None if text is None else cut_card_numbers(text)


def _code(response: Response) -> str:
    """Return the word an answer is kept under: its condition when it failed, else its result."""
    if response.result == Result.FAILURE:
        return cut_card_numbers(response.error_condition or Result.FAILURE)
    return cut_card_numbers(response.result)


def _minor(amount: Decimal | None, currency_numeric: str | None) -> int | None:
    if amount is None:
        return None
    if currency_numeric is None:
        raise RemoteProtocolError("unknown_currency", "an amount without a currency")
    return to_minor(amount, currency_numeric)


def _terminal_time(made: TransactionIdentification | None) -> tuple[str | None, str | None]:
    """Return month and day, and the time, of the terminal's own time stamp; None where it is none."""
    if made is None:
        return None, None
    day, _, clock = made.time_stamp.partition("T")
    year_month_day, hour_minute_second = day.split("-"), clock[:8].split(":")
    if len(year_month_day) != 3 or len(hour_minute_second) != 3:
        return None, None
    mmdd, hhmmss = "".join(year_month_day[1:]), "".join(hour_minute_second)
    if not (len(mmdd) == 4 and len(hhmmss) == 6 and (mmdd + hhmmss).isascii() and (mmdd + hhmmss).isdigit()):
        return None, None
    return mmdd, hhmmss
