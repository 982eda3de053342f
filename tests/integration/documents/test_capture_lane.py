"""Reading of documents on a node: by the real process, by two nodes, across crashes and stops."""

from __future__ import annotations

import io
import os
import signal
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from gateway.adapters.capture import CaptureReader
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.documents.document import DocumentState
from gateway.domain.documents.invoice import InvoiceState, InvoiceStep
from gateway.domain.errors import RuleError
from gateway.jobs.capture_lane import CaptureLane
from gateway.node.demo_documents import seed_demo_documents
from gateway.ports.capture import ReaderCrashed, ReadRefused, ReadResult, ReadWaits
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sandbox import CaptureWorker, Progress
from invoice_capture.model import CapturedFile
from invoice_capture.ocr.engine import OcrChoice
from tests.support.document_desk import DEADLINE_S, IN_ORDER, Desk, ScriptedReader, captured, clerk, result_of, ubl

ENDS = (DocumentState.READ, DocumentState.REFUSED, DocumentState.WAITING)


@contextmanager
def _running(*lanes: CaptureLane) -> Iterator[None]:
    for lane in lanes:
        lane.start()
    try:
        yield
    finally:
        for lane in lanes:
            lane.stop(lambda: 10.0)


def test_e_invoice_when_read_by_the_real_process_then_its_values_and_verdict_stand_in_the_queue(
    storage: SqlStorage,
) -> None:
    desk = Desk(storage, reader=CaptureReader(Limits(), OcrChoice("none")))
    received = desk.hand_in(ubl("HK-0117", "10.00"), "e.xml")

    with _running(desk.lane()):
        document = desk.until(received.document.id, *ENDS)

    assert (document.state, document.kind) == (DocumentState.READ, "xml")
    (invoice,) = desk.invoices()
    assert invoice.state is InvoiceState.CAPTURED
    assert (invoice.summary.number, invoice.summary.supplier) == ("HK-0117", "Hafen Kaffeerösterei GmbH")
    assert invoice.summary.total is not None
    assert invoice.summary.total.to_decimal() == "23.80"
    assert [one.kind for one in desk.announcer.told] == ["document.read"]


def test_hostile_bytes_when_read_by_the_real_process_then_refused_with_a_reason(storage: SqlStorage) -> None:
    desk = Desk(storage, reader=CaptureReader(Limits(), OcrChoice("none")))
    received = desk.hand_in(b"\x00\x01 this is no document", "x.pdf")

    with _running(desk.lane()):
        document = desk.until(received.document.id, *ENDS)

    assert (document.state, document.code) == (DocumentState.REFUSED, "unknown_kind")
    assert document.words


class _KilledOnce(CaptureWorker):
    """A reading process that is killed as soon as it has got its first order."""

    killed = False

    def capture(
        self,
        data: bytes,
        name: str,
        memory_json: str = "",
        progress: Progress | None = None,
        *,
        as_printed: bool = False,
    ) -> list[CapturedFile]:
        if not self.killed:
            self.killed = True
            super().capture(data, name, memory_json, progress, as_printed=as_printed)
            assert self.pid is not None
            timer = threading.Timer(0.0, os.kill, (self.pid, signal.SIGSTOP))
            timer.start()
            timer.join()
            threading.Timer(0.2, os.kill, (self.pid, signal.SIGKILL)).start()
        return super().capture(data, name, memory_json, progress, as_printed=as_printed)


def test_reading_process_when_killed_in_the_middle_then_the_document_is_tried_again(storage: SqlStorage) -> None:
    desk = Desk(storage, reader=CaptureReader(Limits(), OcrChoice("none"), worker=_KilledOnce))
    received = desk.hand_in(ubl(), "e.xml")

    with _running(desk.lane()):
        document = desk.until(received.document.id, *ENDS)

    assert document.state is DocumentState.READ
    assert len(desk.invoices()) == 1


def test_two_nodes_when_documents_wait_then_each_is_read_once(storage: SqlStorage) -> None:
    first, second = Desk(storage), Desk(storage)
    received = [first.hand_in(f"%PDF-1.4 {number}".encode()) for number in range(12)]

    with _running(first.lane("node-1"), second.lane("node-2")):
        for one in received:
            first.until(one.document.id, *ENDS)

    assert isinstance(first.reader, ScriptedReader)
    assert isinstance(second.reader, ScriptedReader)
    assert first.reader.reads + second.reader.reads == 12
    assert len(first.invoices()) == 12


def test_node_when_it_died_while_reading_then_the_next_start_takes_the_document_again(desk: Desk) -> None:
    received = desk.hand_in()
    assert desk.services.read.take("dead", 3600) is not None

    with _running(desk.lane("node-1", former="dead")):
        document = desk.until(received.document.id, *ENDS)

    assert document.state is DocumentState.READ


def test_document_when_two_readers_ended_over_it_then_refused_and_others_go_on(storage: SqlStorage) -> None:
    desk = Desk(storage, reader=ScriptedReader(answer=_crash_at_poison))
    poison, fine = desk.hand_in(b"%PDF-1.4 poison"), desk.hand_in(b"%PDF-1.4 fine")

    with _running(desk.lane()):
        refused = desk.until(poison.document.id, DocumentState.REFUSED)
        read = desk.until(fine.document.id, *ENDS)

    assert (refused.code, read.state) == ("reader_crashed", DocumentState.READ)
    assert isinstance(desk.reader, ScriptedReader)
    assert desk.reader.reads == 3


def _crash_at_poison(data: bytes) -> ReadResult:
    if b"poison" in data:
        raise ReaderCrashed("ended")
    return result_of(captured())


