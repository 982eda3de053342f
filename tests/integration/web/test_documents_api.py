"""Supplier documents and invoices over the API, on both databases where storage matters."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from gateway.ports.capture import ReadResult
from invoice_capture.model import Box, FieldName, Mark, Place
from tests.support.document_desk import IN_ORDER, captured, result_of, ubl
from tests.support.web_shop import Shop, new_id

Headers = dict[str, str]


@pytest.fixture
def headers(any_shop: Shop) -> Headers:
    """A key that works with documents."""
    return any_shop.key(Permission.DOCUMENTS_WORK, Permission.DOCUMENTS_READ)[1]


def _put(shop: Shop, headers: Headers, data: bytes = b"%PDF-1.4 one", *, id_: str = "", name: str = "one.pdf") -> Any:
    path = f"/v1/documents/{id_ or new_id()}"
    return shop.client().put(path, query_string={"name": name}, data=data, headers=headers)


def _read(shop: Shop, result: ReadResult) -> None:
    read = shop.container.till.documents.read
    while (taken := read.take("test", 30)) is not None:
        assert read.finish(taken.document, result)


def _invoice(shop: Shop, headers: Headers, result: ReadResult | None = None, data: bytes = b"%PDF-1.4 one") -> Any:
    document = _put(shop, headers, data).get_json()["id"]
    _read(shop, result or result_of(captured()))
    found = shop.client().get(f"/v1/documents/{document}", headers=headers).get_json()["invoices"][0]["id"]
    return shop.client().get(f"/v1/supplier-invoices/{found}", headers=headers).get_json()


def _post(shop: Shop, headers: Headers, invoice: str, what: str, **body: Any) -> Any:
    sent = {"id": str(new_id())} | body
    return shop.client().post(f"/v1/supplier-invoices/{invoice}/{what}", json=sent, headers=headers)


def test_document_when_handed_in_then_202_and_again_200_with_the_same(any_shop: Shop, headers: Headers) -> None:
    id_ = str(new_id())

    first, again = (_put(any_shop, headers, id_=id_) for _ in range(2))

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.headers["Location"] == f"/v1/documents/{id_}"
    assert (first.get_json()["state"], first.get_json()["source"]) == ("received", "api")
    assert again.get_json()["id"] == id_
    assert again.get_json()["duplicate_of"] is None


def test_content_when_it_is_known_then_the_first_document_is_told(any_shop: Shop, headers: Headers) -> None:
    first, other = _put(any_shop, headers), str(new_id())

    again = _put(any_shop, headers, id_=other, name="copy.pdf")

    assert again.status_code == 200
    assert again.get_json()["duplicate_of"] == first.get_json()["id"] == again.get_json()["id"]
    assert [one["name"] for one in again.get_json()["arrivals"]] == ["one.pdf", "copy.pdf"]
    by_other = any_shop.client().get(f"/v1/documents/{other}", headers=headers).get_json()
    assert by_other["duplicate_of"] == first.get_json()["id"]


def test_id_when_used_with_another_content_then_422(any_shop: Shop, headers: Headers) -> None:
    id_ = str(new_id())
    _put(any_shop, headers, id_=id_)

    refused = _put(any_shop, headers, b"other", id_=id_)

    assert (refused.status_code, refused.get_json()["code"]) == (422, "id_reused")


def test_document_when_empty_or_too_large_then_refused_and_nothing_is_stored(shop: Shop) -> None:
    headers = shop.key(Permission.DOCUMENTS_WORK, Permission.DOCUMENTS_READ)[1]
    empty = _put(shop, headers, b"")
    large = _put(shop, headers, b"x" * (shop.container.till.documents.receive.bytes_max + 1))

    assert (empty.status_code, empty.get_json()["code"]) == (422, "document_empty")
    assert (large.status_code, large.get_json()["code"]) == (413, "request_too_large")
    assert shop.client().get("/v1/documents", headers=headers).get_json()["data"] == []


def test_content_when_downloaded_then_as_it_was_handed_in_and_never_shown_by_the_browser(
    any_shop: Shop, headers: Headers
) -> None:
    id_ = _put(any_shop, headers, ubl(), name='März "1".xml').get_json()["id"]

    answer = any_shop.client().get(f"/v1/documents/{id_}/content", headers=headers)

    assert answer.data == ubl()
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''M%C3%A4rz%20%221%22.xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_picture_when_kept_then_told_with_private_caching(any_shop: Shop, headers: Headers) -> None:
    id_ = _put(any_shop, headers).get_json()["id"]
    documents = any_shop.container.till.documents
    document = documents.read.take("test", 30)
    assert document is not None
    with any_shop.storage.write() as unit:
        unit.documents.keep_picture(document.document, page=1, width=1200, png=b"\x89PNG")

    answer = any_shop.client().get(f"/v1/documents/{id_}/pages/1.png?width=1000", headers=headers)

    assert (answer.data, answer.content_type) == (b"\x89PNG", "image/png")
    assert answer.headers["Cache-Control"] == "private, max-age=600"


def test_invoice_when_read_then_every_value_with_place_confidence_and_reason(any_shop: Shop, headers: Headers) -> None:
    sure = captured()
    fields = {
        name: type(field)(**{**_members(field), "places": (Place(1, Box(1.0, 2.0, 3.0, 4.0)),), "mark": Mark.CHECK})
        for name, field in sure.fields.items()
    }
    invoice = _invoice(any_shop, headers, result_of(captured(IN_ORDER, fields=fields)))

    total = invoice["fields"]["total"]
    assert (total["value"], total["mark"], total["places"]) == (
        "119.00",
        "check",
        [{"page": 1, "box": [1.0, 2.0, 3.0, 4.0]}],
    )
    assert invoice["state"] == "needs_review"
    assert invoice["total"] == {"amount": "119.00", "currency": "EUR"}
    assert invoice["document_pages"] == [{"number": 1, "width": 595.0, "height": 842.0, "source": "text_layer"}]
    assert {one["name"] for one in invoice["places_in_doubt"]} == {str(name) for name in IN_ORDER}
    assert not any(one["blocks"] for one in invoice["places_in_doubt"])


def _members(field: Any) -> dict[str, Any]:
    return {name: getattr(field, name) for name in type(field).__slots__}


def test_queue_when_filtered_then_rows_and_counts(any_shop: Shop, headers: Headers) -> None:
    _invoice(any_shop, headers)
    _invoice(any_shop, headers, result_of(captured({FieldName.COMPANY: "Nobody"})), data=b"%PDF-1.4 two")
    client = any_shop.client()

    doubtful = client.get("/v1/supplier-invoices?doubt=true", headers=headers).get_json()
    by_text = client.get("/v1/supplier-invoices?q=hafen&state=captured", headers=headers).get_json()
    page = client.get("/v1/supplier-invoices?limit=1", headers=headers).get_json()
    rest = client.get(f"/v1/supplier-invoices?limit=1&before={page['next']}", headers=headers).get_json()

    assert [one["supplier"] for one in doubtful["data"]] == ["Nobody"]
    assert [one["number"] for one in by_text["data"]] == ["HK-0117"]
    assert doubtful["counts"] == {"captured": 1, "needs_review": 1}
    assert page["data"][0]["id"] != rest["data"][0]["id"]


def test_correction_when_sent_twice_then_byte_for_byte_the_first_answer(any_shop: Shop, headers: Headers) -> None:
    invoice = _invoice(any_shop, headers)["id"]
    id_ = str(new_id())

    first, again = (
        _post(any_shop, headers, invoice, "corrections", id=id_, fields={"total": "119,00"}) for _ in range(2)
    )

    assert (first.status_code, first.data) == (201, again.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    corrected = first.get_json()["fields"]["total"]
    assert (corrected["corrected_by"], corrected["captured"], corrected["confidence"]) == ("key:till", "119.00", 1.0)


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"fields": {"date": "soon"}}, "invalid_field_value", "/fields/date"),
        ({"fields": {"iban": "DE1"}}, "invalid_field_value", "/fields/iban"),
        ({"fields": {"shoe_size": "42"}}, "unknown_field", "/fields/shoe_size"),
        ({"lines": [{"text": "a"}, {"amount": "many"}]}, "invalid_field_value", "/lines/1/amount"),
        ({"taxes": [{"rate": "x"}]}, "invalid_field_value", "/taxes/0/rate"),
        ({}, "nothing_to_correct", "/fields"),
    ],
)
def test_correction_when_a_value_is_wrong_then_422_at_its_place_with_what_is_right(
    shop: Shop, body: dict[str, Any], code: str, pointer: str
) -> None:
    headers = shop.key(Permission.DOCUMENTS_WORK, Permission.DOCUMENTS_READ)[1]
    invoice = _invoice(shop, headers)["id"]

    refused = _post(shop, headers, invoice, "corrections", **body)

    assert (refused.status_code, refused.get_json()["code"]) == (422, code)
    assert refused.get_json()["errors"][0]["pointer"] == pointer
    assert refused.get_json()["hint"]


def test_invoice_when_accepted_or_rejected_then_decided_once(any_shop: Shop, headers: Headers) -> None:
    accepted = _invoice(any_shop, headers)["id"]
    rejected = _invoice(any_shop, headers, result_of(captured({})), data=b"%PDF-1.4 two")["id"]

    refused = _post(any_shop, headers, rejected, "accept")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "reason_for_acceptance_needed")
    assert _post(any_shop, headers, accepted, "accept").get_json()["state"] == "validated"
    assert _post(any_shop, headers, rejected, "reject", reason="An advert.").get_json()["state"] == "rejected"
    again = _post(any_shop, headers, rejected, "accept", reason="After all.")
    assert (again.status_code, again.get_json()["code"]) == (409, "invoice_decided")


def test_memory_when_taught_then_shown_with_evidence_and_deleted(any_shop: Shop, headers: Headers) -> None:
    invoice = _invoice(any_shop, headers)["id"]
    _post(any_shop, headers, invoice, "accept")
    client = any_shop.client()
    (entry,) = client.get("/v1/supplier-memory", headers=headers).get_json()["data"]
    assert (entry["names"], entry["evidence"][0]["invoice_id"]) == (["Hafen Kaffee GmbH"], invoice)

    assert client.delete(f"/v1/supplier-memory/{entry['id']}", headers=headers).status_code == 204

    left = client.get("/v1/supplier-memory", headers=headers).get_json()
    assert left["data"] == []
    assert {one["kind"] for one in left["changes"]} == {"learned", "forgotten"}
    assert client.delete(f"/v1/supplier-memory/{entry['id']}", headers=headers).status_code == 404


def test_document_when_read_again_then_202_and_not_while_it_waits(any_shop: Shop, headers: Headers) -> None:
    invoice = _invoice(any_shop, headers)
    path = f"/v1/documents/{invoice['document_id']}/read-again"

    assert any_shop.client().post(path, headers=headers).get_json()["state"] == "received"
    assert any_shop.client().post(path, headers=headers).get_json()["code"] == "illegal_document_step"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/documents/{}",
        "/v1/documents/{}/content",
        "/v1/documents/{}/pages/1.png",
        "/v1/supplier-invoices/{}",
    ],
)
def test_thing_when_unknown_or_of_another_store_then_404(shop: Shop, path: str) -> None:
    headers = shop.key(Permission.DOCUMENTS_READ, Permission.DOCUMENTS_WORK)[1]

    assert shop.client().get(path.format(uuid.uuid4()), headers=headers).status_code == 404


@pytest.mark.parametrize("role", [Role.CASHIER, Role.ADMINISTRATOR, Role.APPROVER])
def test_person_when_not_working_with_documents_then_403_for_every_change(shop: Shop, role: Role) -> None:
    client, csrf = shop.signed(role)
    invoice = f"/v1/supplier-invoices/{uuid.uuid4()}"

    answers = [
        client.put(f"/v1/documents/{new_id()}?name=a.pdf", data=b"a", headers=csrf),
        client.post(f"{invoice}/accept", json={"id": str(new_id())}, headers=csrf),
        client.post(f"{invoice}/reject", json={"id": str(new_id()), "reason": "no"}, headers=csrf),
        client.post(f"{invoice}/corrections", json={"id": str(new_id()), "fields": {}}, headers=csrf),
        client.delete(f"/v1/supplier-memory/{uuid.uuid4()}", headers=csrf),
    ]

    assert {answer.status_code for answer in answers} == {403}
    allowed = 200 if role is Role.APPROVER else 403
    assert client.get("/v1/supplier-invoices").status_code == allowed


def test_clerk_when_uploading_in_the_browser_then_the_source_is_the_upload(shop: Shop) -> None:
    client, csrf = shop.signed(Role.AP_CLERK)

    answer = client.put(
        f"/v1/documents/{new_id()}?name=a.pdf", data=b"%PDF", headers=csrf | {"Content-Type": "application/pdf"}
    )
    without_token = client.put(f"/v1/documents/{new_id()}?name=a.pdf", data=b"%PDF 2")

    assert (answer.status_code, answer.get_json()["source"]) == (202, "upload")
    assert without_token.status_code == 403
