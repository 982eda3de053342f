"""Receipts of sales as text and pictures, reviewed by eye; `--update-golden` rewrites them.

Each case travels the whole way: sale, paper, document, layout, ESC/POS bytes, virtual printer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.printer import PaperRenderer
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.cards.payment import Attempt, AttemptState, Payment, TerminalResult, TransactionNumbers
from gateway.domain.ids import (
    AttemptId,
    DeviceId,
    GiveBackId,
    PaymentId,
    RegisterId,
    SaleId,
    StoreId,
    TenantId,
    TenderId,
)
from gateway.domain.money import Currency, Money
from gateway.domain.printing.paper import Paper
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.sale_receipt import SaleReceipts
from gateway.domain.sales.sale_return import going_back
from gateway.domain.sales.tax_lines import Bill, LineKind, Pricing, TaxedLine, TaxRate, bill_total
from gateway.domain.sales.tender import GiveBack, ReturnedLine, Tender, TenderKind, TenderState
from gateway.domain.sales.till_sale import SalePayment, SaleRecord, Settlement, TillLine, TillSale
from terminal_driver.printer.profile import PAPER_58_MM, PAPER_80_MM, PrinterProfile
from tests.golden.scripts.test_scripts import differing_fields

FOLDER = Path(__file__).resolve().parent
EUR = Currency.of("EUR")
NOON = datetime(2026, 3, 2, 11, 30, 15, tzinfo=UTC)
SALE_ID = SaleId(UUID("01950000-0000-7000-8000-0000c0ffee02"))
TENANT, STORE = TenantId("main"), StoreId("store-1")
TILL = RegisterId("till-1")
ENGLISH = ShopFace("Corner Café", ("High Street 1", "12345 Example Town"), "DE000000000", "en")
GERMAN = ShopFace("Eckcafé Größenwahn", ("Hauptstraße 1", "12345 Musterstadt"), "DE000000000", "de")


def euro(minor: int) -> Money:
    return Money(minor, EUR)


def line(text: str, quantity: str, price: int, amount: int, rate: int, kind: LineKind = LineKind.ITEM) -> TillLine:
    sold = SaleLine(text, Decimal(quantity), euro(price), euro(amount))
    return TillLine(TaxedLine(kind, sold, TaxRate(rate)))


LINES = (
    line("Coffee", "2", 190, 380, 1900),
    line("Cheese, matured for twenty-four months in the caves of the monastery", "0.125", 9600, 1200, 700),
    line("Bag", "1", 860, 860, 1900),
    line("Regular guest", "1", -100, -100, 1900, LineKind.DISCOUNT),
)


def sale(*, tip: int = 0, pricing: Pricing = Pricing.GROSS) -> TillSale:
    bill = Bill(pricing, EUR, tuple(one.taxed for one in LINES), euro(tip))
    return TillSale(
        tenant_id=TENANT,
        store_id=STORE,
        id=SALE_ID,
        register_id=TILL,
        pricing=pricing,
        currency=EUR,
        lines=LINES,
        totals=bill_total(bill),
        customer_id=None,
        reference=None,
        split_of=None,
        created_at=NOON,
        created_by="anna",
        trace_id=SALE_ID.hex,
    )


def tender(kind: TenderKind, minor: int, state: TenderState = TenderState.TAKEN, **detail: str) -> Tender:
    return Tender(
        tenant_id=TENANT,
        store_id=STORE,
        id=TenderId(SALE_ID),
        sale_id=SALE_ID,
        register_id=TILL,
        kind=kind,
        state=state,
        amount=euro(minor),
        given=None,
        customer_id=None,
        detail=detail,
        shift_id=None,
        created_at=NOON,
        created_by="anna",
        trace_id=SALE_ID.hex,
    )


def card(minor: int, *, tip: int = 0) -> SalePayment:
    payment = Payment(
        tenant_id=TENANT,
        store_id=STORE,
        id=PaymentId(SALE_ID),
        sale_id=SALE_ID,
        register_id=TILL,
        terminal_id=DeviceId("front"),
        amount=euro(minor),
        reference=None,
        created_at=NOON,
        created_by="anna",
        trace_id=SALE_ID.hex,
    )
    result = TerminalResult(
        amount_minor=minor + tip, tip_minor=tip or None, card_name="girocard", card_masked="672590*********0001"
    )
    attempt = Attempt(
        id=AttemptId(SALE_ID),
        payment_id=payment.id,
        number=1,
        terminal_id=payment.terminal_id,
        epoch=1,
        state=AttemptState.APPROVED,
        baseline=TransactionNumbers(),
        blocks_terminal=False,
        sent_at=NOON,
        concluded_at=NOON,
        result=result,
    )
    return SalePayment(payment, (attempt,))


CASH = {"due": "23.40", "given": "50.00", "change": "26.60", "rounding": "0.00", "step": "1"}
PAID_CASH = SaleRecord(
    sale(), (tender(TenderKind.CASH, 2340, TenderState.TAKEN, **CASH),), settlement=Settlement(17, NOON)
)
MANY = SaleRecord(
    sale(tip=150),
    (
        tender(TenderKind.VOUCHER, 500, receipt="Voucher ..7F3A\nLeft on it 15.00"),
        tender(
            TenderKind.FOREIGN_CASH,
            1000,
            given="10.00 CHF",
            rate="0.946700",
            rate_currency="CHF",
            rate_dated="2026-02-27",
            worth="10.56",
            due="10.00",
            change="0.55",
            rounding="0.01",
        ),
        tender(TenderKind.CASH, 342, due="3.40", given="3.40", change="0.00", rounding="-0.02"),
    ),
    payments=(card(648, tip=50),),
    settlement=Settlement(18, NOON),
)
OPEN = SaleRecord(sale(), (tender(TenderKind.TRANSFER, 1340, TenderState.OPEN),))
BACK = GiveBack(
    tenant_id=TENANT,
    store_id=STORE,
    id=GiveBackId(SALE_ID),
    sale_id=SALE_ID,
    register_id=TILL,
    kind=TenderKind.CASH,
    tender_id=None,
    amount=euro(0),
    lines=(ReturnedLine(0, Decimal(1)), ReturnedLine(2, Decimal(1))),
    totals=None,
    reason="The bag is torn",
    customer_id=None,
    detail={},
    shift_id=None,
    created_at=NOON,
    created_by="anna",
    trace_id=SALE_ID.hex,
    number=4,
)


def returned() -> GiveBack:
    totals = going_back(PAID_CASH.sale, {}, BACK.lines)
    return replace(BACK, totals=totals, amount=totals.gross, detail={"due": "9.65", "rounding": "0.00"})


def receipts(shop: ShopFace = ENGLISH) -> SaleReceipts:
    return SaleReceipts(shop=shop, registers={"till-1": "Till 1"}, zone=ZoneInfo("Europe/Berlin"))


@dataclass(frozen=True)
class Case:
    """A paper, the printer it comes out of, and whether a picture is kept as well."""

    paper: Callable[[], Paper]
    profile: PrinterProfile = PAPER_80_MM
    picture: bool = False


CASES = {
    "cash_en": Case(lambda: receipts().sale(PAID_CASH), picture=True),
    "cash_58mm": Case(lambda: receipts().sale(PAID_CASH), PAPER_58_MM, picture=True),
    "cash_de": Case(lambda: receipts(GERMAN).sale(PAID_CASH)),
    "cash_copy_de": Case(lambda: receipts(GERMAN).sale(PAID_CASH).as_copy(receipts(GERMAN).copy_mark)),
    "net_prices": Case(lambda: receipts().sale(replace(PAID_CASH, sale=sale(pricing=Pricing.NET)))),
    "many_tenders_en": Case(lambda: receipts().sale(MANY), picture=True),
    "many_tenders_58mm": Case(lambda: receipts(GERMAN).sale(MANY), PAPER_58_MM, picture=True),
    "not_paid_yet": Case(lambda: receipts().sale(OPEN)),
    "goods_back_en": Case(lambda: receipts().give_back(PAID_CASH, returned()), picture=True),
    "goods_back_58mm": Case(lambda: receipts(GERMAN).give_back(PAID_CASH, returned()), PAPER_58_MM),
    "amount_back": Case(
        lambda: receipts().give_back(PAID_CASH, replace(BACK, lines=(), amount=euro(500), kind=TenderKind.CARD))
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_receipt_of_a_sale_when_printed_then_as_reviewed(name: str, tmp_path: Path, *, update_golden: bool) -> None:
    case = CASES[name]
    renderer = PaperRenderer(case.profile, tmp_path)
    printed = "\n".join(one.rstrip() for one in renderer.paper_text(case.paper()).splitlines()) + "\n"
    path, picture = FOLDER / f"{name}.txt", FOLDER / f"{name}.png"

    if update_golden:
        path.write_text(printed, encoding="utf-8")
        if case.picture:
            picture.write_bytes(renderer.paper_png(case.paper()))

    assert printed == path.read_text(encoding="utf-8")
    if case.picture:
        assert differing_fields(renderer.paper_png(case.paper()), picture.read_bytes()) == []


def test_every_reviewed_file_has_its_case() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(CASES)
    assert {path.stem for path in FOLDER.glob("*.png")} == {name for name, case in CASES.items() if case.picture}
