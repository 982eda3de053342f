"""Items: GTINs by their check digit, folded search texts, and lists that come back as they went out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InputError
from gateway.domain.ids import StoreId, TenantId, uuid7
from gateway.domain.money import Currency, Money
from gateway.domain.sales.item import Item, ItemId, check_item, checked_gtin, folded, gtin_of, shown_gtin
from gateway.domain.sales.item_list import BadRow, ReadRow, read_items, write_items
from gateway.domain.sales.tax_lines import TaxRate

EUR = Currency.of("EUR")
TEA = Item(
    tenant_id=TenantId("main"),
    store_id=StoreId("store-1"),
    id=ItemId(uuid7(1)),
    number="104",
    name="Tea",
    gtin="04006381333931",
    price=Money(290, EUR),
    rate=TaxRate.of("19"),
    group="Drinks",
    kitchen_group="Bar",
    quick_key=4,
    active=True,
)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("4006381333931", "4006381333931"),
        ("96385074", "96385074"),
        ("036000291452", "0036000291452"),
        ("14006381333938", "14006381333938"),
    ],
)
def test_gtin_when_its_check_digit_is_right_then_kept_in_fourteen_digits(typed: str, shown: str) -> None:
    found = gtin_of(typed)

    assert found is not None
    assert len(found) == 14
    assert shown_gtin(found) == shown


@pytest.mark.parametrize("typed", ["4006381333932", "400638133393", "abc", "00000000", "", "１２３４５６７０"])
def test_gtin_when_it_is_none_then_refused(typed: str) -> None:
    assert gtin_of(typed) is None


def test_gtin_when_typed_then_empty_is_none_and_wrong_is_told() -> None:
    assert checked_gtin("  ") is None
    with pytest.raises(InputError, match="check digit"):
        checked_gtin("4006381333932")


@given(st.from_regex(r"[0-9]{12}", fullmatch=True).filter(lambda digits: digits.strip("0")))
def test_gtin_when_one_digit_is_changed_then_it_is_none_any_more(digits: str) -> None:
    whole = next(digits + str(check) for check in range(10) if gtin_of(digits + str(check)))

    for place in range(13):
        wrong = whole[:place] + str((int(whole[place]) + 1) % 10) + whole[place + 1 :]
        assert gtin_of(wrong) is None


def test_search_text_when_folded_then_without_accents_case_and_double_spaces() -> None:
    assert folded("  Crème  BRÛLÉE ß ") == "creme brulee ss"
    assert TEA.searched == "tea 104 4006381333931"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "item_needs_name"),
        ({"number": "x" * 33}, "item_needs_number"),
        ({"price": Money(-1, EUR)}, "invalid_price"),
        ({"quick_key": 61}, "invalid_quick_key"),
    ],
)
def test_item_when_something_is_wrong_then_named(change: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        check_item(replace(TEA, **change))  # type: ignore[arg-type]  # the parameters name fields

    assert caught.value.code == code


_CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30)


@given(_CELL.filter(lambda name: name.strip() == name and bool(name)), st.integers(0, 10**8))
def test_list_when_written_and_read_then_the_same_items(name: str, minor: int) -> None:
    active = minor % 2 == 0
    item = replace(TEA, name=name, price=Money(minor, EUR), active=active)
    formula_mark = name.startswith("'") and name[1:].startswith(("=", "+", "-", "@"))

    rows = read_items(write_items([item]), EUR)

    assert len(rows) == 1
    row = rows[0]
    assert isinstance(row, ReadRow)
    assert row.wish.name == (name[1:] if formula_mark else name)
    assert (row.wish.price, row.wish.active, row.wish.gtin) == (item.price, active, item.gtin)


def test_list_when_the_header_is_not_known_then_told_what_it_should_be() -> None:
    with pytest.raises(InputError, match="number, price, tax") as caught:
        read_items("name;colour\nTea;green\n", EUR)

    assert "number;name;gtin" in caught.value.hint


def test_list_when_a_cell_is_wrong_then_row_and_column_are_named() -> None:
    head = "number,name,price,tax,quick_key,active\n"
    rows = read_items(head + "1,Tea,2.90,19,one,1\n2,Bun,1.10,700,,1\n3,Roll,1.00,7,,maybe\n\n4,Cake,1.00,7,,\n", EUR)

    bad = [(row.row, row.column, row.code) for row in rows if isinstance(row, BadRow)]
    assert bad == [
        (2, "quick_key", "invalid_quick_key"),
        (3, "tax", "invalid_tax_rate"),
        (4, "active", "invalid_active"),
    ]
    assert isinstance(rows[-1], ReadRow)
