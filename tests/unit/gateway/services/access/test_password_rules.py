"""Which passwords and PINs are accepted (PCI DSS 8.3.6, OWASP ASVS 6.2)."""

from __future__ import annotations

import pytest

from gateway.domain.errors import InputError
from gateway.services.access.password_rules import PASSWORD_MAX, check_password, check_pin


def judge(password: str) -> str:
    try:
        check_password(password, login="annika", name="Annika Möller", shop="Corner Shop")
    except InputError as error:
        return error.code
    return "accepted"


@pytest.mark.parametrize(
    "password",
    [
        "blauer fisch tanzt leise",
        "nur kleine buchstaben hier",
        "x7Kq29vLmP0s",
        "Пароль из слов моих",
        "z" * 12 + "quarry jovial mint",
        "vexing quartz dune " * 13,
    ],
)
def test_password_when_long_and_own_then_accepted(password: str) -> None:
    assert judge(password) == "accepted"


@pytest.mark.parametrize(
    "password",
    [
        "Password12345",
        "P@ssw0rd2026!!",
        "qwertzuiop123",
        "123456789012",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "correct horse battery staple",
        "annika.moeller1",
        "Annika-Möller-1",
        "CornerShop2026",
        "Sommer2026Sommer",
        "Kasse1Kasse2Kasse3",
        "1qaz2wsx3edc",
    ],
)
def test_password_when_guessable_then_refused(password: str) -> None:
    assert judge(password) == "password_too_common"


def test_password_when_of_limit_length_then_accepted_and_one_more_or_less_refused() -> None:
    longest = "".join(chr(0x4E00 + place) for place in range(PASSWORD_MAX))

    assert judge(longest) == "accepted"
    assert judge(longest + "x") == "password_too_long"
    assert judge("fisch tanz x") == "accepted"
    assert judge("fisch tanzx") == "password_too_short"


@pytest.mark.parametrize("pin", ["4711", "90210", "13579135"])
def test_pin_when_not_a_pattern_then_accepted(pin: str) -> None:
    check_pin(pin)


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("123", "invalid_pin"),
        ("123456789", "invalid_pin"),
        ("47a1", "invalid_pin"),
        ("٤٧١١", "invalid_pin"),
        ("", "invalid_pin"),
        ("1234", "pin_too_common"),
        ("8765", "pin_too_common"),
        ("0000", "pin_too_common"),
        ("8901", "pin_too_common"),
        ("4747", "pin_too_common"),
    ],
)
def test_pin_when_short_odd_or_a_pattern_then_refused(pin: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        check_pin(pin)

    assert caught.value.code == code
