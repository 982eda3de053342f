"""Hides what must not be written down of the bytes on a line: passwords, card data, typed digits - for every protocol.

:mod:`terminal_driver.card_data` finds whatever looks like a card number; here the structure of the messages tells what
is secret, whether it looks like something or not. Lengths are kept, so that a trace still shows the messages.
"""

import base64
import binascii
import re
from dataclasses import replace

from terminal_driver.card_data import cut_card_bytes, cut_card_numbers
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.zvt.apdu import Apdu, decode_apdu
from terminal_driver.zvt.bitmaps import BITMAPS, CARD_TLV_TAGS, BitmapField
from terminal_driver.zvt.fields import DecodedData, Direction, decode_fields, encode_decoded
from terminal_driver.zvt.framing import crc16
from terminal_driver.zvt.tlv import TlvObject

SHOWN_FIRST, SHOWN_LAST = 6, 4
"""Digits of a card number that stay readable: as on a receipt."""

_STAR, _HIDDEN = b"*", b"\xee"

# ZVT.
SECRET_PARTS = frozenset({"password", "new_password"})
_CARD_NUMBER, _PASSWORD = 0x22, 0x3D
SECRET_FIELDS = frozenset({_PASSWORD, *(tag for tag, rule in BITMAPS.items() if rule.card_data)})
_LINK_ANSWERS = b"\x06\x15"
_DLE, _STX, _ETX = 0x10, b"\x10\x02", b"\x10\x03"
_ZVT_CLASSES = frozenset({0x04, 0x05, 0x06, 0x08, 0x0F, 0x80, 0x84})
_WITHOUT_SECRETS = frozenset({0x04FF, 0x06D1, 0x06D3, 0x060F, 0x061E, 0x06E0})
_POSITIVE = 0x8000
_SECRET_ANSWERS = (b"\x80\x00", b"\x04\x0f")
_SHORT_HEADER = 3
_PASSWORD_BYTES = 3
_PASSWORDS = {
    **dict.fromkeys((0x0501, 0x0600, 0x0610, 0x0612, 0x061B, 0x0620, 0x0621, 0x0630, 0x0631, 0x0650, 0x0651), 1),
    **dict.fromkeys((0x0691, 0x0693, 0x0810, 0x0811, 0x0812, 0x0813, 0x0814), 1),
    0x0695: 2,
}
"""How many passwords a command begins with."""

# Concert V2: 80 characters with an answer field of 55 behind the first 12.
_CONCERT_ANSWER = re.compile(rb"\x02(.{12})(.{55})(.{13})\x03", re.DOTALL)

# Caisse-AP: number and expiry of the card, and the text of a ticket in base64.
_CAISSE_AP_BEGIN = re.compile(rb"CZ\d{3}")
_CAISSE_AP_HEADER = 5

# nexo: names of elements and members whose value is a card, a PIN or something a person typed.
NEXO_SECRET_NAMES = frozenset(
    {"PAN", "ExpiryDate", "CardSeqNumb", "TrackValue", "Track1", "Track2", "Track3", "SensitiveCardData"}
    | {"PINBlock", "EncrPINBlock", "DigitInput", "TextInput", "Password", "ResponseSecureInfo"}
)
_NEXO_NAMES = "|".join(sorted(NEXO_SECRET_NAMES)).encode()
# JSON may write any letter of a name as an escape.
_NEXO_MEMBER_NAMES = "|".join(
    "".join(rf"(?:{letter}|\\u00(?i:{ord(letter):02x}))" for letter in name) for name in sorted(NEXO_SECRET_NAMES)
).encode()
# A value whose end has not come is as secret as a whole one.
_NEXO_MEMBER = re.compile(
    rb'(?P<name>"(?:' + _NEXO_MEMBER_NAMES + rb')"\s*:\s*"?)(?P<value>(?<=")(?:[^"\\]|\\.?)*|[-0-9.eE+]+)', re.DOTALL
)
_NEXO_ATTRIBUTE = re.compile(rb"(?P<name>\b(?:" + _NEXO_NAMES + rb")\s*=\s*[\"'])(?P<value>(?<=\")[^\"]*|(?<=')[^']*)")
_NEXO_ELEMENT = re.compile(
    rb"(?P<name><(?:[^\s<>/]*:)?(?P<of>" + _NEXO_NAMES + rb")(?:\s[^<>]*)?(?<!/)>)"
    rb"(?P<value>.*?)(?=</(?:[^\s<>/]*:)?(?P=of)\s*>|\Z)",
    re.DOTALL,
)


