"""The virtual printer as a device: receipts, faults, answers, journal."""

import io
import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from terminal_driver.errors import TransportError
from terminal_driver.printer.document import Align, Barcode, BarcodeKind, Cut, Document, QrCode, Text
from terminal_driver.printer.drawer import DrawerPulse
from terminal_driver.printer.encoder import encode
from terminal_driver.printer.layout import lay_out
from terminal_driver.printer.profile import PAPER_58_MM, PAPER_80_MM, PrinterProfile
from terminal_driver.printer.status import CLEAR_BUFFER, SWITCH_ASB_ON, ask_realtime
from terminal_driver.virtual import printer as printer_module
from terminal_driver.virtual.printer import BUFFER_BYTES, PrintedReceipt, PrinterFault, PrinterLine, VirtualPrinter

CUT = b"\x1dV\x00"
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)


def send(line: PrinterLine, data: bytes) -> None:
    while data:
        taken = line.accept(data, 1.0)
        assert taken
        data = data[taken:]


def test_receipt_when_cut_then_text_bytes_and_time() -> None:
    printer = VirtualPrinter(now=lambda: NOON)

    send(printer.connect(), b"\x1b@one\ntwo\n" + CUT + b"\x1b@next\n")

    (receipt,) = printer.receipts
    assert (receipt.number, receipt.text, receipt.cut, receipt.printed_at) == (1, "one\ntwo", True, NOON)
    assert receipt.raw == b"\x1b@one\ntwo\n" + CUT


@pytest.mark.parametrize("end", ["reset", "hang up", "clear"])
def test_receipt_when_never_cut_then_kept_as_uncut(end: str) -> None:
    printer = VirtualPrinter()
    line = printer.connect()
    send(line, b"half\n")

    if end == "reset":
        send(line, b"\x1b@")
    elif end == "clear":
        send(line, CLEAR_BUFFER)
    else:
        line.hang_up()

    assert [(receipt.text, receipt.cut) for receipt in printer.receipts] == [("half", False)]


def test_receipt_when_only_fed_and_cut_then_no_receipt() -> None:
    printer = VirtualPrinter()

    send(printer.connect(), b"\x1b@\x1bd\x05" + CUT)

    assert printer.receipts == ()


def test_receipts_when_more_than_200_then_the_oldest_go_and_numbers_go_on() -> None:
    printer = VirtualPrinter()

    send(printer.connect(), (b"x\n" + CUT) * 205)

    assert len(printer.receipts) == 200
    assert [printer.receipts[0].number, printer.receipts[-1].number] == [6, 205]


def test_receipt_when_endless_then_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer_module, "RECEIPT_ITEMS_MAX", 100)
    printer = VirtualPrinter()

    send(printer.connect(), b"x\n" * 250)

    assert len(printer.receipts) == 1
    assert not printer.receipts[0].cut


@pytest.mark.parametrize(
    ("fault", "answers"),
    [
        (None, b"\x12\x12\x12\x12"),
        ("paper_near_end", b"\x12\x12\x12\x1e"),
        ("out_of_paper", b"\x1a\x32\x12\x7e"),
        ("cover_open", b"\x1a\x16\x12\x12"),
        ("error", b"\x1a\x52\x1a\x12"),
        ("offline", b"\x1a\x12\x12\x12"),
        ("silent", b""),
    ],
)
def test_realtime_questions_when_fault_then_documented_bits(fault: str | None, answers: bytes) -> None:
    printer = VirtualPrinter()
    if fault:
        printer.set_fault(fault)
    line = printer.connect()

    for number in range(1, 5):
        send(line, ask_realtime(number))

    assert line.replies(10, 0.0) == answers


def test_realtime_question_when_inside_a_picture_then_answered_and_still_dots() -> None:
    printer = VirtualPrinter()
    line = printer.connect()

    send(line, b"\x1dv0\x00\x01\x00\x05\x00\xff\x10\x04")
    send(line, b"\x01\xff\n" + CUT)

    assert line.replies(10, 0.0) == b"\x12"
    assert printer.receipts[0].raw == b"\x1dv0\x00\x01\x00\x05\x00\xff\x10\x04\x01\xff\n" + CUT


