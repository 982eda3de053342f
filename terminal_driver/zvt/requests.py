"""What a terminal asks of the register: a signature, a choice, an input, whether a card is blocked, the time.

PA00P015 rev 13.08, chapter 3. A terminal asks only what the registration offered (tag 26). Read by the register side,
written by the terminal side; who answers is :mod:`terminal_driver.zvt.rules`.
"""

from dataclasses import dataclass, field

from terminal_driver.outcome import TransactionData
from terminal_driver.zvt import bcd
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField, container, first_value
from terminal_driver.zvt.fields import DecodedData, encode_decoded
from terminal_driver.zvt.text import CharacterSet, decode_text, encode_text
from terminal_driver.zvt.tlv import TlvObject, find_tag, find_value, walk
from terminal_driver.zvt.transaction import read_transaction, write_transaction

SET_CLOCK = 0x0401
INPUT_REQUEST = 0x040D
MENU = 0x040E
SIGNATURE_CHECK = 0x06D0
BLOCKED_CARD = 0x06E4

_TAG_LINE, _TAG_LINES, _TAG_MENU, _TAG_ENTRY, _TAG_RETURN = "07", "24", "2B", "2C", "19"
_TAG_INPUT, _TAG_MODE, _TAG_TIMEOUT, _TAG_RESULT, _TAG_PICTURE = "32", "1F38", "1F39", "1F3A", "1C"
_DISPLAY_LINES = range(0xF1, 0xF9)
_ENTRIES_MAX = 0xFF  # what one byte can name


