"""The duplicate of the last ticket: what it tells, and what it proves about a lost answer."""

import pytest

from terminal_driver.concert.reference import short_reference
from terminal_driver.operations import RepeatReceipt, SaleRequest
from terminal_driver.outcome import (
    Approved,
    Baseline,
    LastResult,
    NoAnswer,
    StillUnknown,
    TerminalInfo,
    TerminalStatus,
    TransactionData,
)
from tests.support.caisse_ap_register import SALE, Register, answer_to, values


def _last(register: Register, **told: str) -> object:
    request = values(register.engine.start_last_result(register.now, SALE))
    assert (request["CD"], request["CB"], "CF" in request) == ("3", "00", False)
    register.answer(answer_to(request, **told))
    return register.result()


def test_registration_and_status_when_asked_then_nothing_is_sent() -> None:
    register = Register()

    assert register.engine.start_registration(register.now) == b""
    assert register.result() == TerminalInfo(None, "978", lasting=True)
    assert register.engine.start_status(register.now) == b""
    status = register.result()
    assert isinstance(status, TerminalStatus)
    assert not status.busy


def test_duplicate_when_it_bears_our_reference_amount_and_authorisation_then_approved() -> None:
    register = Register()

    last = _last(register, AE="10", CB="1250", AC="338281", CF=short_reference("attempt-1"))

    assert isinstance(last, LastResult)
    assert isinstance(register.engine.judge(SALE, None, last), Approved)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"CF": ""}, "not_identified"),
        ({"CF": "1010000000"}, "not_identified"),
        ({"CF": short_reference("attempt-2")}, "not_identified"),
        ({"CB": "1251"}, "other_amount"),
        ({"CB": "00"}, "no_amount"),
        ({"AC": ""}, "no_authorisation"),
    ],
)
def test_duplicate_when_something_is_missing_then_a_person_decides(told: dict[str, str], code: str) -> None:
    register = Register()

    last = _last(register, **{"AE": "10", "CB": "1250", "AC": "338281", "CF": short_reference("attempt-1"), **told})

    assert isinstance(last, LastResult)
    verdict = register.engine.judge(SALE, None, last)
    assert isinstance(verdict, StillUnknown)
    assert verdict.code == code


def test_duplicate_when_the_sale_had_no_name_then_a_person_decides() -> None:
    register = Register()
    last = _last(register, AE="10", CB="1250", AC="338281")

    assert isinstance(last, LastResult)
    assert isinstance(register.engine.judge(SaleRequest(1250, "978", Baseline()), None, last), StillUnknown)


@pytest.mark.parametrize(
    ("told", "code"),
    [({"AE": "01", "AF": "07"}, "refused"), ({"AE": "10", "CD": "0"}, "echo_mismatch"), ({"AE": "11"}, "refused")],
)
def test_duplicate_when_refused_or_of_something_else_then_no_answer(told: dict[str, str], code: str) -> None:
    register = Register()

    last = _last(register, **told)

    assert isinstance(last, NoAnswer)
    assert last.code == code
    assert register.engine.judge(SALE, None, last) == StillUnknown("not_answered", last.reason, TransactionData())


def test_repeated_receipt_when_asked_then_the_same_as_the_last_result() -> None:
    register = Register()
    request = register.request(RepeatReceipt())
    register.answer(answer_to(request, AE="10", CB="1250"))

    last = register.result()
    assert isinstance(last, LastResult)
    assert last.data.amount_minor == 1250


def test_duplicate_when_no_answer_comes_then_no_answer() -> None:
    register = Register()
    register.engine.start_last_result(register.now)

    register.wait()

    assert isinstance(register.result(), NoAnswer)
