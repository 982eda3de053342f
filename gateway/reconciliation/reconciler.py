"""The engine: explains bank lines in the order of their booking, the certain ones first, and can take each one back.

Three rounds over the lines it is given: what own identifiers and equal amounts prove; what is explained far better than
anything else; the rest. So a guess never takes an item that a later line proves to be its own.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from gateway.reconciliation.bundles import BundleFinder
from gateway.reconciliation.card_batches import CardBook
from gateway.reconciliation.choice import Chooser, left_open
from gateway.reconciliation.clues import Clues, read_clues
from gateway.reconciliation.entries import Entry
from gateway.reconciliation.evidence import PartyWeigher, weight_of, weight_unrejected
from gateway.reconciliation.explanations import Alternative, Explanation, Kind, Reason, ReasonCode
from gateway.reconciliation.fee_terms import learned_contracts
from gateway.reconciliation.item_book import ItemBook
from gateway.reconciliation.memory import Memory
from gateway.reconciliation.parties import PartyBook
from gateway.reconciliation.records import BankLine, Contracts, LineId, OpenItem, PartyId, Settings
from gateway.reconciliation.references import Hit, ReferenceIndex
from gateway.reconciliation.returns import History
from gateway.reconciliation.singles import SingleFinder

PROVEN_PLAIN_LEAST = 2.4
"""A short number and an equal amount prove an item only with some sign of its party."""


class Reconciler:
    """Open items, what was learned, and the lines explained so far.

    Not safe for several threads at once. The same calls in the same order give the same answers.
    """

    def __init__(
        self,
        items: Iterable[OpenItem],
        contracts: Contracts | None = None,
        settings: Settings | None = None,
        memory: Memory | None = None,
    ) -> None:
        """Take in what is open; a second item of one id is ignored.

        Nothing is known of acquirers or names when absent.
        """
        settings, memory = settings or Settings(), memory or Memory()
        contracts = learned_contracts(contracts or Contracts(), memory.fees)
        self.book = ItemBook()
        self._index = ReferenceIndex()
        self._parties = PartyBook()
        self._cards = CardBook(contracts, self.book, memory.rents)
        self._history = History(settings)
        self._weigher = PartyWeigher(self._parties, memory, memory.aliases())
        self._singles = SingleFinder(self.book, self._weigher, contracts, settings)
        self._bundles = BundleFinder(self.book, settings)
        self._choose = Chooser(settings.auto_score + memory.raised, settings.auto_margin)
        self._done: dict[LineId, tuple[BankLine, Explanation]] = {}
        self.add_items(items)

    def add_items(self, items: Iterable[OpenItem]) -> None:
        """Take in more open items."""
        for item in items:
            entry = self.book.add(item)
            if entry is None:
                continue
            if entry.card is not None:
                self._cards.add(entry)
            else:
                self._index.add(entry)
                self._parties.add(entry)

    def explain(self, lines: Sequence[BankLine]) -> list[Explanation]:
        """Explain lines and put them on the items they settle; the answers in the order of the lines.

        A line that was explained before gets its first answer again, and nothing is applied a second time.
        """
        order = sorted(range(len(lines)), key=lambda at: (lines[at].booked, at))
        waiting: deque[Clues] = deque()
        for at in order:
            line = lines[at]
            if line.id in self._done:
                continue
            clues = read_clues(line, self._index, self._parties)
            proven = self._proven(clues)
            if proven is None:
                waiting.append(clues)
            else:
                self._settle(line, proven)
        unsure: list[Clues] = []
        # What was read of a line is let go with it: there are many.
        while waiting:
            clues = waiting.popleft()
            explanation = self._weighed(clues)
            if explanation.certain or _final(explanation, clues):
                self._settle(clues.line, explanation)
            else:
                unsure.append(clues)
        for clues in unsure:
            self._settle(clues.line, self._weighed(clues))
        return [self._done[line.id][1] for line in lines]

    def forget(self, lines: Iterable[LineId]) -> None:
        """Forget how lines were explained, for memory: they cannot be undone, asked for or given again any more.

        What they have settled stays settled, and can come back.
        """
        for line in lines:
            self._done.pop(line, None)

    def recall(self, line: BankLine, explanation: Explanation) -> None:
        """Take in a line that was explained before, as it was decided; nothing when the line is known."""
        if line.id not in self._done:
            self._settle(line, explanation)

    def undo(self, line: LineId) -> None:
        """Take one line back: the state is as if it had never been explained.

        Raises:
            KeyError: the line was not explained.
            ValueError: a later line took back what this one had settled; undo that one first.
        """
        bank_line, explanation = self._done[line]
        self.book.take_back(explanation.applied)
        del self._done[line]
        self._history.remove(bank_line, explanation)
        self._observe(bank_line, explanation, -1)

    def explanation(self, line: LineId) -> Explanation:
        """Return the answer given for a line.

        Raises:
            KeyError: the line was not explained.
        """
        return self._done[line][1]

    def why_not(self, line: BankLine, item: OpenItem) -> tuple[Reason, ...]:
        """Return all that speaks for and against this item for this line, as it stands now."""
        clues = read_clues(line, self._index, self._parties)
        entry = self.book.items.get(item.id) or Entry.of(item)
        paid = [one.line.id for one in self._history.paid_by(item.id)]
        if not entry.left:
            return tuple(Reason(ReasonCode.PAID_BEFORE, -10.0, (("line", one),)) for one in paid)
        return self._singles.evidence(clues, entry)

    def snapshot(self) -> tuple[object, ...]:
        """Return the whole changeable state in comparable form."""
        return (
            self.book.snapshot(),
            self._parties.snapshot(),
            self._history.snapshot(),
            dict(self._cards.rents),
            sorted(self._done),
        )

    def _settle(self, line: BankLine, explanation: Explanation) -> None:
        self.book.apply(explanation.applied)
        self._done[line.id] = (line, explanation)
        self._history.add(line, explanation)
        self._observe(line, explanation, 1)

    def _observe(self, line: BankLine, explanation: Explanation, count: int) -> None:
        """Keep in mind what a payment tells about its payer: only where a number proved the item."""
        if explanation.adjustments:
            self._cards.observe(explanation.adjustments, count)
        if not (explanation.certain and line.iban and explanation.applied) or explanation.kind is Kind.RETURN:
            return
        if any(reason.weight >= 9.0 and reason.code in _PROOF for reason in explanation.reasons):
            self._parties.observe(line.iban, self.book.items[explanation.applied[0].item].party, count)

    # -- first round -------------------------------------------------------------------------------------------------

    def _proven(self, clues: Clues) -> Explanation | None:
        if not clues.hits or clues.returned:
            return None
        again = self._paid_again(clues)
        if again is not None:
            return again
        items = [self._meant(hits, clues) for hits in _by_place(clues.hits)]
        named = [item for item in items if item is not None]
        if len(named) != len(items) or len(set(named)) != len(named):
            return None
        line = clues.line
        if any(item.currency != line.currency for item in named):
            return None
        if sum([item.left for item in named]) != line.amount:
            return None
        single = len(named) == 1
        option = self._singles.weigh(clues, named[0], {}) if single else self._bundles.named(clues, named)
        return None if option is None else self._choose.proven(line, option)

    def _meant(self, hits: list[Hit], clues: Clues) -> Entry | None:
        """Return the one open item that a number names; None when it may be several or only looks like a number."""
        items = [hit.item for hit in hits if hit.item.left]
        if len(items) == 1 and not hits[0].loose:
            return items[0]
        sure = [item for item in items if weight_of(self._weigher.evidence(clues, item.party)) >= PROVEN_PLAIN_LEAST]
        return sure[0] if len(sure) == 1 else None

    def _paid_again(self, clues: Clues) -> Explanation | None:
        if any(hit.item.left for hit in clues.hits):
            return None
        first = self._history.twice(clues)
        if first is None:
            return None
        return left_open(clues.line, Kind.DUPLICATE, ReasonCode.PAID_BEFORE, duplicate_of=first.line.id)

    # -- second and third round --------------------------------------------------------------------------------------

    def _weighed(self, clues: Clues) -> Explanation:
        line = clues.line
        acquirer = self._cards.acquirer_of(line)
        if acquirer is not None and not clues.returned:
            payouts = self._cards.explain(clues, acquirer)
            if payouts:
                return self._choose.best(clues, payouts)
        if clues.returned or (line.amount < 0 and self._history.repeats_backwards(clues)):
            return self._returned(clues)
        if not any(hit.item.left for hit in clues.hits):
            first = self._history.twice(clues)
            if first is not None:
                return left_open(line, Kind.DUPLICATE, ReasonCode.PAID_BEFORE, duplicate_of=first.line.id)
        parties = self._weigher.likely(clues, self._singles.owing)
        options = self._singles.options(clues, parties)
        if not options or options[0].score < _SURE_SINGLE or options[0].kind not in _WHOLE:
            options += self._bundled(clues, parties)
        return self._choose.best(clues, options)

    def _returned(self, clues: Clues) -> Explanation:
        found = self._history.returned(clues)
        if not found:
            return left_open(clues.line, Kind.UNEXPLAINED, ReasonCode.NOTHING_FITS)
        return self._choose.best(clues, [option for option, _ in found], reverses=found[0][1])

    def _bundled(self, clues: Clues, parties: dict[PartyId, tuple[Reason, ...]]) -> list[Alternative]:
        """Explain by several items: those named, else sums of what a likely party owes."""
        named = [hit.item for hit in clues.hits if hit.item.left]
        named = list(dict.fromkeys([item for item in named if item.currency == clues.line.currency]))
        options: list[Alternative] = []
        if len(named) > 1 and (option := self._bundles.named(clues, named)):
            options.append(option)
        if named and (option := self._netted(clues, named)):
            options.append(option)
        near = dict(parties)
        for item in named:
            if item.party is not None and item.party not in near:
                near[item.party] = self._weigher.evidence(clues, item.party)
        for party, evidence in near.items():
            if weight_unrejected(evidence) >= _BUNDLE_PARTY_LEAST or any(item.party == party for item in named):
                options += self._bundles.of_party(clues, party, evidence, named)
        return options

    def _netted(self, clues: Clues, named: list[Entry]) -> Alternative | None:
        """Explain by the named items less those of the other direction that the text names too, of the same party."""
        party = named[0].party
        other = [item for item in clues.against if item.left and item.party == party]
        if not other or any(item.party != party for item in named):
            return None
        if any(item.currency != clues.line.currency for item in other):
            return None
        option = self._bundles.named(clues, [*named, *other])
        if option is None:
            return None
        return Alternative.of(
            option.kind,
            option.applied,
            option.adjustments,
            (*self._weigher.evidence(clues, named[0].party), *option.reasons),
        )


_SURE_SINGLE = 11.0
_BUNDLE_PARTY_LEAST = 3.0
_PROOF = frozenset({ReasonCode.DOCUMENT, ReasonCode.STRUCTURED, ReasonCode.END_TO_END})
_WHOLE = frozenset({Kind.EXACT, Kind.REST})


def _by_place(hits: list[Hit]) -> list[list[Hit]]:
    """Group the hits that read the same words."""
    places: dict[tuple[int, int], list[Hit]] = {}
    for hit in hits:
        key = (hit.first, hit.last) if hit.first >= 0 else (-1, -1 - len(places) * (hit.code is ReasonCode.END_TO_END))
        places.setdefault(key, []).append(hit)
    return list(places.values())


def _final(explanation: Explanation, clues: Clues) -> bool:
    """Whether another look, with fewer items open, could find nothing new."""
    return not explanation.applied and not explanation.alternatives and not clues.returned and not clues.hits
