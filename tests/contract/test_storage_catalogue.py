"""Items in the database: found quickly among ten thousand, put by version, paged in order."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import RuleError
from gateway.domain.ids import StoreId, uuid7
from gateway.domain.money import Currency, Money
from gateway.domain.sales.item import Item, ItemId
from gateway.domain.sales.tax_lines import TaxRate
from tests.support.storage_rows import NORTH, TENANT

EUR = Currency.of("EUR")
MANY = 10_000
SEARCH_LIMIT_S = 0.25
"""A search among ten thousand items has to feel immediate also on a busy machine; measured: a few milliseconds."""


def item(number: int, **changes: object) -> Item:
    made = Item(
        tenant_id=TENANT,
        store_id=NORTH,
        id=ItemId(uuid7(1_772_000_000_000 + number)),
        number=str(number),
        name=f"Item {number:05}",
        gtin=None,
        price=Money(100 + number, EUR),
        rate=TaxRate.of("7"),
        group="Food",
        kitchen_group=None,
        quick_key=None,
        active=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the callers name fields


def put(storage: SqlStorage, *items: Item) -> None:
    with storage.write() as unit:
        for one in items:
            unit.catalogue.put(one, expected_version=None)


def test_item_when_put_then_read_back_whole(storage: SqlStorage) -> None:
    wanted = item(1, gtin="04006381333931", kitchen_group="Bar", quick_key=3, name="Größe ½ £")
    put(storage, wanted)

    with storage.read() as unit:
        assert unit.catalogue.get(TENANT, NORTH, wanted.id) == wanted
        assert unit.catalogue.by_number(TENANT, NORTH) == {"1": wanted}
        assert unit.catalogue.quick_keys(TENANT, NORTH) == (wanted,)
        assert unit.catalogue.get(TENANT, StoreId("south"), wanted.id) is None


def test_item_when_its_version_is_old_then_refused_and_nothing_stored(storage: SqlStorage) -> None:
    first = item(1)
    put(storage, first)
    with storage.write() as unit:
        changed = unit.catalogue.put(replace(first, name="New"), expected_version=1)

    with pytest.raises(RuleError) as caught, storage.write() as unit:
        unit.catalogue.put(replace(first, name="Late"), expected_version=1)

    assert (changed.version, caught.value.code) == (2, "item_changed")
    with storage.read() as unit:
        assert unit.catalogue.get(TENANT, NORTH, first.id) == changed


def test_gtin_when_an_item_is_out_of_use_then_free_for_another(storage: SqlStorage) -> None:
    put(storage, item(1, gtin="04006381333931", active=False), item(2, gtin="04006381333931"))

    with storage.read() as unit:
        assert [one.number for one in unit.catalogue.of_codes(TENANT, NORTH, ["04006381333931"])] == ["2"]
    with pytest.raises(RuleError) as caught:
        put(storage, item(3, gtin="04006381333931"))
    assert caught.value.code == "gtin_taken"


def test_search_when_signs_of_patterns_are_typed_then_they_mean_themselves(storage: SqlStorage) -> None:
    put(storage, item(1, name="100% juice"), item(2, name="1000 pieces"), item(3, name="under_score"))

    with storage.read() as unit:
        assert [one.number for one in unit.catalogue.search(TENANT, NORTH, ["0%"], limit=9)] == ["1"]
        assert [one.number for one in unit.catalogue.search(TENANT, NORTH, ["r_s"], limit=9)] == ["3"]


def test_search_when_there_are_ten_thousand_items_then_quick_and_best_first(storage: SqlStorage) -> None:
    with storage.write() as unit:
        unit.catalogue.add_all([*map(item, range(MANY)), item(MANY, name="Tea with 09999")])

    with storage.read() as unit:
        began = time.perf_counter()
        found = unit.catalogue.search(TENANT, NORTH, ["09999"], limit=12)
        taken_s = time.perf_counter() - began

    assert {one.number for one in found} == {"9999", str(MANY)}
    assert taken_s < SEARCH_LIMIT_S


def test_page_when_names_are_equal_then_numbers_order_them(storage: SqlStorage) -> None:
    put(storage, *(item(number, name="Same") for number in (3, 1, 2)), item(4, name="Äpfel"))

    with storage.read() as unit:
        first = unit.catalogue.page(TENANT, NORTH, after=None, limit=2)
        rest = unit.catalogue.page(TENANT, NORTH, after=(first[-1].name, first[-1].number), limit=9)

    assert [one.number for one in (*first, *rest)] == ["4", "1", "2", "3"]
