"""What ERPs tell, through the services and on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest

from gateway.domain.access import Caller, Permission
from gateway.domain.erp.binding import Binding, MasterKind, RecordVersion, StaleRecord
from gateway.domain.errors import GatewayError, NotPermitted, RuleError
from gateway.domain.ids import PurchaseOrderId, SupplierId
from gateway.domain.payables.order_wish import LineWish
from gateway.domain.payables.supplier import AccountState
from gateway.services.erp.take_record import (
    BLOCKED_IN_ERP,
    OrderTold,
    ReceiptTold,
    ReceivedTold,
    TakeRecord,
    VendorTold,
)
from tests.support.web_shop import STORE, TENANT, Shop, build_shop, new_id

ACCOUNT = "books"
IBAN = "DE02120300000000202051"
VENDOR = VendorTold("V-1", "70001", "Hafen Kaffee GmbH", "EUR", ibans=(IBAN,))
ORDER = OrderTold("O-1", "4711", "V-1", date(2026, 3, 1), "EUR", (LineWish(10, "Coffee", Decimal(4), Decimal("2.50")),))
RECEIPT = ReceiptTold("R-1", "LS-1", date(2026, 3, 2), (ReceivedTold("O-1", 10, Decimal(4)),))
ERP = Caller(TENANT, STORE, new_id(), "key:erp", frozenset({Permission.ERP_MASTER}))


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    built = build_shop(database_url, tmp_path, parts={"erp": [{"id": ACCOUNT}, {"id": "former"}]})
    yield built
    built.storage.close()


@pytest.fixture
def records(shop: Shop) -> TakeRecord:
    return shop.container.till.payables.doors.records


def _v(revision: int | None, text: str = "") -> RecordVersion:
    return RecordVersion(text or f"v{revision}", revision)


def test_take_when_versions_come_in_any_order_then_the_newest_is_kept_and_each_counts_once(
    shop: Shop, records: TakeRecord
) -> None:
    first = records.take(ERP, ACCOUNT, VENDOR, _v(1))
    again = records.take(ERP, ACCOUNT, VENDOR, _v(1))
    newer = records.take(ERP, ACCOUNT, replace(VENDOR, name="Hafen Kaffee AG", blocked=True), _v(3))
    with pytest.raises(StaleRecord) as stale:
        records.take(ERP, ACCOUNT, replace(VENDOR, name="Hafen"), _v(2))
    with pytest.raises(RuleError) as reused:
        records.take(ERP, ACCOUNT, replace(VENDOR, name="Hafen"), _v(3))

    assert first == again
    assert (newer.our_id, newer.version) == (first.our_id, _v(3))
    assert stale.value.stored == _v(3)
    assert reused.value.code == "record_version_reused"
    with shop.storage.read() as unit:
        supplier = unit.suppliers.load(TENANT, STORE, SupplierId(first.our_id))
        accounts = unit.suppliers.accounts(TENANT, STORE, SupplierId(first.our_id))
        told = [event.kind for event in unit.suppliers.events(TENANT, STORE, SupplierId(first.our_id))]
    assert supplier is not None
    assert (supplier.name, supplier.blocked) == ("Hafen Kaffee AG", BLOCKED_IN_ERP)
    assert [(one.iban, one.state) for one in accounts] == [(IBAN, AccountState.REQUESTED)]
    assert sorted(told) == ["account_requested", "blocked", "changed", "made"]


def test_take_when_orders_and_deliveries_come_then_they_belong_to_what_the_erp_named(
    shop: Shop, records: TakeRecord
) -> None:
    early = records.take_all(ERP, ACCOUNT, [(ORDER, _v(1))])
    vendor, order, receipt, *_ = records.take_all(
        ERP, ACCOUNT, [(VENDOR, _v(None)), (ORDER, _v(None)), (RECEIPT, _v(None)), (RECEIPT, _v(None))]
    )
    changed = replace(RECEIPT, lines=(ReceivedTold("O-1", 10, Decimal(3)),))
    (refused,) = records.take_all(ERP, ACCOUNT, [(changed, _v(None, "other"))])
    with shop.storage.read() as unit:
        unbound = unit.erp_bindings.find((TENANT, STORE), "other", MasterKind.VENDOR, "V-1")

    assert isinstance(early[0], GatewayError)
    assert early[0].code == "unknown_erp_record"
    assert isinstance(vendor, Binding)
    assert isinstance(order, Binding)
    assert isinstance(receipt, Binding)
    assert isinstance(refused, RuleError)
    assert refused.code == "receipt_not_changed"
    assert unbound is None
    with shop.storage.read() as unit:
        stored = unit.purchases.order(TENANT, STORE, PurchaseOrderId(order.our_id))
        assert stored is not None
        assert stored.supplier_id == vendor.our_id
        assert [one.quantity for one in unit.purchases.received(TENANT, STORE, (stored.id,))] == [Decimal(4)]


def test_take_when_the_number_is_known_here_then_it_is_the_same_supplier_and_of_one_record_only(
    records: TakeRecord,
) -> None:
    first = records.take(ERP, "former", VENDOR, _v(1))

    same = records.take(ERP, ACCOUNT, replace(VENDOR, erp_id="9"), _v(1))
    (second,) = records.take_all(ERP, ACCOUNT, [(replace(VENDOR, erp_id="10"), _v(1))])

    assert same.our_id == first.our_id
    assert isinstance(second, RuleError)
    assert second.code == "record_bound_twice"


def test_take_when_one_record_comes_twice_at_once_then_one_is_made(records: TakeRecord) -> None:
    made: list[Binding] = []
    threads = [Thread(target=lambda: made.append(records.take(ERP, ACCOUNT, VENDOR, _v(1)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(made) == len(threads)
    assert len({one.our_id for one in made}) == 1


def test_take_when_the_caller_has_no_such_scope_then_refused(records: TakeRecord) -> None:
    with pytest.raises(NotPermitted):
        records.take(replace(ERP, permissions=frozenset()), ACCOUNT, VENDOR, _v(1))
