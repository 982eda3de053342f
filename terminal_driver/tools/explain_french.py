"""Explains Concert V2 frames and Caisse-AP messages field by field."""

from terminal_driver.caisse_ap import descriptions as caisse_ap
from terminal_driver.caisse_ap import tlv
from terminal_driver.concert.descriptions import describe_fields
from terminal_driver.concert.frame import (
    BadFrame,
    ControlReceived,
    FrameReader,
    FrameReceived,
    StrayBytes,
    decode_frame,
)
from terminal_driver.concert.layout import ANSWER_FIELD, Fields, cut
from terminal_driver.concert.messages import masked_number
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.tools.explanation import Explanation, Question, Row, explained, refused

_CONTROL_WORDS = {"ENQ": "may I send?", "ACK": "yes, taken", "NAK": "no, not readable", "EOT": "turn given back"}
# The names under which these fields are known outside of this driver.
_PUBLIC_NAMES = {
    "register_no": "pos_number",
    "answer_wanted": "answer_flag",
    "means": "payment_mode",
    "action": "transaction_type",
    "authorisation": "authorization",
    ANSWER_FIELD: "report",
}


def explain_concert(data: bytes, question: Question) -> list[Explanation]:
    """Explain one frame or control byte; in a burst, all of them."""
    if not question.burst and len(data) > 1:
        try:
            return [_frame(decode_frame(data), data[-1], question)]
        except RemoteProtocolError as error:
            return [refused(error)]
    reader = FrameReader()
    found: list[Explanation] = []
    for event in reader.feed(data):
        match event:
            case ControlReceived(control):
                words = f"{control.name}  {_CONTROL_WORDS[control.name]}"
                found.append(explained(words, {"control": f"{control:02X}", "name": control.name, "fields": []}))
            case FrameReceived(message):
                found.append(_message(message, question))
            case BadFrame(code, words):
                found.append(refused(RemoteProtocolError(code, words)))
            case StrayBytes(count):
                found.append(refused(RemoteProtocolError("stray_bytes", f"{count} bytes belong to no frame")))
    if reader.receiving or not found:
        found.append(refused(RemoteProtocolError("frame_cut_off", "the frame does not end")))
    return found


def _message(message: bytes, question: Question) -> Explanation:
    try:
        return _frame(message, None, question)
    except RemoteProtocolError as error:
        return refused(error)


def _frame(message: bytes, check_byte: int | None, question: Question) -> Explanation:
    fields = cut(message)
    shown: list[list[str | int]] = [
        [_PUBLIC_NAMES.get(name, name), _value(name, value, masked=question.masked)]
        for (name, _), value in zip(fields.layout.fields, fields.values, strict=True)
    ]
    if check_byte is not None:
        shown.append(["lrc", f"{check_byte:02X}"])
    record = {"message": fields.layout.name, "fields": shown, "decoded": {str(name): value for name, value in shown}}
    return explained(f"{fields.layout.name}, {len(message)} characters", record, _rows(fields))


def _value(name: str, value: str, *, masked: bool) -> str | int:
    if name == "amount_minor" and value.isdecimal():
        return int(value)
    return masked_number(value) or "" if masked and name == ANSWER_FIELD else value


def _rows(fields: Fields) -> list[Row]:
    return [Row(name, words, value) for name, value, words in describe_fields(fields)]


def explain_caisse_ap(data: bytes, question: Question) -> list[Explanation]:
    """Explain one message."""
    try:
        elements = tlv.decode(data)
    except RemoteProtocolError as error:
        return [refused(error)]
    values = [caisse_ap.shown_value(item) if question.masked else item.value for item in elements]
    fields = [[item.tag, value] for item, value in zip(elements, values, strict=True)]
    answers = any(item.tag == "AE" for item in elements)
    rows = [
        Row(
            f"{item.tag} {caisse_ap.describe_tag(item.tag)}".rstrip(),
            caisse_ap.describe_value(item),
            caisse_ap.shown_value(item),
        )
        for item in elements
    ]
    name = "answer" if answers else "request"
    return [explained(f"{name}, {len(elements)} elements", {"message": name, "fields": fields}, rows)]
