"""Messages of the terminal as typed values: read by the register side, written by the terminal side.

No value of this module holds card data beyond the masked number in ``TransactionData``.
"""

from dataclasses import dataclass

from terminal_driver.outcome import ReceiptKind, ReceiptLine, TransactionData
from terminal_driver.zvt import bcd
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField, container, first_value
from terminal_driver.zvt.fields import DecodedData, Direction, decode_fields, encode_decoded
from terminal_driver.zvt.text import CharacterSet, decode_text, encode_text
from terminal_driver.zvt.tlv import TlvObject, find_value, walk
from terminal_driver.zvt.transaction import NO_RECEIPT, read_currency, read_transaction, write_transaction

STATUS_INFORMATION = 0x040F
INTERMEDIATE_STATUS = 0x04FF
COMPLETION = 0x060F
ABORT_BY_TERMINAL = 0x061E
PRINT_LINE = 0x06D1
PRINT_BLOCK = 0x06D3
SET_CLOCK = 0x0401
POSITIVE = 0x8000
NEGATIVE_CLASS = 0x84

_TAG_LINE, _TAG_ATTRIBUTE, _TAG_PRINT_LINES = "07", "09", "25"
_TAG_RECEIPT_KIND, _TAG_RECEIPT_BITS, _TAG_ERROR_TEXT = "1F07", "1F37", "1F17"
_KINDS = {1: ReceiptKind.MERCHANT, 2: ReceiptKind.CUSTOMER, 3: ReceiptKind.ADMINISTRATION}
_KIND_CODES = {kind: code for code, kind in _KINDS.items()}
_BIT_APPROVED, _BIT_SIGNATURE, _BIT_REFUSED = 0x01, 0x02, 0x04

# Attribute byte of 06 D1 and of tag 09 (PA00P015 3.5).
_LINE_FEEDS = 0xFF
_RESERVED = 0x80
_LAST_LINE, _CENTRED, _DOUBLE_WIDTH, _DOUBLE_HEIGHT, _INDENT = 0x80, 0x40, 0x20, 0x10, 0x0F
END_OF_RECEIPT = 0x81
_LINE_FEEDS_MAX = 20  # a register with a roll of paper must not be made to empty it


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """80 00 or 84 xx. ``accepted``: 80 00 and 84 00. ``code``: the xx."""

    accepted: bool
    code: int = 0

    def encode(self) -> Apdu:
        """Return the APDU."""
        return Apdu(POSITIVE) if self.accepted else Apdu(NEGATIVE_CLASS << 8 | self.code)


@dataclass(frozen=True, slots=True)
class IntermediateStatus:
    """04 FF. ``minutes``: new length of T4, None when it stays. ``lines``: text of the terminal, if it sent some."""

    code: int
    minutes: int | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusInformation:
    """04 0F. ``nothing_held``: the terminal says that it has no transaction (BMP 87 is FFFF)."""

    data: TransactionData
    nothing_held: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """06 0F of any command but the status enquiry. ``status_byte``: BMP 19 of a registration, else None."""

    status_byte: int | None = None
    terminal_id: str | None = None
    currency_numeric: str | None = None


@dataclass(frozen=True, slots=True)
class StatusCompletion:
    """06 0F of a status enquiry."""

    status: int
    software_version: str | None = None


@dataclass(frozen=True, slots=True)
class AbortMessage:
    """06 1E. ``code``: result code, None when the terminal sent none. ``text``: words of the terminal."""

    code: int | None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PrintJob:
    """06 D1 or 06 D3: lines of a receipt. ``kind``: None when not said. ``ends``: the receipt is complete."""

    lines: tuple[ReceiptLine, ...]
    kind: ReceiptKind | None = None
    ends: bool = False
    approved: bool | None = None
    signature_field: bool | None = None


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
        return Acknowledgement(apdu.control in (POSITIVE, NEGATIVE_CLASS << 8), apdu.control & 0xFF)
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
    fields = (BitmapField(TLV_CONTAINER, objects=(TlvObject("24", children=objects),)),) if tlv and objects else ()
    return Apdu(INTERMEDIATE_STATUS, encode_decoded(DecodedData(tuple(fixed), fields=fields)))


