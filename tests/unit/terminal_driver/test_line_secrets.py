import base64
import json

import pytest

from terminal_driver.line_secrets import cut_line_secrets
from terminal_driver.transports.trace import cut_burst
from terminal_driver.zvt.framing import BadFrame, FrameReceived, SerialFraming

_PAN = "4111111111111111"
_PASSWORD = "258369"
_REGISTRATION = bytes.fromhex(f"060006{_PASSWORD}8E0978")


@pytest.mark.parametrize(
    "command",
    ["060006{}8E0978", "062005{}0301", "065003{}", "063009{}870001190040", "069506{0}{0}", "050103{}", "081304{}00"],
)
def test_password_when_a_command_begins_with_it_then_hidden_on_both_lines(command: str) -> None:
    block = bytes.fromhex(command.format(_PASSWORD))
    framed = SerialFraming().encode(block)

    assert _PASSWORD not in cut_line_secrets(block).hex()
    assert _PASSWORD not in cut_line_secrets(framed).hex()
    assert _PASSWORD not in cut_line_secrets(b"\x06" + framed).hex()
    assert _PASSWORD not in cut_line_secrets(bytes.fromhex("800000") + block).hex()
    assert len(cut_line_secrets(block)) == len(block)


@pytest.mark.parametrize("size", range(4, len(_REGISTRATION)))
def test_password_when_block_is_cut_off_then_hidden_as_far_as_it_came(size: int) -> None:
    cut = cut_line_secrets(_REGISTRATION[:size])

    assert cut[3:6].strip(b"\xee") == b""
    assert (cut[:3], cut[6:]) == (_REGISTRATION[:3], _REGISTRATION[6:size])


def test_password_when_command_is_damaged_then_hidden() -> None:
    assert _PASSWORD not in cut_line_secrets(bytes.fromhex(f"060007{_PASSWORD}8E097899")).hex()


@pytest.mark.parametrize(
    "field",
    [f"22F0F8{_PAN}", "22F0F84000000000000000", f"23F1F7{_PAN}D25122012345678901", "0E2512", "2DF0F55354455645"],
)
def test_card_field_when_sent_then_hidden_whether_it_looks_like_a_card_or_not(field: str) -> None:
    body = bytes.fromhex("2700" + field)
    block = bytes([0x04, 0x0F, len(body)]) + body

    cut = cut_line_secrets(block)

    assert len(cut) == len(block)
    assert cut[5] == block[5]
    assert "eeeeee" in cut.hex() or cut.hex().endswith("0eeeee")


def test_card_tags_when_in_a_container_then_hidden() -> None:
    body = bytes.fromhex(f"06145A08{_PAN}57080123456789ABCDEF")
    block = bytes([0x04, 0x0F, len(body)]) + body

    assert cut_line_secrets(block).hex() == f"040f1606145a08{'ee' * 8}5708{'ee' * 8}"


@pytest.mark.parametrize("typed", ["31323334", "1234", "123F", "F123", "0D", "6C", "27001234", "0403310404"])
@pytest.mark.parametrize("before", ["", "0B0100", "800000", "04FF020A05"])
def test_digits_when_somebody_typed_them_then_hidden_in_every_coding(typed: str, before: str) -> None:
    """Also packed, one key at a time, and digits that could be fields; behind blocks that nobody knows, too."""
    length = len(typed) // 2
    answer = f"8000{length:02x}{typed}"
    first = bytes.fromhex("800000" if before.startswith("0B") else "") + bytes.fromhex(before)
    hidden = first + bytes([0x80, 0x00, length]) + b"\xee" * length

    assert cut_line_secrets(first + bytes.fromhex(answer)) == hidden
    assert cut_line_secrets(first + bytes.fromhex(f"8000ff{length:02x}00{typed}"))[-length:] == b"\xee" * length
    framed = SerialFraming().encode(bytes.fromhex(answer))
    (event,) = SerialFraming().feed(cut_line_secrets(framed))
    assert event == FrameReceived(hidden[len(first) :])
    for size in range(3, len(hidden) - len(first)):
        assert cut_line_secrets(bytes.fromhex(answer)[:size]) == hidden[len(first) :][:size]


