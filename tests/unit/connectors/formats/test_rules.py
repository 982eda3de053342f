"""Rules of orders before a file: each breach is named with its field, and nothing else is."""

import ast
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors import formats
from connectors.formats.bank_profiles import BankProfiles
from connectors.formats.order_checks import Days
from connectors.formats.rules import problems
from gateway.domain.payables.payment_order import BankAccount, Instrument, PaymentOrder
from gateway.domain.payables.supplier import PostalAddress
from tests.support.bank_orders import (
    DOLLAR_ACCOUNT,
    EURO_ACCOUNT,
    GERMAN_IBAN,
    PAY_ON,
    QR_IBAN,
    QR_REFERENCE,
    SWISS_ACCOUNT,
    SWISS_IBAN,
    TODAY,
    ach,
    allocation,
    cross_border,
    iban_of,
    money,
    order,
    payee,
    swiss,
)

_INTERNATIONAL = replace(EURO_ACCOUNT, profile="international")
_US_ADDRESS = PostalAddress("Main Street", "1", "10001", "New York", "US")
_BRITISH_IBAN = iban_of("GB", "NWBK60161331926819")


def _at(address: PostalAddress) -> BankAccount:
    return replace(EURO_ACCOUNT, address=address)


def _weekend(day: date) -> bool:
    return day.weekday() > 4


