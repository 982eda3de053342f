"""Messages of the terminal as typed values: read by the register side, written by the terminal side.

No value of this module holds card data beyond the masked number in ``TransactionData``. Print jobs and what a terminal
asks of the register have modules of their own (``print_jobs``, ``requests``).
"""

from dataclasses import dataclass, field

from terminal_driver.outcome import TransactionData
from terminal_driver.zvt import bcd
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField, container, first_value
from terminal_driver.zvt.day_totals import SchemeTotals, read_totals, write_totals
from terminal_driver.zvt.fields import DecodedData, Direction, decode_fields, encode_decoded
from terminal_driver.zvt.print_jobs import (
    END_OF_RECEIPT,
    PRINT_BLOCK,
    PRINT_LINE,
    PrintJob,
    encode_print_block,
    encode_print_lines,
    read_print_block,
    read_print_line,
)
from terminal_driver.zvt.requests import (
    BLOCKED_CARD,
    INPUT_REQUEST,
    MENU,
    SET_CLOCK,
    SIGNATURE_CHECK,
    Request,
    read_blocked_card,
    read_clock,
    read_input,
    read_menu,
    read_signature_check,
)
from terminal_driver.zvt.text import CharacterSet, decode_text, encode_text
from terminal_driver.zvt.tlv import TlvObject, find_tag, find_value, walk
from terminal_driver.zvt.transaction import (
    NO_RECEIPT,
    read_currency,
    read_transaction,
    write_objects,
    write_transaction,
)

STATUS_INFORMATION = 0x040F
INTERMEDIATE_STATUS = 0x04FF
COMPLETION = 0x060F
ABORT_BY_TERMINAL = 0x061E
POSITIVE = 0x8000
NEGATIVE_CLASS = 0x84

_TAG_LINE, _TAG_LINES, _TAG_ERROR_TEXT = "07", "24", "1F17"
_TAG_RESERVATIONS, _TAG_RESERVATION, _TAG_RECEIPT_TO_COME = "23", "08", "1F1F"
_TAG_UID, _TAG_TOKEN, _TAG_REMAINING = "4C", "1F14", "1F6A"
_MINUS = "D"  # first nibble of a negative remaining amount

__all__ = [
    "ABORT_BY_TERMINAL",
    "BLOCKED_CARD",
    "COMPLETION",
    "END_OF_RECEIPT",
    "INPUT_REQUEST",
    "INTERMEDIATE_STATUS",
    "MENU",
    "NEGATIVE_CLASS",
    "POSITIVE",
    "PRINT_BLOCK",
    "PRINT_LINE",
    "SET_CLOCK",
    "SIGNATURE_CHECK",
    "STATUS_INFORMATION",
    "AbortMessage",
    "Acknowledgement",
    "Completion",
    "IntermediateStatus",
    "Message",
    "OtherMessage",
    "PrintJob",
    "StatusCompletion",
    "StatusInformation",
    "decode_message",
    "encode_abort",
    "encode_completion",
    "encode_intermediate_status",
    "encode_print_block",
    "encode_print_lines",
    "encode_status_information",
]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """80 00 or 84 xx. ``accepted``: 80 00 and 84 00. ``code``: the xx. ``data``: what stands behind it, uncut."""

    accepted: bool
    code: int = 0
    data: bytes = field(default=b"", repr=False)

    def encode(self) -> Apdu:
        """Return the APDU."""
        return Apdu(POSITIVE if self.accepted else NEGATIVE_CLASS << 8 | self.code, self.data)


@dataclass(frozen=True, slots=True)
class IntermediateStatus:
    """04 FF. ``minutes``: new length of T4, None when it stays. ``lines``: text of the terminal, if it sent some."""

    code: int
    minutes: int | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusInformation:
    """04 0F. ``nothing_held``: the terminal says that it has no transaction (BMP 87 is FFFF).

    ``totals``: BMP 60. ``remaining_minor``: tag 1F6A, may be negative. ``uid``, ``token``: tags 4C and 1F14 in
    hexadecimal. ``synchronisation``: tag 1F1F as it came.
    """

    data: TransactionData
    nothing_held: bool = False
    totals: SchemeTotals | None = None
    remaining_minor: int | None = None
    uid: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    synchronisation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """06 0F of any command but the status enquiry. ``status_byte``: BMP 19 of a registration, else None.

    ``code``: BMP 27, which some terminals use to announce work of their own. ``text``: words of the terminal.
    """

    status_byte: int | None = None
    terminal_id: str | None = None
    currency_numeric: str | None = None
    code: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class StatusCompletion:
    """06 0F of a status enquiry."""

    status: int
    software_version: str | None = None