def test_serial_frame_when_secret_holds_a_dle_then_the_frame_still_ends_where_it_did() -> None:
    block = bytes.fromhex("0600061010108E0978")
    cut = cut_line_secrets(SerialFraming().encode(block))

    (event,) = SerialFraming().feed(cut)
    assert event == FrameReceived(bytes.fromhex("060006EEEEEE8E0978"))


def test_serial_frame_when_its_checksum_is_wrong_then_it_stays_wrong() -> None:
    framed = SerialFraming().encode(_REGISTRATION)
    (event,) = SerialFraming().feed(cut_line_secrets(framed[:-1] + bytes([framed[-1] ^ 1])))

    assert isinstance(event, BadFrame)


@pytest.mark.parametrize("block", ["06010A040000000012344909" + "78", "04FF020A05", "060F00", "800000", "0601021002"])
def test_block_when_it_has_no_secret_then_unchanged(block: str) -> None:
    data = bytes.fromhex(block)

    assert cut_line_secrets(data) == data
    (event,) = SerialFraming().feed(cut_line_secrets(SerialFraming().encode(data)))
    assert isinstance(event, FrameReceived)


def test_concert_answer_when_it_has_a_card_number_then_hidden() -> None:
    field = f"{_PAN}2512201".ljust(55)
    answer = b"\x02" + b"010000012341" + field.encode() + b"978" + b" " * 10 + b"\x03\x11"

    cut = cut_line_secrets(answer)

    assert len(cut) == len(answer)
    assert b"411111" in cut
    assert _PAN[6:12].encode() not in cut[19:]
    assert (cut[:13], cut[68:]) == (answer[:13], answer[68:])


def test_caisse_ap_answer_when_it_has_card_and_ticket_then_hidden() -> None:
    ticket = base64.b64encode(f"CARTE {_PAN}".encode()).decode()
    inner = f"CK003101AK{len(ticket):03}{ticket}"
    answer = f"CZ0040300AA016{_PAN}AB0042512AE00210ZT{len(inner):03}{inner}".encode()

    cut = cut_line_secrets(answer)

    assert len(cut) == len(answer)
    assert _PAN.encode() not in cut
    assert b"AB004****" in cut
    assert ticket.encode() not in cut
    assert b"AE00210" in cut


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"PlainCardData": {"PAN": "4000000000000000", "ExpiryDate": "2512"}}),
        f'<CardData PAN="{_PAN}" ExpiryDate="2512"/>',
        "<TrackData><TrackValue>4000000000000000=2512</TrackValue></TrackData>",
        json.dumps({"Input": {"DigitInput": "4000000000000000", "Password": "2512"}}),
        '{"Input": {"DigitInput": 4000000000000000, "TextInput": "25\\"2512"}}',
        '{"Input": {"D\\u0069git\\u0049nput": "2512", "TextInp\\u0075t": "2512',
        "<Input><DigitInput><![CDATA[2512]]></DigitInput><TextInput>2512<!-- -->2512</TextInput></Input>",
        "<n-1:Input TextInput='2512'><n-1:DigitInput  >4000000000000000=2512",
    ],
)
def test_nexo_message_when_it_has_card_data_then_hidden(body: str) -> None:
    data = len(body).to_bytes(4, "big") + body.encode()

    cut = cut_line_secrets(data)

    assert len(cut) == len(data)
    assert b"2512" not in cut
    assert b"0000000000" not in cut
    assert b"1111111111" not in cut


def test_trace_when_a_password_passes_then_the_burst_is_cut() -> None:
    assert _PASSWORD not in cut_burst(_REGISTRATION).hex()
