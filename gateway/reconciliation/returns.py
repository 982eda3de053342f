"""Payments that come back, and payments that come twice: both are explained by an earlier line.

A return takes back all that its original payment had settled, and perhaps costs a fee. A second identical
payment with
the same reference stays open and names the first.
"""

import datetime as dt
from collections import Counter
from collections.abc import Hashable
from typing import TypeVar

import msgspec

from gateway.reconciliation.clues import Clues
from gateway.reconciliation.explanations import Adjustment, Alternative, Applied, Explanation, Kind, Reason, ReasonCode
from gateway.reconciliation.records import BankLine, ItemId, LineId, Settings
from gateway.reconciliation.wording import compact

_Key = TypeVar("_Key", bound=Hashable)

DUPLICATE_DAYS_MAX = 60
RETURN_DAYS_MAX = 420
"""Direct debits without a mandate can come back for thirteen months."""
LINES_OF_PAYER_MAX = 60


class PaidLine(msgspec.Struct, frozen=True, gc=False):
    """A line that settled items. Why it did is not kept here: this lives as long as the items."""

    line: BankLine
    applied: tuple[Applied, ...]
    adjustments: tuple[Adjustment, ...]


class History:
    """The lines that settled something, by item, by payer, and by what a second identical payment would repeat."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._paid: dict[LineId, PaidLine] = {}
        self._by_item: dict[ItemId, list[LineId]] = {}
        self._by_payer: dict[str, list[LineId]] = {}
        self._by_content: dict[tuple[int, str, str], list[LineId]] = {}
        self._returned: set[LineId] = set()
        self._back: dict[LineId, Counter[ItemId]] = {}

    def add(self, line: BankLine, explanation: Explanation) -> None:
        """Remember a line that settled items, or took them back."""
        if explanation.reverses is not None:
            self._came_back(explanation.reverses, explanation, 1)
        if not explanation.applied or explanation.kind is Kind.RETURN:
            return
        self._paid[line.id] = PaidLine(line, explanation.applied, explanation.adjustments)
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
            self._came_back(explanation.reverses, explanation, -1)
        if self._paid.pop(line.id, None) is None:
            return
        for one in explanation.applied:
            _drop(self._by_item, one.item, line.id)
        for key in _payers(line):
            _drop(self._by_payer, key, line.id)
        if content := _content(line):
            _drop(self._by_content, content, line.id)

    def _came_back(self, first: LineId, explanation: Explanation, count: int) -> None:
        """Remember (or forget) which items of a line came back; of a collected batch it may be one of many."""
        back = self._back.setdefault(first, Counter())
        for one in explanation.applied:
            back[one.item] += count
        self._back[first] = back = +back
        paid = self._paid.get(first)
        whole = paid is None or len(back) >= len(paid.applied)
        if back and whole:
            self._returned.add(first)
        else:
            self._returned.discard(first)
        if not back:
            del self._back[first]

    def snapshot(self) -> tuple[tuple[LineId, ...], dict[LineId, list[ItemId]]]:
        """Return which lines settled something, and which of their items came back."""
        return tuple(sorted(self._paid)), {line: sorted(items) for line, items in sorted(self._back.items())}

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
        meant = {hit.item.id for hit in clues.hits} | {item.id for item in clues.against}
        for item in sorted(meant):
            near.update((known, 8.0) for known in self._by_item.get(item, ()))
        for key in _payers(line):
            for known in self._by_payer.get(key, ())[-LINES_OF_PAYER_MAX:]:
                near[known] = near.get(known, 0.0) + 4.0
        text = compact(line.text)
        options = []
        for known, weight in near.items():
            if known in self._returned:
                continue
            paid = self._paid[known]
            whole = None if known in self._back else self._taken_back(clues, paid, weight, text)
            option = whole or self._one_of_many(clues, paid, meant)
            if option is not None:
                options.append((option, known))
        options.sort(key=lambda one: (-one[0].score, -self._paid[one[1]].line.booked.toordinal()))
        return options[:4]

    def repeats_backwards(self, clues: Clues) -> bool:
        """Whether the line names an item that an earlier line paid with the same amount in the other direction."""
        return any(
            paid.line.amount == -clues.line.amount and paid.line.id not in self._returned
            for item in clues.against
            for paid in self.paid_by(item.id)
        )

    def _one_of_many(self, clues: Clues, paid: PaidLine, meant: set[ItemId]) -> Alternative | None:
        """Explain a line as one item of a batch that comes back: named, and the only named one of this amount."""
        line, first = clues.line, paid.line
        settled = paid.applied
        age_days = (line.booked - first.booked).days
        if len(settled) < 2 or not 0 <= age_days <= RETURN_DAYS_MAX:
            return None
        back = self._back.get(first.id, Counter())
        most = self._settings.return_fee_max
        fitting = [
            one
            for one in settled
            if one.item in meant
            and one.item not in back
            and (one.amount > 0) is not (line.amount > 0)
            and 0 <= -line.amount - one.amount <= most
        ]
        exact = [one for one in fitting if one.amount == -line.amount] or fitting
        if len(exact) != 1:
            return None
        fee = -line.amount - exact[0].amount
        reasons = [
            Reason(ReasonCode.ORIGINAL_LINE, 6.0, (("line", first.id), ("days", age_days))),
            Reason(ReasonCode.AMOUNT, 6.0 if fee == 0 else 2.0, (("fee", fee),)),
        ]
        if line.return_code:
            reasons.append(Reason(ReasonCode.RETURN_CODE, 2.0, (("code", line.return_code),)))
        applied = (Applied(exact[0].item, -exact[0].amount),)
        return Alternative.of(Kind.RETURN, applied, (Adjustment("fee", -fee),) if fee else (), tuple(reasons))

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
        applied = tuple(Applied(one.item, -one.amount) for one in paid.applied)
        left_over = {one.name: -one.amount for one in paid.adjustments}
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
