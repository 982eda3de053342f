"""Suppliers, their accounts and journal, orders, receipts and codes, on both databases."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.adapters.db.payables.supplier_tables import APPEND_ONLY
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import GatewayError
from gateway.domain.ids import GoodsReceiptId, PurchaseOrderId, SupplierId
from gateway.domain.money import Money
from gateway.domain.payables.import_fields import ImportKind
from gateway.domain.payables.purchase import (
    CostCentre,
    GoodsReceipt,
    MatchWays,
    OrderLine,
    PurchaseOrder,
    ReceiptLine,
    TaxCode,
)
from gateway.domain.payables.supplier import (
    AccountState,
    CallBack,
    Supplier,
)
from gateway.domain.payables.supplier_checks import account_hash
from gateway.ports.supplier_store import EmployeeAccount, MasterEvent
from tests.support.storage_rows import NOON, new_id
from tests.support.supplier_rows import (
    CLERK,
    ELSEWHERE,
    EUR,
    HERE,
    IBAN,
    MANAGER,
    OTHER_IBAN,
    a_supplier,
    an_account,
    stored,
)


def _order(supplier: Supplier, number: str = "4500001", **told: object) -> PurchaseOrder:
    line = OrderLine(1, "Beans", Decimal("12.0"), Decimal("16.50"), Money(19800, EUR), sku="B-1")
    return PurchaseOrder(
        tenant_id=HERE[0],
        store_id=HERE[1],
        id=PurchaseOrderId(new_id()),
        number=number,
        supplier_id=supplier.id,
        ordered_on=date(2026, 3, 1),
        currency="EUR",
        lines=(line, replace(line, line_no=2, ways=MatchWays.TWO_WAY, over_percent=Decimal(5))),
        freight=Money(500, EUR),
        **told,  # type: ignore[arg-type]  # as given
    )


def test_supplier_when_stored_then_it_comes_back_whole_and_only_in_its_store(storage: SqlStorage) -> None:
    one = a_supplier()
    stored(storage, one)

    told = replace(one, group="Hafen \ufffd group")
    with storage.read() as unit:
        assert unit.suppliers.load(*HERE, one.id) == told
        assert unit.suppliers.by_number(*HERE, "70001") == told
        assert unit.suppliers.load_many(*HERE, [one.id, SupplierId(new_id())]) == {one.id: told}
        assert unit.suppliers.load(*ELSEWHERE, one.id) is None
        assert unit.suppliers.by_number(*ELSEWHERE, "70001") is None


def test_number_when_taken_then_told_by_name(storage: SqlStorage) -> None:
    stored(storage, a_supplier())
    with pytest.raises(GatewayError) as refused, storage.write() as unit:
        unit.suppliers.add(a_supplier())

    assert refused.value.code == "supplier_number_taken"


def test_supplier_when_changed_by_two_then_only_the_first_change_is_stored(storage: SqlStorage) -> None:
    one = a_supplier()
    stored(storage, one)
    changed = replace(one, name="Other AG", blocked="Geprüft wird", other_names=(), group="", version=2)

    with storage.write() as unit:
        assert unit.suppliers.update(changed)
        assert not unit.suppliers.update(replace(changed, name="Third"))

    with storage.read() as unit:
        assert unit.suppliers.load(*HERE, one.id) == changed
        assert unit.suppliers.blocked_of(*HERE, (one.id, SupplierId(new_id()))) == {one.id: changed.blocked}
        assert unit.suppliers.known_as(*HERE, name="Hafen Kaffee") == ()
        assert unit.suppliers.known_as(*HERE, name="OTHER") == (changed,)


def test_suppliers_when_searched_then_by_part_of_name_number_or_vat_id_in_pages(storage: SqlStorage) -> None:
    one = a_supplier("A1", group="")
    two = replace(a_supplier("B2", group=""), name="Papier 100% KG", other_names=(), vat_ids=("DE987654328",))
    stored(storage, one, two)

    with storage.read() as unit:
        assert unit.suppliers.list(*HERE, text="RÖSTEREI") == (one,)
        assert unit.suppliers.list(*HERE, text="100%") == (two,)
        assert unit.suppliers.list(*HERE, text="de 987.654.328") == (two,)
        assert unit.suppliers.list(*HERE, limit=1) == (one,)
        assert unit.suppliers.list(*HERE, after="A1") == (two,)
        assert unit.suppliers.list(*ELSEWHERE) == ()


def test_accounts_then_history_newest_first_and_one_effective(storage: SqlStorage) -> None:
    one = a_supplier()
    stored(storage, one)
    first, second = an_account(one), an_account(one, OTHER_IBAN, requested_at=NOON + timedelta(days=1))
    confirmed = replace(
        first,
        state=AccountState.EFFECTIVE,
        decided_by=MANAGER,
        decided_at=NOON,
        cooling_until=date(2026, 3, 5),
        version=2,
    )

    with storage.write() as unit:
        unit.suppliers.add_account(*HERE, first)
        unit.suppliers.add_account(*HERE, second)
        assert unit.suppliers.update_account(*HERE, confirmed)
        assert not unit.suppliers.update_account(*HERE, confirmed)

    with storage.read() as unit:
        assert unit.suppliers.accounts(*HERE, one.id) == (second, confirmed)
        assert unit.suppliers.accounts(*ELSEWHERE, one.id) == ()
        assert unit.suppliers.account(*HERE, first.id) == confirmed
        assert unit.suppliers.effective_accounts(*HERE, [one.id]) == {one.id: confirmed}
        assert unit.suppliers.accounts_in(*HERE, AccountState.REQUESTED) == (second,)
        assert unit.suppliers.holders_of(*HERE, iban=IBAN) == (confirmed,)
        assert [found.id for found in unit.suppliers.known_as(*HERE, iban=IBAN)] == [one.id]
        assert unit.suppliers.known_as(*HERE, iban=OTHER_IBAN) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"decided_by": None},
        {"decided_by": CLERK},
        {"call_back": None},
        {"call_back": CallBack("max", NOON, "Mr Smith", "letter", MANAGER)},
        {"call_back": CallBack("max", NOON, "Mr Smith", "letter")},
    ],
    ids=["nobody", "the requester", "no call back", "the caller", "a call of nobody"],
)
def test_account_when_effective_without_two_people_then_the_database_refuses(
    storage: SqlStorage, change: dict[str, object]
) -> None:
    one = a_supplier()
    account = an_account(one)
    with storage.write() as unit:
        unit.suppliers.add(one)
        unit.suppliers.add_account(*HERE, account)

    told: dict[str, object] = {"state": AccountState.EFFECTIVE, "decided_by": MANAGER, "version": 2} | change
    with pytest.raises(GatewayError), storage.write() as unit:
        unit.suppliers.update_account(*HERE, replace(account, **told))  # type: ignore[arg-type]  # as given

    with storage.read() as unit:
        assert unit.suppliers.account(*HERE, account.id) == account


def test_account_when_a_second_one_would_be_effective_then_the_database_refuses(storage: SqlStorage) -> None:
    one = a_supplier()
    effective: dict[str, Any] = {"state": AccountState.EFFECTIVE, "decided_by": MANAGER}
    with storage.write() as unit:
        unit.suppliers.add(one)
        unit.suppliers.add_account(*HERE, an_account(one, **effective))

    with pytest.raises(GatewayError) as refused, storage.write() as unit:
        unit.suppliers.add_account(*HERE, an_account(one, OTHER_IBAN, **effective))

    assert refused.value.code == "supplier_account_changed"


def test_emergency_when_not_reviewed_then_listed(storage: SqlStorage) -> None:
    one = a_supplier()
    account = an_account(
        one, state=AccountState.EFFECTIVE, decided_by=MANAGER, decided_at=NOON, emergency="The cold store fails."
    )
    with storage.write() as unit:
        unit.suppliers.add(one)
        unit.suppliers.add_account(*HERE, account)
        assert unit.suppliers.emergencies(*HERE) == (account,)
        reviewed = replace(account, reviewed_by=uuid.uuid4(), reviewed_at=NOON, version=2)
        assert unit.suppliers.update_account(*HERE, reviewed)

    with storage.read() as unit:
        assert unit.suppliers.emergencies(*HERE) == ()
        assert unit.suppliers.account(*HERE, account.id) == reviewed


def test_journal_then_in_order_and_unchangeable(storage: SqlStorage) -> None:
    one = a_supplier()
    events = tuple(
        MasterEvent(number, new_id(), kind, "anna", NOON, "why", changes)
        for number, kind, changes in ((1, "made", None), (2, "changed", {"name": ("a", "b")}))
    )
    with storage.write() as unit:
        unit.suppliers.add(one)
        assert unit.suppliers.next_sequence(*HERE, one.id) == 1
        for event in events:
            unit.suppliers.tell(*HERE, one.id, event)
        assert unit.suppliers.next_sequence(*HERE, one.id) == 3

    with storage.read() as unit:
        assert unit.suppliers.events(*HERE, one.id) == events
    assert "supplier_event" in APPEND_ONLY


def test_employee_accounts_then_known_by_hash_and_forgotten(storage: SqlStorage) -> None:
    hashed = account_hash("DE02 1203 0000 0000 2020 51")
    assert hashed == account_hash(IBAN)
    entry = EmployeeAccount(hashed, "Payroll 17", "anna", NOON, "DE..2051")
    with storage.write() as unit:
        unit.suppliers.put_employee_account(*HERE, replace(entry, label="old", shown=""))
        assert unit.suppliers.employee_with(*HERE, hashed) == replace(entry, label="old", shown="")
        unit.suppliers.put_employee_account(*HERE, entry)

    with storage.write() as unit:
        assert unit.suppliers.employee_accounts(*HERE) == (entry,)
        assert unit.suppliers.employee_with(*HERE, hashed) == entry
        assert unit.suppliers.employee_with(*ELSEWHERE, hashed) is None
        assert unit.suppliers.remove_employee_account(*HERE, hashed)
        assert not unit.suppliers.remove_employee_account(*HERE, hashed)


def test_orders_then_come_back_whole_and_are_found(storage: SqlStorage) -> None:
    one = a_supplier()
    stored(storage, one)
    order, closed = _order(one), _order(one, "4500002", closed=True)
    with storage.write() as unit:
        unit.purchases.put_order(replace(order, lines=()))
        unit.purchases.put_order(order)
        unit.purchases.put_order(closed)

    with storage.read() as unit:
        assert unit.purchases.order(*HERE, order.id) == order
        assert str(order.lines[0].quantity) == "12.0"
        assert unit.purchases.order(*ELSEWHERE, order.id) is None
        assert unit.purchases.orders_by_number(*HERE, ["4500001", "x"]) == {"4500001": order}
        assert unit.purchases.open_orders(*HERE, one.id) == (order,)
        assert unit.purchases.list_orders(*HERE, text="beans", limit=1) == (order,)
        assert unit.purchases.list_orders(*HERE, after="4500001") == (closed,)


def test_order_when_its_number_is_taken_then_told_by_name(storage: SqlStorage) -> None:
    one = a_supplier()
    stored(storage, one)
    with storage.write() as unit:
        unit.purchases.put_order(_order(one))
    with pytest.raises(GatewayError) as refused, storage.write() as unit:
        unit.purchases.put_order(_order(one))

    assert refused.value.code == "order_number_taken"


def test_receipts_then_once_each_oldest_first(storage: SqlStorage) -> None:
    one = a_supplier()
    stored(storage, one)
    order, other = _order(one), _order(one, "4500002")
    late, early = (
        GoodsReceipt(
            *HERE,
            GoodsReceiptId(new_id()),
            number,
            one.id,
            received_on,
            (ReceiptLine(order.id, 1, Decimal("5.500")), ReceiptLine(other.id, 2, Decimal(-1))),
        )
        for number, received_on in (("LS-2", date(2026, 3, 9)), ("LS-1", date(2026, 3, 4)))
    )
    with storage.write() as unit:
        unit.purchases.put_order(order)
        unit.purchases.put_order(other)
        assert unit.purchases.put_receipt(late)
        assert unit.purchases.put_receipt(early)
        assert not unit.purchases.put_receipt(replace(early, number="LS-3"))

    with storage.read() as unit:
        assert unit.purchases.receipts(*HERE, order.id) == (early, late)
        assert unit.purchases.receipt(*HERE, early.id) == early
        assert unit.purchases.receipts_by_number(*HERE, ["LS-1"]) == (early,)
        assert unit.purchases.received(*HERE, [order.id]) == (early.lines[0], late.lines[0])
        assert len(unit.purchases.received(*HERE, [order.id, other.id])) == 4
        assert unit.purchases.received(*ELSEWHERE, [order.id]) == ()
    with pytest.raises(GatewayError) as refused, storage.write() as unit:
        unit.purchases.put_receipt(replace(early, id=GoodsReceiptId(new_id())))
    assert refused.value.code == "receipt_number_taken"


def test_codes_then_replaced_and_listed(storage: SqlStorage) -> None:
    with storage.write() as unit:
        unit.purchases.put_tax_code(*HERE, TaxCode("V19", "old", Decimal(16)))
        unit.purchases.put_tax_code(*HERE, TaxCode("V19", "Input tax 19 %", Decimal("19.0"), "1576"))
        unit.purchases.put_tax_code(*HERE, TaxCode("V7", "Input tax 7 %", Decimal(7)))
        unit.purchases.put_cost_centre(*HERE, CostCentre("100", "Counter", "anna"))
        unit.purchases.put_tax_code(*HERE, TaxCode("V0", "old", Decimal(0), in_use=False, discount_corrects_tax=False))
        unit.purchases.put_cost_centre(*HERE, CostCentre("200", "Office", in_use=False))

    with storage.read() as unit:
        assert unit.purchases.tax_codes(*HERE) == (
            TaxCode("V0", "old", Decimal(0), in_use=False, discount_corrects_tax=False),
            TaxCode("V19", "Input tax 19 %", Decimal("19.0"), "1576"),
            TaxCode("V7", "Input tax 7 %", Decimal(7)),
        )
        assert unit.purchases.cost_centres(*HERE) == (
            CostCentre("100", "Counter", "anna"),
            CostCentre("200", "Office", in_use=False),
        )
        assert unit.purchases.cost_centres(*ELSEWHERE) == ()


def test_columns_of_imports_then_told_by_kind_and_headings_as_last_named(storage: SqlStorage) -> None:
    one, other = "a" * 64, "b" * 64
    with storage.write() as unit:
        for columns in ({0: "name"}, {0: "number", 1: "name", 2: ""}):
            unit.purchases.put_import_columns(*HERE, ImportKind.SUPPLIERS, one, columns, by="anna", at=NOON)

    with storage.read() as unit:
        assert unit.purchases.import_columns(*HERE, ImportKind.SUPPLIERS, one) == {0: "number", 1: "name", 2: ""}
        assert unit.purchases.import_columns(*HERE, ImportKind.ORDERS, one) == {}
        assert unit.purchases.import_columns(*HERE, ImportKind.SUPPLIERS, other) == {}
        assert unit.purchases.import_columns(*ELSEWHERE, ImportKind.SUPPLIERS, one) == {}