@pytest.mark.parametrize("end", [ReaderCrashed("ended"), ReadWaits("capture_not_installed", "It cannot start.")])
def test_lane_when_stopped_while_reading_then_the_document_goes_back_uncounted(
    storage: SqlStorage, end: ReaderCrashed | ReadWaits
) -> None:
    reader = ScriptedReader(blocks=True, end=end)
    desk = Desk(storage, reader=reader)
    received = desk.hand_in()
    lane = desk.lane()
    lane.start()
    assert reader.reading.wait(DEADLINE_S)

    lane.stop(lambda: 10.0)

    document = desk.document(received.document.id)
    assert (document.state, document.crashes) == (DocumentState.RECEIVED, 0)


def test_progress_when_told_then_it_is_stored_while_the_document_is_read(storage: SqlStorage) -> None:
    reader = ScriptedReader(blocks=True)
    desk = Desk(storage, reader=reader)
    received = desk.hand_in()

    with _running(desk.lane()):
        assert reader.reading.wait(DEADLINE_S)
        waiting, document = threading.Event(), desk.document(received.document.id)
        for _ in range(600):
            if document.pages_done:
                break
            waiting.wait(0.05)
            document = desk.document(received.document.id)
        reader.go_on.set()
        read = desk.until(received.document.id, *ENDS)

    assert (document.state, document.pages_done, document.pages) == (DocumentState.READING, 1, 2)
    assert (read.state, read.pages) == (DocumentState.READ, 1)


def test_nothing_installed_when_received_then_it_waits_with_words_and_is_read_after_the_installation(
    storage: SqlStorage,
) -> None:
    reader = ScriptedReader(missing="Install it with: pip install this")
    desk = Desk(storage, reader=reader)
    received = desk.hand_in()
    with _running(desk.lane()):
        waiting = desk.until(received.document.id, *ENDS)
    assert (waiting.state, waiting.code) == (DocumentState.WAITING, "capture_not_installed")
    assert "pip install" in waiting.words

    installed = Desk(storage)
    with _running(installed.lane("node-2")):
        assert installed.until(received.document.id, DocumentState.READ).code == ""


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ReadRefused("pdf_encrypted", "It is locked."), DocumentState.REFUSED),
        (ReadWaits("needs_ocr", "No OCR here."), DocumentState.WAITING),
    ],
)
def test_reader_when_it_cannot_read_then_state_code_and_words_say_why(
    storage: SqlStorage, error: ReadRefused | ReadWaits, state: DocumentState
) -> None:
    def fail(_: bytes) -> ReadResult:
        raise error

    desk = Desk(storage, reader=ScriptedReader(answer=fail))
    received = desk.hand_in()

    with _running(desk.lane()):
        document = desk.until(received.document.id, *ENDS)

    assert (document.state, document.code, document.words) == (state, error.code, error.words)


def test_result_when_it_cannot_be_stored_then_the_document_is_refused_not_read_for_ever(storage: SqlStorage) -> None:
    desk = Desk(storage, reader=ScriptedReader(answer=lambda _: ReadResult("pdf", 1, '{"invoices": [{}]}')))
    received = desk.hand_in()

    with _running(desk.lane()):
        document = desk.until(received.document.id, *ENDS)

    assert (document.state, document.code) == (DocumentState.REFUSED, "reading_failed")
    assert desk.invoices() == ()


def test_letter_with_two_documents_when_read_by_the_real_process_then_each_is_a_document_of_its_own(
    storage: SqlStorage,
) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("one.xml", ubl("A-1"))
        archive.writestr("two.xml", ubl("A-2"))
    desk = Desk(storage, reader=CaptureReader(Limits(), OcrChoice("none")))
    received = desk.hand_in(held.getvalue(), "both.zip")

    with _running(desk.lane()):
        desk.until(received.document.id, DocumentState.READ)
        inner = desk.services.find.get(clerk(), received.document.id).contained
        for one in inner:
            desk.until(one.id, DocumentState.READ)

    assert [one.name for one in inner] == ["one.xml", "two.xml"]
    assert sorted(one.summary.number for one in desk.invoices()) == ["A-1", "A-2"]


def test_document_when_read_again_then_corrections_stay_and_missing_invoices_are_withdrawn(desk: Desk) -> None:
    received = desk.hand_in()
    desk.read_all(lambda _: result_of(captured(), captured(IN_ORDER)))
    assert len(desk.invoices()) == 2

    desk.services.read.read_again(clerk(), received.document.id)
    desk.read_all(lambda _: result_of(captured()))

    first, second = desk.services.find.get(clerk(), received.document.id).invoices
    assert (first.reading_no, second.state) == (2, InvoiceState.REJECTED)
    steps = [event.step for event in desk.services.review.get(clerk(), second.id).events]
    assert steps == [InvoiceStep.CAPTURED, InvoiceStep.WITHDRAWN]


def test_document_when_being_read_then_it_cannot_be_read_again(desk: Desk) -> None:
    received = desk.hand_in()

    with pytest.raises(RuleError) as told:
        desk.services.read.read_again(clerk(), received.document.id)

    assert told.value.code == "illegal_document_step"


def test_demo_when_its_documents_are_read_then_one_is_in_order_and_one_does_not_add_up(storage: SqlStorage) -> None:
    desk = Desk(storage, reader=CaptureReader(Limits(), OcrChoice("none")))
    seed_demo_documents(desk.services.receive, date(2026, 3, 2))
    documents = desk.services.find.list(clerk())

    with _running(desk.lane()):
        for one in documents:
            desk.until(one.id, *ENDS)

    assert len(documents) == 3
    states = {invoice.summary.number: invoice.state for invoice in desk.invoices()}
    assert states["HK-2026-0117"] is InvoiceState.CAPTURED
    assert states["RE 40218"] is InvoiceState.NEEDS_REVIEW
