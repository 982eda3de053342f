"""Coding rules learned from people, and contracts that bill period by period."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.domain.money import Money
from gateway.domain.payables.coding import (
    Coding,
    CodingEvidence,
    CodingRule,
    RuleState,
    proposed_rules,
    rule_for,
    suggested_codings,
    words_of,
)
from gateway.domain.payables.contract_terms import (
    Contract,
    ContractIssue,
    ContractUse,
    Period,
    check_contract,
    contracts_for,
    period_of,
)
from tests.support.purchase_rows import AT, OTHER_SUPPLIER, SUPPLIER, eur, payable_id_of

TELEPHONE, RENT = Coding("4920", "K1", "V19"), Coding("4210")


def _coded(number: int, text: str = "", amount: str = "40.00", coding: Coding = TELEPHONE) -> CodingEvidence:
    return CodingEvidence(
        uuid.uuid5(uuid.NAMESPACE_OID, f"{number} {coding}"),
        SUPPLIER,
        payable_id_of(f"T-{number}"),
        1,
        text or f"Telephone line March {number}",
        eur(amount),
        coding,
        "anna",
        AT + timedelta(days=number),
    )


def _rule(*words: str, coding: Coding = TELEPHONE, state: RuleState = RuleState.ACTIVE) -> CodingRule:
    rule_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{words} {coding}")
    return CodingRule(rule_id, SUPPLIER, words, eur("10.00"), eur("50.00"), coding, state, AT, "system")


def test_three_codings_alike_then_a_rule_with_their_words_and_a_range() -> None:
    (rule,) = proposed_rules(SUPPLIER, [_coded(1), _coded(2, amount="60.00"), _coded(3)], (), at=AT)

    assert (rule.words, rule.coding, rule.state) == (("line", "telephone"), TELEPHONE, RuleState.PROPOSED)
    assert (rule.least, rule.most) == (eur("30.00"), eur("75.00"))
    assert len(rule.evidence) == 3


def test_codings_that_prove_nothing_then_no_rule() -> None:
    twice = [_coded(1), _coded(2)]
    same_payable = [_coded(1), _coded(1), replace(_coded(1), line_no=2)]
    no_shared_word = [_coded(1, "Apples"), _coded(2, "Pears"), _coded(3, "Plums")]
    contradicted = [_coded(1), _coded(2), _coded(3), _coded(4, coding=RENT)]

    for evidence in (twice, same_payable, no_shared_word, contradicted):
        assert proposed_rules(SUPPLIER, evidence, (), at=AT) == ()


def test_refused_rule_then_never_proposed_again() -> None:
    evidence = [_coded(1), _coded(2), _coded(3)]
    (rule,) = proposed_rules(SUPPLIER, evidence, (), at=AT)

    assert proposed_rules(SUPPLIER, [*evidence, _coded(4)], [replace(rule, state=RuleState.REFUSED)], at=AT) == ()


def test_line_coded_again_then_only_the_last_counts() -> None:
    evidence = [_coded(1), _coded(2), _coded(3), replace(_coded(1, coding=RENT), at=AT + timedelta(days=9))]

    assert proposed_rules(SUPPLIER, evidence, (), at=AT) == ()


@pytest.mark.parametrize("state", [RuleState.PROPOSED, RuleState.REFUSED, RuleState.RETIRED])
def test_rule_nobody_consented_to_then_not_used(state: RuleState) -> None:
    assert rule_for([_rule("telephone", state=state)], "Telephone", eur("40.00")) is None


def test_rule_then_needs_all_words_and_the_range() -> None:
    rules = [_rule("telephone", "line")]

    assert rule_for(rules, "TELEPHONE, line 2", eur("50.00")) == rules[0]
    assert rule_for(rules, "Telephone", eur("40.00")) is None
    assert rule_for(rules, "Telephone line", eur("50.01")) is None


def test_rules_that_disagree_then_the_one_with_more_words_or_none() -> None:
    general, special, other = _rule("line"), _rule("line", "telephone", coding=RENT), _rule("telephone", coding=RENT)

    assert rule_for([general, special], "Telephone line", eur("40.00")) == special
    assert rule_for([general, other], "Telephone line", eur("40.00")) is None


def test_suggestions_then_most_alike_first_with_how_often() -> None:
    evidence = [_coded(1), _coded(2), _coded(3, "Rent of the line", coding=RENT)]

    first, second = suggested_codings("Telephone line April", evidence)

    assert (first.coding, first.times, first.like) == (TELEPHONE, 2, "Telephone line March 2")
    assert (second.coding, second.times) == (RENT, 1)
    assert words_of("Miete Januar 2026 für Büro") == {"miete", "für", "büro"}


def _contract(**more: object) -> Contract:
    made = Contract(
        uuid.uuid5(uuid.NAMESPACE_OID, str(sorted(more))),
        SUPPLIER,
        "Rent",
        eur("1200.00"),
        Period.MONTH,
        date(2026, 1, 31),
        RENT,
        AT,
        "anna",
    )
    return replace(made, **more)  # type: ignore[arg-type]  # the tests name fields with their types


@pytest.mark.parametrize(
    ("period", "day", "number"),
    [
        (Period.MONTH, date(2026, 1, 30), -1),
        (Period.MONTH, date(2026, 1, 31), 0),
        (Period.MONTH, date(2026, 2, 27), 0),
        (Period.MONTH, date(2026, 2, 28), 1),
        (Period.MONTH, date(2026, 12, 31), 11),
        (Period.QUARTER, date(2026, 4, 29), 0),
        (Period.QUARTER, date(2026, 4, 30), 1),
        (Period.YEAR, date(2027, 1, 31), 1),
    ],
)
def test_period_when_a_month_is_shorter_then_begins_on_its_last_day(period: Period, day: date, number: int) -> None:
    assert period_of(_contract(period=period), day) == number


def _issues(contract: Contract, amount: str, day: date, uses: tuple[ContractUse, ...] = ()) -> list[ContractIssue]:
    found = check_contract(contract, uses, eur(amount), day, over_minor=0, under_minor=6000)
    return [one.issue for one in found]


def _used(number: int, minor: int = 120000) -> ContractUse:
    return ContractUse(uuid.uuid4(), uuid.uuid4(), payable_id_of("M"), number, Money(minor, eur("1").currency), "", AT)


def test_contract_then_each_term_is_checked() -> None:
    contract = _contract(ends_on=date(2026, 12, 30), cancelled_on=date(2026, 6, 30), cap=eur("3000.00"))
    march = date(2026, 3, 31)

    assert _issues(contract, "1200.00", march) == []
    assert _issues(contract, "1200.01", march) == [ContractIssue.PRICE_ABOVE]
    assert _issues(contract, "1140.00", march) == []
    assert _issues(contract, "1139.99", march) == [ContractIssue.PRICE_BELOW]
    assert _issues(contract, "1200.00", date(2026, 1, 1)) == [ContractIssue.NOT_STARTED]
    assert _issues(contract, "1200.00", date(2026, 7, 1)) == [ContractIssue.ENDED]
    assert _issues(contract, "1200.00", march, (_used(2),)) == [ContractIssue.PERIOD_BILLED]
    assert _issues(contract, "1200.00", march, (_used(0), _used(1))) == [ContractIssue.CAP_EXCEEDED]
    assert _issues(contract, "-1200.00", march, (_used(2),)) == []
    assert _issues(contract, "-1200.01", march, (_used(2),)) == [ContractIssue.NOTHING_BILLED]


def test_contracts_of_a_supplier_when_one_is_named_then_only_that() -> None:
    plain, named = _contract(), _contract(words=("warehouse",))
    foreign = _contract(supplier_id=OTHER_SUPPLIER)

    assert contracts_for([plain, named, foreign], SUPPLIER, "Rent WAREHOUSE 3") == (named,)
    assert contracts_for([plain, named, foreign], SUPPLIER, "Rent") == (plain,)
