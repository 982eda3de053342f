"""Open items as they are kept: what a bank line may settle, how much of it is left, and which account it clears."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from gateway.domain.ids import derived_id
from gateway.domain.money import Currency, Money

OpenItemId = NewType("OpenItemId", uuid.UUID)


class ItemSource(StrEnum):
    """Where an item comes from: our own card sales, payouts, payment orders, bank transfers asked for, or an ERP."""

    CARD = "card"
    PAYOUT = "payout"
    PAYMENT_ORDER = "payment_order"
    TRANSFER_ORDER = "transfer_order"
    HANDED_IN = "handed_in"


class ItemSide(StrEnum):
    """Which book an item stands in; the values are those of the engine."""

    RECEIVABLE = "AR"
    PAYABLE = "AP"
    CARD = "POS"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card item knows more. ``sold_at``: local time as ISO 8601 text; ``refund``: money went back."""

    terminal: str
    merchant: str
    brand: str
    sold_at: str
    refund: bool


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One open item.

    ``amount``: signed from the view of the bank: what is owed to us is above zero; ``remaining``: not settled yet,
    between zero and the amount; ``account``: of the books, cleared when the item is settled; ``discount_bp``:
    hundredths of a percent granted until ``discount_until``; ``closed_at``: no longer to be settled by a bank line.
    """

    id: OpenItemId
    source: ItemSource
    source_id: str
    side: ItemSide
    amount: Money
    remaining: Money
    account: str
    issued: date
    due: date | None = None
    credit_note: bool = False
    party: str = ""
    party_name: str = ""
    iban: str = ""
    document: str = ""
    order: str = ""
    customer: str = ""
    reference: str = ""
    end_to_end: str = ""
    discount_bp: int = 0
    discount_until: date | None = None
    card: CardFacts | None = None
    closed_at: datetime | None = None

    @property
    def currency(self) -> Currency:
        """Currency of the item."""
        return self.amount.currency


def item_id_of(source: ItemSource, source_id: str) -> OpenItemId:
    """Return the id of an item: the same thing is the same item, whoever tells of it."""
    return OpenItemId(derived_id(uuid.NAMESPACE_OID, f"open item {source} {source_id}"))
