"""The fields of a transaction as values: the gate behind which no card data exist.

Reading takes the number of the card in masked form only; expiry, tracks, verification value, PIN data and their TLV
twins are not read at all. Writing is for the terminal side.
"""

from dataclasses import dataclass

from terminal_driver.card_data import cut_card_numbers, mask_pan
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.outcome import CurrencyConversion, TransactionData
from terminal_driver.zvt import bcd
from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField, container, first_value
from terminal_driver.zvt.text import CharacterSet, decode_text, encode_text
from terminal_driver.zvt.tlv import TlvObject, find_value

NO_RECEIPT = b"\xff\xff"
_LONG_TRACE_TAG = "1F2B"
_CARD_TYPE_TAG = "41"
_TIP_TAG = "1F36"
_CONVERTED_AMOUNT_TAG, _CONVERTED_CURRENCY_TAG = "1F1D", "1F1E"
_CARD_TYPE_IN_TLV = 0xFF
_NIBBLE_HIDDEN = "E"
_CONTRACT_BYTES = 15
_ATTRIBUTE_BYTES = 8
_CURRENCY_BYTES = 2


@dataclass(frozen=True, slots=True)
class _Reader:
    """Typed access to fields; every accessor gives None for a field that is not there."""

    fields: tuple[BitmapField, ...]
    objects: tuple[TlvObject, ...]
    character_set: CharacterSet

    def number(self, tag: int) -> int | None:
        value = first_value(self.fields, tag)
        return None if value is None else bcd.to_int(value)

    def digits(self, tag: int) -> str | None:
        value = first_value(self.fields, tag)
        return None if value is None else bcd.to_digits(value)

    def byte(self, tag: int) -> int | None:
        value = first_value(self.fields, tag)
        return None if value is None else value[0]

    def text(self, tag: int) -> str | None:
        value = first_value(self.fields, tag)
        return None if value is None else decode_text(value.rstrip(b"\x00"), self.character_set).strip() or None

    def tag_number(self, tag: str) -> int | None:
        value = find_value(self.objects, tag)
        return None if not value else bcd.to_int(value)


def read_transaction(
    fields: tuple[BitmapField, ...], character_set: CharacterSet = CharacterSet.CP437
) -> TransactionData:
    """Turn the fields of 04 0F (or 06 1E) into values without card data.

    Raises:
        RemoteProtocolError: ``not_bcd`` when a number is none, ``bad_currency`` for a currency of more than 3 digits.
    """
    read = _Reader(fields, container(fields), character_set)
    code = read.byte(0x27)
    return TransactionData(
        code=None if code is None else f"{code:02X}",
        amount_minor=read.number(0x04),
        currency_numeric=read_currency(first_value(fields, 0x49)),
        trace_no=_trace(read),
        receipt_no=_receipt(fields),
        turnover_no=read.number(0x88),
        terminal_id=read.digits(0x29),
        merchant_contract=read.text(0x2A),
        authorisation=read.text(0x3B),
        card_name=read.text(0x8B),
        card_type_id=_card_type(read),
        card_number_masked=_card_number(first_value(fields, 0x22)),
        date_mmdd=read.digits(0x0D),
        time_hhmmss=read.digits(0x0C),
        payment_type=read.byte(0x19),
        text=read.text(0x3C),
        tip_minor=read.tag_number(_TIP_TAG),
        original_trace_no=read.number(0x37),
        conversion=_conversion(read),
    )


