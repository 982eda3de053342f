"""The virtual printer's reading of ESC/POS."""

import pytest

from terminal_driver.virtual.escpos_decoder import (
    PENDING_BYTES_MAX,
    AskedSensor,
    BarcodeSymbol,
    CutPaper,
    DrawerPulse,
    EscPosDecoder,
    Event,
    Initialised,
    Picture,
    QrSymbol,
    Run,
    Style,
    SwitchedAsb,
    TextRow,
)


def events_of(data: bytes, columns: int = 42) -> list[Event]:
    decoder = EscPosDecoder(columns)
    return [event for _, event in decoder.feed(data) + decoder.finish()]


def texts_of(data: bytes, columns: int = 42) -> list[str]:
    rows = [event for event in events_of(data, columns) if isinstance(event, TextRow)]
    return ["".join(run.text for run in row.runs) for row in rows]


def test_decoder_when_line_is_longer_than_paper_then_continues_below() -> None:
    assert texts_of(b"0123456789abcdefXYZ\n", columns=16) == ["0123456789abcdef", "XYZ"]


def test_decoder_when_double_width_then_half_as_many_fit() -> None:
    assert texts_of(b"\x1d!\x10123456789\n", columns=16) == ["12345678", "9"]


@pytest.mark.parametrize(
    ("command", "style"),
    [
        (b"\x1bE\x01", Style(bold=True)),
        (b"\x1b!\x38", Style(bold=True, width=2, height=2)),
        (b"\x1d!\x21", Style(width=3, height=2)),
        (b"\x1bE\x01\x1b@", Style()),
        (b"\x1b!\x38\x1b!\x00", Style()),
    ],
)
def test_decoder_when_style_is_set_then_characters_have_it(command: bytes, style: Style) -> None:
    assert events_of(command + b"x\n")[-1] == TextRow((Run("x", style),), "left")


@pytest.mark.parametrize(
    ("page", "byte", "character"), [(19, 0xD5, "€"), (0, 0xE1, "ß"), (16, 0x80, "€"), (18, 0x9D, "Ł"), (17, 0x86, "Ж")]
)
def test_decoder_when_code_page_is_chosen_then_its_character(page: int, byte: int, character: str) -> None:
    assert texts_of(bytes((0x1B, 0x74, page, byte, 0x0A))) == [character]


def test_decoder_when_code_page_is_unknown_then_a_mark_and_no_wrong_letter() -> None:
    assert texts_of(b"\x1bt\xc8A\xd5\n") == ["A\N{REPLACEMENT CHARACTER}"]


@pytest.mark.parametrize(
    ("data", "event"),
    [
        (b"\x1b@", Initialised()),
        (b"\x1dV\x00", CutPaper()),
        (b"\x1dVB\x10", CutPaper()),
        (b"\x1bi", CutPaper()),
        (b"\x1dr\x01", AskedSensor(1)),
        (b"\x1da\x0e", SwitchedAsb(14)),
        (b"\x1bp\x01\x32\x32", DrawerPulse(1)),
        (b"\x1dv0\x01\x01\x00\x02\x00\xf0\x0f", Picture(1, 2, b"\xf0\x0f", 2, 1, "left")),
        (b"\x1dk\x024006381333931\x00", BarcodeSymbol("ean13", "4006381333931", 3, 162, "left")),
        (b"\x1dh\x50\x1dw\x02\x1dk\x49\x05{BA{{", BarcodeSymbol("code128", "A{", 2, 80, "left")),
        (b"\x1ba\x01\x1d(k\x05\x001P0hi\x1d(k\x03\x001Q0", QrSymbol("hi", 3, "centre")),
    ],
)
def test_decoder_when_command_is_known_then_its_event(data: bytes, event: Event) -> None:
    assert events_of(data) == [event]


@pytest.mark.parametrize(
    "command",
    [
        b"\x1b3\x10",
        b"\x1b2",
        b"\x1b-\x01",
        b"\x1d(L\x06\x000p0101",
        b"\x1b*\x21\x02\x00" + b"\xff" * 6,
        b"\x1bD\x08\x10\x00",
        b"\x1c.",
        b"\x1d\xee",
        b"\x10\x04\x01",
        b"\x10\x14\x01\x00\x01",
        b"\x1d8L\x02\x00\x00\x00xy",
        b"\x1d*\x01\x01" + b"z" * 8,
    ],
)
def test_decoder_when_command_shows_nothing_then_text_around_it_is_whole(command: bytes) -> None:
    assert texts_of(b"be" + command + b"fore\n") == ["before"]


def test_decoder_when_split_at_every_byte_then_same_events() -> None:
    stream = b"\x1b@\x1bt\x13Caf\x82 \xd5\n\x1dv0\x00\x01\x00\x02\x00\x1b@\x1bd\x02\x1dk\x49\x04{BAB\x1dV\x00"
    whole = EscPosDecoder().feed(stream)

    for cut in range(len(stream) + 1):
        decoder = EscPosDecoder()
        assert decoder.feed(stream[:cut]) + decoder.feed(stream[cut:]) == whole


def test_decoder_when_offsets_are_added_then_they_name_the_end_of_the_command() -> None:
    assert [end for end, _ in EscPosDecoder().feed(b"ab\n\x1dV\x00\x1b@")] == [3, 6, 8]


def test_decoder_when_picture_claims_to_be_huge_then_swallowed_without_keeping_it() -> None:
    """Over two million bytes announced: what follows is counted, not stored, and the printer goes on afterwards."""
    rows = PENDING_BYTES_MAX // 1000 + 1
    head = b"\x1dv0\x00" + (1000).to_bytes(2, "little") + rows.to_bytes(2, "little")
    decoder = EscPosDecoder()
    decoder.feed(head)

    for _ in range(rows):
        assert decoder.feed(b"\xaa" * 1000) == []
        assert decoder.inside_command or _ == rows - 1

    assert [event for _, event in decoder.feed(b"ok\n")] == [TextRow((Run("ok", Style()),), "left")]


def test_decoder_when_sender_goes_in_the_middle_then_line_is_printed_and_rest_forgotten() -> None:
    decoder = EscPosDecoder()
    decoder.feed(b"half a line\x1d")

    assert [event for _, event in decoder.finish()] == [TextRow((Run("half a line", Style()),), "left")]
    assert not decoder.inside_command
