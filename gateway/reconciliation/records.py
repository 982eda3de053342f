"""What the engine is given: open items, bank lines, contracts of acquirers, settings. All amounts in minor units.

Amounts are signed from the view of the bank account: what a customer owes is positive, what we owe is negative, and a
credit note has the sign opposite to its invoices.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

import msgspec

ItemId = NewType("ItemId", str)
LineId = NewType("LineId", str)
PartyId = NewType("PartyId", str)


class Side(StrEnum):
    """Which book an item stands in."""

    RECEIVABLE = "AR"
    PAYABLE = "AP"
    CARD = "POS"


class CardSale(msgspec.Struct, frozen=True, gc=False):
    """What a card sale or refund knows beyond its amount.

    Attributes:
        sold_at: local time as ISO 8601 text; orders the sales of a terminal.
        batch: number of the terminal's batch; None where the terminal did not say.
        refund: money went back to the card.
    """

    terminal: str
    merchant: str | None
    brand: str
    batch: int | None
    sold_at: str
    refund: bool


class OpenItem(msgspec.Struct, gc=False):
    """One claim or liability that a bank line may settle.

    Attributes:
        amount: minor units of ``currency``, signed, never 0.
        reference: structured creditor reference (ISO 11649, QRR) printed on the document.
        end_to_end: identifier of a payment order already sent for it; items of one order share it.
        discount_bp: cash discount in hundredths of a percent, 0 for none, granted until ``discount_until``.
        party_name: for a card sale the acquirer, as contracts name it.
        card: only for ``Side.CARD``.
    """

    id: ItemId
    side: Side
    credit_note: bool
    party: PartyId | None
    party_name: str | None
    iban: str | None
    document: str | None
    order: str | None
    customer: str | None
    reference: str | None
    end_to_end: str | None
    currency: str
    amount: int
    issued: dt.date
    due: dt.date | None
    discount_bp: int
    discount_until: dt.date | None
    card: CardSale | None = None


class BankLine(msgspec.Struct, frozen=True, gc=False):
    """One booked movement of a statement, or one payment of a batch.

    Attributes:
        amount: minor units of ``currency``, signed.
        original: amount and currency before the bank converted, where it says so.
        return_code: ISO external return reason (AC04, MD06, ...) when a payment comes back.
    """

    id: LineId
    booked: dt.date
    amount: int
    currency: str
    name: str
    iban: str | None
    end_to_end: str | None
    reference: str | None
    text: str
    code: str
    original: tuple[int, str] | None
    return_code: str | None


@dataclass(frozen=True, slots=True)
class CardFee:
    """Fee of one card brand: ``bp`` hundredths of a percent of the amount plus ``fixed`` minor units a sale."""

    bp: int
    fixed: int


@dataclass(frozen=True, slots=True)
class AcquirerContract:
    """What an acquirer keeps, and the name its payouts carry on the statement."""

    acquirer: str
    bank_name: str
    fees: Mapping[str, CardFee]


@dataclass(frozen=True, slots=True)
class Contracts:
    """Acquirers, and mid rates (foreign units for one unit of the account's currency) by day.

    ``rates`` are decimal texts turned into integers of a millionth, so that no amount meets a float.
    """

    acquirers: tuple[AcquirerContract, ...] = ()
    rates: Mapping[dt.date, Mapping[str, int]] = field(default_factory=dict)


RATE_UNIT = 1_000_000
"""A rate of 1.0 as an integer."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of a tenant.

    Attributes:
        auto_score: evidence in nats that an explanation needs before it may be posted without a person.
        auto_margin: nats by which it must lead the next explanation.
        bundle_items_max: open items of one party among which sums are sought; their number bounds the work.
        return_fee_max: largest fee of a returned payment, minor units.
        fee_max: largest charge that banks on the way are believed to have kept, minor units.
        vat_permille: value added tax rates on whose net amount a discount may have been taken.
        withholding_bp: rates at which customers withhold tax.
    """

    auto_score: float = 10.0
    auto_margin: float = 4.5
    bundle_items_max: int = 18
    return_fee_max: int = 2500
    fee_max: int = 4000
    vat_permille: tuple[int, ...] = (190, 200, 210, 220, 70, 81, 230)
    withholding_bp: tuple[int, ...] = (500, 1000, 1500, 2000, 2500, 2637, 3000)