def _found(account: BankAccount, orders: Sequence[PaymentOrder]) -> set[tuple[str, str]]:
    profile = BankProfiles().named(account.profile)
    found = problems(profile, account, orders, days=Days(TODAY, _weekend))
    assert all(problem.message and problem.hint for problem in found)
    return {(problem.field, problem.code) for problem in found}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"amount": money(0)}, "amount", "amount_not_positive"),
        ({"amount": money(-5)}, "amount", "amount_not_positive"),
        ({"amount": money(100_000_000_000)}, "amount", "amount_too_large"),
        ({"amount": money(5, "USD")}, "amount", "currency_not_allowed"),
        ({"payee": payee(iban="FR1420041010050500013M02607")}, "payee.iban", "invalid_iban"),
        ({"payee": payee(iban="FR14 2004 1010 0505 0001 3M02 606")}, "payee.iban", "invalid_iban"),
        ({"payee": payee(iban="")}, "payee.iban", "account_missing"),
        ({"payee": payee(iban="", other_id="123")}, "payee.iban", "iban_missing"),
        ({"payee": payee(iban=iban_of("BR", "00360305000010009795493C1"))}, "payee.iban", "country_outside_sepa"),
        ({"payee": payee(iban=QR_IBAN, address=_US_ADDRESS)}, "payee.iban", "qr_iban_not_allowed"),
        ({"payee": payee(bic="ABC")}, "payee.bic", "invalid_bic"),
        ({"payee": payee(account_type="savings")}, "payee.account_type", "account_type_invalid"),
        ({"payee": payee(name="")}, "payee.name", "text_missing"),
        ({"payee": payee(name="x" * 71)}, "payee.name", "text_too_long"),
        ({"payee": payee(name="ä" * 36, language="de")}, "payee.name", "text_too_long"),
        ({"payee": payee(name="東京")}, "payee.name", "character_unwritable"),
        ({"payee": payee(iban=_BRITISH_IBAN)}, "payee.address", "address_missing"),
        ({"text": "x" * 141}, "text", "text_too_long"),
        ({"text": "✂"}, "text", "character_unwritable"),
        ({"reference": "RF00123"}, "reference", "reference_invalid"),
        ({"reference": "12345"}, "reference", "reference_invalid"),
        ({"charges": "DEBT"}, "charges", "charges_not_allowed"),
        ({"end_to_end_id": "A" * 36}, "end_to_end_id", "identifier_length"),
        ({"end_to_end_id": ""}, "end_to_end_id", "identifier_length"),
        ({"end_to_end_id": "Ä1"}, "end_to_end_id", "identifier_characters"),
        ({"end_to_end_id": "A_1"}, "end_to_end_id", "identifier_characters"),
        ({"end_to_end_id": " A1"}, "end_to_end_id", "identifier_characters"),
        ({"end_to_end_id": "/A1"}, "end_to_end_id", "identifier_slash"),
        ({"end_to_end_id": "A1/"}, "end_to_end_id", "identifier_slash"),
        ({"end_to_end_id": "A//1"}, "end_to_end_id", "identifier_slash"),
        ({"uetr": "not-a-uuid"}, "uetr", "uetr_invalid"),
        ({"uetr": "3f2b8c1e-0000-1000-8000-000000000000"}, "uetr", "uetr_invalid"),
        ({"purpose": "supp"}, "purpose", "purpose_invalid"),
        ({"ultimate_debtor": "x" * 71}, "ultimate_debtor", "text_too_long"),
        ({"execute_on": date(2026, 11, 22)}, "execute_on", "date_past"),
        ({"execute_on": date(2026, 11, 28)}, "execute_on", "date_closed"),
        ({"execute_on": date(2027, 2, 22)}, "execute_on", "date_too_far"),
        ({"instrument": Instrument.NACHA}, "instrument", "instrument_not_offered"),
        ({"bank_account_id": "other"}, "bank_account_id", "wrong_account"),
    ],
)  # fmt: skip
def test_sepa_order_when_something_is_wrong_then_its_field_is_named(
    changes: dict[str, Any], field: str, code: str
) -> None:
    assert (field, code) in _found(EURO_ACCOUNT, [order(1, **changes)])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"amount": money(1)},
        {"amount": money(99_999_999_999)},
        {"reference": "RF18539007547034", "text": "x" * 200},
        {"payee": payee(iban=_BRITISH_IBAN, address=PostalAddress(town="London", country="GB"))},
        {"payee": payee(name="ä" * 35, language="de")},
        {"execute_on": TODAY},
        {"execute_on": date(2026, 11, 28), "instrument": Instrument.SEPA_INSTANT},
        {"end_to_end_id": "A/1-(x):b.c,d'e+f?g h"},
        {"uetr": "3f2b8c1e-0000-4000-8000-000000000000"},
    ],
)
def test_sepa_order_when_all_is_right_then_nothing_is_said(changes: dict[str, Any]) -> None:
    assert _found(EURO_ACCOUNT, [order(1, **changes)]) == set()


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"charges": "SLEV"}, "charges", "charges_not_allowed"),
        ({"payee": payee(iban="", other_id="ab*c", bic="CHASUS33", country="US", address=_US_ADDRESS)},
         "payee.other_id", "account_characters"),
        ({"payee": payee(iban="", other_id="1", country="US", address=_US_ADDRESS)}, "payee.bic", "bank_unknown"),
        ({"payee": payee(iban="", other_id="1", bic="CHASUS33", country="US")}, "payee.address", "address_missing"),
        ({"payee": payee(iban="", other_id="1", country="US", clearing_system="us", clearing_member="1",
                         bank_name="B", address=_US_ADDRESS)}, "payee.clearing_system", "clearing_system_invalid"),
        ({"payee": payee(iban="", other_id="1", country="US", clearing_system="USABA", clearing_member="1 2",
                         bank_name="B", address=_US_ADDRESS)}, "payee.clearing_member", "clearing_member_invalid"),
        ({"payee": payee(iban="", other_id="1", bic="BKCHCNBJ", country="CN",
                         address=PostalAddress(town="Beijing", country="CN"))}, "purpose", "purpose_missing"),
        ({"payee": payee(), "amount": money(100, "SEK"), "charges": "DEBT"}, "charges", "charges_not_allowed"),
        ({"execute_on": TODAY}, "execute_on", "date_too_soon"),
    ],
)  # fmt: skip
def test_order_across_borders_when_something_is_wrong_then_its_field_is_named(
    changes: dict[str, Any], field: str, code: str
) -> None:
    assert (field, code) in _found(_INTERNATIONAL, [cross_border(1, **changes)])


