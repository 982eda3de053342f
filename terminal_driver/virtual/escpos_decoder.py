"""Reads ESC/POS: bytes in, what a printer would do out. No I/O, no clock, no drawing.

Any bytes may be fed, in any pieces; memory is bounded by `PENDING_BYTES_MAX` plus one line of text. Commands that
change nothing visible are skipped by their length; an unknown one is skipped with its second byte, as printers do.
Source of the commands: Epson ESC/POS command reference, as followed by compatible printers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from terminal_driver.printer.profile import CODE_PAGES
from terminal_driver.virtual.escpos_commands import command_length

PENDING_BYTES_MAX = 2_000_000  # one raster picture of 1024 dots by 15,000; larger ones are swallowed unseen
_CODECS = {number: codec for codec, number in CODE_PAGES.items()}
_CODE_128_SETS = (b"{A", b"{B", b"{C")
_BARCODE_NAMES_A = ("upc-a", "upc-e", "ean13", "ean8", "code39", "itf", "codabar")
_BARCODE_NAMES_B = (*_BARCODE_NAMES_A, "code93", "code128")
_TAB_COLUMNS = 8
_CHARACTERS = re.compile(rb"[\x20-\x7e\x80-\xff]+")
_ALIGNS = ("left", "centre", "right")


@dataclass(frozen=True, slots=True)
class Style:
    """How characters look; sizes are factors 1 to 8."""

    bold: bool = False
    width: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one style."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class TextRow:
    """One printed line; `align` is left, centre or right."""

    runs: tuple[Run, ...]
    align: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Raster dots, row by row, most significant bit left, 1 is black; factors 1 or 2."""

    row_bytes: int
    rows: int
    data: bytes
    width_factor: int
    height_factor: int
    align: str


@dataclass(frozen=True, slots=True)
class QrSymbol:
    """A QR code that the printer draws itself; `module_dots` is the size of one square."""

    data: str
    module_dots: int
    align: str


@dataclass(frozen=True, slots=True)
class BarcodeSymbol:
    """A bar code that the printer draws itself."""

    kind: str
    data: str
    module_dots: int
    height_dots: int
    align: str


@dataclass(frozen=True, slots=True)
class CutPaper:
    """The knife."""


@dataclass(frozen=True, slots=True)
class Initialised:
    """ESC @: modes are back to normal; the sender begins a job."""


@dataclass(frozen=True, slots=True)
class AskedSensor:
    """GS r n, to be answered in the order of the data."""

    number: int


@dataclass(frozen=True, slots=True)
class SwitchedAsb:
    """GS a n: automatic status back for the events in the mask; 0 is off."""

    mask: int


@dataclass(frozen=True, slots=True)
class DrawerPulse:
    """ESC p: the cash drawer."""

    pin: int


Event = TextRow | Picture | QrSymbol | BarcodeSymbol | CutPaper | Initialised | AskedSensor | SwitchedAsb | DrawerPulse


