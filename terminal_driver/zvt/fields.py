"""Where the fields of each command and message begin: the parts without a tag come first, then BMP fields.

This is the level below the typed messages: any APDU is cut into its parts and written again byte for byte. It holds
card data as they came; only :mod:`terminal_driver.zvt.transaction` turns fields into values that leave the driver.
"""

from dataclasses import dataclass, field
from enum import Enum

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.zvt.bitmaps import (
    TLV_CONTAINER,
    BitmapField,
    encode_fields,
    parse_fields,
    read_decimal_length,
    write_decimal_length,
)
from terminal_driver.zvt.tlv import TlvObject, parse_tlv, read_length

STATUS_ENQUIRY = 0x0501
COMPLETION = 0x060F
PRINT_LINE = 0x06D1
INTERMEDIATE_STATUS = 0x04FF
_PARTIAL_DELIVERY = 0x849D
_LINE_FEEDS = 0xFF

Nested = list[list["str | Nested"]]
"""Fields as nested [tag, hexadecimal value or list] pairs, for comparison and display."""


class Direction(Enum):
    """Who sends."""

    TO_TERMINAL = "ecr->pt"
    TO_REGISTER = "pt->ecr"


@dataclass(frozen=True, slots=True)
class DecodedData:
    """The data of one APDU in its parts, in this order on the wire.

    ``fixed``: named parts without a tag. ``text``: text of a print line. ``fields``: BMP fields. ``raw``: data of
    proprietary messages, uncut.
    """

    fixed: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    text: bytes = field(default=b"", repr=False)
    fields: tuple[BitmapField, ...] = ()
    raw: bytes = field(default=b"", repr=False)

    def part(self, name: str) -> bytes | None:
        """Return a part without a tag by its name, or None."""
        return next((value for key, value in self.fixed if key == name), None)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part without a tag; an optional one is there when enough bytes are left."""

    name: str
    size: int
    optional: bool = False


_PASSWORD = (_Part("password", 3),)
_PASSWORD_IF_ANY = (_Part("password", 3, optional=True),)

# Parts in front of the BMP fields, by control field (PA00P015 chapters 2 and 3). No entry: BMP fields only.
_LEADING: dict[int, tuple[_Part, ...]] = {
    STATUS_ENQUIRY: _PASSWORD_IF_ANY,
    0x0600: (*_PASSWORD, _Part("config_byte", 1), _Part("currency", 2, optional=True)),
    **dict.fromkeys((0x0610, 0x061B, 0x0620, 0x0621, 0x0630, 0x0631, 0x0650, 0x0651, 0x0691, 0x0693), _PASSWORD),
    0x0612: (*_PASSWORD, _Part("from_receipt", 2), _Part("to_receipt", 2, optional=True)),
    0x0695: (*_PASSWORD, _Part("new_password", 3)),
    0x06C0: (_Part("timeout_s", 1, optional=True),),
    0x0840: (_Part("speed", 1),),
    0x061E: (_Part("result_code", 1, optional=True),),
}
_TAGGED = frozenset(
    {0x0601, 0x0602, 0x0603, 0x0605, 0x0609, 0x060C, 0x0618, 0x061A, 0x0622, 0x0623, 0x0624, 0x0625, 0x0626, 0x0670}
    | {0x0679, 0x06B0, 0x06C5, 0x06C6, 0x06D0, 0x06D3, 0x06E0, 0x06E1, 0x06E2, 0x06E4, 0x0830}
    | {0x0401, 0x040C, 0x040D, 0x040E, 0x040F, 0x8000, _PARTIAL_DELIVERY}
)
# Commands whose positive answer carries a bare value (a key, a number) instead of BMP fields.
_BARE_ANSWERS = frozenset({0x06E1, 0x06E2, 0x040D, 0x040E, 0x06D0})


def decode_fields(control: int, data: bytes, direction: Direction, running: int | None = None) -> DecodedData:
    """Cut the data of one APDU into its parts.

    Args:
        control: class and instruction.
        data: the data part.
        direction: who sent it; 06 1E and 06 0F have their fields only when the terminal sends them.
        running: control field of the command this message belongs to; it decides the shape of 06 0F and of 80 00.

    Raises:
        RemoteProtocolError: ``message_cut_off`` when a part is missing, else the error of the field that is wrong.
    """
    if control == COMPLETION and direction is Direction.TO_REGISTER:
        return _completion(data, running)
    if control == PRINT_LINE:
        return _print_line(data)
    if control == INTERMEDIATE_STATUS:
        return _intermediate_status(data)
    if control in _TAGGED:
        if control == 0x8000 and running in _BARE_ANSWERS:
            return DecodedData(raw=data)
        return DecodedData(fields=parse_fields(data))
    if control not in _LEADING:
        return DecodedData(raw=data)
    fixed: list[tuple[str, bytes]] = []
    at = 0
    for part in _LEADING[control]:
        value = data[at : at + part.size]
        if len(value) < part.size:
            if part.optional and not value:
                break
            raise RemoteProtocolError("message_cut_off", f"{control:04X} ends within {part.name}")
        fixed.append((part.name, value))
        at += part.size
    return DecodedData(tuple(fixed), fields=parse_fields(data[at:]))


def encode_decoded(decoded: DecodedData) -> bytes:
    """Write the parts again; what was read by ``decode_fields`` comes out byte for byte."""
    out = bytearray()
    for name, value in decoded.fixed:
        if name == "sw_version":
            out += write_decimal_length(len(value), 3)
        out += value
    return bytes(out) + decoded.text + encode_fields(decoded.fields) + decoded.raw


def nested(fields: tuple[BitmapField, ...]) -> Nested:
    """Return the fields as nested pairs of tag and hexadecimal value."""
    return [
        [f"{item.tag:02X}", _nested_objects(item.objects) if item.tag == TLV_CONTAINER else item.value.hex().upper()]
        for item in fields
    ]


def _nested_objects(objects: tuple[TlvObject, ...]) -> Nested:
    return [
        [item.tag, _nested_objects(item.children) if item.constructed else item.value.hex().upper()] for item in objects
    ]


def _completion(data: bytes, running: int | None) -> DecodedData:
    """06 0F: after a status enquiry [LLLVAR version] status [TLV], else BMP fields, proprietary after unknown commands.

    The bare status may look like a BMP tag, so only the running command decides.
    """
    if running is not None and running not in _TAGGED and running not in _LEADING:
        return DecodedData(raw=data)
    if running != STATUS_ENQUIRY:
        return DecodedData(fields=parse_fields(data))
    if not data:
        raise RemoteProtocolError("message_cut_off", "06 0F after a status enquiry has no status byte")
    fixed: list[tuple[str, bytes]] = []
    at = 0
    if len(data) > 3 and all(byte & 0xF0 == 0xF0 for byte in data[:3]):
        at = 3 + read_decimal_length(data, 0, 3)
        fixed.append(("sw_version", data[3:at]))
    if at >= len(data):
        raise RemoteProtocolError("message_cut_off", "06 0F after a status enquiry has no status byte")
    fixed.append(("terminal_status", data[at : at + 1]))
    return DecodedData(tuple(fixed), fields=parse_fields(data[at + 1 :]))


def _print_line(data: bytes) -> DecodedData:
    """06 D1: attribute and text; some terminals put a TLV container behind the text, which is no text."""
    if not data:
        return DecodedData()
    first = 2 if data[0] == _LINE_FEEDS else 1  # the count of line feeds may itself be 06
    for at in range(first, len(data)):
        if data[at] == TLV_CONTAINER and _ends_exactly(data, at):
            return DecodedData((("attribute", data[:1]),), data[1:at], parse_fields(data[at:]))
    return DecodedData((("attribute", data[:1]),), data[1:])


def _intermediate_status(data: bytes) -> DecodedData:
    """04 FF: status, minutes, TLV; the minutes are absent when the rest is exactly one container [5.1 of S]."""
    if not data:
        raise RemoteProtocolError("message_cut_off", "04 FF has no status byte")
    fixed = [("status", data[:1])]
    at = 1
    if len(data) > 1 and not (data[1] == TLV_CONTAINER and _ends_exactly(data, 1)):
        fixed.append(("timeout_minutes_bcd", data[1:2]))
        at = 2
    return DecodedData(tuple(fixed), fields=parse_fields(data[at:]))


def _ends_exactly(data: bytes, at: int) -> bool:
    """Tell whether the BMP 06 at this place is well formed and ends with the data."""
    try:
        size, length_bytes = read_length(data, at + 1)
        start = at + 1 + length_bytes
        if start + size != len(data):
            return False
        parse_tlv(data[start:])
    except RemoteProtocolError:
        return False
    return True
