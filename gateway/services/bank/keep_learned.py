"""Habits of parties and fees of acquirers that were learned: shown, tried on history, used by consent, or forgotten."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.acquirer_contract import AcquirerContract, contract_on
from gateway.domain.bank.bank_statement import LineState, StatementLine
from gateway.domain.bank.line_match import LineMatch
from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import derived_id
from gateway.domain.money import Money
from gateway.ports.clock import Clock
from gateway.ports.statement_store import LINES_PAGE_MAX, LineWish
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.reconciliation.explanations import Explanation
from gateway.reconciliation.fee_terms import fee_terms
from gateway.reconciliation.memory import HABITS, Memory
from gateway.reconciliation.preview import Decided, compare
from gateway.reconciliation.records import CardFee, ItemId, LineId
from gateway.services.bank.engine_records import contracts_of, engine_item, engine_line, memory_of
from gateway.services.bank.learned_consents import (
    CARD_FEE,
    Consent,
    LearnedKey,
    acting,
    consents_of,
    in_use,
    learned_document,
)
from gateway.services.bank.line_states import ENGINE, Place, place_of
from gateway.services.bank.lines_engine import HISTORY_DAYS, ITEMS_MAX, engine_in

TRIED_MAX = 2_000
"""Explained lines of an account that a preview tries, the newest: it explains each of them twice."""
SHOWN = 20


class Outcome(StrEnum):
    """What would become of a line. In the order in which they are shown."""

    WRONG = "wrong"
    NO_LONGER = "no_longer"
    WAITING = "waiting"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Learned:
    """A habit of a party, or the fee of an acquirer.

    Attributes:
        key: party and kind of difference, or acquirer and ``card_fee``.
        name: what people call the party or the acquirer.
        terms, fixed: of a fee; ``fixed`` is what a sale costs beside the share.
        times: lines by which people have confirmed it, of the last 200 days; of a fee, the payouts it follows from.
        consent: None while it is not used.
    """

    id: uuid.UUID
    key: LearnedKey
    name: str
    terms: CardFee | None
    fixed: Money | None
    times: int
    last_on: date
    consent: Consent | None


@dataclass(frozen=True, slots=True)
class TriedLine:
    """A line that would be explained otherwise."""

    line: StatementLine
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class LearnedPreview:
    """What its use changes.

    Attributes:
        right, wrong: explained lines that would be posted without a person now, as people did or otherwise.
        no_longer: explained lines that would wait for a person again.
        waiting: open lines that would be explained otherwise.
        lines: some of all of them.
    """

    right: int
    wrong: int
    no_longer: int
    waiting: int
    lines: tuple[TriedLine, ...]


class KeepLearned:
    """What was learned in one shop."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        """``storage``: where it is kept."""
        self._storage = storage
        self._clock = clock

    def list(self, caller: Caller) -> tuple[Learned, ...]:
        """Return what is used or may be, the latest first; what was seen too rarely or too long ago is left out."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            return _known(unit, place_of(caller), self._clock.now())

    def preview(self, caller: Caller, learned_id: uuid.UUID) -> LearnedPreview:
        """Show on history and on open lines what its use changes.

        Raises:
            NotFound: ``unknown_learned``.
        """
        caller.require(Permission.STATEMENTS_READ)
        place, at = place_of(caller), self._clock.now()
        with self._storage.read() as unit:
            return _tried(unit, place, _found(unit, place, learned_id, at), at)

    def adopt(self, caller: Caller, learned_id: uuid.UUID) -> Learned:
        """Use it from the next run on; what is used already stays so.

        Raises:
            NotFound: ``unknown_learned``, also where a fee has other terms by now.
            RuleError: ``learned_would_err`` when it would have posted a line otherwise than people did.
        """
        caller.require(Permission.STATEMENTS_WORK)
        place, at = place_of(caller), self._clock.now()
        # Tried outside of the unit that writes: it takes seconds where many lines are known.
        if self.preview(caller, learned_id).wrong:
            hint = "It can be used when the lines that speak against it are old."
            raise RuleError("learned_would_err", "This would have posted lines wrongly.", hint)

        def work(unit: UnitOfWork) -> Learned:
            document = unit.reconciliation.memory(*place, lock=True)
            one = _found(unit, place, learned_id, at)
            if one.consent is not None:
                return one
            consent = Consent(caller.name, at, one.terms)
            consents = {**consents_of(document), one.key: consent}
            unit.reconciliation.set_memory(*place, learned_document(memory_of(document), consents), at)
            return replace(one, consent=consent)

        return self._storage.write_retrying(work)

    def drop(self, caller: Caller, learned_id: uuid.UUID) -> Learned:
        """Forget it; what it explained stays, and it may be learned anew.

        Raises:
            NotFound: ``unknown_learned``.
        """
        caller.require(Permission.STATEMENTS_WORK)
        place, at = place_of(caller), self._clock.now()

        def work(unit: UnitOfWork) -> Learned:
            document = unit.reconciliation.memory(*place, lock=True)
            one = _found(unit, place, learned_id, at)
            left = _without(memory_of(document), one.key)
            unit.reconciliation.set_memory(*place, learned_document(left, consents_of(document)), at)
            return replace(one, consent=None)

        return self._storage.write_retrying(work)


