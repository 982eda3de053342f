"""What the payment codes of EPC069-12 and the Swiss QR-bill have in common: texts of one line, amounts, lines.

A code is text here; drawing it is the printer's and the screen's job. The two formats stand in :mod:`epc_qr` and
:mod:`swiss_qr` of this package.
"""

import re

from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money

CODE_AMOUNT_MINOR_MAX = 99_999_999_999
"""999999999.99 in minor units: the largest amount of both formats."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, line breaks, half characters, and signs that turn the direction of text: those can disguise a name."""


def code_error(code: str, message: str, hint: str, pointer: str = "") -> InputError:
    """Return the error for a part of a payment code; ``pointer`` names the part."""
    return InputError(code, message, hint, pointer)


def one_line(text: str, *, part: str, longest: int, required: bool = False) -> str:
    """Check a text that stands on one line of a code.

    Args:
        text: may be empty unless required.
        part: name of the field, for messages and the pointer.
        longest: most characters.
        required: True where the format demands the text.

    Raises:
        InputError: ``code_text_missing``, ``code_text_too_long``, ``code_text_unprintable``.
    """
    if not text and required:
        raise code_error("code_text_missing", f"The code needs a {part}.", "Fill it in.", f"/{part}")
    if len(text) > longest:
        message = f"The {part} has {len(text)} characters; {longest} fit into the code."
        raise code_error("code_text_too_long", message, "Shorten it.", f"/{part}")
    if _CONTROLS.search(text) or text != text.strip():
        message = f"The {part} holds a line break or another sign that cannot be printed, or a blank at its edge."
        raise code_error("code_text_unprintable", message, "Take it out.", f"/{part}")
    return text


def amount_text(amount: Money) -> str:
    """Return the amount with a point and two decimal places.

    Raises:
        InputError: ``code_amount_out_of_range`` below 0.01 or above 999999999.99.
    """
    if not 1 <= amount.minor <= CODE_AMOUNT_MINOR_MAX:
        message = f"A payment code cannot carry {amount.to_decimal()}."
        raise code_error("code_amount_out_of_range", message, "Use 0.01 to 999999999.99.", "/amount")
    return amount.to_decimal()


def read_amount(text: str, currency: Currency, *, decimals: str) -> Money:
    """Read the amount of a code.

    Args:
        text: the figure without currency.
        currency: one with two decimal places.
        decimals: what may follow the whole part, as a regular expression.

    Raises:
        InputError: ``code_amount_unreadable``, ``code_amount_out_of_range``.
    """
    if not re.fullmatch(rf"(?:0|[1-9][0-9]{{0,8}}){decimals}", text, re.ASCII):
        hint = "Ask who made the code."
        raise code_error("code_amount_unreadable", "The amount of the code cannot be read.", hint, "/amount")
    amount = Money.from_decimal(text, currency)
    amount_text(amount)
    return amount


def lines_of(payload: str) -> list[str]:
    """Split a code into lines: all end in LF, or all in CR LF.

    Raises:
        InputError: ``code_line_ends_mixed``.
    """
    lines = payload.split("\r\n") if "\r\n" in payload else payload.split("\n")
    if any("\r" in line or "\n" in line for line in lines):
        message = "The lines of the code end in different ways."
        raise code_error("code_line_ends_mixed", message, "Ask who made the code.")
    return lines


def expect(lines: list[str], at: int, wanted: str, *, code: str, part: str) -> None:
    """Check that a line of a code is the one the format fixes.

    Raises:
        InputError: ``code`` when it is not.
    """
    if lines[at] != wanted:
        message = f"The {part} of the code is {lines[at][:20]!r}, not {wanted!r}."
        raise code_error(code, message, "This is another kind of code, or a damaged one.")
