"""The screens of supplier documents: what the inbox lists, where the next invoice is, what a review page carries."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.domain.access import Role
from gateway.domain.documents.document import DocumentSource
from gateway.domain.ids import DocumentId
from gateway.services.documents.receive_documents import Handed
from gateway.web.documents import inbox_screen
from invoice_capture.model import CapturedInvoice, FieldName, Mark
from tests.support.document_desk import IN_ORDER, captured, result_of
from tests.support.web_shop import Shop, new_id

if TYPE_CHECKING:
    from flask.testing import FlaskClient

HOSTILE = '</script><script>alert("1")</script>'


def numbered(number: str, **changes: str) -> CapturedInvoice:
    """An invoice nothing speaks against but what is changed."""
    values = {FieldName(name): text for name, text in changes.items()}
    return captured({**IN_ORDER, FieldName.INVOICE_NUMBER: number, **values})


def doubtful(number: str) -> CapturedInvoice:
    """An invoice whose date is unsure."""
    sure = numbered(number)
    return replace(sure, fields={**sure.fields, FieldName.DATE: replace(sure.fields[FieldName.DATE], mark=Mark.CHECK)})


def hand_in(shop: Shop, *invoices: CapturedInvoice, name: str = "invoice.pdf") -> DocumentId:
    """Hand a document in and have it read as these invoices; none: it is refused."""
    services = shop.container.till.documents
    document_id = DocumentId(new_id())
    services.receive.take_in(Handed(document_id, name, document_id.bytes, DocumentSource.UPLOAD, "clerk"))
    taken = services.read.take("test", 60)
    assert taken is not None
    if invoices:
        services.read.finish(taken.document, result_of(*invoices))
    else:
        services.read.refuse(taken.document, "pdf_encrypted", "The PDF is encrypted.")
    return document_id


def first_row(client: FlaskClient) -> dict[str, Any]:
    """Return the newest invoice of the queue."""
    found: dict[str, Any] = json.loads(client.get("/v1/supplier-invoices").data)["data"][0]
    return found


def island(page: str, name: str) -> Any:
    """Return what a page carries for its script."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_inbox_when_filtered_then_each_chip_counts_and_lists_its_own(shop: Shop) -> None:
    client, _ = shop.signed(Role.AP_CLERK)
    hand_in(shop, doubtful("A-1"))
    hand_in(shop, numbered("B-2"))
    hand_in(shop, name="secret.pdf")

    first, sure, refused = (client.get(f"/invoices{query}").text for query in ("", "?show=sure", "?show=refused"))

    assert "A-1" in first
    assert "B-2" not in first
    assert "B-2" in sure
    assert "secret.pdf" in refused
    assert "protected by a password" in refused
    counts = re.findall(r'show=(\w+)"[^>]*>[^<]+<span class="chip-count">(\d+)', first)
    assert dict(counts)["needs_look"] == dict(counts)["sure"] == dict(counts)["refused"] == "1"


def test_inbox_when_an_invoice_came_twice_then_it_stands_among_the_duplicates(shop: Shop) -> None:
    client, _ = shop.signed(Role.AP_CLERK)
    hand_in(shop, numbered("B-2"))
    hand_in(shop, numbered("B-2"), name="again.pdf")
    hand_in(shop, numbered("C-3"))

    page = client.get("/invoices?show=duplicates").text

    assert 'aria-current="true">Duplicates <span class="chip-count">1' in page
    assert page.count("data-row") == 1
    assert "Duplicate?" in page
    assert "C-3" not in page


def test_inbox_when_it_has_not_changed_then_it_is_not_sent_again(shop: Shop) -> None:
    client, _ = shop.signed(Role.AP_CLERK)
    hand_in(shop, doubtful("A-1"))
    seen = re.search(r"seen=(\w+)", client.get("/invoices").text)
    assert seen

    same = client.get(f"/invoices/now?seen={seen[1]}")
    hand_in(shop, doubtful("A-2"))
    other = client.get(f"/invoices/now?seen={seen[1]}")

    assert same.status_code == 204
    assert other.status_code == 200
    assert "A-2" in other.text


