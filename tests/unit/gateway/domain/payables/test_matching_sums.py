"""Matching: heads and sums, credit notes, invoices without lines or order, and what people decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.money import Currency, Money
from gateway.domain.payables.coding import Coding, CodingRule, RuleState
from gateway.domain.payables.consumption import Taken
from gateway.domain.payables.matching import ByHand, HandPairing, match_payable
from gateway.domain.payables.matching_book import OrderBook
from gateway.domain.payables.matching_result import Check, Issue, LineMatch, PayableMatch, Reason, Role
from gateway.domain.payables.matching_tolerances import USUAL_TOLERANCES
from gateway.domain.payables.payable import Payable, PayableKind
from gateway.services.payables.code_payable import CodingBasis, code_open_lines
from tests.support.purchase_rows import (
    AT,
    OTHER_SUPPLIER,
    SUPPLIER,
    billed,
    book,
    eur,
    order,
    order_id_of,
    order_line,
    payable,
    received,
)
from tests.support.storage_rows import new_id

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


def test_order_of_another_supplier_currency_or_closed_then_each_named_once() -> None:
    usd = replace(
        order("P-1", order_line(1, "5", "8.00"), order_line(2, "5", "8.00", "Cup")),
        supplier_id=OTHER_SUPPLIER,
        currency="USD",
        closed=True,
        freight=Money(0, Currency.of("USD")),
    )
    lines = [billed(1, "5", "8.00", order_line_no=1), billed(2, "5", "8.00", "Cup", order_line_no=2)]

    found = _match(payable("R-1", lines, "P-1"), book([usd], received("P-1", (1, "5"), (2, "5"))))

    assert sorted(_issues(found)) == [Issue.CURRENCY_DIFFERS, Issue.ORDER_CLOSED, Issue.SUPPLIER_DIFFERS]


def test_sums_that_do_not_add_up_then_each_named() -> None:
    one = payable("R-1", [billed(1, "10", "8.00", order_line_no=1)], "P-1")

    wrong_net = replace(one, net=eur("90.00"), tax=eur("17.10"), gross=eur("107.10"), taxes=())
    wrong_gross = replace(one, gross=eur("99.00"))
    wrong_tax = replace(one, tax=eur("14.00"), gross=eur("94.00"), taxes=(replace(one.taxes[0], tax=eur("14.00")),))

    assert _only(_match(wrong_net, _coffee()), Issue.SUMS_DIFFER).subject == "net"
    assert _only(_match(wrong_gross, _coffee()), Issue.SUMS_DIFFER).subject == "gross"
    check = _only(_match(wrong_tax, _coffee()), Issue.TAX_DIFFERS)
    assert (check.expected, check.actual) == ("15.20", "14.00")


def test_credit_note_then_gives_back_what_was_billed() -> None:
    taken = {(order_id_of("P-1"), 1): Taken(Decimal(10), 8000)}
    orders = book([order("P-1", order_line(1, "10", "8.00"))], received("P-1", (1, "10")), taken)
    one = payable("G-1", [billed(1, "2", "8.00", order_line_no=1)], "P-1", kind=PayableKind.CREDIT_NOTE)

    found = _match(one, orders)

    assert found.exceptions == ()
    assert (found.takes[0].quantity, found.takes[0].amount) == (Decimal(-2), eur("-16.00"))


def test_credit_note_over_more_than_was_billed_then_named() -> None:
    one = payable("G-1", [billed(1, "2", "8.00", order_line_no=1)], "P-1", kind=PayableKind.CREDIT_NOTE)

    check = _only(_match(one, _coffee()), Issue.CREDIT_ABOVE_BILLED)

    assert (check.expected, check.actual) == ("0", "2")


def test_credit_note_below_the_agreed_price_then_too_dear() -> None:
    taken = {(order_id_of("P-1"), 1): Taken(Decimal(10), 8000)}
    orders = book([order("P-1", order_line(1, "10", "8.00"))], received("P-1", (1, "10")), taken)
    one = payable("G-1", [billed(1, "2", "5.00", order_line_no=1)], "P-1", kind=PayableKind.CREDIT_NOTE)

    assert _only(_match(one, orders), Issue.PRICE_ABOVE)


def test_invoice_without_lines_then_compared_with_all_that_is_open() -> None:
    orders = book(
        [order("P-1", order_line(1, "10", "8.00"), order_line(2, "4", "2.50", "Cups"))],
        received("P-1", (1, "10"), (2, "4")),
    )

    found = _match(payable("R-1", [], "P-1", net=eur("90.00")), orders)

    assert found.exceptions == ()
    assert {(take.order_line_no, take.quantity, take.amount.minor) for take in found.takes} == {
        (1, Decimal(10), 8000),
        (2, Decimal(4), 1000),
    }
    assert _only(_match(payable("R-2", [], "P-1", net=eur("99.00")), orders), Issue.TOTAL_ABOVE).expected == "90.00"


def test_invoice_without_order_then_open() -> None:
    found = _match(payable("R-1", [billed(1, "1", "40.00", "Telephone")]), book([]))

    assert (_line(found).role, found.exceptions) == (Role.OPEN, ())


def test_pairing_by_hand_then_comes_first() -> None:
    orders = book(
        [order("P-1", order_line(1, "10", "8.00"), order_line(2, "10", "8.00", "Something else"))],
        received("P-1", (1, "10"), (2, "10")),
    )

    found = _match(payable("R-1", [billed(1, "10", "8.00")], "P-1"), orders, {1: HandPairing(order_id_of("P-1"), 2)})

    assert (_line(found).reason, found.takes[0].order_line_no) == (Reason.BY_HAND, 2)


def test_coding_by_hand_then_takes_nothing_of_orders() -> None:
    found = _match(payable("R-1", [billed(1, "10", "8.00")], "P-1"), _coffee(), {1: Coding("4980", "K1")})

    assert (_line(found).role, _line(found).coding, found.takes) == (Role.CODED, Coding("4980", "K1"), ())


def test_named_line_with_another_article_then_named() -> None:
    orders = _coffee(sku="AB-100")

    found = _match(payable("R-1", [billed(1, "10", "8.00", order_line_no=1, sku="XY-9")], "P-1"), orders)

    assert _only(found, Issue.ARTICLE_DIFFERS).actual == "XY-9"


@pytest.mark.parametrize(("quantity", "price"), [("-2", "8.00"), ("2", "-8.00")])
def test_line_that_takes_back_then_reduces_what_is_billed_on_whichever_side_its_sign_is(
    quantity: str, price: str
) -> None:
    back = billed(2, quantity, price, amount="-16.00", order_line_no=1)
    one = payable("R-1", [billed(1, "10", "8.00", order_line_no=1), back], "P-1")

    found = _match(one, _coffee())

    assert found.exceptions == ()
    assert [(take.quantity, take.amount) for take in found.takes] == [
        (Decimal(10), eur("80.00")),
        (Decimal(-2), eur("-16.00")),
    ]


def test_line_that_takes_back_more_than_was_billed_then_named() -> None:
    one = payable("R-1", [billed(1, "2", "-8.00", amount="-16.00", order_line_no=1)], "P-1")

    assert _only(_match(one, _coffee()), Issue.CREDIT_ABOVE_BILLED).actual == "2"


@pytest.mark.parametrize(
    ("text", "amount", "role"), [("Freight DHL", "5.00", Role.FREIGHT), ("Volume rebate", "-4.00", Role.DISCOUNT)]
)
def test_line_beside_goods_then_booked_where_a_rule_in_use_says_else_with_its_goods(
    text: str, amount: str, role: Role
) -> None:
    lines = [billed(1, "10", "8.00", order_line_no=1), billed(2, "1", amount, text, amount=amount)]
    one = payable("R-1", lines, "P-1")
    found = _match(one, book([order("P-1", order_line(1, "10", "8.00"), freight="5.00")], received("P-1", (1, "10"))))
    assert (_line(found, 2).role, _line(found, 2).coding) == (role, Coding("3400", "", "V19"))
    word = text.split(maxsplit=1)[0].lower()
    rule = CodingRule(
        id=new_id(),
        supplier_id=SUPPLIER,
        words=(word,),
        least=eur("-10.00"),
        most=eur("10.00"),
        coding=Coding("3800", "", "V19"),
        state=RuleState.ACTIVE,
        created_at=AT,
        created_by="anna",
    )

    def coded(*rules: CodingRule, sent: str = "") -> Coding | None:
        basis = CodingBasis(None, rules, (), {})
        told = [replace(line, account_code=sent) if line.line_no == 2 else line for line in lines]
        return _line(code_open_lines(one, told, found, basis, USUAL_TOLERANCES)[0], 2).coding

    assert coded() == Coding("3400", "", "V19")
    assert coded(rule) == Coding("3800", "", "V19")
    assert coded(replace(rule, state=RuleState.PROPOSED)) == Coding("3400", "", "V19")
    assert coded(rule, sent="4711") == Coding("3400", "", "V19")