@dataclass(frozen=True, slots=True)
class ClockMessage:
    """04 01: the register shall set its clock. ``date_yymmdd``, ``time_hhmmss``: six digits each, local time."""

    date_yymmdd: str
    time_hhmmss: str


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One choice. ``value``: what the answer returns (tag 19)."""

    text: str
    value: bytes = b""


@dataclass(frozen=True, slots=True)
class Menu:
    """04 0E: one of ``entries`` is to be chosen. ``lines``: what stands above them."""

    entries: tuple[MenuEntry, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputRequest:
    """04 0D: something is to be typed. ``mode``: tag 1F38. ``timeout_s``: None when none was named."""

    lines: tuple[str, ...] = ()
    mode: int | None = None
    timeout_s: int | None = None


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """06 D0: does the signature match? ``entries``: the answers the terminal knows, often yes and no; may be empty.

    ``picture_id``: block of the picture of the signature (tag 1C), None when there is none.
    """

    lines: tuple[str, ...] = ()
    entries: tuple[MenuEntry, ...] = ()
    picture_id: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class BlockedCardQuestion:
    """06 E4: is this card blocked? ``card``: what the terminal told of it, the number masked."""

    card: TransactionData


Request = ClockMessage | Menu | InputRequest | SignatureCheck | BlockedCardQuestion


def read_clock(decoded: DecodedData, character_set: CharacterSet) -> ClockMessage:
    """Read 04 01."""
    del character_set
    date, time = (bcd.to_digits(first_value(decoded.fields, tag) or b"") for tag in (0xAA, 0x0C))
    return ClockMessage(date, time)


def read_menu(decoded: DecodedData, character_set: CharacterSet) -> Menu:
    """Read 04 0E."""
    objects = container(decoded.fields)
    entries = _entries(objects, character_set)
    lines = _lines(objects, character_set) if find_tag(objects, _TAG_ENTRY) else ()
    return Menu(entries, lines)


def read_input(decoded: DecodedData, character_set: CharacterSet) -> InputRequest:
    """Read 04 0D."""
    objects = container(decoded.fields)
    mode, timeout = find_value(objects, _TAG_MODE), find_value(objects, _TAG_TIMEOUT)
    return InputRequest(
        lines=_lines(objects, character_set),
        mode=mode[0] if mode else None,
        timeout_s=int.from_bytes(timeout, "big") if timeout else None,
    )


def read_signature_check(decoded: DecodedData, character_set: CharacterSet) -> SignatureCheck:
    """Read 06 D0."""
    objects = container(decoded.fields)
    shown = [item.value for item in decoded.fields if item.tag in _DISPLAY_LINES]
    return SignatureCheck(
        lines=(*(decode_text(text, character_set) for text in shown), *_lines(objects, character_set)),
        entries=_entries(objects, character_set),
        picture_id=find_value(objects, _TAG_PICTURE),
    )


def read_blocked_card(decoded: DecodedData, character_set: CharacterSet) -> BlockedCardQuestion:
    """Read 06 E4; nothing of the card but what ``TransactionData`` holds.

    Raises:
        RemoteProtocolError: as ``read_transaction``.
    """
    return BlockedCardQuestion(read_transaction(decoded.fields, character_set))


def encode_request(request: Request, character_set: CharacterSet = CharacterSet.CP437) -> Apdu:
    """Write a request of the terminal.

    Raises:
        LocalProtocolError: a value does not fit its field.
    """
    match request:
        case ClockMessage(date, time):
            stamps = (BitmapField(0xAA, bcd.from_digits(date, 3)), BitmapField(0x0C, bcd.from_digits(time, 3)))
            return _apdu(SET_CLOCK, stamps)
        case Menu(entries, lines):
            return _apdu(MENU, objects=(_coded_menu(entries, lines, character_set),))
        case InputRequest(lines, mode, timeout_s):
            inside = [*_coded_lines(lines, character_set)]
            if mode is not None:
                inside.append(TlvObject(_TAG_MODE, bytes([mode])))
            if timeout_s is not None:
                inside.append(TlvObject(_TAG_TIMEOUT, timeout_s.to_bytes(2, "big")))
            return _apdu(INPUT_REQUEST, objects=(TlvObject(_TAG_INPUT, children=tuple(inside)),))
        case SignatureCheck(lines, entries, picture_id):
            shown = tuple(
                BitmapField(tag, encode_text(line, character_set))
                for tag, line in zip(_DISPLAY_LINES, lines, strict=False)
            )
            objects = (_coded_menu(entries, (), character_set),) if entries else ()
            pictured = () if picture_id is None else (TlvObject(_TAG_PICTURE, picture_id),)
            return _apdu(SIGNATURE_CHECK, shown, (*objects, *pictured))
        case BlockedCardQuestion(card):
            return _apdu(BLOCKED_CARD, write_transaction(card, character_set=character_set))


def chosen_object(value: bytes) -> TlvObject:
    """Return the object by which the register tells which entry was chosen."""
    return TlvObject(_TAG_RETURN, value)


def typed_object(text: str, character_set: CharacterSet) -> TlvObject:
    """Return the object by which the register tells what was typed."""
    return TlvObject(_TAG_INPUT, children=(TlvObject(_TAG_RESULT, encode_text(text, character_set)),))


def read_chosen(objects: tuple[TlvObject, ...]) -> bytes | None:
    """Return the value of the chosen entry from the answer of a register; None when it chose none."""
    return find_value(objects, _TAG_RETURN)


def read_typed(objects: tuple[TlvObject, ...], character_set: CharacterSet) -> str | None:
    """Return what was typed from the answer of a register; None when nothing was."""
    value = find_value(objects, _TAG_RESULT)
    return None if value is None else decode_text(value, character_set)


def _apdu(control: int, fields: tuple[BitmapField, ...] = (), objects: tuple[TlvObject, ...] = ()) -> Apdu:
    if objects:
        fields = (*fields, BitmapField(TLV_CONTAINER, objects=objects))
    return Apdu(control, encode_decoded(DecodedData(fields=fields)))


def _entries(objects: tuple[TlvObject, ...], character_set: CharacterSet) -> tuple[MenuEntry, ...]:
    """Return the entries of a menu; where it only has lines, each line is one, answered by its place from 1."""
    found: list[MenuEntry] = []
    for item in walk(objects):
        if item.tag == _TAG_ENTRY:
            text = find_value(item.children, _TAG_LINE)
            value = find_value(item.children, _TAG_RETURN)
            found.append(MenuEntry(decode_text(text or b"", character_set), value or b""))
    if found:
        return tuple(found)
    menu = find_tag(objects, _TAG_MENU)
    lines = _lines(menu.children if menu else (), character_set)
    return tuple(MenuEntry(line, bytes([place])) for place, line in enumerate(lines[:_ENTRIES_MAX], start=1))


def _lines(objects: tuple[TlvObject, ...], character_set: CharacterSet) -> tuple[str, ...]:
    """Return the lines that belong to no entry."""
    found: list[str] = []
    for item in objects:
        if item.tag == _TAG_LINE:
            found.append(decode_text(item.value, character_set))
        elif item.tag in (_TAG_MENU, _TAG_INPUT, _TAG_LINES):
            found += _lines(item.children, character_set)
    return tuple(found)


def _coded_lines(lines: tuple[str, ...], character_set: CharacterSet) -> tuple[TlvObject, ...]:
    return tuple(TlvObject(_TAG_LINE, encode_text(line, character_set)) for line in lines)


def _coded_menu(entries: tuple[MenuEntry, ...], lines: tuple[str, ...], character_set: CharacterSet) -> TlvObject:
    coded = tuple(
        TlvObject(
            _TAG_ENTRY,
            children=(*_coded_lines((entry.text,), character_set), TlvObject(_TAG_RETURN, entry.value)),
        )
        for entry in entries
    )
    return TlvObject(_TAG_MENU, children=(*_coded_lines(lines, character_set), *coded))