def write_transaction(
    data: TransactionData, *, tlv: bool = False, character_set: CharacterSet = CharacterSet.CP437
) -> tuple[BitmapField, ...]:
    """Turn values into fields, in the order of PA00P015 3.1; ``tlv``: the register said that it understands BMP 06.

    Raises:
        LocalProtocolError: a value does not fit its field.
    """
    fields: list[BitmapField] = []

    def put(tag: int, value: bytes | None) -> None:
        if value is not None:
            fields.append(BitmapField(tag, value))

    put(0x27, None if data.code is None else bytes.fromhex(data.code))
    put(0x04, None if data.amount_minor is None else bcd.from_int(data.amount_minor, bcd.AMOUNT_BYTES))
    put(0x0B, None if data.trace_no is None else bcd.from_int(data.trace_no, 3))
    put(0x0C, None if data.time_hhmmss is None else bcd.from_digits(data.time_hhmmss, 3))
    put(0x0D, None if data.date_mmdd is None else bcd.from_digits(data.date_mmdd, 2))
    put(0x19, None if data.payment_type is None else bytes([data.payment_type]))
    put(0x22, None if data.card_number_masked is None else _masked_nibbles(data.card_number_masked))
    put(0x29, None if data.terminal_id is None else bcd.from_digits(data.terminal_id, 4))
    put(0x2A, _padded(data.merchant_contract, _CONTRACT_BYTES, b" "))
    put(0x37, None if data.original_trace_no is None else bcd.from_int(data.original_trace_no, 3))
    put(0x3B, _padded(data.authorisation, _ATTRIBUTE_BYTES, b"\x00"))
    put(0x3C, None if data.text is None else encode_text(cut_card_numbers(data.text), character_set))
    put(0x49, None if data.currency_numeric is None else bcd.from_digits(data.currency_numeric, 2))
    put(0x87, None if data.receipt_no is None else bcd.from_int(data.receipt_no, 2))
    put(0x88, None if data.turnover_no is None else bcd.from_int(data.turnover_no, 3))
    put(0x8A, None if data.card_type_id is None else bytes([min(data.card_type_id, _CARD_TYPE_IN_TLV)]))
    put(0x8B, None if data.card_name is None else encode_text(data.card_name, character_set) + b"\x00")
    objects = write_objects(data)
    if tlv and objects:
        fields.append(BitmapField(TLV_CONTAINER, objects=objects))
    return tuple(fields)


def read_currency(value: bytes | None) -> str | None:
    """Return the three digits of ISO 4217 from two BCD bytes.

    Raises:
        RemoteProtocolError: ``bad_currency``.
    """
    if value is None:
        return None
    digits = bcd.to_digits(value)
    if not digits.isdecimal() or digits[0] != "0":
        raise RemoteProtocolError("bad_currency", f"{digits} is no currency code")
    return digits[1:]


def _trace(read: _Reader) -> int | None:
    """Return the trace number; 000000 means that it stands in tag 1F2B because it is longer."""
    trace = read.number(0x0B)
    return trace or read.tag_number(_LONG_TRACE_TAG) or trace


def _receipt(fields: tuple[BitmapField, ...]) -> int | None:
    value = first_value(fields, 0x87)
    return None if value is None or value == NO_RECEIPT else bcd.to_int(value)


def _card_type(read: _Reader) -> int | None:
    """Return the card type; FF means that it stands in tag 41."""
    card_type = read.byte(0x8A)
    value = find_value(read.objects, _CARD_TYPE_TAG)
    return int.from_bytes(value, "big") if card_type == _CARD_TYPE_IN_TLV and value else card_type


def _conversion(read: _Reader) -> CurrencyConversion | None:
    """Return amount and currency of the card (inside tag 31 or E2); None where they have not the shape of such.

    The sources say neither how many places the rate (1F20) has nor the margin (1F21), so they are not read: the
    terminal's own receipt tells them, and the two amounts say the rate.
    """
    amount = find_value(read.objects, _CONVERTED_AMOUNT_TAG)
    currency = find_value(read.objects, _CONVERTED_CURRENCY_TAG)
    if amount is None or len(amount) != bcd.AMOUNT_BYTES or currency is None or len(currency) != _CURRENCY_BYTES:
        return None
    digits, numeric = bcd.to_digits(amount), bcd.to_digits(currency)
    if not (digits + numeric).isdecimal() or numeric[0] != "0":
        return None
    return CurrencyConversion(int(digits), numeric[1:])


def _card_number(value: bytes | None) -> str | None:
    """Cut the number; nibble E is a digit the terminal hid, F behind an odd number is padding."""
    if not value:
        return None
    return mask_pan(bcd.to_digits(value).rstrip("F"))


def _masked_nibbles(masked: str) -> bytes:
    digits = mask_pan(masked).replace("*", _NIBBLE_HIDDEN)
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def _padded(text: str | None, size: int, filler: bytes) -> bytes | None:
    if text is None:
        return None
    coded = encode_text(text, CharacterSet.ZVT7)
    if len(coded) > size:
        raise LocalProtocolError("text_too_long", f"a text of {len(coded)} bytes does not fit into {size}")
    return coded.ljust(size, filler)


def write_objects(data: TransactionData) -> tuple[TlvObject, ...]:
    """Return the values that stand in the container."""
    objects: list[TlvObject] = []
    if data.card_type_id is not None and data.card_type_id >= _CARD_TYPE_IN_TLV:
        objects.append(TlvObject(_CARD_TYPE_TAG, data.card_type_id.to_bytes(2, "big")))
    if data.tip_minor is not None:
        objects.append(TlvObject(_TIP_TAG, bcd.from_int(data.tip_minor, bcd.AMOUNT_BYTES)))
    return tuple(objects)
