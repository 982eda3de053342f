"""Explains ZVT frames field by field: bare blocks, blocks of a TCP stream, and frames of a serial line."""

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.line_secrets import SECRET_PARTS, hidden_fields, is_hidden
from terminal_driver.tools.explanation import Explanation, Layer, Question, Row, Way, explained, refused
from terminal_driver.tools.zvt_names import comes_from_terminal, control_name
from terminal_driver.tools.zvt_values import field_rows, fixed_row
from terminal_driver.zvt.apdu import Apdu, ApduStream, decode_apdu
from terminal_driver.zvt.fields import (
    COMPLETION,
    STATUS_ENQUIRY,
    DecodedData,
    Direction,
    Nested,
    decode_fields,
    nested,
)
from terminal_driver.zvt.framing import BadFrame, FrameReceived, LinkAck, SerialFraming
from terminal_driver.zvt.text import decode_text

_FRAME_BEGIN, _LINK_ANSWERS = b"\x10\x02", b"\x06\x15"
_POSITIVE = 0x8000
_KEY_REQUEST, _PROPRIETARY = 0x06E1, 0x0FFF
_NUMBER_PARTS = frozenset({"timeout_s"})


def explain_zvt(data: bytes, question: Question) -> list[Explanation]:
    """Explain all blocks in ``data``; bytes that are no block become an explanation that says why.

    Args:
        data: one block, or the bytes of one burst on the layer that ``question`` names.
        question: the layer, who sent it, and after which command.
    """
    layer = question.layer
    if layer is Layer.AUTO:
        layer = Layer.SERIAL_FRAME if _looks_serial(data) else Layer.TCP if question.burst else Layer.APDU
    try:
        match layer:
            case Layer.SERIAL_FRAME:
                return _serial(data, question)
            case Layer.TCP:
                return _stream(data, question)
            case _:
                return [_block(data, question)]
    except RemoteProtocolError as error:
        return [refused(error)]


def _looks_serial(data: bytes) -> bool:
    framed = data.lstrip(_LINK_ANSWERS)
    return framed.startswith(_FRAME_BEGIN) or (not framed and bool(data))


def _serial(data: bytes, question: Question) -> list[Explanation]:
    framing = SerialFraming()
    found: list[Explanation] = []
    for event in framing.feed(data):
        match event:
            case FrameReceived(apdu):
                found.append(_block(apdu, question))
            case BadFrame(code, words):
                found.append(refused(RemoteProtocolError(code, words)))
            case _:
                taken = isinstance(event, LinkAck)
                name = "Block taken" if taken else "Block not readable"
                found.append(explained(name, {"control": "06" if taken else "15", "name": name, "fields": []}))
    if framing.receiving or not found:
        found.append(refused(RemoteProtocolError("frame_cut_off", "the frame does not end with 10 03 and a checksum")))
    return found


def _stream(data: bytes, question: Question) -> list[Explanation]:
    stream = ApduStream()
    found = [_block(block, question) for block in stream.feed(data)]
    if stream.partial or not found:
        found.append(refused(RemoteProtocolError("apdu_cut_off", "the last block of the stream is not complete")))
    return found


def _block(block: bytes, question: Question) -> Explanation:
    try:
        apdu = decode_apdu(block)
    except RemoteProtocolError as error:
        return refused(error)
    control = f"{apdu.control:04X}"
    try:
        decoded, note = _decoded(apdu, question)
    except RemoteProtocolError as error:
        return refused(error, {"control": control, "name": control_name(apdu.control)})
    record = _record(apdu, decoded, question)
    if note:
        record["note"] = note
    title = f"{control[:2]} {control[2:]}  {control_name(apdu.control)}, {len(apdu.data)} bytes of data"
    return explained(title, record, [*_rows(decoded), *([Row("note", note)] if note else [])])


def _decoded(apdu: Apdu, question: Question) -> tuple[DecodedData, str]:
    """Cut a block into its parts; where its shape depends on the command before it, say which one was taken."""
    direction = _direction(apdu, question.way)
    try:
        return decode_fields(apdu.control, apdu.data, direction, question.after), ""
    except RemoteProtocolError:
        if question.after is not None or not apdu.data:
            raise
        for command, note in _other_shapes(apdu, direction):
            try:
                return decode_fields(apdu.control, apdu.data, direction, command), note
            except RemoteProtocolError:
                continue
        raise


def _other_shapes(apdu: Apdu, direction: Direction) -> list[tuple[int, str]]:
    """Return the commands after which a block may look otherwise, in the order in which they are tried."""
    shapes: list[tuple[int, str]] = []
    if apdu.control == COMPLETION and direction is Direction.TO_REGISTER:
        if apdu.data.isascii() and apdu.data.decode("ascii").isprintable() and len(apdu.data) > 1:
            shapes.append((_PROPRIETARY, "read as the text of a maker's own command"))
        shapes.append((STATUS_ENQUIRY, "read as the answer to a status enquiry"))
    if apdu.control == _POSITIVE and is_hidden(apdu.data):
        shapes.append((_KEY_REQUEST, "hidden in the trace: an answer may hold what somebody typed"))
    elif apdu.control == _POSITIVE and (len(apdu.data) == 1 or apdu.data.isdigit()):
        shapes.append((_KEY_REQUEST, "read as a key or a number that was asked for"))
    return shapes


def _direction(apdu: Apdu, way: Way) -> Direction:
    if way is Way.EITHER:
        return Direction.TO_REGISTER if comes_from_terminal(apdu.control) else Direction.TO_TERMINAL
    return Direction.TO_TERMINAL if way is Way.TO_TERMINAL else Direction.TO_REGISTER


def _record(apdu: Apdu, decoded: DecodedData, question: Question) -> dict[str, object]:
    record: dict[str, object] = {
        "control": f"{apdu.control:04X}",
        "name": control_name(apdu.control),
        "length": len(apdu.data),
    }
    if apdu.control >> 8 == 0x84:
        record["status"] = f"{apdu.control & 0xFF:02X}"
    for name, value in decoded.fixed:
        record[name] = _shown(name, value, masked=question.masked)
    if decoded.text or decoded.part("attribute") is not None:
        record["text_cp437"] = decode_text(decoded.text) if question.masked else decoded.text.decode("cp437")
    fields: Nested = nested(hidden_fields(decoded.fields) if question.masked else decoded.fields)
    record["fields"] = fields
    if decoded.raw:
        record["data"] = ("**" * len(decoded.raw)) if question.masked else decoded.raw.hex().upper()
    return record


def _shown(name: str, value: bytes, *, masked: bool) -> str | int:
    if masked and name in SECRET_PARTS:
        return "**" * len(value)
    if name == "sw_version":
        return value.decode("ascii", errors="replace")
    return value[0] if name in _NUMBER_PARTS else value.hex().upper()


def _rows(decoded: DecodedData) -> list[Row]:
    rows = [
        Row(name.replace("_", " "), "hidden") if name in SECRET_PARTS else fixed_row(name, value)
        for name, value in decoded.fixed
    ]
    if decoded.text:
        rows.append(Row("text", decode_text(decoded.text)))
    rows += field_rows(decoded.fields)
    if decoded.raw:
        rows.append(Row("data without known fields", f"{len(decoded.raw)} bytes"))
    return rows
