"""ESC/POS bytes, and the care taken while python-escpos is imported."""

import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from terminal_driver.errors import DriverError
from terminal_driver.printer.document import Barcode, Cut, Feed, QrCode
from terminal_driver.printer.encoder import drawer_pulse, encode, load_escpos
from terminal_driver.printer.layout import TextLine
from terminal_driver.printer.profile import PAPER_58_MM, PAPER_80_MM, PrinterProfile
from terminal_driver.virtual.escpos_decoder import DrawerPulse, EscPosDecoder, Picture, TextRow


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


def test_drawer_pulse_when_decoded_then_the_drawer_and_nothing_else() -> None:
    assert [event for _, event in EscPosDecoder().feed(drawer_pulse())] == [DrawerPulse(0)]


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
