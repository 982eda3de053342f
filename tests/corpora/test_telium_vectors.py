"""Every public Concert and Caisse-AP vector is cut to its fields and written again byte for byte; bad ones are refused.

The vectors lie outside the project: ``TILLBRIDGE_CORPUS`` names their folder, default ``../shared/data``.
"""

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from terminal_driver.caisse_ap import tlv
from terminal_driver.caisse_ap.messages import decode_answer as decode_caisse_ap_answer
from terminal_driver.concert.frame import (
    Control,
    ControlReceived,
    FrameEvent,
    FrameReader,
    FrameReceived,
    decode_frame,
    encode_frame,
)
from terminal_driver.concert.layout import ANSWER_FIELD, Fields, cut
from terminal_driver.concert.messages import AnswerToSend, decode_answer, decode_request
from terminal_driver.errors import RemoteProtocolError

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = Path(os.environ.get("TILLBRIDGE_CORPUS", _ROOT / ".." / "shared" / "data"))
_FILE = _FOLDER / "telium" / "vectors.jsonl"
_EXPECTED = 78
_FRAME, _LINK, _TLV = "concert-v2-frame", "link", "caisse-ap-v3-tlv"
# Names of the fields in the corpus -> ours.
_NAMES = {
    "pos_number": "register_no",
    "answer_flag": "answer_wanted",
    "payment_mode": "means",
    "transaction_type": "action",
    "authorization": "authorisation",
    "report": ANSWER_FIELD,
}


def _vectors() -> list[dict[str, Any]]:
    if not _FILE.exists():
        return []
    return [json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines()]


_VECTORS = _vectors()
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not _VECTORS, reason=f"{_EXPECTED} Telium vectors are not here: set TILLBRIDGE_CORPUS"),
]


def _of(layer: str, *, valid: bool = True) -> list[dict[str, Any]]:
    return [vector for vector in _VECTORS if vector["layer"] == layer and vector.get("valid", True) is valid]


def _bytes(vector: dict[str, Any]) -> bytes:
    return bytes.fromhex(vector["hex"])


def _shown(fields: Fields) -> dict[str, str | int]:
    shown: dict[str, str | int] = {}
    for (name, _), value in zip(fields.layout.fields, fields.values, strict=True):
        shown[name] = int(value) if name == "amount_minor" else value
    return shown


def test_corpus_when_present_then_complete() -> None:
    layers: dict[tuple[str, bool], int] = defaultdict(int)
    for vector in _VECTORS:
        layers[vector["layer"], vector.get("valid", True)] += 1

    assert len(_VECTORS) == _EXPECTED
    assert layers == {(_FRAME, True): 55, (_FRAME, False): 2, (_LINK, True): 10, (_TLV, True): 9, (_TLV, False): 2}


@pytest.mark.parametrize("vector", _of(_FRAME), ids=lambda vector: vector["id"])
def test_frame_when_valid_then_fields_as_stated_and_written_again(vector: dict[str, Any]) -> None:
    message = decode_frame(_bytes(vector))
    fields = cut(message)
    stated = {_NAMES.get(name, name): value for name, value in vector["decoded"].items()}
    check_byte = stated.pop("lrc")

    assert message.decode("ascii") == vector["ascii"]
    assert fields.layout.name == vector["message"]
    assert _shown(fields) == stated
    assert fields.encode() == message
    assert encode_frame(message) == _bytes(vector)
    assert _bytes(vector)[-1] == int(check_byte, 16)


