"""References of payees by their rules."""

import pytest

from connectors.formats.references import ReferenceKind, luhn, plain_reference, reference_kind


@pytest.mark.parametrize(
    ("reference", "country", "kind"),
    [
        ("RF18539007547034", "DE", ReferenceKind.ISO),
        ("RF18539007547034", "BE", ReferenceKind.ISO),
        ("RF19539007547034", "DE", None),
        ("210000000003139471430009017", "CH", ReferenceKind.QRR),
        ("210000000003139471430009018", "CH", None),
        ("210000000003139471430009017", "DE", None),
        ("+++090/9337/55493+++", "BE", ReferenceKind.BELGIAN),
        ("090933755494", "BE", None),
        ("000000009797", "BE", ReferenceKind.BELGIAN),
        ("1232", "FI", ReferenceKind.FINNISH),
        ("1234561", "FI", ReferenceKind.FINNISH),
        ("1233", "FI", None),
        ("123", "FI", None),
        ("2345676", "NO", ReferenceKind.NORWEGIAN),
        ("12345678903", "NO", ReferenceKind.NORWEGIAN),
        ("6-", "NO", None),
        ("0000005-", "NO", None),
        ("1234567897", "SE", ReferenceKind.SWEDISH),
        ("1234567898", "SE", None),
        ("12345", "FR", None),
    ],
)
def test_reference_when_asked_then_its_rules_are_known(
    reference: str, country: str, kind: ReferenceKind | None
) -> None:
    assert reference_kind(plain_reference(reference, country), country) is kind


def test_norwegian_reference_when_its_check_is_ten_then_a_hyphen_stands_for_it() -> None:
    # 3 * 4 = 12, and 11 - 12 % 11 = 10.
    assert reference_kind("300-", "NO") is ReferenceKind.NORWEGIAN


def test_digits_when_one_is_changed_then_they_fail() -> None:
    assert luhn("79927398713")
    assert not any(luhn(f"7992739871{digit}") for digit in "012456789")
