"""Receipt lines on the wire: 06 D1 and 06 D3, from either side (PA00P015 rev 13.08, 3.5 and 3.6)."""

from dataclasses import dataclass

from terminal_driver.outcome import ReceiptKind, ReceiptLine
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField, container
from terminal_driver.zvt.fields import DecodedData, encode_decoded
from terminal_driver.zvt.text import CharacterSet, decode_text, encode_text
from terminal_driver.zvt.tlv import TlvObject, find_value, walk

PRINT_LINE = 0x06D1
PRINT_BLOCK = 0x06D3

_TAG_LINE, _TAG_ATTRIBUTE, _TAG_PRINT_LINES = "07", "09", "25"
_TAG_RECEIPT_KIND, _TAG_RECEIPT_BITS = "1F07", "1F37"
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
class PrintJob:
    """06 D1 or 06 D3: lines of a receipt. ``kind``: None when not said. ``ends``: the receipt is complete."""

    lines: tuple[ReceiptLine, ...]
    kind: ReceiptKind | None = None
    ends: bool = False
    approved: bool | None = None
    signature_field: bool | None = None


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


def read_print_line(decoded: DecodedData, character_set: CharacterSet) -> PrintJob:
    """Read 06 D1."""
    attribute = (decoded.part("attribute") or b"\x00")[0]
    kind, approved, signature = _receipt_facts(container(decoded.fields))
    if attribute == _LINE_FEEDS:
        count = min(decoded.text[0] if decoded.text else 1, _LINE_FEEDS_MAX)
        return PrintJob((ReceiptLine(""),) * count, kind, approved=approved, signature_field=signature)
    ends = _ends_receipt(attribute)
    text = decode_text(decoded.text, character_set)
    lines = () if ends and not text else tuple(_line(attribute, part) for part in text.split("\n"))
    return PrintJob(lines, kind, ends, approved, signature)


def read_print_block(decoded: DecodedData, character_set: CharacterSet) -> PrintJob:
    """Read 06 D3."""
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
