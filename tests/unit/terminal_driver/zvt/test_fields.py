"""BCD, TLV objects, BMP fields and the parts of messages."""

import pytest

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.outcome import TransactionData
from terminal_driver.zvt import bcd
from terminal_driver.zvt.bitmaps import BITMAPS, CARD_TLV_TAGS, BitmapField, LengthRule, encode_fields, parse_fields
from terminal_driver.zvt.fields import Direction, decode_fields, encode_decoded, nested
from terminal_driver.zvt.text import CharacterSet, decode_text, encode_text
from terminal_driver.zvt.tlv import TlvObject, encode_tlv, find_value, parse_tlv
from terminal_driver.zvt.transaction import read_transaction


def test_bcd_when_number_then_right_justified() -> None:
    assert bcd.from_int(1200, 6).hex() == "000000001200"
    assert bcd.to_int(bytes.fromhex("000000001200")) == 1200


@pytest.mark.parametrize("value", [-1, 10**12])
def test_bcd_when_it_does_not_fit_then_refused(value: int) -> None:
    with pytest.raises(LocalProtocolError):
        bcd.from_int(value, 6)


def test_bcd_when_nibble_is_no_digit_then_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="nibbles"):
        bcd.to_int(b"\xe0")


@pytest.mark.parametrize(
    "encoded",
    ["1f07 01 02", "25 04 07 02 4142", "07 00", "07 81 01 41", "07 82 0001 41", "df8102 01 00 5a 08 4111111111111111"],
)
def test_tlv_when_read_then_written_the_same(encoded: str) -> None:
    data = bytes.fromhex(encoded.replace(" ", ""))

    assert encode_tlv(parse_tlv(data)) == data


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        ("07", "tlv_cut_off"),
        ("0705 41", "tlv_cut_off"),
        ("0780", "tlv_bad_length"),
        ("0783 000001 41", "tlv_bad_length"),
        ("0782 00", "tlv_cut_off"),
        ("1f", "tlv_bad_tag"),
        ("1f8181818101 00", "tlv_bad_tag"),
    ],
)
def test_tlv_when_damaged_then_refused_by_name(encoded: str, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        parse_tlv(bytes.fromhex(encoded.replace(" ", "")))
    assert refusal.value.code == code


def test_tlv_when_nested_too_deep_then_refused() -> None:
    data = b""
    for _ in range(12):
        data = bytes([0x24, len(data)]) + data

    with pytest.raises(RemoteProtocolError) as refusal:
        parse_tlv(data)

    assert refusal.value.code == "tlv_too_deep"


def test_tlv_when_tag_is_inside_a_container_then_found() -> None:
    objects = parse_tlv(bytes.fromhex("2f081f1201011f100103"))

    assert find_value(objects, "1F10") == b"\x03"
    assert find_value(objects, "2F") is None


def _sample(tag: int) -> BitmapField:
    rule = BITMAPS[tag]
    match rule.rule:
        case LengthRule.FIXED:
            return BitmapField(tag, bytes(range(rule.size)))
        case LengthRule.TLV:
            return BitmapField(tag, objects=(TlvObject("1F07", b"\x01"),))
        case LengthRule.LLVAR | LengthRule.LLLVAR:
            return BitmapField(tag, b"0123456789abc")


@pytest.mark.parametrize("tag", BITMAPS, ids=lambda tag: f"{tag:02X}")
def test_bitmap_when_read_then_written_and_each_cut_refused(tag: int) -> None:
    encoded = encode_fields([_sample(tag)])

    assert encode_fields(parse_fields(encoded)) == encoded
    for at in range(1, len(encoded)):
        with pytest.raises(RemoteProtocolError):
            parse_fields(encoded[:at])


@pytest.mark.parametrize(
    ("data", "code"), [("6c", "unknown_bitmap"), ("22f0e0", "bitmap_bad_length"), ("22fff0", "bitmap_bad_length")]
)
def test_bitmap_when_unknown_or_bad_length_then_refused(data: str, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        parse_fields(bytes.fromhex(data))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (BitmapField(0x04, b"1"), "bitmap_wrong_size"),
        (BitmapField(0x8B, bytes(100)), "bitmap_too_long"),
        (BitmapField(0x6C), "unknown_bitmap"),
    ],
)
def test_bitmap_when_it_cannot_be_written_then_our_fault(field: BitmapField, code: str) -> None:
    with pytest.raises(LocalProtocolError) as refusal:
        encode_fields([field])
    assert refusal.value.code == code


