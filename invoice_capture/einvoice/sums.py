"""Recomputes the sums of an e-invoice, as EN 16931 defines them, exactly and without float."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from invoice_capture.einvoice.document import EInvoice, LinePart, TaxPart
from invoice_capture.model import Check, FieldName

_CENT = Decimal("0.01")
# BR-CO-17 and its kin allow a tax amount to differ by less than one unit of the currency.
_TAX_OFF_MAX = Decimal(1)
# A line may be rounded at the price, at the allowance and at the end.
_LINE_OFF_MAX = Decimal("0.02")
_DIGITS_MAX = 40

Term = tuple[str, str]


def decimal_of(text: str) -> Decimal | None:
    """Return the number of an XML amount; None when it is none."""
    if not text or len(text) > _DIGITS_MAX:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and found.adjusted() < _DIGITS_MAX else None


def plain(number: Decimal) -> str:
    """Return a decimal string without exponent, with its decimals as they are."""
    return f"{number:f}"


def checks_of(invoice: EInvoice) -> tuple[Check, ...]:
    """Return the sums whose parts the e-invoice gives: lines, net, tax per rate, tax, total, payable."""
    return tuple(
        check
        for check in (
            _lines(invoice),
            _net(invoice),
            *_rates(invoice),
            _taxes(invoice),
            _total(invoice),
            _due(invoice),
        )
        if check is not None
    )


def _sum(terms: Iterable[tuple[str, str, int]]) -> tuple[Decimal, tuple[Term, ...]] | None:
    """Add the terms with their signs; an empty text counts as nothing, an unreadable one makes it not computable."""
    total = Decimal(0)
    named: list[Term] = []
    for name, text, sign in terms:
        if not text:
            continue
        number = decimal_of(text)
        if number is None:
            return None
        total += sign * number
        named.append((name, plain(sign * number)))
    return total, tuple(named)


def _check(code: str, parts: Iterator[tuple[str, str, int]], name: str, stated: str) -> Check | None:
    claimed = decimal_of(stated)
    computed = _sum(parts)
    if claimed is None or computed is None or not computed[1]:
        return None
    off = _to_cents(computed[0]) - _to_cents(claimed)
    return Check(code, off == 0, (*computed[1], (name, plain(claimed))), plain(off))


def _to_cents(number: Decimal) -> Decimal:
    # Half up, as the official rules round.
    return number.quantize(_CENT, ROUND_HALF_UP)


def _lines(invoice: EInvoice) -> Check | None:
    stated = invoice.totals.lines or invoice.totals.net
    return _check("lines_sum", iter([("line", one.amount, 1) for one in invoice.lines if one.counts]), "lines", stated)


def line_check(line: LinePart) -> Check | None:
    """Return whether quantity times price, with allowances and charges, is the amount; None when a part is missing.

    It is no rule of EN 16931, and valid invoices break it: it makes the one amount doubtful, not the invoice.
    """
    quantity, price, amount = decimal_of(line.quantity), decimal_of(line.price), decimal_of(line.amount)
    per = decimal_of(line.price_quantity or "1")
    adjusted = _sum(("adjustments", one.amount, 1 if one.charge else -1) for one in line.adjustments)
    if quantity is None or price is None or amount is None or not per or adjusted is None:
        return None
    off = _to_cents(quantity * price / per + adjusted[0]) - _to_cents(amount)
    terms = (
        ("quantity", plain(quantity)),
        ("price", plain(price)),
        ("price_quantity", plain(per)),
        *adjusted[1],
        ("amount", plain(amount)),
    )
    return Check("line_amount", abs(off) <= _LINE_OFF_MAX, terms, plain(off))


def _net(invoice: EInvoice) -> Check | None:
    totals = invoice.totals
    parts = [("lines", totals.lines, 1), ("allowances", totals.allowances, -1), ("charges", totals.charges, 1)]
    return _check("lines_to_net", iter(parts), FieldName.NET, totals.net) if totals.lines else None


def _rates(invoice: EInvoice) -> Iterator[Check]:
    for part in invoice.taxes:
        check = _rate(part)
        if check is not None:
            yield check


def _rate(part: TaxPart) -> Check | None:
    rate, base, tax = decimal_of(part.rate), decimal_of(part.base), decimal_of(part.tax)
    if rate is None or base is None or tax is None:
        return None
    off = _to_cents(base * rate / 100) - _to_cents(tax)
    terms = (("rate", plain(rate)), ("base", plain(base)), (str(FieldName.TAX), plain(tax)))
    return Check("rate_times_base", abs(off) < _TAX_OFF_MAX, terms, plain(off))


def _taxes(invoice: EInvoice) -> Check | None:
    parts = [(str(FieldName.TAX), one.tax, 1) for one in invoice.taxes]
    return _check("taxes_sum", iter(parts), FieldName.TAX, invoice.totals.tax)


def _total(invoice: EInvoice) -> Check | None:
    totals = invoice.totals
    parts = [(str(FieldName.NET), totals.net, 1), (str(FieldName.TAX), totals.tax, 1)]
    return _check("net_plus_tax", iter(parts), FieldName.TOTAL, totals.total) if totals.net else None


def _due(invoice: EInvoice) -> Check | None:
    totals = invoice.totals
    parts = [
        (str(FieldName.TOTAL), totals.total, 1),
        (str(FieldName.PREPAID), totals.prepaid, -1),
        (str(FieldName.ROUNDING), totals.rounding, 1),
    ]
    return _check("total_to_payable", iter(parts), FieldName.PAYABLE, totals.payable) if totals.total else None
