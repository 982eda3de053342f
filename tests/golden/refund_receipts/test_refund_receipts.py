"""Receipts of refunds as text, reviewed by eye; `--update-golden` rewrites them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.printer import PaperRenderer
from gateway.domain.cards.card_receipt import ReceiptCopy, ShopFace, refund_receipt
from gateway.domain.cards.payment import (
    Attempt,
    AttemptState,
    EftLine,
    EftReceipt,
    OriginalTransaction,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.cards.refund import Refund, RefundWay
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, RefundId, RegisterId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from terminal_driver.printer.profile import PAPER_58_MM, PAPER_80_MM, PrinterProfile

GOLDEN = Path(__file__).resolve().parent
NOON = datetime(2026, 3, 2, 11, 30, 15, tzinfo=UTC)
PAYMENT_ID = PaymentId(UUID("01950000-0000-7000-8000-0000c0ffee01"))
REFUND_ID = RefundId(UUID("01950000-0000-7000-8000-0000decade01"))
ENGLISH = ShopFace("Corner Café", ("High Street 1", "12345 Example Town"), "DE000000000", "en")
GERMAN = ShopFace("Eckcafé Größenwahn", ("Hauptstraße 1", "12345 Musterstadt"), "DE000000000", "de")
TOLD = ("   G u t s c h r i f t", "Terminal-ID        52500041", "girocard 672590*********0001", "EUR 9,30")


def _print(
    folder: Path,
    *,
    shop: ShopFace = ENGLISH,
    copy: ReceiptCopy = ReceiptCopy.CUSTOMER,
    state: AttemptState = AttemptState.APPROVED,
    profile: PrinterProfile = PAPER_80_MM,
    duplicate: bool = False,
) -> str:
    refund = Refund(
        tenant_id=TenantId("main"),
        store_id=StoreId("store-1"),
        id=REFUND_ID,
        payment_id=PAYMENT_ID,
        register_id=RegisterId("till-1"),
        terminal_id=DeviceId("terminal-1"),
        amount=Money(930, Currency.of("EUR")),
        way=RefundWay.CREDIT,
        original=OriginalTransaction(receipt_no=41),
        reason="Goods came back",
        created_at=NOON,
        created_by="anna",
        trace_id=PAYMENT_ID.hex,
    )
    result = TerminalResult(
        numbers=TransactionNumbers(43, 543, None),
        code="00" if state is AttemptState.APPROVED else "05",
        card_name="girocard",
        card_masked="672590*********0001",
        receipts=tuple(EftReceipt(kind, tuple(EftLine(text) for text in TOLD)) for kind in ("customer", "merchant")),
    )
    attempt = Attempt(
        id=AttemptId(REFUND_ID),
        payment_id=PAYMENT_ID,
        number=2,
        terminal_id=refund.terminal_id,
        epoch=1,
        state=state,
        baseline=TransactionNumbers(),
        blocks_terminal=False,
        sent_at=NOON,
        concluded_at=NOON,
        result=result,
    )
    receipt = refund_receipt(
        refund=refund,
        attempt=attempt,
        copy=copy,
        duplicate=duplicate,
        shop=shop,
        register_name="Till 1",
        zone=ZoneInfo("Europe/Berlin"),
    )
    return PaperRenderer(profile, folder).text(receipt)


CASES: dict[str, Callable[[Path], str]] = {
    "refund_80mm": _print,
    "refund_58mm": lambda folder: _print(folder, profile=PAPER_58_MM),
    "refund_de_58mm": lambda folder: _print(folder, shop=GERMAN, profile=PAPER_58_MM),
    "refund_merchant_80mm": lambda folder: _print(folder, copy=ReceiptCopy.MERCHANT),
    "refund_refused_80mm": lambda folder: _print(folder, state=AttemptState.DECLINED),
    "refund_copy_58mm": lambda folder: _print(folder, duplicate=True, profile=PAPER_58_MM),
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoder")


@pytest.mark.parametrize("case", CASES)
def test_receipt_is_as_reviewed(case: str, cache: Path, *, update_golden: bool) -> None:
    path = GOLDEN / f"{case}.txt"
    printed = "\n".join(line.rstrip() for line in CASES[case](cache).splitlines()) + "\n"

    if update_golden:
        path.write_text(printed, encoding="utf-8")

    assert printed == path.read_text(encoding="utf-8")


def test_every_reviewed_file_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)
