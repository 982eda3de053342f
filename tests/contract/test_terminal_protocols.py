"""What a register may rely on with every protocol over every line: what it is told agrees with the terminal's journal.

How a protocol says it, and what it can prove after a break, differs; that nobody is charged twice or unheard does not.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from terminal_driver.outcome import (
    Aborted,
    Approved,
    Declined,
    NotCharged,
    NotStarted,
    Outcome,
    StillUnknown,
    Unknown,
    Verdict,
)
from terminal_driver.virtual.panel import Awaiting
from terminal_driver.virtual.scenario_file import read_scenarios
from terminal_driver.virtual.scenarios import SCENARIOS
from tests.support.session_rig import DEADLINE_S, awaits
from tests.support.terminal_rig import AMOUNT, HASTY, KINDS, MEMORY_KINDS, PATIENT, Rig, rig_builder


@pytest.fixture(params=KINDS)
def build(request: pytest.FixtureRequest) -> Iterator[Callable[..., Rig]]:
    with rig_builder(request.param) as make:
        yield make


@pytest.fixture(params=MEMORY_KINDS)
def build_in_memory(request: pytest.FixtureRequest) -> Iterator[Callable[..., Rig]]:
    with rig_builder(request.param) as make:
        yield make


def _agrees(rig: Rig, outcome: Outcome | Verdict) -> bool:
    """Say whether an outcome is what the journal holds of the one sale that was made, and nothing was booked twice."""
    standing = [entry for entry in rig.entries() if not entry.reversed]
    match outcome:
        case Approved(data):
            return [entry.amount_minor for entry in standing] == [data.amount_minor]
        case Declined() | Aborted() | NotStarted() | NotCharged():
            return standing == []
        case Unknown() | StillUnknown():
            return len(standing) <= 1


def test_approved_sale_is_booked_once(build: Callable[..., Rig]) -> None:
    rig = build()

    outcome = rig.sale()

    assert isinstance(outcome, Approved)
    assert outcome.data.amount_minor == AMOUNT
    assert rig.booked() == [AMOUNT]


def test_sales_one_after_the_other_are_booked_in_order(build: Callable[..., Rig]) -> None:
    rig = build()

    outcomes = [rig.sale(amount) for amount in (100, 12, 99_999)]

    assert all(isinstance(outcome, Approved) for outcome in outcomes)
    assert rig.booked() == [100, 12, 99_999]


def test_declined_sale_is_not_booked(build: Callable[..., Rig]) -> None:
    rig = build("decline")

    outcome = rig.sale()

    assert isinstance(outcome, Declined)
    assert rig.entries() == ()


def test_sale_cancelled_by_the_cardholder_is_not_booked(build: Callable[..., Rig]) -> None:
    rig = build(auto_pace=None)

    running = rig.start_sale()
    assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    rig.terminal.press_cancel()

    assert isinstance(running.result(DEADLINE_S), Aborted | Declined)
    assert rig.entries() == ()


def test_sale_with_card_and_pin_by_hand_is_approved(build: Callable[..., Rig]) -> None:
    rig = build(auto_pace=None)

    running = rig.start_sale()
    assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    rig.terminal.present_card("Visa")
    assert rig.terminal.wait_for(awaits(Awaiting.PIN), DEADLINE_S)
    rig.terminal.enter_pin()

    assert isinstance(running.result(DEADLINE_S), Approved)
    assert [entry.card_name for entry in rig.entries()] == ["Visa"]


def test_card_number_is_never_told_in_full(build: Callable[..., Rig]) -> None:
    rig = build()

    outcome = rig.sale()

    assert isinstance(outcome, Approved)
    shown = outcome.data.card_number_masked
    assert shown is None or "*" in shown


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_sale_of_every_scenario_ends_as_the_journal_says(build_in_memory: Callable[..., Rig], scenario: str) -> None:
    """The register is told, asks when it does not know, and never hears "paid" or "not paid" against the journal."""
    rig = build_in_memory(replace(SCENARIOS[scenario], card_after_s=0.0, release_after_s=0.0), patience=HASTY)

    outcome = rig.sale()
    agreed_at_once = _agrees(rig, outcome)
    verdict: Outcome | Verdict = outcome
    if isinstance(outcome, Unknown):
        rig.terminal.restore_line()
        verdict = rig.ask() if scenario != "busy" else outcome

    assert agreed_at_once
    assert _agrees(rig, verdict)
    assert len(rig.entries()) <= 1


def test_terminal_taken_off_the_line_is_never_a_sale_that_was_not_made(build: Callable[..., Rig]) -> None:
    rig = build(patience=HASTY)
    rig.terminal.cut_line()

    outcome = rig.sale()

    assert isinstance(outcome, NotStarted | Unknown)
    assert rig.entries() == ()


def test_sale_after_the_repair_works_and_is_the_only_one(build: Callable[..., Rig]) -> None:
    rig = build("line_lost_before_booking", patience=HASTY)

    lost = rig.sale()
    rig.terminal.restore_line()
    rig.terminal.choose("approve")
    rig.ask()
    outcome = rig.sale()

    assert isinstance(lost, Unknown)
    assert isinstance(outcome, Approved)
    assert rig.booked() == [AMOUNT]


def test_a_hanging_terminal_does_not_disturb_another(build_in_memory: Callable[..., Rig]) -> None:
    few = replace(PATIENT, confirm_s=1, answer_s=3, completion_s=3)
    hanging, working = build_in_memory("silence", patience=few), build_in_memory()

    stuck = hanging.start_sale()
    assert hanging.terminal.wait_for(lambda panel: not panel.line_up, DEADLINE_S)
    outcomes = [working.sale(amount) for amount in (10, 20, 30)]
    hanging.terminal.cut_line()

    assert all(isinstance(outcome, Approved) for outcome in outcomes)
    assert working.booked() == [10, 20, 30]
    assert _agrees(hanging, stuck.result(DEADLINE_S))


def test_own_scenario_from_a_file_is_played(build: Callable[..., Rig]) -> None:
    text = """
        [[scenario]]
        name = "expired"
        summary = "the card has expired"
        steps = [{ do = "card" }, { refuse = "card_expired" }, { abort = "card_expired" }]
    """
    rig = build(read_scenarios(text, "own.toml")["expired"])

    outcome = rig.sale()

    assert isinstance(outcome, Declined)
    assert rig.entries() == ()
