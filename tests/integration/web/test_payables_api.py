"""Payables over the API: what an ERP sends, what becomes of accepted invoices, and what people do with them."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from gateway.domain.ids import PayableId
from gateway.domain.payables.payable import PayableState
from invoice_capture.model import CapturedLine, DocumentType, FieldName
from tests.support.document_desk import IN_ORDER, captured, result_of
from tests.support.supplier_desk import Desk
from tests.support.web_shop import OTHER_STORE, STORE, TENANT, Shop, new_id

HERE = (TENANT, STORE)


@pytest.fixture
def clerk(any_shop: Shop) -> Desk:
    return Desk.of(any_shop, Role.AP_CLERK)


def sent(**changes: Any) -> dict[str, Any]:
    """Return what an ERP sends."""
    body = {
        "supplier_number": "70001",
        "number": "RE-2026-0001",
        "issued_on": "2026-03-01",
        "currency": "EUR",
        "net": "100.00",
        "tax": "19.00",
        "gross": "119.00",
        "lines": [{"line_no": 1, "text": "Beans", "quantity": "10", "price": "10.00", "amount": "100.00"}],
        "taxes": [{"percent": "19", "net": "100.00", "tax": "19.00"}],
        "printed_iban": "DE02120300000000202051",
        "reference": "RF18539007547034",
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def _put(desk: Desk, **changes: Any) -> Any:
    return desk.put(f"/v1/payables/{new_id()}", sent(**changes))


def _made(desk: Desk, **changes: Any) -> str:
    desk.supplier()
    answer = _put(desk, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def _act(desk: Desk, payable: str, what: str, **body: Any) -> Any:
    return desk.post(f"/v1/payables/{payable}/{what}", {"id": str(new_id()), "reason": "Because"} | body)


def test_payable_when_sent_then_told_whole_and_the_same_again_makes_nothing(clerk: Desk) -> None:
    clerk.supplier()
    path, body = f"/v1/payables/{new_id()}", sent()

    first, again = clerk.put(path, body), clerk.put(path, body)
    other = clerk.put(path, sent(number="RE-2"))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert (other.status_code, other.json["code"]) == (422, "key_reused")
    told = clerk.get(path).json
    assert told["gross"] == {"amount": "119.00", "currency": "EUR"}
    assert told["due_on"] == "2026-03-31"
    assert told["printed_account"] == "DE..2051"
    assert "DE02120300000000202051" not in json.dumps(told)
    assert told["events"][0]["detail"] == {"due_from": "terms", "net_days": "30"}
    assert told["discount"] == {
        "amount": {"amount": "2.38", "currency": "EUR"},
        "until": "2026-03-11",
        "ends_soon": False,
    }
    listed = clerk.get("/v1/payables").json
    assert [one["id"] for one in listed["data"]] == [told["id"]]
    assert listed["counts"] == {told["state"]: 1}


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"supplier_number": "9"}, "unknown_supplier", "/supplier_number"),
        ({"currency": "XYZ"}, "unknown_currency", "/currency"),
        ({"gross": "0"}, "payable_too_large", "/gross"),
        ({"net": "100.001"}, "invalid_amount", "/net"),
        ({"due_on": "2026-02-30"}, "invalid_date", "/due_on"),
        ({"printed_iban": "DE02120300000000202052"}, "invalid_iban", "/printed_iban"),
        ({"lines": [{"line_no": 2, "price": "1", "amount": "1.00"}]}, "payable_lines_not_numbered", "/lines/0/line_no"),
        ({"lines": [{"line_no": 1, "price": "1", "amount": "1.001"}]}, "invalid_amount", "/lines/0/amount"),
        ({"discounts": [{"days": 1, "percent": "0"}]}, "invalid_discount", "/discounts/0/percent"),
        ({"reference": "RF00539007547034"}, "invalid_reference", "/reference"),
    ],
)
def test_payable_when_something_is_wrong_then_refused_with_its_place(
    clerk: Desk, changes: dict[str, Any], code: str, pointer: str
) -> None:
    clerk.supplier()

    refused = _put(clerk, **changes)

    assert (refused.status_code, refused.json["code"]) == (422, code)
    assert refused.json["errors"][0]["pointer"] == pointer
    assert clerk.get("/v1/payables").json["data"] == []


@pytest.mark.parametrize(
    "changes",
    [{"gross": "-1.00"}, {"number": ""}, {"more": 1}, {"issued_on": "2026-3-1"}, {"kind": "bill"}, {"net": 100}],
)
def test_payable_when_its_shape_is_wrong_then_refused(clerk: Desk, changes: dict[str, Any]) -> None:
    assert _put(clerk, **changes).status_code == 400


def test_sums_when_they_do_not_hold_then_an_exception_for_a_person_and_no_refusal(clerk: Desk) -> None:
    payable = _made(clerk, net="90.00")

    told = clerk.get(f"/v1/payables/{payable}").json

    assert told["state"] == "exception"
    assert "sums_differ" in told["events"][-1]["detail"]["issues"]


def test_hold_when_set_and_lifted_then_told_and_the_state_stays(clerk: Desk) -> None:
    payable = _made(clerk)
    before = clerk.get(f"/v1/payables/{payable}").json["state"]

    held = _act(clerk, payable, "hold", kind="disputed", reason="Wrong price")
    twice = _act(clerk, payable, "hold", kind="on_hold")

    assert held.json["hold"]["kind"] == "disputed"
    assert (held.json["hold"]["reason"], held.json["state"]) == ("Wrong price", before)
    assert (twice.status_code, twice.json["code"]) == (409, "payable_held")
    assert clerk.get("/v1/payables?held=true").json["held"] == 1
    lifted = _act(clerk, payable, "lift")
    assert lifted.json["hold"] is None
    assert [one["step"] for one in lifted.json["events"]][-2:] == ["held", "hold_lifted"]
    assert _act(clerk, payable, "lift").json["code"] == "payable_not_held"


def test_act_when_sent_twice_then_done_once(clerk: Desk) -> None:
    payable = _made(clerk)
    body = {"id": str(new_id()), "reason": "Wrong price", "kind": "on_hold"}

    first, again = (clerk.post(f"/v1/payables/{payable}/hold", body) for _ in range(2))

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"


def test_change_when_made_then_matched_again_and_told_with_what_it_was(clerk: Desk) -> None:
    payable = _made(clerk)

    changed = _act(clerk, payable, "change", due_on="2026-04-15", lines=[{"line_no": 1, "account_code": "3200"}])

    assert changed.status_code == 200
    assert changed.json["due_on"] == "2026-04-15"
    assert changed.json["lines"][0]["account_code"] == "3200"
    event = next(one for one in changed.json["events"] if one["step"] == "changed")
    assert event["detail"] == {"due_on": "2026-03-31 > 2026-04-15", "lines": "1"}
    assert (event["after"], event["reason"]) == ("validated", "Because")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "nothing_to_change"),
        ({"due_on": "2026-03-31"}, "nothing_to_change"),
        ({"due_on": "2026-02-01"}, "due_before_issued"),
        ({"lines": [{"line_no": 9, "tax_code": "V19"}]}, "unknown_payable_line"),
        ({"reference": "RF00539007547034"}, "invalid_reference"),
    ],
)
def test_change_when_it_cannot_be_then_refused_and_nothing_is_told(
    clerk: Desk, change: dict[str, Any], code: str
) -> None:
    payable = _made(clerk)
    before = clerk.get(f"/v1/payables/{payable}").json

    refused = _act(clerk, payable, "change", **change)

    assert (refused.status_code, refused.json["code"]) == (422, code)
    assert clerk.get(f"/v1/payables/{payable}").json == before


@pytest.mark.parametrize(("act", "state"), [("cancel", "cancelled"), ("reject", "rejected")])
def test_payable_when_ended_by_a_person_then_nothing_more_can_be_done(clerk: Desk, act: str, state: str) -> None:
    payable = _made(clerk)

    ended = _act(clerk, payable, act, reason="Paid in cash")

    assert (ended.json["state"], ended.json["steps"]) == (state, [])
    assert ended.json["events"][-1]["reason"] == "Paid in cash"
    for other in ("cancel", "reject", "change", "hold"):
        more = {"due_on": "2026-05-01"} if other == "change" else {"kind": "on_hold"} if other == "hold" else {}
        assert _act(clerk, payable, other, **more).json["code"] == "payable_step_refused"


def test_payable_when_in_a_run_then_only_a_hold_is_possible(clerk: Desk, any_shop: Shop) -> None:
    payable = _made(clerk)
    _bring(any_shop, payable, PayableState.SCHEDULED)

    assert _act(clerk, payable, "cancel").json["code"] == "payable_step_refused"
    assert _act(clerk, payable, "change", due_on="2026-05-01").json["code"] == "payable_step_refused"
    assert _act(clerk, payable, "hold", kind="on_hold").json["state"] == "scheduled"


def _bring(shop: Shop, payable: str, state: PayableState) -> None:
    """Store a state as a run would leave it."""
    with shop.storage.write() as unit:
        found = unit.payables.lock(*HERE, PayableId(uuid.UUID(payable)))
        assert found is not None
        assert unit.payables.update(replace(found, state=state, version=found.version + 1))


def test_list_when_filtered_then_only_what_fits(clerk: Desk) -> None:
    late = _made(clerk, number="A-1", due_on="2026-03-01")
    soon = _put(clerk, number="A-2", due_on="2026-04-01", gross="120.00").json["id"]

    def found(query: str) -> list[str]:
        return [one["id"] for one in clerk.get(f"/v1/payables?{query}").json["data"]]

    assert found("sort=due") == [late, soon]
    assert found("due_until=2026-03-15") == [late]
    assert found("search=a-2") == [soon]
    assert found("search=kaffee") == [soon, late]
    assert found("state=cancelled") == []
    assert clerk.get("/v1/payables?due_until=2026-02-31").status_code == 422
    assert clerk.get("/v1/payables?state=gone").status_code == 400


def test_payable_of_another_store_when_asked_for_then_not_found(clerk: Desk, any_shop: Shop) -> None:
    payable = _made(clerk)
    foreign = Desk(*any_shop.signed(Role.AP_CLERK, store=OTHER_STORE))

    assert foreign.get(f"/v1/payables/{payable}").json["code"] == "payable_not_found"
    assert _act(foreign, payable, "cancel").status_code == 404
    assert foreign.get("/v1/payables").json["data"] == []


@pytest.mark.parametrize("role", [Role.APPROVER, Role.CONTROLLER, Role.TREASURER])
def test_payable_when_somebody_may_only_read_then_nothing_else(any_shop: Shop, clerk: Desk, role: Role) -> None:
    payable = _made(clerk)
    reader = Desk.of(any_shop, role)

    assert reader.get(f"/v1/payables/{payable}").status_code == 200
    assert _act(reader, payable, "cancel").status_code == 403
    assert _put(reader).status_code == 403


def accepted_invoice(shop: Shop, values: dict[FieldName, str], **changes: Any) -> str:
    """Have an invoice captured and accepted; return its id."""
    _, headers = shop.key(Permission.DOCUMENTS_WORK, Permission.DOCUMENTS_READ)
    client, document = shop.client(), str(new_id())
    data = json.dumps([str(values), document]).encode()
    address = f"/v1/documents/{document}"
    assert client.put(address, query_string={"name": "one.pdf"}, data=data, headers=headers).status_code == 202
    read = shop.container.till.documents.read
    while (taken := read.take("test", 30)) is not None:
        assert read.finish(taken.document, result_of(captured(values, **changes)))
    invoice = client.get(address, headers=headers).get_json()["invoices"][0]["id"]
    body = {"id": str(new_id()), "reason": "Seen"}
    answer = client.post(f"/v1/supplier-invoices/{invoice}/accept", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(invoice)


WITH_TERMS = IN_ORDER | {
    FieldName.DUE_DATE: "2026-03-20",
    FieldName.DISCOUNT_RATE: "2",
    FieldName.DISCOUNT_DATE: "2026-03-11",
    FieldName.ORDER_REF: "4500001, 4500002",
    FieldName.PAYMENT_REF: "rf18 5390 0754 7034",
    FieldName.IBAN: "DE02120300000000202051",
    FieldName.VAT_ID: "DE123456788",
}


def test_invoice_when_accepted_then_it_is_owed_with_everything_it_says(any_shop: Shop, clerk: Desk) -> None:
    field = captured().fields[FieldName.NET]
    line = CapturedLine(text=replace(field, value="Beans"), amount=field, quantity=replace(field, value="10"))

    invoice = accepted_invoice(any_shop, WITH_TERMS, lines=(line,))

    row = clerk.get("/v1/payables").json["data"][0]
    told = clerk.get(f"/v1/payables/{row['id']}").json
    assert told["document_invoice_id"] == invoice
    assert (told["number"], told["issued_on"], told["due_on"]) == ("HK-0117", "2026-03-01", "2026-03-20")
    assert told["supplier"]["name"] == "Hafen Kaffee GmbH"
    assert [told[name]["amount"] for name in ("net", "tax", "gross")] == ["100.00", "19.00", "119.00"]
    assert told["order_numbers"] == ["4500001", "4500002"]
    assert told["reference"] == "RF18539007547034"
    assert told["discounts"] == [{"days": 10, "percent": "2"}]
    assert told["lines"][0] | {"text": "Beans", "price": "10", "quantity": "10"} == told["lines"][0]
    assert told["events"][0]["detail"]["due_from"] == "document"
    account = clerk.get(f"/v1/suppliers/{told['supplier']['id']}").json["accounts"][0]
    assert account["state"] == "requested"


def test_invoice_without_due_date_when_accepted_then_the_terms_agreed_say_it(any_shop: Shop, clerk: Desk) -> None:
    clerk.supplier(vat_ids=["DE123456788"], terms={"net_days": 14, "discounts": [{"days": 7, "percent": "3"}]})

    accepted_invoice(any_shop, IN_ORDER | {FieldName.VAT_ID: "DE123456788"})

    told = clerk.get("/v1/payables").json["data"][0]
    whole = clerk.get(f"/v1/payables/{told['id']}").json
    assert (whole["supplier"]["number"], whole["due_on"]) == ("70001", "2026-03-15")
    assert whole["discounts"] == [{"days": 7, "percent": "3"}]
    assert whole["events"][0]["detail"]["net_days"] == "14"


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (DocumentType.CREDIT_NOTE, {}),
        (DocumentType.CREDIT_NOTE, {FieldName.NET: "-100.00", FieldName.TAX: "-19.00", FieldName.TOTAL: "-119.00"}),
        (DocumentType.INVOICE, {FieldName.NET: "-100.00", FieldName.TAX: "-19.00", FieldName.TOTAL: "-119.00"}),
    ],
)
def test_credit_note_when_accepted_then_one_with_positive_amounts(
    any_shop: Shop, clerk: Desk, type_: DocumentType, values: dict[FieldName, str]
) -> None:
    accepted_invoice(any_shop, IN_ORDER | values, document_type=type_)

    told = clerk.get("/v1/payables").json["data"][0]
    assert told["kind"] == "credit_note"
    assert [told[name]["amount"] for name in ("net", "tax", "gross")] == ["100.00", "19.00", "119.00"]


def test_invoice_when_part_was_paid_in_advance_then_only_the_rest_is_owed(any_shop: Shop, clerk: Desk) -> None:
    accepted_invoice(any_shop, IN_ORDER | {FieldName.PREPAID: "50.00"})

    row = clerk.get("/v1/payables").json["data"][0]
    told = clerk.get(f"/v1/payables/{row['id']}").json
    assert told["gross"]["amount"] == "69.00"
    assert told["lines"][-1]["amount"]["amount"] == "-50.00"
    assert told["events"][0]["detail"]["prepaid"] == "50.00"


@pytest.mark.parametrize("type_", [DocumentType.RECEIPT, DocumentType.REMINDER, DocumentType.STATEMENT])
def test_document_that_claims_nothing_when_accepted_then_nothing_is_owed(
    any_shop: Shop, clerk: Desk, type_: DocumentType
) -> None:
    accepted_invoice(any_shop, IN_ORDER, document_type=type_)

    assert clerk.get("/v1/payables").json["data"] == []
