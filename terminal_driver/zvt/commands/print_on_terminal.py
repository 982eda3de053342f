"""06 D1 and 06 D3 from the register: it prints on the printer of the terminal (PA00P015 rev 13.08, 2.36 and 2.37).

The lines are those of a print job of the terminal; the same codec writes and reads them.
"""

from dataclasses import dataclass
from typing import ClassVar

from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.commands import control_fields as codes
from terminal_driver.zvt.messages import PrintJob, decode_message, encode_print_block, encode_print_lines
from terminal_driver.zvt.text import CharacterSet


@dataclass(frozen=True, slots=True)
class PrintLine:
    """06 D1. ``job``: exactly one line, or none and ``ends`` for the end of the receipt."""

    job: PrintJob
    control: ClassVar[int] = codes.PRINT_LINE

    def encode(self) -> Apdu:
        """Return the APDU of the first line."""
        return encode_print_lines(self.job, CharacterSet.CP437)[0]


@dataclass(frozen=True, slots=True)
class PrintBlock:
    """06 D3."""

    job: PrintJob
    control: ClassVar[int] = codes.PRINT_BLOCK

    def encode(self) -> Apdu:
        """Return the APDU."""
        return encode_print_block(self.job, CharacterSet.CP437)


def decode_print(apdu: Apdu) -> PrintLine | PrintBlock:
    """Read 06 D1 or 06 D3.

    Raises:
        RemoteProtocolError: the fields cannot be read.
    """
    job = decode_message(apdu, None, CharacterSet.CP437)
    assert isinstance(job, PrintJob)  # noqa: S101 - what the codec promises for these two
    return PrintLine(job) if apdu.control == codes.PRINT_LINE else PrintBlock(job)