def _found(unit: UnitOfWork, place: Place, learned_id: uuid.UUID, at: datetime) -> Learned:
    for one in _known(unit, place, at):
        if one.id == learned_id:
            return one
    raise NotFound("unknown_learned", "This is not known any more.", "Look at what was learned.")


def _known(unit: UnitOfWork, place: Place, at: datetime) -> tuple[Learned, ...]:
    document = unit.reconciliation.memory(*place)
    memory, consents = memory_of(document), consents_of(document)
    if not memory.habits and not memory.fees:
        return ()
    found = [*_habits(unit, place, memory, at), *_fees(unit.settlement.contracts(*place), memory, at)]
    used = in_use(memory, consents)
    asked = [replace(one, consent=used.get(one.key)) for one in found]
    counting = [one for one in asked if one.consent or one.terms or _counts(memory, one, at.date())]
    return tuple(sorted(counting, key=lambda one: (one.last_on, one.key), reverse=True))


def _counts(memory: Memory, one: Learned, today: date) -> bool:
    return any(
        memory.habit_weight(party, kind, today) > 0 for party, kind in memory.habits if (party, kind.value) == one.key
    )


def _habits(unit: UnitOfWork, place: Place, memory: Memory, at: datetime) -> list[Learned]:
    if not memory.habits:
        return []
    history = [one for account in _accounts(unit, place) for one in _decided(unit, place, account, at)]
    seen = [match for _, match in history if match.kind in HABITS and match.decided_by != ENGINE]
    items = unit.open_items.load(*place, sorted({part.item_id for one in seen for part in one.allocations}, key=str))
    times: Counter[LearnedKey] = Counter()
    names: dict[str, str] = {}
    for match in seen:
        paid = [items[part.item_id] for part in match.allocations if part.item_id in items]
        names |= {item.party: item.party_name for item in paid if item.party_name}
        times.update({(item.party, match.kind) for item in paid})
    return [
        Learned(
            id=derived_id(uuid.NAMESPACE_OID, f"habit {kind.value} {party}"),
            key=(party, kind.value),
            name=names.get(party, party),
            terms=None,
            fixed=None,
            times=times[party, kind.value],
            last_on=last,
            consent=None,
        )
        for (party, kind), (_, last) in memory.habits.items()
    ]


def _fees(contracts: Sequence[AcquirerContract], memory: Memory, at: datetime) -> list[Learned]:
    """Return fees of acquirers whose contract tells none: what a contract tells is never overruled."""
    found = []
    for acquirer, paid in memory.fees.items():
        contract, terms = contract_on(contracts, acquirer, at.date()), fee_terms(paid)
        if contract is None or contract.terms.fees or terms is None:
            continue
        found.append(
            Learned(
                id=derived_id(uuid.NAMESPACE_OID, f"fee {terms.bp} {terms.fixed} {acquirer}"),
                key=(acquirer, CARD_FEE),
                name=contract.terms.name or acquirer,
                terms=terms,
                fixed=Money(terms.fixed, contract.terms.currency),
                times=len(paid),
                last_on=max(one.on for one in paid),
                consent=None,
            )
        )
    return found


