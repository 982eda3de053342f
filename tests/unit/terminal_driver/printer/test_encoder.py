"""ESC/POS bytes, and the care taken while python-escpos is imported."""

import dataclasses
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from terminal_driver.errors import DriverError
from terminal_driver.printer.document import Align, Barcode, BarcodeKind, Cut, Feed, Logo, QrCode
from terminal_driver.printer.encoder import encode, encode_job, load_escpos
from terminal_driver.printer.glyphs import INK
from terminal_driver.printer.layout import TextLine
from terminal_driver.printer.profile import CODE_PAGES, PAPER_58_MM, PAPER_80_MM, PrinterProfile
from terminal_driver.printer.symbols import qr_image
from terminal_driver.virtual.escpos_decoder import EscPosDecoder, Picture, TextRow


def test_encode_when_plain_text_then_reset_code_page_and_text() -> None:
    assert encode([TextLine("Total")], PAPER_80_MM) == b"\x1b@\x1bt\x13Total\n"


def test_encode_when_euro_sign_then_byte_d5_of_the_fixed_page() -> None:
    assert encode([TextLine("5 €")], PAPER_80_MM).endswith(b"5 \xd5\n")


def test_encode_when_device_numbers_its_pages_otherwise_then_that_number() -> None:
    assert encode([], PrinterProfile(code_page="cp1252", code_page_number=71)) == b"\x1b@\x1bt\x47"


@pytest.mark.parametrize("text", ["Łódź", "中文", "“quoted”", "1\u2009000 → 2", "שלום", "\U0001f600"])
def test_encode_when_code_page_lacks_a_character_then_picture_and_no_question_mark(text: str) -> None:
    data = encode([TextLine(text)], PAPER_80_MM)

    events = [event for _, event in EscPosDecoder().feed(data)]
    pictures = [event for event in events if isinstance(event, Picture)]
    assert len(pictures) == 1
    assert any(pictures[0].data)
    assert b"?" not in data.replace(pictures[0].data, b"")
    assert not [event for event in events if isinstance(event, TextRow)]


def test_encode_when_picture_is_of_a_full_double_width_line_then_not_wider_than_paper() -> None:
    data = encode([TextLine("Ł" * 16, double_width=True)], PAPER_58_MM)

    picture = next(event for _, event in EscPosDecoder(32).feed(data) if isinstance(event, Picture))
    assert picture.row_bytes * 8 <= PAPER_58_MM.dots


def test_encode_when_no_font_has_the_character_then_a_box_is_drawn() -> None:
    unassigned = "\U0003fffd"

    picture = next(
        event
        for _, event in EscPosDecoder().feed(encode([TextLine(unassigned)], PAPER_80_MM))
        if isinstance(event, Picture)
    )

    assert sum(byte.bit_count() for byte in picture.data) > 40


def test_encode_when_line_was_not_cleaned_then_commands_in_it_do_not_pass() -> None:
    data = encode([TextLine("a\x1bp\x00\x32\x32b\x1d\x56\x00\x10\x04\x01")], PAPER_80_MM)

    assert data == b"\x1b@\x1bt\x13ap22bV\n"


def test_encode_when_style_changes_then_sent_once_and_taken_back() -> None:
    data = encode([TextLine("a", bold=True), TextLine("b", bold=True), TextLine("c")], PAPER_80_MM)

    assert data.count(b"\x1bE\x01") == 1
    assert data.index(b"b\n") < data.index(b"\x1bE\x00") < data.index(b"c\n")


def test_encode_when_printer_has_no_knife_then_feeds_only() -> None:
    with_knife = encode([Cut()], PAPER_80_MM)
    without = encode([Cut()], PrinterProfile(cut=False))

    assert with_knife.endswith(b"\x1bd\x06\x1dV\x00")
    assert without.endswith(b"\x1bd\x06")


def test_encode_when_codes_then_nothing_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    data = encode([QrCode("https://example.org"), Barcode("A{1"), Feed(3), TextLine("Ł")], PAPER_80_MM)

    assert b"https://example.org" in data
    assert b"{BA{{1" in data
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("length", [1, 78, 79, 230, 520, 1000])
def test_encode_when_qr_code_grows_then_modules_shrink_to_fit(length: int) -> None:
    data = encode([QrCode("x" * length)], PAPER_58_MM)

    size = data[data.index(b"\x1d(k\x03\x00\x31\x43") + 7]
    assert 2 <= size <= 6


def _pictures(data: bytes, columns: int = 42) -> list[Picture]:
    return [event for _, event in EscPosDecoder(columns).feed(data) if isinstance(event, Picture)]


@pytest.mark.parametrize("profile", [PAPER_80_MM, PAPER_58_MM])
def test_encode_when_printer_draws_no_codes_then_they_are_pictures_that_fit(profile: PrinterProfile) -> None:
    plain = dataclasses.replace(profile, draws_codes=False)

    data = encode([QrCode("https://example.org"), Barcode("A-1"), Barcode("4006381333931", BarcodeKind.EAN13)], plain)

    assert b"\x1d(k" not in data
    assert b"\x1dk" not in data
    pictures = _pictures(data, plain.columns)
    assert {picture.align for picture in pictures} == {"centre"}
    assert all(picture.row_bytes * 8 <= plain.dots + 7 for picture in pictures)
    assert len(pictures) >= 5  # a code of several strips, two bars, two captions


