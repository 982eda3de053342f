"""Candidates for the total of a receipt, and what speaks for each: labels, place, and sums that come out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from invoice_capture.receipts.segments import Segment

_NUMBER = re.compile(
    r"(?P<sign>-\s?)?(?P<money>(?:RM|MYR|\$|EUR|USD|GBP|SGD|S\$)\s?:?\s?)?(?P<minus>-)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+\s?[.]\s?\d{2}|\d{1,6}\s?[.,]\s?\d{2}|\d{1,3}(?:[.]\d{3})+,\d{2})(?![\d%]|[.,]\d)"
)
_LABELS: tuple[tuple[str, str], ...] = (
    ("rounded", r"ROUNDED|AFTERROUND|ROUND(ED)?TOTAL|ROUNDEDAMT"),
    ("rounding", r"ROUND|RNDG|ADJUST"),
    ("subtotal", r"SUB-?\.?TOTAL|SUBTTL|S/TOTAL"),
    ("total_quantity", r"TOTAL(QTY|ITEM|QUANTITY|NOOF|UNIT|PCS)|ITEMCOUNT|QTY(TOTAL)?:?$|NOOFITEM"),
    ("total_discount", r"TOTAL(DISC|SAV)|SAVING|YOUSAVE"),
    ("excluding", r"EXCL|EXC\.|BEFORE(GST|TAX|SST)|W/O|TAXABLE"),
    ("total_tax", r"TOTAL(GST|TAX|SST)(?!INC)|GSTPAYABLE|GSTAMOUNT|TAXAMOUNT|GSTAMT"),
    ("including", r"INCL|INC[.)GT]|WITHGST|INCGST"),
    ("supplies", r"SUPPL(Y|IES)|TOTAL\d{1,2}%"),
    (
        "grand",
        r"AMOUNTDUE|TOTALDUE|PAYABLE|BALANCEDUE|AMTDUE|TOPAY|GRAND|NETTOTAL|NETTTOTAL|NETT|TOTALAMT|TOTALAMOUNT|JUMLAH|FINALTOTAL",
    ),
    ("total_sales", r"TOTALSALE|SALESTOTAL"),
    ("total", r"TOTAL|TOTA1|T0TAL|TTL|TOTAI|SUMME"),
    ("change", r"CHANGE|BAKI|KEMBALI|CHG\b|CHNG"),
    ("paid", r"CASH|TENDER|PAID|PAYMENT|VISA|MASTER|CARD|DEBIT|CREDIT|RECEIVED|AMEX|TUNAI|CHEQUE|BANK"),
    ("tax", r"GST|TAX|SST|S\.T|VAT|MWST"),
    ("service", r"SERV|SVC|S\.?CHARGE"),
    ("discount", r"DISC|REBATE|VOUCHER|OFF\b"),
    ("balance", r"BALANCE|DEPOSIT|OUTSTANDING|POINT"),
    ("amount", r"AMOUNT|AMT|NET"),
    ("price", r"PRICE|@|X$|U/P|UNIT|PCS|KG|LITRE|/L"),
)
_LABEL_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _LABELS)
_TOTALS = frozenset({"rounded", "including", "grand", "total_sales", "total"})
_LOOSE_SIGN = re.compile(r"^(?:RM|MYR|EUR|USD|GBP|SGD)\s+", re.IGNORECASE)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in the text. ``printed``: with its currency sign; ``label``: class of what it is called there."""

    printed: str
    value: Decimal
    label: str
    above: str
    segment: Segment
    money: bool
    last: bool


@dataclass(frozen=True, slots=True)
class TotalCandidate:
    """One value that stands on the receipt, with all places where it does."""

    value: Decimal
    amounts: tuple[Amount, ...]


