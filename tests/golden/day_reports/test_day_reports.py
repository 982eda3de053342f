"""X and Z reports as printed, reviewed by eye; `--update-golden` rewrites them.

Each case travels the whole way: report, paper, document, layout, ESC/POS bytes, virtual printer.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.printer import PaperRenderer
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.ids import RegisterId, ShiftId
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.day_report import (
    DayReport,
    DocumentSum,
    DrawerLine,
    DrawerSum,
    Flow,
    GroupSum,
    RateSum,
    ReportKind,
    RunningTotals,
    TenderSum,
    Tries,
)
from gateway.domain.shifts.day_report_receipt import copy_mark, report_paper
from terminal_driver.printer.profile import PAPER_58_MM, PAPER_80_MM, PrinterProfile

FOLDER = Path(__file__).resolve().parent
EUR, USD = Currency.of("EUR"), Currency.of("USD")
MORNING = datetime(2026, 3, 2, 6, 58, 11, tzinfo=UTC)
ENGLISH = ShopFace("Corner Café", ("High Street 1", "12345 Example Town"), "DE000000000", "en")
GERMAN = ShopFace("Eckcafé Größenwahn", ("Hauptstraße 1", "12345 Musterstadt"), "DE000000000", "de")


def euro(minor: int) -> Money:
    return Money(minor, EUR)


SALES = DocumentSum(
    first=1201,
    last=1203,
    count=3,
    gross=euro(6_140),
    rates=(RateSum("7", euro(2_000), euro(140)), RateSum("19", euro(3_361), euro(639))),
    tips=euro(250),
    discounts=euro(-310),
    surcharges=euro(0),
    vouchers_sold=euro(2_500),
)
Z = DayReport(
    kind=ReportKind.Z,
    number=42,
    shift_id=ShiftId(uuid.UUID(int=42)),
    register_id=RegisterId("till-1"),
    register_name="Till 1",
    currency=EUR,
    since=MORNING,
    until=MORNING + timedelta(hours=9, minutes=31),
    opened_by="anna",
    made_by="bert",
    tenders=(
        TenderSum("card", 41, euro(123_450), 2, euro(3_300)),
        TenderSum("cash", 17, euro(20_005), 1, euro(550)),
        TenderSum("voucher", 1, euro(1_500), 1, euro(2_500)),
        TenderSum("cash", 1, Money(2_000, USD), 0, Money(0, USD)),
    ),
    drawers=(
        DrawerSum(
            carried=euro(5_000),
            lines=(
                DrawerLine("float", 1, euro(5_000)),
                DrawerLine("taken", 17, euro(20_010)),
                DrawerLine("given_back", 1, euro(-550)),
                DrawerLine("rounding", 3, euro(-5)),
                DrawerLine("pay_out", 1, euro(-720)),
                DrawerLine("drop", 1, euro(-10_000)),
                DrawerLine("difference", 1, euro(-80)),
                DrawerLine("to_safe", 1, euro(-8_655)),
            ),
            balance=euro(10_000),
            expected=euro(18_735),
            counted=euro(18_655),
            difference=euro(-80),
        ),
        DrawerSum(Money(0, USD), (DrawerLine("exchange", 1, Money(2_000, USD)),), Money(2_000, USD)),
    ),
    left=euro(10_000),
    sales=SALES,
    give_backs=replace(
        SALES,
        first=88,
        last=88,
        count=1,
        gross=euro(550),
        rates=(),
        tips=euro(0),
        discounts=euro(0),
        vouchers_sold=euro(0),
    ),
    groups=(GroupSum("Bread and rolls", "12", euro(2_140)), GroupSum("Cheese by weight", "1.350", euro(4_000))),
    tries=Tries(declined=3, cancelled=1, not_charged=0, in_doubt=1, in_doubt_amount=euro(990)),
    openings=2,
    flows=(Flow("cash", "sales", 17, euro(20_010)),),
    running=RunningTotals(42, 1_203, euro(9_876_543), euro(12_345), 1_203, 88),
    before="5f" * 32,
)
X = replace(
    Z,
    kind=ReportKind.X,
    number=None,
    left=None,
    drawers=(DrawerSum(euro(0), (DrawerLine("float", 1, euro(10_000)),), euro(10_000)),),
    tenders=(),
    sales=replace(SALES, first=0, last=0, count=0),
    give_backs=replace(SALES, first=0, last=0, count=0),
    groups=(),
    tries=Tries(0, 0, 0, 0, euro(0)),
    openings=0,
    before="",
)
CASES: dict[str, tuple[DayReport, ShopFace, PrinterProfile, bool]] = {
    "z_80mm": (Z, ENGLISH, PAPER_80_MM, False),
    "z_58mm": (Z, ENGLISH, PAPER_58_MM, False),
    "z_copy_de_80mm": (Z, GERMAN, PAPER_80_MM, True),
    "z_de_58mm": (Z, GERMAN, PAPER_58_MM, False),
    "x_empty_80mm": (X, ENGLISH, PAPER_80_MM, False),
}


@pytest.mark.parametrize("case", [*CASES])
def test_report_when_printed_then_as_reviewed(case: str, tmp_path: Path, update_golden: bool) -> None:  # noqa: FBT001  a fixture
    report, shop, profile, copy = CASES[case]
    paper = report_paper(report, shop=shop, zone=ZoneInfo("Europe/Berlin"))
    golden = FOLDER / f"{case}.txt"

    text = PaperRenderer(profile, tmp_path).paper_text(paper.as_copy(copy_mark(shop.language)) if copy else paper)

    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert ("COPY" in text or "KOPIE" in text) == copy


def test_golden_folder_when_listed_then_no_file_without_its_case() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(CASES)
