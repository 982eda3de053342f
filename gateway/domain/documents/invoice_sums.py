"""The sums of an invoice after a person has changed its values; what the reader saw beyond the values stays."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from invoice_capture.model import CapturedField, CapturedInvoice, Check, FieldName

_CENT = Decimal("0.01")
_DIGITS_MAX = 30
_RATE_OFF_MAX = Decimal("0.02")
"""Tax may be rounded for each line: so much may be off at one rate."""
_E_INVOICE_OFF_MAX = Decimal("0.99")
"""EN 16931, BR-CO-17 and its kin: less than one unit of the currency."""
_OF_LINES = frozenset({"lines_sum", "lines_to_net"})
_RECOMPUTED = frozenset({"net_plus_tax", "total_to_payable", "rate_times_base", "taxes_sum"})

_Terms = list[tuple[str, str]]


def sums_of(invoice: CapturedInvoice, corrected: AbstractSet[str]) -> tuple[Check, ...]:
    """Return the checks of an invoice whose values were changed.

    Args:
        invoice: with the values as they are now, and the checks of its capture.
        corrected: names of the fields a person gave, ``lines`` and ``taxes`` among them.
    """
    kept = [_kept(check, corrected) for check in invoice.checks if check.code not in _RECOMPUTED | _OF_LINES]
    captured_lines = [check for check in invoice.checks if check.code in _OF_LINES]
    # Allowances and charges stand beside the lines of an e-invoice: its own sum stays until somebody changes a part.
    as_captured = bool(captured_lines) and not corrected & {"lines", FieldName.NET}
    beside = _stated(invoice) if invoice.adjustments else _adjustments(captured_lines)
    lines = captured_lines if as_captured else list(_lines(invoice, beside))
    return (*_total(invoice), *_payable(invoice), *_rates(invoice), *_taxes(invoice), *lines, *kept)


def decimal_of(text: str) -> Decimal | None:
    """Return the number of a normalised amount, None when it is none."""
    if not text or len(text) > _DIGITS_MAX:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < _DIGITS_MAX else None


def _kept(check: Check, corrected: AbstractSet[str]) -> Check:
    """Return a check digit's check: a value a person gave passed it before it was taken."""
    if check.holds or check.difference or not any(name in corrected for name, _ in check.terms):
        return check
    return Check(check.code, holds=True, terms=check.terms, difference="")


def _number(invoice: CapturedInvoice, name: FieldName) -> Decimal | None:
    field = invoice.fields.get(name)
    return decimal_of(field.value) if field is not None else None


def _of(field: CapturedField | None) -> Decimal | None:
    return decimal_of(field.value) if field is not None else None


def _compared(code: str, terms: _Terms, computed: Decimal, name: str, claimed: Decimal) -> Check:
    off = computed.quantize(_CENT, ROUND_HALF_UP) - claimed.quantize(_CENT, ROUND_HALF_UP)
    return Check(code, off == 0, (*terms, (name, f"{claimed:f}")), f"{off:f}")


def _total(invoice: CapturedInvoice) -> Iterator[Check]:
    net, tax = _number(invoice, FieldName.NET), _number(invoice, FieldName.TAX)
    total = _number(invoice, FieldName.TOTAL)
    if net is not None and tax is not None and total is not None:
        terms = [(str(FieldName.NET), f"{net:f}"), (str(FieldName.TAX), f"{tax:f}")]
        yield _compared("net_plus_tax", terms, net + tax, FieldName.TOTAL, total)


def _payable(invoice: CapturedInvoice) -> Iterator[Check]:
    total, payable = _number(invoice, FieldName.TOTAL), _number(invoice, FieldName.PAYABLE)
    if total is None or payable is None:
        return
    prepaid = _number(invoice, FieldName.PREPAID) or Decimal(0)
    rounding = _number(invoice, FieldName.ROUNDING) or Decimal(0)
    signed = ((FieldName.TOTAL, total), (FieldName.PREPAID, -prepaid), (FieldName.ROUNDING, rounding))
    terms = [(str(name), f"{value:f}") for name, value in signed if value or name is FieldName.TOTAL]
    yield _compared("total_to_payable", terms, total - prepaid + rounding, FieldName.PAYABLE, payable)


def _rates(invoice: CapturedInvoice) -> Iterator[Check]:
    off_max = _E_INVOICE_OFF_MAX if invoice.syntax else _RATE_OFF_MAX
    for row in invoice.taxes:
        rate, base, tax = _of(row.rate), _of(row.base), _of(row.tax)
        if rate is None or base is None or tax is None:
            continue
        terms = (("rate", f"{rate:f}"), ("base", f"{base:f}"), ("tax", f"{tax:f}"))
        off = (base * rate / 100).quantize(_CENT, ROUND_HALF_UP) - tax.quantize(_CENT, ROUND_HALF_UP)
        yield Check("rate_times_base", abs(off) <= off_max, terms, f"{off:f}")


def _taxes(invoice: CapturedInvoice) -> Iterator[Check]:
    stated = _number(invoice, FieldName.TAX)
    parts = [_of(row.tax) for row in invoice.taxes]
    known = [part for part in parts if part is not None]
    if stated is not None and parts and len(known) == len(parts):
        terms = [("tax", f"{part:f}") for part in known]
        yield _compared("taxes_sum", terms, sum(known, Decimal(0)), FieldName.TAX, stated)


def _stated(invoice: CapturedInvoice) -> Decimal:
    """Return what an e-invoice states beside its lines."""
    return sum((_of(one.amount) or Decimal(0) for one in invoice.adjustments), Decimal(0))


def _adjustments(checks: Sequence[Check]) -> Decimal:
    """Return what the reader saw between the lines and the net amount: discounts and charges of the whole invoice."""
    told = [decimal_of(value) for check in checks for name, value in check.terms if name == "adjustments"]
    return next((value for value in told if value is not None), Decimal(0))


def _lines(invoice: CapturedInvoice, adjustments: Decimal) -> Iterator[Check]:
    net = _number(invoice, FieldName.NET)
    parts = [_of(line.amount) for line in invoice.lines]
    known = [part for part in parts if part is not None]
    if net is not None and parts and len(known) == len(parts):
        terms = [("line", f"{part:f}") for part in known]
        if adjustments:
            terms.append(("adjustments", f"{adjustments:f}"))
        yield _compared("lines_sum", terms, sum(known, adjustments), FieldName.NET, net)
