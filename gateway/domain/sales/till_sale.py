"""A sale stored before it is paid: what was sold with its taxes, what settles it, and what is still due.

The sale itself never changes; everything after it is a fact beside it, and the sums follow from all of them.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.cards.payment import Attempt, AttemptState, Payment
from gateway.domain.cards.refund import Refund
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import RegisterId, SaleId, SaleVoidId, SplitId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.sales.due import Due
from gateway.domain.sales.taken import Taken, taken_of
from gateway.domain.sales.tax_lines import Bill, BillTotal, LineKind, Pricing, TaxedLine, check_bill
from gateway.domain.sales.tender import GiveBack, Tender, TenderKind, TenderState


@dataclass(frozen=True, slots=True)
class TillLine:
    """One line of a sale.

    ``item_id``: the thing of the catalogue; ``voucher``: a voucher is sold here, no goods: its price is owed to whoever
    brings it back.
    """

    taxed: TaxedLine
    item_id: str | None = None
    voucher: bool = False


@dataclass(frozen=True, slots=True)
class TillSale:
    """What was sold at one register. Never changed once stored.

    ``totals``: as worked out once; of a share of a split bill they are its part of the bill's and may differ by a cent
    from what its lines alone would make. ``split_of``: the split it is a share of.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: SaleId
    register_id: RegisterId
    pricing: Pricing
    currency: Currency
    lines: tuple[TillLine, ...]
    totals: BillTotal
    customer_id: str | None
    reference: str | None
    split_of: SplitId | None
    created_at: datetime
    created_by: str
    trace_id: str

    @property
    def total(self) -> Money:
        """What is to be paid, tip included."""
        return self.totals.to_pay

    @property
    def bill(self) -> Bill:
        """The lines and the tip as a bill."""
        return Bill(self.pricing, self.currency, tuple(line.taxed for line in self.lines), self.totals.tip)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The moment a sale was first covered in full, and the document number it got then; None without numbering."""

    number: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SaleVoid:
    """A sale that nobody paid was given up: nothing is due on it, and nothing may be taken any more.

    ``id``: made by whoever gave it up; ``reason``: in their words.
    """

    id: SaleVoidId
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class SalePayment:
    """A card payment of the sale, with its attempts, oldest first."""

    payment: Payment
    attempts: tuple[Attempt, ...]

    @property
    def taken(self) -> Taken:
        """What the card was charged, and how much of it is a tip."""
        return taken_of(self.payment, self.attempts)


@dataclass(frozen=True, slots=True)
class SaleRefund:
    """A refund of one of the sale's card payments."""

    refund: Refund
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class SaleRecord:
    """A sale with everything that happened to it; each list oldest first."""

    sale: TillSale
    tenders: tuple[Tender, ...] = ()
    give_backs: tuple[GiveBack, ...] = ()
    payments: tuple[SalePayment, ...] = ()
    refunds: tuple[SaleRefund, ...] = ()
    settlement: Settlement | None = None
    void: SaleVoid | None = None

    def kept_of(self, tender: Tender) -> Money:
        """Return what a taken tender brought and was not given back for it."""
        if tender.state is not TenderState.TAKEN:
            return Money(0, tender.amount.currency)
        back = sum(one.amount.minor for one in self.give_backs if one.tender_id == tender.id)
        return Money(tender.amount.minor - back, tender.amount.currency)


def check_lines_of_sale(bill: Bill, lines: tuple[TillLine, ...], total: Money) -> None:
    """Check what a till sends before it is stored.

    Raises:
        InputError: as ``check_bill``; ``no_lines``; ``negative_total``; ``voucher_taxed`` for a voucher that is sold
            with tax, since what it buys will be taxed.
    """
    if not lines:
        raise InputError("no_lines", "A sale needs at least one line.", "Send what is sold.", "/lines")
    check_bill(bill)
    for number, line in enumerate(lines):
        if line.voucher and (line.taxed.rate.basis_points or line.taxed.kind is not LineKind.ITEM):
            hint = "Sell it at a rate of 0: the goods it buys are taxed."
            raise InputError("voucher_taxed", "A voucher is sold without tax.", hint, f"/lines/{number}/tax_rate")
    if total.minor < 0:
        hint = "Give goods back by a return, not by a sale below zero."
        raise InputError("negative_total", f"The sale comes to {total.to_decimal()}.", hint, "/lines")


