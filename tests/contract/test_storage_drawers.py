"""Openings of cash drawers, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.domain.ids import DeviceId, RegisterId, StoreId
from gateway.domain.printing.drawer import (
    DrawerCause,
    DrawerOpening,
    DrawerOpeningId,
    DrawerRecord,
    DrawerResult,
    DrawerVerdict,
    opening_of_cause,
)
from gateway.services.paper.open_drawer import drawer_message, drawer_target
from tests.support.storage_rows import NOON, Shop, new_id

PRINTER = DeviceId("printer-1")
OPENED = DrawerResult(DrawerVerdict.OPENED, "Opened. Käse", proven=True, told_at=NOON)
UNSURE = DrawerResult(DrawerVerdict.UNSURE, "Look.", proven=False, told_at=NOON)


def _opening(shop: Shop, minutes: int = 0, *, register: str = "till-1") -> DrawerOpening:
    return DrawerOpening(
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        id=DrawerOpeningId(new_id()),
        register_id=RegisterId(register),
        printer_id=PRINTER,
        cause=DrawerCause.PERSON,
        cause_id=None,
        reason="Wechselgeld für Tisch 4\x00",
        asked_by="anna",
        asked_at=NOON + timedelta(minutes=minutes),
    )


def _list(shop: Shop, **wish: object) -> list[DrawerRecord]:
    with shop.storage.read() as unit:
        return list(unit.drawers.list(shop.tenant_id, shop.store_id, **wish))  # type: ignore[arg-type]  # as given


def test_opening_when_stored_then_read_back_only_in_its_store(shop: Shop) -> None:
    opening = _opening(shop)
    with shop.storage.write() as unit:
        assert unit.drawers.add(opening)

    with shop.storage.read() as unit:
        found = unit.drawers.get(shop.tenant_id, shop.store_id, opening.id)
        elsewhere = unit.drawers.get(shop.tenant_id, StoreId("south"), opening.id)

    assert found is not None
    assert found.opening == replace(opening, reason=found.opening.reason)
    assert found.opening.reason.startswith("Wechselgeld für Tisch 4")
    assert found.result is None
    assert elsewhere is None


def test_result_when_told_twice_then_the_first_stays(shop: Shop) -> None:
    opening = _opening(shop)
    with shop.storage.write() as unit:
        unit.drawers.add(opening)
        assert unit.drawers.told(shop.tenant_id, shop.store_id, opening.id, OPENED)

    with shop.storage.write() as unit:
        assert not unit.drawers.told(shop.tenant_id, shop.store_id, opening.id, UNSURE)

    assert _list(shop) == [DrawerRecord(_list(shop)[0].opening, OPENED)]


def test_opening_when_its_cause_had_one_then_false_and_the_unit_still_commits(shop: Shop) -> None:
    tender = new_id()
    first = replace(_opening(shop), id=opening_of_cause(tender), cause=DrawerCause.TENDER, cause_id=tender)
    other = _opening(shop, 1)
    with shop.storage.write() as unit:
        assert unit.drawers.add(first)
        assert not unit.drawers.add(replace(first, reason="again"))
        assert unit.drawers.add(other)

    assert [one.opening.id for one in _list(shop)] == [other.id, first.id]


def test_list_when_narrowed_then_only_these_newest_first(shop: Shop) -> None:
    here, there = [_opening(shop, minutes) for minutes in range(3)], _opening(shop, 5, register="till-2")
    with shop.storage.write() as unit:
        for one in (*here, there):
            unit.drawers.add(one)

    assert [one.opening.id for one in _list(shop, register_id=RegisterId("till-1"))] == [
        one.id for one in reversed(here)
    ]
    window = {"since": here[1].asked_at, "until": here[2].asked_at}
    assert [one.opening.id for one in _list(shop, **window)] == [here[1].id]
    assert [one.opening.id for one in _list(shop, limit=1)] == [there.id]
    assert _list(shop, cause=DrawerCause.SHIFT) == []


def test_wish_begun_before_a_stop_then_stranded_as_unsure_and_others_are_left(shop: Shop) -> None:
    begun, waiting, done = (_opening(shop, minutes) for minutes in range(3))
    with shop.storage.write() as unit:
        for one in (begun, waiting, done):
            unit.drawers.add(one)
        unit.outbox.add(drawer_message(begun))
        unit.drawers.told(shop.tenant_id, shop.store_id, done.id, OPENED)
        target = drawer_target(PRINTER)
        started = unit.outbox.start_due(
            shop.tenant_id, shop.store_id, target, epoch=1, now=NOON + timedelta(hours=1), limit=5
        )
        unit.outbox.add(drawer_message(waiting))

    assert [message.payload["subject_id"] for message in started] == [str(begun.id)]
    with shop.storage.write() as unit:
        assert unit.drawers.strand(shop.tenant_id, shop.store_id, target, UNSURE) == 1
        assert unit.drawers.strand(shop.tenant_id, shop.store_id, target, UNSURE) == 0

    told = {one.opening.id: one.result for one in _list(shop)}
    assert told == {begun.id: UNSURE, waiting.id: None, done.id: OPENED}