def cut_line_secrets(raw: bytes) -> bytes:
    """Return the bytes of one burst without secrets; those of no known protocol come back as they are.

    The length stays the same, but for a doubled 10 (DLE) inside a secret of a serial ZVT frame.
    """
    if raw.lstrip(_LINK_ANSWERS).startswith(_STX):
        return _cut_serial_zvt(raw)
    if _CAISSE_AP_BEGIN.match(raw):
        return _cut_caisse_ap(raw)
    if raw[:1] and raw[0] in _ZVT_CLASSES and len(raw) >= 3:
        return _cut_blocks(raw)
    if (cut := _CONCERT_ANSWER.sub(_concert_answer, raw)) != raw:
        return cut
    for pattern in (_NEXO_MEMBER, _NEXO_ATTRIBUTE, _NEXO_ELEMENT):
        cut = pattern.sub(lambda found: found["name"] + _STAR * len(found["value"]), cut)
    return _cut_serial_zvt(cut) if _STX in cut else cut


def is_hidden(data: bytes) -> bool:
    """Tell whether nothing is left of the data of a ZVT block but what stands in place of a secret."""
    return bool(data) and not data.strip(_HIDDEN)


def masked_digits(digits: str, hidden: str = "*") -> str:
    """Return a card number with its middle hidden; a short one is hidden altogether."""
    middle = len(digits) - SHOWN_FIRST - SHOWN_LAST
    if middle < SHOWN_LAST:
        return hidden * len(digits)
    return digits[:SHOWN_FIRST] + hidden * middle + digits[-SHOWN_LAST:]


def hidden_fields(fields: tuple[BitmapField, ...]) -> tuple[BitmapField, ...]:
    """Return ZVT fields with card data and passwords overwritten, lengths unchanged."""
    return tuple(replace(item, value=_hidden_value(item), objects=_hidden_objects(item.objects)) for item in fields)


def _hidden_value(item: BitmapField) -> bytes:
    if item.tag == _CARD_NUMBER:
        digits = item.value.hex()
        number = digits.rstrip("f")
        return bytes.fromhex(masked_digits(number, hidden="e") + digits[len(number) :])
    return _HIDDEN * len(item.value) if item.tag in SECRET_FIELDS else cut_card_bytes(item.value)


def _hidden_objects(objects: tuple[TlvObject, ...]) -> tuple[TlvObject, ...]:
    return tuple(
        replace(
            item,
            value=_HIDDEN * len(item.value) if item.tag in CARD_TLV_TAGS else cut_card_bytes(item.value),
            children=_hidden_objects(item.children),
        )
        for item in objects
    )


def _cut_serial_zvt(raw: bytes) -> bytes:
    """Cut each frame by itself: un-doubled, cut, doubled again; a checksum that was right is made right again."""
    out = bytearray()
    at = 0
    while (begin := raw.find(_STX, at)) >= 0:
        out += raw[at : begin + 2]
        at, content = begin + 2, bytearray()
        while at < len(raw) and raw[at : at + 2] != _ETX:
            content.append(raw[at])
            at += 2 if raw[at] == _DLE else 1
        end = raw[at : at + 4]  # the end mark and the checksum, whose bytes may look like anything
        cut = _cut_blocks(bytes(content))
        if cut == content:
            out += raw[begin + 2 : at] + end
        else:
            right = end[2:] == _checksum(bytes(content))
            out += cut.replace(b"\x10", b"\x10\x10") + (_ETX + _checksum(cut) if right else end)
        at += 4
    return bytes(out) + raw[at:]


def _checksum(content: bytes) -> bytes:
    return crc16(content + _ETX[1:]).to_bytes(2, "little")


