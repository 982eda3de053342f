"""What ERPs call, over HTTP: records in by key and by token, documents out with a cursor."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from gateway.domain.erp.canonical import as_json
from gateway.domain.erp.posting import Posting
from gateway.domain.payables.payable import PayableState
from tests.support.erp_documents import bill, entry, handed_in, key_of, payment, sales_day
from tests.support.payable_rows import payable_row, stored_supplier
from tests.support.web_shop import ERP_APPROVER, STORE, TENANT, Shop, new_id, sale

VENDOR = {"number": "70001", "name": "Hafen Kaffee GmbH", "vat_ids": ["DE 123456788"], "version": "a", "revision": 1}
ORDER = {
    "number": "4711",
    "vendor_erp_id": "V-1",
    "ordered_on": "2026-03-01",
    "currency": "EUR",
    "lines": [{"line_no": 10, "text": "Coffee", "quantity": "4", "price": "2.50"}],
    "version": "a",
    "revision": 1,
}
RECEIPT = {
    "number": "LS-1",
    "received_on": "2026-03-02",
    "lines": [{"order_erp_id": "O-1", "line_no": 10, "quantity": "4"}],
    "version": "a",
    "revision": 1,
}


@pytest.fixture
def erp(any_shop: Shop) -> dict[str, str]:
    return any_shop.key(Permission.ERP_MASTER, Permission.ERP_DOCUMENTS, Permission.PAYABLES_READ)[1]


def _put(shop: Shop, erp: dict[str, str], what: str, body: dict[str, Any]) -> Any:
    return shop.client().put(f"/erp/v1/{what}?account=books", json=body, headers=erp)


def test_records_when_sent_then_kept_and_an_older_version_is_told_the_newer(
    any_shop: Shop, erp: dict[str, str]
) -> None:
    first = [_put(any_shop, erp, f"{kind}s/{kind[0].upper()}-1", body) for kind, body in _BODIES]
    again = [_put(any_shop, erp, f"{kind}s/{kind[0].upper()}-1", body) for kind, body in _BODIES]
    _put(any_shop, erp, "vendors/V-1", VENDOR | {"name": "Hafen AG", "version": "c", "revision": 3})
    stale = _put(any_shop, erp, "vendors/V-1", VENDOR | {"version": "b", "revision": 2})
    client: Any = any_shop.client()
    order = client.get(f"/v1/purchase-orders/{first[1].json['id']}", headers=erp)

    assert [answer.status_code for answer in first] == [200, 200, 200], [answer.json for answer in first]
    assert [answer.json for answer in again] == [answer.json for answer in first]
    assert (stale.status_code, stale.json["code"]) == (409, "record_stale")
    assert stale.json["stored"] == {"version": "c", "revision": 3}
    assert order.json["supplier_id"] == first[0].json["id"]
    assert order.json["progress"] == [{"line_no": 10, "received": "4", "billed": "0"}]


_BODIES = [("vendor", VENDOR), ("order", ORDER), ("receipt", RECEIPT)]


def test_batch_when_one_of_many_is_wrong_then_the_others_are_kept(any_shop: Shop, erp: dict[str, str]) -> None:
    items = [VENDOR | {"erp_id": f"V-{number}", "number": str(number)} for number in range(4)]
    items[1]["terms"] = {"net_days": 10, "discounts": [{"days": 30, "percent": "2"}]}

    client: Any = any_shop.client()
    answer = client.post("/erp/v1/vendors/batch?account=books", json={"items": items}, headers=erp)

    assert answer.status_code == 200
    assert [one["result"] for one in answer.json["results"]] == ["accepted", "refused", "accepted", "accepted"]
    assert answer.json["results"][1]["problem"]["code"] == "invalid_terms"
    assert answer.json["results"][1]["record"] is None
    listed = client.get("/v1/suppliers", headers=erp).json["data"]
    assert [one["number"] for one in listed] == ["0", "2", "3"]


def test_documents_when_fetched_by_pages_then_each_comes_once_and_is_acknowledged(
    any_shop: Shop, erp: dict[str, str]
) -> None:
    made = (bill(1), payment(2), entry(3), sales_day(4))
    pdf = made[0].attachments[0]
    with any_shop.storage.write() as unit:
        unit.documents.add(handed_in((TENANT, STORE), pdf, any_shop.clock.now()), [pdf.content])
        for one in made:
            now = any_shop.clock.now()
            posting = Posting("books", one.key, one.kind, as_json(one), "trace-1", now, now, now)
            unit.erp.add((TENANT, STORE), posting, "runner")
    client: Any = any_shop.client()
    seen: list[str] = []
    page: dict[str, Any] = {"next": 0, "has_more": True}
    while page["has_more"]:
        address = f"/erp/v1/documents?account=books&after={page['next']}&limit=3"
        page = client.get(address, headers=erp).json
        seen += [one["key"] for one in page["data"]]
    bills = client.get("/erp/v1/documents?account=books&kind=vendor_bill", headers=erp).json["data"]
    as_what = {"erp_id": "77", "number": "RE-77"}
    address = f"/erp/v1/documents/{key_of(1)}/acknowledge?account=books"
    told = [client.post(address, json=as_what, headers=erp) for _ in range(2)]
    other = client.post(address, json=as_what | {"erp_id": "78"}, headers=erp)
    files = [
        client.get(f"/erp/v1/documents/{key_of(number)}/files/{pdf.sha256}?account=books", headers=erp)
        for number in (1, 2)
    ]
    elsewhere = client.post(address.replace("books", "other"), json=as_what, headers=erp)
    listed = client.get("/erp/v1/documents?account=other", headers=erp)
    sent = client.put("/erp/v1/vendors/V-1?account=other", json=VENDOR, headers=erp)

    assert seen == [one.key for one in made]
    assert [one["document"]["gross_minor"] for one in bills] == [made[0].gross_minor]
    assert told[0].json == told[1].json
    assert (told[0].json["erp_id"], told[0].json["acknowledged_at"] is None) == ("77", False)
    assert (other.status_code, other.json["code"]) == (409, "acknowledged_otherwise")
    assert {(one.status_code, one.json["code"]) for one in (elsewhere, listed, sent)} == {(404, "unknown_erp_account")}
    assert [(file.status_code, file.data == pdf.content) for file in files] == [(200, True), (404, False)]
    assert files[0].headers["Content-Disposition"] == "attachment; filename*=UTF-8''bill.pdf"


def test_changes_when_a_payment_is_approved_and_a_document_stored_then_told_once_in_order(
    any_shop: Shop, erp: dict[str, str]
) -> None:
    key = any_shop.key(Permission.PAYMENTS_CREATE, Permission.WEBHOOKS_MANAGE)[1]
    client: Any = any_shop.client()
    hook = {"id": str(new_id()), "url": "https://erp.example/hook", "events": ["payment.*"]}
    client.post("/v1/webhook-endpoints", json=hook, headers=key)
    paid = sale()
    client.post("/v1/payments", json=paid, headers=key)
    any_shop.settle(paid["id"])
    any_shop.clock.move(1)
    one, now = entry(3), any_shop.clock.now()
    with any_shop.storage.write() as unit:
        posting = Posting("books", one.key, one.kind, as_json(one), "trace-1", now, now, now)
        unit.erp.add((TENANT, STORE), posting, "runner")

    first = client.get("/erp/v1/changes?limit=1", headers=erp).json
    rest = client.get(f"/erp/v1/changes?after={first['next']}", headers=erp).json
    ahead = client.get("/erp/v1/changes?after=999", headers=erp)
    refused = client.get("/erp/v1/changes", headers=key)
    sent = client.get(f"/v1/webhook-endpoints/{hook['id']}/messages", headers=key).json["data"]

    told = [*first["data"], *rest["data"]]
    assert [(row["sequence"], row["kind"]) for row in told] == [(1, "payment.approved"), (2, "erp_document.waiting")]
    assert [row["subject"] for row in told] == [
        f"/v1/payments/{paid['id']}",
        f"/v1/erp/postings/{one.key}?account=books",
    ]
    assert told[0]["trace_id"]
    assert [row["webhook_id"] for row in sent] == [told[0]["id"]]
    assert (first["has_more"], rest["has_more"], rest["next"]) == (True, False, 2)
    assert (ahead.status_code, ahead.json["code"]) == (410, "changes_gone")
    assert refused.status_code == 403


def test_doors_when_the_caller_may_not_then_refused_as_the_api_does(shop: Shop) -> None:
    _, master = shop.key(Permission.ERP_MASTER)
    basic = base64.b64encode(b"tb_no:no").decode()

    answers = [
        _put(shop, {}, "vendors/V-1", VENDOR),
        _put(shop, {"Authorization": f"Basic {basic}"}, "vendors/V-1", VENDOR),
        _put(shop, shop.key(Permission.PAYABLES_WORK)[1], "vendors/V-1", VENDOR),
        shop.client().get("/erp/v1/documents?account=books", headers=master),
    ]
    client, csrf = shop.signed(Role.AP_CLERK)
    person = client.put("/erp/v1/vendors/V-1?account=books", json=VENDOR, headers=csrf)

    assert [answer.status_code for answer in answers] == [401, 401, 403, 403]
    assert person.status_code == 403
    assert all(answer.content_type == "application/problem+json" for answer in answers)


def test_doors_when_a_token_carries_the_scope_then_open(shop: Shop) -> None:
    _, header = shop.key(Permission.ERP_MASTER)
    secret = header["Authorization"].removeprefix("Bearer ")
    client_id = secret.split("_")[1]
    asked = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    client: Any = shop.client()
    token = client.post("/oauth/token", data=asked).json

    answer = _put(shop, {"Authorization": f"Bearer {token['access_token']}"}, "vendors/V-1", VENDOR)

    assert token["scope"] == "erp:master"
    assert answer.status_code == 200


def test_approval_when_an_erp_tells_it_then_it_counts_once_and_only_with_the_scope(
    any_shop: Shop, erp: dict[str, str]
) -> None:
    any_shop.add_person(Role.APPROVER, login=ERP_APPROVER)
    made = payable_row(stored_supplier(any_shop.storage).id, state=PayableState.MATCHED)
    with any_shop.storage.write() as unit:
        unit.payables.add(made)
    client: Any = any_shop.client()
    digest = client.get(f"/v1/payables/{made.id}/approvals", headers=erp).json["digest"]
    _, header = any_shop.key(Permission.ERP_APPROVALS)
    body = {"id": "WF-1", "verdict": "approved", "user": "MEYER", "payable_id": str(made.id), "digest": digest}

    def tell(account: str = "books", **changes: str) -> Any:
        return client.post(f"/erp/v1/approvals?account={account}", json=body | changes, headers=header)

    first, again, reused = tell(), tell(), tell(user="SCHULZ")
    elsewhere = tell("other", id="WF-2")
    narrow = client.post("/erp/v1/approvals?account=books", json=body, headers=erp)

    assert (first.status_code, first.json) == (
        201,
        {"payable_id": str(made.id), "state": "approved", "counted": True, "missing": 0},
    )
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert (reused.status_code, reused.json["code"]) == (422, "key_reused")
    assert (elsewhere.status_code, elsewhere.json["code"]) == (409, "erp_not_an_approver")
    assert narrow.status_code == 403
