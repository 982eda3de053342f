"""What a card receipt says, apart from how any printer shows it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import StrEnum

from gateway.domain.cards.card_text import customer_lines, customer_text
from gateway.domain.cards.payment import (
    Attempt,
    AttemptState,
    BrandTotal,
    Conversion,
    DayFigures,
    EftLine,
    Payment,
    TerminalResult,
)
from gateway.domain.cards.refund import Refund
from gateway.domain.cards.reservation import Hold, HoldStep
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.money import Currency, Money, currency_with_number
from gateway.domain.sales.sale import Sale, SaleLine
from gateway.domain.sales.taken import taken_by


class ReceiptCopy(StrEnum):
    """For whom a receipt is."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True)
class ShopFace:
    """What the head of a receipt says of the shop."""

    name: str
    address_lines: tuple[str, ...]
    tax_id: str | None
    language: str


class FigureKind(StrEnum):
    """What an amount below the total is."""

    CHARGED = "charged"
    TIP = "tip"
    REST = "rest"
    CONVERTED = "converted"


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount that is told below the total, where it differs from it."""

    kind: FigureKind
    amount: Money


class ReceiptSubject(StrEnum):
    """What a receipt is of, where it is no sale: its heading."""

    REFUND = "refund"
    RESERVATION = "reservation"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt of one payment or refund. ``duplicate``: True marks it as a copy of one that may be on paper already.

    ``printed_for``: register name; ``local_time``: the store's wall clock; ``number``: short reference to the payment
    or refund; ``refund_of``: number of the payment that is given back, None on the receipt of a payment; ``figures``:
    what differs from the total; ``notes``: further lines below them; ``subject``: None on the receipt of a payment.
    """

    copy: ReceiptCopy
    duplicate: bool
    shop: ShopFace
    register_name: str
    number: str
    local_time: datetime
    lines: tuple[SaleLine, ...]
    total: Money
    paid: bool
    status_words: str
    card_words: str
    eft_lines: tuple[EftLine, ...]
    trace_id: str
    refund_of: str | None = None
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    subject: ReceiptSubject | None = None


_WORDS = {
    "en": {
        "paid": "Paid by card",
        "not_paid": "NOT PAID",
        "given": "Given back to the card",
        "not_given": "NOT GIVEN BACK",
        "held": "Reserved on the card, nothing is charged",
        "not_held": "NOT RESERVED",
        "released": "The reservation was let go, nothing was charged",
        "not_released": "THE RESERVATION STANDS",
        "closed": "The terminal closed its day",
        "not_closed": "THE DAY IS NOT CLOSED",
        "rate": "Rate",
        "markup": "Markup",
    },
    "de": {
        "paid": "Mit Karte bezahlt",
        "not_paid": "NICHT BEZAHLT",
        "given": "Auf die Karte erstattet",
        "not_given": "NICHT ERSTATTET",
        "held": "Auf der Karte reserviert, nichts belastet",
        "not_held": "NICHT RESERVIERT",
        "released": "Die Reservierung wurde freigegeben, nichts wurde belastet",
        "not_released": "DIE RESERVIERUNG BESTEHT NOCH",
        "closed": "Das Terminal hat seinen Tag abgeschlossen",
        "not_closed": "DER TAG IST NICHT ABGESCHLOSSEN",
        "rate": "Kurs",
        "markup": "Aufschlag",
    },
}


def card_receipt(
    *,
    payment: Payment,
    sale: Sale,
    attempt: Attempt,
    copy: ReceiptCopy,
    duplicate: bool,
    shop: ShopFace,
    register_name: str,
    zone: tzinfo,
) -> Receipt:
    """Make the receipt of one attempt. The customer's copy shows no more of the card than its last four digits."""
    result = attempt.result or TerminalResult()
    paid = attempt.state is AttemptState.APPROVED
    text = _WORDS.get(shop.language, _WORDS["en"])
    return Receipt(
        copy=copy,
        duplicate=duplicate,
        shop=shop,
        register_name=register_name,
        number=short_number(payment.id),
        local_time=(attempt.concluded_at or attempt.sent_at).astimezone(zone),
        lines=sale.lines,
        total=payment.amount,
        paid=paid,
        status_words=text["paid" if paid else "not_paid"],
        card_words=card_words(result),
        eft_lines=_eft_lines(result, copy),
        trace_id=payment.trace_id,
        figures=_figures(payment, result) if paid else (),
        notes=_conversion_notes(result.conversion, text) if paid else (),
    )


def _figures(payment: Payment, result: TerminalResult) -> tuple[Figure, ...]:
    """Return what the card was charged where that is not simply the total."""
    taken = taken_by(payment, result)
    found = []
    if taken.tip.minor:
        found.append(Figure(FigureKind.TIP, taken.tip))
    if taken.amount != payment.amount:
        found.append(Figure(FigureKind.CHARGED, taken.amount))
    if taken.rest.minor:
        found.append(Figure(FigureKind.REST, taken.rest))
    told = result.conversion
    currency = None if told is None else currency_with_number(told.currency)
    if told is not None and currency is not None:
        found.append(Figure(FigureKind.CONVERTED, Money(told.amount_minor, currency)))
    return tuple(found)


