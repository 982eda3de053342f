"""Turns laid-out lines into ESC/POS bytes through python-escpos' `Dummy`, which only records.

Nothing is sent here. The code page is fixed by the profile and set once; a line with a character outside that page goes
out as a picture of the whole line, because python-escpos would print `?` without a word. python-escpos is imported at
the first use: the import takes half a second, reads and writes files, and installs a log handler, which is undone here.
"""

import contextlib
import functools
import importlib
import logging
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from PIL import Image

from terminal_driver.errors import DriverError
from terminal_driver.printer.document import Align, Barcode, BarcodeKind, Cut, Feed, Logo, QrCode
from terminal_driver.printer.glyphs import INK, PAPER, CellGrid, draw_line, enlarge, is_missing
from terminal_driver.printer.layout import BARCODE_MODULE_DOTS, Line, TextLine
from terminal_driver.printer.printable import cells, clusters, printable
from terminal_driver.printer.profile import PrinterProfile
from terminal_driver.printer.symbols import barcode_image, qr_image

__all__ = ["EncodedJob", "PrinterProfile", "encode", "encode_job", "load_escpos"]

_CACHE_VARIABLE = "ESCPOS_CAPABILITIES_PICKLE_DIR"
_CACHE_FILES = "*.capabilities.pickle"
_CUT_FEED_LINES = 6  # from print head to knife
_BARCODE_HEIGHT_DOTS = 80
_QR_MODULE_DOTS_MAX = 6
# Bytes that fit into a QR code of low correction (ISO/IEC 18004, versions 4, 9, 15, 22) -> its width in modules.
_QR_WIDTHS = ((78, 33), (230, 53), (520, 77), (1003, 105))
_QR_QUIET_MODULES = 8
# GS k m n, function B of the Epson command reference.
_BARCODE_NUMBERS = {
    BarcodeKind.EAN13: 67,
    BarcodeKind.EAN8: 68,
    BarcodeKind.CODE39: 69,
    BarcodeKind.CODE128: 73,
}
_ALIGN_NUMBERS = {Align.LEFT: 0, Align.CENTRE: 1, Align.RIGHT: 2}  # ESC a n
_STRIP_ROWS = 128  # of a logo in one command: 9 KB at most, so that a printer prints while the next one comes
_load_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class EncodedJob:
    """What is sent to a printer for one job.

    Attributes:
        data: the bytes.
        pictures: lines sent as a picture because the code page lacks a character of them.
        missing: characters that no font here has, each once, in the order they came; on paper a crossed box stands in
            their place.
    """

    data: bytes
    pictures: int
    missing: tuple[str, ...]


def load_escpos(cache_dir: Path | None = None) -> None:
    """Import python-escpos now, so that the first receipt does not wait for it.

    Args:
        cache_dir: folder of ours for the capability cache of python-escpos; made with mode 0700 if missing. The cache
            is a pickle, so the folder must belong to this user and be writable by no one else. None: no cache is kept.

    Raises:
        DriverError: `unsafe_cache_folder`.
    """
    with _load_lock:
        if cache_dir is not None:
            _make_private(cache_dir)
        if "escpos.printer.dummy" in sys.modules:
            return
        # python-escpos fills its cache file in place, for seconds: a process that died meanwhile would leave a torn
        # file that no later start can read. So it works on a copy, which is moved into place whole.
        with tempfile.TemporaryDirectory(prefix="loading-", dir=cache_dir) as name:
            copy = Path(name)
            if cache_dir is None:
                _import_escpos(copy)
            else:
                known = _copy_cache(cache_dir, copy)
                _import_escpos(copy)
                _keep_new(copy, known, cache_dir)


def _copy_cache(folder: Path, copy: Path) -> dict[str, int]:
    """Copy the cache files; return their times of change, in nanoseconds, by name."""
    known = {path.name: path.stat().st_mtime_ns for path in folder.glob(_CACHE_FILES)}
    for name in known:
        shutil.copy2(folder / name, copy)
    return known


def _keep_new(copy: Path, known: dict[str, int], folder: Path) -> None:
    for path in copy.glob(_CACHE_FILES):
        if known.get(path.name) != path.stat().st_mtime_ns:
            _put_in_place(path, folder)


def _import_escpos(work_dir: Path) -> None:
    """Import the library; whatever it writes while it loads goes to `work_dir`, which the caller removes."""
    before = os.environ.get(_CACHE_VARIABLE)
    root_handlers = list(logging.getLogger().handlers)
    try:
        os.environ[_CACHE_VARIABLE] = str(work_dir)
        with _temporary_folders_in(work_dir):
            importlib.import_module("escpos.printer.dummy")
    finally:
        if before is None:
            os.environ.pop(_CACHE_VARIABLE, None)
        else:
            os.environ[_CACHE_VARIABLE] = before
        # Its import calls logging.basicConfig(): a handler we did not choose would bypass redaction.
        logging.getLogger().handlers[:] = root_handlers


