"""Payouts of acquirers: the sales of one terminal in a row, less refunds, the contract's fees, and perhaps the rent.

A payout covers the sales of a terminal from the first unpaid one to a cut-off; later sales roll into the next
payout. So a
payout is a run of sales in the order of time whose sum less fees is the line, to the cent.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec
from rapidfuzz import fuzz

from gateway.reconciliation.clues import Clues
from gateway.reconciliation.differences import rounded_share
from gateway.reconciliation.entries import Entry
from gateway.reconciliation.explanations import Adjustment, Alternative, Applied, Kind, Reason, ReasonCode
from gateway.reconciliation.item_book import ItemBook
from gateway.reconciliation.records import AcquirerContract, BankLine, CardFee, Contracts

DAYS_BACK_MAX = 14
"""A sale that was not paid out after two weeks is a task for a person, not part of today's payout."""
UNNAMED_DAYS_BACK_MAX = 5
"""A payout that names no terminal is sought among the sales of these days; they bound the work."""
RENT_MAX = 6000
RENT_SEEN_LEAST = 2
NAME_ALIKE_MIN = 84.0
SALES_MAX = 600
TERMINALS_TOGETHER_MAX = 4
TERMINALS_TRIED_MAX = 12
RUNS_TOGETHER_MAX = 12
"""Bound the sums that are tried for a payout of several terminals."""
NO_FEE = CardFee(0, 0)


@dataclass(frozen=True, slots=True)
class Run:
    """Sales of one terminal in a row. ``whole``: it ends where a day ends or a cut-off was seen before."""

    among: list[Entry]
    start: int
    end: int
    gross: int
    fee: int
    whole: bool

    @property
    def count(self) -> int:
        """How many sales it holds."""
        return self.end - self.start

    @property
    def sales(self) -> list[Entry]:
        """The sales themselves; cut out only when they are wanted, for most runs are looked at once."""
        return self.among[self.start : self.end]