def test_bitmap_when_shown_then_without_value() -> None:
    assert "4111" not in repr(parse_fields(bytes.fromhex("22f0f84111111111111111")))


@pytest.mark.parametrize(
    ("control", "data", "running", "fixed"),
    [
        (0x060F, "06", 0x0501, {"terminal_status": "06"}),
        (0x060F, "f0f0f3626c610606 00", 0x0501, {"sw_version": "626c61", "terminal_status": "06"}),
        (0x060F, "1900", 0x0600, {}),
        (0x04FF, "0a01", None, {"status": "0a", "timeout_minutes_bcd": "01"}),
        (0x04FF, "1706061f7303000001", None, {"status": "17"}),
        (0x04FF, "1706", None, {"status": "17", "timeout_minutes_bcd": "06"}),
        (0x06D1, "ff06", None, {"attribute": "ff"}),
    ],
)
def test_parts_when_shape_is_ambiguous_then_decided_by_rule(
    control: int, data: str, running: int | None, fixed: dict[str, str]
) -> None:
    raw = bytes.fromhex(data.replace(" ", ""))
    decoded = decode_fields(control, raw, Direction.TO_REGISTER, running)

    assert {name: value.hex() for name, value in decoded.fixed} == fixed
    assert encode_decoded(decoded) == raw


def test_print_line_when_container_behind_text_then_cut_off() -> None:
    decoded = decode_fields(
        0x06D1, bytes.fromhex("4052494544473530 06041f070101".replace(" ", "")), Direction.TO_REGISTER
    )

    assert decoded.text == b"RIEDG50"
    assert nested(decoded.fields) == [["06", [["1F07", "01"]]]]


@pytest.mark.parametrize(
    ("control", "data"), [(0x0600, "1234"), (0x0600, "123456"), (0x0600, "1234568e09"), (0x0620, "12"), (0x04FF, "")]
)
def test_parts_when_missing_then_refused(control: int, data: str) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode_fields(control, bytes.fromhex(data), Direction.TO_TERMINAL)
    assert refusal.value.code == "message_cut_off"


@pytest.mark.parametrize("character_set", list(CharacterSet))
def test_text_when_written_then_read_the_same(character_set: CharacterSet) -> None:
    assert decode_text(encode_text("Grüße aus Österreich", character_set), character_set) == "Grüße aus Österreich"


def test_text_when_control_bytes_inside_then_removed() -> None:
    assert decode_text(b"A\x1b@B\x00\r\nC\x07", CharacterSet.CP437) == "A@B\nC"


def test_text_when_bytes_mean_nothing_then_replaced_not_refused() -> None:
    assert decode_text(b"\xff\xfeA", CharacterSet.UTF_8) == "\ufffd\ufffdA"


@pytest.mark.parametrize("tag", [tag for tag, rule in BITMAPS.items() if rule.card_data], ids=lambda tag: f"{tag:02X}")
def test_transaction_when_field_carries_card_data_then_at_most_the_masked_number_is_read(tag: int) -> None:
    """C1, driven by the table: a new field marked as card data is covered without a new test."""
    rule = BITMAPS[tag]
    digits = "5454545454545454"
    value = bytes.fromhex(digits)[: rule.size or None]
    data = read_transaction((BitmapField(tag, value), *_card_objects()))

    shown = {name: text for name in TransactionData.__slots__ if (text := getattr(data, name)) is not None}
    assert shown == ({"card_number_masked": "545454******5454"} if tag == 0x22 else {})


def _card_objects() -> tuple[BitmapField, ...]:
    values = tuple(TlvObject(tag, bytes.fromhex("5454545454545454")) for tag in sorted(CARD_TLV_TAGS))
    return (BitmapField(0x06, objects=values),)
