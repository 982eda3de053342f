"""Receipts in eight code pages and in scripts beyond them, as text and as pictures; `--update-golden` rewrites them.

Each case travels the whole way: document, layout, ESC/POS bytes, virtual printer, paper. Texts are compared exactly.
Pictures are compared in small fields, because another version of the drawing library may set a dot otherwise, but a
wrong letter fills its field. Only fonts named here are used, so that a machine with more of them draws the same.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from terminal_driver.printer import fonts, glyphs
from terminal_driver.printer.document import Align, Columns, Cut, Document, Element, Logo, QrCode, Rule, Text
from terminal_driver.printer.encoder import encode_job
from terminal_driver.printer.job import PrinterConnection, PrintOutcome
from terminal_driver.printer.layout import lay_out, plain_text
from terminal_driver.printer.profile import PAPER_58_MM, PAPER_80_MM, PrinterProfile
from terminal_driver.printer.transports import MemoryPrinterTransport
from terminal_driver.virtual.escpos_receipt import PrintedReceipt
from terminal_driver.virtual.printer import VirtualPrinter

FOLDER = Path(__file__).parent
WIDTHS = {"58mm": PAPER_58_MM, "80mm": PAPER_80_MM}
FIELD_DOTS = 16
FIELD_SHARE = 0.06  # of a field's dots may differ; another letter changes more

# What the letters of a page are used for; every page prints the same German lines with the euro sign before them.
PAGES = {
    "cp437": ("½ pain à l'ail", "Señor Ñandú"),
    "cp850": ("Smørrebrød på ø", "¾ São João"),
    "cp858": ("Crème brûlée", "¼ Åkerbär"),
    "cp1252": ("Œuf à la coque", "“Quoted” – Žižek"),
    "cp1250": ("Łódź, Kraków", "Šťastný žluťoučký kůň"),
    "cp1251": ("Хлеб ржаной", "Їжак, ґанок, Љубав"),
    "cp1253": ("Ελληνικός καφές", "Ψωμί, αυγό, Ωμέγα"),
    "cp1255": ("קפה הפוך", "לחם אחיד 750 גרם"),
}
GREETING: tuple[Element, ...] = (Rule(), Text("Vielen Dank für Ihren Besuch", Align.CENTRE), Cut())


def _items(*texts: str) -> tuple[Element, ...]:
    return tuple(Columns(text, f"{number},50 €") for number, text in enumerate(texts, start=1))


def _page(page: str) -> Document:
    first, second = PAGES[page]
    german = (Text("Bäckerei Groß & Söhne", Align.CENTRE, bold=True), Text("Übergröße für Äpfel, Öl: 12,34 €"))
    return Document(page, (*german, Rule(), Columns(first, "4,50 €"), Columns(second, "1.234,56 €"), *GREETING))


SCRIPTS: dict[str, Document] = {
    "greek": Document(
        "greek", (Text("Καφενείο Ωμέγα", Align.CENTRE, bold=True), *_items("Ελληνικός καφές"), *GREETING)
    ),
    "cyrillic": Document(
        "cyrillic", (Text("Пекарня «Їжачок»", double_height=True), *_items("Хлеб", "Вареники з картоплею"), *GREETING)
    ),
    "arabic": Document(
        "arabic",
        (
            Text("مقهى السلام", Align.CENTRE, double_width=True),
            Text("شكراً لزيارتكم"),
            *_items("قهوة عربية", "خبز (كبير) ٢ قطع"),
            *GREETING,
        ),
    ),
}
SCRIPTS_OF_MORE_FONTS: dict[str, Document] = {
    "hebrew": Document(
        "hebrew",
        (
            Text("בית קפה שלום", Align.CENTRE, bold=True),
            Text("רחוב הרצל 12, טלפון 03-555-1234"),
            *_items("קפה הפוך (Latte) גדול", "לחם אחיד"),
            *GREETING,
        ),
    ),
    "cjk": Document(
        "cjk", (Text("緑茶の店", double_width=True), *_items("抹茶", "김치찌개", "小籠包 (6個)"), *GREETING)
    ),
    "emoji": Document("emoji", (Text("Danke 😀 ❤️ ☕", Align.CENTRE), *_items("🍕 Pizza", "☕ Kaffee 👍🏽"), *GREETING)),
    "logo_and_codes": Document(
        "codes",
        (
            Logo(64, 32, bytes(0xF0 if row % 8 < 4 else 0x0F for row in range(32) for _ in range(8))),
            Text("Eigene Zeichnung der Codes", Align.CENTRE),
            QrCode("https://shop.example/r/117"),
            *GREETING,
        ),
    ),
}
NO_CODES = frozenset({"logo_and_codes"})  # printed on a printer that draws none by itself


@dataclass(frozen=True, slots=True)
class Case:
    """One receipt on one printer; `name` is the stem of its golden files."""

    name: str
    document: Document
    profile: PrinterProfile


def _cases(documents: dict[str, Document]) -> list[Case]:
    return [
        Case(f"{name}_{width}", document, replace(paper, draws_codes=name not in NO_CODES))
        for name, document in documents.items()
        for width, paper in WIDTHS.items()
    ]


PAGE_CASES = [
    Case(f"{page}_{width}", _page(page), replace(paper, code_page=page))
    for page in PAGES
    for width, paper in WIDTHS.items()
]
PLAIN_CASES = _cases(SCRIPTS)
FONT_CASES = _cases(SCRIPTS_OF_MORE_FONTS)
ALL_CASES = [*PAGE_CASES, *PLAIN_CASES, *FONT_CASES]


@pytest.fixture(autouse=True)
def only_known_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Draw with the font that comes along and with Unifont."""
    known = tuple(path for path in fonts.fallback_font_paths() if path.name in {"unifont.otf", "unifont_upper.otf"})
    monkeypatch.setattr(fonts, "fallback_font_paths", lambda: known)
    for cache in (fonts.font_for, glyphs._glyph):
        cache.cache_clear()
    yield
    for cache in (fonts.font_for, glyphs._glyph):
        cache.cache_clear()


