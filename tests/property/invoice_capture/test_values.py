"""What is printed in a known way is read back; any text at all is read without an exception."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from invoice_capture.values import (
    amount_text,
    find_amounts,
    find_bics,
    find_currencies,
    find_dates,
    find_ibans,
    find_vat_ids,
    iban_ok,
    parse_amount,
    parse_date,
    qrr_ok,
    rf_ok,
    vat_id_ok,
)
from invoice_capture.values.month_names import MONTHS

_CENTS = st.integers(min_value=-(10**11), max_value=10**11)
_DATES = st.dates(dt.date(1970, 1, 1), dt.date(2069, 12, 31))


def _grouped(cents: int, group: str, decimal: str) -> str:
    whole = f"{abs(cents) // 100:,}".replace(",", group)
    return f"{'-' if cents < 0 else ''}{whole}{decimal}{abs(cents) % 100:02}"


@given(_CENTS, st.sampled_from([(".", ","), (",", "."), (" ", ","), ("'", "."), ("\u202f", ","), ("", "."), ("", ",")]))
def test_amount_when_printed_then_it_is_read_back(cents: int, signs: tuple[str, str]) -> None:
    printed = _grouped(cents, *signs)
    value = Decimal(cents) / 100

    assert parse_amount(printed) == value
    assert parse_amount(f"{printed} €") == value
    assert parse_amount(f"CHF {printed}") == value
    assert [one.value for one in find_amounts(f"Total: {printed} EUR")] == [value]
    assert parse_amount(amount_text(value)) == value


@given(_DATES, st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%y", "%Y%m%d", "%d-%m-%Y", "%d %m %Y"]))
def test_date_when_printed_then_it_is_read_back(date: dt.date, form: str) -> None:
    assert parse_date(date.strftime(form), day_first=True) == date


@given(_DATES, st.sampled_from(sorted(MONTHS.items())))
def test_date_when_its_month_is_named_then_it_is_read_back(date: dt.date, month: tuple[str, int]) -> None:
    date = date.replace(month=month[1], day=min(date.day, 28))

    assert parse_date(f"{date.day}. {month[0]} {date.year}", day_first=None) == date
    assert parse_date(f"{month[0].title()} {date.day}, {date.year}", day_first=None) == date


@given(st.text(max_size=80) | st.text(alphabet="0123456789.,-/ '€$DEIBANCH()ab", max_size=60))
def test_scanners_when_given_any_text_then_places_lie_within_it(text: str) -> None:
    found = [*find_ibans(text), *find_vat_ids(text), *find_bics(text), *find_currencies(text)]
    spans = [(one.start, one.end) for one in found]
    spans += [(one.start, one.end) for one in find_amounts(text)]
    spans += [(one.start, one.end) for one in find_dates(text, day_first=None)]

    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert isinstance(parse_amount(text), Decimal | None)
    assert isinstance(parse_date(text, day_first=None), dt.date | None)
    assert {iban_ok(text), vat_id_ok(text), rf_ok(text), qrr_ok(text)} <= {True, False}
