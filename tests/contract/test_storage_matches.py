"""What matching keeps: apart by store, only added to, and changed by one person at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import GatewayError
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.payables.coding import Coding, CodingEvidence, CodingRule, RuleState
from gateway.domain.payables.consumption import Consumption
from gateway.domain.payables.contract_terms import Contract, ContractUse, Period
from gateway.domain.payables.matching_record import DecisionKind, MatchDecision, MatchOutcome, MatchRecord
from tests.support.purchase_rows import AT, HERE, OTHER_SUPPLIER, SUPPLIER, eur, order_id_of, payable_id_of
from tests.support.storage_rows import new_id

ELSEWHERE = (TenantId("main"), StoreId("south"))
ONE = payable_id_of("R-1")
CODING = Coding("4920", "K1", "V19")


def _entry(number: str = "P-1", quantity: str = "1.250") -> Consumption:
    return Consumption(new_id(), order_id_of(number), 1, ONE, 2, Decimal(quantity), eur("-12.34"), "anna", AT)


def test_consumption_then_read_back_to_the_digit_and_only_here(storage: SqlStorage) -> None:
    first, second = _entry(), replace(_entry("P-2"), at=AT + timedelta(seconds=1))
    with storage.write() as unit:
        unit.matches.lock_orders(*HERE, [first.order_id, second.order_id, first.order_id])
        unit.matches.consume(*HERE, [first, second])
        unit.matches.consume(*HERE, [])

    with storage.read() as unit:
        assert unit.matches.consumed(*HERE, [order_id_of("P-1")]) == (first,)
        assert unit.matches.consumed_by(*HERE, ONE) == (first, second)
        assert unit.matches.consumed(*HERE, []) == ()
        assert unit.matches.consumed_by(*ELSEWHERE, ONE) == ()
    assert str(first.quantity) == "1.250"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE order_consumption SET quantity = '9'",
        "DELETE FROM order_consumption",
        "UPDATE match_result SET actor = 'x'",
        "DELETE FROM match_decision",
    ],
)
def test_what_was_recorded_then_the_database_refuses_to_change_it(storage: SqlStorage, statement: str) -> None:
    with storage.write() as unit:
        unit.matches.consume(*HERE, [_entry()])
        unit.matches.add_result(*HERE, _record(1))
        unit.matches.decide(*HERE, _decision())

    with pytest.raises(GatewayError), storage.write() as unit:
        unit.matches._statements.change(text(statement), {})  # type: ignore[attr-defined]  # beside the port


def _record(sequence: int) -> MatchRecord:
    told: Mapping[str, Any] = {"lines": [{"text": "Caf\u00e9", "checks": [], "none": None, "number": 3}]}
    return MatchRecord(ONE, sequence, MatchOutcome.EXCEPTION, sequence, "a" * 64, told, "anna", AT)


def _decision(line_no: int = 1) -> MatchDecision:
    detail = {"order_id": str(order_id_of("P-1")), "order_line_no": "1"}
    return MatchDecision(new_id(), ONE, DecisionKind.PAIRED, line_no, detail, "because", "anna", AT)


def test_results_and_decisions_then_in_their_order(storage: SqlStorage) -> None:
    decisions = [_decision(3), _decision(1), _decision(2)]
    with storage.write() as unit:
        for sequence in (1, 2, 3):
            unit.matches.add_result(*HERE, _record(sequence))
        for one in decisions:
            unit.matches.decide(*HERE, one)

    with storage.read() as unit:
        assert unit.matches.results(*HERE, ONE, limit=2) == (_record(3), _record(2))
        assert unit.matches.decisions(*HERE, ONE) == tuple(decisions)
        assert unit.matches.results(*ELSEWHERE, ONE, limit=2) == ()
        assert unit.matches.decisions(*ELSEWHERE, ONE) == ()


def test_result_with_signs_no_database_stores_then_they_are_replaced(storage: SqlStorage) -> None:
    hostile = replace(_record(1), told={"lines": [{"text": "a\x00b\ud800"}]})
    with storage.write() as unit:
        unit.matches.add_result(*HERE, hostile)

    with storage.read() as unit:
        (found,) = unit.matches.results(*HERE, ONE, limit=1)
    assert found.told["lines"][0]["text"].startswith("a\ufffdb")


def test_waiting_then_replaced_each_time_and_found_by_any_key(storage: SqlStorage) -> None:
    other = payable_id_of("R-2")
    with storage.write() as unit:
        unit.matches.wait_for(*HERE, ONE, ["order:p-1", "order:p-2", "order:p-1", "x" * 900])
        unit.matches.wait_for(*HERE, other, ["order:p-2"])
        assert unit.matches.waiting(*HERE, ["order:p-2", "x" * 900]) == tuple(sorted([ONE, other]))
        unit.matches.wait_for(*HERE, ONE, ["supplier:1"])
        assert unit.matches.waiting(*HERE, ["order:p-1", "order:p-2"]) == (other,)
        assert unit.matches.waiting(*ELSEWHERE, ["order:p-2"]) == ()
        assert unit.matches.waiting(*HERE, []) == ()


def test_rule_then_kept_whole_and_changed_by_one_at_a_time(storage: SqlStorage) -> None:
    words = ("line", "telephone")
    rule = CodingRule(
        new_id(), SUPPLIER, words, eur("1.00"), eur("9.00"), CODING, RuleState.PROPOSED, AT, "system", (new_id(),)
    )
    active = replace(rule, state=RuleState.ACTIVE, decided_by="anna", decided_at=AT, reason="yes", version=2)
    with storage.write() as unit:
        assert unit.matches.add_rule(*HERE, rule)
        assert not unit.matches.add_rule(*HERE, rule)
        assert unit.matches.update_rule(*HERE, active)
        assert not unit.matches.update_rule(*HERE, active)

    with storage.read() as unit:
        assert unit.matches.rule(*HERE, rule.id) == active
        assert unit.matches.rules(*HERE, SUPPLIER) == unit.matches.rules(*HERE) == (active,)
        assert unit.matches.rules(*HERE, OTHER_SUPPLIER) == unit.matches.rules(*ELSEWHERE) == ()


def test_evidence_then_newest_first(storage: SqlStorage) -> None:
    several = [
        CodingEvidence(
            new_id(), SUPPLIER, ONE, number, "Text", eur("4.00"), CODING, "anna", AT + timedelta(days=number)
        )
        for number in (1, 2)
    ]
    with storage.write() as unit:
        unit.matches.add_evidence(*HERE, several)

    with storage.read() as unit:
        assert unit.matches.evidence(*HERE, SUPPLIER) == (several[1], several[0])
        assert unit.matches.evidence(*HERE, OTHER_SUPPLIER) == ()


def test_contract_then_kept_whole_with_what_it_billed(storage: SqlStorage) -> None:
    contract = Contract(
        new_id(),
        SUPPLIER,
        "Rent",
        eur("1200.00"),
        Period.QUARTER,
        date(2026, 1, 1),
        CODING,
        AT,
        "anna",
        words=("shop",),
    )
    cancelled = replace(contract, cancelled_on=date(2026, 6, 30), cap=eur("9000.00"), version=2)
    uses = [
        ContractUse(new_id(), contract.id, ONE, 0, amount, "anna", AT + timedelta(seconds=place))
        for place, amount in enumerate((eur("1200.00"), eur("-1200.00")))
    ]
    with storage.write() as unit:
        assert unit.matches.add_contract(*HERE, contract)
        assert not unit.matches.add_contract(*HERE, contract)
        assert unit.matches.lock_contract(*HERE, contract.id) == contract
        assert unit.matches.lock_contract(*HERE, new_id()) is None
        assert unit.matches.update_contract(*HERE, cancelled)
        assert not unit.matches.update_contract(*HERE, cancelled)
        for use in uses:
            unit.matches.use_contract(*HERE, use)

    with storage.read() as unit:
        assert unit.matches.contract(*HERE, contract.id) == cancelled
        assert unit.matches.contracts(*HERE, SUPPLIER) == unit.matches.contracts(*HERE) == (cancelled,)
        assert unit.matches.contracts(*ELSEWHERE) == unit.matches.contracts(*HERE, OTHER_SUPPLIER) == ()
        assert unit.matches.contract_uses(*HERE, contract.id) == tuple(uses)
        assert unit.matches.contract_uses_of(*HERE, ONE) == tuple(uses)