@pytest.mark.parametrize(
    ("address", "field", "code"),
    [
        (PostalAddress(street="Rue 1, Paris"), "payee.address", "address_unstructured"),
        (PostalAddress("Rue 1\nParis", "", "", "P", "FR"), "payee.address", "address_unstructured"),
        (PostalAddress(town="Paris"), "payee.address", "address_incomplete"),
        (PostalAddress(town="Paris", country="France"), "payee.address", "address_incomplete"),
        (PostalAddress("x", "y" * 17, "", "P", "FR"), "payee.address.building", "text_too_long"),
    ],
)
def test_address_when_it_goes_into_the_file_then_it_has_to_be_right(
    address: PostalAddress, field: str, code: str
) -> None:
    wanted = replace(EURO_ACCOUNT, profile="sepa_hybrid")

    assert _found(wanted, [order(1, payee=payee(address=address))]) == {(field, code)}
    # Inside the EEA most banks do not want it: then it stops nothing.
    assert _found(EURO_ACCOUNT, [order(1, payee=payee(address=address))]) == set()


def test_orders_across_borders_when_right_then_nothing_is_said() -> None:
    debt = cross_border(2, charges="DEBT", purpose="SUPP")

    assert _found(_INTERNATIONAL, [cross_border(1), debt]) == set()


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"reference": ""}, "reference", "qr_reference_missing"),
        ({"reference": "RF18539007547034"}, "reference", "qr_reference_missing"),
        ({"reference": QR_REFERENCE[:-1] + "0"}, "reference", "reference_invalid"),
        ({"payee": payee(iban=SWISS_IBAN)}, "reference", "qr_iban_missing"),
        ({"payee": payee(iban=GERMAN_IBAN), "reference": ""}, "payee.iban", "country_outside_switzerland"),
        ({"amount": money(5, "USD")}, "amount", "currency_not_allowed"),
        ({"charges": "DEBT"}, "charges", "charges_not_allowed"),
    ],
)
def test_swiss_order_when_something_is_wrong_then_its_field_is_named(
    changes: dict[str, Any], field: str, code: str
) -> None:
    assert (field, code) in _found(SWISS_ACCOUNT, [swiss(1, **changes)])


def test_swiss_orders_when_right_then_nothing_is_said() -> None:
    plain = swiss(2, payee=payee(iban=SWISS_IBAN), reference="RF18539007547034")

    assert _found(SWISS_ACCOUNT, [swiss(1), plain]) == set()


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"amount": money(5, "EUR")}, "amount", "currency_not_allowed"),
        ({"amount": money(10_000_000_000, "USD")}, "amount", "amount_too_large"),
        (
            {"payee": payee(other_id="1", clearing_member="231380105")},
            "payee.clearing_member",
            "routing_number_invalid",
        ),
        (
            {"payee": payee(other_id="1", clearing_member="000000000")},
            "payee.clearing_member",
            "routing_number_invalid",
        ),
        ({"payee": payee(other_id="1" * 18, clearing_member="231380104")}, "payee.other_id", "account_characters"),
    ],
)
def test_ach_order_when_something_is_wrong_then_its_field_is_named(
    changes: dict[str, Any], field: str, code: str
) -> None:
    assert (field, code) in _found(DOLLAR_ACCOUNT, [ach(1, **changes)])


def test_ach_orders_when_right_then_nothing_is_said() -> None:
    assert _found(DOLLAR_ACCOUNT, [ach(1), ach(2, allocations=(allocation("A", 1), allocation("B", 2)))]) == set()


def test_identifiers_when_ach_cuts_them_to_the_same_then_the_second_is_refused() -> None:
    first, second = ach(1, end_to_end_id="A" * 15 + "1"), ach(2, end_to_end_id="A" * 15 + "2")

    assert _found(DOLLAR_ACCOUNT, [first, second]) == {("end_to_end_id", "identifier_twice")}


def test_orders_when_two_have_one_identifier_then_the_second_is_refused() -> None:
    profile = BankProfiles().named("sepa")
    first, second = order(1, end_to_end_id="SAME"), order(2, end_to_end_id="SAME")

    found = problems(profile, EURO_ACCOUNT, [first, second], days=None)

    assert [(problem.order_id, problem.code) for problem in found] == [(second.id, "identifier_twice")]


