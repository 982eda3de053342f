"""The judgement after a break, and the tables of codes and states."""

from datetime import UTC, datetime

import pytest

from terminal_driver.engine import SaleRequest
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.outcome import Approved, Baseline, Declined, LastResult, NoAnswer, TransactionData
from terminal_driver.zvt.intermediate_codes import INTERMEDIATE_CODES, intermediate
from terminal_driver.zvt.recovery import NotCharged, StillUnknown, judge
from terminal_driver.zvt.state import FIRED_BY, TRANSITIONS, Dialogue, DialogueEvent, DialogueState, Side
from terminal_driver.zvt.status_codes import RESULT_CODES, TERMINAL_STATES, Language, result_words, terminal_state_words

BEFORE = Baseline(receipt_no=7, trace_no=17, turnover_no=27)
REQUEST = SaleRequest(1200, "978", BEFORE)
SENT_AT = datetime(2024, 5, 13, 12, 29, 0, tzinfo=UTC)


def _last(
    receipt_no: int | None = 8,
    *,
    amount_minor: int | None = 1200,
    code: str | None = "00",
    time: str | None = "122928",
    currency: str | None = "978",
    trace_no: int | None = 18,
) -> LastResult:
    data = TransactionData(
        code=code,
        amount_minor=amount_minor,
        currency_numeric=currency,
        receipt_no=receipt_no,
        trace_no=trace_no,
        date_mmdd="0513" if time else None,
        time_hhmmss=time,
    )
    return LastResult(held=True, data=data)


def test_judge_when_newer_same_amount_good_and_in_time_then_approved() -> None:
    verdict = judge(REQUEST, SENT_AT, _last())
    assert isinstance(verdict, Approved)
    assert verdict.data.receipt_no == 8


def test_judge_when_the_old_number_then_not_charged() -> None:
    assert isinstance(judge(REQUEST, SENT_AT, _last(7, trace_no=17, time="110000")), NotCharged)


def test_judge_when_newer_and_refused_then_declined() -> None:
    verdict = judge(REQUEST, SENT_AT, _last(code="6C"))
    assert isinstance(verdict, Declined)
    assert verdict.code == "6C"


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (NoAnswer("no_answer", "silent"), "not_answered"),
        (LastResult(held=False), "nothing_held"),
        (_last(amount_minor=1300), "other_amount"),
        (_last(amount_minor=None), "no_amount"),
        (_last(currency="840"), "other_currency"),
        (_last(time="100000"), "other_time"),
        (_last(code=None), "no_result_code"),
        (_last(7, trace_no=17), "old_number_new_time"),
        (_last(8, trace_no=17), "contradictory_numbers"),
        (_last(6, trace_no=16), "contradictory_numbers"),
        (_last(None, trace_no=None), "no_baseline"),
        (_last(9, trace_no=19, time=None), "several_since"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_judge_when_it_does_not_add_up_then_still_unknown(last: LastResult | NoAnswer, code: str) -> None:
    verdict = judge(REQUEST, SENT_AT, last)
    assert isinstance(verdict, StillUnknown)
    assert verdict.code == code


def test_judge_when_numbers_wrap_then_still_newer() -> None:
    request = SaleRequest(1200, "978", Baseline(receipt_no=9999, trace_no=999_999))
    assert isinstance(judge(request, SENT_AT, _last(1, trace_no=1)), Approved)


def test_judge_when_nothing_was_held_before_then_any_number_is_newer() -> None:
    request = SaleRequest(1200, "978", Baseline(receipt_no=0, trace_no=0))
    after_end_of_day = _last(9959, trace_no=1)

    assert isinstance(judge(request, SENT_AT, after_end_of_day), Approved)
    untimed = judge(request, SENT_AT, _last(9959, trace_no=4711, time=None))
    assert isinstance(untimed, StillUnknown)
    assert untimed.code == "several_since"


def test_judge_when_no_time_is_known_then_numbers_and_amount_decide() -> None:
    assert isinstance(judge(REQUEST, None, _last()), Approved)


def test_judge_when_year_turns_then_in_time() -> None:
    data = TransactionData(code="00", amount_minor=1200, receipt_no=8, date_mmdd="0101", time_hhmmss="000030")
    verdict = judge(REQUEST, datetime(2023, 12, 31, 23, 59, 50, tzinfo=UTC), LastResult(held=True, data=data))
    assert isinstance(verdict, Approved)


def test_judge_when_terminal_never_held_anything_then_not_charged() -> None:
    assert isinstance(judge(SaleRequest(1200, "978", Baseline()), None, LastResult(held=False)), NotCharged)


def test_codes_when_any_byte_then_words_in_both_languages() -> None:
    for code in range(256):
        for language in Language:
            assert result_words(code, language)
            assert terminal_state_words(code, language)
            word, text = intermediate(code, language)
            assert word == word.lower()
            assert " " not in word
            assert text
    assert result_words(None, Language.GERMAN) == "das Terminal nannte keinen Code"


def test_codes_when_in_tables_then_each_language_has_its_own_words() -> None:
    for english, german in [*RESULT_CODES.values(), *TERMINAL_STATES.values()]:
        assert english != german
    assert set(INTERMEDIATE_CODES) >= {0x0A, 0x0B, 0x04, 0x1C, 0x1D, 0xFF}


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (0x0A, "insert_card"),
        (0x02, "enter_pin"),
        (0x04, "wait_for_host"),
        (0x0B, "remove_card"),
        (0x4B, "remove_card"),
        (0x1C, "approved"),
        (0x5C, "approved"),
        (0x1D, "declined"),
        (0x5D, "declined"),
        (0x99, "other"),
    ],
)
def test_intermediate_when_code_then_stable_word(code: int, word: str) -> None:
    assert intermediate(code)[0] == word


def test_table_when_walked_then_every_state_is_reached_and_left() -> None:
    reached = {following for row in TRANSITIONS.values() for following in row.values()}
    assert set(TRANSITIONS) == set(DialogueState) == reached
    assert set(FIRED_BY) == set(DialogueEvent)
    for state, row in TRANSITIONS.items():
        assert row[DialogueEvent.BROKEN] is DialogueState.IDLE, state


def test_dialogue_when_event_is_illegal_then_blamed_on_who_fired_it_and_nothing_changes() -> None:
    register, terminal = Dialogue(Side.REGISTER), Dialogue(Side.TERMINAL)
    with pytest.raises(LocalProtocolError):
        register.fire(DialogueEvent.ABORT)
    with pytest.raises(RemoteProtocolError):
        register.fire(DialogueEvent.ACCEPT)
    with pytest.raises(RemoteProtocolError):
        terminal.fire(DialogueEvent.ABORT)
    with pytest.raises(LocalProtocolError):
        terminal.fire(DialogueEvent.ACCEPT)
    assert register.state is terminal.state is DialogueState.IDLE
