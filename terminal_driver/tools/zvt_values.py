"""The values of ZVT fields in words, with card data hidden: what ``decode`` shows to people."""

from collections.abc import Callable

from terminal_driver.card_data import cut_card_bytes
from terminal_driver.currencies import currency_named
from terminal_driver.errors import DriverError
from terminal_driver.line_secrets import SECRET_FIELDS, masked_digits
from terminal_driver.tools.explanation import Row
from terminal_driver.tools.zvt_names import control_name
from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField, first_value
from terminal_driver.zvt.field_descriptions import ValueKind, describe_bitmap, describe_tag
from terminal_driver.zvt.intermediate_codes import intermediate
from terminal_driver.zvt.status_codes import Language, result_words, terminal_state_words
from terminal_driver.zvt.text import decode_text
from terminal_driver.zvt.tlv import TlvObject

_TIME, _DATE, _CARD_NUMBER, _CURRENCY, _TOTALS = 0x0C, 0x0D, 0x22, 0x49, 0x60
_CARD_NUMBER_TAG = "5A"


def fixed_row(name: str, value: bytes) -> Row:
    """Return the line of a part without a tag."""
    words: dict[str, Callable[[bytes], str]] = {
        "currency": _currency,
        "status": _intermediate,
        "terminal_status": lambda data: terminal_state_words(data[0]),
        "result_code": lambda data: result_words(data[0]),
        "sw_version": lambda data: data.decode("ascii", errors="replace"),
        "timeout_minutes_bcd": lambda data: f"{data.hex()} minutes",
        "timeout_s": lambda data: f"{data[0]} s",
    }
    return Row(name.replace("_", " "), words[name](value) if name in words else "", value.hex().upper())


def field_rows(fields: tuple[BitmapField, ...]) -> list[Row]:
    """Return the lines of BMP fields and of the objects in them, in the order of the bytes."""
    rows: list[Row] = []
    currency = first_value(fields, _CURRENCY)
    for item in fields:
        described = describe_bitmap(item.tag)
        name = f"BMP {item.tag:02X} {described.name if described else ''}".rstrip()
        if item.tag == TLV_CONTAINER:
            rows.append(Row(name))
            rows += _object_rows(item.objects, 1, currency)
        elif item.tag in (_CARD_NUMBER, _CURRENCY, _TIME, _DATE, _TOTALS):
            rows.append(_special_row(name, item))
        elif item.tag in SECRET_FIELDS:
            rows.append(Row(name, f"{len(item.value)} bytes, hidden"))
        else:
            rows.append(_row(name, item.value, described.kind if described else ValueKind.BYTES, currency, 0))
    return rows


def _object_rows(objects: tuple[TlvObject, ...], depth: int, currency: bytes | None) -> list[Row]:
    rows: list[Row] = []
    for item in objects:
        described = describe_tag(item.tag)
        name = f"TLV {item.tag} {described.name if described else ''}".rstrip()
        if item.constructed:
            rows.append(Row(name, depth=depth))
            rows += _object_rows(item.children, depth + 1, currency)
        elif item.tag == _CARD_NUMBER_TAG:
            rows.append(Row(name, masked_digits(item.value.hex().rstrip("f")), depth=depth))
        elif described is not None and described.kind is ValueKind.CARD_DATA:
            rows.append(Row(name, f"{len(item.value)} bytes, hidden", depth=depth))
        else:
            rows.append(_row(name, item.value, described.kind if described else ValueKind.BYTES, currency, depth))
    return rows


def _special_row(name: str, item: BitmapField) -> Row:
    digits = item.value.hex()
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    match item.tag:
        case 0x22:
            return Row(name, masked_digits(digits.rstrip("f")))
        case 0x49:
            return Row(name, _currency(item.value), digits.upper())
        case 0x0C:
            return Row(name, ":".join(pairs), digits)
        case 0x0D:
            return Row(name, "-".join(pairs), digits)
        case _:
            return Row(name, f"{len(item.value)} bytes", digits.upper())


def _row(name: str, value: bytes, kind: ValueKind, currency: bytes | None, depth: int) -> Row:
    digits = value.hex()
    words = ""
    match kind:
        case ValueKind.AMOUNT:
            words = _amount(value, currency)
        case ValueKind.NUMBER if digits.isdecimal():
            words = str(int(digits))
        case ValueKind.BINARY_NUMBER:
            words = str(int.from_bytes(value, "big"))
        case ValueKind.TEXT:
            words = decode_text(value)
        case ValueKind.RESULT_CODE if value:
            words = result_words(value[0])
        case ValueKind.COMMAND if len(value) == 2:
            words = control_name(int.from_bytes(value, "big"))
        case ValueKind.BITS if value:
            words = f"bits {value[0]:08b}"
    return Row(name, words, cut_card_bytes(value).hex().upper(), depth)


def _amount(value: bytes, currency: bytes | None) -> str:
    digits = value.hex()
    if not digits.isdecimal():
        return "no number"
    try:
        known = currency_named((currency or b"").hex()[-3:])
    except DriverError:
        return f"{int(digits)} in minor units"
    return f"{known.amount_text(int(digits))} {known.code}"


def _currency(value: bytes) -> str:
    try:
        return currency_named(value.hex()[-3:]).code
    except DriverError:
        return "unknown currency"


def _intermediate(value: bytes) -> str:
    return intermediate(value[0], Language.ENGLISH)[1]
