"""Statements over both databases: in once, explained, booked to the cent, and taken back exactly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.bank.bank_statement import LineState, StatementState
from gateway.domain.bank.line_match import Allocation, MatchAdjustment, MatchState
from gateway.domain.errors import GatewayError
from tests.support.bank_statements import camt, mt940
from tests.support.statement_desk import ACCOUNT, StatementDesk, euro, paid
from tests.support.still_parts import MovingClock

BANK, OPEN = "bank/main", "unexplained/main"


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    with closing(SqlStorage(database_url, MovingClock())) as found:
        yield found


def _code(call: object, *arguments: object) -> str:
    with pytest.raises(GatewayError) as refused:
        call(*arguments)  # type: ignore[operator]  # any use case
    return refused.value.code


def test_statement_when_imported_again_in_any_format_then_each_line_is_booked_once(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    entries = [paid("100.00", "RE-1"), paid("100.00", "RE-2"), paid("-30.00", "rent")]

    first = desk.take(entries)
    again = desk.take(entries)
    content = mt940([":61:2603020302C100,00NTRFNONREF", ":61:2603020302C100,00NTRFNONREF"], closing="C260302EUR200,00")
    other = desk.imports.preview(desk.theo, "other.sta", content, {})

    assert (first.lines, first.repeated, again.lines, again.repeated) == (3, False, 0, True)
    assert [one.facts.amount.minor for one in desk.lines(LineState.OPEN)] == [-3000, 10000, 10000]
    assert (other.statements[0].fresh, len(other.statements[0].known), other.repeated) == (0, 2, True)
    assert other.statements[0].known[0].first.startswith("march.xml")
    assert desk.balances() == {BANK: 17000, OPEN: -17000}


def test_statement_when_it_does_not_add_up_then_nothing_is_booked_until_another_person_decides(
    storage: SqlStorage,
) -> None:
    desk = StatementDesk(storage)

    held = desk.take([paid("100.00", "RE-1")], closing="170.00").statements[0]

    assert (held.state, held.difference, desk.balances()) == (StatementState.HELD, euro("70.00"), {})
    assert [line.state for line in desk.lines()] == [LineState.WAITING]
    assert _code(desk.imports.decide, desk.theo, held.id, True, "It is right.") == "own_statement"
    desk.imports.decide(desk.carla, held.id, True, "The bank confirmed it.")
    assert desk.balances() == {BANK: 10000, OPEN: -10000}
    assert _code(desk.imports.decide, desk.carla, held.id, False, "Again, really?") == "statement_not_held"


def test_statement_when_refused_then_the_right_one_can_come(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    held = desk.take([paid("100.00", "RE-1")], closing="170.00").statements[0]

    desk.imports.decide(desk.carla, held.id, False, "A page is missing.")
    desk.take([paid("100.00", "RE-1"), paid("70.00", "RE-2")])

    assert [line.facts.amount.minor for line in desk.lines(LineState.OPEN)] == [7000, 10000]
    assert desk.balances() == {BANK: 17000, OPEN: -17000}


def test_lines_when_matched_then_certain_ones_are_previewed_and_accepted_at_once(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    items = [desk.owed(f"RE-10{number}", f"{number}00.00") for number in (1, 2, 3)]
    desk.take([paid(f"{number}00.00", f"Invoice RE-10{number}") for number in (1, 2, 3)])

    run = desk.match.run(desk.theo)
    preview = desk.certain.preview(desk.theo, None, None)
    done = desk.certain.accept(desk.theo, preview.token)

    assert (run.looked, run.matched, run.suggested) == (3, 0, 3)
    assert (preview.count, [(one.kind, one.count, one.sum) for one in preview.kinds]) == (
        3,
        [("exact", 3, euro("600.00"))],
    )
    assert (done.accepted, done.left) == (3, 0)
    assert [desk.item(one).remaining.minor for one in items] == [0, 0, 0]
    assert desk.balances() == {BANK: 60000, "receivable/nord": -60000}
    assert _code(desk.certain.accept, desk.theo, preview.token) == "changed_meanwhile"
    assert desk.months.look(desk.theo, ACCOUNT, 2026, 3).closes


def test_lines_when_the_shop_wants_it_then_certain_ones_are_matched_by_the_engine(storage: SqlStorage) -> None:
    desk = StatementDesk(storage, automatic=True)
    desk.owed("RE-101", "100.00")
    desk.take([paid("100.00", "Invoice RE-101"), paid("7.77", "who knows", name="Stranger")])

    run = desk.match.run(desk.theo)
    view = desk.read.view(desk.theo, desk.line("100.00").id)

    assert (run.looked, run.matched, run.left) == (2, 1, 1)
    assert (view.line.state, view.matches[0].state, view.matches[0].decided_by) == (
        LineState.MATCHED,
        MatchState.ACCEPTED,
        "engine",
    )
    assert {one.code for one in view.matches[0].reasons} >= {"document_number_equal", "amount_equal"}
    assert desk.match.run(desk.theo).matched == 0
    state = desk.months.look(desk.theo, ACCOUNT, 2026, 3)
    assert (state.open, state.unexplained, state.closes) == (1, euro("7.77"), False)


def test_line_when_undone_then_items_line_and_books_are_as_before(storage: SqlStorage) -> None:
    desk = StatementDesk(storage, automatic=True)
    item = desk.owed("RE-101", "100.00")
    desk.take([paid("100.00", "Invoice RE-101")])
    before = (desk.item(item), desk.balances())
    desk.match.run(desk.theo)
    line = desk.line("100.00")

    changed = desk.decide.undo(desk.theo, line.id, line.version, "It was another customer.")

    assert (desk.item(item), desk.balances()) == before
    assert changed.state is LineState.OPEN
    assert [one.kind for one in desk.read.view(desk.theo, line.id).events] == ["matched", "undone"]
    assert _code(desk.decide.undo, desk.theo, line.id, changed.version, "Once more, please.") == "line_not_matched"
    assert _code(desk.decide.undo, desk.theo, line.id, line.version, "An old page.") == "changed_meanwhile"


def test_bundle_and_fee_when_matched_by_hand_then_each_part_is_booked(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    one, two = desk.owed("RE-1", "60.00", party="sued"), desk.owed("RE-2", "40.00", party="sued")
    desk.take([paid("97.50", "collective", name="Unknown")])
    line = desk.line("97.50")
    parts = (Allocation(one, euro("60.00")), Allocation(two, euro("40.00")))

    short = _code(desk.decide.match_many, desk.theo, [(line.id, line.version)], parts, (), "")
    [made] = desk.decide.match_many(
        desk.theo, [(line.id, line.version)], parts, (MatchAdjustment("fee", euro("-2.50")),), "by phone"
    )

    assert short == "match_not_complete"
    assert (made.state, made.kind, made.note) == (MatchState.ACCEPTED, "by_hand", "by phone")
    assert desk.balances() == {BANK: 9750, "receivable/sued": -10000, "bank_charges": 250}
    assert (desk.item(one).remaining.minor, desk.item(two).remaining.minor) == (0, 0)


def test_several_lines_when_matched_with_several_items_then_each_line_is_explained_to_the_cent(
    storage: SqlStorage,
) -> None:
    desk = StatementDesk(storage)
    items = [desk.owed(f"RE-{number}", amount) for number, amount in ((1, "70.00"), (2, "80.00"), (3, "-20.00"))]
    desk.take([paid("50.00", "part one"), paid("75.00", "part two")])
    lines = [(one.id, one.version) for one in desk.lines()]
    parts = [Allocation(item, euro(amount)) for item, amount in zip(items, ("70.00", "80.00", "-20.00"), strict=True)]

    made = desk.decide.match_many(desk.theo, lines, parts, [MatchAdjustment("discount", euro("-5.00"))], "")

    assert len(made) == 2
    assert [desk.item(one).remaining.minor for one in items] == [0, 0, 0]
    assert OPEN not in desk.balances()
    assert desk.months.look(desk.theo, ACCOUNT, 2026, 3).closes


def test_item_when_two_lines_want_it_then_the_second_is_told(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    item = desk.owed("RE-1", "100.00")
    desk.take([paid("100.00", "RE-1", ref="A"), paid("100.00", "RE-1 again", ref="B")])
    one, two = desk.lines()
    part = (Allocation(item, euro("100.00")),)

    desk.decide.match_many(desk.theo, [(one.id, one.version)], part, (), "")
    before = desk.balances()
    code = _code(desk.decide.match_many, desk.carla, [(two.id, two.version)], part, (), "")

    assert (code, desk.balances()) == ("item_taken", before)
    assert desk.item(item).remaining.minor == 0


def test_line_when_divided_then_parts_are_explained_alone_and_join_again(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    item = desk.owed("RE-1", "60.00")
    desk.take([paid("100.00", "RE-1 and a deposit")])
    line = desk.line("100.00")
    wrong = ((euro("60.00"), "invoice"), (euro("30.00"), "deposit"))

    differ = _code(desk.decide.split, desk.theo, line.id, line.version, wrong)
    parts = desk.decide.split(
        desk.theo, line.id, line.version, ((euro("60.00"), "invoice"), (euro("40.00"), "deposit"))
    )
    [made] = desk.decide.match_many(
        desk.theo, [(parts[0].id, parts[0].version)], (Allocation(item, euro("60.00")),), (), ""
    )
    divided = desk.line("100.00")

    assert (differ, made.state, divided.state) == ("parts_differ", MatchState.ACCEPTED, LineState.DIVIDED)
    assert desk.balances() == {BANK: 10000, "receivable/nord": -6000, OPEN: -4000}
    assert _code(desk.decide.undo, desk.theo, divided.id, divided.version, "All wrong.") == "parts_matched"
    explained = desk.line("60.00")
    desk.decide.undo(desk.theo, explained.id, explained.version, "All wrong.")
    assert desk.decide.undo(desk.theo, divided.id, divided.version, "All wrong.").state is LineState.OPEN
    assert desk.balances() == {BANK: 10000, OPEN: -10000}
    assert desk.months.look(desk.theo, ACCOUNT, 2026, 3).open == 1


def test_write_off_when_above_the_limit_then_a_second_person_agrees(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    desk.take([paid("-12.00", "account fee"), paid("-80.00", "large fee")])
    small, large = desk.line("-12.00"), desk.line("-80.00")

    done = desk.write_offs.write_off(desk.theo, small.id, small.version, "6855", "The monthly fee.")
    asked = desk.write_offs.write_off(desk.theo, large.id, large.version, "6855", "A fee, I think.")

    assert (done.state, asked.state) == (MatchState.ACCEPTED, MatchState.AWAITING)
    assert desk.balances() == {BANK: -9200, "coded/6855": 1200, OPEN: 8000}
    own = _code(desk.write_offs.approve, desk.theo, asked.id, asked.version, True, "")
    refused = desk.write_offs.approve(desk.carla, asked.id, asked.version, False, "It is a double charge.")
    assert (own, refused.state, desk.line("-80.00").state) == ("own_write_off", MatchState.REJECTED, LineState.OPEN)
    large = desk.line("-80.00")
    asked = desk.write_offs.write_off(desk.theo, large.id, large.version, "6855", "The bank explained it.")
    desk.write_offs.approve(desk.carla, asked.id, asked.version, True, "")
    assert desk.balances() == {BANK: -9200, "coded/6855": 9200}


def test_rule_when_learned_from_people_then_shown_on_history_and_in_force_by_consent(storage: SqlStorage) -> None:
    desk = StatementDesk(storage, automatic=True)
    desk.take([paid(f"-1{number}.00", "Kontoführung Entgelt", name="Bank") for number in range(3)])
    for line in desk.lines():
        desk.write_offs.write_off(desk.theo, line.id, line.version, "6855", "The monthly fee.")

    [proposal] = desk.learn.proposals(desk.theo)
    preview = desk.learn.preview(desk.theo, proposal.id)
    rule = desk.learn.consent(desk.theo, proposal.id)
    desk.take([paid("-11.50", "KONTOFÜHRUNG Entgelt April", name="Bank", day="2026-04-02")], opening="-33.00")
    run = desk.match.run(desk.theo)

    assert (proposal.times, proposal.account_code, preview.explained, preview.wrong) == (3, "6855", 3, 0)
    assert (rule.learned, desk.learn.proposals(desk.theo), run.matched) == (True, (), 1)
    assert desk.balances() == {BANK: -4450, "coded/6855": 4450}
    assert not desk.learn.switch_off(desk.theo, rule.id).active


def test_proposal_when_rejected_then_it_is_not_made_again_at_once_and_why_not_tells(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    item = desk.owed("RE-1", "100.00")
    desk.take([paid("100.00", "goods", name="Nord")])
    desk.match.run(desk.theo)
    [match, *_] = desk.read.view(desk.theo, desk.line("100.00").id).matches

    desk.decide.reject(desk.theo, match.id, match.version, "Another Nord.")
    reasons = desk.match.why_not(desk.theo, desk.line("100.00").id, item)

    assert desk.line("100.00").state is LineState.OPEN
    assert "rejected_before" in {one.code for one in reasons}
    assert "amount_equal" in {one.code for one in reasons}


def test_items_when_handed_in_again_then_the_same_changes_nothing_and_amounts_never(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    item = desk.owed("RE-1", "100.00")

    code = _code(lambda: desk.owed("RE-1", "90.00"))
    desk.owed("RE-1", "100.00", closed=True)

    assert code == "item_amount_changed"
    assert desk.item(item).closed_at is not None
    desk.take([paid("100.00", "RE-1")])
    line = desk.line("100.00")
    part = (Allocation(item, euro("100.00")),)
    assert _code(desk.decide.match_many, desk.theo, [(line.id, line.version)], part, (), "") == "item_taken"


def test_file_when_it_is_no_statement_then_refused_and_nothing_is_stored(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)

    for content in (b"", b"hello", camt(["<Ntry>"], "0.00", "0.00")[:-30]):
        assert _code(desk.imports.take, desk.theo, "x", content, {})
    assert desk.lines() == []


def test_table_when_nobody_described_it_then_asked_held_and_known_the_next_time(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    table = b"When;Who;What;How much\n02.03.2026;Nord;RE-1;100,00\n03.03.2026;Bank;fee;-3,50\n"
    more = b"When;Who;What;How much\n04.03.2026;Sued;RE-2;40,00\n05.03.2026;Bank;fee;-1,50\n"

    seen = desk.imports.preview(desk.theo, "t.csv", table, {})
    answers = {"booked": "When", "name": "Who", "text": "What", "amount": "How much"}
    code = _code(desk.imports.preview, desk.theo, "t.csv", table, {"booked": "Nowhere"})

    assert seen.csv is not None
    assert [one.name for one in seen.csv.columns] == ["when", "who", "what", "how much"]
    assert code == "answer_not_usable"
    assert desk.imports.take(desk.theo, "t.csv", table, answers).lines == 2
    assert desk.imports.take(desk.theo, "u.csv", more, {}).statements[0].state is StatementState.POSTED