@pytest.mark.parametrize(
    ("account", "field", "code"),
    [
        (replace(EURO_ACCOUNT, iban=GERMAN_IBAN[:-1] + "1"), "account.iban", "invalid_iban"),
        (replace(EURO_ACCOUNT, iban=""), "account.iban", "account_missing"),
        (replace(EURO_ACCOUNT, bic="abc"), "account.bic", "invalid_bic"),
        (replace(EURO_ACCOUNT, holder=""), "account.holder", "text_missing"),
        (replace(EURO_ACCOUNT, holder="x" * 71), "account.holder", "text_too_long"),
        (replace(EURO_ACCOUNT, holder="東"), "account.holder", "character_unwritable"),
        (replace(EURO_ACCOUNT, initiating_id="x" * 36), "account.initiating_id", "identifier_length"),
        (replace(EURO_ACCOUNT, initiating_id="a&b"), "account.initiating_id", "identifier_characters"),
        (replace(EURO_ACCOUNT, clearing_member="1 2"), "account.clearing_member", "clearing_member_invalid"),
        (replace(EURO_ACCOUNT, iban="", other_id="1" * 35), "account.other_id", "account_characters"),
        (_at(PostalAddress(building="1" * 17)), "account.address.building", "text_too_long"),
        (_at(PostalAddress(street="東")), "account.address.street", "character_unwritable"),
        (_at(PostalAddress(town="Bonn", country="Germany")), "account.address.country", "address_incomplete"),
        (replace(DOLLAR_ACCOUNT, clearing_member="1"), "account.clearing_member", "routing_number_invalid"),
        (replace(DOLLAR_ACCOUNT, initiating_id=""), "account.initiating_id", "identifier_length"),
        (replace(DOLLAR_ACCOUNT, other_id=""), "account.other_id", "account_characters"),
    ],
)
def test_own_account_when_something_is_wrong_then_it_is_said_for_the_whole_file(
    account: BankAccount, field: str, code: str
) -> None:
    profile = BankProfiles().named(account.profile)

    found = problems(profile, account, [], days=None)

    assert [(problem.order_id, problem.field, problem.code) for problem in found] == [(None, field, code)]


def test_instant_payment_when_above_the_limit_of_the_bank_then_it_is_refused() -> None:
    account = replace(EURO_ACCOUNT, profile="sepa_v03")
    much = order(1, instrument=Instrument.SEPA_INSTANT, amount=money(10_000_001))

    assert _found(account, [much]) == {("amount", "amount_too_large")}
    assert _found(account, [replace(much, amount=money(10_000_000))]) == set()


def test_dates_when_a_file_is_written_again_then_they_are_not_asked() -> None:
    old = order(1, execute_on=date(2020, 1, 1))

    assert problems(BankProfiles().named("sepa"), EURO_ACCOUNT, [old], days=None) == ()


def test_lead_days_when_a_weekend_lies_between_then_it_does_not_count() -> None:
    profile = replace(BankProfiles().named("sepa"), lead_days=2)
    friday, monday = date(2026, 11, 27), date(2026, 11, 30)

    soon = problems(profile, EURO_ACCOUNT, [order(1, execute_on=monday)], days=Days(friday, _weekend))
    later = problems(profile, EURO_ACCOUNT, [order(1, execute_on=date(2026, 12, 1))], days=Days(friday, _weekend))

    assert [problem.code for problem in soon] == ["date_too_soon"]
    assert later == ()
    assert PAY_ON.weekday() < 5


def test_codes_when_a_rule_can_say_them_then_both_languages_have_words() -> None:
    sources = sorted(Path(formats.__file__).parent.glob("*.py"))
    said = {code for path in sources for code in _codes_of(ast.parse(path.read_text(encoding="utf-8")))}
    words = Path(formats.__file__).parents[2] / "gateway" / "web" / "templates" / "words"

    assert len(said) > 35
    for language in ("en", "de"):
        told = tomllib.loads((words / language / "payables_formats.toml").read_text(encoding="utf-8"))
        assert set(told["bank_problem"]) == set(told["bank_problem_hint"]) == said


def _codes_of(tree: ast.AST) -> set[str]:
    """Return every text that stands as the code of a finding."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) == 4]
    named = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "Finding"]
    texts = [item for node in named for item in ast.walk(node.args[1]) if isinstance(item, ast.Constant)]
    # One code is chosen between two before it is said.
    chosen = [node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and _is_code(node)]
    texts += [
        item
        for value in chosen
        if isinstance(value, ast.IfExp)
        for item in (value.body, value.orelse)
        if isinstance(item, ast.Constant)
    ]
    return {str(item.value) for item in texts if isinstance(item.value, str)}


def _is_code(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "code" for target in node.targets)
