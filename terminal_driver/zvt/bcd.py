"""Packed decimal digits: two a byte, right-justified (PA00P015 rev 13.08, chapter on data types).

Amounts are integers in minor units; identifiers stay digit strings, since leading zeros belong to them.
"""

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

AMOUNT_BYTES = 6


def to_digits(data: bytes) -> str:
    """Return the nibbles as upper-case hexadecimal digits; nibbles above 9 stay visible as letters."""
    return data.hex().upper()


def to_int(data: bytes) -> int:
    """Return the number that the digits spell.

    Raises:
        RemoteProtocolError: ``not_bcd`` when a nibble is no decimal digit.
    """
    digits = data.hex()
    if not digits.isdecimal():
        raise RemoteProtocolError("not_bcd", "a number holds nibbles that are no decimal digits")
    return int(digits)


def from_digits(digits: str, size: int) -> bytes:
    """Pack a digit string into ``size`` bytes, with zeros in front.

    Raises:
        LocalProtocolError: ``not_digits`` for other signs, ``number_too_long`` when it does not fit.
    """
    if not (digits.isascii() and digits.isdecimal()):
        raise LocalProtocolError("not_digits", "only decimal digits can be packed")
    if len(digits) > 2 * size:
        raise LocalProtocolError("number_too_long", f"{len(digits)} digits do not fit into {size} bytes")
    return bytes.fromhex(digits.rjust(2 * size, "0"))


def from_int(value: int, size: int) -> bytes:
    """Pack a number >= 0 into ``size`` bytes.

    Raises:
        LocalProtocolError: ``negative_number`` or ``number_too_long``.
    """
    if value < 0:
        raise LocalProtocolError("negative_number", "packed decimals have no sign")
    return from_digits(str(value), size)