def amounts_of(segments: Sequence[Segment]) -> list[Amount]:
    """Return all amounts of the text in reading order."""
    rows: dict[int, list[Segment]] = defaultdict(list)
    for segment in segments:
        rows[segment.row].append(segment)
    found: list[Amount] = []
    previous_label = ""
    for row in sorted(rows):
        parts, has_amount, words = rows[row], False, ""
        for segment in parts:
            text = segment.text.upper()
            hits = [hit for hit in _NUMBER.finditer(text) if not _part_of_word(text, hit)]
            for hit in hits:
                label_text = f"{words} {text[: hit.start()]}"
                label = label_of(label_text)
                above = label_of(previous_label) if label == "none" else "own"
                value = value_of(hit["number"])
                negative = bool(hit["sign"] or hit["minus"]) or text[hit.end() : hit.end() + 1] == "-"
                last = segment is parts[-1] and hit is hits[-1]
                printed = segment.text[hit.start() : hit.end()].strip()
                found.append(
                    Amount(printed, -value if negative else value, label, above, segment, bool(hit["money"]), last)
                )
                has_amount = True
            words = f"{words} {text}"
        previous_label = "" if has_amount else words
    return found


def label_of(text: str) -> str:
    """Return the class of what a text calls the amount beside it; `none` when it has no word of any."""
    bare = re.sub(r"[\s:*=_~]+", "", text.upper())
    bare = re.sub(r"(RM|MYR|\$)$", "", bare)
    if not re.search(r"[A-Z@]", bare):
        return "none"
    for name, pattern in _LABEL_PATTERNS:
        if pattern.search(bare):
            return name
    return "item"


def value_of(number: str) -> Decimal:
    """Return the value of an amount with two decimals, whichever its signs are."""
    bare = re.sub(r"\s", "", number)
    return Decimal(re.sub(r"[.,]", "", bare[:-3]) + "." + bare[-2:])


def total_candidates(amounts: Iterable[Amount]) -> list[TotalCandidate]:
    """Return the values that may be a total, each once."""
    grouped: dict[Decimal, list[Amount]] = defaultdict(list)
    for one in amounts:
        grouped[one.value].append(one)
    return [TotalCandidate(value, tuple(found)) for value, found in grouped.items()]


def best_amount(candidate: TotalCandidate) -> Amount:
    """Return the place of a value that calls it a total, else its first place."""
    called = [amount for amount in candidate.amounts if _label(amount) in _TOTALS]
    one = (called or list(candidate.amounts))[0]
    # A sign apart from its figures is the column's, one that touches them is part of the amount as printed.
    return replace(one, printed=_LOOSE_SIGN.sub("", one.printed))


def total_features(candidates: Sequence[TotalCandidate], amounts: Sequence[Amount]) -> list[dict[str, float]]:
    """Return what speaks for each value."""
    by_label: dict[str, list[Decimal]] = defaultdict(list)
    for amount in amounts:
        by_label[amount.label if amount.label != "none" else amount.above].append(amount.value)
    largest = max((one.value for one in candidates), default=Decimal(0))
    ordered = sorted((one.value for one in candidates), reverse=True)
    totals = [amount for amount in amounts if _label(amount) in _TOTALS]
    sums = _Sums(by_label)
    result = []
    for one in candidates:
        labels = {_label(amount) for amount in one.amounts}
        found = _of_labels(one, labels, largest)
        found.update(_of_totals(one, labels, totals, by_label))
        found[f"times:{min(len(one.amounts), 4)}"] = 1.0
        found[f"rank:{min(ordered.index(one.value), 4)}"] = 1.0
        found["negative"] = float(one.value < 0)
        found["zero"] = float(one.value == 0)
        found["currency"] = float(any(amount.money for amount in one.amounts))
        found["tall"] = min(max(max(amount.segment.tall for amount in one.amounts) - 1.0, 0.0), 1.0)
        found["tall_total"] = found["tall"] * float(bool(labels & _TOTALS))
        found[f"down:{int(max(amount.segment.down for amount in one.amounts) * 5)}"] = 1.0
        found.update(sums.of(one.value, labels))
        result.append({name: value for name, value in found.items() if value})
    return result


