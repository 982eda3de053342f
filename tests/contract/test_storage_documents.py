"""Documents, invoices and the supplier memory, on both databases."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.adapters.db.documents.document_store import PART_BYTES
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.documents.document import Arrival, Document, DocumentSource, DocumentState, Reading
from gateway.domain.documents.invoice import (
    Change,
    Invoice,
    InvoiceEvent,
    InvoiceKeys,
    InvoiceState,
    InvoiceStep,
    InvoiceSummary,
    invoice_id_of,
)
from gateway.domain.errors import GatewayError
from gateway.domain.ids import DocumentId, InvoiceId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.ports.document_store import InvoiceWish, MemoryChange, MemoryEntry
from tests.support.storage_rows import NOON, new_id

HERE = (TenantId("main"), StoreId("store-1"))
ELSEWHERE = (TenantId("main"), StoreId("south"))
CONTENT = bytes(range(256)) * 3000  # three parts, every byte
ALL = tuple(DocumentState)


def _document(content: bytes = CONTENT, minutes: int = 0) -> Document:
    return Document(
        tenant_id=HERE[0],
        store_id=HERE[1],
        id=DocumentId(new_id()),
        sha256=hashlib.sha256(content).hexdigest(),
        name="Rechnung für März.pdf",
        kind="",
        size=len(content),
        source=DocumentSource.UPLOAD,
        received_at=NOON + timedelta(minutes=minutes),
        received_by="anna",
    )


def _stored(storage: SqlStorage, content: bytes = CONTENT, minutes: int = 0) -> Document:
    one = _document(content, minutes)
    with storage.write() as unit:
        assert unit.documents.add(one, (content,))
    return one


def _invoice(document: Document, position: int = 0, *, minutes: int = 0, **summary: object) -> Invoice:
    told = {
        "document_type": "invoice",
        "supplier": "Größe & Co",
        "number": "RE-0042",
        "issued_on": date(2026, 3, 1),
        "due_on": None,
        "total": Money(11900, Currency.of("EUR")),
        "doubts": 0,
        "keys": InvoiceKeys(vat_id="DE123456788", number="42", name="grosse"),
    }
    return Invoice(
        tenant_id=HERE[0],
        store_id=HERE[1],
        id=invoice_id_of(document.id, position),
        document_id=document.id,
        position=position,
        reading_no=1,
        capture={"type": "invoice", "words": "Zeichen \x00 und ü"},
        state=InvoiceState.CAPTURED,
        summary=InvoiceSummary(**(told | summary)),  # type: ignore[arg-type]  # as given
        created_at=NOON + timedelta(minutes=minutes),
        changed_at=NOON,
    )


def test_content_when_stored_then_it_comes_back_to_the_byte_in_parts_and_only_in_its_store(
    storage: SqlStorage,
) -> None:
    assert len(CONTENT) > 2 * PART_BYTES
    one = _stored(storage)

    with storage.read() as unit:
        assert unit.documents.content(*HERE, one.id) == CONTENT
        assert unit.documents.load(*HERE, one.id) == one
        assert unit.documents.load(*ELSEWHERE, one.id) is None
        assert unit.documents.content(*ELSEWHERE, one.id) == b""


def test_content_when_known_then_nothing_is_stored_twice(storage: SqlStorage) -> None:
    first = _stored(storage)
    with storage.write() as unit:
        assert not unit.documents.add(_document(), (CONTENT,))

    with storage.read() as unit:
        assert unit.documents.with_content(*HERE, first.sha256) == first
        assert len(unit.documents.list(*HERE, states=ALL, before=None, limit=10)) == 1


def test_arrivals_when_repeated_then_each_stands_once_and_none_can_be_changed(storage: SqlStorage) -> None:
    one = _stored(storage)
    arrival = Arrival(new_id(), one.id, one.sha256, "a.pdf", DocumentSource.MAIL, "from a supplier", NOON, "mail")
    with storage.write() as unit:
        assert unit.documents.arrive(*HERE, arrival)
        assert not unit.documents.arrive(*HERE, replace(arrival, name="b.pdf"))

    with storage.read() as unit:
        assert unit.documents.arrivals(*HERE, one.id) == (arrival,)
        assert unit.documents.arrival(*HERE, arrival.id) == arrival


def test_documents_when_paged_then_newest_first_and_none_twice(storage: SqlStorage) -> None:
    stored = [_stored(storage, f"document {number}".encode(), minutes=number // 2) for number in range(5)]

    with storage.read() as unit:
        first = unit.documents.list(*HERE, states=ALL, before=None, limit=3)
        rest = unit.documents.list(*HERE, states=ALL, before=first[-1].id, limit=3)

    assert {one.id for one in (*first, *rest)} == {one.id for one in stored}
    assert len(first) == 3
    found = [one.received_at for one in (*first, *rest)]
    assert found == sorted(found, reverse=True)


def test_take_when_several_wait_then_the_oldest_and_each_for_one_holder(storage: SqlStorage) -> None:
    new, old = _stored(storage, b"new", 5), _stored(storage, b"old", 1)

    with storage.write() as unit:
        first = unit.documents.take(*HERE, "node-1", 60)
    with storage.write() as unit:
        second = unit.documents.take(*HERE, "node-2", 60)
        third = unit.documents.take(*HERE, "node-3", 60)

    assert first is not None
    assert second is not None
    assert (first.id, second.id, third) == (old.id, new.id, None)
    assert (first.state, first.epoch, first.crashes) == (DocumentState.READING, 1, 0)


def test_take_when_the_lease_has_run_out_then_another_has_it_and_the_first_is_fenced_off(storage: SqlStorage) -> None:
    _stored(storage)
    with storage.write() as unit:
        first = unit.documents.take(*HERE, "node-1", 0)
    with storage.write() as unit:
        second = unit.documents.take(*HERE, "node-2", 60)
    assert first is not None
    assert second is not None
    assert (second.id, second.epoch, second.crashes) == (first.id, 2, 1)

    with storage.write() as unit:
        assert not unit.documents.hold(first, "node-1", 60, done=1, pages=2)
        assert not unit.documents.conclude(replace(first, state=DocumentState.READ))
        assert unit.documents.hold(second, "node-2", 60, done=1, pages=2)
        assert unit.documents.conclude(replace(second, state=DocumentState.READ, kind="pdf", read_at=NOON))

    with storage.read() as unit:
        read = unit.documents.load(*HERE, first.id)
    assert read is not None
    assert (read.state, read.kind, read.read_at) == (DocumentState.READ, "pdf", NOON)


def test_release_when_a_process_died_then_what_it_read_waits_again_as_a_crash(storage: SqlStorage) -> None:
    one = _stored(storage)
    with storage.write() as unit:
        unit.documents.take(*HERE, "dead", 3600)
        assert unit.documents.release("somebody else") == 0
        assert unit.documents.release("dead") == 1
        again = unit.documents.take(*HERE, "node-1", 60)

    assert again is not None
    assert (again.id, again.crashes) == (one.id, 1)


def test_waiting_documents_when_what_they_lacked_is_there_then_only_those_wake(storage: SqlStorage) -> None:
    for code in ("needs_ocr", "something_else"):
        _stored(storage, code.encode())
        with storage.write() as unit:
            taken = unit.documents.take(*HERE, "node-1", 60)
            assert taken is not None
            unit.documents.conclude(replace(taken, state=DocumentState.WAITING, code=code, words="Install it."))

    with storage.write() as unit:
        assert unit.documents.wake_waiting(*HERE, ("needs_ocr", "capture_not_installed")) == 1
        assert unit.documents.counts(*HERE) == {DocumentState.RECEIVED: 1, DocumentState.WAITING: 1}


def test_reading_and_pictures_when_stored_then_read_back_and_pictures_may_go(storage: SqlStorage) -> None:
    one = _stored(storage)
    reading = Reading(1, '{"words":"\\u0000 ü"}', NOON)
    with storage.write() as unit:
        unit.documents.add_reading(one, reading)
        unit.documents.keep_picture(one, page=1, width=1200, png=b"\x89PNG\x00")
        unit.documents.keep_picture(one, page=1, width=1200, png=b"other")

    with storage.write() as unit:
        assert unit.documents.reading(*HERE, one.id, 1) == reading
        assert unit.documents.picture(*HERE, one.id, page=1, width=1200) == b"\x89PNG\x00"
        unit.documents.drop_pictures(one)
        assert unit.documents.picture(*HERE, one.id, page=1, width=1200) is None


def test_invoice_when_changed_then_only_at_its_version(storage: SqlStorage) -> None:
    one = _stored(storage)
    invoice = _invoice(one)
    with storage.write() as unit:
        unit.invoices.add(invoice)

    changed = replace(invoice, version=2, state=InvoiceState.VALIDATED)
    with storage.write() as unit:
        assert unit.invoices.update(changed)
        assert not unit.invoices.update(replace(changed, state=InvoiceState.REJECTED))

    with storage.read() as unit:
        found = unit.invoices.load(*HERE, invoice.id)
        assert unit.invoices.load(*ELSEWHERE, invoice.id) is None
    assert found is not None
    assert found.state is InvoiceState.VALIDATED
    assert found.summary == invoice.summary
    assert found.capture["type"] == "invoice"


def test_journal_when_told_then_in_order_and_never_changed(storage: SqlStorage) -> None:
    one = _stored(storage)
    invoice = _invoice(one)
    first = InvoiceEvent(1, new_id(), InvoiceStep.CAPTURED, "reader", NOON)
    second = InvoiceEvent(2, new_id(), InvoiceStep.CORRECTED, "anna", NOON, changes=(Change("total", "1.00", "2.00"),))
    with storage.write() as unit:
        unit.invoices.add(invoice)
        unit.invoices.tell(invoice, first)
        unit.invoices.tell(invoice, second)

    with storage.read() as unit:
        assert unit.invoices.events(*HERE, invoice.id) == (first, second)
    with pytest.raises(GatewayError), storage.write() as unit:
        unit.invoices.tell(invoice, replace(second, actor="somebody"))


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (InvoiceWish(), {0, 1, 2}),
        (InvoiceWish(states=(InvoiceState.REJECTED,)), {2}),
        (InvoiceWish(doubt=True), {1}),
        (InvoiceWish(doubt=False), {0, 2}),
        (InvoiceWish(text="GRÖSSE"), {0, 2}),
        (InvoiceWish(text="re-0042"), {0, 1, 2}),
        (InvoiceWish(text="100%"), set()),
        (InvoiceWish(text="_"), set()),
    ],
)
def test_queue_when_filtered_then_what_was_asked_for(storage: SqlStorage, wish: InvoiceWish, found: set[int]) -> None:
    one = _stored(storage)
    invoices = [
        _invoice(one, 0),
        _invoice(one, 1, minutes=1, doubts=3, supplier="Andere"),
        replace(_invoice(one, 2, minutes=2), state=InvoiceState.REJECTED),
    ]
    with storage.write() as unit:
        for invoice in invoices:
            unit.invoices.add(invoice)

    with storage.read() as unit:
        listed = unit.invoices.list(*HERE, wish, before=None, limit=10)
        counts = unit.invoices.counts(*HERE)

    assert {invoice.position for invoice in listed} == found
    assert counts == {InvoiceState.CAPTURED: 2, InvoiceState.REJECTED: 1}


def test_repeats_when_listed_and_counted_then_those_of_the_asked_states(storage: SqlStorage) -> None:
    one = _stored(storage)
    first = _invoice(one, 0)
    again = replace(_invoice(one, 1), duplicate_of=first.id)
    rejected = replace(_invoice(one, 2), duplicate_of=first.id, state=InvoiceState.REJECTED)
    with storage.write() as unit:
        for each in (first, again, rejected):
            unit.invoices.add(each)

    with storage.read() as unit:
        listed = unit.invoices.list(*HERE, InvoiceWish(repeats=True), before=None, limit=10)
        open_ones = unit.invoices.repeats(*HERE, (InvoiceState.CAPTURED, InvoiceState.NEEDS_REVIEW))
        nobody = unit.invoices.repeats(*HERE, (InvoiceState.VALIDATED,))

    assert {invoice.position for invoice in listed} == {1, 2}
    assert (open_ones, nobody) == (1, 0)


def test_candidates_when_looked_for_then_same_supplier_with_same_number_or_total(storage: SqlStorage) -> None:
    one = _stored(storage)
    euro, other_keys = Currency.of("EUR"), InvoiceKeys(vat_id="FR123", number="42", name="autre")
    invoice = _invoice(one, 0)
    others = {
        1: _invoice(one, 1),
        2: _invoice(one, 2, total=Money(1, euro)),
        3: _invoice(one, 3, keys=InvoiceKeys(name="grosse", number="43")),
        4: _invoice(one, 4, keys=other_keys),
        5: replace(_invoice(one, 5), state=InvoiceState.REJECTED),
        6: _invoice(one, 6, keys=InvoiceKeys(vat_id="DE123456788", number="99"), total=Money(7, euro)),
    }
    with storage.write() as unit:
        for each in (invoice, *others.values()):
            unit.invoices.add(each)

    with storage.read() as unit:
        found = {one.position for one in unit.invoices.candidates(invoice)}
        blank = replace(invoice, summary=replace(invoice.summary, keys=InvoiceKeys(), total=None))
        nobody = unit.invoices.candidates(blank)

    assert found == {1, 2, 3}
    assert nobody == ()


def test_memory_when_learned_and_forgotten_then_the_journal_keeps_both(storage: SqlStorage) -> None:
    entry = MemoryEntry(
        uuid.uuid5(uuid.NAMESPACE_URL, "a"), "abc", {"id": "abc", "names": [["Größe", 2]]}, NOON, "anna"
    )
    learned = MemoryChange(entry.id, "abc", "learned", InvoiceId(new_id()), "anna", NOON)
    with storage.write() as unit:
        unit.supplier_memory.put(*HERE, entry)
        unit.supplier_memory.put(*HERE, replace(entry, changed_by="bert"))
        unit.supplier_memory.note(*HERE, learned)

    with storage.write() as unit:
        assert unit.supplier_memory.entries(*HERE) == (replace(entry, changed_by="bert"),)
        assert unit.supplier_memory.remove(*ELSEWHERE, entry.id) is None
        assert unit.supplier_memory.remove(*HERE, entry.id) is not None
        unit.supplier_memory.note(*HERE, replace(learned, kind="forgotten", at=NOON + timedelta(hours=1)))

    with storage.read() as unit:
        assert unit.supplier_memory.entries(*HERE) == ()
        assert [one.kind for one in unit.supplier_memory.changes(*HERE, limit=5)] == ["forgotten", "learned"]
