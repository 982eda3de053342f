"""Payments that come back, and payments that come twice: both are explained by an earlier line.

A return takes back all that its original payment had settled, and perhaps costs a fee. A second identical
payment with
the same reference stays open and names the first.
"""

import datetime as dt
from collections.abc import Hashable
from typing import NamedTuple, TypeVar

from gateway.reconciliation.clues import Clues
from gateway.reconciliation.explanations import Adjustment, Alternative, Applied, Explanation, Kind, Reason, ReasonCode
from gateway.reconciliation.records import BankLine, ItemId, LineId, Settings
from gateway.reconciliation.wording import compact

_Key = TypeVar("_Key", bound=Hashable)

DUPLICATE_DAYS_MAX = 60
RETURN_DAYS_MAX = 420
"""Direct debits without a mandate can come back for thirteen months."""
LINES_OF_PAYER_MAX = 60


class PaidLine(NamedTuple):
    """A line that settled items."""

    line: BankLine
    explanation: Explanation


class History:
    """The lines that settled something, by item, by payer, and by what a second identical payment would repeat."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._paid: dict[LineId, PaidLine] = {}
        self._by_item: dict[ItemId, list[LineId]] = {}
        self._by_payer: dict[str, list[LineId]] = {}
        self._by_content: dict[tuple[int, str, str], list[LineId]] = {}
        self._returned: set[LineId] = set()

    def add(self, line: BankLine, explanation: Explanation) -> None:
        """Remember a line that settled items, or took them back."""
        if explanation.reverses is not None:
            self._returned.add(explanation.reverses)
        if not explanation.applied or explanation.kind is Kind.RETURN:
            return
        self._paid[line.id] = PaidLine(line, explanation)
        for one in explanation.applied:
            self._by_item.setdefault(one.item, []).append(line.id)
        if explanation.kind is Kind.CARD_BATCH:
            return
        for key in _payers(line):
            self._by_payer.setdefault(key, []).append(line.id)
        if content := _content(line):
            self._by_content.setdefault(content, []).append(line.id)

    def remove(self, line: BankLine, explanation: Explanation) -> None:
        """Forget what `add` remembered."""
        if explanation.reverses is not None:
            self._returned.discard(explanation.reverses)
        if self._paid.pop(line.id, None) is None:
            return
        for one in explanation.applied:
            _drop(self._by_item, one.item, line.id)
        for key in _payers(line):
            _drop(self._by_payer, key, line.id)
        if content := _content(line):
            _drop(self._by_content, content, line.id)

    def snapshot(self) -> tuple[tuple[LineId, ...], tuple[LineId, ...]]:
        """Return which lines settled something and which of them came back."""
        return tuple(sorted(self._paid)), tuple(sorted(self._returned))

    def paid_by(self, item: ItemId) -> list[PaidLine]:
        """Return the lines that settled the item, in the order in which they were explained."""
        return [self._paid[line] for line in self._by_item.get(item, ())]

    def twice(self, clues: Clues) -> PaidLine | None:
        """Return the earlier line that this one repeats: same amount, payer and reference, nothing left to pay."""
        line = clues.line
        for hit in clues.hits:
            for paid in self.paid_by(hit.item.id):
                if (
                    paid.line.amount == line.amount
                    and self._before(paid.line, line)
                    and paid.line.id not in self._returned
                ):
                    return paid
        content = _content(line)
        if content and any(sign.isdigit() for sign in content[2]):
            for known in reversed(self._by_content.get(content, ())):
                paid = self._paid[known]
                if self._before(paid.line, line) and known not in self._returned:
                    return paid
        return None

    def _before(self, one: BankLine, other: BankLine) -> bool:
        return one.id != other.id and dt.timedelta() <= other.booked - one.booked <= dt.timedelta(
            days=DUPLICATE_DAYS_MAX
        )

    def returned(self, clues: Clues) -> list[tuple[Alternative, LineId]]:
        """Explain a line as an earlier payment that came back, likeliest first; with the line of the payment."""
        line = clues.line
        near: dict[LineId, float] = {}
        for hit in clues.hits:
            near.update((known, 8.0) for known in self._by_item.get(hit.item.id, ()))
        for key in _payers(line):
            for known in self._by_payer.get(key, ())[-LINES_OF_PAYER_MAX:]:
                near[known] = near.get(known, 0.0) + 4.0
        text = compact(line.text)
        options = [
            (option, known)
            for known, weight in near.items()
            if known not in self._returned and (option := self._taken_back(clues, self._paid[known], weight, text))
        ]
        options.sort(key=lambda one: (-one[0].score, -self._paid[one[1]].line.booked.toordinal()))
        return options[:4]

    def _taken_back(self, clues: Clues, paid: PaidLine, weight: float, text: str) -> Alternative | None:
        line, first = clues.line, paid.line
        fee = -line.amount - first.amount if first.amount > 0 else -first.amount - line.amount
        age_days = (line.booked - first.booked).days
        if (line.amount > 0) is (first.amount > 0) or not 0 <= fee <= self._settings.return_fee_max:
            return None
        if not 0 <= age_days <= RETURN_DAYS_MAX:
            return None
        amount_weight = 6.0 if fee == 0 else 4.0 if fee % 50 == 0 and fee <= 1500 else 1.0
        reasons = [Reason(ReasonCode.ORIGINAL_LINE, weight, (("line", first.id), ("days", age_days)))]
        reasons.append(Reason(ReasonCode.AMOUNT, amount_weight - min(2.0, age_days / 60), (("fee", fee),)))
        if line.return_code:
            reasons.append(Reason(ReasonCode.RETURN_CODE, 2.0, (("code", line.return_code),)))
        first_text = compact(first.text)
        if len(first_text) >= 5 and first_text in text:
            reasons.append(Reason(ReasonCode.DOCUMENT, 4.0))
        applied = tuple(Applied(one.item, -one.amount) for one in paid.explanation.applied)
        left_over = {one.name: -one.amount for one in paid.explanation.adjustments}
        if fee:
            left_over["fee"] = left_over.get("fee", 0) - fee
        adjustments = tuple(Adjustment(name, amount) for name, amount in left_over.items() if amount)
        return Alternative.of(Kind.RETURN, applied, adjustments, tuple(reasons))


def _payers(line: BankLine) -> tuple[str, ...]:
    name = "".join(line.name.upper().split())
    return tuple(key for key in (line.iban, name) if key)


def _content(line: BankLine) -> tuple[int, str, str] | None:
    """Return what a second identical payment repeats; banks wrap texts anew each time."""
    text = "".join(line.text.split()) + (line.reference or "")
    return (line.amount, line.name, text) if text else None


def _drop(index: dict[_Key, list[LineId]], key: _Key, line: LineId) -> None:
    lines = index.get(key)
    if lines and line in lines:
        lines.remove(line)
        if not lines:
            del index[key]