def test_inbox_when_longer_than_a_page_then_the_rest_is_one_step_away(shop: Shop) -> None:
    client, _ = shop.signed(Role.AP_CLERK)
    numbers = {f"N-{number:03}" for number in range(inbox_screen.ROWS + 1)}
    hand_in(shop, *(doubtful(number) for number in sorted(numbers)))

    newest = client.get("/invoices").text
    older = re.search(r"before=([0-9a-f-]{36})", newest)
    assert older
    rest = client.get(f"/invoices?before={older[1]}").text

    first, second = ({number for number in numbers if number in page} for page in (newest, rest))
    assert (len(first), len(second)) == (inbox_screen.ROWS, 1)
    assert first | second == numbers
    assert client.get("/invoices?before=nothing").status_code == 404


def test_inbox_when_nothing_was_ever_handed_in_then_it_says_how(shop: Shop) -> None:
    clerk, approver = shop.signed(Role.AP_CLERK)[0], shop.signed(Role.APPROVER)[0]

    assert "Drop the first one on this page" in clerk.get("/invoices").text
    assert "as soon as an invoice clerk adds them" in approver.get("/invoices").text
    assert shop.signed(Role.CASHIER)[0].get("/invoices").status_code == 403


def test_next_when_asked_after_one_then_each_comes_once_and_then_the_inbox(shop: Shop) -> None:
    client, _ = shop.signed(Role.AP_CLERK)
    assert client.get("/invoices/next").location == "/invoices"
    for number in ("A-1", "A-2"):
        hand_in(shop, doubtful(number))

    newest = client.get("/invoices/next").location
    older = client.get(f"/invoices/next?after={newest.removeprefix('/invoices/')}").location
    again = client.get(f"/invoices/next?after={older.removeprefix('/invoices/')}").location

    assert newest != older
    assert again == newest


def test_review_when_opened_then_it_carries_the_invoice_its_pages_and_the_way_on(shop: Shop) -> None:
    client, _ = shop.signed(Role.AP_CLERK)
    hand_in(shop, doubtful("A-1"))
    address = client.get("/invoices/next").location

    page = client.get(address).text

    invoice = island(page, "invoice")
    assert invoice["fields"]["invoice_number"]["value"] == "A-1"
    assert island(page, "pages") == [{"number": 1, "width": 595.0, "height": 842.0, "source": "text_layer"}]
    assert f'data-next="/invoices/next?after={invoice["id"]}"' in page
    assert 'data-act="accept"' in page
    assert 'data-act="accept"' not in shop.signed(Role.APPROVER)[0].get(address).text


def test_review_when_decided_then_it_says_by_whom_and_offers_no_more(shop: Shop) -> None:
    client, headers = shop.signed(Role.AP_CLERK)
    hand_in(shop, numbered("B-2"))
    row = first_row(client)
    body = {"id": str(new_id()), "reason": "Not ours"}
    assert client.post(f"/v1/supplier-invoices/{row['id']}/reject", json=body, headers=headers).status_code == 200

    page = client.get(f"/invoices/{row['id']}").text

    assert "Rejected by" in page
    assert "Not ours" in page
    assert 'data-act="accept"' not in page


def test_review_when_a_document_carries_markup_then_it_stays_text(shop: Shop) -> None:
    client, _ = shop.signed(Role.AP_CLERK)
    hand_in(shop, numbered("A-1", company=HOSTILE, date=""), name=f"{HOSTILE}.pdf")

    address = client.get("/invoices/next").location
    page, inbox = client.get(address).text, client.get("/invoices").text

    assert "<script>alert" not in page + inbox
    assert island(page, "invoice")["fields"]["company"]["value"] == HOSTILE


def test_memory_when_an_invoice_taught_something_then_its_supplier_is_told_with_evidence(shop: Shop) -> None:
    client, headers = shop.signed(Role.AP_CLERK)
    assert "Nothing is remembered yet" in client.get("/suppliers/memory").text
    hand_in(shop, numbered("B-2", vat_id="DE136695976"))
    row = first_row(client)
    correction = {"id": str(new_id()), "fields": {"company": "Hafen Kaffee und Tee GmbH"}}
    address = f"/v1/supplier-invoices/{row['id']}"
    assert client.post(f"{address}/corrections", json=correction, headers=headers).status_code == 201
    assert client.post(f"{address}/accept", json={"id": str(new_id())}, headers=headers).status_code == 200

    page = client.get("/suppliers/memory").text

    assert "Hafen Kaffee und Tee GmbH" in page
    assert "DE136695976" in page
    assert f'href="/invoices/{row["id"]}"' in page
