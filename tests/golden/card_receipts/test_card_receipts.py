"""Card receipts as text, reviewed by eye; `--update-golden` rewrites them.

Each case travels the whole way: payment, receipt, document, layout, ESC/POS bytes, virtual printer, printed text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.printer import PaperRenderer
from gateway.domain.cards.card_receipt import ReceiptCopy, ShopFace, card_receipt
from gateway.domain.cards.payment import (
    Attempt,
    AttemptState,
    EftLine,
    EftReceipt,
    Payment,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, RegisterId, SaleId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import Sale, SaleLine
from terminal_driver.printer.profile import PAPER_58_MM, PAPER_80_MM, PrinterProfile

GOLDEN = Path(__file__).resolve().parent
EUR = Currency.of("EUR")
NOON = datetime(2026, 3, 2, 11, 30, 15, tzinfo=UTC)
PAYMENT_ID = PaymentId(UUID("01950000-0000-7000-8000-0000c0ffee01"))
ENGLISH = ShopFace("Corner Café", ("High Street 1", "12345 Example Town"), "DE000000000", "en")
GERMAN = ShopFace("Eckcafé Größenwahn", ("Hauptstraße 1", "12345 Musterstadt"), "DE000000000", "de")
LONG = ShopFace(
    "The Very Long Named Corner Café of the Old Harbour and Sons",
    ("A Street With An Extraordinarily Long Name 123456, Rear Building",),
    None,
    "en",
)
CUSTOMER_PAPER = (
    "   K u n d e n b e l e g",
    "Terminal-ID        52500041",
    "TA-Nr. 000541     BNr. 0041",
    "girocard 672590*********0001",
    "gültig bis            12/27",
    "EUR 23,40",
    "Zahlung erfolgt",
)
MERCHANT_HEAD = "   H ä n d l e r b e l e g"
LINES = (
    ("Coffee", "2", 190, 380),
    ("Cheese, matured for twenty-four months in the caves of the monastery", "0.125", 9600, 1200),
    ("Bag", "1", 860, 860),
    ("Voucher", "1", -100, -100),
)


def _result(code: str = "00") -> TerminalResult:
    customer = CUSTOMER_PAPER if code == "00" else (*CUSTOMER_PAPER[:-1], "Zahlung nicht erfolgt")
    papers = (("customer", customer), ("merchant", (MERCHANT_HEAD, *customer[1:])))
    return TerminalResult(
        numbers=TransactionNumbers(41, 541, None),
        code=code,
        card_name="girocard",
        card_masked="672590*********0001",
        receipts=tuple(EftReceipt(kind, tuple(EftLine(text) for text in lines)) for kind, lines in papers),
    )


def _print(
    *,
    shop: ShopFace = ENGLISH,
    copy: ReceiptCopy = ReceiptCopy.CUSTOMER,
    minor: int = 2340,
    state: AttemptState = AttemptState.APPROVED,
    lines: tuple[tuple[str, str, int, int], ...] = (),
    duplicate: bool = False,
    paper: bool = True,
    register: str = "Till 1",
    profile: PrinterProfile = PAPER_80_MM,
) -> str:
    total = Money(minor, EUR)
    payment = Payment(
        tenant_id=TenantId("main"),
        store_id=StoreId("store-1"),
        id=PAYMENT_ID,
        sale_id=SaleId(PAYMENT_ID),
        register_id=RegisterId("till-1"),
        terminal_id=DeviceId("terminal-1"),
        amount=total,
        reference=None,
        created_at=NOON,
        created_by="anna",
        trace_id=PAYMENT_ID.hex,
    )
    sale = Sale(
        tenant_id=payment.tenant_id,
        store_id=payment.store_id,
        id=payment.sale_id,
        register_id=payment.register_id,
        total=total,
        lines=tuple(
            SaleLine(text, Decimal(quantity), Money(price, EUR), Money(amount, EUR))
            for text, quantity, price, amount in lines
        ),
        created_at=NOON,
        created_by="anna",
    )
    result = _result("00" if state is AttemptState.APPROVED else "05")
    attempt = Attempt(
        id=AttemptId(PAYMENT_ID),
        payment_id=PAYMENT_ID,
        number=1,
        terminal_id=payment.terminal_id,
        epoch=1,
        state=state,
        baseline=TransactionNumbers(),
        blocks_terminal=False,
        sent_at=NOON,
        concluded_at=NOON,
        result=result if paper else replace(result, receipts=()),
    )
    receipt = card_receipt(
        payment=payment,
        sale=sale,
        attempt=attempt,
        copy=copy,
        duplicate=duplicate,
        shop=shop,
        register_name=register,
        zone=ZoneInfo("Europe/Berlin"),
    )
    return PaperRenderer(profile, CACHE[0]).text(receipt)


CACHE: list[Path] = []


@pytest.fixture(autouse=True, scope="module")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    CACHE[:] = [tmp_path_factory.mktemp("encoder")]


CASES: dict[str, Callable[[], str]] = {
    "customer_en": _print,
    "merchant_en": lambda: _print(copy=ReceiptCopy.MERCHANT),
    "customer_de": lambda: _print(shop=GERMAN),
    "merchant_de": lambda: _print(shop=GERMAN, copy=ReceiptCopy.MERCHANT),
    "copy_en": lambda: _print(duplicate=True),
    "copy_de": lambda: _print(shop=GERMAN, duplicate=True),
    "with_lines_en": lambda: _print(lines=LINES),
    "with_lines_58mm": lambda: _print(lines=LINES, profile=PAPER_58_MM),
    "declined_en": lambda: _print(state=AttemptState.DECLINED),
    "declined_de": lambda: _print(shop=GERMAN, state=AttemptState.DECLINED),
    "long_names_58mm": lambda: _print(
        shop=LONG, register="The register beside the door to the yard", profile=PAPER_58_MM
    ),
    "with_lines_de": lambda: _print(shop=GERMAN, lines=LINES),
    "seven_digits": lambda: _print(minor=123_456_789, paper=False),
    "no_paper_of_the_terminal": lambda: _print(paper=False),
}


@pytest.mark.parametrize("case", CASES)
def test_receipt_is_as_reviewed(case: str, *, update_golden: bool) -> None:
    path = GOLDEN / f"{case}.txt"
    printed = "\n".join(line.rstrip() for line in CASES[case]().splitlines()) + "\n"

    if update_golden:
        path.write_text(printed, encoding="utf-8")

    assert printed == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith("merchant")])
def test_customers_paper_shows_no_more_than_the_last_four_digits_and_no_expiry_date(case: str) -> None:
    printed = CASES[case]()

    assert "672590" not in printed
    assert "12/27" not in printed
    assert not re.search(r"[0-9]{5,}[*x]+|[*x]+[0-9]{5,}", printed)


def test_every_reviewed_file_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)
