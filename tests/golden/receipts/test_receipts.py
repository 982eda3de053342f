"""Receipts as text, reviewed by eye; `--update-golden` rewrites them.

Each case travels the whole way: document, layout, ESC/POS bytes, virtual printer, printed text.
"""

from pathlib import Path

import pytest

from terminal_driver.printer.calibration import calibration_page
from terminal_driver.printer.document import (
    Align,
    Barcode,
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
from terminal_driver.printer.encoder import encode
from terminal_driver.printer.job import PrinterConnection, PrintOutcome
from terminal_driver.printer.layout import lay_out
from terminal_driver.printer.profile import PAPER_58_MM, PAPER_80_MM, PrinterProfile
from terminal_driver.printer.transports import MemoryPrinterTransport
from terminal_driver.virtual.printer import VirtualPrinter

HEAD: tuple[Element, ...] = (
    Text("Corner Café", Align.CENTRE, bold=True, double_width=True, double_height=True),
    Text("Hauptstraße 1, 1010 Wien", Align.CENTRE),
    Text("UID ATU00000000", Align.CENTRE),
    Rule(),
)
ITEMS: tuple[Element, ...] = (
    Columns("2 x Espresso", "4.80"),
    Columns("Sourdough loaf, organic wholegrain rye with pumpkin seeds, sliced", "6.40"),
    Columns("Catering for the summer festival", "1,234,567.89"),
    Rule(),
    Columns("TOTAL EUR", "1,234,579.09", bold=True),
    Columns("Card", "1,234,579.09"),
)
TERMINAL_LINES = Verbatim(
    (
        "    K U N D E N B E L E G",
        "",
        "Terminal-ID   :  12345678",
        "TA-Nr 000117  BNr 0045",
        "Kartenzahlung",
        "kontaktlos",
        "Betrag   EUR  1.234.579,09",
        "ZAHLUNG ERFOLGT",
    ),
    (Align.LEFT,) * 4 + (Align.CENTRE,) * 2 + (Align.LEFT, Align.CENTRE),
)
FOOT: tuple[Element, ...] = (
    Feed(1),
    Text("Thank you for your visit!", Align.CENTRE),
    QrCode("https://shop.example/r/117"),
    Barcode("R-2024-000117"),
    Cut(),
)
SALE = Document("sale", (*HEAD, *ITEMS, Rule(), TERMINAL_LINES, *FOOT))
CASES: dict[str, tuple[Document, PrinterProfile]] = {
    "sale_80mm": (SALE, PAPER_80_MM),
    "sale_58mm": (SALE, PAPER_58_MM),
    "sale_copy_80mm": (Document("copy", (*HEAD, *ITEMS, *FOOT), "COPY"), PAPER_80_MM),
    "two_parts_copy_58mm": (
        Document("parts", (Text("Merchant copy"), TERMINAL_LINES, Cut(), Text("Customer copy"), Cut()), "KOPIE"),
        PAPER_58_MM,
    ),
    "declined_80mm": (
        Document("declined", (*HEAD, Text("PAYMENT DECLINED", Align.CENTRE, bold=True), TERMINAL_LINES, Cut())),
        PAPER_80_MM,
    ),
    "outside_the_code_page_80mm": (
        Document("foreign", (Text("Łódź"), Columns("緑茶", "3,50 €"), Text("Müller"), Cut())),
        PAPER_80_MM,
    ),
    "calibration_80mm": (calibration_page(PAPER_80_MM), PAPER_80_MM),
    "calibration_58mm": (calibration_page(PAPER_58_MM), PAPER_58_MM),
}
FOLDER = Path(__file__).parent


@pytest.mark.parametrize("case", [*CASES])
def test_receipt_when_printed_then_as_reviewed(case: str, update_golden: bool) -> None:  # noqa: FBT001  a fixture
    document, profile = CASES[case]
    golden = FOLDER / f"{case}.txt"
    printer = VirtualPrinter(profile)
    connection = PrinterConnection(MemoryPrinterTransport(printer), profile)

    result = connection.print(encode(lay_out(document, profile), profile), 10.0)
    text = "\n~~~ cut ~~~\n".join(receipt.text for receipt in printer.receipts) + "\n"

    assert result.outcome is PrintOutcome.PRINTED
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_golden_folder_when_listed_then_no_file_without_its_case() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(CASES)
