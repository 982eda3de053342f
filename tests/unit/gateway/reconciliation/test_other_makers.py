"""What payers and banks elsewhere do: netting, returns of one of many, several terminals, other banks' texts."""

from __future__ import annotations

import pytest

from gateway.reconciliation.explanations import Kind
from gateway.reconciliation.payer_text import payer_text
from gateway.reconciliation.reconciler import Reconciler
from gateway.reconciliation.records import AcquirerContract, CardFee, Contracts, OpenItem, Side
from tests.unit.gateway.reconciliation.reconciliation_cases import card_sale, invoice, line

CONTRACTS = Contracts((AcquirerContract("Acme Acquiring", "ACME ACQUIRING SA", {"VISA": CardFee(100, 5)}),))


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ("?20SVWZ+Rechnung DOC-2026-47?211101", "Rechnung DOC-2026-47 1101"),
        ("EREF+NOTPROVIDED KREF+8812345678 SVWZ+DOC-2026-471101", "DOC-2026-471101"),
        ("/ROC/77812345//REMI/DOC-2026-471101", "/ /DOC-2026-471101"),
        ("CO ENTRY DESCR:PAYMENT SEC:CCD TRACE#:779277289899149 DOC-2026-471101", "DOC-2026-471101"),
        ("Rechnung 4711/2026 + 4712/2026", "Rechnung 4711/2026 + 4712/2026"),
    ],
)
def test_text_when_a_bank_wrapped_it_then_the_payers_words_are_left(told: str, left: str) -> None:
    assert payer_text(told).split() == left.split()


def test_line_when_two_directions_are_named_then_both_are_settled() -> None:
    items = [invoice("471101", 20000), invoice("900", -7600, document="FZ-00900", side=Side.PAYABLE)]

    [answer] = Reconciler(items).explain([line("L1", 12400, "DOC-2026-471101 ./. FZ-00900")])

    assert {one.item: one.amount for one in answer.applied} == {"471101": 20000, "900": -7600}
    assert answer.certain


def test_line_when_another_document_is_named_that_does_not_fit_then_a_person_looks() -> None:
    items = [invoice("471101", 20000), invoice("900", -7000, document="FZ-00900", side=Side.PAYABLE)]

    [answer] = Reconciler(items).explain([line("L1", 12400, "DOC-2026-471101 ./. FZ-00900")])

    assert not answer.certain


def _collected() -> list[OpenItem]:
    names = ("Harbour Bakery Ltd", "Quarry Stone AG", "Mill Paper SARL")
    return [
        invoice(f"47110{at}", 5000 + 100 * at, party=f"P{at}", name=name, end_to_end="DD1")
        for at, name in enumerate(names)
    ]


def test_return_when_one_of_a_collected_batch_comes_back_then_only_its_item_is_open_again() -> None:
    engine = Reconciler(_collected())
    batch = line("L1", 15300, name="", end_to_end="DD1")
    first = line("L2", -5100, "DOC-2026-471101", name="QUARRY STONE AG", days=12, return_code="AM04")
    second = line("L3", -5200, "DOC-2026-471102", name="MILL PAPER SARL", days=13, return_code="AM04")

    before = engine.snapshot()
    answers = engine.explain([batch, first, second])

    assert [answer.kind for answer in answers] == [Kind.BUNDLE, Kind.RETURN, Kind.RETURN]
    assert [one.item for answer in answers[1:] for one in answer.applied] == ["471101", "471102"]
    assert {answer.reverses for answer in answers[1:]} == {"L1"}
    for answer in reversed(answers):
        engine.undo(answer.line)
    assert engine.snapshot() == before


def test_return_when_it_comes_back_twice_then_the_second_is_left_open() -> None:
    engine = Reconciler(_collected())
    back = [
        line(name, -5100, "DOC-2026-471101", name="QUARRY STONE AG", days=days, return_code="AM04")
        for name, days in (("L2", 12), ("L3", 13))
    ]

    answers = engine.explain([line("L1", 15300, name="", end_to_end="DD1"), *back])

    assert [len(answer.applied) for answer in answers] == [3, 1, 0]


def test_money_out_when_it_repeats_a_named_payment_backwards_then_it_is_a_return_without_a_word() -> None:
    engine = Reconciler([invoice("471101", 20000)])

    answers = engine.explain(
        [line("L1", 20000, "DOC-2026-471101"), line("L2", -20000, "KUMIMODOSHI DOC-2026-471101", days=14)]
    )

    assert answers[1].kind is Kind.RETURN
    assert answers[1].reverses == "L1"


def test_number_that_nobody_knows_when_all_else_fits_then_a_person_looks() -> None:
    items = [invoice("471101", 20000)]

    [plain] = Reconciler(items).explain([line("L1", 20000, "thanks")])
    [strange] = Reconciler(items).explain([line("L1", 20000, "Handpenning 835430")])

    assert plain.certain
    assert [one.item for one in strange.applied] == ["471101"]
    assert not strange.certain


