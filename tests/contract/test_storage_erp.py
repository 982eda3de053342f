"""Documents on their way into ERPs, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

from gateway.domain.erp.canonical import as_json, from_json
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import Posting, PostingState, begun, moved
from gateway.ports.erp import ErpDocument
from gateway.ports.erp_store import AccountState, Place
from tests.support.erp_documents import PDF, bill, entry, key_of, payment, sales_day
from tests.support.storage_rows import NOON, Shop

ACCOUNT = "books"


def _place(shop: Shop) -> Place:
    return shop.tenant_id, shop.store_id


def _posting(document: ErpDocument) -> Posting:
    return Posting(ACCOUNT, document.key, document.kind, as_json(document), "trace-1", NOON, NOON, NOON)


def _add(shop: Shop, *documents: ErpDocument) -> list[bool]:
    with shop.storage.write() as unit:
        return [unit.erp.add(_place(shop), _posting(document), "runner") for document in documents]


def test_page_when_documents_of_all_kinds_are_stored_then_each_comes_back_as_it_was(shop: Shop) -> None:
    documents = (bill(1), payment(2), entry(3), sales_day(4))
    added = _add(shop, *documents, bill(1))

    with shop.storage.read() as unit:
        rows = unit.erp.page(_place(shop), ACCOUNT, None, 0, 10)
        behind = unit.erp.page(_place(shop), ACCOUNT, None, rows[1].sequence, 1)
        bills = unit.erp.page(_place(shop), ACCOUNT, DocumentKind.VENDOR_BILL, 0, 10)
        told = unit.erp.events(_place(shop), ACCOUNT, key_of(1))

    assert added == [True, True, True, True, False]
    read = tuple(from_json(row.kind, row.document, lambda _sha256: PDF + b"1") for row in rows)
    assert read == documents
    assert [row.sequence for row in rows] == [1, 2, 3, 4]
    assert [row.key for row in behind] == [key_of(3)]
    assert [row.key for row in bills] == [key_of(1)]
    assert [(one.number, one.state, one.actor) for one in told] == [(1, PostingState.WAITING, "runner")]


def test_add_when_a_former_unit_has_not_committed_then_no_cursor_passes_it(shop: Shop) -> None:
    stored = Event()

    def late() -> None:
        _add(shop, entry(2))
        stored.set()

    with shop.storage.write() as unit:
        unit.erp.add(_place(shop), _posting(entry(1)), "runner")
        thread = Thread(target=late)
        thread.start()
        overtaken = stored.wait(0.3)
    thread.join(30)

    with shop.storage.read() as unit:
        rows = unit.erp.page(_place(shop), ACCOUNT, None, 0, 10)
    assert not overtaken
    assert [(row.key, row.sequence) for row in rows] == [(key_of(1), 1), (key_of(2), 2)]


def test_move_when_another_has_taken_the_account_then_nothing_is_stored(shop: Shop) -> None:
    _add(shop, entry(1))
    place = _place(shop)
    with shop.storage.write() as unit:
        mine = unit.erp.acquire(place, ACCOUNT, "one", 60)
        held = unit.erp.acquire(place, ACCOUNT, "two", 60)
        unit.erp.release(place, ACCOUNT, "one")
        theirs = unit.erp.acquire(place, ACCOUNT, "two", 60)
        row = unit.erp.load(place, ACCOUNT, key_of(1))
        assert row is not None
        sent = begun(row, NOON)
        late = unit.erp.move(place, sent, former=row.state, epoch=mine, actor="one")
        first = unit.erp.move(place, sent, former=row.state, epoch=theirs, actor="two")
        again = unit.erp.move(place, sent, former=row.state, epoch=theirs, actor="two")

    assert (mine, held, theirs) == (1, None, 2)
    assert (late, first, again) == (False, True, False)


def test_due_when_some_have_ended_and_some_rest_then_only_the_others_come(shop: Shop) -> None:
    _add(shop, entry(1), entry(2), entry(3))
    place, later = _place(shop), NOON + timedelta(seconds=5)
    with shop.storage.write() as unit:
        first, second, third = unit.erp.page(place, ACCOUNT, None, 0, 10)
        unit.erp.move(
            place, moved(first, PostingState.POSTED, NOON, erp_id="J1"), former=first.state, epoch=None, actor="x"
        )
        unit.erp.move(place, replace(second, due_at=later), former=second.state, epoch=None, actor="x")
        unit.erp.fared(place, ACCOUNT, AccountState(3, later))

    with shop.storage.read() as unit:
        now = unit.erp.due(place, ACCOUNT, NOON, 10)
        then = unit.erp.due(place, ACCOUNT, later, 10)
        fares = unit.erp.fares(place, ACCOUNT)
    assert [row.key for row in now] == [third.key]
    assert [row.key for row in then] == [third.key, second.key]
    assert fares == AccountState(3, later)


def test_acknowledge_when_told_twice_then_the_first_word_stays(shop: Shop) -> None:
    _add(shop, entry(1))
    place = _place(shop)
    with shop.storage.write() as unit:
        first = unit.erp.acknowledge(place, ACCOUNT, key_of(1), "E1", "2026/1", NOON)
        second = unit.erp.acknowledge(place, ACCOUNT, key_of(1), "E2", "2026/2", NOON + timedelta(days=1))
        unknown = unit.erp.acknowledge(place, ACCOUNT, key_of(2), "E3", "", NOON)
        row = unit.erp.load(place, ACCOUNT, key_of(1))

    assert (first, second, unknown) == (True, True, False)
    assert row is not None
    assert (row.erp_id, row.number, row.acknowledged_at) == ("E1", "2026/1", NOON)
