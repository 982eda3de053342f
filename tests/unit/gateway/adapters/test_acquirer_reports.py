"""Reports of acquirers become records by payout, with brands and kinds of cards by the names contracts use."""

from __future__ import annotations

import pytest

from gateway.adapters.acquirer_reports import AcquirerReports
from gateway.domain.bank.payout import EntryKind, kept_entry, sums_of
from gateway.domain.errors import InputError
from tests.support.settlement_desk import report, row, some_id

STRIPE = (
    "balance_transaction_id,reporting_category,gross,fee,net,currency,automatic_payout_id,created,card_brand,"
    "card_funding,source_id,charge_id\n"
    "txn_1,charge,25.00,0.95,24.05,usd,po_1,2026-01-30,visa,debit,ch_1,ch_1\n"
    "txn_2,reserve_transaction,-5.00,0,-5.00,usd,po_1,2026-01-30,,,rsv_1,\n"
    "txn_3,payout,-19.05,0,-19.05,usd,po_1,2026-01-31,,,po_1,\n"
    "txn_4,charge,10.00,0.50,9.50,usd,po_2,2026-02-01,mastercard,credit,ch_2,ch_2\n"
)
CHECKOUT = (
    "Payout ID,Payout Date,Currency Account ID,Holding Currency,Payout Amount,Payments,Refunds,Chargebacks,"
    "Processing Fees\npay_1,2026-01-31,ca_1,EUR,93.00,100.00,-5.00,0,-2.00\n"
)


def test_report_of_two_payouts_then_each_is_a_batch_with_names_of_cards() -> None:
    first, second = AcquirerReports().read(STRIPE.encode())

    assert [one.kind for one in first.entries] == [EntryKind.SALE, EntryKind.RESERVE, EntryKind.PAYOUT]
    assert [(one.brand, one.card_kind) for one in (first.entries[0], second.entries[0])] == [
        ("visa", "debit"),
        ("mastercard", "credit"),
    ]
    assert (first.batch, second.batch) == ("po_1", "po_2")
    assert "ch_1" in first.entries[0].references
    sums = sums_of([kept_entry(some_id(), some_id(), 1, one) for one in first.entries])
    assert (sums.sales, sums.fees, sums.reserve, sums.paid, sums.difference) == (2_500, -95, -500, 1_905, 0)


def test_report_of_payouts_alone_then_its_parts_are_records_and_the_payout_leaves_the_balance() -> None:
    (batch,) = AcquirerReports().read(CHECKOUT.encode())

    sums = sums_of([kept_entry(some_id(), some_id(), 1, one) for one in batch.entries])

    assert (sums.sales, sums.refunds, sums.fees, sums.paid, sums.difference) == (10_000, -500, -200, 9_300, 0)


def test_fee_and_payout_without_a_number_then_belong_to_the_only_payout() -> None:
    (batch,) = AcquirerReports().read(report(row("Settled", 1_000, 10), row("MerchantPayout", -990, 0)))

    assert {one.batch for one in batch.entries} == {"7"}
    assert batch.account == "NorthShop"


def test_statement_of_a_bank_then_is_refused_by_name() -> None:
    statement = "Buchungstag;Wertstellung;Betrag;Waehrung;Verwendungszweck\n01.02.2026;01.02.2026;-12,50;EUR;Miete\n"

    with pytest.raises(InputError) as refused:
        AcquirerReports().read(statement.encode())

    assert refused.value.code == "not_an_acquirer_report"
