"""The judgement after a break, and the tables of codes and states."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.operations import (
    BookReservation,
    BookTip,
    CancelReservation,
    MoneyOperation,
    PreAuthorisation,
    Refund,
    ReleaseReservation,
    Reversal,
    SaleRequest,
    TransactionReference,
)
from terminal_driver.outcome import (
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    NotCharged,
    StillUnknown,
    TransactionData,
)
from terminal_driver.zvt.intermediate_codes import INTERMEDIATE_CODES, intermediate
from terminal_driver.zvt.recovery import judge
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


def test_judge_when_the_old_number_but_surely_made_later_then_still_unknown() -> None:
    """The numbers began anew while nobody listened: ours may be among the transactions in between."""
    later = judge(REQUEST, SENT_AT, _last(7, trace_no=17, amount_minor=500, time="134500"))
    clock_a_little_ahead = judge(REQUEST, SENT_AT, _last(7, trace_no=17, amount_minor=500, time="123300"))

    assert isinstance(later, StillUnknown)
    assert later.code == "old_number_new_time"
    assert isinstance(clock_a_little_ahead, NotCharged)


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


ORIGINAL = TransactionReference(receipt_no=5, trace_no=15)
REVERSAL = Reversal(ORIGINAL, 1200, "978", BEFORE)


def _with(last: LastResult, **changes: object) -> LastResult:
    return replace(last, data=replace(last.data, **changes))  # type: ignore[arg-type]  # names are fields of the data


@pytest.mark.parametrize("operation", [REVERSAL, CancelReservation(ORIGINAL, 1200, "978", BEFORE)])
def test_judge_when_reversal_names_what_it_undid_then_approved_under_any_number(
    operation: Reversal | CancelReservation,
) -> None:
    for last in (_last(), _last(7, trace_no=17), _last(None, trace_no=None)):
        assert isinstance(judge(operation, SENT_AT, _with(last, original_trace_no=15)), Approved)


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (_last(), "not_shown_as_reversal"),
        (_with(_last(), original_trace_no=14), "another_reversed"),
        (_with(_last(amount_minor=1300), original_trace_no=15), "another_reversed"),
        (_with(_last(time="100000"), original_trace_no=15), "other_time"),
        (_with(_last(code=None), original_trace_no=15), "no_result_code"),
        (_with(_last(currency="840"), original_trace_no=15), "other_currency"),
    ],
)
def test_judge_when_reversal_does_not_add_up_then_still_unknown(last: LastResult, code: str) -> None:
    verdict = judge(REVERSAL, SENT_AT, last)
    assert isinstance(verdict, StillUnknown)
    assert verdict.code == code


def test_judge_when_reversal_was_refused_then_declined_and_when_nothing_is_newer_then_not_done() -> None:
    refused = _last(code="B5", amount_minor=None)
    assert isinstance(judge(REVERSAL, SENT_AT, refused), Declined)
    assert isinstance(judge(REVERSAL, SENT_AT, _with(refused, original_trace_no=15)), Declined)
    assert isinstance(judge(REVERSAL, SENT_AT, _last(7, trace_no=17, time="110000")), NotCharged)


@pytest.mark.parametrize(
    "operation",
    [
        REQUEST,
        Refund(1200, "978", BEFORE),
        PreAuthorisation(1200, "978", BEFORE),
        BookReservation(ORIGINAL, 1200, "978", BEFORE),
        ReleaseReservation(ORIGINAL, 1200, "978", BEFORE),
        BookTip(ORIGINAL, 1200, "978", BEFORE),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_judge_when_newer_fits_then_approved_and_another_amount_then_never(operation: MoneyOperation) -> None:
    assert isinstance(judge(operation, SENT_AT, _last()), Approved)
    other = judge(operation, SENT_AT, _last(amount_minor=1300))
    assert isinstance(other, StillUnknown)
    assert other.code == "other_amount"


@pytest.mark.parametrize("operation", [REQUEST, Refund(1200, "978", BEFORE), PreAuthorisation(1200, "978", BEFORE)])
def test_judge_when_newer_is_a_reversal_then_it_is_not_this_operation(operation: MoneyOperation) -> None:
    verdict = judge(operation, SENT_AT, _with(_last(), original_trace_no=15))
    assert isinstance(verdict, StillUnknown)
    assert verdict.code == "other_kind"


def test_judge_when_tip_may_stand_in_its_sale_then_still_unknown() -> None:
    verdict = judge(BookTip(ORIGINAL, 150, "978", BEFORE), SENT_AT, _last(7, trace_no=17, time="110000"))
    assert isinstance(verdict, StillUnknown)
    assert verdict.code == "tip_not_told"


def test_judge_when_smaller_amount_then_approved_only_if_allowed_and_in_time() -> None:
    partial = SaleRequest(1200, "978", BEFORE, partial_allowed=True)

    verdict = judge(partial, SENT_AT, _last(amount_minor=800))
    assert isinstance(verdict, Approved)
    assert verdict.data.amount_minor == 800
    assert isinstance(judge(partial, None, _last(amount_minor=800)), StillUnknown)
    assert isinstance(judge(partial, SENT_AT, _last(amount_minor=1300)), StillUnknown)
    assert isinstance(judge(REQUEST, SENT_AT, _last(amount_minor=800)), StillUnknown)
