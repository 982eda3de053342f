import io
import json
from pathlib import Path

import pytest

from bench.recorded_sale import record_sale
from terminal_driver.concert.frame import encode_frame
from terminal_driver.protocols import LineKind, ProtocolName
from terminal_driver.tools.command_line import main
from terminal_driver.tools.console import Console

CARD = "4111111111111111"
# 04 0F with card number, track 2, expiry, password-like fields and an EMV number in TLV 5A.
WITH_CARD = f"040F29 2700 040000000012340E2512 22F0F8{CARD} 490978 060C 5A08{CARD}0700".replace(" ", "")


def _run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = main(["decode", *words], Console(io.StringIO(), out, err))
    return status, out.getvalue(), err.getvalue()


def _with_length(frame: str) -> str:
    """Put the right length byte into a block whose third byte is only a place holder."""
    data = bytes.fromhex(frame)
    return (data[:2] + bytes([len(data) - 3]) + data[3:]).hex()


def test_decode_when_words_then_each_field_is_named_with_its_value() -> None:
    status, out, _ = _run("06 01 0A 04 00 00 00 00 12 34", "49 09 78")

    assert status == 0
    assert "06 01  Authorization" in out
    assert "000000001234  12.34 EUR" in out


def test_decode_when_frame_has_card_data_then_words_hide_them() -> None:
    status, out, _ = _run(_with_length(WITH_CARD))

    assert status == 0
    assert CARD not in out
    assert out.count("411111******1111") == 2
    assert "2512" not in out


def test_decode_when_container_has_known_tags_then_they_are_named() -> None:
    status, out, _ = _run("060014000000 9E0978060C26040A0206D31F7303000000")

    assert status == 0
    assert "TLV 26 commands accepted" in out
    assert "TLV 0A command: 06D3  Print text-block" in out


def test_decode_when_a_text_holds_a_card_number_then_its_bytes_are_hidden_too() -> None:
    text = f"PAN {CARD}".encode()
    data = bytes([0x3C, 0xF0, 0xF2, 0xF0]) + text
    status, out, _ = _run((bytes([0x04, 0x0F, len(data)]) + data).hex())

    assert status == 0
    assert CARD not in out
    assert CARD.encode().hex().upper() not in out


def test_decode_when_json_is_masked_then_card_data_are_hidden() -> None:
    _, bare, _ = _run(_with_length(WITH_CARD), "--json")
    status, out, _ = _run(_with_length(WITH_CARD), "--json", "--mask")

    assert CARD in bare
    assert status == 0
    assert CARD not in out
    assert ["0E", "EEEE"] in json.loads(out)["fields"]


def test_decode_when_registration_then_words_hide_the_password() -> None:
    status, out, _ = _run("0600061234568E0978")

    assert status == 0
    assert "123456" not in out


def test_decode_when_tcp_stream_has_two_blocks_then_both_are_explained() -> None:
    status, out, _ = _run("800000060F00", "--layer", "tcp", "--json")

    assert status == 0
    assert [json.loads(line)["control"] for line in out.splitlines()] == ["8000", "060F"]


@pytest.mark.parametrize("hidden", ["800001EE", "800004EEEEEEEE"])
def test_decode_when_an_answer_was_hidden_in_a_trace_then_it_says_so(hidden: str) -> None:
    status, out, _ = _run(hidden)

    assert status == 0
    assert "hidden in the trace" in out


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["0601"], "apdu_cut_off"),
        (["06010199"], "unknown_bitmap"),
        (["060"], "not_hexadecimal"),
        (["10020601001003FFFF"], "bad_checksum"),
        (["100206", "--layer", "serial-frame"], "frame_cut_off"),
        (["80000006", "--layer", "tcp"], "apdu_cut_off"),
        (["060F019C", "--after", "0601"], "unknown_bitmap"),
    ],
)
def test_decode_when_frame_is_wrong_then_the_error_has_a_name(words: list[str], error: str) -> None:
    status, out, _ = _run(*words, "--json")

    last = json.loads(out.splitlines()[-1])
    assert (status, last["valid"], last["error"], last["fields"]) == (1, False, error, [])


def test_decode_when_file_then_each_line_is_one_frame(tmp_path: Path) -> None:
    file = tmp_path / "frames.txt"
    file.write_text("# a sale\n06 01 00\n\n80:00:00  # taken\nnothing\n", encoding="ascii")

    status, out, _ = _run(str(file), "--json")

    assert status == 1
    assert [json.loads(line)["valid"] for line in out.splitlines()] == [True, True, False]


def test_decode_when_file_is_missing_then_it_is_said(tmp_path: Path) -> None:
    status, out, err = _run(str(tmp_path / "nothing.hex"))

    assert (status, out) == (2, "")
    assert "unreadable_file" in err


def test_concert_answer_when_explained_then_words_hide_the_card_number() -> None:
    message = b"010000012341" + CARD.encode().ljust(55) + b"978" + b" " * 10
    frame = encode_frame(message).hex()

    status, out, _ = _run("--protocol", "concert", frame)
    _, masked, _ = _run("--protocol", "concert", frame, "--json", "--mask")

    assert status == 0
    assert "paid" in out
    assert CARD not in out + masked


def test_caisse_ap_answer_when_explained_then_words_hide_the_card_number() -> None:
    message = f"CZ0040300CA00201CB0041234CD0010CE003978AE00210AA016{CARD}".encode().hex()

    status, out, _ = _run("--protocol", "caisse-ap", message)
    _, masked, _ = _run("--protocol", "caisse-ap", message, "--json", "--mask")

    assert status == 0
    assert "AE result" in out
    assert CARD not in out + masked


@pytest.mark.parametrize("message_format", ["json", "xml"])
def test_nexo_messages_when_explained_then_named_field_by_field(message_format: str) -> None:
    recorded = record_sale(ProtocolName.NEXO, LineKind.TCP, message_format)
    for burst in recorded.to_terminal:
        status, out, _ = _run("--protocol", "nexo", burst.hex(), "--json")

        record = json.loads(out)
        assert (status, record["valid"]) == (0, True)
        assert record["message"] in {"LoginRequest", "PaymentRequest"}
        assert record["fields"][0][0] == "SaleToPOIRequest"
    status, out, _ = _run("--protocol", "nexo", recorded.to_terminal[-1][4:].hex())

    assert status == 0
    assert "RequestedAmount: 12.34" in out


@pytest.mark.parametrize(
    ("protocol", "data", "error"),
    [
        ("nexo", b"\x00\x00\x00\x09{}", "cut_off"),
        ("nexo", b"{", "bad_json"),
        ("nexo", b"{}", "no_envelope"),
        ("nexo", b"", "cut_off"),
        ("caisse-ap", b"AA016***", "cut_off"),
        ("concert", b"\x02abc", "etx_missing"),
    ],
)
def test_other_protocols_when_message_is_wrong_then_the_error_has_a_name(
    protocol: str, data: bytes, error: str, tmp_path: Path
) -> None:
    file = tmp_path / "frame.hex"
    file.write_text(f"{data.hex() or ','}\n", encoding="ascii")

    status, out, _ = _run("--protocol", protocol, str(file), "--json")

    record = json.loads(out)
    assert (status, record["valid"], record["error"]) == (1, False, error)