@dataclass(frozen=True, slots=True)
class AbortMessage:
    """06 1E. ``code``: result code, None when the terminal sent none. ``text``: words of the terminal.

    ``reservations``: receipt numbers of open reservations; None when the message says nothing about them.
    """

    code: int | None
    text: str | None = None
    reservations: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class OtherMessage:
    """A message this library does not serve."""

    control: int


Message = (
    Acknowledgement
    | IntermediateStatus
    | StatusInformation
    | Completion
    | StatusCompletion
    | AbortMessage
    | PrintJob
    | Request
    | OtherMessage
)


def decode_message(apdu: Apdu, running: int | None, character_set: CharacterSet = CharacterSet.CP437) -> Message:
    """Read a message of the terminal, or the acknowledgement of either side.

    Args:
        apdu: the message.
        running: control field of the running command; it decides the shape of 06 0F.
        character_set: of the texts.

    Raises:
        RemoteProtocolError: the fields cannot be read.
    """
    if apdu.is_acknowledgement:
        accepted = apdu.control in (POSITIVE, NEGATIVE_CLASS << 8)
        return Acknowledgement(accepted, apdu.control & 0xFF, apdu.data)
    if apdu.control not in _READERS:
        return OtherMessage(apdu.control)
    decoded = decode_fields(apdu.control, apdu.data, Direction.TO_REGISTER, running)
    return _READERS[apdu.control](decoded, character_set)


def encode_intermediate_status(
    status: IntermediateStatus, character_set: CharacterSet = CharacterSet.CP437, *, tlv: bool = False
) -> Apdu:
    """Write 04 FF; the lines only when the register understands TLV."""
    fixed = [("status", bytes([status.code]))]
    if status.minutes is not None:
        fixed.append(("timeout_minutes_bcd", bcd.from_int(status.minutes, 1)))
    objects = tuple(TlvObject(_TAG_LINE, encode_text(line, character_set)) for line in status.lines)
    fields = (
        (BitmapField(TLV_CONTAINER, objects=(TlvObject(_TAG_LINES, children=objects),)),) if tlv and objects else ()
    )
    return Apdu(INTERMEDIATE_STATUS, encode_decoded(DecodedData(tuple(fixed), fields=fields)))


def encode_status_information(
    status: StatusInformation, character_set: CharacterSet = CharacterSet.CP437, *, tlv: bool = False
) -> Apdu:
    """Write 04 0F."""
    fields = list(write_transaction(status.data, tlv=False, character_set=character_set))
    if status.nothing_held:
        fields.append(BitmapField(0x87, NO_RECEIPT))
    if status.totals is not None:
        fields.append(BitmapField(0x60, write_totals(status.totals)))
    objects = (*write_objects(status.data), *_status_objects(status))
    if tlv and objects:
        fields.append(BitmapField(TLV_CONTAINER, objects=objects))
    return Apdu(STATUS_INFORMATION, encode_decoded(DecodedData(fields=tuple(fields))))


def encode_completion(completion: Completion | StatusCompletion) -> Apdu:
    """Write 06 0F in the shape of the command it ends."""
    if isinstance(completion, StatusCompletion):
        fixed = [("terminal_status", bytes([completion.status]))]
        if completion.software_version is not None:
            fixed.insert(0, ("sw_version", encode_text(completion.software_version, CharacterSet.CP437)))
        return Apdu(COMPLETION, encode_decoded(DecodedData(tuple(fixed))))
    fields: list[BitmapField] = []
    if completion.code is not None:
        fields.append(BitmapField(0x27, bytes([completion.code])))
    if completion.status_byte is not None:
        fields.append(BitmapField(0x19, bytes([completion.status_byte])))
    if completion.terminal_id is not None:
        fields.append(BitmapField(0x29, bcd.from_digits(completion.terminal_id, 4)))
    if completion.currency_numeric is not None:
        fields.append(BitmapField(0x49, bcd.from_digits(completion.currency_numeric, 2)))
    if completion.text is not None:
        fields.append(BitmapField(0x3C, encode_text(completion.text, CharacterSet.CP437)))
    return Apdu(COMPLETION, encode_decoded(DecodedData(fields=tuple(fields))))


def encode_abort(code: int, reservations: tuple[int, ...] | None = None, *, tlv: bool = False) -> Apdu:
    """Write 06 1E; ``reservations``: receipt numbers of open ones, the list only when the register understands TLV."""
    fields: list[BitmapField] = []
    if reservations is not None:
        fields.append(BitmapField(0x87, bcd.from_int(reservations[0], 2) if reservations else NO_RECEIPT))
    if reservations and tlv:
        listed = tuple(TlvObject(_TAG_RESERVATION, bcd.from_int(receipt_no, 2)) for receipt_no in reservations)
        fields.append(BitmapField(TLV_CONTAINER, objects=(TlvObject(_TAG_RESERVATIONS, children=listed),)))
    return Apdu(ABORT_BY_TERMINAL, encode_decoded(DecodedData((("result_code", bytes([code])),), fields=tuple(fields))))