class CardBook:
    """The unpaid card sales by acquirer and terminal."""

    def __init__(self, contracts: Contracts, book: ItemBook, rents: frozenset[int]) -> None:
        self._book = book
        self._contracts = {one.acquirer: one for one in contracts.acquirers}
        self._sales: dict[tuple[str, str], dict[dt.date, list[Entry]]] = {}
        self._fees: dict[Entry, int] = {}
        self._by_number: dict[str, set[tuple[str, str]]] = {}
        self._by_day: dict[tuple[str, dt.date], set[tuple[str, str]]] = {}
        self._unsorted: set[tuple[tuple[str, str], dt.date]] = set()
        self._left: dict[tuple[tuple[str, str], dt.date], list[Entry]] = {}
        self._taken_back = 0
        self._names: dict[str, str | None] = {}
        self._known_rents = rents
        self.rents: Counter[int] = Counter()

    def add(self, item: Entry) -> None:
        """Take a card sale or refund in."""
        card = item.card
        if card is None or item.party_name is None:
            return
        key = (item.party_name, card.terminal)
        if key not in self._sales:
            self._sales[key] = {}
            for number in (card.terminal, card.merchant):
                if number:
                    self._by_number.setdefault(number.upper(), set()).add(key)
        self._sales[key].setdefault(item.issued, []).append(item)
        self._by_day.setdefault((item.party_name, item.issued), set()).add(key)
        self._unsorted.add((key, item.issued))

    def acquirer_of(self, line: BankLine) -> str | None:
        """Return the acquirer whose payout this line may be, by the name on the line."""
        if not line.name:
            return None
        if line.name not in self._names:
            self._names[line.name] = self._named(line.name.upper())
        return self._names[line.name]

    def _named(self, name: str) -> str | None:
        best, which = NAME_ALIKE_MIN, None
        for contract in self._contracts.values():
            alike = fuzz.ratio(name, contract.bank_name.upper()[: max(len(name), 8)])
            if alike > best:
                best, which = alike, contract.acquirer
        return which

    def explain(self, clues: Clues, acquirer: str) -> list[Alternative]:
        """Return what the payout may consist of, likeliest first."""
        named = self._named_terminals(clues, acquirer)
        keys = sorted(named or self._lately(acquirer, clues.line.booked))
        contract = self._contracts[acquirer]
        told = _numbers_told(clues.words)
        options: list[Alternative] = []
        by_terminal = [(key, sales) for key in keys if (sales := self._unpaid(key, clues.line))]
        for key, sales in by_terminal:
            earlier = self._paid_amounts(key) if named else frozenset()
            options += self._of_terminal(clues, contract, sales, told, earlier, terminal_named=bool(named))
        if 1 < len(named) <= TERMINALS_TOGETHER_MAX:
            options += self._together(clues.line.amount, contract, [sales for _, sales in by_terminal], 7.0)
        if len(by_terminal) == 1 and named and not options:
            for key in sorted(self._lately(acquirer, clues.line.booked) - named)[:TERMINALS_TRIED_MAX]:
                pair = [by_terminal[0][1], self._unpaid(key, clues.line)]
                options += self._together(clues.line.amount, contract, pair, 2.0)
        return sorted(options, key=lambda option: -option.score)[:6]

    def _lately(self, acquirer: str, booked: dt.date) -> set[tuple[str, str]]:
        """Return the terminals that sold in the days before."""
        days = (booked - dt.timedelta(days=back) for back in range(UNNAMED_DAYS_BACK_MAX + 1))
        return set().union(*(self._by_day.get((acquirer, day), ()) for day in days))

    def observe(self, adjustments: Sequence[Adjustment], count: int) -> None:
        """Remember (or forget) the rent that a payout was found to be short of."""
        for one in adjustments:
            if one.name == "terminal_rent":
                self.rents[-one.amount] += count
                if not self.rents[-one.amount]:
                    del self.rents[-one.amount]

    def _named_terminals(self, clues: Clues, acquirer: str) -> set[tuple[str, str]]:
        words = clues.words
        numbers = [*words, *(one + two for one, two in pairwise(words))]
        found = [self._by_number[number] for number in numbers if number in self._by_number]
        mine = [{key for key in keys if key[0] == acquirer} for keys in found]
        both = set.intersection(*mine) if mine else set()
        return both or set().union(*mine)

    def _unpaid(self, key: tuple[str, str], line: BankLine) -> list[Entry]:
        """Return the sales of the last two weeks that were not paid out, in the order of time."""
        days = self._sales[key]
        if self._taken_back != self._book.cards_taken_back:
            self._taken_back = self._book.cards_taken_back
            self._left.clear()
        found: list[Entry] = []
        for back in range(DAYS_BACK_MAX, -1, -1):
            day = line.booked - dt.timedelta(days=back)
            sales = days.get(day)
            if sales is None:
                continue
            if (key, day) in self._unsorted:
                sales.sort(key=lambda item: (item.card.sold_at if item.card else "", item.id))
                self._unsorted.discard((key, day))
                self._left.pop((key, day), None)
            left = self._left.get((key, day), sales)
            if left:
                # What is paid is asked once: the days before are looked at again for each payout.
                left = self._left[key, day] = [item for item in left if item.left]
                found += left
        return [item for item in found if item.currency == line.currency][-SALES_MAX:]

    def _of_terminal(
        self,
        clues: Clues,
        contract: AcquirerContract,
        sales: list[Entry],
        told: frozenset[int],
        earlier: frozenset[int],
        *,
        terminal_named: bool,
    ) -> Iterator[Alternative]:
        amount = clues.line.amount
        for run in _runs(sales, self._fees_of(sales, contract), _Sought(amount, told, whole_ones=terminal_named)):
            missing = run.gross - run.fee - amount
            if missing == 0 or run.gross == amount:
                fee = run.fee if missing == 0 else 0
                yield self._option(run, fee, 0, told, terminal_named=terminal_named)
            elif 0 < missing <= RENT_MAX and (run.whole or run.gross in told or missing in self._known_rents):
                yield self._option(run, run.fee, missing, told, terminal_named=terminal_named)
            elif run.gross in told and abs(missing) * 50 < run.gross:
                yield self._option(run, run.gross - amount, 0, told, terminal_named=terminal_named)
            elif (
                run.whole
                and (terminal_named or missing in told)
                and (reason := _unlike_contract(run, missing, told, earlier))
            ):
                yield self._proposed(run, run.gross - amount, reason, told, terminal_named=terminal_named)

    def _paid_amounts(self, key: tuple[str, str]) -> frozenset[int]:
        """Return the amounts of sales that were paid out: one of them may be taken back within a later payout."""
        return frozenset(item.amount for sales in self._sales[key].values() for item in sales if not item.left)

    @staticmethod
    def _proposed(run: Run, kept: int, reason: Reason, told: frozenset[int], *, terminal_named: bool) -> Alternative:
        """Return a run that is short of more than the contract tells: for a person to decide, never certain."""
        reasons = [reason, Reason(ReasonCode.TERMINAL, 5.0 if terminal_named else 0.0)]
        if run.fee in told:
            reasons.append(Reason(ReasonCode.FEE, 4.0, (("fee", run.fee),)))
        if run.count in told:
            reasons.append(Reason(ReasonCode.COUNT, 1.5, (("sales", run.count),)))
        applied = tuple(Applied(item.id, item.amount) for item in run.sales)
        return Alternative.of(Kind.CARD_BATCH, applied, (Adjustment("fee", -kept),) if kept else (), tuple(reasons))

    def _fees_of(self, sales: list[Entry], contract: AcquirerContract) -> list[int]:
        """Return the fee of each sale; it is worked out once."""
        known = self._fees
        for item in sales:
            if item not in known:
                known[item] = _fee_of(item, contract)
        return [known[item] for item in sales]

    def _together(
        self, amount: int, contract: AcquirerContract, terminals: list[list[Entry]], weight: float
    ) -> Iterator[Alternative]:
        """Yield payouts of all these terminals in one line: a whole run of each, less the contract's fees."""
        sums: dict[int, tuple[Run, ...]] = {0: ()}
        for sales in terminals:
            runs = [run for run in _runs(sales, self._fees_of(sales, contract)) if run.whole][:RUNS_TOGETHER_MAX]
            sums = {total + run.gross - run.fee: (*others, run) for total, others in sums.items() for run in runs}
        found = sums.get(amount, ())
        if len(found) > 1:
            fee = sum(run.fee for run in found)
            figures = (("sales", sum(run.count for run in found)), ("fee", fee), ("terminals", len(found)))
            applied = tuple(Applied(item.id, item.amount) for run in found for item in run.sales)
            reasons = (Reason(ReasonCode.CARD_SALES, weight, figures), Reason(ReasonCode.TERMINAL, 5.0))
            yield Alternative.of(Kind.CARD_BATCH, applied, (Adjustment("fee", -fee),) if fee else (), reasons)

    def _option(self, run: Run, fee: int, rent: int, told: frozenset[int], *, terminal_named: bool) -> Alternative:
        reasons = []
        count = ("sales", run.count)
        figures = (count, ("gross", run.gross), ("fee", fee), ("contract_fee", run.fee))
        deviates = fee not in (run.fee, 0)
        weight = -2.0 if deviates else 8.0 if run.whole else 5.5 if fee or not run.fee or not terminal_named else 4.5
        reasons.append(Reason(ReasonCode.CARD_SALES, weight, figures))
        reasons.append(Reason(ReasonCode.TERMINAL, 5.0 if terminal_named else 0.0))
        if run.gross in told:
            reasons.append(Reason(ReasonCode.SUM, 6.0, (("gross", run.gross),)))
        if fee and fee in told:
            reasons.append(Reason(ReasonCode.FEE, 4.0, (("fee", fee),)))
        if run.count in told:
            reasons.append(Reason(ReasonCode.COUNT, 1.5, (count,)))
        adjustments = [Adjustment("fee", -fee)] if fee else []
        if rent:
            known = rent in self._known_rents or self.rents[rent] >= RENT_SEEN_LEAST
            reasons.append(
                Reason(ReasonCode.CARD_RENT, -2.0 if known else -6.9 if rent % 10 == 0 else -7.5, (("rent", rent),))
            )
            adjustments.append(Adjustment("terminal_rent", -rent))
        applied = tuple(Applied(item.id, item.amount) for item in run.sales)
        return Alternative.of(Kind.CARD_BATCH, applied, tuple(adjustments), tuple(reasons))


