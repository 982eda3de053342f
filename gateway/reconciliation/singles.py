"""One line, one item: which open items may be meant, and how strongly number, party and amount speak for each."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.reconciliation.clues import Clues
from gateway.reconciliation.differences import EQUAL_WEIGHT, explain_difference
from gateway.reconciliation.entries import Entry
from gateway.reconciliation.evidence import PARTY_LEAST, PartyWeigher, weight_of, weight_unrejected
from gateway.reconciliation.explanations import Alternative, Applied, Kind, Reason, ReasonCode
from gateway.reconciliation.item_book import ItemBook
from gateway.reconciliation.records import Contracts, PartyId, Settings

EQUAL_AMOUNT_MAX = 80
"""Above this many items of one amount names are not compared with each."""
STRANGER_WEIGHT = -3.0
ANOTHER_NAMED = -2.0
SURE_ALREADY = 12.5
"""With this much for an equal amount nothing else is worth weighing."""
WITHOUT_NUMBER = -3.5
"""An unequal amount without any number of the item: a guess, except for a discount that fits to the cent."""
THOUGHT_LEAST = 2.0
RHYTHM_DAYS_MAX, FAR_APART = 70, -7.0
"""Equal items of one party that lie further apart are no rhythm of payments: which one is meant is for a person."""


@dataclass(frozen=True, slots=True)
class SingleFinder:
    """Looks for one item that explains a line."""

    book: ItemBook
    weigher: PartyWeigher
    contracts: Contracts
    settings: Settings

    def options(self, clues: Clues, parties: dict[PartyId, tuple[Reason, ...]]) -> list[Alternative]:
        """Return the explanations by one item, likeliest first. ``parties``: who the line may come from."""
        equal = self._equal(clues, parties)
        options = [option for item in equal if (option := self.weigh(clues, item, parties)) is not None]
        if not _sure(options, clues):
            done = set(equal)
            near = [hit.item for hit in clues.hits]
            for party in parties:
                near += self.book.of_party(party)
            for item in near:
                if item not in done and self._promising(clues, item):
                    done.add(item)
                    if option := self.weigh(clues, item, parties):
                        options.append(option)
        options.sort(key=lambda option: (-option.score, option.applied[0].item))
        return _oldest_of_equals(options, self.book)

    def owing(self, clues: Clues) -> set[PartyId]:
        """Return the parties that owe exactly this amount and are likely by what else the line tells.

        Empty unless one of them is so likely that `options` will look at equal amounts only: then whoever else has a
        name like the line's could lead to nothing.
        """
        line = clues.line
        bucket = self.book.of_amount(line.amount)
        if clues.hits or not bucket or len(bucket) > EQUAL_AMOUNT_MAX:
            return set()
        near: set[PartyId] = set()
        sure = False
        for item in bucket:
            party = item.party
            if party is None or item.currency != line.currency or item.issued > clues.issued_last:
                continue
            evidence = self.weigher.evidence(clues, party)
            if weight_unrejected(evidence) < PARTY_LEAST:
                continue
            near.add(party)
            number = clues.reference(item)
            if number is not None:
                sure = sure or EQUAL_WEIGHT + weight_of(evidence) + number.weight >= SURE_ALREADY
            elif not clues.strangers:
                sure = sure or EQUAL_WEIGHT + weight_of(evidence) >= SURE_ALREADY
        return near if sure else set()

    def _equal(self, clues: Clues, parties: dict[PartyId, tuple[Reason, ...]]) -> list[Entry]:
        """Return the items of equal amount that a likely party owes, or whose number or name is like the line's."""
        bucket = self.book.of_amount(clues.line.amount)
        line = clues.line
        named = bool(line.name) and not parties and len(bucket) <= EQUAL_AMOUNT_MAX
        pool: Iterable[Entry] = bucket
        if not named and len(bucket) > 1:
            # Only likely parties, numbers of ours and numbers like them can lead here: no need to look at everybody.
            like = self.book.of_amount_like(line.amount, clues.numbers) if clues.numbers else ()
            near = set(like)
            near.update([hit.item for hit in clues.hits if hit.item in bucket])
            for party in parties:
                near |= bucket.keys() & self.book.of_party(party).keys()
            pool = near
        return [
            item
            for item in pool
            # What costs least is asked first.
            if item.currency == line.currency
            and item.issued <= clues.issued_last
            and (
                item.party in parties
                or (named and item.party is not None and self.weigher.parties.alike(line.name, item.party))
                or clues.reference(item)
            )
        ]

    def _promising(self, clues: Clues, item: Entry) -> bool:
        """Whether an item of another amount is worth weighing: its number is told, or the difference is typical."""
        amount = clues.line.amount
        if (item.amount > 0) is not (amount > 0) or item.issued > clues.issued_last:
            return False
        if clues.reference(item) is None:
            if item.currency == clues.line.currency:
                left = item.left
                if not item.discount_bp or not 9300 * abs(left) <= 10_000 * abs(amount) < 10_000 * abs(left):
                    return False
            elif clues.line.original is not None and clues.line.original[0] != item.amount:
                return False
        return item.left != 0

    def weigh(self, clues: Clues, item: Entry, parties: dict[PartyId, tuple[Reason, ...]]) -> Alternative | None:
        """Weigh one open item of the line's sign; None when it is not worth a thought."""
        difference = explain_difference(clues, item, item.left, self.contracts, self.settings)
        reasons = list(difference.reasons)
        if item.party in parties:
            reasons += parties[item.party]
        else:
            reasons += self.weigher.evidence(clues, item.party)
        number = clues.reference(item)
        if number is not None:
            reasons.append(number)
            habit = self.weigher.memory.habit_weight(item.party, difference.kind, clues.line.booked)
            if habit:
                reasons.append(Reason(ReasonCode.HABIT, habit))
            if difference.kind in _INEXACT and self._another_named(clues, item):
                reasons.append(Reason(ReasonCode.OTHER_NUMBER, ANOTHER_NAMED))
        else:
            reasons += self._without_number(clues, item, difference.kind)
        score = weight_of(reasons)
        if score < THOUGHT_LEAST and weight_unrejected(reasons) < THOUGHT_LEAST:
            return None
        applied = (Applied(item.id, difference.applied),)
        return Alternative(difference.kind, applied, difference.adjustments, tuple(reasons), score)

    def _another_named(self, clues: Clues, item: Entry) -> bool:
        """Whether the text names another open document of the party: what is short or over may be that one."""
        others = (*clues.against, *(hit.item for hit in clues.hits))
        return any(other is not item and other.party == item.party and other.left for other in others)

    def evidence(self, clues: Clues, item: Entry) -> tuple[Reason, ...]:
        """Return everything for and against one open item, however little it is worth."""
        reasons: list[Reason] = list(self.weigher.evidence(clues, item.party))
        left = item.left
        if (left > 0) is (clues.line.amount > 0):
            reasons += explain_difference(clues, item, left, self.contracts, self.settings).reasons
        else:
            figures = (("amount", clues.line.amount), ("open", left))
            reasons.append(Reason(ReasonCode.OTHER_SIGN, -20.0, figures))
        if item.issued > clues.issued_last:
            days = (item.issued - clues.line.booked).days
            reasons.append(Reason(ReasonCode.ISSUED_LATER, -20.0, (("days", days),)))
        number = clues.reference(item)
        reasons += [number] if number is not None else self._without_number(clues, item, Kind.EXACT)
        return tuple(reasons)

    @staticmethod
    def _without_number(clues: Clues, item: Entry, kind: Kind) -> list[Reason]:
        """Return what speaks against an item whose number the text does not hold."""
        reasons: list[Reason] = []
        if clues.strangers:
            reasons.append(Reason(ReasonCode.UNKNOWN_NUMBER, STRANGER_WEIGHT, (("number", clues.strangers[0]),)))
        if others := [hit for hit in clues.hits if hit.item is not item]:
            weight = -2.0 if all(hit.loose for hit in others) else -7.0
            reasons.append(Reason(ReasonCode.OTHER_NUMBER, weight, (("number", others[0].key),)))
        if kind not in _PLAIN_WITHOUT_NUMBER:
            reasons.append(Reason(ReasonCode.NOTHING_FITS, WITHOUT_NUMBER))
        return reasons


