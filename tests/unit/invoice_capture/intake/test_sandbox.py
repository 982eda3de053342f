"""The reading process: what it answers, and that nothing a document does harms who asked."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from invoice_capture.errors import CaptureError, NotAvailable
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sandbox import CaptureWorker, environment
from invoice_capture.intake.sniff import Kind
from invoice_capture.ocr.engine import OcrChoice
from tests.support.drawn_documents import encoded, pdf_of, receipt_picture, zip_of

pytestmark = pytest.mark.ocr
_PDF = pdf_of([[(50, 60, "Nordwind GmbH"), (400, 60, "Invoice No. 17"), (50, 200, "Total 10.00 EUR")]])


@pytest.fixture(scope="module")
def worker() -> Iterator[CaptureWorker]:
    with CaptureWorker(Limits(), OcrChoice(engine="none")) as found:
        yield found


def _code(worker: CaptureWorker, data: bytes) -> str:
    try:
        worker.capture(data, "bill")
    except CaptureError as error:
        return error.code
    return ""


def test_worker_when_it_captures_then_pages_are_told_and_it_stays(worker: CaptureWorker) -> None:
    told: list[tuple[int, int]] = []

    [first] = worker.capture(_PDF, "bill.pdf", progress=lambda page, count: told.append((page, count)))
    process = worker.pid
    [second] = worker.capture(_PDF, "bill.pdf")

    assert first == second
    assert (first.kind, [fact[0] for fact in first.facts], told) == ("pdf", [1], [(1, 1)])
    assert process is not None
    assert worker.pid == process


def test_worker_when_published_text_comes_then_it_is_captured(worker: CaptureWorker) -> None:
    [found] = worker.capture_published('{"id": "1", "lines": ["Invoice No. 17", "Total 10.00 EUR"]}')

    assert found.kind == "text"
    assert len(found.invoices) == 1


def test_worker_when_a_page_is_wanted_then_it_is_a_picture_of_that_width(worker: CaptureWorker) -> None:
    png = worker.picture(zip_of({"a.pdf": _PDF, "b.pdf": _PDF}), 1, 300, part=1)

    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") in range(299, 302)


def test_worker_when_asked_for_parts_then_contents_are_whole(worker: CaptureWorker) -> None:
    parts = worker.parts(zip_of({"a.pdf": _PDF, "b.xml": b"<a/>"}), "post.zip")

    assert [(part.name, part.kind, part.data) for part in parts] == [
        ("a.pdf", Kind.PDF, _PDF),
        ("b.xml", Kind.XML, b"<a/>"),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"hello", "unknown_kind"),
        (_PDF[:300], "pdf_broken"),
        (encoded(receipt_picture(), "JPEG")[:500], "image_broken"),
        (encoded(receipt_picture(), "PNG"), "needs_ocr"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "xml_dtd"),
    ],
)
def test_worker_when_a_document_is_bad_then_the_reason_has_a_name_and_it_goes_on(
    worker: CaptureWorker, data: bytes, code: str
) -> None:
    assert _code(worker, data) == code
    assert _code(worker, _PDF) == ""


def test_worker_when_the_file_is_too_large_then_no_process_sees_it() -> None:
    with CaptureWorker(Limits(bytes_max=100)) as small:
        assert _code(small, _PDF) == "too_large"
        assert small.pid is None


def test_worker_when_an_order_takes_too_long_then_it_is_ended_and_the_next_starts_another() -> None:
    with CaptureWorker(Limits(seconds_max=0.05), OcrChoice(engine="none")) as hasty:
        # Starting the process has a time of its own; importing what reads a PDF and drawing it take far longer.
        with pytest.raises(CaptureError) as late:
            hasty.picture(_PDF, 1, 6000)

        assert late.value.code == "took_too_long"
        assert hasty.pid is None
        assert _code(hasty, b"") in {"empty", "took_too_long"}


def test_worker_when_its_process_dies_then_it_is_said_and_another_is_started() -> None:
    with CaptureWorker(Limits(), OcrChoice(engine="none")) as found:
        found.capture(_PDF, "bill.pdf")
        first = found.pid
        assert first is not None

        os.kill(first, signal.SIGSTOP)
        killer = threading.Timer(0.2, os.kill, args=(first, signal.SIGKILL))
        killer.start()
        code = _code(found, _PDF)
        killer.join()

        assert code == "reader_crashed"
        assert _code(found, _PDF) == ""
        assert found.pid not in {None, first}


def test_worker_when_closed_in_the_middle_then_the_order_fails_at_once() -> None:
    found = CaptureWorker(Limits(), OcrChoice(engine="none"))
    found.capture(_PDF, "bill.pdf")
    assert found.pid is not None
    os.kill(found.pid, signal.SIGSTOP)
    codes: list[str] = []
    waiting = threading.Thread(target=lambda: codes.append(_code(found, _PDF)))
    waiting.start()

    found.close()
    waiting.join(timeout=20)

    assert codes == ["reader_crashed"]
    found.close()


def test_worker_when_the_library_is_not_there_then_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without the packages: the process ends at its start."""
    monkeypatch.setattr("sys.executable", "/usr/bin/false")

    with pytest.raises(NotAvailable) as missing:
        CaptureWorker().capture(_PDF, "bill.pdf")

    assert missing.value.code == "capture_not_installed"


def test_worker_when_a_library_is_missing_then_its_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder before the others on the path, whose pypdfium2 cannot be found."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['pypdfium2'] = None\n")
    real = environment
    monkeypatch.setattr(
        "invoice_capture.intake.sandbox.environment",
        lambda environ, threads: {
            **(found := real(environ, threads)),
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{found['PYTHONPATH']}",
        },
    )

    with CaptureWorker() as found, pytest.raises(NotAvailable, match="pypdfium2") as missing:
        found.capture(_PDF, "bill.pdf")

    assert missing.value.code == "capture_not_installed"


def test_environment_when_made_then_no_setting_of_the_gateway_is_in_it() -> None:
    found = environment({"PATH": "/bin", "TILLBRIDGE_DATABASE__URL": "secret", "LANG": "C"}, 2)

    assert found["OMP_NUM_THREADS"] == "2"
    assert set(found) == {"PATH", "LANG", "PYTHONPATH", "OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE"}