@contextlib.contextmanager
def _temporary_folders_in(folder: Path) -> Iterator[None]:
    """Put the temporary folders that this thread makes into `folder`.

    python-escpos calls `mkdtemp()` at every import, even when it is told where its cache is, and never removes the
    folder: each start would leave one behind. Other threads keep their own place.
    """
    make, loader = tempfile.mkdtemp, threading.get_ident()

    def make_inside(*given: str | None, **named: str | None) -> str:
        if not given and threading.get_ident() == loader:
            named.setdefault("dir", str(folder))
        return str(make(*given, **named))

    tempfile.mkdtemp = make_inside  # type: ignore[assignment]  # takes and gives the same, without its overloads
    try:
        yield
    finally:
        tempfile.mkdtemp = make


def _put_in_place(path: Path, folder: Path) -> None:
    """Move a file into a folder so that it is there whole or not at all, even after a power cut."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.replace(folder / path.name)


def encode(lines: Sequence[Line], profile: PrinterProfile, *, cache_dir: Path | None = None) -> bytes:
    """Return the bytes that print `lines`; see `encode_job`, which also says what could not be drawn."""
    return encode_job(lines, profile, cache_dir=cache_dir).data


def encode_job(lines: Sequence[Line], profile: PrinterProfile, *, cache_dir: Path | None = None) -> EncodedJob:
    """Encode `lines` for a printer of this profile, beginning with a reset of its modes.

    Args:
        lines: from :func:`terminal_driver.printer.layout.lay_out` for the same profile.
        profile: the printer.
        cache_dir: see :func:`load_escpos`; used only if that was not called before.

    Raises:
        DriverError: `unsafe_cache_folder`.
    """
    load_escpos(cache_dir)
    sheet = _Sheet(profile)
    for line in lines:
        sheet.add(line)
    return sheet.job()


class _Sheet:
    """One job being recorded."""

    def __init__(self, profile: PrinterProfile) -> None:
        self._profile = profile
        self._grid = CellGrid.for_paper(profile.dots, profile.columns)
        self._charset = _charset(profile.code_page)
        self._style = (False, False, False)
        self._pictures = 0
        self._missing: dict[str, None] = {}  # in the order they came
        self._device: Any = importlib.import_module("escpos.printer.dummy").Dummy(profile=_device_profile(profile))
        self._device.hw("INIT")
        self._device.charcode(profile.code_page.upper())

    def job(self) -> EncodedJob:
        return EncodedJob(bytes(self._device.output), self._pictures, tuple(self._missing))

    def add(self, line: Line) -> None:
        match line:
            case TextLine():
                self._add_text(line)
            case Feed():
                self._device.print_and_feed(line.lines)
            case Barcode() if self._profile.draws_codes:
                self._aligned(_barcode_bytes(line), Align.CENTRE)
            case Barcode():
                self._add_drawn_barcode(line)
            case QrCode() if self._profile.draws_codes:
                self._add_qr(line)
            case QrCode():
                self._add_drawn_qr(line)
            case Logo():
                self._add_logo(line)
            case Cut() if self._profile.cut:
                self._device.cut()
            case Cut():
                self._device.print_and_feed(_CUT_FEED_LINES)
            case _:
                assert_never(line)

    def _add_text(self, line: TextLine) -> None:
        text = printable(line.text)
        if not self._charset.issuperset(text):
            self._add_picture(line, text)
            return
        style = (line.bold, line.double_width, line.double_height)
        if style != self._style:
            self._device.set(
                bold=line.bold,
                normal_textsize=True,
                double_width=line.double_width,
                double_height=line.double_height,
            )
            self._style = style
        self._device.textln(text)

    def _add_picture(self, line: TextLine, text: str) -> None:
        self._pictures += 1
        self._missing |= dict.fromkeys(filter(is_missing, clusters(text)))
        image = draw_line(text, self._grid, bold=line.bold)
        image = enlarge(image, width=1 + line.double_width, height=1 + line.double_height)
        image = image.crop((0, 0, min(image.width, self._profile.dots), image.height))
        self._device.image(image, impl="bitImageRaster")

    def _add_qr(self, line: QrCode) -> None:
        needed = len(line.data.encode("utf-8"))
        modules = next(width for capacity, width in _QR_WIDTHS if needed <= capacity)
        dots = min(_QR_MODULE_DOTS_MAX, self._profile.dots // (modules + _QR_QUIET_MODULES))
        self._device.set(align="center")
        self._device.qr(line.data, native=True, size=dots)
        self._device.set(align="left")

    def _add_drawn_qr(self, line: QrCode) -> None:
        image = qr_image(line.data)
        if image is not None:  # every code a document can hold has one
            factor = max(1, min(_QR_MODULE_DOTS_MAX, self._profile.dots // image.width))
            self._add_dots(enlarge(image, width=factor, height=factor), Align.CENTRE)

    def _add_drawn_barcode(self, line: Barcode) -> None:
        bars = barcode_image(line.kind, line.data)
        if bars is None:  # the symbology's own check is stricter than the document's: the data is printed all the same
            self._add_drawn_qr(QrCode(line.data))
        else:
            self._add_dots(enlarge(bars, width=BARCODE_MODULE_DOTS, height=_BARCODE_HEIGHT_DOTS), Align.CENTRE)
        caption = draw_line(line.data, self._grid)
        self._add_dots(caption.crop((0, 0, min(caption.width, self._profile.dots), caption.height)), Align.CENTRE)

    def _add_logo(self, line: Logo) -> None:
        ink = Image.frombytes("1", (line.dots, line.rows), line.data).convert("L")
        image = ink.point([PAPER if shade == 0 else INK for shade in range(256)])
        if image.width > self._profile.dots:
            rows = max(1, image.height * self._profile.dots // image.width)
            image = image.resize((self._profile.dots, rows), Image.Resampling.NEAREST)
        self._add_dots(image, line.align)

    def _add_dots(self, image: Image.Image, align: Align) -> None:
        """Add a picture of ink and paper as raster, GS v 0, in strips."""
        strips = []
        for top in range(0, image.height, _STRIP_ROWS):
            strip = image.crop((0, top, image.width, min(image.height, top + _STRIP_ROWS)))
            black = strip.point([255 - shade for shade in range(256)]).convert("1", dither=Image.Dither.NONE)
            size = ((black.width + 7) // 8).to_bytes(2, "little") + black.height.to_bytes(2, "little")
            strips.append(b"\x1dv0\x00" + size + black.tobytes())
        self._aligned(b"".join(strips), align)

    def _aligned(self, data: bytes, align: Align) -> None:
        # Its own barcode() prints a notice on standard output at every call, hence the recorded command.
        number = bytes((_ALIGN_NUMBERS[align],))
        self._device._raw(b"\x1ba" + number + data + b"\x1ba\x00")  # noqa: SLF001  the recording hook of every device


def _barcode_bytes(line: Barcode) -> bytes:
    # CODE128 data begins with the code set: {B holds all printable ASCII, a brace in it is doubled.
    data = "{B" + line.data.replace("{", "{{") if line.kind is BarcodeKind.CODE128 else line.data
    head = bytes((0x1D, 0x68, _BARCODE_HEIGHT_DOTS, 0x1D, 0x77, BARCODE_MODULE_DOTS, 0x1D, 0x66, 0, 0x1D, 0x48, 2))
    return head + bytes((0x1D, 0x6B, _BARCODE_NUMBERS[line.kind], len(data))) + data.encode("ascii")


@functools.lru_cache(maxsize=16)
def _charset(code_page: str) -> frozenset[str]:
    """Return the characters that python-escpos and Python's codec turn into the same byte, without control codes.

    Marks that stand on a letter (cp1255 has some) are left out: a printer gives each byte a place of its own.
    """
    encoder = importlib.import_module("escpos.magicencode").Encoder({code_page.upper(): "0"})
    kept: set[str] = set()
    for byte in (*range(0x20, 0x7F), *range(0x80, 0x100)):
        character = bytes((byte,)).decode(code_page, errors="ignore")
        if character and cells(character) == 1 and encoder.encode(character, code_page.upper()) == bytes((byte,)):
            kept.add(character)
    return frozenset(kept)


@functools.lru_cache(maxsize=16)
def _device_profile(profile: PrinterProfile) -> Any:  # noqa: ANN401  python-escpos has no types
    """Describe the printer to python-escpos, with a known width: its own default one prints a notice on each image."""
    base = importlib.import_module("escpos.capabilities").Profile
    described = type(
        "FixedProfile",
        (base,),
        {
            "profile_data": {
                "name": "Tillbridge",
                "codePages": {str(profile.page_number): profile.code_page.upper()},
                "fonts": {"0": {"name": "Font A", "columns": profile.columns}},
                "media": {"dpi": 203, "width": {"mm": profile.width_mm, "pixels": profile.dots}},
            }
        },
    )
    return described(
        columns=profile.columns,
        features={"bitImageRaster": True, "qrCode": True, "barcodeB": True, "paperFullCut": profile.cut},
    )


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "posix":
        return
    found = folder.stat()
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        message = f"{folder} belongs to another user or others may write into it"
        raise DriverError("unsafe_cache_folder", message, "give a folder of this user with mode 0700")
