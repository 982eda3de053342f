"""Documents for an ERP: the entry of a sales day balances and carries every amount, whatever was sold."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.domain.erp.documents import EntryLine, JournalEntry
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.sales_day import SalesAccounts, SalesDay, SalesTax, TenderSum, journal_of
from gateway.domain.errors import InputError
from tests.support.erp_documents import DAY, EUR, key_of

AMOUNT = st.integers(-1_000_000, 1_000_000)
_ACCOUNTS = SalesAccounts(
    revenue={"0": "8000", "7": "8300", "19": "8400"},
    tax={"0": "1700", "7": "1771", "19": "1776"},
    tenders={"cash": "1000", "card": "1360", "voucher": "1740"},
    tips="1741",
    rounding="2450",
    vouchers="1742",
)


@st.composite
def _days(draw: st.DrawFn) -> SalesDay:
    taxes = []
    for code in draw(st.sets(st.sampled_from(["0", "7", "19"]))):
        net, tax = draw(AMOUNT), 0 if code == "0" else draw(AMOUNT)
        taxes.append(SalesTax(code, Decimal(code), net, tax, net + tax))
    tips, rounding, vouchers, card, voucher = (draw(AMOUNT) for _ in range(5))
    cash = sum(tax.gross_minor for tax in taxes) + tips + rounding + vouchers - card - voucher
    tenders = (TenderSum("cash", cash), TenderSum("card", card), TenderSum("voucher", voucher))
    return SalesDay(key_of(1), DAY, "Corner", "Z-1", EUR, tuple(taxes), tenders, tips, rounding, vouchers)


@given(_days())
def test_entry_of_a_day_then_balanced_and_every_account_has_its_amount(day: SalesDay) -> None:
    assume(any(tender.amount_minor for tender in day.tenders) or any(tax.gross_minor for tax in day.taxes))

    made = journal_of(day, _ACCOUNTS)

    balance = {line.account: line.debit_minor - line.credit_minor for line in made.lines}
    assert len(balance) == len(made.lines)
    assert sum(balance.values()) == 0
    for tender in day.tenders:
        assert balance.get(_ACCOUNTS.tenders[tender.kind], 0) == tender.amount_minor
    for tax in day.taxes:
        assert balance.get(_ACCOUNTS.revenue[tax.code], 0) == -tax.net_minor
        assert balance.get(_ACCOUNTS.tax[tax.code], 0) == -tax.tax_minor
    assert balance.get("2450", 0) == -day.rounding_minor


@given(_days(), st.sampled_from(["cash", "card", "voucher"]))
def test_entry_of_a_day_when_a_tender_has_no_account_then_the_field_is_named(day: SalesDay, lacking: str) -> None:
    assume(any(tender.kind == lacking and tender.amount_minor for tender in day.tenders))
    tenders = {kind: account for kind, account in _ACCOUNTS.tenders.items() if kind != lacking}

    with pytest.raises(ErpFailure) as failed:
        journal_of(day, SalesAccounts(_ACCOUNTS.revenue, _ACCOUNTS.tax, tenders, "1741", "2450", "1742"))

    assert (failed.value.failure, failed.value.field) == (FailureCode.MAPPING_WRONG, f"tenders.{lacking}")


@given(st.lists(st.integers(1, 10_000), min_size=1), st.lists(st.integers(1, 10_000), min_size=1))
def test_entry_when_made_then_only_with_equal_sides(debits: list[int], credits_: list[int]) -> None:
    lines = (
        *(EntryLine("a", debit_minor=amount) for amount in debits),
        *(EntryLine("b", credit_minor=amount) for amount in credits_),
    )

    try:
        made = JournalEntry(key_of(1), DAY, EUR, "Any", "J-1", lines)
    except InputError:
        assert sum(debits) != sum(credits_)
    else:
        assert made.total_minor == sum(debits) == sum(credits_)
