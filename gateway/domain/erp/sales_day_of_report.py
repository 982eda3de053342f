"""What a Z report is to the books: sales by tax, tips, vouchers and rounding on one side, tenders on the other."""

from collections import Counter
from datetime import tzinfo
from decimal import Decimal

from gateway.domain.erp.sales_day import SalesDay, SalesTax, TenderSum
from gateway.domain.ids import derived_id
from gateway.domain.shifts.day_report import DayReport, DocumentSum

UNASSIGNED = "unassigned"
"""Tax code of money that no finished document of this report explains: a bill that is paid in parts over two shifts, an
amount that was given back without goods, a card payment of a program without a sale. Below zero when it is explained
by a later report."""
_NO_TAX = "0"
_VOUCHER = "voucher"
_ROUNDING = "cash_rounding"


def sales_day_of(report: DayReport, *, shop: str, zone: tzinfo) -> SalesDay | None:
    """Return the sales of a Z report in the currency of its register; None when nothing moved.

    Drawer movements (floats, drops, differences) and cash in other currencies are not sales and not in it. A voucher
    that was sold is owed, no revenue, and its issue is no tender.

    Args:
        report: a Z report, which has a number.
        shop: name of the shop.
        zone: of the shop: the business day is the one on which the shift began.
    """
    currency = report.currency
    tenders = Counter[str]()
    for one in report.tenders:
        if one.taken.currency == currency:
            tenders[one.kind] += one.taken.minor - one.back.minor
    vouchers = report.sales.vouchers_sold.minor - report.give_backs.vouchers_sold.minor
    tenders[_VOUCHER] += vouchers
    tips = report.sales.tips.minor - report.give_backs.tips.minor
    rounding = _net_credit(report, _ROUNDING)
    taxes = _by_rate(report.sales, report.give_backs, vouchers)
    explained = sum(net + tax for net, tax in taxes.values()) + tips + vouchers + rounding
    if rest := sum(tenders.values()) - explained:
        taxes[UNASSIGNED] = (rest, 0)
    moved = {kind: minor for kind, minor in sorted(tenders.items()) if minor}
    if not (taxes or moved or tips or vouchers or rounding):
        return None
    return SalesDay(
        key=str(derived_id(report.shift_id, "sales day")),
        business_on=report.since.astimezone(zone).date(),
        shop=shop,
        number=f"Z {report.register_id} {report.number}",
        currency=currency,
        taxes=tuple(
            SalesTax(code, Decimal(0 if code == UNASSIGNED else code), net, tax, net + tax)
            for code, (net, tax) in sorted(taxes.items())
        ),
        tenders=tuple(TenderSum(kind, minor) for kind, minor in moved.items()),
        tips_minor=tips,
        rounding_minor=rounding,
        vouchers_minor=vouchers,
    )


def _by_rate(sold: DocumentSum, back: DocumentSum, vouchers: int) -> dict[str, tuple[int, int]]:
    """Return net and tax by rate; vouchers are sold at no tax and taken out there."""
    net, tax = Counter[str](), Counter[str]()
    for sums, sign in ((sold, 1), (back, -1)):
        for one in sums.rates:
            net[one.rate] += sign * one.net.minor
            tax[one.rate] += sign * one.tax.minor
    net[_NO_TAX] -= vouchers
    return {rate: (net[rate], tax[rate]) for rate in net if net[rate] or tax[rate]}


def _net_credit(report: DayReport, account: str) -> int:
    own = [one for one in report.flows if one.amount.currency == report.currency]
    credit = sum(one.amount.minor for one in own if one.credit == account)
    return credit - sum(one.amount.minor for one in own if one.debit == account)