def encode_status_information(
    status: StatusInformation, character_set: CharacterSet = CharacterSet.CP437, *, tlv: bool = False
) -> Apdu:
    """Write 04 0F."""
    fields = write_transaction(status.data, tlv=tlv, character_set=character_set)
    if status.nothing_held:
        fields = (*fields, BitmapField(0x87, NO_RECEIPT))
    return Apdu(STATUS_INFORMATION, encode_decoded(DecodedData(fields=fields)))


def encode_completion(completion: Completion | StatusCompletion) -> Apdu:
    """Write 06 0F in the shape of the command it ends."""
    if isinstance(completion, StatusCompletion):
        fixed = [("terminal_status", bytes([completion.status]))]
        if completion.software_version is not None:
            fixed.insert(0, ("sw_version", encode_text(completion.software_version, CharacterSet.CP437)))
        return Apdu(COMPLETION, encode_decoded(DecodedData(tuple(fixed))))
    fields: list[BitmapField] = []
    if completion.status_byte is not None:
        fields.append(BitmapField(0x19, bytes([completion.status_byte])))
    if completion.terminal_id is not None:
        fields.append(BitmapField(0x29, bcd.from_digits(completion.terminal_id, 4)))
    if completion.currency_numeric is not None:
        fields.append(BitmapField(0x49, bcd.from_digits(completion.currency_numeric, 2)))
    return Apdu(COMPLETION, encode_decoded(DecodedData(fields=tuple(fields))))


def encode_abort(code: int) -> Apdu:
    """Write 06 1E."""
    return Apdu(ABORT_BY_TERMINAL, bytes([code]))


def encode_print_block(job: PrintJob, character_set: CharacterSet = CharacterSet.CP437) -> Apdu:
    """Write 06 D3: kind, bits and lines; attributes are written where they change."""
    objects: list[TlvObject] = []
    if job.kind is not None:
        objects.append(TlvObject(_TAG_RECEIPT_KIND, bytes([_KIND_CODES[job.kind]])))
    bits = (_BIT_APPROVED if job.approved else 0) | (_BIT_REFUSED if job.approved is False else 0)
    bits |= _BIT_SIGNATURE if job.signature_field else 0
    if bits:
        objects.append(TlvObject(_TAG_RECEIPT_BITS, bytes([bits])))
    lines: list[TlvObject] = []
    attribute = 0
    for line in job.lines:
        if _attribute(line) != attribute:
            attribute = _attribute(line)
            lines.append(TlvObject(_TAG_ATTRIBUTE, bytes([attribute])))
        lines.append(TlvObject(_TAG_LINE, encode_text(line.text, character_set)))
    if job.ends:
        lines.append(TlvObject(_TAG_ATTRIBUTE, bytes([END_OF_RECEIPT])))
    objects.append(TlvObject(_TAG_PRINT_LINES, children=tuple(lines)))
    fields = (BitmapField(TLV_CONTAINER, objects=tuple(objects)),)
    return Apdu(PRINT_BLOCK, encode_decoded(DecodedData(fields=fields)))


def encode_print_lines(job: PrintJob, character_set: CharacterSet = CharacterSet.CP437) -> tuple[Apdu, ...]:
    """Write one 06 D1 a line, and a last empty one that says the receipt ends."""
    apdus = [Apdu(PRINT_LINE, bytes([_attribute(line)]) + encode_text(line.text, character_set)) for line in job.lines]
    if job.ends:
        apdus.append(Apdu(PRINT_LINE, bytes([END_OF_RECEIPT])))
    return tuple(apdus)


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
    return StatusInformation(
        read_transaction(decoded.fields, character_set), first_value(decoded.fields, 0x87) == NO_RECEIPT
    )