def printed(case: Case) -> tuple[str, PrintedReceipt]:
    """Print a case; return its golden text and its paper."""
    lines = lay_out(case.document, case.profile)
    job = encode_job(lines, case.profile)
    printer = VirtualPrinter(case.profile)
    result = PrinterConnection(MemoryPrinterTransport(printer), case.profile).print(job.data, 10.0)
    assert result.outcome is PrintOutcome.PRINTED
    (receipt,) = printer.receipts
    missing = " ".join(job.missing) or "nothing"
    laid_out = plain_text(lines).replace("\u202d", "").replace("\u202c", "").rstrip()
    text = f"=== laid out ===\n{laid_out}\n=== on paper ===\n{receipt.text}\n=== not drawn: {missing} ===\n"
    return text, receipt


def check(case: Case, *, update: bool) -> None:
    text, receipt = printed(case)
    picture = FOLDER / f"{case.name}.png"
    golden = FOLDER / f"{case.name}.txt"
    if update:
        golden.write_text(text, encoding="utf-8")
        picture.write_bytes(receipt.png())

    assert text == golden.read_text(encoding="utf-8")
    assert "?" not in text
    assert differing_fields(receipt.png(), picture.read_bytes()) == []


def differing_fields(found: bytes, golden: bytes) -> list[tuple[int, int]]:
    """Return left and top of each field of the two pictures with too many dots that differ."""
    with Image.open(io.BytesIO(found)) as one, Image.open(io.BytesIO(golden)) as two:
        assert one.size == two.size
        difference = ImageChops.difference(one.convert("L"), two.convert("L"))
    fields = []
    for top in range(0, difference.height, FIELD_DOTS):
        for left in range(0, difference.width, FIELD_DOTS):
            field = difference.crop((left, top, left + FIELD_DOTS, top + FIELD_DOTS))
            if sum(field.histogram()[64:]) > FIELD_SHARE * FIELD_DOTS * FIELD_DOTS:
                fields.append((left, top))
    return fields


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.fonts if "1255" in case.name else (), id=case.name) for case in PAGE_CASES],
)
def test_code_page_when_printed_then_as_reviewed(case: Case, update_golden: bool) -> None:  # noqa: FBT001  a fixture
    check(case, update=update_golden)


@pytest.mark.parametrize("case", PLAIN_CASES, ids=lambda case: case.name)
def test_script_when_printed_then_as_reviewed(case: Case, update_golden: bool) -> None:  # noqa: FBT001  a fixture
    check(case, update=update_golden)


@pytest.mark.fonts
@pytest.mark.parametrize("case", FONT_CASES, ids=lambda case: case.name)
def test_script_of_more_fonts_when_printed_then_as_reviewed(case: Case, update_golden: bool) -> None:  # noqa: FBT001
    check(case, update=update_golden)


@pytest.mark.parametrize("page", PAGES)
def test_letters_of_the_page_when_printed_then_they_go_out_as_text(page: str) -> None:
    profile = PrinterProfile(code_page=page)
    lines = lay_out(Document(page, tuple(Text(text) for text in PAGES[page])), profile)

    assert encode_job(lines, profile).pictures == 0


def test_letter_that_no_font_has_when_printed_then_named_and_a_box_on_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "fallback_font_paths", tuple)
    fonts.font_for.cache_clear()

    text, receipt = printed(Case("boxes", Document("boxes", (Text("緑茶 3"), Cut())), PAPER_80_MM))

    assert text.endswith("=== not drawn: 緑 茶 ===\n")
    assert receipt.text.startswith("[picture ")


def test_picture_when_one_letter_is_another_then_its_field_is_told() -> None:
    papers = [
        printed(Case("one", Document("one", (Text(f"Ł{letter}ść"), Cut())), PAPER_80_MM))[1].png() for letter in "ód"
    ]

    assert differing_fields(papers[0], papers[0]) == []
    assert differing_fields(*papers) != []


def test_golden_folder_when_listed_then_no_file_without_its_case() -> None:
    names = {case.name for case in ALL_CASES}

    assert {path.stem for path in FOLDER.glob("*.txt")} == names
    assert {path.stem for path in FOLDER.glob("*.png")} == names
