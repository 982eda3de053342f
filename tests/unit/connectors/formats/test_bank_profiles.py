"""Bank profiles as data."""

from datetime import time
from pathlib import Path

import pytest

from connectors.formats.bank_profiles import BankProfiles, Characters, parse_profile
from gateway.domain.errors import ConfigurationError
from gateway.domain.payables.payment_order import Instrument

_GOOD = 'title = "A"\nformat = "pain.001.001.09"\ninstruments = ["sepa"]\n'


def test_built_in_profiles_when_read_then_each_is_usable() -> None:
    profiles = BankProfiles()

    found = {name: profiles.named(name) for name in profiles.names()}

    assert {"sepa", "sepa_v03", "swiss", "international", "us_ach"} <= set(found)
    assert found["swiss"].characters is Characters.LATIN
    assert found["sepa"].cut_off == time(15, 0)
    assert all(profile.title for profile in found.values())
    assert {way for profile in found.values() for way in profile.instruments} == set(Instrument)


def test_operators_profile_when_it_has_a_known_name_then_it_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "sepa.toml").write_text(_GOOD + "orders_max = 3\n", encoding="utf-8")

    assert BankProfiles(tmp_path).named("sepa").orders_max == 3
    assert BankProfiles(tmp_path).named("swiss").name == "swiss"


@pytest.mark.parametrize("name", ["nowhere", "../sepa", "SEPA", "", "a/b", "sepa.toml"])
def test_name_when_there_is_no_such_profile_then_it_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        BankProfiles().named(name)

    assert caught.value.code == "bank_profile_unknown"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("= 1", "Invalid"),
        (_GOOD + "nonsense = 1\n", "nonsense"),
        (_GOOD + "orders_max = true\n", "orders_max"),
        (_GOOD + "batch_booking = 1\n", "batch_booking"),
        (_GOOD + 'orders_max = "1"\n', "orders_max"),
        (_GOOD + "orders_max = 0\n", "limit"),
        (_GOOD + 'characters = "klingon"\n', "klingon"),
        (_GOOD + "cut_off = 15\n", "cut_off"),
        (_GOOD.replace("pain.001.001.09", "pain.001.001.02"), "pain.001.001.02"),
        (_GOOD.replace('["sepa"]', '["barter"]'), "barter"),
        (_GOOD.replace('["sepa"]', '["nacha"]'), "nacha"),
        ('title = "A"\n', "format"),
    ],
)
def test_profile_when_it_means_nothing_then_it_says_what(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_profile("mine", text)

    assert caught.value.code == "bank_profile_unreadable"
    assert said in caught.value.message


def test_check_when_a_file_of_the_operator_is_wrong_then_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "house_bank.toml").write_text(
        'title = "x"\nformat = "pain.001.001.09"\ninstruments = ["sepa"]\nbicc = 1'
    )

    with pytest.raises(ConfigurationError) as refused:
        BankProfiles(tmp_path).check(["sepa"])

    assert refused.value.code == "bank_profile_unreadable"
    assert "house_bank" in refused.value.message
    assert "bicc" in refused.value.message


def test_check_when_an_account_names_no_profile_then_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        BankProfiles(tmp_path).check(["sepa", "hausbank"])

    assert refused.value.code == "bank_profile_unknown"


def test_check_when_a_file_is_no_text_then_refused(tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigurationError) as refused:
        BankProfiles(tmp_path).check([])

    assert refused.value.code == "bank_profile_unreadable"


def test_check_when_the_folder_is_missing_then_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        BankProfiles(tmp_path / "nowhere").check([])

    assert refused.value.code == "bank_profile_folder_missing"
