"""One payment for several items: named ones, a range of numbers, or a small sum of what a party owes.

Sums are sought among few items by meeting in the middle; how many sums could have hit by accident decides their weight.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.reconciliation.clues import Clues
from gateway.reconciliation.entries import Entry
from gateway.reconciliation.explanations import Adjustment, Alternative, Applied, Kind, Reason, ReasonCode
from gateway.reconciliation.item_book import ItemBook
from gateway.reconciliation.records import PartyId, Settings, Side
from gateway.reconciliation.references import digits_of, range_end

SUMS_MAX = 24
"""More sums than this fit: the choice among them would be a guess."""
ALIKE_LEAST = 3.0
SUM_PRIOR = -1.5
WEIGHT_MAX = 7.0
WEIGHT_MIN = -8.0
"""Where thousands of sums could have hit, the one that did is one of thousands."""


def sums_to(amounts: Sequence[int], target: int, most: int = SUMS_MAX) -> list[tuple[int, ...]]:
    """Return the sets of positions whose amounts add up to the target, at most ``most`` of them, never the empty one.

    ``amounts``: minor units, of either sign; at most about 24, the work doubles with every second one.
    """
    half = len(amounts) // 2
    left, right = _all_sums(amounts[:half]), _all_sums(amounts[half:])
    if {target - total for total in right}.isdisjoint(left):
        return []
    places: dict[int, list[int]] = {}
    for mask, total in enumerate(left):
        places.setdefault(total, []).append(mask)
    found: list[tuple[int, ...]] = []
    for high, total in enumerate(right):
        for low in places.get(target - total, ()):
            if not low and not high:
                continue
            positions = [at for at in range(half) if low >> at & 1]
            found.append(tuple(positions + [half + at for at in range(len(amounts) - half) if high >> at & 1]))
            if len(found) >= most:
                return found
    return found


def _all_sums(amounts: Sequence[int]) -> list[int]:
    sums = [0]
    for amount in amounts:
        sums += [total + amount for total in sums]
    return sums


@dataclass(frozen=True, slots=True)
class BundleFinder:
    """Looks for bundles among the open items of one party."""

    book: ItemBook
    settings: Settings

    def named(self, clues: Clues, items: Sequence[Entry]) -> Alternative | None:
        """Explain the line by all the items that its text names, less their discounts where they were granted."""
        amounts = [item.left for item in items]
        short = sum(amounts) - clues.line.amount
        reasons = self._references(clues, items)
        applied = tuple(Applied(item.id, amount) for item, amount in zip(items, amounts, strict=True))
        count = ("items", len(items))
        if short == 0:
            return Alternative.of(Kind.BUNDLE, applied, (), (*reasons, Reason(ReasonCode.SUM, 6.0, (count,))))
        granted = sum(round(item.amount * item.discount_bp / 10_000) for item in items)
        if granted and abs(short - granted) <= len(items):
            reason = Reason(ReasonCode.DISCOUNT, 4.5, (count, ("discount", short)))
            return Alternative.of(Kind.BUNDLE, applied, (Adjustment("discount", -short),), (*reasons, reason))
        return None

    def of_party(
        self, clues: Clues, party: PartyId, evidence: Sequence[Reason], forced: Sequence[Entry]
    ) -> list[Alternative]:
        """Explain the line by a sum of the party's open items.

        ``evidence``: why this party is meant; ``forced``: items that the text names, each sum holds them.
        """
        line = clues.line
        sign = 1 if line.amount > 0 else -1
        marked = [item for item in forced if item.party == party]
        free = self._free(clues, party, set(marked), sign)
        between = range_end(clues.words, clues.hits)
        if between:
            inside = [item for item in free if self._within(item, between)]
            if options := self._summed(clues, marked, inside, evidence, ranged=True):
                return options
        # From a credit note to an invoice is no range of one series: only its ends are named.
        return self._summed(clues, marked, free, evidence, ranged=False)

    def _summed(
        self,
        clues: Clues,
        marked: list[Entry],
        free: list[Entry],
        evidence: Sequence[Reason],
        *,
        ranged: bool,
    ) -> list[Alternative]:
        """Return the sums of all marked and some free items that are the line's amount, likeliest first."""
        sign = 1 if clues.line.amount > 0 else -1
        target = clues.line.amount - sum([item.left for item in marked])
        amounts = [item.left for item in free]
        if not free or sum(amount for amount in amounts if amount * sign > 0) * sign < target * sign:
            return []
        options = []
        for places in sums_to(amounts, target):
            chosen = [*marked, *(free[at] for at in places)]
            if len(chosen) > 1:
                weight = _rarity(len(free), len(places), amounts)
                options.append(self._option(clues, chosen, evidence, weight, ranged))
        return sorted(options, key=lambda option: -option.score)[:4]

    def _free(self, clues: Clues, party: PartyId, taken: set[Entry], sign: int) -> list[Entry]:
        line = clues.line
        open_items = [
            item
            for item in self.book.of_party(party)
            if item not in taken
            and item.currency == line.currency
            and item.issued <= line.booked
            and ((item.amount * sign > 0) or item.credit_note or clues.offset)
            and (clues.offset or item.side is (Side.RECEIVABLE if sign > 0 else Side.PAYABLE) or item.credit_note)
        ]
        # The newest are the likeliest: what has been open for long was passed over before.
        open_items.sort(key=lambda item: (item.issued, item.id))
        return open_items[-self.settings.bundle_items_max :]

    def _within(self, item: Entry, between: tuple[int, int]) -> bool:
        width = len(str(between[1]))
        for digits in digits_of(item):
            tail = digits[-max(width, 6) :]
            if tail and between[0] <= int(tail) <= between[1]:
                return True
        return False

    def _option(
        self,
        clues: Clues,
        chosen: list[Entry],
        evidence: Sequence[Reason],
        rarity: float,
        ranged: bool,  # noqa: FBT001
    ) -> Alternative:
        applied = tuple(Applied(item.id, item.left) for item in chosen)
        reasons = [*evidence, *self._references(clues, chosen)]
        reasons.append(Reason(ReasonCode.SUM, rarity + SUM_PRIOR, (("items", len(chosen)),)))
        if ranged:
            reasons.append(Reason(ReasonCode.RANGE, 3.0))
        if any(word.isdigit() and int(word) == len(chosen) for word in clues.words if len(word) <= 2):
            reasons.append(Reason(ReasonCode.COUNT, 2.5, (("items", len(chosen)),)))
        if clues.more:
            reasons.append(Reason(ReasonCode.COUNT, 1.0, (("items", len(chosen)),)))
        return Alternative.of(Kind.BUNDLE, applied, (), tuple(reasons))

    def _references(self, clues: Clues, items: Sequence[Entry]) -> list[Reason]:
        """Weigh the numbers of several items: the first fully, each further one by a part, for they come together."""
        found = [reason for item in items if (reason := clues.reference(item)) and reason.weight >= ALIKE_LEAST]
        found.sort(key=lambda reason: -reason.weight)
        return [
            reason if at == 0 else Reason(reason.code, min(reason.weight, 3.0), reason.figures)
            for at, reason in enumerate(found[:6])
        ]


def _rarity(count: int, chosen: int, amounts: Sequence[int]) -> float:
    """Return how surprising an accidental hit would be, in nats: sums possible against values they could take."""
    grain = math.gcd(*amounts) or 1
    spread = max(1.0, sum(abs(amount) for amount in amounts) / grain / 3)
    return max(WEIGHT_MIN, min(WEIGHT_MAX, math.log(spread) - math.log(math.comb(count, chosen))))
