"""Orders to the kitchen, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.ids import RegisterId, StoreId
from gateway.domain.printing.kitchen import KitchenOrder, OrderId, OrderLine, TicketId
from gateway.domain.printing.paper import Paper, Words
from gateway.services.paper.print_paper import paper_message
from tests.support.storage_rows import NOON, Shop, new_id

DAY = date(2026, 3, 2)
HASH = "c" * 64


def _order(shop: Shop, sequence: int = 1, ticket: TicketId | None = None) -> KitchenOrder:
    return KitchenOrder(
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        id=OrderId(new_id()),
        ticket_id=ticket or TicketId(new_id()),
        sequence=sequence,
        register_id=RegisterId("till-1"),
        number=7,
        label="Tisch 4 · Käthe",
        lines=(
            OrderLine("Käsespätzle", Decimal("1.5"), "kitchen", "ohne Zwiebeln"),
            OrderLine("Wein", Decimal(2), "bar"),
        ),
        sent_at=NOON + timedelta(minutes=sequence),
        sent_by="anna",
    )


def test_order_when_stored_then_read_back_only_in_its_store(shop: Shop) -> None:
    order = _order(shop)
    with shop.storage.write() as unit:
        unit.orders.add(order, HASH)

    with shop.storage.read() as unit:
        assert unit.orders.get(shop.tenant_id, shop.store_id, order.id) == (order, HASH)
        assert unit.orders.get(shop.tenant_id, StoreId("south"), order.id) is None
        assert unit.orders.last_of(shop.tenant_id, shop.store_id, order.ticket_id) == order


def test_ticket_when_sent_again_then_the_last_is_told_and_the_newest_come_first(shop: Shop) -> None:
    first = _order(shop)
    second = _order(shop, 2, first.ticket_id)
    with shop.storage.write() as unit:
        unit.orders.add(first, HASH)
        unit.orders.add(second, HASH)

    with shop.storage.read() as unit:
        assert unit.orders.last_of(shop.tenant_id, shop.store_id, first.ticket_id) == second
        assert unit.orders.recent(shop.tenant_id, shop.store_id, limit=5) == (second, first)
        assert unit.orders.recent(shop.tenant_id, shop.store_id, limit=1) == (second,)


def test_two_tills_send_one_ticket_at_once_then_one_is_refused(shop: Shop) -> None:
    first = _order(shop)
    with shop.storage.write() as unit:
        unit.orders.add(first, HASH)

    with pytest.raises(GatewayError) as refusal, shop.storage.write() as unit:
        unit.orders.add(replace(first, id=OrderId(new_id())), HASH)

    assert refusal.value.code == "already_recorded"


def test_numbers_when_taken_at_once_then_each_once_and_from_one_each_day(shop: Shop) -> None:
    begin = threading.Barrier(4)

    def take(_: int) -> int:
        begin.wait(30)
        with shop.storage.write() as unit:
            return unit.orders.next_number(shop.tenant_id, shop.store_id, DAY)

    with ThreadPoolExecutor(4) as pool:
        taken = sorted(pool.map(take, range(4)))

    assert taken == [1, 2, 3, 4]
    with shop.storage.write() as unit:
        assert unit.orders.next_number(shop.tenant_id, shop.store_id, DAY + timedelta(days=1)) == 1
        assert unit.orders.next_number(shop.tenant_id, StoreId("south"), DAY) == 1


def test_slips_of_an_order_then_found_by_it(shop: Shop) -> None:
    order = _order(shop)
    message = paper_message(
        Paper("slip", (Words("1 x Wein"),)),
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        printer_id=shop.printer_id,
        subject_id=order.id,
        name="slip printer-1",
        created_at=NOON,
    )
    with shop.storage.write() as unit:
        unit.orders.add(order, HASH)
        assert unit.outbox.add(message)
        assert not unit.outbox.add(message)

    with shop.storage.read() as unit:
        assert unit.orders.papers_of(shop.tenant_id, shop.store_id, order.id) == (message,)
