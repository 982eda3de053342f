"""Orders over the API, and imports: a dry run, then exactly what it showed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import Workbook

from gateway.domain.access import Role
from tests.support.supplier_desk import IBAN, OTHER_IBAN, Desk
from tests.support.web_shop import Shop, new_id

SUPPLIERS = f"""Lieferantennummer;Firma;USt-IdNr.;PLZ;Ort;Land;Zahlungsziel;Skonto;Skonto Tage;IBAN;Farbe
70001;Hafen Kaffeerösterei GmbH;DE123456788;20457;Hamburg;DE;30;2,5;10;{IBAN};blau
70002;Papier und Becher KG;;50667;Köln;de;14;;;;rot
"""
ORDERS = """order;supplier;order date;pos;text;qty;price
4500001;70001;2026-03-01;1;Espresso beans;1.200,50;16,50
4500001;70001;2026-03-01;2;Filter roast;6;14,20
"""


@pytest.fixture
def clerk(any_shop: Shop) -> Desk:
    return Desk.of(any_shop, Role.AP_CLERK)


def _send(desk: Desk, kind: str, data: str | bytes, digest: str = "") -> Any:
    step = f"apply?digest={digest}&" if digest else "plan?"
    address = f"/v1/master-imports/{kind}/{step}name=list.csv&progress_id={new_id()}"
    content = data.encode() if isinstance(data, str) else data
    return desk.client.post(address, data=content, headers=desk.key, content_type="application/octet-stream")


def _done(desk: Desk, kind: str, data: str | bytes) -> dict[str, Any]:
    plan = _send(desk, kind, data)
    assert plan.status_code == 200, plan.json
    done = _send(desk, kind, data, plan.json["digest"])
    assert done.status_code == 200, done.json
    assert done.json == plan.json | {"applied": True}
    found: dict[str, Any] = done.json
    return found


def test_suppliers_when_planned_then_nothing_is_stored_and_applied_then_what_was_shown(clerk: Desk) -> None:
    plan = _send(clerk, "suppliers", SUPPLIERS).json
    assert clerk.get("/v1/suppliers").json["data"] == []

    done = _send(clerk, "suppliers", SUPPLIERS, plan["digest"])

    assert (plan["new"], plan["refused"], plan["unknown_columns"]) == (2, 0, ["Farbe"])
    assert plan["rows"][0]["account"] == "DE..2051"
    assert IBAN not in str(plan)
    assert done.json["applied"] is True
    first, second = clerk.get("/v1/suppliers").json["data"]
    assert first["terms"] == {"net_days": 30, "discounts": [{"days": 10, "percent": "2.5"}]}
    assert second["address"]["country"] == "DE"
    (account,) = clerk.get("/v1/supplier-accounts").json["data"]
    assert (account["state"], account["iban"], account["source"]) == ("requested", IBAN, "import")


def test_suppliers_when_imported_again_then_nothing_and_a_new_account_is_only_asked_for(
    any_shop: Shop, clerk: Desk
) -> None:
    _done(clerk, "suppliers", SUPPLIERS)
    manager = Desk.of(any_shop, Role.MANAGER)

    again = _done(clerk, "suppliers", SUPPLIERS)
    changed = _done(clerk, "suppliers", SUPPLIERS.replace(IBAN, OTHER_IBAN).replace("Hamburg", "Kiel"))

    assert (again["unchanged"], again["new"], again["changed"]) == (2, 0, 0)
    assert (changed["changed"], changed["unchanged"]) == (1, 1)
    assert changed["rows"][0]["changes"] == {"address": ["DE 20457 Hamburg", "DE 20457 Kiel"]}
    waiting = manager.get("/v1/supplier-accounts").json["data"]
    assert {one["iban"] for one in waiting} == {IBAN, OTHER_IBAN}
    for one in waiting:
        assert manager.post(f"/v1/supplier-accounts/{one['id']}/confirm").json["code"] == "call_back_missing"


def test_import_when_data_changed_since_the_dry_run_then_nothing_is_stored(clerk: Desk) -> None:
    digest = _send(clerk, "suppliers", SUPPLIERS).json["digest"]
    clerk.supplier("70002", name="Somebody else", vat_ids=[])

    refused = _send(clerk, "suppliers", SUPPLIERS, digest)

    assert (refused.status_code, refused.json["code"]) == (409, "import_changed")
    assert [one["number"] for one in clerk.get("/v1/suppliers").json["data"]] == ["70002"]


def test_import_when_a_row_is_bad_then_each_reason_is_told_and_nothing_is_stored(clerk: Desk) -> None:
    bad = SUPPLIERS + "70003;;;;;;;;;;\n70001;Again;;;;;;;;;\n70004;X;;;;;zwei;;;;\n70005;Y;;;;;;;;DE00;\n"

    plan = _send(clerk, "suppliers", bad).json
    refused = _send(clerk, "suppliers", bad, plan["digest"])

    reasons = {row["row"]: [(one["field"], one["code"]) for one in row["problems"]] for row in plan["rows"]}
    assert plan["refused"] == 4
    assert reasons[4] == [("name", "cell_empty")]
    assert reasons[5] == [("", "row_repeated")]
    assert reasons[6] == [("net_days", "number_unreadable")]
    assert reasons[7] == [("iban", "invalid_iban")]
    assert (refused.status_code, refused.json["code"]) == (409, "import_refused")
    assert clerk.get("/v1/suppliers").json["data"] == []


def test_orders_and_receipts_when_imported_then_told_with_what_arrived(clerk: Desk) -> None:
    _done(clerk, "suppliers", SUPPLIERS)
    _done(clerk, "orders", ORDERS)
    receipts = "Lieferschein;Eingangsdatum;Bestellung;Position;Menge\nLS-1;4.3.2026;4500001;1;200,5\n"
    first, again = _done(clerk, "receipts", receipts), _done(clerk, "receipts", receipts)

    (order,) = clerk.get("/v1/purchase-orders").json["data"]
    whole = clerk.get(f"/v1/purchase-orders/{order['id']}").json

    assert [line["quantity"] for line in order["lines"]] == ["1200.50", "6"]
    assert order["lines"][0]["amount"] == {"amount": "19808.25", "currency": "EUR"}
    assert (first["new"], again["unchanged"]) == (1, 1)
    assert whole["progress"][0] == {"line_no": 1, "received": "200.5", "billed": "0"}
    assert whole["receipts"][0]["received_on"] == "2026-03-04"


def test_orders_when_a_line_changes_then_only_it_and_a_received_line_cannot_vanish(clerk: Desk) -> None:
    _done(clerk, "suppliers", SUPPLIERS)
    _done(clerk, "orders", ORDERS)
    _done(clerk, "receipts", "receipt,date,po,pos,qty\nLS-1,2026-03-04,4500001,2,6\n")

    changed = _done(clerk, "orders", ORDERS.replace("14,20", "14,90"))
    short = _send(clerk, "orders", "\n".join(ORDERS.splitlines()[:2])).json

    assert [row["verdict"] for row in changed["rows"]] == ["unchanged", "changed"]
    assert changed["rows"][1]["changes"]["price"] == ["14.20", "14.90"]
    assert short["rows"][0]["problems"][0]["code"] == "order_line_in_use"


def test_orders_when_one_row_is_bad_then_its_order_is_refused_with_it(clerk: Desk) -> None:
    _done(clerk, "suppliers", SUPPLIERS)

    plan = _send(clerk, "orders", ORDERS.replace("6;14,20", "viele;14,20")).json

    codes = [row["problems"][0]["code"] for row in plan["rows"]]
    assert codes == ["belongs_to_refused", "number_unreadable"]


def test_numbers_when_the_mark_is_open_then_refused_instead_of_guessed(clerk: Desk) -> None:
    _done(clerk, "suppliers", SUPPLIERS)

    plan = _send(clerk, "orders", "order;supplier;date;pos;text;qty;price\n1;70001;2026-03-01;1;x;1.200;16\n").json

    assert plan["rows"][0]["problems"][0]["code"] == "number_ambiguous"


def test_workbook_when_imported_then_numbers_and_days_are_exact(clerk: Desk) -> None:
    _done(clerk, "tax_codes", "code,name,rate\nV19,Input tax 19 %,19\n")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["code", "name", "rate"], ["V19", "Input tax 19 %", 19], ["V5.5", "Réduit", 5.5]):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)

    done = _done(clerk, "tax_codes", file.getvalue())

    assert [row["verdict"] for row in done["rows"]] == ["unchanged", "new"]
    assert [one["percent"] for one in clerk.get("/v1/tax-codes").json["data"]] == ["19", "5.5"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "table_empty"),
        (b"PK\x03\x04 broken", "unreadable_table"),
        (b"\x00\x01\x02", "unreadable_table"),
        (b"name\nx\n", "columns_missing"),
        (b"number;name;no\n", "column_repeated"),
        (b"number;name\n" + b"1;x\n" * 20_001, "table_too_large"),
    ],
)
def test_file_when_it_is_no_table_of_this_kind_then_refused(clerk: Desk, data: bytes, code: str) -> None:
    refused = _send(clerk, "suppliers", data)

    assert (refused.status_code, refused.json["code"]) == (422, code)


def test_progress_when_an_import_has_ended_then_done_and_otherwise_unknown(clerk: Desk) -> None:
    progress_id = new_id()
    address = f"/v1/master-imports/suppliers/plan?name=x.csv&progress_id={progress_id}"
    clerk.client.post(address, data=SUPPLIERS.encode(), headers=clerk.key, content_type="application/octet-stream")

    told = clerk.get(f"/v1/master-imports/progress/{progress_id}").json
    assert told == {"step": "done", "done": 2, "total": 2}
    assert clerk.get(f"/v1/master-imports/progress/{new_id()}").json["step"] == "unknown"


def test_order_by_hand_then_kept_changed_and_received(clerk: Desk) -> None:
    supplier_id, order_id = clerk.supplier(), str(new_id())
    body: dict[str, Any] = {
        "number": "4711",
        "supplier_id": supplier_id,
        "ordered_on": "2026-03-01",
        "currency": "EUR",
        "lines": [{"line_no": 1, "text": "Beans", "quantity": "12", "price": "16.50"}],
        "freight": {"amount": "5.00", "currency": "EUR"},
    }
    address = f"/v1/purchase-orders/{order_id}"
    receipt = {
        "number": "LS-1",
        "received_on": "2026-03-02",
        "lines": [{"order_id": order_id, "line_no": 1, "quantity": "10"}],
    }

    made, again = clerk.put(address, body), clerk.put(address, body)
    stale = clerk.put(address, body | {"closed": True})
    closed = clerk.put(address, body | {"closed": True, "version": 1})
    receipt_id = new_id()
    received = [clerk.put(f"/v1/goods-receipts/{receipt_id}", receipt) for _ in range(2)]
    other = clerk.put(f"/v1/goods-receipts/{receipt_id}", receipt | {"number": "LS-2"})
    unknown = clerk.put(
        f"/v1/goods-receipts/{new_id()}",
        receipt | {"number": "3", "lines": [{"order_id": order_id, "line_no": 9, "quantity": "1"}]},
    )

    assert made.json["lines"][0]["amount"] == {"amount": "198.00", "currency": "EUR"}
    assert (again.json["version"], stale.json["code"], closed.json["version"]) == (1, "order_changed", 2)
    assert [one.status_code for one in received] == [200, 200]
    assert (other.status_code, other.json["code"]) == (422, "id_reused")
    assert (unknown.status_code, unknown.json["code"]) == (422, "invalid_receipt")
    assert clerk.get(address).json["progress"] == [{"line_no": 1, "received": "10", "billed": "0"}]


STRANGE = "KtoNr;Wer;Ort-neu\n70009;Imkerei Ost;Cottbus\n"


def _columns(desk: Desk, data: str) -> Any:
    address = "/v1/master-imports/suppliers/columns"
    return desk.client.post(address, data=data.encode(), headers=desk.key, content_type="application/octet-stream")


def test_columns_when_unknown_then_named_once_and_remembered_by_their_headings(clerk: Desk) -> None:
    refused = _send(clerk, "suppliers", STRANGE)
    seen = _columns(clerk, STRANGE).json
    address = f"/v1/master-imports/suppliers/columns/{seen['fingerprint']}"
    fields = ["number", "name", "town"]

    named = clerk.put(address, {"columns": [{"place": at, "field": name} for at, name in enumerate(fields)]})
    again = _columns(clerk, STRANGE.replace("70009", "70010")).json
    done = _done(clerk, "suppliers", STRANGE)

    assert (refused.status_code, refused.json["code"]) == (422, "columns_missing")
    assert [one["samples"] for one in seen["columns"]] == [["70009"], ["Imkerei Ost"], ["Cottbus"]]
    assert seen["missing"] == ["number", "name"]
    assert named.status_code == 200
    assert [one["field"] for one in again["columns"]] == fields
    assert done["new"] == 1
    assert clerk.get("/v1/suppliers").json["data"][0]["name"] == "Imkerei Ost"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (["number", "number", "name"], "column_repeated"),
        (["number", "town", ""], "columns_missing"),
        (["number", "name", "colour"], "unknown_field"),
    ],
)
def test_columns_when_named_wrongly_then_refused_and_nothing_is_remembered(
    clerk: Desk, fields: list[str], code: str
) -> None:
    seen = _columns(clerk, STRANGE).json
    body = {"columns": [{"place": at, "field": name} for at, name in enumerate(fields)]}

    answer = clerk.put(f"/v1/master-imports/suppliers/columns/{seen['fingerprint']}", body)

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert _columns(clerk, STRANGE).json["missing"] == ["number", "name"]
