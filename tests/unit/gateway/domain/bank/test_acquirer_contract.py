"""Fees to the cent, versions by day, deadlines of chargebacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from gateway.domain.bank.acquirer_contract import (
    AcquirerContract,
    AcquirerTerms,
    ContractFee,
    DeadlineRule,
    ReasonFamily,
    check_terms,
    contract_on,
    family_of,
    fee_of,
    respond_days,
)
from gateway.domain.errors import InputError
from gateway.domain.money import Currency

TERMS = AcquirerTerms(
    name="North Acquiring",
    currency=Currency.of("EUR"),
    fees=(
        ContractFee("", "", 190, 0),
        ContractFee("visa", "", 95, 5),
        ContractFee("visa", "debit", 25, 5),
    ),
    deadlines=(DeadlineRule("", "fraud", 20), DeadlineRule("visa", "fraud", 18), DeadlineRule("visa", "", 30)),
    respond_days=10,
)


@pytest.mark.parametrize(
    ("brand", "kind", "amount", "fee"),
    [
        ("visa", "debit", 10_000, 30),
        ("visa", "credit", 10_000, 100),
        ("visa", "", 10_000, 100),
        ("amex", "debit", 10_000, 190),
        ("visa", "credit", 526, 10),  # 4.997 and 5: half a cent and more is rounded up
        ("visa", "credit", 473, 9),  # 4.4935
        ("other", "", 0, 0),
    ],
)
def test_fee_then_the_most_exact_rule_counts_to_the_cent(brand: str, kind: str, amount: int, fee: int) -> None:
    assert fee_of(TERMS, brand, kind, amount) == fee


def test_fee_of_a_card_without_a_rule_then_is_not_known() -> None:
    assert fee_of(replace(TERMS, fees=(ContractFee("visa", "", 1, 0),)), "amex", "", 100) is None


def test_contract_on_a_day_then_is_the_version_that_began_last() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    first = AcquirerContract("north", 1, date(2026, 1, 1), TERMS, "anna", made)
    later = replace(first, version=2, valid_from=date(2026, 6, 1))
    corrected = replace(first, version=3, valid_from=date(2026, 1, 1))
    versions = (later, corrected, first)

    assert contract_on(versions, "north", date(2025, 12, 31)) is None
    assert contract_on(versions, "north", date(2026, 5, 31)) == corrected
    assert contract_on(versions, "north", date(2026, 6, 1)) == later
    assert contract_on(versions, "south", date(2026, 6, 1)) is None


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("10.4", ReasonFamily.FRAUD),
        ("13.1", ReasonFamily.CONSUMER),
        ("4853", ReasonFamily.CONSUMER),
        ("4837", ReasonFamily.FRAUD),
        ("F29", ReasonFamily.FRAUD),
        ("4808", ReasonFamily.AUTHORISATION),
        ("1044", ReasonFamily.OTHER),
        ("Fraudulent", ReasonFamily.OTHER),
        ("", ReasonFamily.OTHER),
    ],
)
def test_family_of_reason_codes_of_the_schemes(code: str, family: ReasonFamily) -> None:
    assert family_of(code) is family


def test_deadline_then_scheme_and_family_count_before_either() -> None:
    assert respond_days(TERMS, "visa", ReasonFamily.FRAUD) == 18
    assert respond_days(TERMS, "visa", ReasonFamily.CONSUMER) == 30
    assert respond_days(TERMS, "mastercard", ReasonFamily.FRAUD) == 20
    assert respond_days(TERMS, "mastercard", ReasonFamily.OTHER) == 10
    assert respond_days(None, "visa", ReasonFamily.FRAUD) == 14


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (replace(TERMS, fees=(*TERMS.fees, ContractFee("visa", "", 1, 1))), "fee_twice"),
        (replace(TERMS, fees=(ContractFee("visa", "", 2501, 1),)), "fee_out_of_range"),
        (replace(TERMS, fees=(ContractFee("visa", "", 1, -1),)), "fee_out_of_range"),
        (replace(TERMS, deadlines=(*TERMS.deadlines, DeadlineRule("visa", "", 3))), "deadline_twice"),
    ],
)
def test_terms_that_contradict_themselves_then_are_refused(terms: AcquirerTerms, code: str) -> None:
    check_terms(TERMS)

    with pytest.raises(InputError) as refused:
        check_terms(terms)

    assert refused.value.code == code
