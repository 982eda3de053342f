"""Lines for one width of paper."""

from collections.abc import Callable

import pytest

from terminal_driver.printer.document import (
    Align,
    Barcode,
    BarcodeKind,
    Columns,
    Cut,
    Document,
    Element,
    Feed,
    QrCode,
    Rule,
    Text,
    Verbatim,
)
from terminal_driver.printer.layout import LINES_MAX, Line, TextLine, lay_out, plain_text, wrap
from terminal_driver.printer.profile import PAPER_58_MM, PAPER_80_MM, PrinterProfile


def lines_of(*elements: Element, profile: PrinterProfile = PAPER_80_MM, copy_mark: str | None = None) -> list[Line]:
    return list(lay_out(Document("test", elements, copy_mark), profile))


def texts_of(*elements: Element, profile: PrinterProfile = PAPER_80_MM) -> list[str]:
    return [line.text for line in lines_of(*elements, profile=profile) if isinstance(line, TextLine)]


def test_text_when_longer_than_paper_then_breaks_between_words() -> None:
    texts = texts_of(Text("the quick brown fox jumps over the lazy dog again"), profile=PAPER_58_MM)

    assert texts == ["the quick brown fox jumps over", "the lazy dog again"]


def test_text_when_a_word_is_longer_than_paper_then_it_is_broken_and_nothing_is_lost() -> None:
    word = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerk"

    texts = texts_of(Text(f"Art. {word} x"), profile=PAPER_58_MM)

    assert texts == ["Art.", word[:32], word[32:] + " x"]


def test_text_when_double_width_then_half_the_columns() -> None:
    lines = lines_of(Text("one two three four five", double_width=True), profile=PAPER_58_MM)

    assert lines == [TextLine("one two three", double_width=True), TextLine("four five", double_width=True)]


@pytest.mark.parametrize(
    ("align", "expected"), [(Align.LEFT, "shop"), (Align.CENTRE, " " * 14 + "shop"), (Align.RIGHT, " " * 28 + "shop")]
)
def test_text_when_aligned_then_padded_with_blanks(align: Align, expected: str) -> None:
    assert texts_of(Text("shop", align=align), profile=PAPER_58_MM) == [expected]


def test_text_when_it_has_line_feeds_then_each_begins_a_line_and_empty_ones_stay() -> None:
    assert texts_of(Text("a\n\nb")) == ["a", "", "b"]


def test_text_when_characters_are_wide_then_they_count_two_cells() -> None:
    texts = texts_of(Text("中" * 17), profile=PAPER_58_MM)

    assert texts == ["中" * 16, "中"]


@pytest.mark.parametrize("hostile", ["\x1bp\x00\x32\x32", "\x1d\x56\x00", "\x10\x14\x01", "\u202e", "\x00", "\x9b"])
def test_text_when_it_holds_printer_commands_then_control_characters_are_gone(hostile: str) -> None:
    texts = texts_of(Text(f"a{hostile}b"), Columns(f"c{hostile}d", f"1{hostile}2"), Verbatim((f"e{hostile}f",)))

    assert all(character.isprintable() for text in texts for character in text)
    assert texts[0][0] == "a"
    assert texts[0][-1] == "b"


def test_columns_when_both_fit_then_value_is_flush_right() -> None:
    texts = texts_of(Columns("Espresso", "2.40"), profile=PAPER_58_MM)

    assert texts == ["Espresso" + " " * 20 + "2.40"]


def test_columns_when_name_is_long_then_it_wraps_before_the_value() -> None:
    texts = texts_of(Columns("Organic wholegrain rye bread with seeds", "1,234,567.89"), profile=PAPER_58_MM)

    assert texts == ["Organic wholegrain", "rye bread with", "seeds" + " " * 15 + "1,234,567.89"]
    assert {len(text) <= 32 for text in texts} == {True}