def _read_completion(decoded: DecodedData, character_set: CharacterSet) -> Message:
    status = decoded.part("terminal_status")
    if status is not None:
        version = decoded.part("sw_version")
        return StatusCompletion(status[0], None if version is None else decode_text(version, character_set))
    status_byte = first_value(decoded.fields, 0x19)
    terminal_id = first_value(decoded.fields, 0x29)
    return Completion(
        status_byte=None if status_byte is None else status_byte[0],
        terminal_id=None if terminal_id is None else bcd.to_digits(terminal_id),
        currency_numeric=read_currency(first_value(decoded.fields, 0x49)),
    )


def _read_abort(decoded: DecodedData, character_set: CharacterSet) -> Message:
    code = decoded.part("result_code")
    words = first_value(decoded.fields, 0x3C) or find_value(container(decoded.fields), _TAG_ERROR_TEXT)
    text = None if words is None else decode_text(words, character_set).strip()
    return AbortMessage(None if code is None else code[0], text or None)


def _read_print_line(decoded: DecodedData, character_set: CharacterSet) -> Message:
    attribute = (decoded.part("attribute") or b"\x00")[0]
    kind, approved, signature = _receipt_facts(container(decoded.fields))
    if attribute == _LINE_FEEDS:
        count = min(decoded.text[0] if decoded.text else 1, _LINE_FEEDS_MAX)
        return PrintJob((ReceiptLine(""),) * count, kind, approved=approved, signature_field=signature)
    ends = _ends_receipt(attribute)
    text = decode_text(decoded.text, character_set)
    lines = () if ends and not text else tuple(_line(attribute, part) for part in text.split("\n"))
    return PrintJob(lines, kind, ends, approved, signature)


def _read_print_block(decoded: DecodedData, character_set: CharacterSet) -> Message:
    objects = container(decoded.fields)
    kind, approved, signature = _receipt_facts(objects)
    attribute = 0
    lines: list[ReceiptLine] = []
    for item in walk(objects):
        if item.tag == _TAG_ATTRIBUTE and item.value:
            attribute = item.value[0]
        elif item.tag == _TAG_LINE:
            lines += [_line(attribute, part) for part in decode_text(item.value, character_set).split("\n")]
    return PrintJob(tuple(lines), kind, _ends_receipt(attribute), approved, signature)


_READERS = {
    INTERMEDIATE_STATUS: _read_intermediate,
    STATUS_INFORMATION: _read_status_information,
    COMPLETION: _read_completion,
    ABORT_BY_TERMINAL: _read_abort,
    PRINT_LINE: _read_print_line,
    PRINT_BLOCK: _read_print_block,
}


def _receipt_facts(objects: tuple[TlvObject, ...]) -> tuple[ReceiptKind | None, bool | None, bool | None]:
    """Return kind, approved and signature field as far as the terminal said them."""
    kind = find_value(objects, _TAG_RECEIPT_KIND)
    bits = find_value(objects, _TAG_RECEIPT_BITS)
    approved: bool | None = None
    if bits and bits[0] & (_BIT_APPROVED | _BIT_REFUSED):
        approved = bool(bits[0] & _BIT_APPROVED)
    return _KINDS.get(kind[0]) if kind else None, approved, bool(bits[0] & _BIT_SIGNATURE) if bits else None


def _line(attribute: int, text: str) -> ReceiptLine:
    if attribute in (_RESERVED, _LINE_FEEDS):
        attribute = 0
    return ReceiptLine(
        text,
        centred=bool(attribute & _CENTRED),
        double_width=bool(attribute & _DOUBLE_WIDTH),
        double_height=bool(attribute & _DOUBLE_HEIGHT),
        indent=attribute & _INDENT,
    )


def _attribute(line: ReceiptLine) -> int:
    flags = (_CENTRED if line.centred else 0) | (_DOUBLE_WIDTH if line.double_width else 0)
    return flags | (_DOUBLE_HEIGHT if line.double_height else 0) | min(line.indent, _INDENT)


def _ends_receipt(attribute: int) -> bool:
    return bool(attribute & _LAST_LINE) and attribute not in (_RESERVED, _LINE_FEEDS)