def test_asb_when_switched_on_then_told_at_once_and_at_each_change() -> None:
    printer = VirtualPrinter()
    line = printer.connect()

    send(line, SWITCH_ASB_ON)
    printer.set_fault("out_of_paper")

    assert line.replies(20, 0.0) == b"\x10\x00\x00\x0f\x18\x00\x0f\x0f"


def test_out_of_paper_when_job_waits_then_buffer_fills_and_prints_later() -> None:
    """What real printers do, and why a driver must clear the buffer."""
    printer = VirtualPrinter()
    printer.set_fault("out_of_paper")
    line = printer.connect()
    job = b"x" * 40 + b"\n"

    send(line, job * 50 + CUT)
    assert line.accept(b"y" * (2 * BUFFER_BYTES), 0.0) == BUFFER_BYTES - len(job) * 50 - len(CUT)
    assert line.accept(b"z", 0.0) == 0
    send(line, ask_realtime(1))
    assert [*printer.receipts] == []
    printer.clear_fault("out_of_paper")

    assert printer.receipts[0].text.count("\n") == 49


def test_full_buffer_when_asked_for_ever_then_answers_and_does_not_grow() -> None:
    printer = VirtualPrinter()
    printer.set_fault("out_of_paper")
    line = printer.connect()
    line.accept(b"x" * BUFFER_BYTES, 0.0)

    for _ in range(2000):
        assert line.accept(ask_realtime(4), 0.0) == 3
        assert line.replies(9, 0.0) == b"\x7e"

    assert len(printer._buffer) == BUFFER_BYTES
    assert line.accept(b"z", 0.0) == 0


def test_second_line_when_a_receipt_is_half_printed_then_waits_for_its_end() -> None:
    printer = VirtualPrinter()
    first, second = printer.connect(), printer.connect()
    send(first, b"first\n")

    assert second.accept(ask_realtime(1), 0.0) == 0
    second.hang_up()
    assert [*printer.receipts] == []
    third = printer.connect()
    send(first, CUT)

    send(third, b"third\n" + CUT + ask_realtime(1))
    assert third.replies(9, 0.0) == b"\x12"
    assert first.replies(9, 0.0) == b""
    assert [receipt.text for receipt in printer.receipts] == ["first", "third"]


def test_stalled_line_when_fault_is_cleared_by_another_thread_then_goes_on() -> None:
    printer = VirtualPrinter()
    printer.set_fault("stalls")
    line = printer.connect()
    release = threading.Thread(target=printer.clear_fault, args=("stalls",))

    release.start()
    taken = line.accept(b"abc", 10.0)
    release.join()

    assert taken == 3


def test_fault_when_armed_then_begins_at_exactly_that_byte() -> None:
    printer = VirtualPrinter()
    printer.set_fault("stalls", after_bytes=5)
    line = printer.connect()

    assert printer.faults == frozenset()
    assert line.accept(b"0123456789", 0.0) == 5
    assert printer.faults == {PrinterFault.STALLS}
    assert line.accept(b"56789", 0.0) == 0


def test_fault_when_unknown_or_negative_then_refused() -> None:
    with pytest.raises(ValueError, match="on_fire"):
        VirtualPrinter().set_fault("on_fire")
    with pytest.raises(ValueError, match="negative"):
        VirtualPrinter().set_fault("stalls", after_bytes=-1)


def test_line_when_printer_closes_then_lost_and_no_new_one() -> None:
    printer = VirtualPrinter()
    line = printer.connect()
    printer.set_fault("closes")

    with pytest.raises(TransportError) as lost:
        line.accept(b"x", 1.0)
    assert lost.value.code == "line_lost"
    with pytest.raises(TransportError):
        line.replies(1, 1.0)
    with pytest.raises(TransportError) as refused:
        printer.connect()
    assert refused.value.code == "printer_unreachable"


def test_listener_when_receipt_is_printed_then_called_outside_the_lock() -> None:
    seen: list[PrintedReceipt] = []
    other_thread_saw: list[int] = []
    printer = VirtualPrinter(listener=seen.append)

    def look(_receipt: PrintedReceipt) -> None:
        looker = threading.Thread(target=lambda: other_thread_saw.append(len(printer.receipts)))
        looker.start()
        looker.join(10.0)

    printer.add_listener(look)
    send(printer.connect(), b"a\n" + CUT + b"b\n" + CUT)

    assert [receipt.text for receipt in seen] == ["a", "b"]
    assert other_thread_saw == [2, 2]