@pytest.mark.parametrize("vector", _of(_FRAME), ids=lambda vector: vector["id"])
def test_frame_when_typed_then_written_again_and_no_card_number_left(vector: dict[str, Any]) -> None:
    message = decode_frame(_bytes(vector))
    stated = vector["decoded"]

    if vector["message"] == "request":
        request = decode_request(message)
        assert (request.register_no, request.amount_minor) == (stated["pos_number"], stated["amount_minor"])
        assert request.encode() == message
        return
    answer = decode_answer(message)
    again = AnswerToSend(
        register_no=answer.register_no,
        result=answer.result,
        amount_minor=answer.amount_minor,
        means=answer.means,
        currency=answer.currency,
        private=answer.private,
        answer_field=stated.get("report"),
    )
    assert again.encode() == message
    number = stated.get("report", "").partition(" ")[0]
    assert answer.card_number_masked == (f"{number[:6]}******{number[-4:]}" if number else None)
    assert not number or number not in repr(answer) + repr(cut(message))


@pytest.mark.parametrize("vector", _of(_FRAME, valid=False), ids=lambda vector: vector["id"])
def test_frame_when_damaged_then_refused_by_name(vector: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode_frame(_bytes(vector))

    assert refusal.value.code == "etx_missing"


def test_exchange_when_read_as_two_streams_then_the_same_bytes_come_back() -> None:
    for direction in ("ecr->pt", "pt->ecr"):
        vectors = [vector for vector in _of(_LINK) if vector["direction"] == direction]
        stream = b"".join(_bytes(vector) for vector in vectors)
        for size in (1, 2, 7, len(stream)):
            reader = FrameReader()
            events: list[FrameEvent] = []
            for start in range(0, len(stream), size):
                events += reader.feed(stream[start : start + size])

            assert [_spoken(event) for event in events] == [_bytes(vector) for vector in vectors]


def _spoken(event: FrameEvent) -> bytes:
    match event:
        case ControlReceived(control):
            return bytes([control])
        case FrameReceived(message):
            return encode_frame(message)
        case _:
            raise AssertionError(event)


def test_exchange_when_named_then_the_control_bytes_mean_what_is_stated() -> None:
    stated = {vector["meaning"]: vector["hex"] for vector in _of(_LINK) if len(vector["hex"]) == 2}

    assert stated == {name: f"{Control[name]:02X}" for name in ("ENQ", "ACK", "EOT")}


@pytest.mark.parametrize("vector", _of(_TLV), ids=lambda vector: vector["id"])
def test_elements_when_valid_then_as_stated_and_written_again(vector: dict[str, Any]) -> None:
    elements = tlv.decode(_bytes(vector))

    assert [[element.tag, element.value] for element in elements] == vector["decoded"]
    assert tlv.encode(elements) == _bytes(vector)
    assert tlv.encode(elements).decode("ascii") == vector["ascii"]


_ANSWERS = [vector for vector in _of(_TLV) if "AE" in dict(vector["decoded"])]


@pytest.mark.parametrize("vector", _ANSWERS, ids=lambda vector: vector["id"])
def test_answer_when_typed_then_money_fields_as_stated(vector: dict[str, Any]) -> None:
    stated = dict(vector["decoded"])

    answer = decode_caisse_ap_answer(tlv.decode(_bytes(vector)))

    assert (answer.result, answer.reason) == (stated["AE"], stated.get("AF"))
    assert answer.amount_minor == int(stated["CB"])
    assert (answer.currency, answer.action, answer.register_no) == (stated["CE"], stated["CD"], stated["CA"])
    assert answer.card_number_masked == (stated["AA"].replace("#", "*") if "AA" in stated else None)


@pytest.mark.parametrize("vector", _of(_TLV, valid=False), ids=lambda vector: vector["id"])
def test_elements_when_damaged_then_refused_by_name(vector: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        tlv.decode(_bytes(vector))

    assert refusal.value.code == "cut_off"


def test_elements_when_delivered_byte_by_byte_then_cut_the_same() -> None:
    for vector in _of(_TLV):
        reader = tlv.TlvReader()
        for byte in _bytes(vector):
            reader.feed(bytes([byte]))

        assert reader.at_boundary
        assert [[element.tag, element.value] for element in reader.elements] == vector["decoded"]
