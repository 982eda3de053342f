"""Beginning a payment: once per id, never in a currency the terminal does not take, nothing half stored."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import AttemptEvent, AttemptOutcome, AttemptState, Evidence
from gateway.domain.errors import GatewayError, IdempotencyConflict, InputError, NotPermitted, RuleError
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, SaleId
from gateway.domain.money import AMOUNT_MINOR_MAX, Currency, Money
from gateway.domain.sales.sale import LINES_MAX, SaleLine
from gateway.services.payments.take_payment import ATTEMPTS_MAX, TakePayment, TakePaymentCommand
from tests.support.lane_rig import EUR, EVERYBODY, STORE, TENANT, TERMINAL, LaneNode, approval, command, render
from tests.support.scripted_terminal import ScriptedTerminal
from tests.support.web_shop import WrittenHints, new_id

Build = Callable[..., LaneNode]
DECLINE = AttemptOutcome(AttemptEvent.DECLINE, Evidence.DIALOGUE, "declined_05", "Declined.")


@pytest.fixture
def shop(node: Build) -> LaneNode:
    """A node whose lane does not run: intents stay as they are stored."""
    return node(ScriptedTerminal())


def _begin(shop: LaneNode, asked: TakePaymentCommand) -> tuple[bytes, bool]:
    answer, replayed = shop.take.begin(EVERYBODY, asked, render)
    return answer.body, replayed


def _count(storage: SqlStorage) -> int:
    with storage.read() as unit:
        return len(unit.payments.recent(TENANT, STORE, limit=500, before=None, terminals=None))


def line(text: str, quantity: str, price: int, amount: int, currency: Currency = EUR) -> SaleLine:
    return SaleLine(text, Decimal(quantity), Money(price, currency), Money(amount, currency))


def test_fifty_equal_requests_at_once_then_one_payment_and_one_answer(shop: LaneNode) -> None:
    asked = command(1234)
    together = Barrier(50)

    def ask(_number: int) -> tuple[bytes, bool]:
        together.wait(20)
        return _begin(shop, asked)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, range(50)))

    assert len({body for body, _ in answers}) == 1
    assert sum(not replayed for _, replayed in answers) == 1
    assert (_count(shop.inner), shop.pending()) == (1, 1234)


def test_same_key_with_another_body_then_key_reused(shop: LaneNode) -> None:
    asked = command(500)
    _begin(shop, asked)

    with pytest.raises(IdempotencyConflict) as refusal:
        _begin(shop, command(600, asked.payment_id))

    assert refusal.value.code == "key_reused"
    assert shop.pending() == 500


def test_same_id_under_another_key_then_id_reused(shop: LaneNode) -> None:
    asked = command(500)
    _begin(shop, asked)

    with pytest.raises(IdempotencyConflict) as refusal:
        _begin(shop, command(500, asked.payment_id, key="another key"))

    assert refusal.value.code == "id_reused"


def test_replay_long_after_the_end_then_the_first_answer_byte_for_byte(shop: LaneNode) -> None:
    asked = command(500)
    first, _ = _begin(shop, asked)
    shop.settle(asked.payment_id, DECLINE)

    again, replayed = _begin(shop, asked)

    assert (again, replayed) == (first, True)
    assert len(shop.load(asked.payment_id).attempts) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Money(0, EUR)}, "invalid_amount"),
        ({"amount": Money(-1, EUR)}, "invalid_amount"),
        ({"amount": Money(AMOUNT_MINOR_MAX + 1, EUR)}, "invalid_amount"),
        ({"lines": (line("a", "1", 1, 1),) * (LINES_MAX + 1)}, "too_many_lines"),
        ({"lines": (line("a", "2", 100, 201),)}, "line_does_not_add_up"),
        ({"lines": (line("a", "1", 499, 499),)}, "totals_do_not_add_up"),
        ({"lines": (line("a", "1", 500, 500, Currency.of("USD")),)}, "line_does_not_add_up"),
        ({"amount": Money(500, Currency.of("USD"))}, "currency_not_taken"),
        ({"amount": Money(500, Currency.of("JPY"))}, "currency_not_taken"),
        ({"terminal_id": DeviceId("nowhere")}, "unknown_terminal"),
    ],
)
def test_request_that_is_wrong_then_refused_and_nothing_stored(
    shop: LaneNode, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(InputError) as refusal:
        _begin(shop, command(500, **changes))

    assert refusal.value.code == code
    assert refusal.value.hint
    assert (_count(shop.inner), shop.pending()) == (0, 0)


def test_lines_that_add_up_then_stored_with_the_sale(shop: LaneNode) -> None:
    lines = (line("Coffee", "2", 190, 380), line("Cheese", "0.125", 960, 120), line("Voucher", "1", -100, -100))
    asked = command(400, lines=lines)

    _begin(shop, asked)

    assert shop.load(asked.payment_id).sale.lines == lines


def test_caller_of_another_terminal_then_the_terminal_does_not_exist(shop: LaneNode) -> None:
    bound = Caller(
        TENANT, STORE, uuid.UUID(int=9), "till-9", frozenset(Permission), terminals=frozenset({DeviceId("other")})
    )

    with pytest.raises(InputError) as refusal:
        shop.take.begin(bound, command(500), render)

    assert refusal.value.code == "unknown_terminal"


def test_caller_without_the_permission_then_refused(shop: LaneNode) -> None:
    looker = Caller(TENANT, STORE, uuid.UUID(int=9), "looker", frozenset({Permission.PAYMENTS_READ}))

    with pytest.raises(NotPermitted):
        shop.take.begin(looker, command(500), render)
    with pytest.raises(NotPermitted):
        shop.take.try_again(looker, PaymentId(new_id()), AttemptId(new_id()))


def test_sale_id_again_with_another_total_then_a_clear_error_and_nothing_half_stored(shop: LaneNode) -> None:
    sale_id = SaleId(new_id())
    first = command(500, sale_id=sale_id)
    _begin(shop, first)
    shop.settle(first.payment_id, DECLINE)

    with pytest.raises(RuleError) as refusal:
        _begin(shop, command(600, sale_id=sale_id))

    assert refusal.value.code == "sale_exists"
    assert (_count(shop.inner), shop.pending()) == (1, 0)


def test_second_payment_of_a_sale_only_after_the_first_took_nothing(shop: LaneNode) -> None:
    """A sale is paid once: a further payment of it is right after a decline, and refused after an approval."""
    sale_id = SaleId(new_id())
    first, second, third = (command(500, sale_id=sale_id) for _ in range(3))
    _begin(shop, first)
    shop.settle(first.payment_id, DECLINE)

    _begin(shop, second)
    shop.settle(second.payment_id, approval(500))
    with pytest.raises(RuleError) as refusal:
        _begin(shop, third)

    assert refusal.value.code == "sale_paid"
    assert (shop.posted(), shop.pending()) == (500, 0)


def test_try_again_sent_twice_at_once_then_one_attempt_and_the_same_answer(shop: LaneNode) -> None:
    asked = command(500)
    _begin(shop, asked)
    shop.settle(asked.payment_id, DECLINE)
    attempt_id = AttemptId(new_id())
    together = Barrier(8)

    def again(_number: int) -> list[AttemptId]:
        together.wait(20)
        record = shop.take.try_again(EVERYBODY, asked.payment_id, attempt_id)
        return [attempt.id for attempt in record.attempts]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(again, range(8)))

    assert all(ids[-1] == attempt_id and len(ids) == 2 for ids in found)
    assert shop.pending() == 500


def test_two_different_tries_at_once_then_one_wins(shop: LaneNode) -> None:
    asked = command(500)
    _begin(shop, asked)
    shop.settle(asked.payment_id, DECLINE)
    together = Barrier(8)

    def again(_number: int) -> str:
        together.wait(20)
        try:
            shop.take.try_again(EVERYBODY, asked.payment_id, AttemptId(new_id()))
        except GatewayError as error:
            return error.code
        return "begun"

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(again, range(8)))

    assert found == ["begun"] + ["payment_open"] * 7
    assert len(shop.load(asked.payment_id).attempts) == 2


def test_try_again_in_doubt_or_paid_or_too_often_then_refused(shop: LaneNode) -> None:
    asked = command(500)
    _begin(shop, asked)
    lost = AttemptOutcome(AttemptEvent.LOSE_ANSWER, Evidence.DIALOGUE, "line_lost", "Lost.", terminal_heard=True)
    codes = []

    def refused() -> str:
        with pytest.raises(RuleError) as refusal:
            shop.take.try_again(EVERYBODY, asked.payment_id, AttemptId(new_id()))
        return refusal.value.code

    codes.append(refused())
    shop.settle(asked.payment_id, lost)
    codes.append(refused())
    shop.settle(asked.payment_id, DECLINE)
    for _ in range(ATTEMPTS_MAX - 1):
        shop.take.try_again(EVERYBODY, asked.payment_id, AttemptId(new_id()))
        shop.settle(asked.payment_id, DECLINE)
    codes.append(refused())

    assert codes == ["payment_open", "payment_open", "too_many_attempts"]


def test_try_again_after_the_terminal_got_another_currency_then_refused(shop: LaneNode) -> None:
    asked = command(500)
    _begin(shop, asked)
    shop.settle(asked.payment_id, DECLINE)
    hints = WrittenHints()
    changed = TakePayment(storage=shop.inner, clock=shop.clock, hints=hints, currencies={TERMINAL: Currency.of("CHF")})

    with pytest.raises(InputError) as refusal:
        changed.try_again(EVERYBODY, asked.payment_id, AttemptId(new_id()))

    assert refusal.value.code == "currency_not_taken"
    assert (hints.sent, shop.attempt(asked.payment_id).state) == ([], AttemptState.DECLINED)
