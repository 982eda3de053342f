"""What an ERP is told of a payable adds up, whatever the invoice left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.domain.erp.bill_of_payable import (
    FREIGHT,
    PAYABLES,
    ROUNDING,
    UNASSIGNED,
    UNCODED,
    Ordered,
    bill_of,
    money_back,
    payment_of,
    takes_told,
)
from gateway.domain.erp.documents import PartyRef, VendorBill
from gateway.domain.payables.payable import Payable, PayableKind, PayableLine, PayableTax
from gateway.domain.payables.payment_order import Allocation
from tests.support import run_rows
from tests.support.payable_rows import euro, payable_row
from tests.support.storage_rows import new_id

VENDOR = PartyRef("s-1", "Paper Mill")
KEY = str(new_id())
DAY = date(2026, 3, 3)
AMOUNTS = some.integers(-100_000, 1_000_000)


def _line(no: int, minor: int, **told: object) -> PayableLine:
    line = PayableLine(no, f"line {no}", Decimal(2), Decimal(minor) / 200, euro(minor), tax_percent=Decimal(19))
    return replace(line, **told)  # type: ignore[arg-type]  # fields of a line


def _bill(payable: Payable, *takes: Ordered) -> VendorBill:
    return bill_of(payable, VENDOR, key=KEY, posting_on=DAY, takes={1: takes} if takes else {})


def _payable(*lines: PayableLine, net: int, tax: int, **told: object) -> Payable:
    return payable_row(new_id(), gross=net + tax, **{"lines": lines, "net": euro(net), "tax": euro(tax)} | told)  # type: ignore[arg-type]


@given(
    lines=some.lists(AMOUNTS, max_size=5),
    net=AMOUNTS,
    tax=some.integers(0, 100_000),
    shares=some.lists(some.tuples(some.sampled_from([Decimal(7), Decimal(19)]), some.integers(0, 50_000)), max_size=3),
    freight=some.none() | some.integers(1, 5_000),
    rounding=some.none() | some.integers(-2, 2),
)
def test_bill_of_when_an_invoice_says_anything_then_the_bill_adds_up_to_what_is_owed(
    lines: list[int],
    net: int,
    tax: int,
    shares: list[tuple[Decimal, int]],
    freight: int | None,
    rounding: int | None,
) -> None:
    payable = _payable(
        *(_line(no, minor) for no, minor in enumerate(lines, 1)),
        net=net,
        tax=tax,
        taxes=tuple(PayableTax(percent, euro(0), euro(amount)) for percent, amount in shares),
        freight=None if freight is None else euro(freight),
        rounding=None if rounding is None else euro(rounding),
    )

    bill = _bill(payable)

    assert (bill.gross_minor, bill.tax_minor) == (payable.gross.minor, payable.tax.minor)
    assert sum(line.net_minor for line in bill.lines) == bill.net_minor == bill.gross_minor - bill.tax_minor
    assert [line.no for line in bill.lines] == list(range(1, len(bill.lines) + 1))
    assert {line.account for line in bill.lines} <= {UNCODED, FREIGHT, ROUNDING, UNASSIGNED}


def test_bill_of_when_lines_are_coded_and_ordered_then_all_of_it_is_told() -> None:
    line = _line(1, 10_000, account_code="3300", cost_centre="100", tax_code="V19", unit="kg")
    bill = _bill(_payable(line, net=10_000, tax=1_900), Ordered("4711", 20, Decimal(2), 10_000))

    told = bill.lines[0]
    assert (told.account, told.cost_centre, told.tax_code, told.unit, told.net_minor) == (
        "3300",
        "100",
        "V19",
        "kg",
        10_000,
    )
    assert told.order is not None
    assert (told.order.order_number, told.order.line_no) == ("4711", 20)
    assert [(share.code, share.rate, share.amount_minor) for share in bill.taxes] == [("V19", Decimal(19), 1_900)]


def test_bill_of_when_a_line_bills_two_order_lines_then_it_is_told_as_two_parts() -> None:
    takes = Ordered("4711", 10, Decimal(1), 6_000), Ordered("4712", 10, Decimal(1), 4_000)

    bill = _bill(_payable(_line(1, 10_000), net=10_000, tax=1_900), *takes)

    parts = [(line.order.order_number, line.net_minor) for line in bill.lines if line.order is not None]
    assert parts == [("4711", 6_000), ("4712", 4_000)]


def test_bill_of_when_a_credit_note_gives_back_then_its_parts_are_positive() -> None:
    takes = Ordered("4711", 10, Decimal(-1), -6_000), Ordered("4712", 10, Decimal(-1), -4_000)
    credit = _payable(_line(1, 10_000), net=10_000, tax=1_900, kind=PayableKind.CREDIT_NOTE)

    bill = _bill(credit, *takes)

    assert bill.credit_note
    assert [(line.quantity, line.net_minor) for line in bill.lines] == [(Decimal(1), 6_000), (Decimal(1), 4_000)]


@pytest.mark.parametrize(
    ("told", "accounts"),
    [
        ({"freight": euro(500)}, [UNCODED, FREIGHT]),
        ({"rounding": euro(500)}, [UNCODED, ROUNDING]),
        ({}, [UNCODED, UNASSIGNED]),
    ],
)
def test_bill_of_when_something_stands_beside_the_lines_then_it_is_a_line_of_its_own(
    told: dict[str, object], accounts: list[str]
) -> None:
    bill = _bill(_payable(_line(1, 9_500), net=10_000, tax=1_900, **told))

    assert [line.account for line in bill.lines] == accounts
    assert bill.lines[-1].net_minor == 500


def test_bill_of_when_nobody_says_the_rate_of_the_tax_then_its_code_is_unassigned() -> None:
    lines = _line(1, 5_000), _line(2, 5_000, tax_percent=Decimal(7))

    bill = _bill(_payable(*lines, net=10_000, tax=1_300, taxes=()))

    assert [(share.code, share.amount_minor) for share in bill.taxes] == [(UNASSIGNED, 1_300)]
    assert [line.tax_code for line in bill.lines] == ["19", "7"]


def test_takes_told_when_a_match_is_read_then_amounts_are_minor_units() -> None:
    take = {"order_number": "4711", "line_no": 10, "quantity": "2", "amount": {"amount": "12.50", "currency": "EUR"}}

    assert takes_told({"lines": [{"line_no": 1, "takes": [take]}]}) == {1: (Ordered("4711", 10, Decimal(2), 1_250),)}


def test_payment_of_when_a_credit_note_is_netted_then_its_part_counts_against_the_others() -> None:
    invoice, credit = run_rows.payable("R-1"), run_rows.payable("C-1", gross=1_900, kind=PayableKind.CREDIT_NOTE)
    order = replace(
        run_rows.order(run_rows.run(), 1, invoice),
        amount=euro(9_900),
        allocations=(
            Allocation(invoice.id, "R-1", euro(11_800), euro(100)),
            Allocation(credit.id, "C-1", euro(1_900), euro(0), credit=True),
        ),
    )

    payment = payment_of(order, VENDOR, key=KEY, paid_on=DAY, bill_keys={invoice.id: "a", credit.id: "b"})

    assert payment.amount_minor == 9_900
    assert [(one.key, one.amount_minor, one.discount_minor) for one in payment.pays] == [
        ("a", 11_800, 100),
        ("b", -1_900, 0),
    ]


def test_money_back_when_a_payment_returns_then_it_is_owed_again() -> None:
    order = replace(run_rows.order(run_rows.run(), 1, run_rows.payable()), reason_code="AC04")

    entry = money_back(order, VENDOR, key=KEY, on=DAY)

    assert [(line.account, line.debit_minor - line.credit_minor) for line in entry.lines] == [
        (order.bank_account_id, order.amount.minor),
        (PAYABLES, -order.amount.minor),
    ]
    assert entry.lines[1].party == VENDOR
    assert "AC04" in entry.text
