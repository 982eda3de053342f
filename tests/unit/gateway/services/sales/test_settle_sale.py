"""What is told of a sale: opened, each tender, settled once, what went back; to the outside and to the printer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.domain.cards.payment import AttemptEvent
from gateway.domain.ids import OutboxId, SaleVoidId, derived_id
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.tender import ReturnedLine
from gateway.ports.announcer import Announcement
from gateway.services.sales.sell import OpenSale, TakeTender
from gateway.services.sales.void_sale import VoidSale, VoidSaleCommand
from tests.support.till_sales import Counter, fresh_key, till_line
from tests.support.web_shop import STORE, TENANT, TERMINAL, build_shop, new_id


class OneListener:
    """An announcer with one endpoint, which wants everything."""

    @property
    def silent(self) -> bool:
        return False

    def messages(self, announcement: Announcement) -> tuple[OutboxMessage, ...]:
        return (
            OutboxMessage(
                tenant_id=announcement.tenant_id,
                store_id=announcement.store_id,
                id=OutboxId(derived_id(announcement.cause_id, announcement.kind)),
                kind="announce",
                target="endpoint",
                payload={"event": announcement.kind} | dict(announcement.data),
                created_at=announcement.at,
            ),
        )


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    shop = build_shop(f"sqlite:///{tmp_path / 'shop.sqlite3'}", tmp_path)
    services = shop.container.till.sales
    services.parts.settle._announcer = OneListener()  # the shop is built with one that nobody hears
    parts = replace(services.parts, announcer=OneListener())
    sales = replace(services, parts=parts, open=OpenSale(parts), take=TakeTender(parts), void=VoidSale(parts))
    shop.container = replace(shop.container, till=replace(shop.container.till, sales=sales))
    yield Counter(shop)
    shop.storage.close()


def told(counter: Counter, target: str = "endpoint") -> list[str]:
    with counter.shop.storage.read() as unit:
        waiting = [one for one in unit.outbox.waiting(TENANT, STORE) if one.target == target]
    return [one.payload.get("event") or one.payload.get("title", one.kind) for one in waiting]


def test_sale_when_paid_in_parts_then_each_is_told_and_the_settlement_once(counter: Counter) -> None:
    sale_id = counter.open(till_line(1000))
    counter.tender(sale_id, 400)
    counter.conclude(counter.card(sale_id, 600, TERMINAL), AttemptEvent.APPROVE)

    assert sorted(told(counter)) == ["sale.opened", "sale.settled", "tender.taken"]
    assert told(counter, "printer-1").count("Receipt 1") == 1
    assert "endpoint" in counter.shop.hints.filled


def test_sale_when_something_goes_back_then_told_and_printed_with_its_own_number(counter: Counter) -> None:
    sale_id = counter.open(till_line(1000))
    counter.tender(sale_id, 1000)
    counter.shop.clock.move(1)

    back = counter.back(sale_id, lines=(ReturnedLine(0, till_line(1).taxed.sale_line.quantity),))

    assert back.number == 1
    assert told(counter).count("sale.given_back") == 1
    assert told(counter, "printer-1") == ["Receipt 1", "RETURN OF GOODS 1"]


def test_sale_when_given_up_then_told_once_and_nothing_printed_or_booked(counter: Counter) -> None:
    sale_id, own = counter.open(till_line(1000)), SaleVoidId(new_id())
    command = VoidSaleCommand(own, sale_id, "The customer left.", fresh_key(own))

    for _ in range(2):
        counter.shop.container.till.sales.void.void(counter.caller, command, lambda _record: b"{}")

    assert sorted(told(counter)) == ["sale.opened", "sale.voided"]
    assert told(counter, "printer-1") == []
    with counter.shop.storage.read() as unit:
        assert unit.ledger.balances(TENANT, STORE) == ()
