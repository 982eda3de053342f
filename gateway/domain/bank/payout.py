"""Payouts of acquirers: what a report says of each transaction, and how that comes to the money the bank shows.

Amounts are signed as the balance sees them that the acquirer holds for the shop: a sale above zero, what is taken or
paid out below.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.ids import derived_id
from gateway.domain.money import Currency, Money


class EntryKind(StrEnum):
    """What moved the balance an acquirer holds."""

    SALE = "sale"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSED = "chargeback_reversed"
    FEE = "fee"
    RESERVE = "reserve"
    ADJUSTMENT = "adjustment"
    CONVERSION = "conversion"
    PAYOUT = "payout"


OURS = frozenset({EntryKind.SALE, EntryKind.REFUND})
"""Kinds that have a booking on our side."""


@dataclass(frozen=True, slots=True)
class ReportedEntry:
    """One record of a report.

    Attributes:
        net: what moved the balance.
        gross: before the fee, in the currency of ``net``; None where it is not told.
        fee: below zero where it was taken; None where it is not told.
        original: gross in the currency of the cardholder where that is another one.
        batch: of the payout; empty where the report has none.
        references: ids by which the record may be known to us, the most certain first.
        brand, card_kind: as contracts name them; empty where not told.
        last4: of the card, empty where not told.
        words: what the report calls it.
    """

    kind: EntryKind
    net: Money
    position: str
    booked_on: date | None
    gross: Money | None = None
    fee: Money | None = None
    original: Money | None = None
    batch: str = ""
    references: tuple[str, ...] = ()
    brand: str = ""
    card_kind: str = ""
    last4: str = ""
    reason_code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReportedBatch:
    """What a report tells of one payout in one currency. ``defects``: what does not fit, in words."""

    format: str
    account: str
    batch: str
    currency: Currency
    entries: tuple[ReportedEntry, ...]
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PayoutEntry:
    """A record as it is kept. ``gross + fee + rest = net``, always; ``fee`` below zero where it was taken.

    ``attempt_id``: our booking it is about; ``matched_by``: ``reference``, ``amount`` or a person's name.
    ``terminal_id``: of that booking; ``booked``: whether it moved our books (not when the bank line did that before).
    """

    id: uuid.UUID
    payout_id: uuid.UUID
    number: int
    kind: EntryKind
    booked_on: date | None
    gross: Money
    fee: Money
    rest: Money
    original: Money | None
    brand: str
    card_kind: str
    references: tuple[str, ...]
    reason_code: str
    words: str
    position: str
    attempt_id: uuid.UUID | None = None
    payment_id: uuid.UUID | None = None
    terminal_id: str = ""
    matched_by: str = ""

    @property
    def net(self) -> Money:
        """What moved the balance."""
        return self.gross + self.fee + self.rest


@dataclass(frozen=True, slots=True)
class PayoutSums:
    """What a payout is made of, minor units, signed. ``paid``: what was paid out, above zero."""

    sales: int = 0
    refunds: int = 0
    chargebacks: int = 0
    fees: int = 0
    reserve: int = 0
    adjustments: int = 0
    paid: int = 0

    @property
    def explained(self) -> int:
        """What the parts come to."""
        return self.sales + self.refunds + self.chargebacks + self.fees + self.reserve + self.adjustments

    @property
    def difference(self) -> int:
        """What was paid out less what the parts come to: zero when every cent is explained."""
        return self.paid - self.explained


@dataclass(frozen=True, slots=True)
class Payout:
    """One payout. ``contract_version``: that counted, None without a contract; ``entries``: how many there are.

    ``bank_line_id``, ``bank_amount``, ``arrived_on``: of the bank line, None until it is there. ``booked``: False where
    bank lines had settled its sales before the report came: then it is compared and moves nothing.
    """

    id: uuid.UUID
    acquirer: str
    batch: str
    currency: Currency
    account: str
    format: str
    contract_version: int | None
    first_day: date | None
    last_day: date | None
    paid_on: date | None
    sums: PayoutSums
    entries: int
    reported_at: datetime
    reported_by: str
    bank_line_id: uuid.UUID | None = None
    bank_amount: Money | None = None
    arrived_on: date | None = None
    booked: bool = True
    version: int = 1

    @property
    def amount(self) -> Money:
        """What was paid out."""
        return Money(self.sums.paid, self.currency)

    @property
    def state(self) -> "PayoutState":
        """How far it is."""
        if not self.booked:
            return PayoutState.COMPARED
        if not self.sums.paid:
            return PayoutState.COLLECTING
        if self.bank_line_id is None:
            return PayoutState.IN_TRANSIT
        return PayoutState.ARRIVED if self.bank_amount == self.amount else PayoutState.ARRIVED_OTHERWISE


class PayoutState(StrEnum):
    """How far a payout is; it follows from what is known."""

    COLLECTING = "collecting"
    """no payout was told yet: the acquirer holds the money"""
    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    ARRIVED_OTHERWISE = "arrived_otherwise"
    """the bank line has another amount"""
    COMPARED = "compared"
    """bank lines had settled its sales before the report came"""


@dataclass(frozen=True, slots=True)
class SettlementFinding:
    """A difference somebody has to look into. ``key``: tells findings of one kind apart; ``figures``: plain texts."""

    kind: "FindingKind"
    key: str
    figures: dict[str, str] = field(default_factory=dict)


class FindingKind(StrEnum):
    """What differs."""

    PAYOUT_DIFFERS = "payout_differs"
    """the parts do not come to what was paid out"""
    BANK_DIFFERS = "bank_differs"
    """the bank line is not the payout"""
    NOT_ARRIVED = "not_arrived"
    """paid out, and no bank line after the days of the contract"""
    FEE_DIFFERS = "fee_differs"
    FEE_NOT_AGREED = "fee_not_agreed"
    """the contract has no fee for these cards"""
    RESERVE_DIFFERS = "reserve_differs"
    THEIRS_UNKNOWN = "theirs_unknown"
    """in the report, and not in our books"""
    OURS_MISSING = "ours_missing"
    """in our books, and not in the report that covers its day"""
    AMOUNT_DIFFERS = "amount_differs"
    NO_CONTRACT = "no_contract"
    REPORT_DEFECT = "report_defect"
    SETTLED_BY_BANK = "settled_by_bank"
    """a bank line settled this sale before its report came"""
    CHARGEBACK_DUE = "chargeback_due"
    CHARGEBACK_WITHOUT_SALE = "chargeback_without_sale"


@dataclass(frozen=True, slots=True)
class SettlementTask:
    """A finding as it waits. ``payout_id``, ``chargeback_id``: what it is about."""

    id: uuid.UUID
    kind: FindingKind
    acquirer: str
    figures: dict[str, str]
    opened_at: datetime
    payout_id: uuid.UUID | None = None
    chargeback_id: uuid.UUID | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    note: str = ""


_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "tillbridge payout")


def payout_id_of(place: tuple[str, str], acquirer: str, batch: str, currency: Currency) -> uuid.UUID:
    """Return the id of a payout: the same report always names the same one. ``place``: tenant and store."""
    return derived_id(_NAMESPACE, "\x1f".join((*place, acquirer, batch, currency.code)))


def entry_ids(payout_id: uuid.UUID, entries: Iterable[ReportedEntry]) -> tuple[uuid.UUID, ...]:
    """Return the id of each record: by what it says, with a running number among those that say the same.

    Whatever report tells a record again, in whatever order, gives the same id; two true equal records have two.
    """
    seen: Counter[str] = Counter()
    found = []
    for one in entries:
        told = (
            one.kind.value,
            str(one.net.minor),
            one.net.currency.code,
            one.booked_on.isoformat() if one.booked_on else "",
            *one.references,
            one.words,
        )
        content = hashlib.sha256("\x1f".join(told).encode("utf-8", "replace")).hexdigest()
        seen[content] += 1
        found.append(derived_id(payout_id, f"{content} {seen[content]}"))
    return tuple(found)


def kept_entry(entry_id: uuid.UUID, payout_id: uuid.UUID, number: int, one: ReportedEntry) -> PayoutEntry:
    """Return a record as it is kept: what gross and fee do not explain of the net amount is its rest."""
    zero = Money(0, one.net.currency)
    alone = one.kind in (EntryKind.FEE, EntryKind.PAYOUT, EntryKind.RESERVE)
    fee = zero if one.fee is None or alone else one.fee
    gross = one.gross if one.gross is not None and not alone else one.net - fee
    return PayoutEntry(
        id=entry_id,
        payout_id=payout_id,
        number=number,
        kind=one.kind,
        booked_on=one.booked_on,
        gross=gross,
        fee=fee,
        rest=one.net - gross - fee,
        original=one.original,
        brand=one.brand,
        card_kind=one.card_kind,
        references=one.references,
        reason_code=one.reason_code,
        words=one.words,
        position=one.position,
    )


def sums_of(entries: Sequence[PayoutEntry]) -> PayoutSums:
    """Add records up; the parts and the difference always come to what was paid out."""
    parts: Counter[str] = Counter()
    for one in entries:
        parts[_PART[one.kind]] += one.gross.minor
        parts["fees"] += one.fee.minor
        parts["adjustments"] += one.rest.minor
    return PayoutSums(
        sales=parts["sales"],
        refunds=parts["refunds"],
        chargebacks=parts["chargebacks"],
        fees=parts["fees"],
        reserve=parts["reserve"],
        adjustments=parts["adjustments"],
        paid=-parts["paid"],
    )


_PART = {
    EntryKind.SALE: "sales",
    EntryKind.REFUND: "refunds",
    EntryKind.CHARGEBACK: "chargebacks",
    EntryKind.CHARGEBACK_REVERSED: "chargebacks",
    EntryKind.FEE: "fees",
    EntryKind.RESERVE: "reserve",
    EntryKind.ADJUSTMENT: "adjustments",
    EntryKind.CONVERSION: "adjustments",
    EntryKind.PAYOUT: "paid",
}