def due_of(record: SaleRecord) -> Due:
    """Return the sums of a sale from all its facts.

    What goes back before the sale is settled is due again. Afterwards it takes as much off the total: the sale stays
    settled, and nothing is due for it any more. A tip added at the terminal raises the total it is captured with. A
    sale that was given up owes nothing.
    """
    sums = dict.fromkeys(("captured", "refunded", "pending", "unknown", "refund_pending", "refund_unknown"), 0)
    for tender in record.tenders:
        if tender.state is not TenderState.CANCELLED:
            sums["captured" if tender.state is TenderState.TAKEN else "pending"] += tender.amount.minor
    for paid in record.payments:
        name = _NAME_OF[paid.attempts[-1].state] if paid.attempts else None
        if name is not None:
            sums[name] += (paid.taken.amount if name == "captured" else paid.payment.amount).minor
    sums["refunded"] += sum(back.amount.minor for back in record.give_backs if back.kind is not TenderKind.CARD)
    for given in record.refunds:
        name = _REFUND_NAME_OF.get(given.attempt.state)
        if name is not None:
            sums[name] += given.refund.amount.minor
    added = sum(paid.taken.added.minor for paid in record.payments)
    total = record.sale.total.minor + added
    if record.settlement is not None or record.void is not None:
        total = sums["captured"] - sums["refunded"]
    tip = min(record.sale.totals.tip.minor + added, total)
    currency = record.sale.currency
    amounts = {name: Money(minor, currency) for name, minor in sums.items()}
    return Due(Money(total, currency), Money(tip, currency), **amounts)


def payable_due(record: SaleRecord) -> Due:
    """Return the sums of a sale that is to take something more.

    Raises:
        RuleError: ``sale_voided`` for one that was given up.
    """
    if record.void is not None:
        raise sale_voided()
    return due_of(record)


def sale_voided() -> RuleError:
    """Return the error for a sale that was given up."""
    return RuleError("sale_voided", "This sale was given up.", "Make a new sale of these goods.")


def sale_claimed() -> RuleError:
    """Return the error for giving up a sale that somebody paid for, or is paying."""
    hint = "Cancel what is open. What was paid is given back instead."
    return RuleError("sale_claimed", "Something was paid on this sale, or is being paid or in doubt.", hint)


def check_voidable(record: SaleRecord) -> None:
    """Check that nothing was paid on a sale, is being paid, or may have been.

    Raises:
        RuleError: ``sale_voided``, ``sale_claimed``.
    """
    if record.void is not None:
        raise sale_voided()
    tendered = any(tender.state is not TenderState.CANCELLED for tender in record.tenders)
    # Every attempt, not only the last of a payment: one that claims is one too many.
    charged = any(_NAME_OF[one.state] is not None for paid in record.payments for one in paid.attempts)
    if record.settlement is not None or tendered or charged:
        raise sale_claimed()


_NAME_OF: dict[AttemptState, str | None] = {
    AttemptState.SENT: "pending",
    AttemptState.UNKNOWN: "unknown",
    AttemptState.APPROVED: "captured",
    AttemptState.DECLINED: None,
    AttemptState.CANCELLED: None,
    AttemptState.NOT_CHARGED: None,
}
_REFUND_NAME_OF = {
    AttemptState.SENT: "refund_pending",
    AttemptState.UNKNOWN: "refund_unknown",
    AttemptState.APPROVED: "refunded",
}
