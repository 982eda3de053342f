"""Parts, tips and converted amounts: what the protocols tell of them, and when they prove a sale."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal_driver.nexo.conversion import conversion_of
from terminal_driver.nexo.judgement import doubt_of
from terminal_driver.nexo.payment_messages import ConvertedAmount
from terminal_driver.nexo.payment_messages import CurrencyConversion as ToldConversion
from terminal_driver.nexo.requests import expected_of
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Baseline, CurrencyConversion, TransactionData
from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField
from terminal_driver.zvt.proof import ProofKind, check
from terminal_driver.zvt.tlv import TlvObject
from terminal_driver.zvt.transaction import read_transaction

ASKED = SaleRequest(1000, "978", Baseline(), "name", tip_minor=100)


def _proven(request: SaleRequest, approved: int, tip: int | None) -> bool:
    data = TransactionData(code="00", amount_minor=approved, tip_minor=tip, currency_numeric="978")
    zvt = check(request, data).kind is ProofKind.PROVEN
    expected = expected_of(request, "name")
    code = "Partial" if approved < request.amount_minor else "Success"
    nexo = doubt_of(expected, replace(data, reference="name", code=code)) is None
    assert zvt is nexo is request.takes(approved, tip)
    return zvt


@pytest.mark.parametrize(
    ("approved", "tip", "allowed", "proven"),
    [
        (1000, None, False, True),
        (1200, 300, True, True),
        (1200, 300, False, False),
        (1200, 200, True, False),
        (1200, None, True, False),
        (1000, 100, True, True),
    ],
)
def test_tip_then_it_proves_only_what_it_explains_to_the_cent(
    approved: int, tip: int | None, *, allowed: bool, proven: bool
) -> None:
    assert _proven(replace(ASKED, tip_allowed=allowed), approved, tip) is proven


@pytest.mark.parametrize(("allowed", "proven"), [(True, True), (False, False)])
def test_part_then_it_proves_only_where_parts_are_taken(*, allowed: bool, proven: bool) -> None:
    assert _proven(replace(ASKED, partial_allowed=allowed), 400, None) is proven


@given(
    asked=st.integers(2, 10_000),
    approved=st.integers(1, 20_000),
    tip=st.none() | st.integers(0, 20_000),
    partial=st.booleans(),
    tips=st.booleans(),
)
def test_any_amount_then_more_is_never_taken_without_a_tip_that_explains_it(
    asked: int, approved: int, tip: int | None, *, partial: bool, tips: bool
) -> None:
    request = SaleRequest(asked, "978", Baseline(), "name", partial_allowed=partial, tip_allowed=tips)

    proven = _proven(request, approved, tip)

    if approved > asked:
        assert proven is (tips and tip == approved - asked)
    elif approved < asked:
        assert proven is partial
    else:
        assert proven


def test_conversion_of_zvt_when_it_has_the_shape_then_read_else_left_out() -> None:
    def read(amount: bytes, currency: bytes) -> CurrencyConversion | None:
        told = TlvObject("31", children=(TlvObject("1F1D", amount), TlvObject("1F1E", currency)))
        return read_transaction((BitmapField(TLV_CONTAINER, objects=(told,)),)).conversion

    assert read(bytes.fromhex("000000001299"), bytes.fromhex("0840")) == CurrencyConversion(1299, "840")
    for amount, currency in (("001299", "0840"), ("00000000129E", "0840"), ("000000001299", "8400"), ("", "")):
        assert read(bytes.fromhex(amount), bytes.fromhex(currency)) is None


def test_conversion_of_nexo_when_agreed_then_told_else_left_out() -> None:
    amount = ConvertedAmount("USD", Decimal("12.99"))
    agreed = ToldConversion(True, amount, Decimal("1.0825"), Decimal("3.5"), "Card 4111111111111111")

    found = conversion_of((ToldConversion(False, amount), agreed))

    assert found is not None
    assert (found.amount_minor, found.currency_numeric, found.rate, found.markup) == (1299, "840", "1.0825", "3.5")
    assert "4111111111111111" not in (found.words or "")
    assert conversion_of((ToldConversion(True, ConvertedAmount("QQQ", Decimal(1))),)) is None
    assert conversion_of(()) is None
