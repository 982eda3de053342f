"""What a BMP field or a TLV tag is, in English and by kind of value: for explanations, not for the dialogue.

Sources: PA00P015 rev 13.08, chapters 9 and 13.
"""

from dataclasses import dataclass
from enum import StrEnum

from terminal_driver.zvt.bitmaps import BITMAPS, CARD_TLV_TAGS


class ValueKind(StrEnum):
    """How a value is to be read."""

    AMOUNT = "amount"  # packed decimals, minor units
    NUMBER = "number"  # packed decimals
    DIGITS = "digits"  # packed decimals that are no quantity: leading zeros belong to them
    BYTE = "byte"
    BITS = "bits"
    BINARY_NUMBER = "binary_number"  # big-endian
    TEXT = "text"
    RESULT_CODE = "result_code"
    COMMAND = "command"  # control field
    TOTALS = "totals"
    BYTES = "bytes"
    CONTAINER = "container"
    CARD_DATA = "card_data"  # not to be shown


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """``name``: English, lower case. ``kind``: how its value is to be read."""

    name: str
    kind: ValueKind


_K = ValueKind
_BITMAP_KINDS: dict[ValueKind, tuple[int, ...]] = {
    _K.AMOUNT: (0x04,),
    _K.NUMBER: (0x0B, 0x37, 0x87, 0x88, 0x17),
    _K.DIGITS: (0x0C, 0x0D, 0x29, 0x3D, 0x49, 0xAA),
    _K.TEXT: (0x2A, 0x3B, 0x3C, 0x8B, *range(0xE1, 0xE9), *range(0xF1, 0xF9)),
    _K.BITS: (0x03, 0x19),
    _K.RESULT_CODE: (0x27, 0xA0),
    _K.BINARY_NUMBER: (0x70, 0x71),
    _K.TOTALS: (0x60,),
    _K.CONTAINER: (0x06,),
    _K.BYTES: (0x4C, 0xBA, 0xEB),
}
_KIND_OF_BITMAP = {tag: kind for kind, tags in _BITMAP_KINDS.items() for tag in tags}

_TAG_NAMES: dict[ValueKind, dict[str, str]] = {
    _K.TEXT: {
        "07": "text line",
        "15": "language",
        "44": "preferred name of the application",
        "42": "application label",
        "1F17": "error text of the maker",
        "1F40": "device name",
        "1F41": "software version",
        "1F42": "serial number",
        "1F62": "kind of the own reference",
        "1F63": "own reference number",
    },
    _K.BITS: {
        "09": "attribute of the line",
        "1F04": "receipt bits",
        "1F05": "transaction bits",
        "1F37": "bits of the receipt",
        "1F55": "lock bits",
        "1F60": "card technologies allowed",
        "40": "EMV texts wanted",
    },
    _K.NUMBER: {
        "08": "receipt number",
        "12": "printer width",
        "1F2B": "long trace number",
        "1F73": "message number",
    },
    _K.DIGITS: {
        "10": "columns and rows of the cashier display",
        "11": "columns and rows of the customer display",
        "1F0E": "date YYYYMMDD",
        "1F0F": "time HHMMSS",
        "1F35": "register number",
        "1F44": "terminal id",
        "45": "receipts needed: merchant, customer",
    },
    _K.AMOUNT: {"1F25": "cash-back", "1F36": "tip", "1F6A": "remaining amount, D first is negative"},
    _K.COMMAND: {"0A": "command"},
    _K.BYTE: {
        "14": "character set",
        "16": "type of the entry",
        "17": "context of the entry",
        "18": "target of the entry",
        "1B": "kind of diagnosis",
        "1F01": "receipt to repeat, last",
        "1F02": "receipt to repeat, payment",
        "1F03": "receipt to repeat, end of day",
        "1F06": "kind of reservation",
        "1F07": "kind of receipt",
        "1F10": "check of the cardholder",
        "1F11": "online",
        "1F12": "card technology",
        "1F38": "mode of the input",
        "1F3B": "a tip may be booked later",
        "1F43": "state of the device",
        "1F70": "a partial approval is taken",
        "1F15": "card token wanted",
        "1F78": "times of the terminal wanted",
    },
    _K.BINARY_NUMBER: {
        "1A": "largest APDU",
        "1D": "file",
        "1E": "start",
        "1F00": "size of the file",
        "1F16": "error code of the maker",
        "1F39": "time limit of the input",
        "41": "card type",
    },
    _K.BYTES: {
        "19": "return value",
        "1C": "block",
        "43": "application id",
        "46": "EMV print data, customer",
        "47": "EMV print data, merchant",
        "4C": "card UID",
        "1F14": "card token",
        "1F1F": "synchronisation number",
        "1F2E": "barcode type",
        "1F2F": "barcode",
        "1F3A": "result of the input",
        "1F46": "card APDU",
        "1F71": "tags the terminal understands",
        "C1": "kind of loyalty points",
        "C2": "number of loyalty points",
        "C3": "rest of loyalty points",
        "1F19": "list of the card",
        "1F1A": "list entry",
        "1F1D": "conversion: amount",
        "1F1E": "conversion: currency",
        "1F20": "conversion: rate",
        "1F21": "conversion: margin",
        "1F65": "wallet data",
    },
    _K.CONTAINER: {
        "23": "open reservations",
        "24": "display lines",
        "25": "print lines",
        "26": "commands accepted",
        "27": "character sets",
        "28": "languages",
        "2B": "menu",
        "2C": "menu entry",
        "2D": "file description",
        "2E": "time stamp",
        "2F": "payment type",
        "30": "card list",
        "31": "currency conversion",
        "32": "input",
        "34": "clock of the terminal",
        "35": "time of the daily restart",
        "60": "application",
        "61": "application template",
        "62": "applications",
        "64": "receipt part",
        "65": "receipt part",
        "66": "receipt parts, customer",
        "67": "receipt parts, merchant",
        "68": "receipt part",
        "E1": "loyalty points",
        "E2": "conversion amounts",
        "E3": "barcode",
        "E4": "device",
        "E8": "wallet",
        "E9": "own reference",
        "FF01": "coupons",
        "FF02": "loyalty",
        "FF03": "parking",
        "FF04": "vouchers",
    },
}
_TAGS = {tag: FieldDescription(name, kind) for kind, names in _TAG_NAMES.items() for tag, name in names.items()}


def describe_bitmap(code: int) -> FieldDescription | None:
    """Return what a BMP field is; None for one the table does not know."""
    rule = BITMAPS.get(code)
    if rule is None:
        return None
    kind = _K.CARD_DATA if rule.card_data else _KIND_OF_BITMAP.get(code, _K.BYTE if rule.size == 1 else _K.BYTES)
    return FieldDescription(rule.name.replace("_", " "), kind)


def describe_tag(tag: str) -> FieldDescription | None:
    """Return what a TLV tag is; None for a private or unknown one. ``tag``: upper-case hexadecimal ("1F07")."""
    return FieldDescription("card data", _K.CARD_DATA) if tag in CARD_TLV_TAGS else _TAGS.get(tag)
