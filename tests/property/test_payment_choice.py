"""Random payables, credit notes and cash: nothing is overpaid or paid twice, and every one is accounted for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as some

from gateway.domain.ids import PayableId, derived_id
from gateway.domain.ledger import balances, imbalance
from gateway.domain.money import Money
from gateway.domain.payables.cash_limit import CashWish, within
from gateway.domain.payables.choose_instrument import SourceAccount
from gateway.domain.payables.choose_payments import Choice, RunFacts, RunRules, choose
from gateway.domain.payables.discount import annual_return
from gateway.domain.payables.payable import Payable, PayableKind
from gateway.domain.payables.payable_ledger import (
    discount_lost,
    discount_taken,
    invoice_recognised,
    order_rejected,
    order_released,
    order_returned,
    order_settled,
    payable_account,
)
from gateway.domain.payables.payment_order import Instrument
from gateway.domain.payables.supplier import DiscountStep
from tests.support.bank_loop import ACCOUNT
from tests.support.run_rows import AT, EUR, HERE, IBANS, ROOT, TODAY, account, order, payable, run, supplier

NAMES = ("Alpha", "Beta", "Gamma")


@some.composite
def _payables(draw: some.DrawFn) -> list[Payable]:
    made = []
    for number in range(draw(some.integers(0, 12))):
        gross = draw(some.integers(2, 50_000))
        discounts = draw(some.sampled_from([(), (DiscountStep(10, Decimal(2)),), (DiscountStep(40, Decimal(3)),)]))
        one = payable(
            f"R-{number}",
            of=draw(some.sampled_from(NAMES)),
            gross=gross,
            due=TODAY + timedelta(days=draw(some.integers(-10, 10))),
            discounts=discounts,
            kind=draw(some.sampled_from([PayableKind.INVOICE, PayableKind.INVOICE, PayableKind.CREDIT_NOTE])),
            reference=draw(some.sampled_from(["", "", "RF18539007547034"])),
            paid=draw(some.sampled_from([0, 0, gross // 2, gross])),
        )
        made.append(replace(one, id=PayableId(derived_id(ROOT, f"random {number}"))))
    return made


def _chosen(payables: list[Payable], cash: int | None) -> Choice:
    own = SourceAccount(ACCOUNT, frozenset({Instrument.SEPA}))
    facts = RunFacts(
        payables=payables,
        suppliers={supplier(name).id: supplier(name) for name in NAMES},
        accounts={supplier(name).id: account(name, iban=iban) for name, iban in zip(NAMES, IBANS, strict=False)},
        own=[own],
        approved=frozenset(one.id for one in payables if one.number != "R-3"),
    )
    rules = RunRules(
        today=TODAY,
        earliest={"main": TODAY},
        next_earliest={"main": TODAY + timedelta(days=1)},
        closed={"main": lambda day: day.isoweekday() > 5},
        cost_of_cash=Decimal(8),
        late_interest=Decimal(10),
        cash={} if cash is None else {"main": Money(cash, EUR)},
    )
    return choose(facts, rules)


@given(_payables(), some.one_of(some.none(), some.integers(0, 100_000)))
def test_choice_when_made_of_anything_then_every_payable_is_in_one_place_and_none_overpaid(
    payables: list[Payable], cash: int | None
) -> None:
    found = _chosen(payables, cash)

    by_id = {one.id: one for one in payables}
    paid = [part for one in found.payments for part in one.allocations]
    left = [one.payable_id for one in found.left_out]
    assert sorted([*(part.payable_id for part in paid), *left]) == sorted(by_id)
    for part in paid:
        assert 0 < part.amount.minor + part.discount.minor <= by_id[part.payable_id].open_amount.minor
        assert by_id[part.payable_id].number != "R-3"
        assert part.credit is (by_id[part.payable_id].kind is PayableKind.CREDIT_NOTE)
    for one in found.payments:
        assert one.amount.minor == sum(
            -part.amount.minor if part.credit else part.amount.minor for part in one.allocations
        )
        assert one.amount.minor > 0
        assert one.execute_on.isoweekday() <= 5 or one.execute_on == TODAY
        assert not one.reference or len(one.allocations) == 1
    if cash is not None:
        assert sum(one.amount.minor for one in found.payments) <= cash
    assert _chosen(list(reversed(payables)), cash) == found


@given(
    some.lists(some.tuples(some.integers(1, 50), some.integers(0, 50), some.booleans()), max_size=8),
    some.integers(-5, 120),
)
def test_cash_limit_when_small_then_the_best_set_of_what_can_wait(rows: list[tuple[int, int, bool]], room: int) -> None:
    wishes = [CashWish(amount, cost, pressing, place) for place, (amount, cost, pressing) in enumerate(rows)]

    taken = within(wishes, room)

    assert sum(one.amount for one in wishes if one.order in taken) <= max(room, 0)
    left = room - sum(one.amount for one in wishes if one.pressing and one.order in taken)
    rest = [one for one in wishes if not one.pressing]
    best = max(
        sum(one.cost for one in some_of)
        for size in range(len(rest) + 1)
        for some_of in combinations(rest, size)
        if sum(one.amount for one in some_of) <= max(left, 0)
    )
    assert sum(one.cost for one in rest if one.order in taken) == best


def test_discount_when_as_in_the_books_then_its_known_return() -> None:
    told = [annual_return(Decimal(percent), days) for percent, days in ((2, 20), (3, 20), (2, 16), (1, 20), (2, 50))]

    assert [round(one, 1) for one in told] == [Decimal(text) for text in ("37.2", "56.4", "46.6", "18.4", "14.9")]


@given(some.lists(some.sampled_from(["settled", "rejected", "returned", "open"]), min_size=1, max_size=6))
def test_books_when_payments_end_in_any_way_then_every_cent_is_in_one_place(fates: list[str]) -> None:
    mine = run()
    transfers = []
    owed, gone = 0, 0
    for number, fate in enumerate(fates, 1):
        one = payable(f"R-{number}", gross=10_000 + number)
        made = order(mine, number, one, discount=100)
        transfers += [*invoice_recognised(one, AT), order_released(*HERE, made, AT)]
        if fate == "rejected":
            transfers += order_rejected(*HERE, made, AT)
        elif fate != "open":
            transfers += [*order_settled(*HERE, made, AT), *discount_taken(*HERE, made, AT)]
        if fate == "returned":
            transfers += [*order_returned(*HERE, made, AT), *discount_lost(*HERE, made, AT, transfers)]
        if fate == "settled":
            gone += made.amount.minor
        else:
            owed += one.gross.minor

    assert len({one.id for one in transfers}) == len(transfers)
    found = balances(transfers)
    assert imbalance(found.values()) == {"EUR": 0}
    debt = found[payable_account(supplier().id), "EUR"]
    assert debt.credits_posted - debt.debits_posted == owed
    bank = found.get(("bank/main", "EUR"))
    assert (0 if bank is None else bank.credits_posted - bank.debits_posted) == gone