def _without(memory: Memory, key: LearnedKey) -> Memory:
    habits = {one: seen for one, seen in memory.habits.items() if (one[0], one[1].value) != key}
    fees = {name: paid for name, paid in memory.fees.items() if (name, CARD_FEE) != key}
    return replace(memory, habits=MappingProxyType(habits), fees=MappingProxyType(fees))


def _tried(unit: UnitOfWork, place: Place, one: Learned, at: datetime) -> LearnedPreview:
    document = unit.reconciliation.memory(*place)
    memory, consents = memory_of(document), consents_of(document)
    without = acting(memory, {key: consent for key, consent in consents.items() if key != one.key})
    used = acting(memory, {**consents, one.key: Consent("", at, one.terms)})
    found: list[TriedLine] = []
    for account in _accounts(unit, place):
        found += _tried_on_history(unit, place, account, (without, used), at)
        found += _tried_on_open(unit, place, account, (without, used), at)
    count = Counter(tried.outcome for tried in found)
    order = {outcome: number for number, outcome in enumerate(Outcome)}
    shown = sorted(found, key=lambda tried: (order[tried.outcome], -tried.line.facts.booked_on.toordinal()))[:SHOWN]
    return LearnedPreview(
        right=count[Outcome.RIGHT],
        wrong=count[Outcome.WRONG],
        no_longer=count[Outcome.NO_LONGER],
        waiting=count[Outcome.WAITING],
        lines=tuple(shown),
    )


def _tried_on_history(
    unit: UnitOfWork, place: Place, account: str, memories: tuple[Memory, Memory], at: datetime
) -> list[TriedLine]:
    """Explain what was decided once more, without and with it, from the items as they were before."""
    decided = _decided(unit, place, account, at)
    if not decided:
        return []
    touched = {part.item_id for _, match in decided for part in match.allocations}
    items = {item.id: item for item in unit.open_items.open_items(*place, ITEMS_MAX)}
    items |= unit.open_items.load(*place, sorted(touched - set(items), key=str))
    history = Decided(
        items=[engine_item(item) for item in items.values()],
        lines=[engine_line(line) for line, _ in decided],
        settled={
            LineId(str(line.id)): frozenset(ItemId(str(part.item_id)) for part in match.allocations)
            for line, match in decided
        },
        contracts=contracts_of(unit.settlement.contracts(*place), at.date()),
    )
    told = compare(*memories, history)
    outcomes = dict.fromkeys(told.right, Outcome.RIGHT)
    outcomes |= dict.fromkeys(told.wrong, Outcome.WRONG) | dict.fromkeys(told.no_longer, Outcome.NO_LONGER)
    return [TriedLine(line, outcomes[line_id]) for line, _ in decided if (line_id := LineId(str(line.id))) in outcomes]


def _tried_on_open(
    unit: UnitOfWork, place: Place, account: str, memories: tuple[Memory, Memory], at: datetime
) -> list[TriedLine]:
    """Explain the newest open lines without and with it, as the next run would."""
    wish = LineWish(account=account, states=(LineState.OPEN, LineState.SUGGESTED), limit=LINES_PAGE_MAX)
    lines = tuple(reversed(unit.bank_statements.lines(*place, wish)))
    if not lines:
        return []
    asked = [engine_line(line) for line in lines]
    before, after = (engine_in(unit, place, account, at, memory=one)[0].explain(asked) for one in memories)
    return [
        TriedLine(line, Outcome.WAITING)
        for line, old, new in zip(lines, before, after, strict=True)
        if _said(old) != _said(new)
    ]


def _said(one: Explanation) -> tuple[bool, frozenset[ItemId]]:
    return one.certain, frozenset(part.item for part in one.applied)


def _accounts(unit: UnitOfWork, place: Place) -> list[str]:
    return sorted({name for name, _ in unit.bank_statements.accounts(*place)})


def _decided(unit: UnitOfWork, place: Place, account: str, at: datetime) -> tuple[tuple[StatementLine, LineMatch], ...]:
    since = (at - timedelta(days=HISTORY_DAYS)).date()
    return unit.line_matches.accepted(*place, account=account, since=since, limit=TRIED_MAX)
