"""Work on a ZVT terminal that charges nothing, over every line: receipts, questions, cards, clock, language."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from terminal_driver.operations import (
    AskKey,
    AskNumber,
    Balance,
    CardBalance,
    CardSeen,
    ChangeSpeed,
    Diagnosis,
    DisplayText,
    Done,
    Initialise,
    KeyPressed,
    LogOff,
    NumberTyped,
    QuietOperation,
    ReadCard,
    RepeatReceipt,
    Reprint,
    SelectLanguage,
    SelfTest,
    SetClock,
    TerminalKey,
)
from terminal_driver.outcome import (
    Approved,
    Baseline,
    LastResult,
    NoAnswer,
)
from terminal_driver.virtual.panel import Awaiting
from tests.support.session_rig import DEADLINE_S, awaits
from tests.support.terminal_rig import ZVT_KINDS, Rig, rig_builder

NONE = Baseline()


@pytest.fixture(params=ZVT_KINDS)
def build(request: pytest.FixtureRequest) -> Iterator[Callable[..., Rig]]:
    with rig_builder(request.param) as make:
        yield make


def test_last_receipt_and_those_of_numbers_are_printed_again(build: Callable[..., Rig]) -> None:
    rig = build()
    rig.sale(100)
    rig.sale(200)

    last = rig.perform(RepeatReceipt())
    both = rig.perform(Reprint(41, 42))
    nothing = rig.perform(Reprint(77))

    assert isinstance(last, LastResult)
    assert (last.data.amount_minor, len(last.receipts)) == (200, 2)
    assert isinstance(both, Done)
    assert len(both.receipts) == 4
    assert isinstance(nothing, NoAnswer)


@pytest.mark.parametrize(
    "operation", [Diagnosis(), Initialise(), SelfTest(), ChangeSpeed(115200), SelectLanguage("en"), LogOff()]
)
def test_work_on_the_terminal_is_done_and_books_nothing(build: Callable[..., Rig], operation: QuietOperation) -> None:
    rig = build()

    answer = rig.perform(operation)

    assert isinstance(answer, Done)
    assert rig.entries() == ()
    assert isinstance(rig.sale(), Approved)


def test_language_chosen_is_that_of_the_next_receipts(build: Callable[..., Rig]) -> None:
    rig = build()

    rig.perform(SelectLanguage("en"))
    outcome = rig.sale()

    assert isinstance(outcome, Approved)
    assert outcome.receipts[0].lines[0].text == "Merchant copy"


def test_terminal_that_is_logged_off_shows_it(build: Callable[..., Rig]) -> None:
    rig = build()
    rig.owner.submit(rig.session.register).result(DEADLINE_S)

    rig.perform(LogOff())

    assert rig.terminal.wait_for(lambda panel: not panel.registered, DEADLINE_S)


def test_clock_that_is_set_is_the_time_of_the_next_sale(build: Callable[..., Rig]) -> None:
    rig = build()

    rig.perform(SetClock(datetime(2031, 5, 6, 7, 8, 9)))  # noqa: DTZ001 - the terminal knows no zone
    outcome = rig.sale()

    assert isinstance(outcome, Approved)
    assert outcome.data.date_mmdd == "0506"
    assert rig.entries()[0].at.year == 2031


def test_text_is_shown_until_the_next_operation(build: Callable[..., Rig]) -> None:
    rig = build()

    answer = rig.perform(DisplayText(("Welcome", "to the shop")))

    assert isinstance(answer, Done)
    assert rig.terminal.wait_for(lambda panel: panel.display_lines == ("Welcome", "to the shop"), DEADLINE_S)


@pytest.mark.parametrize(
    ("press", "key"),
    [("press_confirm", TerminalKey.CONFIRM), ("press_clear", TerminalKey.CLEAR), ("press_cancel", TerminalKey.STOP)],
)
def test_key_that_is_pressed_is_told(build: Callable[..., Rig], press: str, key: TerminalKey) -> None:
    rig = build(auto_pace=None)

    asked = rig.owner.submit(rig.session.perform, AskKey(("Receipt?",)))
    assert rig.terminal.wait_for(awaits(Awaiting.KEY), DEADLINE_S)
    getattr(rig.terminal, press)()

    answer = asked.result(DEADLINE_S)
    assert isinstance(answer, KeyPressed)
    assert answer.key is key


def test_number_that_is_typed_is_told(build: Callable[..., Rig]) -> None:
    rig = build(auto_pace=None)

    asked = rig.owner.submit(rig.session.perform, AskNumber(("Number?",), digits_min=1, digits_max=4))
    assert rig.terminal.wait_for(awaits(Awaiting.NUMBER), DEADLINE_S)
    rig.terminal.type_number("0815")

    assert asked.result(DEADLINE_S) == NumberTyped("0815")


def test_question_nobody_answers_ends_by_the_red_key(build: Callable[..., Rig]) -> None:
    rig = build(auto_pace=None)

    asked = rig.owner.submit(rig.session.perform, AskNumber(("Number?",)))
    assert rig.terminal.wait_for(awaits(Awaiting.NUMBER), DEADLINE_S)
    rig.terminal.press_cancel()

    assert isinstance(asked.result(DEADLINE_S), NoAnswer)


def test_card_is_read_without_a_payment(build: Callable[..., Rig]) -> None:
    rig = build(auto_pace=None)

    asked = rig.owner.submit(rig.session.perform, ReadCard())
    assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    rig.terminal.present_card("Visa")
    answer = asked.result(DEADLINE_S)

    assert isinstance(answer, CardSeen)
    assert (answer.card_name, answer.number_masked) == ("Visa", "411111******1111")
    assert rig.entries() == ()
    assert rig.terminal.wait_for(awaits(Awaiting.IDLE), DEADLINE_S)


def test_card_that_is_refused_is_not_read(build: Callable[..., Rig]) -> None:
    rig = build(auto_pace=None)

    asked = rig.owner.submit(rig.session.perform, ReadCard())
    assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    rig.terminal.press_cancel()

    assert isinstance(asked.result(DEADLINE_S), NoAnswer)


def test_balance_of_a_card_is_told(build: Callable[..., Rig]) -> None:
    rig = build()

    assert rig.perform(Balance()) == CardBalance(5000, "978", "girocard")
