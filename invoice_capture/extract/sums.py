"""The sums of an invoice: printed candidates handed to the joint decision, its outcome as fields and checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from invoice_capture.codes import payment_code
from invoice_capture.decide.checks import sum_checks
from invoice_capture.decide.totals import Option, Options, Totals, decide, summed
from invoice_capture.extract.amounts import AmountCandidate, amount_candidates
from invoice_capture.extract.candidate import Candidate, labelled
from invoice_capture.extract.fields import field_of
from invoice_capture.extract.lines import ItemLine, item_lines
from invoice_capture.extract.reading import Reading
from invoice_capture.extract.taxes import TaxRow, tax_rows
from invoice_capture.model import CapturedField, Check, FieldName, Method, Reason
from invoice_capture.values import amount_text

_FROM_TAXES = 0.6
_FROM_LINES = 0.35
_FROM_CODE = 0.9
_UNTAXED = 0.5
_TAX_FREE = 0.3
_SOURCES = {"rates": "sum_of_rates", "lines": "sum_of_lines", "tax_free": "tax_free"}
_PROVED = 0.97
_PROVED_ZERO = 0.85
_TOLERANCE = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Sums:
    """The decided sums. ``fields``: from net to payable; ``taxes``: rows of rates that are part of the tax."""

    totals: Totals
    fields: dict[FieldName, CapturedField]
    checks: tuple[Check, ...]
    taxes: tuple[TaxRow, ...]
    lines: tuple[ItemLine, ...]


def sums_of(reading: Reading, kind: str) -> Sums:
    """Return the sums that fit each other best; ``kind``: of the document, in the calibration."""
    candidates = amount_candidates(reading)
    rows = tax_rows(reading)
    lines = item_lines(reading)
    totals = _with_net(decide(_options(reading, candidates, rows, lines)), rows)
    taxes = _fitting(rows, totals)
    checks = sum_checks(
        totals,
        [(one.rate, one.base.value, one.tax.value) for one in taxes],
        [one.amount.value for one in lines if one.amount is not None],
        [(one.value, _sign(one)) for one in _adjustments(candidates)],
    )
    return Sums(totals, _fields(totals, taxes, checks, kind), checks, taxes, lines)


def _with_net(totals: Totals, rows: tuple[TaxRow, ...]) -> Totals:
    """Where no tax is printed at all the total is the net amount too."""
    if totals.net is None and totals.tax is None and totals.total is not None and not rows:
        return replace(totals, net=Option(totals.total.value, min(totals.total.score, _UNTAXED)))
    return totals


def _options(
    reading: Reading, candidates: Iterable[AmountCandidate], rows: tuple[TaxRow, ...], lines: tuple[ItemLine, ...]
) -> Options:
    kinds: dict[str, list[Option]] = {}
    for one in candidates:
        kinds.setdefault(one.kind, []).append(Option(one.value, one.score, one))
    printed = frozenset(
        value
        for row in reading.numbers.values()
        for one in row
        if one.money
        for value in ((one.value, -one.value) if one.bracketed else (one.value,))
    )
    named = [one for one in rows if one.named]
    if named:
        base, tax = summed([one.base.value for one in named]), summed([one.tax.value for one in named])
        kinds.setdefault("net", []).append(Option(base, _FROM_TAXES, "rates"))
        kinds.setdefault("tax", []).append(Option(tax, _FROM_TAXES, "rates"))
    amounts = [one.amount.value for one in lines if one.amount is not None]
    if amounts:
        kinds.setdefault("net", []).append(Option(summed(amounts), _FROM_LINES, "lines"))
        kinds.setdefault("total", []).append(Option(summed(amounts), _FROM_LINES * 0.7, "lines"))
    kinds["net"] = [
        *kinds.get("net", ()),
        *(replace(one, score=one.score * 0.6) for one in kinds.get("lines_total", ())),
    ]
    if _tax_free(reading) and not named:
        kinds.setdefault("tax", []).append(Option(Decimal(0), _TAX_FREE, "tax_free"))
    for code in reading.codes:
        read = payment_code(code)
        if read is not None and read.amount is not None:
            kinds.setdefault("payable", []).append(Option(read.amount, _FROM_CODE, "code"))
    return Options(
        net=tuple(kinds.get("net", ())),
        tax=tuple(kinds.get("tax", ())),
        total=tuple(kinds.get("total", ())),
        payable=tuple(kinds.get("payable", ())),
        prepaid=tuple(kinds.get("prepaid", ())),
        rounding=tuple(kinds.get("rounding", ())),
        printed=printed,
    )


def _tax_free(reading: Reading) -> bool:
    text = "".join(token.key for cell in reading.sheet.cells() for token in cell.tokens)
    return any(phrase in text for phrase in reading.lexicon.tax_free)


def _adjustments(candidates: Iterable[AmountCandidate]) -> tuple[AmountCandidate, ...]:
    """Allowances and charges, each place once."""
    seen: dict[object, AmountCandidate] = {}
    for one in candidates:
        if one.kind in {"allowance", "charge"} and one.score > 0.5:
            seen.setdefault(one.place, one)
    return tuple(seen.values())


def _sign(one: AmountCandidate) -> int:
    return -1 if one.kind == "allowance" else 1


def _fitting(rows: tuple[TaxRow, ...], totals: Totals) -> tuple[TaxRow, ...]:
    """The tax rows whose taxes are the tax; those that speak of tax when they do not."""
    if totals.tax is not None:
        whole = sum((one.tax.value for one in rows), Decimal(0))
        if abs(whole - totals.tax.value) <= _TOLERANCE:
            return rows
        # A table may end with a row of its sums, which satisfies the rate too when there is only one.
        for count in range(1, len(rows)):
            if abs(sum((one.tax.value for one in rows[:count]), Decimal(0)) - totals.tax.value) <= _TOLERANCE:
                return rows[:count]
    return tuple(one for one in rows if one.named)


def _fields(
    totals: Totals, taxes: tuple[TaxRow, ...], checks: tuple[Check, ...], kind: str
) -> dict[FieldName, CapturedField]:
    by_code = {one.code: one.holds for one in checks}
    # A sum completed by one that is printed nowhere proves nothing.
    printed = all(one is None or one.source is not None for one in (totals.net, totals.tax, totals.total))
    proof = by_code.get("net_plus_tax")
    proof = proof if printed or proof is False else None
    proved_taxes = by_code.get("taxes_sum") and bool(taxes)
    fields = {}
    for name, option in (
        (FieldName.NET, totals.net),
        (FieldName.TAX, totals.tax),
        (FieldName.TOTAL, totals.total),
    ):
        taxed = totals.tax is not None and bool(totals.tax.value)
        sure = _PROVED if taxed or proved_taxes else _PROVED_ZERO
        fields[name] = field_of(name, _candidate(option, proof=proof, sure=sure, check="net_plus_tax"), kind)
    paid = by_code.get("total_to_payable")
    for name, option in (
        (FieldName.PAYABLE, totals.payable),
        (FieldName.PREPAID, totals.prepaid),
        (FieldName.ROUNDING, totals.rounding),
    ):
        fields[name] = field_of(name, _candidate(option, proof=paid, sure=_PROVED, check="total_to_payable"), kind)
    return fields


def _candidate(option: Option | None, *, proof: bool | None, sure: float, check: str) -> Candidate | None:
    if option is None:
        return None
    source = option.source
    printed = source if isinstance(source, AmountCandidate) else None
    score = option.score
    reasons: list[Reason] = []
    if printed is not None:
        reasons.append(labelled(printed.label))
    if proof is True:
        reasons.append(Reason("sum_holds", {"check": check}))
        # A sum that holds lifts a printed value; a computed one holds by itself and proves nothing.
        known = printed is not None or source == "rates"
        score = max(score, sure * (0.9 + 0.1 * min(1.0, score))) if known else score
    elif proof is False:
        reasons.append(Reason("sum_fails", {"check": check}))
        score *= 0.4
    method = Method.LABEL
    if source == "code":
        reasons.append(Reason("code", {}))
        method = Method.CODE
    elif printed is None:
        reasons.append(Reason(_SOURCES.get(source, "computed") if isinstance(source, str) else "computed"))
        method = Method.ARITHMETIC
    places = (printed.place,) if printed is not None and printed.place is not None else ()
    value = amount_text(option.value)
    return Candidate(
        value, printed.text if printed is not None else value, places, min(score, 0.99), method, tuple(reasons)
    )