def _read_intermediate(decoded: DecodedData, character_set: CharacterSet) -> Message:
    minutes = decoded.part("timeout_minutes_bcd")
    known = minutes is not None and minutes.hex().isdecimal()
    lines = [item.value for item in walk(container(decoded.fields)) if item.tag == _TAG_LINE]
    return IntermediateStatus(
        code=(decoded.part("status") or b"\x00")[0],
        minutes=bcd.to_int(minutes) if minutes is not None and known else None,
        lines=tuple(decode_text(line, character_set) for line in lines),
    )


def _read_status_information(decoded: DecodedData, character_set: CharacterSet) -> Message:
    objects = container(decoded.fields)
    totals = first_value(decoded.fields, 0x60)
    uid, token = find_value(objects, _TAG_UID), find_value(objects, _TAG_TOKEN)
    return StatusInformation(
        data=read_transaction(decoded.fields, character_set),
        nothing_held=first_value(decoded.fields, 0x87) == NO_RECEIPT,
        totals=None if totals is None else read_totals(totals),
        remaining_minor=_signed(find_value(objects, _TAG_REMAINING)),
        uid=uid.hex().upper() if uid else None,
        token=token.hex().upper() if token else None,
        synchronisation=find_value(objects, _TAG_RECEIPT_TO_COME),
    )


def _status_objects(status: StatusInformation) -> tuple[TlvObject, ...]:
    objects: list[TlvObject] = []
    if status.remaining_minor is not None:
        digits = bcd.from_int(abs(status.remaining_minor), bcd.AMOUNT_BYTES).hex()
        signed = _MINUS + digits[1:] if status.remaining_minor < 0 else digits
        objects.append(TlvObject(_TAG_REMAINING, bytes.fromhex(signed)))
    for tag, text in ((_TAG_UID, status.uid), (_TAG_TOKEN, status.token)):
        if text is not None:
            objects.append(TlvObject(tag, bytes.fromhex(text)))
    if status.synchronisation is not None:
        objects.append(TlvObject(_TAG_RECEIPT_TO_COME, status.synchronisation))
    return tuple(objects)


def _signed(value: bytes | None) -> int | None:
    """Return an amount whose first nibble D makes it negative."""
    if not value:
        return None
    digits = value.hex().upper()
    if digits[0] == _MINUS:
        return -bcd.to_int(bytes.fromhex("0" + digits[1:]))
    return bcd.to_int(value)


def _read_completion(decoded: DecodedData, character_set: CharacterSet) -> Message:
    status = decoded.part("terminal_status")
    if status is not None:
        version = decoded.part("sw_version")
        return StatusCompletion(status[0], None if version is None else decode_text(version, character_set))
    status_byte, code = first_value(decoded.fields, 0x19), first_value(decoded.fields, 0x27)
    terminal_id = first_value(decoded.fields, 0x29)
    return Completion(
        status_byte=None if status_byte is None else status_byte[0],
        terminal_id=None if terminal_id is None else bcd.to_digits(terminal_id),
        currency_numeric=read_currency(first_value(decoded.fields, 0x49)),
        code=None if code is None else code[0],
        text=_words(first_value(decoded.fields, 0x3C), character_set),
    )


def _read_abort(decoded: DecodedData, character_set: CharacterSet) -> Message:
    code = decoded.part("result_code")
    objects = container(decoded.fields)
    words = first_value(decoded.fields, 0x3C) or find_value(objects, _TAG_ERROR_TEXT)
    return AbortMessage(None if code is None else code[0], _words(words, character_set), _reservations(decoded))


def _words(value: bytes | None, character_set: CharacterSet) -> str | None:
    return None if value is None else decode_text(value, character_set).strip() or None


def _reservations(decoded: DecodedData) -> tuple[int, ...] | None:
    """Return the receipt numbers of open reservations: the list if there is one, else the single number."""
    single = first_value(decoded.fields, 0x87)
    listed = find_tag(container(decoded.fields), _TAG_RESERVATIONS)
    if listed is not None:
        return tuple(bcd.to_int(item.value) for item in walk(listed.children) if item.tag == _TAG_RESERVATION)
    if single is None:
        return None
    return () if single == NO_RECEIPT else (bcd.to_int(single),)


_READERS = {
    INTERMEDIATE_STATUS: _read_intermediate,
    STATUS_INFORMATION: _read_status_information,
    COMPLETION: _read_completion,
    ABORT_BY_TERMINAL: _read_abort,
    PRINT_LINE: read_print_line,
    PRINT_BLOCK: read_print_block,
    SET_CLOCK: read_clock,
    MENU: read_menu,
    INPUT_REQUEST: read_input,
    SIGNATURE_CHECK: read_signature_check,
    BLOCKED_CARD: read_blocked_card,
}
