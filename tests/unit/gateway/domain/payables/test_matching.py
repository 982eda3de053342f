"""Matching of payables with orders and receipts: every exception with its figures, every pairing with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.payables.coding import Coding
from gateway.domain.payables.consumption import FREIGHT_LINE, Taken
from gateway.domain.payables.matching import ByHand, HandPairing, match_payable
from gateway.domain.payables.matching_book import OrderBook
from gateway.domain.payables.matching_result import Check, Issue, LineMatch, PayableMatch, Reason, Role
from gateway.domain.payables.matching_tolerances import USUAL_TOLERANCES
from gateway.domain.payables.payable import Payable
from gateway.domain.payables.purchase import MatchWays
from tests.support.purchase_rows import (
    billed,
    book,
    eur,
    order,
    order_id_of,
    order_line,
    payable,
    received,
)

NOBODY: Mapping[int, HandPairing | Coding] = {}


def _match(one: Payable, orders: OrderBook, by_hand: ByHand = NOBODY) -> PayableMatch:
    return match_payable(one, orders, USUAL_TOLERANCES, by_hand)


def _line(found: PayableMatch, line_no: int = 1) -> LineMatch:
    return next(line for line in found.lines if line.line_no == line_no)


def _issues(found: PayableMatch) -> list[Issue]:
    return [one.check.issue for one in found.exceptions]


def _only(found: PayableMatch, issue: Issue) -> Check:
    (one,) = found.exceptions
    assert one.check.issue is issue
    return one.check


def _coffee(quantity: str = "10", price: str = "8.00", **more: Any) -> OrderBook:
    return book([order("P-1", order_line(1, quantity, price, **more))], received("P-1", (1, quantity)))


def test_line_as_ordered_and_received_then_takes_it_all() -> None:
    found = _match(payable("R-1", [billed(1, "10", "8.00", order_line_no=1)], "P-1"), _coffee())

    assert found.exceptions == ()
    (take,) = found.takes
    assert (take.order_id, take.order_line_no, take.quantity) == (order_id_of("P-1"), 1, Decimal(10))
    assert take.amount == eur("80.00")
    assert _line(found).reason is Reason.LINE_NAMED
    assert _line(found).coding == Coding("3400", "", "V19")


@pytest.mark.parametrize(
    ("price", "issue", "limit"),
    [("8.16", None, ""), ("8.17", Issue.PRICE_ABOVE, "1.60"), ("7.60", None, ""), ("7.59", Issue.PRICE_BELOW, "4.00")],
)
def test_price_when_share_is_smaller_then_share_decides(price: str, issue: Issue | None, limit: str) -> None:
    found = _match(payable("R-1", [billed(1, "10", price, order_line_no=1)], "P-1"), _coffee())

    if issue is None:
        assert found.exceptions == ()
    else:
        check = _only(found, issue)
        assert (check.expected, check.limit) == ("80.00", limit)


def test_price_when_amount_is_smaller_then_amount_decides() -> None:
    orders = _coffee("1000", "8.00")

    assert _match(payable("R-1", [billed(1, "1000", "8.05", order_line_no=1)], "P-1"), orders).exceptions == ()
    found = _match(payable("R-1", [billed(1, "1000", "8.06", order_line_no=1)], "P-1"), orders)
    assert _only(found, Issue.PRICE_ABOVE).limit == "50.00"


def test_price_per_hundred_then_compared_for_one() -> None:
    orders = _coffee("250", "4.20", price_per=Decimal(100))

    found = _match(payable("R-1", [billed(1, "250", "0.042", order_line_no=1)], "P-1"), orders)

    assert found.exceptions == ()
    assert found.takes[0].amount == eur("10.50")


def test_rounding_of_a_cent_then_never_an_exception() -> None:
    orders = _coffee("3", "0.10")

    found = _match(payable("R-1", [billed(1, "3", "0.10", order_line_no=1, amount="0.32")], "P-1"), orders)

    assert _issues(found) == []


def test_line_total_above_own_quantity_times_price_then_named() -> None:
    found = _match(payable("R-1", [billed(1, "10", "8.00", order_line_no=1, amount="81.00")], "P-1"), _coffee())

    check = _only(found, Issue.LINE_TOTAL_ABOVE)
    assert (check.expected, check.actual) == ("80.00", "81.00")


def test_over_delivery_within_the_share_of_the_line_then_right() -> None:
    orders = book([order("P-1", order_line(1, "10", "8.00", over_percent=Decimal(10)))], received("P-1", (1, "12")))

    assert _match(payable("R-1", [billed(1, "11", "8.00", order_line_no=1)], "P-1"), orders).exceptions == ()
    check = _only(
        _match(payable("R-1", [billed(1, "12", "8.00", order_line_no=1)], "P-1"), orders),
        Issue.QUANTITY_ABOVE_ORDERED,
    )
    assert (check.expected, check.actual, check.limit) == ("10", "12", "1")


def test_over_delivery_without_a_share_of_its_own_then_worth_at_most_the_amount() -> None:
    orders = book([order("P-1", order_line(1, "1000", "8.00"))], received("P-1", (1, "1010")))

    found = _match(payable("R-1", [billed(1, "1007", "8.00", order_line_no=1)], "P-1"), orders)

    assert _only(found, Issue.QUANTITY_ABOVE_ORDERED).limit == "6.25"


def test_invoice_before_any_receipt_then_waits() -> None:
    orders = book([order("P-1", order_line(1, "10", "8.00"))])

    found = _match(payable("R-1", [billed(1, "10", "8.00", order_line_no=1)], "P-1"), orders)

    check = _only(found, Issue.NOT_RECEIVED_YET)
    assert (check.expected, check.actual) == ("0", "10")


def test_partial_receipt_then_only_what_arrived_may_be_billed() -> None:
    orders = book([order("P-1", order_line(1, "10", "8.00"))], received("P-1", (1, "4"), (1, "3"), (1, "-1")))

    assert _match(payable("R-1", [billed(1, "6", "8.00", order_line_no=1)], "P-1"), orders).exceptions == ()
    found = _match(payable("R-1", [billed(1, "7", "8.00", order_line_no=1)], "P-1"), orders)
    assert _only(found, Issue.QUANTITY_ABOVE_RECEIVED).expected == "6"


def test_consumption_of_others_then_counts_against_ordered_and_received() -> None:
    taken = {(order_id_of("P-1"), 1): Taken(Decimal(8), 6400)}
    orders = book([order("P-1", order_line(1, "10", "8.00"))], received("P-1", (1, "10")), taken)

    assert _match(payable("R-2", [billed(1, "2", "8.00", order_line_no=1)], "P-1"), orders).exceptions == ()
    found = _match(payable("R-2", [billed(1, "3", "8.00", order_line_no=1)], "P-1"), orders)
    assert _issues(found) == [Issue.QUANTITY_ABOVE_ORDERED, Issue.QUANTITY_ABOVE_RECEIVED]


def test_two_lines_on_one_order_line_then_the_second_sees_the_first() -> None:
    lines = [billed(1, "6", "8.00", order_line_no=1), billed(2, "6", "8.00", order_line_no=1)]

    found = _match(payable("R-1", lines, "P-1"), _coffee())

    assert {(one.line_no, one.check.actual) for one in found.exceptions} == {(2, "12")}


def test_services_two_way_then_no_receipt_is_asked_for() -> None:
    orders = book([order("P-1", order_line(1, "1", "500.00", "Window cleaning", ways=MatchWays.TWO_WAY))])

    assert _match(payable("R-1", [billed(1, "1", "500.00", order_line_no=1)], "P-1"), orders).exceptions == ()


def test_consignment_then_nothing_may_be_billed() -> None:
    orders = _coffee(ways=MatchWays.CONSIGNMENT)

    found = _match(payable("R-1", [billed(1, "10", "8.00", order_line_no=1)], "P-1"), orders)

    assert Issue.CONSIGNMENT in _issues(found)


def test_unknown_order_then_named() -> None:
    found = _match(payable("R-1", [billed(1, "10", "8.00")], "P-9"), _coffee())

    assert _only(found, Issue.UNKNOWN_ORDER).actual == "P-9"


def test_line_that_fits_nothing_of_the_named_order_then_unknown_line() -> None:
    found = _match(payable("R-1", [billed(1, "1", "99.00", "Garden chair")], "P-1"), _coffee())

    assert _only(found, Issue.UNKNOWN_LINE).actual == "Garden chair"


@pytest.mark.parametrize(
    ("known", "said", "reason"),
    [({"sku": "AB-100"}, "ab 100", Reason.SKU), ({"supplier_sku": "77.1"}, "771", Reason.SUPPLIER_SKU)],
)
def test_article_number_written_differently_then_paired(known: dict[str, Any], said: str, reason: Reason) -> None:
    orders = book(
        [order("P-1", order_line(1, "5", "2.00", "Cup"), order_line(2, "10", "8.00", "Other words", **known))],
        received("P-1", (1, "5"), (2, "10")),
    )

    found = _match(payable("R-1", [billed(1, "10", "8.00", "Kaffee", sku=said)], "P-1"), orders)

    assert (_line(found).reason, found.takes[0].order_line_no) == (reason, 2)
    assert found.exceptions == ()


def test_text_with_price_then_paired_with_its_likeness() -> None:
    orders = book(
        [
            order(
                "P-1", order_line(1, "5", "8.00", "Espresso beans dark 1 kg"), order_line(2, "5", "3.00", "Paper cups")
            )
        ],
        received("P-1", (1, "5"), (2, "5")),
    )

    found = _match(payable("R-1", [billed(1, "5", "8.00", "ESPRESSO BEANS DARK")], "P-1"), orders)

    assert (_line(found).reason, _line(found).takes[0].order_line_no) == (Reason.TEXT, 1)
    assert _line(found).score == 75


def test_only_line_of_this_price_then_paired_at_last() -> None:
    orders = book(
        [order("P-1", order_line(1, "5", "8.00", "Bohnen"), order_line(2, "5", "3.00", "Becher"))],
        received("P-1", (1, "5"), (2, "5")),
    )

    found = _match(payable("R-1", [billed(1, "5", "3.00", "cups")], "P-1"), orders)

    assert (_line(found).reason, found.takes[0].order_line_no) == (Reason.ONLY_PRICE, 2)


def test_two_orders_equally_good_then_none_is_chosen() -> None:
    orders = book(
        [order(number, order_line(1, "10", "8.00")) for number in ("P-1", "P-2")],
        (*received("P-1", (1, "10")), *received("P-2", (1, "10"))),
    )

    found = _match(payable("R-1", [billed(1, "10", "8.00")]), orders)

    assert _only(found, Issue.AMBIGUOUS_LINE).actual == "Coffee beans 1 kg"
    assert [one.order.number for one in _line(found).candidates] == ["P-1", "P-2"]
    assert found.takes == ()


def test_lines_of_one_order_that_say_the_same_then_filled_one_after_the_other() -> None:
    orders = book(
        [order("P-1", order_line(1, "5", "8.00"), order_line(2, "5", "8.00"))], received("P-1", (1, "5"), (2, "5"))
    )

    found = _match(payable("R-1", [billed(1, "7", "8.00", amount="56.01")], "P-1"), orders)

    assert [(take.order_line_no, take.quantity) for take in found.takes] == [(1, Decimal(5)), (2, Decimal(2))]
    assert sum(take.amount.minor for take in found.takes) == 5601
    assert found.exceptions == ()


def test_units_that_measure_the_same_then_converted() -> None:
    orders = _coffee("24", "1.00", unit="pcs")

    found = _match(payable("R-1", [billed(1, "2", "12.00", order_line_no=1, unit="dozen")], "P-1"), orders)

    assert found.exceptions == ()
    assert found.takes[0].quantity == Decimal(24)


def test_minutes_of_an_hour_then_exactly_an_hour() -> None:
    orders = _coffee("1", "60.00", unit="h")

    found = _match(payable("R-1", [billed(1, "60", "1.00", order_line_no=1, unit="min")], "P-1"), orders)

    assert found.exceptions == ()
    assert found.takes[0].quantity == Decimal(1)


def test_units_nobody_can_convert_then_named() -> None:
    found = _match(payable("R-1", [billed(1, "10", "8.00", order_line_no=1, unit="kg")], "P-1"), _coffee())

    check = _only(found, Issue.UNIT_DIFFERS)
    assert (check.expected, check.actual) == ("pcs", "kg")


def test_other_tax_than_ordered_then_named() -> None:
    one = payable("R-1", [billed(1, "10", "8.00", order_line_no=1, tax_percent=Decimal(7))], "P-1")

    check = _only(_match(one, _coffee()), Issue.TAX_DIFFERS)

    assert (check.expected, check.actual) == ("19", "7")


def test_freight_as_agreed_then_taken_from_the_order_once() -> None:
    orders = book([order("P-1", order_line(1, "10", "8.00"), freight="12.00")], received("P-1", (1, "10")))
    lines = [billed(1, "10", "8.00", order_line_no=1), billed(2, "1", "12.00", "Versandkosten DHL")]

    found = _match(payable("R-1", lines, "P-1"), orders)

    assert found.exceptions == ()
    assert _line(found, 2).role is Role.FREIGHT
    assert _line(found, 2).coding == Coding("3400", "", "V19")
    assert [take.amount for take in found.takes if take.order_line_no == FREIGHT_LINE] == [eur("12.00")]


def test_freight_that_was_billed_before_then_not_agreed() -> None:
    taken = {(order_id_of("P-1"), FREIGHT_LINE): Taken(Decimal(0), 1200)}
    orders = book([order("P-1", order_line(1, "10", "8.00"), freight="12.00")], received("P-1", (1, "10")), taken)
    lines = [billed(1, "10", "8.00", order_line_no=1), billed(2, "1", "12.00", "Freight")]

    check = _only(_match(payable("R-1", lines, "P-1"), orders), Issue.FREIGHT_NOT_AGREED)

    assert (check.expected, check.actual, check.limit) == ("0.00", "12.00", "1.20")


def test_freight_on_the_head_then_compared_too() -> None:
    one = payable("R-1", [billed(1, "10", "8.00", order_line_no=1)], "P-1")
    one = replace(one, net=eur("95.00"), tax=eur("18.05"), gross=eur("113.05"), freight=eur("15.00"), taxes=())

    assert _only(_match(one, _coffee()), Issue.FREIGHT_NOT_AGREED).actual == "15.00"


def test_rounding_line_of_cents_then_recognised() -> None:
    lines = [billed(1, "10", "8.00", order_line_no=1), billed(2, "1", "0.02", "Rundungsdifferenz")]

    found = _match(payable("R-1", lines, "P-1"), _coffee())

    assert (_line(found, 2).role, found.exceptions) == (Role.ROUNDING, ())


def test_rounding_line_of_euros_then_is_none() -> None:
    lines = [billed(1, "10", "8.00", order_line_no=1), billed(2, "1", "20.00", "Rundungsdifferenz")]

    assert _only(_match(payable("R-1", lines, "P-1"), _coffee()), Issue.UNKNOWN_LINE)
