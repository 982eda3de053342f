"""BMP fields: the table of tags with their length rules, reading and writing (PA00P015 rev 13.08, chapter 13).

A field that carries card data says so in the table; its value never shows in a ``repr``. What a field means to a sale
is read in :mod:`terminal_driver.zvt.transaction`; this module only cuts and joins bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.zvt.tlv import TlvObject, encode_tlv, parse_tlv, read_length, write_length

TLV_CONTAINER = 0x06

# TLV tags with card data: track 2 and number of an EMV card, expiry, card holder, application cryptogram inputs.
CARD_TLV_TAGS = frozenset({"57", "5A", "5F20", "5F24", "5F34", "56", "9F1F", "9F20", "9F6B"})


class LengthRule(Enum):
    """How the end of a field is known."""

    FIXED = "fixed"
    LLVAR = "llvar"
    LLLVAR = "lllvar"
    TLV = "tlv"


@dataclass(frozen=True, slots=True)
class BitmapRule:
    """One row of the table. ``size``: bytes of a fixed field. ``card_data``: must not leave the driver uncut."""

    name: str
    rule: LengthRule
    size: int = 0
    card_data: bool = False


def _fixed(name: str, size: int, *, card_data: bool = False) -> BitmapRule:
    return BitmapRule(name, LengthRule.FIXED, size, card_data)


def _llvar(name: str, *, card_data: bool = False) -> BitmapRule:
    return BitmapRule(name, LengthRule.LLVAR, 0, card_data)


def _lllvar(name: str, *, card_data: bool = False) -> BitmapRule:
    return BitmapRule(name, LengthRule.LLLVAR, 0, card_data)


BITMAPS: dict[int, BitmapRule] = {
    0x01: _fixed("delivery_timeout_s", 1),
    0x02: _fixed("status_requests_max", 1),
    0x03: _fixed("service_byte", 1),
    0x04: _fixed("amount", 6),
    0x05: _fixed("pump", 1),
    TLV_CONTAINER: BitmapRule("tlv_container", LengthRule.TLV),
    0x0B: _fixed("trace_number", 3),
    0x0C: _fixed("time", 3),
    0x0D: _fixed("date", 2),
    0x0E: _fixed("expiry", 2, card_data=True),
    0x17: _fixed("card_sequence", 2),
    0x19: _fixed("payment_type", 1),
    0x22: _llvar("card_number", card_data=True),
    0x23: _llvar("track_2", card_data=True),
    0x24: _lllvar("track_3", card_data=True),
    0x27: _fixed("result_code", 1),
    0x29: _fixed("terminal_id", 4),
    0x2A: _fixed("merchant_contract", 15),
    0x2D: _llvar("track_1", card_data=True),
    0x2E: _lllvar("synchronous_chip_data", card_data=True),
    0x37: _fixed("original_trace_number", 3),
    0x3A: _fixed("card_verification_value", 2, card_data=True),
    0x3B: _fixed("authorisation_attribute", 8),
    0x3C: _lllvar("additional_text"),
    0x3D: _fixed("password", 3),
    0x49: _fixed("currency", 2),
    0x4C: _llvar("blocked_goods_groups"),
    0x60: _lllvar("totals"),
    0x70: _fixed("image_id", 4),
    0x71: _fixed("image_size", 4),
    0x72: _fixed("image_type", 1),
    0x73: _fixed("image_encoding", 1),
    0x74: _fixed("image_chunks", 1),
    0x75: _fixed("image_index", 1),
    0x87: _fixed("receipt_number", 2),
    0x88: _fixed("turnover_number", 3),
    0x8A: _fixed("card_type_id", 1),
    0x8B: _llvar("card_name"),
    0x8C: _fixed("network_card_type", 1),
    0x92: _lllvar("offline_chip_data", card_data=True),
    0x9A: _lllvar("geldkarte_record", card_data=True),
    0xA0: _fixed("host_result_code", 1),
    0xA7: _llvar("ef_id", card_data=True),
    0xAA: _fixed("date_with_year", 3),
    0xAF: _lllvar("ef_info", card_data=True),
    0xBA: _fixed("aid_parameter", 5),
    0xD0: _fixed("key_algorithm", 1),
    0xD1: _llvar("pin_data", card_data=True),
    0xD2: _fixed("card_output", 1),
    0xD3: _fixed("dukpt_key", 1, card_data=True),
    0xE0: _fixed("input_minimum", 1),
    **{0xE0 + line: _llvar(f"input_line_{line}") for line in range(1, 9)},
    0xE9: _fixed("input_maximum", 1),
    0xEA: _fixed("input_echo", 1),
    0xEB: _fixed("mac", 8),
    0xF0: _fixed("display_duration_s", 1),
    **{0xF0 + line: _llvar(f"display_line_{line}") for line in range(1, 9)},
    0xF9: _fixed("beeps", 1),
    0xFA: _fixed("card_reader", 1),
    0xFB: _fixed("ok_key", 1),
    0xFC: _fixed("dialog_control", 1),
    0xFD: _fixed("display_device", 1),
}


@dataclass(frozen=True, slots=True)
class BitmapField:
    """One field as it stands in a message: bytes of the value, or the objects of BMP 06."""

    tag: int
    value: bytes = field(default=b"", repr=False)
    objects: tuple[TlvObject, ...] = field(default=(), repr=False)
    length_bytes: int = 0


def parse_fields(data: bytes) -> tuple[BitmapField, ...]:
    """Read fields in their order until the data ends.

    Raises:
        RemoteProtocolError: ``unknown_bitmap``, ``bitmap_cut_off``, ``bitmap_bad_length`` or a TLV error.
    """
    fields: list[BitmapField] = []
    at = 0
    while at < len(data):
        tag = data[at]
        rule = BITMAPS.get(tag)
        if rule is None:
            raise RemoteProtocolError("unknown_bitmap", f"BMP {tag:02X} is not known")
        size, length_bytes = _length(rule, data, at + 1)
        start, at = at + 1 + length_bytes, at + 1 + length_bytes + size
        if at > len(data):
            raise RemoteProtocolError("bitmap_cut_off", f"BMP {tag:02X} is cut off")
        content = data[start:at]
        if rule.rule is LengthRule.TLV:
            fields.append(BitmapField(tag, objects=parse_tlv(content), length_bytes=length_bytes))
        else:
            fields.append(BitmapField(tag, content))
    return tuple(fields)


def encode_fields(fields: Iterable[BitmapField]) -> bytes:
    """Write fields one after the other.

    Raises:
        LocalProtocolError: ``unknown_bitmap``, ``bitmap_wrong_size`` for a fixed field, ``bitmap_too_long``.
    """
    out = bytearray()
    for item in fields:
        rule = BITMAPS.get(item.tag)
        if rule is None:
            raise LocalProtocolError("unknown_bitmap", f"BMP {item.tag:02X} is not known")
        content = encode_tlv(item.objects) if rule.rule is LengthRule.TLV else item.value
        out.append(item.tag)
        match rule.rule:
            case LengthRule.TLV:
                out += write_length(len(content), item.length_bytes)
            case LengthRule.FIXED:
                if len(content) != rule.size:
                    raise LocalProtocolError("bitmap_wrong_size", f"BMP {item.tag:02X} has {rule.size} bytes")
            case LengthRule.LLVAR:
                out += write_decimal_length(len(content), 2)
            case LengthRule.LLLVAR:
                out += write_decimal_length(len(content), 3)
        out += content
    return bytes(out)


def first_value(fields: Iterable[BitmapField], tag: int) -> bytes | None:
    """Return the value of the first field with this tag, or None."""
    return next((item.value for item in fields if item.tag == tag), None)


def container(fields: Iterable[BitmapField]) -> tuple[TlvObject, ...]:
    """Return the objects of all TLV containers among the fields."""
    return tuple(found for item in fields if item.tag == TLV_CONTAINER for found in item.objects)


def read_decimal_length(data: bytes, at: int, places: int) -> int:
    """Read an LLVAR or LLLVAR length: one decimal digit in the low nibble of each byte, F in the high one.

    Raises:
        RemoteProtocolError: ``bitmap_cut_off`` or ``bitmap_bad_length``.
    """
    coded = data[at : at + places]
    if len(coded) < places:
        raise RemoteProtocolError("bitmap_cut_off", "the length of a BMP is cut off")
    if any(byte & 0xF0 != 0xF0 or byte & 0x0F > 9 for byte in coded):
        raise RemoteProtocolError("bitmap_bad_length", f"{coded.hex().upper()} is no length of a BMP")
    return int("".join(str(byte & 0x0F) for byte in coded))


def write_decimal_length(size: int, places: int) -> bytes:
    """Write an LLVAR (two places) or LLLVAR (three places) length.

    Raises:
        LocalProtocolError: ``bitmap_too_long``.
    """
    digits = str(size).rjust(places, "0")
    if len(digits) > places:
        raise LocalProtocolError("bitmap_too_long", f"{size} bytes do not fit into a length of {places} digits")
    return bytes(0xF0 | int(digit) for digit in digits)


def _length(rule: BitmapRule, data: bytes, at: int) -> tuple[int, int]:
    """Return the size of a value and of its length field."""
    match rule.rule:
        case LengthRule.FIXED:
            return rule.size, 0
        case LengthRule.LLVAR:
            return read_decimal_length(data, at, 2), 2
        case LengthRule.LLLVAR:
            return read_decimal_length(data, at, 3), 3
        case LengthRule.TLV:
            return read_length(data, at)
