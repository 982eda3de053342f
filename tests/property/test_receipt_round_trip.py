"""What is laid out and encoded is what comes out of the printer, for every text."""

import unicodedata
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal_driver.printer.document import Align, Columns, Document, Element, Text, Verbatim
from terminal_driver.printer.encoder import encode
from terminal_driver.printer.layout import TextLine, lay_out
from terminal_driver.printer.printable import cells, printable
from terminal_driver.printer.profile import CODE_PAGES, PAPER_58_MM, PAPER_80_MM, PrinterProfile
from terminal_driver.printer.reading_order import has_right_to_left
from terminal_driver.virtual.escpos_decoder import EscPosDecoder, Event, Picture, TextRow
from tests.support.thoroughness import tries

PROFILES = st.sampled_from([PAPER_80_MM, PAPER_58_MM, PrinterProfile(columns=48)])


def page_text(code_page: str, size: int) -> st.SearchStrategy[str]:
    characters = "".join(bytes((byte,)).decode(code_page, errors="ignore") for byte in range(0x20, 0x100))
    return st.text(alphabet=sorted({c for c in characters if printable(c) == c and cells(c) == 1}), max_size=size)


def printed(lines: list[TextLine], profile: PrinterProfile) -> list[Event]:
    decoder = EscPosDecoder(profile.columns)
    return [event for _, event in decoder.feed(encode(lines, profile))]


@given(st.data())
@settings(max_examples=tries(150), deadline=None)
def test_text_of_the_code_page_when_printed_then_decoded_equal_with_its_style(data: st.DataObject) -> None:
    code_page = data.draw(st.sampled_from(sorted(CODE_PAGES)))
    profile = PrinterProfile(code_page=code_page)
    drawn = st.builds(TextLine, page_text(code_page, 21), st.booleans(), st.booleans(), st.booleans())
    lines = data.draw(st.lists(drawn, max_size=8))

    rows = [event for event in printed(lines, profile) if isinstance(event, TextRow)]

    assert ["".join(run.text for run in row.runs) for row in rows] == [line.text for line in lines]
    for line, row in zip(lines, rows, strict=True):
        for run in row.runs:
            assert (run.style.bold, run.style.width, run.style.height) == (
                line.bold,
                1 + line.double_width,
                1 + line.double_height,
            )


@given(st.text(max_size=30), PROFILES)
@settings(max_examples=tries(300), deadline=None)
def test_any_text_when_printed_then_its_letters_or_a_picture_and_never_less(text: str, profile: PrinterProfile) -> None:
    clean = printable(text)[:16]
    holds = all(c.encode("cp858", errors="ignore") for c in clean)

    events = printed([TextLine(clean)], profile)

    rows = ["".join(run.text for run in event.runs) for event in events if isinstance(event, TextRow)]
    pictures = [event for event in events if isinstance(event, Picture)]
    assert (rows, len(pictures)) == (([clean], 0) if holds else ([], 1))


@given(st.binary(max_size=40).map(lambda data: data.decode("latin-1")), PROFILES)
@settings(max_examples=tries(300), deadline=None)
def test_hostile_text_when_printed_then_no_command_reaches_the_printer(text: str, profile: PrinterProfile) -> None:
    elements: tuple[Element, ...] = (Text(text), Columns(text, text), Verbatim((text,)))

    data = encode(lay_out(Document("hostile", elements), profile), profile)

    events = [event for _, event in EscPosDecoder(profile.columns).feed(data)]
    assert {type(event) for event in events[1:]} <= {TextRow, Picture}


ELEMENTS = st.one_of(
    st.builds(Text, st.text(max_size=120), st.sampled_from(Align), st.booleans(), st.booleans(), st.booleans()),
    st.builds(Columns, st.text(max_size=80), st.text(max_size=40)),
    st.lists(st.text(max_size=60), max_size=4).map(lambda lines: Verbatim(tuple(lines))),
)


def _letters(text: str) -> str:
    return "".join(printable(text).split())


def _counted(text: str) -> Counter[str]:
    """Count letters whatever form they have, brackets whichever way they look."""
    plain = "".join(unicodedata.normalize("NFKD", character) for character in text)
    return Counter(plain.translate(str.maketrans(")]}>»›", "([{<«‹")))


@given(st.lists(ELEMENTS, max_size=5), PROFILES)
@settings(max_examples=tries(300), deadline=None)
def test_layout_when_any_document_then_lines_fit_and_no_letter_is_lost(
    elements: list[Element], profile: PrinterProfile
) -> None:
    lines = [line for line in lay_out(Document("any", tuple(elements)), profile) if isinstance(line, TextLine)]

    for line in lines:
        assert cells(line.text) * (1 + line.double_width) <= profile.columns
    expected = ""
    for element in elements:
        match element:
            case Text():
                expected += _letters(element.text)
            case Columns():
                expected += _letters(element.left) + _letters(element.right)
            case Verbatim():
                expected += "".join(map(_letters, element.lines))
    found = "".join(_letters(line.text) for line in lines)
    if has_right_to_left(expected):
        assert _counted("".join(found.split())) == _counted("".join(expected.split()))
    else:
        assert found == expected