def test_text_when_it_lists_forty_documents_then_all_are_settled() -> None:
    items = [invoice(f"4711{at:02d}", 1000 + at) for at in range(40)]
    text = " ".join(item.document.replace("-", "/") for item in items if item.document)

    [answer] = Reconciler(items).explain([line("L1", sum(item.amount for item in items), text)])

    assert len(answer.applied) == 40
    assert answer.certain


def test_range_when_it_goes_from_a_credit_note_to_an_invoice_then_its_ends_are_named() -> None:
    items = [
        invoice("471120", 30000),
        invoice("471090", 12345),
        invoice("471130", 999),
        invoice("471110", -5000, document="CN-2026-471110", credit_note=True),
    ]

    [answer] = Reconciler(items).explain([line("L1", 37345, "CN-2026-471110 bis 471120")])

    assert {one.item for one in answer.applied} == {"471120", "471090", "471110"}


def test_payout_when_two_terminals_are_named_then_the_sales_of_both_are_settled() -> None:
    items = [
        card_sale(f"S{terminal}{at}", 1000 + 100 * at, f"2026-03-03T1{at}:00:00", terminal=terminal)
        for terminal in ("55500011", "55500022")
        for at in range(3)
    ]

    [answer] = Reconciler(items, CONTRACTS).explain(
        [line("L1", 6600 - 66 - 30, "TID 55500011 TID 55500022", name="ACME ACQUIRING SA", days=2)]
    )

    assert len(answer.applied) == 6
    assert answer.adjustments[0].amount == -96


@pytest.mark.parametrize("kept", [330, 20, 1100])
def test_payout_when_it_is_short_of_more_than_the_contract_then_it_is_proposed_only(kept: int) -> None:
    """A tenth kept back, interchange that moves the fee, a sale of a day before taken back."""
    old = [card_sale("S9", 1100, "2026-03-03T10:00:00")]
    items = [card_sale(f"S{at}", 1000 + 100 * at, f"2026-03-04T1{at}:00:00") for at in range(3)]
    engine = Reconciler([*old, *items], CONTRACTS)

    answers = engine.explain(
        [
            line("L1", 1100 - 16, "TID 55500011", name="ACME ACQUIRING SA", days=2),
            line("L2", 3300 - 48 - kept, "TID 55500011", name="ACME ACQUIRING SA", days=3),
        ]
    )

    assert {one.item for one in answers[1].applied} == {"S0", "S1", "S2"}
    assert not answers[1].certain


@pytest.mark.parametrize(
    ("rates", "currency", "owed", "booked"),
    [
        ({"JPY": 162_000_000}, "JPY", 162_000, 99_500),
        ({"EUR": 4_300_000, "JPY": 700_000_000}, "JPY", 162_791, 99_500),
        ({"PLN": 4_300_000, "EUR": 1_000_000}, "PLN", 430_000, 99_500),
    ],
)
def test_rate_when_decimals_or_base_differ_then_the_amount_at_mid_is_right(
    rates: dict[str, int], currency: str, owed: int, booked: int
) -> None:
    paid = line("L1", booked, "DOC-2026-471101")
    contracts = Contracts(rates={paid.booked: rates})

    [answer] = Reconciler([invoice("471101", owed, currency=currency)], contracts).explain([paid])

    [told] = [dict(reason.figures) for reason in answer.reasons if "at_mid" in dict(reason.figures)]
    assert told["at_mid"] == pytest.approx(100_000, abs=2)


def test_tax_when_withheld_from_the_net_amount_then_the_item_is_settled() -> None:
    [answer] = Reconciler([invoice("471101", 122_000)]).explain([line("L1", 102_000, "DOC-2026-471101")])

    assert answer.kind is Kind.WITHHOLDING
    assert [one.amount for one in answer.applied] == [122_000]
    assert [one.amount for one in answer.adjustments] == [-20_000]


def test_sum_when_many_could_match_then_a_named_end_does_not_make_it_certain() -> None:
    """Sixteen small items: eight of them add up to nearly anything."""
    named = invoice("471101", 50_000)
    small = [invoice(f"4722{at:02d}", 100 * at + 300) for at in range(16)]

    [answer] = Reconciler([named, *small]).explain([line("L1", 50_000 + 7200, "DOC-2026-471101 etc")])

    assert not answer.certain


def test_return_when_one_payment_of_our_own_batch_comes_back_less_a_fee_then_its_item_is_open_again() -> None:
    items = [
        invoice(
            f"47110{at}",
            -5000 - 100 * at,
            party=f"P{at}",
            name=f"Supplier {at} Ltd",
            side=Side.PAYABLE,
            end_to_end="PR1",
        )
        for at in range(3)
    ]

    answers = Reconciler(items).explain(
        [
            line("L1", -15300, name="", end_to_end="PR1"),
            line("L2", 4800, "RETURNED DOC-2026-471101", name="SUPPLIER 1 LTD", days=12, return_code="AC04"),
        ]
    )

    assert [(one.item, one.amount) for one in answers[1].applied] == [("471101", 5100)]
    assert answers[1].adjustments[0].amount == -300