def _conversion_notes(told: Conversion | None, text: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the cardholder agreed to, as the terminal told it."""
    if told is None:
        return ()
    lines = [f"{text['rate']} {told.rate}"] if told.rate else []
    lines += [f"{text['markup']} {told.markup} %"] if told.markup else []
    lines += customer_text(told.words).splitlines() if told.words else []
    return tuple(lines)


def hold_receipt(
    *,
    hold: Hold,
    attempt: Attempt,
    copy: ReceiptCopy,
    duplicate: bool,
    shop: ShopFace,
    register_name: str,
    zone: tzinfo,
) -> Receipt:
    """Make the receipt of a reservation that was made or let go."""
    result = attempt.result or TerminalResult()
    done = attempt.state is AttemptState.APPROVED
    made = hold.step is HoldStep.RESERVE
    word = ("held" if done else "not_held") if made else ("released" if done else "not_released")
    return Receipt(
        copy=copy,
        duplicate=duplicate,
        shop=shop,
        register_name=register_name,
        number=short_number(hold.id),
        local_time=(attempt.concluded_at or attempt.sent_at).astimezone(zone),
        lines=(),
        total=hold.amount,
        paid=done,
        status_words=_WORDS.get(shop.language, _WORDS["en"])[word],
        card_words=card_words(result),
        eft_lines=_eft_lines(result, copy),
        trace_id=hold.trace_id,
        subject=ReceiptSubject.RESERVATION,
    )


def day_receipt(
    *,
    close: DayClose,
    attempt: Attempt,
    currency: Currency,
    duplicate: bool,
    shop: ShopFace,
    register_name: str,
    zone: tzinfo,
) -> Receipt:
    """Make the receipt of a terminal's end of day: its totals per brand, then its own lines. ``currency``: its own."""
    result = attempt.result or TerminalResult()
    day = result.day or DayFigures()
    total = sum(brand.sum_minor for brand in day.brands) if day.sum_minor is None else day.sum_minor
    done = attempt.state is AttemptState.APPROVED
    return Receipt(
        copy=ReceiptCopy.MERCHANT,
        duplicate=duplicate,
        shop=shop,
        register_name=register_name,
        number=short_number(close.id),
        local_time=(attempt.concluded_at or attempt.sent_at).astimezone(zone),
        lines=tuple(_brand_line(brand, currency) for brand in day.brands),
        total=Money(total, currency),
        paid=done,
        status_words=_WORDS.get(shop.language, _WORDS["en"])["closed" if done else "not_closed"],
        card_words="",
        eft_lines=tuple(line for receipt in result.receipts for line in receipt.lines),
        trace_id=close.trace_id,
        subject=ReceiptSubject.DAY,
    )


def _brand_line(brand: BrandTotal, currency: Currency) -> SaleLine:
    amount = Money(brand.sum_minor, currency)
    return SaleLine(f"{brand.brand} ({brand.count})", Decimal(1), amount, amount)


def refund_receipt(
    *,
    refund: Refund,
    attempt: Attempt,
    copy: ReceiptCopy,
    duplicate: bool,
    shop: ShopFace,
    register_name: str,
    zone: tzinfo,
) -> Receipt:
    """Make the receipt of a refund, marked as one and naming the payment it is of."""
    result = attempt.result or TerminalResult()
    given = attempt.state is AttemptState.APPROVED
    words = _WORDS.get(shop.language, _WORDS["en"])["given" if given else "not_given"]
    return Receipt(
        copy=copy,
        duplicate=duplicate,
        shop=shop,
        register_name=register_name,
        number=short_number(refund.id),
        local_time=(attempt.concluded_at or attempt.sent_at).astimezone(zone),
        lines=(),
        total=refund.amount,
        paid=given,
        status_words=words,
        card_words=card_words(result),
        eft_lines=_eft_lines(result, copy),
        trace_id=refund.trace_id,
        refund_of=short_number(refund.payment_id),
        subject=ReceiptSubject.REFUND,
    )


def short_number(named: uuid.UUID) -> str:
    """Return the end of an id as people read it out: eight characters."""
    return named.hex[-8:].upper()


def _eft_lines(result: TerminalResult, copy: ReceiptCopy) -> tuple[EftLine, ...]:
    """Return the terminal's own lines; the customer's copy shows no more of the card than its last four digits."""
    eft = next((receipt.lines for receipt in result.receipts if receipt.kind == copy), ())
    if copy is ReceiptCopy.MERCHANT:
        return eft
    shown = customer_lines(tuple(line.text for line in eft))
    return tuple(replace(line, text=text) for line, text in zip(eft, shown, strict=True))


def card_words(result: TerminalResult) -> str:
    """Return the card in words, with its last four digits only: ``Visa ..1234``; empty when nothing is known."""
    digits = "".join(sign for sign in (result.card_masked or "")[-4:] if sign.isdigit())
    return " ".join(part for part in (customer_text(result.card_name or ""), f"..{digits}" if digits else "") if part)