def _of_labels(one: TotalCandidate, labels: set[str], largest: Decimal) -> dict[str, float]:
    """What a value is called, and where it stands in its rows."""
    found = {f"label:{label}": 1.0 for label in labels}
    if one.value == largest:
        found.update({f"largest&{label}": 1.0 for label in labels})
    for amount in one.amounts:
        if amount.above not in ("own", "none"):
            found[f"above:{amount.above}"] = 1.0
        if amount.last:
            found[f"last_in_row&{_label(amount)}"] = 1.0
    return found


def _of_totals(
    one: TotalCandidate, labels: set[str], totals: Sequence[Amount], by_label: Mapping[str, Sequence[Decimal]]
) -> dict[str, float]:
    """Where a value stands among those that are called a total."""
    found: dict[str, float] = {}
    if totals and any(amount is totals[-1] for amount in one.amounts):
        found["last_total"] = 1.0
    if totals and any(amount is totals[0] for amount in one.amounts):
        found["first_total"] = 1.0
    for label in _TOTALS & labels:
        found[f"{'last' if by_label[label][-1] == one.value else 'not_last'}_of&{label}"] = 1.0
        if by_label[label].count(one.value) == len(by_label[label]):
            found[f"sole&{label}"] = 1.0
    return found


class _Sums:
    """Which sums of the receipt come out at a value."""

    def __init__(self, by_label: Mapping[str, Sequence[Decimal]]) -> None:
        self._labels = by_label
        paid, change = set(by_label.get("paid", ())), set(by_label.get("change", ()))
        self._paid = paid
        self._after_change = {one - two for one in paid for two in change if two > 0}
        self._change_zero = bool(change) and max(change) == 0
        bases = {*by_label.get("subtotal", ()), *by_label.get("excluding", ()), *by_label.get("total", ())}
        taxes = {*by_label.get("tax", ()), *by_label.get("total_tax", ())}
        services = {Decimal(0), *by_label.get("service", ())}
        self._with_tax = {base + tax + more for base in bases for tax in taxes if tax > 0 for more in services}
        rounding = {one for one in by_label.get("rounding", ()) if one and abs(one) <= 5 * _CENT}
        every = {value for values in by_label.values() for value in values}
        self._rounded = {base + sign * step for base in every for step in rounding for sign in (1, -1)}
        self._unrounded = {
            base for base in every for step in rounding for sign in (1, -1) if base + sign * step in every
        }
        parts = [*by_label.get("including", ()), *by_label.get("supplies", ()), *by_label.get("total", ())]
        self._parts = {one + two for place, one in enumerate(parts) for two in parts[place + 1 :] if one > 0 < two}
        self._items = sum(by_label.get("item", ()), start=Decimal(0))
        self._five = {one for one in every if one % (5 * _CENT) == 0}

    def of(self, value: Decimal, labels: set[str]) -> dict[str, float]:
        """Return the sums that come out at this value."""
        total = "total" if labels & _TOTALS else "other"
        return {
            f"paid_less_change&{total}": float(value in self._after_change),
            "is_paid_and_change": float(value in self._paid and bool(self._after_change)),
            f"is_paid_no_change&{total}": float(value in self._paid and not self._after_change),
            f"with_tax&{total}": float(value in self._with_tax),
            f"rounded&{total}": float(value in self._rounded and value in self._five),
            "before_rounding": float(value in self._unrounded and value not in self._five),
            f"sum_of_parts&{total}": float(value in self._parts),
            "items": float(value == self._items and value > 0),
            "five_cents": float(value in self._five),
        }


def _label(amount: Amount) -> str:
    return amount.label if amount.label != "none" else (amount.above if amount.above != "own" else "none")


def _part_of_word(text: str, hit: re.Match[str]) -> bool:
    """Whether the number belongs to something longer: a percentage, a code, a weight."""
    before = text[: hit.start("number")].rstrip("-").rstrip()
    if hit["money"]:
        return False
    return bool(re.search(r"(?:[\d][.,/-]?|[A-Z]\d*-?)$", text[: hit.start("number")])) and bool(before)
