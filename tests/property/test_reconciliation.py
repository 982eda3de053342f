"""Whatever lines come in whatever order: no item is consumed twice, and taking lines back restores the exact state."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.reconciliation.bundles import sums_to
from gateway.reconciliation.explanations import Explanation, Kind
from gateway.reconciliation.memory import Confirmation, Memory, PaidSo, Rejection, Said, learn
from gateway.reconciliation.preview import Decided, adopt
from gateway.reconciliation.reconciler import Reconciler
from gateway.reconciliation.records import BankLine, ItemId, LineId, OpenItem, PartyId, Side

FIRST = dt.date(2026, 3, 2)
NAMES = ("Harbour Bakery Ltd", "Harbor Bakery GmbH", "Quarry Stone AG")
AMOUNTS = (5000, 5000, 12345, 20000, 25000, -3000)
TEXTS = ("{0}", "{0} {1}", "", "{0} ua", "{0} part", "deposit order 990011", "return {0}")


@st.composite
def books(draw: st.DrawFn) -> tuple[list[OpenItem], list[BankLine]]:
    """Return items of few parties with few amounts, and lines that fit some of them: many collisions."""
    items = []
    for at in range(draw(st.integers(1, 9))):
        party = draw(st.integers(0, 2))
        amount = draw(st.sampled_from(AMOUNTS))
        items.append(
            OpenItem(
                id=ItemId(f"I{at}"), side=Side.RECEIVABLE, credit_note=amount < 0,
                party=PartyId(f"P{party}"),
                party_name=NAMES[party], iban=None,
                document=f"DOC-2026-4711{at:02d}", order=None, customer=None, reference=None,
                end_to_end=None, currency="EUR",
                amount=amount, issued=FIRST + dt.timedelta(days=draw(st.integers(0, 20))), due=None,
                discount_bp=draw(st.sampled_from((0, 200))), discount_until=None,
            )
        )  # fmt: skip
    lines = []
    for at in range(draw(st.integers(1, 12))):
        one, two = draw(st.sampled_from(items)), draw(st.sampled_from(items))
        whole, both = one.amount, one.amount + two.amount
        amount = draw(st.sampled_from((whole, both, whole * 98 // 100, whole // 2, 777, -whole)))
        text = draw(st.sampled_from(TEXTS)).format(one.document, two.document)
        code = "AM04" if text.startswith("return") else None
        booked = FIRST + dt.timedelta(days=draw(st.integers(0, 40)))
        name = draw(st.sampled_from((*NAMES, "")))
        iban = draw(st.sampled_from((None, "DE02120300000000202051")))
        lines.append(
            BankLine(LineId(f"L{at}"), booked, amount or 1, "EUR", name, iban, None, None, text, "", None, code)
        )
    return items, lines


def held(explanations: list[Explanation]) -> dict[ItemId, int]:
    """Return what all answers together put on each item."""
    totals: dict[ItemId, int] = {}
    for explanation in explanations:
        for one in explanation.applied:
            totals[one.item] = totals.get(one.item, 0) + one.amount
    return totals


@given(books())
@settings(max_examples=40, deadline=None)
def test_item_when_lines_are_explained_then_it_is_never_consumed_twice(
    book: tuple[list[OpenItem], list[BankLine]],
) -> None:
    items, lines = book

    answers = Reconciler(items).explain(lines)

    amounts = {item.id: item.amount for item in items}
    for identity, total in held(answers).items():
        amount = amounts[identity]
        assert min(0, amount) <= total <= max(0, amount)
    for line, answer in zip(lines, answers, strict=True):
        assert answer.line == line.id
        if answer.applied:
            left_over = sum(one.amount for one in answer.adjustments)
            assert sum(one.amount for one in answer.applied) + left_over == line.amount
        if answer.kind in {Kind.DUPLICATE, Kind.PREPAYMENT, Kind.UNEXPLAINED}:
            assert not answer.applied


def undone(engine: Reconciler, line: LineId) -> bool:
    """Take a line back; False when another one stands on it."""
    try:
        engine.undo(line)
    except ValueError:
        return False
    return True


@given(books())
@settings(max_examples=40, deadline=None)
def test_undo_when_lines_are_taken_back_then_the_state_is_exactly_as_before(
    book: tuple[list[OpenItem], list[BankLine]],
) -> None:
    items, lines = book
    half = len(lines) // 2
    engine = Reconciler(items)
    engine.explain(lines[:half])
    before = engine.snapshot()

    answers = engine.explain(lines[half:])
    # A return stands on its payment, and a second payment on the return: whoever is refused goes later.
    left = [answer.line for answer in answers]
    while left:
        refused = [one for one in left if not undone(engine, one)]
        assert len(refused) < len(left)
        left = refused

    assert engine.snapshot() == before


@given(books())
@settings(max_examples=40, deadline=None)
def test_lines_when_they_come_again_in_another_order_then_nothing_changes(
    book: tuple[list[OpenItem], list[BankLine]],
) -> None:
    items, lines = book
    engine = Reconciler(items)
    answers = {answer.line: answer for answer in engine.explain(lines)}
    before = engine.snapshot()

    again = engine.explain(list(reversed(lines)))

    assert {answer.line: answer for answer in again} == answers
    assert engine.snapshot() == before


@given(books(), st.data())
@settings(max_examples=40, deadline=None)
def test_items_when_they_are_given_in_another_order_then_the_answers_are_the_same(
    book: tuple[list[OpenItem], list[BankLine]], data: st.DataObject
) -> None:
    items, lines = book
    shuffled = data.draw(st.permutations(items))

    answers, again = Reconciler(items).explain(lines), Reconciler(shuffled).explain(lines)

    for one, other in zip(answers, again, strict=True):
        assert (one.kind, one.certain, set(one.applied)) == (other.kind, other.certain, set(other.applied))


@given(books(), st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 2), st.booleans()), max_size=6))
@settings(max_examples=40, deadline=None)
def test_rejections_when_learned_then_no_further_line_is_posted(
    book: tuple[list[OpenItem], list[BankLine]], said: list[tuple[str, int, bool]]
) -> None:
    """Rejections alone only make the engine more careful: what was left to people stays with people."""
    items, lines = book
    memory = Memory()
    for name, party, posted in said:
        memory = learn(memory, Rejection(name, PartyId(f"P{party}"), FIRST, posted=posted))
    confirmed = learn(memory, Confirmation(NAMES[0], PartyId("P0"), FIRST))

    assert (confirmed.raised, confirmed.rejected) == (memory.raised, memory.rejected)
    asked = lines[:1]
    [plain] = Reconciler(items).explain(asked)
    [careful] = Reconciler(items, memory=memory).explain(asked)
    if careful.certain and careful.applied == plain.applied:
        assert plain.certain


_SAID = st.one_of(
    st.builds(Confirmation, st.sampled_from(NAMES), st.sampled_from(("P0", "P1", "P2")).map(PartyId), st.just(FIRST)),
    st.builds(Rejection, st.sampled_from(NAMES), st.sampled_from(("P0", "P1", "P2")).map(PartyId), st.just(FIRST)),
    st.builds(
        PaidSo, st.sampled_from(("P0", "P1", "P2")).map(PartyId), st.sampled_from((Kind.FEE, Kind.CASH_DISCOUNT)),
        st.just(FIRST), st.booleans(),
    ),
)  # fmt: skip


@given(books(), st.lists(_SAID, max_size=5), st.data())
@settings(max_examples=40, deadline=None)
def test_lessons_when_adopted_then_no_more_decided_lines_are_posted_wrongly(
    book: tuple[list[OpenItem], list[BankLine]], said: list[Said], data: st.DataObject
) -> None:
    """Whatever people say, and whatever they decided: what is adopted never raises the number of wrong postings."""
    items, lines = book
    settled = {line.id: frozenset(data.draw(st.sets(st.sampled_from([one.id for one in items])))) for line in lines}
    history = Decided(items, lines, settled)
    memory = Memory()

    wrong = [_wrongly_posted(memory, history)]
    for one in said:
        memory = adopt(memory, one, history)
        wrong.append(_wrongly_posted(memory, history))

    assert wrong == sorted(wrong, reverse=True)


def _wrongly_posted(memory: Memory, history: Decided) -> int:
    answers = Reconciler(history.items, memory=memory).explain(history.lines)
    return sum(
        answer.certain and frozenset(one.item for one in answer.applied) != history.settled[answer.line]
        for answer in answers
    )


@given(st.lists(st.integers(-500, 500).filter(bool), min_size=1, max_size=9), st.integers(-900, 900))
@settings(max_examples=40, deadline=None)
def test_sums_when_sought_then_all_of_them_are_found(amounts: list[int], target: int) -> None:
    found = set(sums_to(amounts, target, 1000))

    every = {
        tuple(at for at in range(len(amounts)) if mask >> at & 1)
        for mask in range(1, 2 ** len(amounts))
        if sum(amounts[at] for at in range(len(amounts)) if mask >> at & 1) == target
    }
    assert found == every