def test_wait_for_receipts_when_printed_by_another_thread_then_true() -> None:
    printer = VirtualPrinter()
    sender = threading.Thread(target=send, args=(printer.connect(), b"a\n" + CUT))

    sender.start()

    assert printer.wait_for_receipts(1, 10.0)
    sender.join()
    assert not printer.wait_for_receipts(2, 0.0)


def test_drawer_when_pulsed_then_counted_and_nothing_printed() -> None:
    printer = VirtualPrinter()

    send(printer.connect(), DrawerPulse().in_order())

    assert (printer.drawer_pulses, printer.receipts) == (1, ())


def test_journal_when_restarted_then_numbers_go_on_and_a_torn_line_is_closed(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    send(VirtualPrinter(journal=journal, now=lambda: NOON).connect(), b"\x1bt\x135 \xd5\n" + CUT)
    with journal.open("ab") as file:
        file.write(b'{"number": 2, "te')

    send(VirtualPrinter(journal=journal).connect(), b"second\n" + CUT)

    first, torn, second = journal.read_text(encoding="utf-8").splitlines()
    assert json.loads(first) | {"raw_sha256": ""} == {
        "number": 1,
        "printed_at": "2024-05-17T12:00:00+00:00",
        "cut": True,
        "text": "5 €",
        "raw_sha256": "",
    }
    assert torn == '{"number": 2, "te'
    assert (json.loads(second)["number"], json.loads(second)["text"]) == (2, "second")


@pytest.mark.parametrize("profile", [PAPER_80_MM, PAPER_58_MM])
def test_png_when_everything_is_printed_then_paper_with_ink(profile: PrinterProfile) -> None:
    document = Document(
        "all",
        (
            Text("Café", Align.CENTRE, bold=True, double_width=True, double_height=True),
            Text("Łódź 中"),
            QrCode("https://example.org"),
            Barcode("R-1"),
            Barcode("96385074", BarcodeKind.EAN8),
            Barcode("4006381333931", BarcodeKind.EAN13),
            Barcode("T 7", BarcodeKind.CODE39),
            Cut(),
        ),
        "COPY",
    )
    printer = VirtualPrinter(profile)

    send(printer.connect(), encode(lay_out(document, profile), profile))

    with Image.open(io.BytesIO(printer.receipts[0].png())) as image:
        assert image.width == profile.dots + 64
        assert image.convert("RGB").getpixel((2, 2)) == (252, 251, 247)
        colours = image.convert("L").histogram()
        assert sum(colours[:64]) > 5000


@pytest.mark.parametrize(
    "data",
    [
        b"\x1dk\x02badbad\x00",
        b"\x1dk\x46\x03A1B",
        b"\x1dk\x5a\x02xx",
        b"\x1dk\x49\x30{B" + b"W" * 46,
        b"\x1d(k" + (3003).to_bytes(2, "little") + b"1P0" + b"q" * 3000 + b"\x1d(k\x03\x001Q0",
        b"\x1dv0\x03\xc8\x00\x02\x00" + b"\xaa" * 400,
        b"\x1d!\x77HUGE\n",
        b"\x1b!\x30two\x1b!\x00sizes\n",
    ],
)
def test_png_when_codes_are_wrong_or_too_big_then_still_a_picture(data: bytes) -> None:
    printer = VirtualPrinter()

    send(printer.connect(), data + b"x\n" + CUT)

    with Image.open(io.BytesIO(printer.receipts[0].png())) as image:
        assert image.width == 640


def test_png_when_receipt_is_very_long_then_height_is_bounded() -> None:
    printer = VirtualPrinter()

    send(printer.connect(), b"x\n" * 2000 + CUT)

    with Image.open(io.BytesIO(printer.receipts[0].png())) as image:
        assert image.height <= 20_000


def test_drawer_when_pulsed_at_once_then_opens_without_paper_and_the_contact_tells() -> None:
    printer = VirtualPrinter()
    printer.set_fault("out_of_paper")
    line = printer.connect()

    for piece in (b"\x10", b"\x14\x01\x00", b"\x01", ask_realtime(1)):
        send(line, piece)

    assert (printer.drawer_pulses, printer.drawer_open) == (1, True)
    assert line.replies(9, 0.0) == b"\x1e"
    printer.close_drawer()
    send(line, ask_realtime(1))
    assert line.replies(9, 0.0) == b"\x1a"
