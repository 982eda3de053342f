"""What a card receipt says, apart from how any printer shows it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.money import Money
from gateway.domain.payment import EftLine
from gateway.domain.sale import SaleLine


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
