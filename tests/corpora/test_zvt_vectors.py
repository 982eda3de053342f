"""Every public ZVT vector is cut to its fields and written again byte for byte; damaged ones are refused by name.

The vectors lie outside the project: ``TILLBRIDGE_CORPUS`` names their folder, default ``../shared/data``.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.zvt.apdu import Apdu, ApduStream, decode_apdu
from terminal_driver.zvt.commands import OtherCommand, decode_command
from terminal_driver.zvt.fields import DecodedData, Direction, decode_fields, encode_decoded, nested
from terminal_driver.zvt.framing import FrameReceived, SerialFraming

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = Path(os.environ.get("TILLBRIDGE_CORPUS", _ROOT / ".." / "shared" / "data"))
_FILE = _FOLDER / "zvt" / "vectors.jsonl"
_EXPECTED = 333
# Unit-test vectors without an exchange: which command they answer shows in what they hold.
_PROPRIETARY_COMMAND = 0x0FA1
# Commands seen on the wire that have no class: software update of the terminal, and one maker's own.
_WITHOUT_CLASS = frozenset({0x0813, 0x0814, _PROPRIETARY_COMMAND})


def _vectors() -> list[dict[str, Any]]:
    if not _FILE.exists():
        return []
    return [json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines()]


_VECTORS = _vectors()
pytestmark = pytest.mark.skipif(not _VECTORS, reason=f"{_EXPECTED} ZVT vectors are not here: set TILLBRIDGE_CORPUS")
_VALID = [vector for vector in _VECTORS if vector["valid"]]
_DAMAGED = [vector for vector in _VECTORS if not vector["valid"]]


def _apdu(vector: dict[str, Any]) -> bytes:
    if vector["layer"] == "apdu":
        return bytes.fromhex(vector["hex"])
    (event,) = SerialFraming().feed(bytes.fromhex(vector["hex"]))
    assert isinstance(event, FrameReceived)
    assert event.apdu.hex() == vector["apdu"].lower()
    return event.apdu


def _decode(apdu: Apdu, vector: dict[str, Any]) -> DecodedData:
    running = None
    decoded = vector.get("decoded")
    if decoded is None and "proprietary" in vector.get("meaning", ""):
        running = _PROPRIETARY_COMMAND
    elif decoded is not None and "terminal_status" in decoded:
        running = 0x0501
    direction = Direction.TO_TERMINAL if vector["direction"] == "ecr->pt" else Direction.TO_REGISTER
    return decode_fields(apdu.control, apdu.data, direction, running)


def _shown(name: str, value: bytes) -> str | int:
    if name == "sw_version":
        return value.decode("ascii")
    return value[0] if name == "timeout_s" else value.hex().upper()


def test_corpus_when_present_then_complete() -> None:
    assert len(_VECTORS) == _EXPECTED


@pytest.mark.parametrize("vector", _VALID, ids=lambda vector: vector["id"])
def test_vector_when_valid_then_fields_as_stated_and_written_again(vector: dict[str, Any]) -> None:
    block = _apdu(vector)
    apdu = decode_apdu(block)
    decoded = _decode(apdu, vector)
    stated = dict(vector.get("decoded") or {})

    again = Apdu(apdu.control, encode_decoded(decoded), apdu.extended).encode()
    assert again == block
    if vector["layer"] == "serial-frame":
        assert SerialFraming().encode(again).hex().upper() == vector["hex"].upper()
    if not stated:
        assert decoded.raw == apdu.data
        return
    fixed = {name: _shown(name, value) for name, value in decoded.fixed}
    assert f"{apdu.control:04X}" == stated.pop("control")
    assert len(apdu.data) == stated.pop("length")
    assert nested(decoded.fields) == stated.pop("fields", [])
    assert decoded.raw.hex().upper() == stated.pop("data", "")
    text = stated.pop("text_cp437", None)
    if text is not None:
        assert decoded.text.decode("cp437") == text
    stated.pop("name")
    stated.pop("readable", None)
    assert fixed == stated


_COMMANDS = [vector for vector in _VALID if vector["direction"] == "ecr->pt" and vector["hex"][:2] not in ("80", "84")]


@pytest.mark.parametrize("vector", _COMMANDS, ids=lambda vector: vector["id"])
def test_vector_when_command_of_a_register_then_typed_and_written_again(vector: dict[str, Any]) -> None:
    apdu = decode_apdu(_apdu(vector))

    command = decode_command(apdu)

    if isinstance(command, OtherCommand):
        assert apdu.control in _WITHOUT_CLASS
    else:
        assert command.encode().encode() == apdu.encode()


@pytest.mark.parametrize("vector", _DAMAGED, ids=lambda vector: vector["id"])
def test_vector_when_damaged_then_refused_by_name(vector: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        _decode(decode_apdu(bytes.fromhex(vector["hex"])), vector)

    assert refusal.value.code in {
        "bitmap_bad_length",
        "unknown_bitmap",
        "apdu_cut_off",
        "apdu_length_mismatch",
    }


def test_vectors_when_glued_and_delivered_byte_by_byte_then_cut_the_same() -> None:
    blocks = [_apdu(vector) for vector in _VALID]
    stream = ApduStream()

    found = [block for byte in b"".join(blocks) for block in stream.feed(bytes([byte]))]

    assert found == blocks