class EscPosDecoder:
    """One printer's understanding of the byte stream.

    Args:
        columns: characters of normal width in a line; a longer line continues on the next, as on paper.
    """

    def __init__(self, columns: int = 42) -> None:
        self._columns = columns
        self._pending = bytearray()
        self._swallow = 0
        self._consumed = 0
        self._events: list[tuple[int, Event]] = []
        self._runs: list[Run] = []
        self._column = 0
        self._qr_data = ""
        self._reset_modes()
        self._handlers: dict[bytes, Callable[[bytes], None]] = {
            b"\x1b@": self._initialise,
            b"\x1b!": lambda command: self._print_mode(command[2]),
            b"\x1bE": lambda command: self._set_bold(command[2]),
            b"\x1bG": lambda command: self._set_bold(command[2]),
            b"\x1ba": lambda command: self._set_align(command[2]),
            b"\x1bt": lambda command: self._set_code_page(command[2]),
            b"\x1bd": lambda command: self._feed(command[2]),
            b"\x1bp": lambda command: self._emit(DrawerPulse(command[2] & 1)),
            b"\x1bi": self._cut,
            b"\x1bm": self._cut,
            b"\x1dV": self._cut,
            b"\x1d!": lambda command: self._set_size(command[2]),
            b"\x1da": lambda command: self._emit(SwitchedAsb(command[2])),
            b"\x1dr": lambda command: self._emit(AskedSensor(command[2])),
            b"\x1dh": lambda command: self._set_barcode_height(command[2]),
            b"\x1dw": lambda command: self._set_barcode_module(command[2]),
            b"\x1dk": self._barcode,
            b"\x1dv": self._raster,
            b"\x1d(": self._extended,
        }

    @property
    def inside_command(self) -> bool:
        """Whether the next byte belongs to an unfinished command."""
        return bool(self._pending or self._swallow)

    @property
    def inside_line(self) -> bool:
        """Whether characters wait for the end of their line."""
        return bool(self._runs)

    def feed(self, data: bytes) -> list[tuple[int, Event]]:
        """Take bytes and return what they cause.

        Returns:
            Pairs of the number of bytes consumed since the decoder was made, up to the end of the causing command, and
            the event.
        """
        self._events = []
        if self._swallow:
            swallowed = min(self._swallow, len(data))
            self._swallow -= swallowed
            self._consumed += swallowed
            data = data[swallowed:]
        self._pending += data
        position = 0
        while position < len(self._pending):
            characters = _CHARACTERS.match(self._pending, position)
            if characters is not None:
                self._consumed += characters.end() - position
                position = characters.end()
                self._write(characters.group().decode(self._codec, errors="replace"))
                continue
            length = command_length(self._pending, position)
            if length is None:
                break
            available = len(self._pending) - position
            if length > available:
                if length > PENDING_BYTES_MAX:
                    self._swallow = length - available
                    self._consumed += available
                    position += available
                break
            self._consumed += length
            self._execute(bytes(self._pending[position : position + length]))
            position += length
        del self._pending[:position]
        return self._events

    def finish(self) -> list[tuple[int, Event]]:
        """Print what stands in the line buffer and forget an unfinished command, as when the sender has gone."""
        self._events = []
        self._consumed += len(self._pending)
        self._pending.clear()
        self._swallow = 0
        if self._runs:
            self._line_feed()
        return self._events

    def _execute(self, command: bytes) -> None:
        handler = self._handlers.get(command[:2]) if len(command) > 1 else None
        if handler is not None:
            handler(command)
        elif command == b"\n":
            self._line_feed()
        elif command == b"\t":
            self._write(" " * (_TAB_COLUMNS - self._column % _TAB_COLUMNS))

    def _emit(self, event: Event) -> None:
        self._events.append((self._consumed, event))

    def _reset_modes(self) -> None:
        self._style = Style()
        self._align = "left"
        self._codec = _CODECS[0]
        self._barcode_height = 162
        self._barcode_module = 3
        self._qr_module = 3

    def _initialise(self, _command: bytes) -> None:
        self._runs.clear()
        self._column = 0
        self._reset_modes()
        self._emit(Initialised())

    def _write(self, text: str) -> None:
        while text:
            room = max(0, self._columns - self._column) // self._style.width
            if not room and self._column:
                self._line_feed()
                continue
            part, text = text[: max(1, room)], text[max(1, room) :]
            if self._runs and self._runs[-1].style == self._style:
                part_before = self._runs.pop().text
                self._runs.append(Run(part_before + part, self._style))
            else:
                self._runs.append(Run(part, self._style))
            self._column += len(part) * self._style.width

    def _line_feed(self) -> None:
        self._emit(TextRow(tuple(self._runs), self._align))
        self._runs.clear()
        self._column = 0

    def _feed(self, lines: int) -> None:
        if self._runs:
            self._line_feed()
            lines -= 1
        for _ in range(lines):
            self._line_feed()

    def _print_mode(self, mode: int) -> None:
        self._style = Style(bold=bool(mode & 0x08), width=2 if mode & 0x20 else 1, height=2 if mode & 0x10 else 1)

    def _set_bold(self, number: int) -> None:
        self._style = replace(self._style, bold=bool(number & 1))

    def _set_size(self, number: int) -> None:
        self._style = replace(self._style, width=(number >> 4 & 7) + 1, height=(number & 7) + 1)

    def _set_barcode_height(self, number: int) -> None:
        self._barcode_height = max(1, number)

    def _set_barcode_module(self, number: int) -> None:
        self._barcode_module = min(6, max(1, number))

    def _set_align(self, number: int) -> None:
        self._align = _ALIGNS[number % 48] if number % 48 < len(_ALIGNS) else self._align

    def _set_code_page(self, number: int) -> None:
        # A page this decoder does not know shows as ASCII with replacement marks, never as a wrong letter.
        self._codec = _CODECS.get(number, "ascii")

    def _cut(self, _command: bytes) -> None:
        if self._runs:
            self._line_feed()
        self._emit(CutPaper())

    def _barcode(self, command: bytes) -> None:
        number = command[2]
        names, place, data = (
            (_BARCODE_NAMES_A, number, command[3:-1]) if number < 65 else (_BARCODE_NAMES_B, number - 65, command[4:])
        )
        kind = names[place] if place < len(names) else f"barcode {number}"
        if kind == "code128" and data[:2] in _CODE_128_SETS:
            data = data[2:].replace(b"{{", b"{")
        text = data.decode("ascii", errors="replace")
        self._emit(BarcodeSymbol(kind, text, self._barcode_module, self._barcode_height, self._align))

    def _raster(self, command: bytes) -> None:
        row_bytes, rows = command[4] | command[5] << 8, command[6] | command[7] << 8
        if row_bytes and rows:
            mode = command[3]
            self._emit(Picture(row_bytes, rows, command[8:], 1 + (mode & 1), 1 + (mode >> 1 & 1), self._align))

    def _extended(self, command: bytes) -> None:
        """GS ( k with cn = 49: QR code. Functions 67 size, 80 store, 81 print (Epson reference, GS ( k)."""
        if command[2:3] != b"k" or len(command) < 7 or command[5] != 49:
            return
        match command[6]:
            case 67 if len(command) > 7:
                self._qr_module = min(16, max(1, command[7]))
            case 80:
                self._qr_data = command[8:].decode("utf-8", errors="replace")
            case 81 if self._qr_data:
                self._emit(QrSymbol(self._qr_data, self._qr_module, self._align))
            case _:
                return
