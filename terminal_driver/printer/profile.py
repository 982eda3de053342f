"""What a particular printer can do: width, code page, knife, and how it tells its state.

Pure data with its checks; anyone may import it. The numbers of the code pages are those of ESC t in the Epson command
reference, which the compatible makers follow; a device that numbers otherwise is described by `code_page_number`.
"""

from dataclasses import dataclass
from enum import StrEnum

# ESC t n: number of the page in the printer -> the same page as a Python codec.
CODE_PAGES: dict[str, int] = {
    "cp437": 0,
    "cp850": 2,
    "cp857": 13,
    "cp737": 14,
    "cp1252": 16,
    "cp866": 17,
    "cp852": 18,
    "cp858": 19,
    "cp775": 33,
    "cp855": 34,
    "cp862": 36,
    "cp1250": 45,
    "cp1251": 46,
    "cp1253": 47,
    "cp1254": 48,
    "cp1255": 49,
    "cp1257": 51,
}
COLUMNS_MIN = 16  # half of it, in double width, must still hold an amount such as 12345.67
COLUMNS_MAX = 96
DOTS_MAX = 1024


class StatusKind(StrEnum):
    """How a printer tells its state, and so what a job can prove."""

    NONE = "none"
    """It does not: all bytes accepted is the only evidence."""
    REALTIME = "realtime"
    """DLE EOT 1-4, answered at once, even while older data waits in the printer's buffer."""
    ORDERED = "ordered"
    """As REALTIME, and GS r after the data: its answer proves that the buffer was worked off up to there."""
    AUTOMATIC = "automatic"
    """Automatic status back (GS a): four bytes when switched on and at each change."""


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """One kind of printer.

    Attributes:
        columns: characters per line in the normal font, 16 to 96.
        width_mm: width of the paper in millimetres.
        dots: printable dots per line, at least 8 per column.
        code_page: Python codec of the page the printer is switched to, one of `CODE_PAGES`.
        cut: the printer has a knife.
        status: how it tells its state.
        code_page_number: number of that page in ESC t; None takes it from `CODE_PAGES`.
        draws_codes: the printer draws QR codes and bar codes by itself; otherwise they are sent as pictures.

    Raises:
        ValueError: a figure is out of range or the code page unknown.
    """

    columns: int = 42
    width_mm: int = 80
    dots: int = 576
    code_page: str = "cp858"
    cut: bool = True
    status: StatusKind = StatusKind.ORDERED
    code_page_number: int | None = None
    draws_codes: bool = True

    def __post_init__(self) -> None:
        if not COLUMNS_MIN <= self.columns <= COLUMNS_MAX:
            message = f"columns must be {COLUMNS_MIN} to {COLUMNS_MAX}, not {self.columns}"
            raise ValueError(message)
        if not 8 * self.columns <= self.dots <= DOTS_MAX:
            message = f"dots must be {8 * self.columns} to {DOTS_MAX} for {self.columns} columns, not {self.dots}"
            raise ValueError(message)
        if self.code_page not in CODE_PAGES:
            message = f"unknown code page {self.code_page!r}; known: {', '.join(sorted(CODE_PAGES))}"
            raise ValueError(message)
        if not 0 <= self.page_number <= 255:
            message = f"code page number must be 0 to 255, not {self.code_page_number}"
            raise ValueError(message)

    @property
    def page_number(self) -> int:
        """Number of the code page in ESC t."""
        return CODE_PAGES[self.code_page] if self.code_page_number is None else self.code_page_number


PAPER_80_MM = PrinterProfile()
PAPER_58_MM = PrinterProfile(columns=32, width_mm=58, dots=384)
