"""What is due on a sale, told as stories of a till."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.money import Currency, Money
from gateway.domain.sales.due import (
    Due,
    approve_tender,
    begin_refund,
    begin_tender,
    change_total,
    clear_refund_as_done,
    clear_refund_as_not_done,
    clear_tender,
    doubt_refund,
    doubt_tender,
    end_refund,
    end_tender,
    finish_refund,
    nothing_paid,
)
from tests.support.bills import eur

NONE = eur(0)


def _sale(total: int, tip: int = 0) -> Due:
    return nothing_paid(eur(total), eur(tip))


def _paid(total: int) -> Due:
    return approve_tender(begin_tender(_sale(total), eur(total)), eur(total), eur(total), NONE)


def test_partial_approval_then_the_rest_is_due_to_another_tender() -> None:
    due = approve_tender(begin_tender(_sale(5_000), eur(5_000)), eur(5_000), eur(3_000), NONE)

    assert (due.rest, due.captured, due.settled) == (eur(2_000), eur(3_000), False)
    due = approve_tender(begin_tender(due, due.rest), eur(2_000), eur(2_000), NONE)
    assert (due.rest, due.settled) == (NONE, True)


def test_tip_at_the_terminal_then_it_raises_the_total_and_never_becomes_change() -> None:
    due = approve_tender(begin_tender(_sale(2_000), eur(2_000)), eur(2_000), eur(2_000), eur(300))

    assert (due.total, due.tip, due.captured, due.rest, due.owed_back) == (eur(2_300), eur(300), eur(2_300), NONE, NONE)
    assert due.settled


def test_lost_answer_then_nothing_new_begins_until_evidence_comes() -> None:
    due = doubt_tender(begin_tender(_sale(2_000), eur(1_500)), eur(1_500))

    assert (due.blocked, due.rest) == (True, eur(500))
    for begin in (begin_tender, begin_refund):
        with pytest.raises(GatewayError) as error:
            begin(due, eur(1))
        assert error.value.code == "outcome_unknown"

    assert clear_tender(due, eur(1_500), eur(1_500), NONE).rest == eur(500)
    assert clear_tender(due, eur(1_500), NONE, NONE).rest == eur(2_000)


def test_decline_then_all_is_due_again() -> None:
    assert end_tender(begin_tender(_sale(2_000), eur(2_000)), eur(2_000)) == _sale(2_000)


def test_goods_returned_then_the_difference_is_owed_back_and_can_be_refunded_once() -> None:
    due = change_total(_paid(2_000), eur(1_200), NONE)

    assert (due.owed_back, due.rest, due.settled) == (eur(800), NONE, False)
    due = begin_refund(due, due.owed_back)
    assert (due.owed_back, due.refundable) == (NONE, eur(1_200))
    due = finish_refund(due, eur(800))
    assert (due.settled, due.kept) == (True, eur(1_200))


def test_refund_in_doubt_then_what_it_may_have_moved_is_not_refundable() -> None:
    due = doubt_refund(begin_refund(_paid(2_000), eur(1_500)), eur(1_500))

    assert (due.refundable, due.blocked, due.settled) == (eur(500), True, False)
    assert clear_refund_as_done(due, eur(1_500)).refundable == eur(500)
    assert clear_refund_as_not_done(due, eur(1_500)) == _paid(2_000)
    assert end_refund(begin_refund(_paid(2_000), eur(1)), eur(1)) == _paid(2_000)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda: nothing_paid(eur(5), eur(6)), "invalid_total"),
        (lambda: nothing_paid(eur(5), eur(-1)), "invalid_total"),
        (lambda: nothing_paid(eur(5), Money(0, Currency.of("CHF"))), "currency_mismatch"),
        (lambda: begin_tender(_sale(5), eur(6)), "more_than_due"),
        (lambda: begin_tender(_sale(5), eur(0)), "amount_not_positive"),
        (lambda: begin_tender(_sale(5), Money(5, Currency.of("CHF"))), "currency_mismatch"),
        (lambda: begin_tender(begin_tender(_sale(5), eur(4)), eur(2)), "more_than_due"),
        (lambda: approve_tender(begin_tender(_sale(5), eur(5)), eur(5), eur(6), NONE), "approved_beyond_asked"),
        (lambda: approve_tender(begin_tender(_sale(5), eur(5)), eur(5), eur(-1), NONE), "approved_beyond_asked"),
        (lambda: approve_tender(begin_tender(_sale(5), eur(5)), eur(5), NONE, eur(1)), "approved_beyond_asked"),
        (lambda: approve_tender(_sale(5), eur(5), eur(5), NONE), "not_under_way"),
        (lambda: end_tender(begin_tender(_sale(5), eur(4)), eur(5)), "not_under_way"),
        (lambda: doubt_tender(_sale(5), eur(0)), "not_under_way"),
        (lambda: clear_tender(begin_tender(_sale(5), eur(5)), eur(5), eur(5), NONE), "not_under_way"),
        (lambda: begin_refund(_sale(5), eur(1)), "refund_above_captured"),
        (lambda: begin_refund(begin_refund(_paid(5), eur(3)), eur(3)), "refund_above_captured"),
        (lambda: finish_refund(_paid(5), eur(5)), "not_under_way"),
        (lambda: change_total(begin_tender(_sale(5), eur(5)), eur(4), NONE), "tender_under_way"),
    ],
)
def test_step_when_it_cannot_be_then_refused_by_name(wrong: Callable[[], Due], code: str) -> None:
    with pytest.raises(GatewayError) as error:
        wrong()

    assert error.value.code == code


def test_new_sale_then_only_the_total_stands() -> None:
    due = _sale(500, 50)

    assert {field.name for field in fields(due) if getattr(due, field.name).minor} == {"total", "tip"}
    assert (due.rest, due.settled, due.blocked) == (eur(500), False, False)