class _Sought(msgspec.Struct, frozen=True, gc=False):
    """What a payout may have been. ``told``: numbers of its text; ``whole_ones``: every whole run is worth a look."""

    amount: int
    told: frozenset[int]
    whole_ones: bool

    def may_be(self, gross: int, fee: int, *, whole: bool) -> bool:
        """Whether a run is worth a look; most are ruled out by these figures, before anything is made of them."""
        missing = gross - fee - self.amount
        if 0 <= missing <= RENT_MAX or gross == self.amount or gross in self.told:
            return True
        return whole and (self.whole_ones or missing in self.told)


def _runs(sales: list[Entry], fees: list[int], sought: _Sought | None = None) -> Iterator[Run]:
    """Yield the runs that begin with the first unpaid sale, a day or a cut-off, and end anywhere after it.

    ``fees``: what the contract takes of each sale, minor units; ``sought``: only what may be this payout.
    """
    amounts = [item.amount for item in sales]
    whole = [_ends_whole(sales, end) for end in range(len(sales))]
    for start in range(len(sales)):
        if start and not whole[start - 1]:
            continue
        gross = fee = 0
        for end in range(start, len(sales)):
            gross += amounts[end]
            fee += fees[end]
            if sought is None or sought.may_be(gross, fee, whole=whole[end]):
                yield Run(sales, start, end + 1, gross, fee, whole[end])


