"""What a card receipt says, apart from how any printer shows it."""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from gateway.domain.card_text import customer_lines, customer_text
from gateway.domain.money import Money
from gateway.domain.payment import Attempt, AttemptState, EftLine, Payment, TerminalResult
from gateway.domain.sale import Sale, SaleLine


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


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt of one payment. ``duplicate``: True marks it as a copy of one that may already be on paper.

    ``printed_for``: register name; ``local_time``: the store's wall clock; ``number``: short reference to the payment.
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


_WORDS = {
    "en": {"paid": "Paid by card", "not_paid": "NOT PAID"},
    "de": {"paid": "Mit Karte bezahlt", "not_paid": "NICHT BEZAHLT"},
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
    words = _WORDS.get(shop.language, _WORDS["en"])["paid" if paid else "not_paid"]
    eft = next((receipt.lines for receipt in result.receipts if receipt.kind == copy), ())
    if copy is ReceiptCopy.CUSTOMER:
        shown = customer_lines(tuple(line.text for line in eft))
        eft = tuple(replace(line, text=text) for line, text in zip(eft, shown, strict=True))
    return Receipt(
        copy=copy,
        duplicate=duplicate,
        shop=shop,
        register_name=register_name,
        number=payment.id.hex[-8:].upper(),
        local_time=(attempt.concluded_at or attempt.sent_at).astimezone(zone),
        lines=sale.lines,
        total=payment.amount,
        paid=paid,
        status_words=words,
        card_words=card_words(result),
        eft_lines=eft,
        trace_id=payment.trace_id,
    )


def card_words(result: TerminalResult) -> str:
    """Return the card in words, with its last four digits only: ``Visa ..1234``; empty when nothing is known."""
    digits = "".join(sign for sign in (result.card_masked or "")[-4:] if sign.isdigit())
    return " ".join(part for part in (customer_text(result.card_name or ""), f"..{digits}" if digits else "") if part)
