"""One line, one reason: what the engine answers for each way in which payments and items differ."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.reconciliation.explanations import Explanation, Kind, ReasonCode
from gateway.reconciliation.reconciler import Reconciler
from gateway.reconciliation.records import (
    RATE_UNIT,
    AcquirerContract,
    BankLine,
    CardFee,
    Contracts,
    LineId,
    OpenItem,
    Side,
)
from tests.unit.gateway.reconciliation.reconciliation_cases import DAY, card_sale, invoice, line


def explained(items: list[OpenItem], *lines: BankLine, contracts: Contracts | None = None) -> list[Explanation]:
    return Reconciler(items, contracts).explain(lines)


def settled(explanation: Explanation) -> dict[str, int]:
    return {one.item: one.amount for one in explanation.applied}


def codes(explanation: Explanation) -> set[ReasonCode]:
    return {reason.code for reason in explanation.reasons}


def test_line_when_number_and_amount_are_equal_then_it_is_certain() -> None:
    [answer] = explained(
        [invoice("471101", 11900), invoice("471102", 11900)], line("L1", 11900, "Inv. DOC-2026-471102")
    )

    assert (answer.kind, answer.certain, settled(answer)) == (Kind.EXACT, True, {"471102": 11900})
    assert ReasonCode.DOCUMENT in codes(answer)


def test_line_when_the_bank_wrapped_the_number_then_it_is_still_read() -> None:
    [answer] = explained([invoice("471101", 11900)], line("L1", 11900, "payment for DOC-2026-47 1101"))

    assert ReasonCode.DOCUMENT in codes(answer)


def test_line_when_our_end_to_end_id_comes_back_then_the_whole_order_is_settled() -> None:
    owed = [invoice(one, -5000, side=Side.PAYABLE, end_to_end="RUN7-1") for one in ("471101", "471102")]

    [answer] = explained(owed, line("L1", -10000, end_to_end="RUN7-1"))

    assert (answer.certain, settled(answer)) == (True, {"471101": -5000, "471102": -5000})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("471101", ReasonCode.DOCUMENT_TAIL),
        ("DOC 2026 47110", ReasonCode.DOCUMENT_CUT),
        ("D0C-2O26-4711OI", ReasonCode.DOCUMENT_ALIKE),
    ],
)
def test_line_when_the_number_is_spoiled_then_its_likeness_counts(text: str, code: ReasonCode) -> None:
    [answer] = explained([invoice("471101", 11900)], line("L1", 11900, text))

    assert settled(answer) == {"471101": 11900}
    assert code in codes(answer) or ReasonCode.DOCUMENT_TAIL in codes(answer)


def test_line_when_cash_discount_was_taken_then_the_item_is_settled_whole() -> None:
    [answer] = explained([invoice("471101", 10000, discount_bp=200)], line("L1", 9800, "DOC-2026-471101"))

    assert (answer.kind, settled(answer)) == (Kind.CASH_DISCOUNT, {"471101": 10000})
    assert [(one.name, one.amount) for one in answer.adjustments] == [("discount", -200)]


def test_line_when_a_part_is_paid_then_the_rest_finds_the_same_item() -> None:
    first, second = explained(
        [invoice("471101", 90000), invoice("471102", 45000, party="P2", name="Otherwise Foods")],
        line("L1", 40000, "DOC-2026-471101 part"),
        line("L2", 50000, "DOC-2026-471101 balance", days=20),
    )

    assert (first.kind, settled(first)) == (Kind.PARTIAL, {"471101": 40000})
    assert (second.kind, settled(second)) == (Kind.REST, {"471101": 50000})


def test_line_when_digits_are_swapped_then_what_is_over_is_named() -> None:
    [answer] = explained([invoice("471101", 12350)], line("L1", 13250, "DOC-2026-471101"))

    assert (answer.kind, settled(answer)) == (Kind.OVERPAID, {"471101": 12350})
    assert [(one.name, one.amount) for one in answer.adjustments] == [("over", 900)]


def test_line_when_booked_from_another_currency_then_the_mid_rate_judges() -> None:
    contracts = Contracts(rates={DAY + dt.timedelta(days=10): {"USD": RATE_UNIT * 11 // 10}})
    [answer] = explained(
        [invoice("471101", 110000, currency="USD")], line("L1", 99200, "DOC-2026-471101"), contracts=contracts
    )

    assert (answer.kind, settled(answer)) == (Kind.FX, {"471101": 110000})


def test_line_when_only_some_numbers_are_told_then_a_sum_completes_it() -> None:
    items = [invoice(str(471101 + at), amount) for at, amount in enumerate((12345, 23456, 34567, 45678))]

    [answer] = explained(items, line("L1", 12345 + 34567 + 45678, "DOC-2026-471101 ua"))

    assert (answer.kind, set(settled(answer))) == (Kind.BUNDLE, {"471101", "471103", "471104"})


def test_line_when_a_credit_note_is_netted_then_it_is_consumed_too() -> None:
    items = [invoice("471101", 50000), invoice("471102", 30000), invoice("471103", -7777, credit_note=True)]

    [answer] = explained(items, line("L1", 72223, "DOC-2026-471101, DOC-2026-471102, DOC-2026-471103"))

    assert (answer.certain, settled(answer)["471103"]) == (True, -7777)


def test_line_when_two_parties_owe_the_same_and_nothing_tells_then_nothing_is_posted() -> None:
    items = [
        invoice("471101", 9900, party="P1", name="Miller Print GmbH"),
        invoice("471102", 9900, party="P2", name="Miller Print AG"),
    ]

    [answer] = explained(items, line("L1", 9900, name="MILLER PRINT"))

    assert not answer.certain
    assert len(answer.alternatives) >= 1


def test_line_when_many_parties_have_the_name_then_the_one_that_owes_the_amount_is_meant() -> None:
    owed = [invoice(f"47110{one}", 7000 + one, party=f"P{one}") for one in range(8)]

    answers = [explained(owed, line("L1", 7000 + one))[0] for one in range(8)]

    assert [(answer.certain, settled(answer)) for answer in answers] == [
        (True, {f"47110{one}": 7000 + one}) for one in range(8)
    ]


def test_line_when_two_of_one_name_owe_the_amount_then_nothing_is_posted() -> None:
    owed = [invoice(f"47110{one}", 7000, party=f"P{one}") for one in range(2)]

    [answer] = explained(owed, line("L1", 7000))

    assert not answer.certain


def test_line_when_paid_a_second_time_then_it_stays_open_and_names_the_first() -> None:
    first, second = explained(
        [invoice("471101", 11900), invoice("471102", 11900)],
        line("L1", 11900, "DOC-2026-471101"),
        line("L2", 11900, "DOC-2026-471101", days=12),
    )

    assert first.certain
    assert (second.kind, second.applied, second.duplicate_of) == (Kind.DUPLICATE, (), "L1")


def test_line_when_a_payment_comes_back_then_its_item_is_open_again() -> None:
    items = [invoice("471101", 11900)]
    engine = Reconciler(items)

    _, back = engine.explain(
        [
            line("L1", 11900, "DOC-2026-471101"),
            line("L2", -12200, "Return DOC-2026-471101", days=14, return_code="AM04"),
        ]
    )

    assert (back.kind, back.reverses, settled(back)) == (Kind.RETURN, "L1", {"471101": -11900})
    assert [(one.name, one.amount) for one in back.adjustments] == [("fee", -300)]
    assert engine.book.items[items[0].id].left == 11900


def test_line_when_an_advance_is_paid_then_an_equal_invoice_is_left_alone() -> None:
    [answer] = explained([invoice("471101", 11900)], line("L1", 11900, "Deposit order 990817"))

    assert (answer.kind, answer.applied) == (Kind.PREPAYMENT, ())


def test_lines_when_equal_without_a_number_then_the_oldest_items_go_first() -> None:
    items = [invoice(str(471101 + at), 25000, issued=DAY + dt.timedelta(days=30 * at)) for at in range(3)]

    answers = explained(items, line("L1", 25000, "rent", days=61), line("L2", 25000, "rent", days=70))

    assert [set(settled(answer)) for answer in answers] == [{"471101"}, {"471102"}]


def test_payout_when_late_sales_roll_over_then_each_payout_is_exact() -> None:
    sales = [
        card_sale("S1", 1000, "2026-03-02T10:00:00"),
        card_sale("S2", 2500, "2026-03-02T18:30:00"),
        card_sale("S3", 4200, "2026-03-02T22:15:00"),
        card_sale("S4", 900, "2026-03-03T09:00:00"),
        card_sale("S5", -500, "2026-03-03T12:00:00"),
    ]
    contracts = Contracts((AcquirerContract("Acme Acquiring", "ACME ACQUIRING SA", {"VISA": CardFee(100, 10)}),))

    one, two = explained(
        sales,
        line("L1", 3500 - 10 - 10 - 25 - 10, "TID 55500011", name="ACME ACQUIRING SA", days=1),
        line("L2", 4600 - 42 - 10 - 9 - 10, "MID 880011", name="ACME ACQUIRING SA", days=2),
        contracts=contracts,
    )

    assert (one.certain, set(settled(one))) == (True, {"S1", "S2"})
    assert (two.certain, set(settled(two))) == (True, {"S3", "S4", "S5"})
    assert [(one.name, one.amount) for one in two.adjustments] == [("fee", -71)]


def test_payout_when_taken_back_then_a_later_one_can_hold_its_sales_again() -> None:
    contracts = Contracts((AcquirerContract("Acme Acquiring", "ACME ACQUIRING", {}),))
    sales = [card_sale("S1", 5000, "2026-03-03T10:00:00"), card_sale("S2", 3000, "2026-03-04T10:00:00")]
    reconciler = Reconciler(sales, contracts)
    first = line("L1", 5000, "TID 55500011", name="ACME ACQUIRING", days=2)
    other = line("L2", 77700, "TID 55500011", name="ACME ACQUIRING", days=2)
    both = line("L3", 8000, "TID 55500011", name="ACME ACQUIRING", days=3)
    assert [settled(one) for one in reconciler.explain([first, other])] == [{"S1": 5000}, {}]

    reconciler.undo(first.id)
    [answer] = reconciler.explain([both])

    assert settled(answer) == {"S1": 5000, "S2": 3000}


def test_line_when_explained_again_then_nothing_is_applied_twice() -> None:
    engine = Reconciler([invoice("471101", 11900)])
    lines = [line("L1", 11900, "DOC-2026-471101")]

    first, again = engine.explain(lines), engine.explain(lines)

    assert first == again


def test_line_when_explained_then_it_can_be_asked_for_and_taken_back() -> None:
    item = invoice("471101", 11900)
    engine = Reconciler([item])
    empty = engine.snapshot()
    engine.explain([line("L1", 11900, "DOC-2026-471101", iban="DE02120300000000202051")])

    assert engine.explanation(LineId("L1")).certain
    engine.undo(LineId("L1"))

    assert engine.snapshot() == empty
    with pytest.raises(KeyError):
        engine.explanation(LineId("L1"))


def test_line_when_forgotten_then_it_is_no_longer_known_but_what_it_settled_can_come_back() -> None:
    engine = Reconciler([invoice("471101", 11900)])
    engine.explain([line("L1", 11900, "DOC-2026-471101")])

    engine.forget([LineId("L1"), LineId("L9")])
    twice, back = engine.explain(
        [
            line("L2", 11900, "DOC-2026-471101", days=13),
            line("L3", -11900, "DOC-2026-471101", return_code="AC04", days=19),
        ]
    )

    with pytest.raises(KeyError):
        engine.explanation(LineId("L1"))
    assert (twice.kind, twice.duplicate_of) == (Kind.DUPLICATE, "L1")
    assert (back.reverses, settled(back)) == ("L1", {"471101": -11900})


def test_payment_when_a_return_stands_on_it_then_the_return_is_undone_first() -> None:
    engine = Reconciler([invoice("471101", 11900)])
    engine.explain(
        [line("L1", 11900, "DOC-2026-471101"), line("L2", -11900, "DOC-2026-471101", return_code="AC04", days=12)]
    )
    before = engine.snapshot()

    with pytest.raises(ValueError, match="cannot hold"):
        engine.undo(LineId("L1"))

    assert engine.snapshot() == before


def test_why_not_when_asked_then_amount_party_and_number_answer() -> None:
    item = invoice("471101", 11900)
    engine = Reconciler([item])

    reasons = {one.code: one for one in engine.why_not(line("L1", -11900, "990817", name="Quite Another Firm"), item)}

    assert {ReasonCode.OTHER_SIGN, ReasonCode.NAME_DIFFERS, ReasonCode.UNKNOWN_NUMBER} <= set(reasons)
    assert dict(reasons[ReasonCode.OTHER_SIGN].figures) == {"amount": -11900, "open": 11900}


def test_why_not_when_the_item_is_paid_then_the_line_is_named() -> None:
    item = invoice("471101", 11900)
    engine = Reconciler([item])
    engine.explain([line("L1", 11900, "DOC-2026-471101")])

    [reason] = engine.why_not(line("L2", 11900), item)

    assert (reason.code, dict(reason.figures)) == (ReasonCode.PAID_BEFORE, {"line": "L1"})