def _unlike_contract(run: Run, missing: int, told: frozenset[int], earlier: frozenset[int]) -> Reason | None:
    """Weigh a whole run that is short of more, or less, than its contract says; None when nothing explains it.

    Told in the text; about the fee (interchange moves it); a round share of the sum (a reserve, a fee for speed); a
    sale that was paid out before (taken back).
    """
    figures = (("sales", run.count), ("gross", run.gross), ("contract_fee", run.fee), ("missing", missing))
    if missing > 0 and missing in told:
        weight = 4.0
    elif abs(missing) * 200 <= run.gross and (run.start == 0 or run.count in told):
        weight = 1.0 if abs(missing) <= run.count else 0.9 - 60 * abs(missing) / run.gross
    elif missing > 0 and missing * 5 <= run.gross and _round_share(run.gross, missing):
        weight = 1.5
    elif missing in earlier:
        weight = 1.0
    else:
        return None
    return Reason(ReasonCode.CARD_SALES, weight, figures)


def _round_share(gross: int, part: int) -> bool:
    """Whether the part is a whole multiple of half a percent of the sum."""
    bp = 50 * round(part * 200 / gross)
    return bp > 0 and abs(gross * bp - part * 10_000) <= 10_000


def _ends_whole(sales: list[Entry], end: int) -> bool:
    """Whether a payout naturally ends here: the day is over, or it goes on in another hour."""
    if end + 1 == len(sales) or sales[end + 1].issued != sales[end].issued:
        return True
    here, after = sales[end].card, sales[end + 1].card
    return (
        here is not None
        and after is not None
        and here.sold_at[11:13] < after.sold_at[11:13]
        and after.sold_at[11:13] >= "20"
    )


def _fee_of(item: Entry, contract: AcquirerContract) -> int:
    if item.card is None or item.card.refund:
        return 0
    fee = contract.fees.get(item.card.brand, NO_FEE)
    return rounded_share(abs(item.amount), fee.bp, 10_000) + fee.fixed


def _numbers_told(words: list[str]) -> frozenset[int]:
    """Return the numbers of the text, amounts with two decimals as minor units."""
    told = [int(word) for word in words if word.isdigit() and len(word) <= 9]
    told += [
        int(one + two)
        for one, two in pairwise(words)
        if one.isdigit() and two.isdigit() and len(two) == 2 and len(one) <= 9
    ]
    told += [
        int(one + two + three)
        for one, two, three in zip(words, words[1:], words[2:], strict=False)
        # A bank's line break parts the decimals, or the units.
        if (one + two + three).isdigit() and len(one + two) <= 9 and (len(two + three) == 2 or len(three) == 2)
    ]
    return frozenset(told)
