"""Invoices without order over real storage: coded by hand, by rules people agreed to, by contracts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import InputError, RuleError
from gateway.domain.money import Money
from gateway.domain.payables.coding import Coding, RuleState
from gateway.domain.payables.contract_terms import Period
from gateway.domain.payables.payable import Payable, PayableState, PayableStep
from gateway.services.payables.decide_match import LineCoding
from gateway.services.payables.manage_contracts import ContractWish
from tests.support.match_desk import CLERK, Desk, action_on, request_of, told
from tests.support.purchase_rows import (
    EUR,
    SUPPLIER,
    billed,
    eur,
    order_id_of,
    payable,
)
from tests.support.storage_rows import FixedClock, new_id


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """A desk on each database."""
    storage = SqlStorage(database_url, FixedClock())
    yield Desk(storage)
    storage.close()


def _telephone(number: str, amount: str = "40.00") -> Payable:
    return payable(number, [billed(1, "1", amount, f"Telephone line November {number}", unit="")])


def test_line_without_order_then_coded_by_hand_and_a_rule_is_proposed(desk: Desk) -> None:
    several = [desk.take_in(_telephone(f"T-{number}")) for number in (1, 2, 3)]
    assert {one.state for one in several} == {PayableState.EXCEPTION}
    assert desk.issues(several[0]) == ["not_coded"]

    for one in several:
        desk.decide.code(CLERK, action_on(one), [LineCoding(1, Coding("4920", "", "V19"))], told)

    assert {desk.load(one).state for one in several} == {PayableState.MATCHED}
    assert desk.load(several[0]).lines[0].account_code == "4920"
    (found,) = desk.contracts.rules(CLERK)
    assert (found.rule.state, found.rule.words, len(found.evidence)) == (RuleState.PROPOSED, ("line", "telephone"), 3)


def test_proposed_rule_then_used_only_after_consent(desk: Desk) -> None:
    for number in (1, 2, 3):
        one = desk.take_in(_telephone(f"T-{number}"))
        desk.decide.code(CLERK, action_on(one), [LineCoding(1, Coding("4920"))], told)
    (found,) = desk.contracts.rules(CLERK)
    waiting = desk.take_in(_telephone("T-4"))
    assert waiting.state is PayableState.EXCEPTION
    assert [one.coding.account_code for one in desk.view(waiting).suggestions[1]] == ["4920"]

    desk.contracts.decide_rule(CLERK, found.rule.id, RuleState.ACTIVE, "yes", request_of("consent"), told)

    assert desk.load(waiting).state is PayableState.MATCHED
    assert desk.take_in(_telephone("T-5", "44.00")).state is PayableState.MATCHED
    assert desk.take_in(_telephone("T-6", "400.00")).state is PayableState.EXCEPTION
    with pytest.raises(RuleError, match="cannot become"):
        desk.contracts.decide_rule(CLERK, found.rule.id, RuleState.ACTIVE, "", request_of("twice"), told)


def _contract(**more: Any) -> ContractWish:
    told: dict[str, Any] = {
        "id": new_id(),
        "supplier_id": SUPPLIER,
        "name": "Rent",
        "price": eur("1200.00"),
        "period": Period.MONTH,
        "starts_on": date(2026, 1, 1),
        "coding": Coding("4210", "", "V19"),
        "ends_on": None,
        "cap": None,
        "words": (),
        "request": request_of(str(new_id())),
    } | more
    return ContractWish(**told)


def _rent(number: str, day: date, amount: str = "1200.00", **more: Any) -> Payable:
    return payable(number, [billed(1, "1", amount, "Rent shop", unit="")], issued_on=day, **more)


def test_contract_then_bills_each_period_once_within_its_cap(desk: Desk) -> None:
    desk.contracts.add_contract(CLERK, _contract(cap=eur("2500.00")), told)

    first = desk.take_in(_rent("M-1", date(2026, 11, 2)))
    again = desk.take_in(_rent("M-2", date(2026, 11, 20)))
    second = desk.take_in(_rent("M-3", date(2026, 12, 1)))
    third = desk.take_in(_rent("M-4", date(2027, 1, 1)))

    assert (first.state, second.state) == (PayableState.MATCHED, PayableState.MATCHED)
    assert first.lines[0].account_code == "4210"
    assert (again.state, third.state) == (PayableState.EXCEPTION, PayableState.EXCEPTION)
    (shown,) = desk.contracts.contracts(CLERK)
    assert sum(use.amount.minor for use in shown.uses) == 240000
    desk.end(first, PayableStep.CANCELLED)
    (shown,) = desk.contracts.contracts(CLERK)
    assert sum(use.amount.minor for use in shown.uses) == 120000


def test_cancelled_contract_then_later_invoice_is_an_exception(desk: Desk) -> None:
    wish = _contract()
    desk.contracts.add_contract(CLERK, wish, told)
    desk.contracts.cancel_contract(CLERK, wish.id, date(2026, 11, 30), request_of("end"), told)

    assert desk.take_in(_rent("M-1", date(2026, 11, 2))).state is PayableState.MATCHED
    late = desk.take_in(_rent("M-2", date(2026, 12, 1)))
    record = desk.view(late).record
    assert record is not None
    subjects = [check["subject"] for line in record.told["lines"] for check in line["checks"] if not check["ok"]]
    assert subjects == ["contract_ended"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"price": Money(0, EUR)}, "/price"),
        ({"ends_on": date(2025, 1, 1)}, "/ends_on"),
        ({"cap": eur("1.00")}, "/cap"),
        ({"supplier_id": order_id_of("nobody")}, "/supplier_id"),
    ],
)
def test_contract_that_cannot_be_then_refused_with_its_place(desk: Desk, wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InputError) as caught:
        desk.contracts.add_contract(CLERK, _contract(**wrong), told)

    assert caught.value.pointer == pointer
