"""What a receipt says: a short list of elements without any knowledge of the device that will print it.

The job of this module is to be the one vocabulary between those who compose receipts and the layout. It computes
nothing but the checks that keep an element printable. Anyone may import it.
"""

from dataclasses import dataclass
from enum import StrEnum

FEED_LINES_MAX = 255  # ESC d carries the number of lines in one byte
BARCODE_CHARACTERS_MAX = 48  # more does not fit on 80 mm paper at the narrowest readable bar
QR_BYTES_MAX = 1000  # more needs modules smaller than a phone camera reads from thermal paper

LOGO_DOTS_MAX = 1024  # the widest paper of a profile
LOGO_ROWS_MAX = 800  # 10 cm of paper


class Align(StrEnum):
    """Where a line stands between the two edges of the paper."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class BarcodeKind(StrEnum):
    """Symbologies that every ESC/POS printer draws by itself (GS k, function B)."""

    CODE128 = "code128"
    CODE39 = "code39"
    EAN13 = "ean13"
    EAN8 = "ean8"


_CODE39_ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%+-./")


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, wrapped at word ends; a line feed in `text` begins a new line."""

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    double_width: bool = False
    double_height: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """A description on the left and its value (an amount) flush right; neither is ever cut off."""

    left: str
    right: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Empty lines.

    Attributes:
        lines: 1 to 255.

    Raises:
        ValueError: the number is outside that range.
    """

    lines: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.lines <= FEED_LINES_MAX:
            message = f"a feed has 1 to {FEED_LINES_MAX} lines, not {self.lines}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Barcode:
    """A bar code with its characters printed below.

    Attributes:
        data: CODE128: printable ASCII; CODE39: capitals, digits and ` $%+-./`; EAN: 13 or 8 digits, the last one the
            right check digit.

    Raises:
        ValueError: the symbology cannot hold the data, or it is longer than the paper.
    """

    data: str
    kind: BarcodeKind = BarcodeKind.CODE128

    def __post_init__(self) -> None:
        if not self._fits():
            message = f"{self.kind} cannot hold {self.data!r}"
            raise ValueError(message)

    def _fits(self) -> bool:
        if not 1 <= len(self.data) <= BARCODE_CHARACTERS_MAX:
            return False
        match self.kind:
            case BarcodeKind.CODE128:
                return all(" " <= character <= "~" for character in self.data)
            case BarcodeKind.CODE39:
                return set(self.data) <= _CODE39_ALPHABET
            case BarcodeKind.EAN13:
                return len(self.data) == 13 and ean_check_digit_is_right(self.data)
            case BarcodeKind.EAN8:
                return len(self.data) == 8 and ean_check_digit_is_right(self.data)


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code, centred.

    Raises:
        ValueError: no data, or more than 1000 bytes of UTF-8.
    """

    data: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.data.encode("utf-8")) <= QR_BYTES_MAX:
            message = f"a QR code holds 1 to {QR_BYTES_MAX} bytes"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Cut:
    """Feed past the knife and cut; a printer without a knife only feeds."""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Lines of the card terminal, printed as they came: wrapped when longer than the paper, never altered.

    Attributes:
        lines: one string per line, leading blanks are kept.
        aligns: empty (all left) or one entry per line, from the terminal's own line attributes.

    Raises:
        ValueError: `aligns` has neither no entry nor one per line.
    """

    lines: tuple[str, ...]
    aligns: tuple[Align, ...] = ()

    def __post_init__(self) -> None:
        if self.aligns and len(self.aligns) != len(self.lines):
            message = f"{len(self.lines)} lines but {len(self.aligns)} alignments"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture of black dots; `terminal_driver.printer.logo` makes it of a file.

    Attributes:
        dots: width, 1 to 1024; one wider than the paper is reduced when it is encoded.
        rows: height, 1 to 800.
        data: row by row, each padded to whole bytes, most significant bit left, 1 is black.
        align: where it stands.

    Raises:
        ValueError: a figure is out of range, or the data has another length.
    """

    dots: int
    rows: int
    data: bytes
    align: Align = Align.CENTRE

    def __post_init__(self) -> None:
        if not (1 <= self.dots <= LOGO_DOTS_MAX and 1 <= self.rows <= LOGO_ROWS_MAX):
            message = f"a logo has at most {LOGO_DOTS_MAX} by {LOGO_ROWS_MAX} dots, not {self.dots} by {self.rows}"
            raise ValueError(message)
        if len(self.data) != (self.dots + 7) // 8 * self.rows:
            message = f"{self.dots} by {self.rows} dots are not {len(self.data)} bytes"
            raise ValueError(message)


Element = Text | Columns | Rule | Feed | Barcode | QrCode | Cut | Verbatim | Logo


@dataclass(frozen=True, slots=True)
class Document:
    """One print job.

    Attributes:
        title: names the job in logs and lists; it is not printed.
        elements: from top to bottom.
        copy_mark: text printed big at the top and bottom of every piece of paper, for example "COPY"; None for an
            original.
    """

    title: str
    elements: tuple[Element, ...]
    copy_mark: str | None = None


def ean_check_digit_is_right(digits: str) -> bool:
    """Say whether `digits` are ASCII digits whose last one is the check digit of the others (GS1, weights 3 and 1)."""
    if not (digits.isascii() and digits.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return weighted % 10 == 0
