"""Which way money goes back, how much is left, and the states of a refund."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.domain.cards.payment import FINAL_STATES, TRANSITIONS, AttemptState, OriginalTransaction
from gateway.domain.cards.refund import (
    CLAIMING,
    REFUND_STATES,
    RefundMeans,
    RefundState,
    RefundWay,
    RefundWish,
    ReversalBy,
    check_amount,
    choose_way,
)
from gateway.domain.errors import RuleError
from gateway.domain.money import Currency, Money

EUR = Currency.of("EUR")
TODAY = date(2026, 3, 2)
WISH = RefundWish(
    amount=Money(1000, EUR),
    captured=Money(1000, EUR),
    paid_on=TODAY,
    today=TODAY,
    same_terminal=True,
    reversal_refused=False,
)
NAMED = OriginalTransaction(42, 142, "ours", "POI-7", "2026-03-02T12:00:00Z")
ZVT = RefundMeans(ReversalBy.RECEIPT_NO, credit=True)


@pytest.mark.parametrize("by", [ReversalBy.RECEIPT_NO, ReversalBy.TERMINAL_NAME])
def test_whole_amount_on_its_day_at_its_terminal_then_the_sale_is_undone(by: ReversalBy) -> None:
    chosen = choose_way(WISH, NAMED, RefundMeans(by, credit=True))

    assert chosen.way is RefundWay.REVERSAL
    assert "undoes the sale" in chosen.words


@pytest.mark.parametrize(
    ("wish", "original", "by", "why"),
    [
        (replace(WISH, amount=Money(999, EUR)), NAMED, ReversalBy.RECEIPT_NO, "A part"),
        (replace(WISH, same_terminal=False), NAMED, ReversalBy.RECEIPT_NO, "Another terminal"),
        (replace(WISH, paid_on=date(2026, 3, 1)), NAMED, ReversalBy.RECEIPT_NO, "another day"),
        (replace(WISH, reversal_refused=True), NAMED, ReversalBy.RECEIPT_NO, "refused"),
        (WISH, replace(NAMED, receipt_no=None), ReversalBy.RECEIPT_NO, "cannot be told"),
        (WISH, replace(NAMED, receipt_no=0), ReversalBy.RECEIPT_NO, "cannot be told"),
        (WISH, replace(NAMED, terminal_reference=None), ReversalBy.TERMINAL_NAME, "cannot be told"),
        (WISH, replace(NAMED, made_at=None), ReversalBy.TERMINAL_NAME, "cannot be told"),
        (WISH, NAMED, ReversalBy.NOTHING, "cannot be told"),
    ],
)
def test_anything_else_then_credited_and_the_words_say_why(
    wish: RefundWish, original: OriginalTransaction, by: ReversalBy, why: str
) -> None:
    chosen = choose_way(wish, original, RefundMeans(by, credit=True))

    assert chosen.way is RefundWay.CREDIT
    assert why in chosen.words
    with pytest.raises(RuleError) as refusal:
        choose_way(wish, original, RefundMeans(by, credit=False))
    assert refusal.value.code == "refund_not_possible"
    assert why in refusal.value.message


def test_terminal_that_only_undoes_then_it_may_where_it_can() -> None:
    assert choose_way(WISH, NAMED, replace(ZVT, credit=False)).way is RefundWay.REVERSAL


@pytest.mark.parametrize(
    ("amount", "left", "code"),
    [
        (Money(1, EUR), Money(0, EUR), "nothing_to_refund"),
        (Money(1, EUR), Money(-5, EUR), "nothing_to_refund"),
        (Money(2, EUR), Money(1, EUR), "refund_exceeds_payment"),
        (Money(1, Currency.of("CHF")), Money(1, EUR), "refund_exceeds_payment"),
    ],
)
def test_amount_beyond_what_is_left_then_refused(amount: Money, left: Money, code: str) -> None:
    with pytest.raises(RuleError) as refusal:
        check_amount(amount, left)

    assert refusal.value.code == code
    check_amount(Money(1, EUR), Money(1, EUR))


def test_states_then_each_of_an_attempt_has_one_word_and_what_claims_is_open_or_approved() -> None:
    assert set(REFUND_STATES) == set(TRANSITIONS)
    assert set(REFUND_STATES.values()) == set(RefundState)
    assert (set(TRANSITIONS) - FINAL_STATES) | {AttemptState.APPROVED} == CLAIMING