def test_encode_when_code_is_drawn_here_then_the_same_modules_as_the_virtual_printer_draws() -> None:
    data = "https://example.org/r/117"
    plain = PrinterProfile(draws_codes=False)

    strips = _pictures(encode([QrCode(data)], plain))

    drawn = qr_image(data)
    assert drawn is not None
    dots = b"".join(strip.data for strip in strips)
    factor = strips[0].row_bytes * 8 // drawn.width
    assert sum(byte.bit_count() for byte in dots) == drawn.histogram()[INK] * factor * factor


def test_encode_when_logo_then_in_strips_at_its_place() -> None:
    logo = Logo(20, 300, b"\xff\xff\xf0" * 300, Align.RIGHT)

    strips = _pictures(encode([logo, TextLine("Shop")], PAPER_80_MM))

    assert [strip.rows for strip in strips] == [128, 128, 44]
    assert b"".join(strip.data for strip in strips) == logo.data
    assert {strip.align for strip in strips} == {"right"}


def test_encode_when_logo_is_wider_than_paper_then_reduced() -> None:
    strips = _pictures(encode([Logo(768, 64, b"\xff" * 96 * 64)], PAPER_58_MM), 32)

    assert [(strip.row_bytes * 8, strip.rows) for strip in strips] == [(384, 32)]


def test_encode_job_when_a_line_is_outside_the_page_then_counted_and_nothing_is_missing() -> None:
    job = encode_job([TextLine("Total"), TextLine("Łódź"), TextLine("Ωμέγα")], PAPER_80_MM)

    assert (job.pictures, job.missing) == (2, ())


def test_encode_job_when_no_font_has_a_character_then_named_once() -> None:
    job = encode_job([TextLine("a\U0003fffdb\U0003fffd"), TextLine("\U0003fffc \U0003fffd")], PAPER_80_MM)

    assert job.missing == ("\U0003fffd", "\U0003fffc")


def test_encode_when_a_mark_stands_on_a_letter_of_the_page_then_a_picture() -> None:
    """The page has the mark as a byte, but a printer would put it beside the letter and the line out of its columns."""
    hebrew = PrinterProfile(code_page="cp1255")

    assert encode_job([TextLine("\u05e9\u05dc\u05d5\u05dd")], hebrew).pictures == 0
    assert encode_job([TextLine("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd")], hebrew).pictures == 1


def test_encode_when_variation_selector_then_no_box_of_its_own() -> None:
    assert encode_job([TextLine("\u263a\ufe0f \u2764\ufe0e")], PAPER_80_MM).missing == ()


@pytest.mark.parametrize("code_page", sorted(CODE_PAGES))
def test_code_page_when_known_then_more_than_ascii_goes_out_as_text(code_page: str) -> None:
    profile = PrinterProfile(code_page=code_page)
    letters = bytes(range(0xC0, 0xF0)).decode(code_page, errors="ignore")

    assert any(encode_job([TextLine(letter)], profile).pictures == 0 for letter in letters)


def test_load_escpos_when_cache_folder_is_new_then_private_and_used(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    program = (
        "import logging, os, sys; from pathlib import Path\n"
        "from terminal_driver.printer.encoder import load_escpos\n"
        "assert 'escpos' not in sys.modules and 'serial' not in sys.modules\n"
        "load_escpos(Path(sys.argv[1]))\n"
        "assert logging.getLogger().handlers == [] and 'ESCPOS_CAPABILITIES_PICKLE_DIR' not in os.environ\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], check=False, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.suffix for path in folder.iterdir()] == [".pickle"]
    assert folder.stat().st_mode & 0o077 == 0


def test_load_escpos_when_the_process_dies_while_loading_then_no_torn_cache_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    dying = (
        "import os, signal, sys; from pathlib import Path; import yaml\n"
        "from terminal_driver.printer.encoder import load_escpos\n"
        "yaml.safe_load = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "load_escpos(Path(sys.argv[1]))\n"
    )
    loading = (
        "import sys; from pathlib import Path\n"
        "from terminal_driver.printer.encoder import load_escpos\n"
        "load_escpos(Path(sys.argv[1]))\n"
    )

    killed = subprocess.run([sys.executable, "-c", dying, str(folder)], check=False, timeout=60)
    again = subprocess.run(
        [sys.executable, "-c", loading, str(folder)], check=False, capture_output=True, text=True, timeout=60
    )

    assert killed.returncode == -signal.SIGKILL
    assert (again.returncode, again.stderr) == (0, "")
    assert len(list(folder.glob("*.pickle"))) == 1


@pytest.mark.parametrize("cache", ["cache", ""])
def test_load_escpos_when_loaded_then_no_temporary_folder_is_left(tmp_path: Path, cache: str) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    program = (
        "import sys, tempfile; from pathlib import Path\n"
        "from terminal_driver.printer.encoder import load_escpos\n"
        "before = tempfile.mkdtemp\n"
        "load_escpos(Path(sys.argv[1]) if sys.argv[1] else None)\n"
        "assert tempfile.mkdtemp is before and 'escpos.capabilities' in sys.modules\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / cache) if cache else ""],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "TMPDIR": str(temporary)},
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert list(temporary.iterdir()) == []


def test_load_escpos_when_others_may_write_the_cache_then_refused(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(0o777)

    with pytest.raises(DriverError) as refused:
        load_escpos(folder)

    assert refused.value.code == "unsafe_cache_folder"


def test_load_escpos_when_loaded_twice_then_log_handlers_stay_ours() -> None:
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    try:
        before = list(logging.getLogger().handlers)
        load_escpos()

        assert logging.getLogger().handlers == before
    finally:
        logging.getLogger().removeHandler(handler)
