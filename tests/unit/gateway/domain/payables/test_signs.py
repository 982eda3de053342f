"""Signs of duplicates and fraud: what is one, what is none, and the figures they carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.ids import SupplierId
from gateway.domain.money import Money
from gateway.domain.payables.approval_digest import payable_digest
from gateway.domain.payables.payable import Payable, PayableKind, PayableState
from gateway.domain.payables.signs import Risk, SignKind, risk_of, sign
from gateway.domain.payables.signs_account import AccountFacts, AccountLimits, account_signs, country_of
from gateway.domain.payables.signs_duplicate import Relation, comes_first, duplicate_sign
from gateway.domain.payables.signs_usual import usual_signs
from gateway.domain.payables.supplier import (
    NO_ADDRESS,
    AccountState,
    PostalAddress,
    SupplierAccount,
    SupplierRisk,
)
from tests.support.payable_rows import euro, payable_row, supplier_row
from tests.support.storage_rows import NOON, new_id

SUPPLIER = SupplierId(new_id())
LIMITS = AccountLimits(first_payment_max=5000, new_supplier_days=30)
TODAY = date(2026, 3, 2)


def _payable(number: str = "RE-17", gross: int = 11900, **told: Any) -> Payable:
    return payable_row(SUPPLIER, number, gross, **told)


@pytest.mark.parametrize(
    ("other", "relation", "kind"),
    [
        (_payable("re 17"), Relation.SAME, SignKind.HARD_DUPLICATE),
        (_payable("RE-0017"), Relation.SAME, SignKind.HARD_DUPLICATE),
        (_payable("RE-17"), Relation.RELATED, SignKind.SAME_NUMBER_RELATED),
        (_payable("RE-17"), Relation.OTHER, None),
        (_payable("RE-17", 12000), Relation.SAME, SignKind.SAME_NUMBER_OTHER_AMOUNT),
        (_payable("RE-17", kind=PayableKind.CREDIT_NOTE), Relation.SAME, None),
        (_payable("RE-I7", issued_on=date(2025, 1, 1)), Relation.SAME, SignKind.SIMILAR_NUMBER),
        (_payable("RE-172026", issued_on=date(2025, 1, 1)), Relation.SAME, SignKind.YEAR_SUFFIX),
        (_payable("A-99", issued_on=date(2026, 3, 15)), Relation.SAME, SignKind.SAME_AMOUNT_NEAR_DATE),
        (_payable("A-99", issued_on=date(2026, 3, 16)), Relation.SAME, None),
        (_payable("A-99", 12000), Relation.SAME, None),
    ],
)
def test_other_invoice_when_compared_then_the_strongest_sign(
    other: Payable, relation: Relation, kind: SignKind | None
) -> None:
    found = duplicate_sign(_payable(), other, relation)

    assert (None if found is None else found.kind) is kind
    if found is not None:
        assert found.values["amount"] == f"{other.gross.to_decimal()} EUR"


def test_two_copies_when_compared_then_exactly_one_of_them_is_kept() -> None:
    older = _payable(created_at=NOON)
    younger = _payable(created_at=NOON + timedelta(minutes=1))

    assert comes_first(younger, older)
    assert not comes_first(older, younger)
    paid = replace(younger, state=PayableState.SENT)
    assert comes_first(older, paid)
    assert not comes_first(paid, older)
    in_run = replace(younger, state=PayableState.IN_RUN)
    assert comes_first(older, in_run)
    assert not comes_first(in_run, older)
    assert comes_first(in_run, replace(older, state=PayableState.SENT))


def _account(**told: Any) -> SupplierAccount:
    known: dict[str, Any] = {"country": "DE", "iban": "DE02120300000000202051"} | told
    return SupplierAccount(
        id=new_id(),
        supplier_id=SUPPLIER,
        holder="Hafen",
        state=AccountState.EFFECTIVE,
        source="import",
        requested_by=new_id(),
        requested_at=NOON,
        **known,
    )


def _kinds(payable: Payable, facts: AccountFacts) -> set[SignKind]:
    supplier = supplier_row(created_at=NOON - timedelta(days=900))
    return {one.kind for one in account_signs(payable, supplier, facts, LIMITS, today=TODAY)}


@pytest.mark.parametrize(
    ("payable", "facts", "kinds"),
    [
        (_payable(), AccountFacts(_account(), earlier_invoices=9), set()),
        (_payable(), AccountFacts(None, earlier_invoices=9), {SignKind.ACCOUNT_MISSING}),
        (_payable(kind=PayableKind.CREDIT_NOTE), AccountFacts(None), set()),
        (_payable(printed_iban="DE02 1203 0000 0000 2020 51"), AccountFacts(_account(), earlier_invoices=9), set()),
        (
            _payable(printed_iban="DE89370400440532013000"),
            AccountFacts(_account(), earlier_invoices=9),
            {SignKind.ACCOUNT_DIFFERS},
        ),
        (_payable(), AccountFacts(_account(country="MT"), earlier_invoices=9), {SignKind.COUNTRY_DIFFERS}),
        (_payable(), AccountFacts(_account(), ("Other",), earlier_invoices=9), {SignKind.ACCOUNT_SHARED}),
        (_payable(), AccountFacts(_account(), employee="Paul", earlier_invoices=9), {SignKind.ACCOUNT_OF_EMPLOYEE}),
        (_payable(), AccountFacts(_account(cooling_until=TODAY), earlier_invoices=9), {SignKind.COOLING}),
        (_payable(), AccountFacts(_account(cooling_until=TODAY - timedelta(1)), earlier_invoices=9), set()),
        (_payable(gross=500_100), AccountFacts(_account()), {SignKind.FIRST_PAYMENT_HIGH}),
        (_payable(gross=500_000), AccountFacts(_account()), set()),
    ],
)
def test_account_when_looked_at_then_these_signs(payable: Payable, facts: AccountFacts, kinds: set[SignKind]) -> None:
    assert _kinds(payable, facts) == kinds


def test_account_when_another_is_printed_then_no_figure_holds_a_whole_number() -> None:
    payable = _payable(printed_iban="DE89370400440532013000")
    found = account_signs(payable, supplier_row(), AccountFacts(_account(), earlier_invoices=9), LIMITS, today=TODAY)

    assert [one.values for one in found] == [{"printed": "DE..3000", "known": "DE..2051"}]


def test_country_when_no_address_tells_it_then_the_vat_id_does() -> None:
    assert country_of(supplier_row(address=PostalAddress(country="AT"), vat_ids=("DE123456788",))) == "AT"
    assert country_of(supplier_row(address=NO_ADDRESS, vat_ids=("EL094259216",))) == "GR"
    assert country_of(supplier_row(address=NO_ADDRESS)) == ""


def _history(*amounts: int, gap: int = 30, last: date = date(2026, 2, 1)) -> list[tuple[date, Money]]:
    start = last - timedelta(days=gap * (len(amounts) - 1))
    return [(start + timedelta(days=gap * number), euro(amount)) for number, amount in enumerate(amounts)]


def _usual(payable: Payable, history: list[tuple[date, Money]], *limits: int) -> dict[SignKind, dict[str, str]]:
    return {one.kind: dict(one.values) for one in usual_signs(payable, history, [euro(one) for one in limits])}


def test_amount_when_far_above_the_middle_then_told_with_figures_and_one_huge_one_hides_nothing() -> None:
    history = _history(10_000, 10_500, 9_800, 900_000, 10_200)

    assert _usual(_payable(gross=14_900), history) == {}
    assert _usual(_payable(gross=50_000), history)[SignKind.AMOUNT_UNUSUAL] == {
        "amount": "500.00 EUR",
        "usual": "102.00 EUR",
        "highest": "153.00 EUR",
        "invoices": "5",
    }
    assert _usual(_payable(gross=50_000), history[:4]) == {}


def test_time_when_much_sooner_than_usual_then_told() -> None:
    history = _history(*[10_000] * 6)

    assert _usual(_payable(gross=10_000, issued_on=date(2026, 2, 5)), history)[SignKind.TIMING_UNUSUAL]["usual"] == "30"
    assert SignKind.TIMING_UNUSUAL not in _usual(_payable(gross=10_000, issued_on=date(2026, 3, 1)), history)


@pytest.mark.parametrize(("gross", "is_round"), [(100_000, True), (500_000, True), (90_000, False), (100_001, False)])
def test_sum_when_whole_thousands_then_round(gross: int, *, is_round: bool) -> None:
    assert (SignKind.ROUND_SUM in _usual(_payable(gross=gross), [])) is is_round


def test_split_when_together_above_a_limit_each_stays_below_then_told() -> None:
    day = date(2026, 3, 1)
    same_day = [(day, euro(60_000))]

    found = _usual(_payable(gross=50_000, issued_on=day), same_day, 100_000)
    assert found[SignKind.SPLIT_BELOW_LIMIT]["together"] == "1100.00 EUR"
    assert SignKind.SPLIT_BELOW_LIMIT not in _usual(_payable(gross=39_900, issued_on=day), same_day, 100_000)
    assert SignKind.SPLIT_BELOW_LIMIT not in _usual(
        _payable(gross=50_000, issued_on=day), [(day, euro(120_000))], 100_000
    )


def test_risk_when_several_weak_signs_then_higher_and_never_below_the_suppliers() -> None:
    weak = sign(SignKind.AMOUNT_UNUSUAL)

    assert risk_of((), SupplierRisk.LOW) is Risk.LOW
    assert risk_of((weak,), SupplierRisk.LOW) is Risk.NORMAL
    assert risk_of((weak,) * 4, SupplierRisk.LOW) is Risk.HIGH
    assert risk_of((), SupplierRisk.HIGH) is Risk.HIGH


def test_digest_when_anything_that_is_approved_changes_then_another_and_else_the_same() -> None:
    payable, account = _payable(), _account()
    digest = payable_digest(payable, account)
    line = payable.lines[0]
    others = (
        (replace(payable, due_on=date(2026, 4, 1)), account),
        (replace(payable, number="RE-18"), account),
        (replace(payable, gross=euro(11901)), account),
        (replace(payable, reference="RF18539007547034"), account),
        (replace(payable, lines=(replace(line, cost_centre="4711"),)), account),
        (replace(payable, lines=(replace(line, quantity=Decimal(11)),)), account),
        (payable, replace(account, iban="DE02500105170137075030")),
        (payable, replace(account, bic="COBADEFFXXX")),
        (payable, None),
    )
    same = (
        replace(payable, version=9, state=PayableState.APPROVED, paid=euro(5), changed_at=NOON + timedelta(1)),
        replace(payable, lines=(replace(line, quantity=line.quantity.quantize(Decimal("1.0000"))),)),
    )

    assert len({digest, *(payable_digest(*one) for one in others)}) == 1 + len(others)
    assert {payable_digest(one, account) for one in same} == {digest}
    assert payable_digest(payable, replace(account, payee_name="Somebody", payee_check="MTCH")) == digest