def _sure(options: list[Alternative], clues: Clues) -> bool:
    """Whether an equal amount explains so much that items of other amounts need no look: no number tells otherwise."""
    return any(
        option.score >= SURE_ALREADY
        and (not clues.strangers or any(reason.code in _NUMBERED for reason in option.reasons))
        for option in options
    )


_INEXACT = frozenset({Kind.PARTIAL, Kind.OVERPAID, Kind.WITHHOLDING, Kind.FEE})
_PLAIN_WITHOUT_NUMBER = frozenset({Kind.EXACT, Kind.REST, Kind.CASH_DISCOUNT})


def _oldest_of_equals(options: list[Alternative], book: ItemBook) -> list[Alternative]:
    """Of explanations by equal items of one party without a number keep the oldest item: that is how debts are paid."""
    if len(options) < 2:
        return options
    kept: list[Alternative] = []
    oldest: dict[tuple[PartyId | None, Kind], int] = {}
    for option in options:
        item = book.items[option.applied[0].item]
        plain = option.kind in (Kind.EXACT, Kind.REST) and not any(
            reason.code in _NUMBERED for reason in option.reasons
        )
        key = (item.party, Kind.EXACT)
        if not plain or key not in oldest:
            if plain:
                oldest[key] = len(kept)
            kept.append(option)
            continue
        other = kept[oldest[key]]
        first, second = book.items[other.applied[0].item], item
        if (second.issued, second.id) < (first.issued, first.id):
            other = option
        apart_days = abs((second.issued - first.issued).days)
        reason = Reason(ReasonCode.OLDEST, 0.0 if apart_days <= RHYTHM_DAYS_MAX else FAR_APART, (("days", apart_days),))
        seen = any(one.code is ReasonCode.OLDEST for one in other.reasons)
        reasons = other.reasons if seen else (*other.reasons, reason)
        kept[oldest[key]] = Alternative.of(other.kind, other.applied, other.adjustments, reasons)
    return kept


_NUMBERED = frozenset(
    {
        ReasonCode.DOCUMENT,
        ReasonCode.DOCUMENT_ALIKE,
        ReasonCode.DOCUMENT_CUT,
        ReasonCode.DOCUMENT_TAIL,
        ReasonCode.END_TO_END,
        ReasonCode.ORDER,
        ReasonCode.STRUCTURED,
    }
)