def _cut_blocks(raw: bytes) -> bytes:
    """Cut blocks that follow each other; one of an unknown class is passed over by its length, as its reader does."""
    out = bytearray()
    at = 0
    while len(raw) - at >= _SHORT_HEADER:
        header, size = _block_size(raw, at)
        out += _cut_block(raw[at : at + header + size], header)
        at += header + size
    return bytes(out) + raw[at:]


def _block_size(raw: bytes, at: int) -> tuple[int, int]:
    """Return the size of the header and of the data of the block at this place, of which three bytes are there."""
    if raw[at + 2] == 0xFF:
        return 5, int.from_bytes(raw[at + 3 : at + 5], "little")
    return _SHORT_HEADER, raw[at + 2]


def torn_answer(raw: bytes) -> bytes:
    """Return the beginning of a ZVT answer at the end of a burst whose rest has still to come, else nothing.

    Only answers that may hold typed digits or a card number count (80 00, 04 0F): cut together with what comes next,
    their rest is as secret as their beginning.
    """
    at = 0
    while len(raw) - at >= _SHORT_HEADER and (end := at + sum(_block_size(raw, at))) <= len(raw):
        at = end
    rest = raw[at:]
    return rest if rest[:2] in _SECRET_ANSWERS or rest == _SECRET_ANSWERS[0][:1] else b""


def _cut_block(block: bytes, header: int) -> bytes:
    control = int.from_bytes(block[:2], "big")
    if len(block) <= header or control in _WITHOUT_SECRETS:
        return block
    if control == _POSITIVE:
        # A key or a number somebody typed, as text or packed: only the question before it could tell what it is.
        return block[:header] + _HIDDEN * (len(block) - header)
    try:
        apdu = decode_apdu(block)
        decoded = decode_fields(control, apdu.data, Direction.TO_TERMINAL)
    except RemoteProtocolError:
        # Damaged or incomplete: where a password stands is known all the same.
        return block[:header] + _without_password(control, block[header:])
    if decoded.raw:
        return block[:header] + _without_password(control, decoded.raw)
    fixed = tuple((name, _HIDDEN * len(value) if name in SECRET_PARTS else value) for name, value in decoded.fixed)
    cut = DecodedData(fixed, decoded.text, hidden_fields(decoded.fields))
    return Apdu(control, encode_decoded(cut), apdu.extended).encode()


def _without_password(control: int, data: bytes) -> bytes:
    """Hide the beginning of the data of a command that begins with a password, or with two."""
    hidden = min(_PASSWORDS.get(control, 0) * _PASSWORD_BYTES, len(data))
    return _HIDDEN * hidden + data[hidden:]


def _concert_answer(found: re.Match[bytes]) -> bytes:
    text = found[2].decode("latin-1")
    digits = len(text) - len(text.lstrip("0123456789"))
    kept = masked_digits(text[:digits].rstrip("0")) if digits else ""
    rest = "".join(sign if sign in " 0" else "*" for sign in text[len(kept) :])
    return b"\x02" + found[1] + (kept + rest).encode("latin-1") + found[3] + b"\x03"


def _cut_caisse_ap(raw: bytes) -> bytes:
    """Cut the values of a message of tag (2), length (3 digits) and value; the first that is none ends the search."""
    out = bytearray()
    at = 0
    while raw[at + 2 : at + _CAISSE_AP_HEADER].isdigit() and len(raw) >= at + _CAISSE_AP_HEADER:
        tag, size = raw[at : at + 2], int(raw[at + 2 : at + _CAISSE_AP_HEADER])
        begin = at + _CAISSE_AP_HEADER
        out += raw[at:begin] + _cut_caisse_ap_value(tag, raw[begin : begin + size])
        at = begin + size
    return bytes(out) + raw[at:]


def _cut_caisse_ap_value(tag: bytes, value: bytes) -> bytes:
    match tag:
        case b"AA":
            return masked_digits(value.decode("latin-1")).encode("latin-1")
        case b"AB":
            return _STAR * len(value)
        case b"ZT":
            return _cut_caisse_ap(value)
        case b"AK":
            try:
                text = base64.b64decode(value, validate=True).decode("latin-1")
            except binascii.Error:
                return value
            return value if cut_card_numbers(text) == text else _STAR * len(value)
        case _:
            return value
