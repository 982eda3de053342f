"""Amounts without a rounding, and ServiceIDs that never meet."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.nexo.amounts import AMOUNT_MINOR_MAX, to_major, to_minor
from terminal_driver.nexo.service_ids import COUNTED_MAX, ServiceCounter, derived_service_id

CURRENCIES = ["978", "392", "048", "990"]


@given(minor=st.integers(1, AMOUNT_MINOR_MAX), currency=st.sampled_from(CURRENCIES))
def test_amount_when_written_and_read_then_the_same_to_the_last_unit(minor: int, currency: str) -> None:
    assert to_minor(to_major(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.3", "EUR", 1230), ("12.300000", "EUR", 1230), ("1E+2", "EUR", 10000), ("-0.01", "EUR", -1), ("0", "JPY", 0)],
)
def test_amount_when_written_otherwise_then_read_all_the_same(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("12.345", "EUR", "bad_amount"),
        ("0.5", "JPY", "bad_amount"),
        ("10000000000", "EUR", "bad_amount"),
        ("1E+30", "EUR", "bad_amount"),
        ("1", "EURO", "unknown_currency"),
    ],
)
def test_amount_when_it_does_not_fit_then_refused(amount: str, currency: str, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        to_minor(Decimal(amount), currency)

    assert caught.value.code == code


@pytest.mark.parametrize("minor", [0, -1, AMOUNT_MINOR_MAX + 1])
def test_amount_when_none_then_never_written(minor: int) -> None:
    with pytest.raises(LocalProtocolError):
        to_major(minor, "978")


@given(reference=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=35))
def test_service_id_when_derived_then_ten_signs_that_begin_with_a_letter(reference: str) -> None:
    derived = derived_service_id(reference)

    assert derived == derived_service_id(reference)
    assert (len(derived), derived[0].isalpha(), derived.isalnum(), derived.isascii()) == (10, True, True, True)
    assert derived == derived.upper()


def test_service_id_when_many_references_then_none_meet() -> None:
    assert len({derived_service_id(f"till-7-{number:06d}") for number in range(20_000)}) == 20_000


def test_service_id_when_derived_then_the_same_in_every_release() -> None:
    """A register that was updated between the sale and the question must still ask by the right name."""
    assert derived_service_id("till-7-000123") == "WDT7QGMSM5"


def test_counter_when_it_reaches_its_end_then_it_begins_again() -> None:
    counter = ServiceCounter(COUNTED_MAX - 1)

    assert [counter.take(), counter.take(), counter.take()] == ["9999999999", "0000000000", "0000000001"]