def test_columns_when_value_leaves_no_room_then_it_gets_its_own_line_in_full() -> None:
    value = "EUR 9,999,999,999,999.99"

    texts = texts_of(Columns("Grand total of the day", value), profile=PAPER_58_MM)

    assert texts == ["Grand total of the day", value.rjust(32)]


def test_columns_when_value_is_wider_than_paper_then_all_of_it_is_printed() -> None:
    texts = texts_of(Columns("id", "7" * 40), profile=PAPER_58_MM)

    assert "".join(texts).replace(" ", "") == "id" + "7" * 40


def test_columns_when_one_side_is_empty_then_the_other_stands_alone() -> None:
    assert texts_of(Columns("", "5.00"), Columns("left", ""), profile=PAPER_58_MM) == ["5.00".rjust(32), "left"]


def test_verbatim_when_lines_came_from_the_terminal_then_blanks_inside_and_before_stay() -> None:
    texts = texts_of(Verbatim(("  Terminal-ID   12345678", "", "EUR            24,90")))

    assert texts == ["  Terminal-ID   12345678", "", "EUR            24,90"]


def test_verbatim_when_longer_than_paper_then_cut_hard_and_centred_per_line() -> None:
    line = "0123456789" * 4

    texts = texts_of(Verbatim((line, "ok"), (Align.LEFT, Align.CENTRE)), profile=PAPER_58_MM)

    assert texts == [line[:32], line[32:], " " * 15 + "ok"]


def test_copy_mark_when_set_then_top_and_bottom_of_every_piece_of_paper() -> None:
    lines = lines_of(Text("merchant"), Cut(), Text("customer"), Cut(), copy_mark="COPY")

    marks = [number for number, line in enumerate(lines) if isinstance(line, TextLine) and "COPY" in line.text]
    assert marks == [0, 2, 4, 6]
    assert [number for number, line in enumerate(lines) if isinstance(line, Cut)] == [3, 7]
    assert lines[0] == TextLine(" " * 8 + "COPY", bold=True, double_width=True, double_height=True)


def test_barcode_when_wider_than_paper_then_qr_code_with_its_characters() -> None:
    fits, too_wide = Barcode("R-2024-0017"), Barcode("R-2024-000000017")

    assert lines_of(fits, profile=PAPER_58_MM) == [fits]
    assert lines_of(too_wide, profile=PAPER_58_MM) == [QrCode(too_wide.data), TextLine(" " * 8 + too_wide.data)]
    assert lines_of(Barcode("4006381333931", BarcodeKind.EAN13), profile=PAPER_58_MM)[0] != QrCode("4006381333931")


def test_document_when_endless_then_refused() -> None:
    with pytest.raises(ValueError, match="more than 5000 lines"):
        lay_out(Document("endless", (Rule(),) * (LINES_MAX + 1), None), PAPER_80_MM)


def test_plain_text_when_codes_and_feeds_then_readable() -> None:
    lines = lay_out(Document("t", (Text("a"), Feed(2), QrCode("u"), Barcode("B"), Cut()), None), PAPER_80_MM)

    assert plain_text(lines) == "a\n\n\n[qr: u]\n[code128: B]"


def test_wrap_when_blank_or_indented_then_one_line() -> None:
    assert wrap("", 10) == ("",)
    assert wrap("   ", 10) == ("",)
    assert wrap("  in", 10) == ("  in",)


@pytest.mark.parametrize(
    "make",
    [
        lambda: PrinterProfile(columns=15),
        lambda: PrinterProfile(columns=97),
        lambda: PrinterProfile(dots=300),
        lambda: PrinterProfile(dots=2000),
        lambda: PrinterProfile(code_page="utf-8"),
        lambda: PrinterProfile(code_page_number=256),
    ],
)
def test_profile_when_out_of_range_then_refused(make: Callable[[], PrinterProfile]) -> None:
    with pytest.raises(ValueError, match=r"must be|unknown code page"):
        make()
