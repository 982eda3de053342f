"""Orders to the kitchen from the till: told what is new, once, and never in the way of a sale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.conftest import OpenAs
from tests.e2e.test_till_ways import bought, exchange
from tests.e2e.till_page import PRINTER, TillPage

PRINTED = re.compile(r"Kitchen order \d+ is printed")


def _set_routes(admin: TillPage, routes: list[dict[str, str]]) -> None:
    admin.open("/printers")
    token = admin.page.locator('meta[name="csrf-token"]').get_attribute("content")
    assert token is not None
    headers = {"X-CSRF-Token": token, "Origin": admin.address}
    answer = admin.page.context.request.put(
        f"{admin.address}/v1/kitchen-routes", headers=headers, data={"routes": routes}
    )
    assert answer.ok, answer.text()


@pytest.fixture
def kitchen_till(open_as: OpenAs) -> Iterator[TillPage]:
    """A manager's till of a shop whose kitchen and bar are told; left as a shop without routes."""
    admin = open_as("administrator")
    before = admin.page.context.request.get(f"{admin.address}/v1/kitchen-routes").json()["routes"]
    _set_routes(admin, [{"group": "*", "printer_id": PRINTER}])
    page = open_as("manager")
    page.open_till()
    page.behave("approve")
    page.show_items()
    yield page
    page.page.keyboard.press("F8")
    _set_routes(admin, before)


def _orders(till: TillPage) -> list[dict[str, Any]]:
    """Return the orders of the shop, newest first."""
    found: list[dict[str, Any]] = till.page.context.request.get(f"{till.address}/v1/orders").json()["data"]
    return found


def _dishes(order: dict[str, Any]) -> dict[str, float]:
    return {line["text"]: float(line["quantity"]) for line in order["lines"]}


def test_bill_sent_parked_taken_up_and_paid_then_the_kitchen_hears_each_dish_once(kitchen_till: TillPage) -> None:
    till, page = kitchen_till, kitchen_till.page
    line = page.locator("[data-kitchen-line]")
    known = len(_orders(till))
    till.sell("Soup of the day")
    till.sell("Mug")
    page.keyboard.press("F6")
    expect(line).to_contain_text(PRINTED)
    page.keyboard.press("F9")
    expect(page.locator('[data-form="park"] [name=name]')).to_be_focused()
    page.keyboard.type("Table 9")
    page.keyboard.press("Enter")
    till.expect_sale()
    expect(till.total).to_have_text("EUR0.00")
    page.reload()
    till.show_items()
    page.keyboard.press("F9")
    page.locator("[data-parked]", has_text="Table 9").locator('[data-act="recall"]').click()
    till.sell("Tea")
    till.cash()
    till.expect_state("settled")
    expect(line).to_contain_text(PRINTED)

    last, first = _orders(till)[:2]
    assert len(_orders(till)) == known + 2
    assert (last["ticket_id"], last["sequence"], last["label"]) == (first["ticket_id"], 2, "Table 9")
    assert _dishes(first) == {"Soup of the day": 1}
    assert _dishes(last) == {"Soup of the day": 1, "Tea": 1}
    # The sale is still on the screen: taken up again after a reload, it tells the kitchen nothing more.
    with page.expect_response(lambda answer: answer.url.endswith("/orders") and answer.status == 201):
        page.reload()
    till.expect_state("settled")
    assert len(_orders(till)) == known + 2
    assert till.hindrances_in_any_light() == []
    till.next_sale()


def test_order_that_does_not_arrive_then_a_quiet_line_sends_it_again(kitchen_till: TillPage) -> None:
    till, page = kitchen_till, kitchen_till.page
    till.may_fail = ("ERR_FAILED", "ERR_CONNECTION", "Failed to load")
    line = page.locator("[data-kitchen-line]")
    known = len(_orders(till))

    def lose(route: Route) -> None:
        route.abort()

    page.route("**/v1/sales/*/orders", lose)
    till.sell("Cheesecake")
    till.cash()
    till.expect_state("settled")
    expect(line).to_contain_text("The kitchen was not told")
    till.next_sale()
    assert till.hindrances_in_any_light() == []
    page.reload()
    expect(line).to_contain_text("The kitchen was not told")
    assert len(_orders(till)) == known
    page.unroute("**/v1/sales/*/orders")

    line.get_by_role("button", name="Send again").click()

    expect(line).to_contain_text(PRINTED)
    assert _dishes(_orders(till)[0]) == {"Cheesecake": 1}
    assert len(_orders(till)) == known + 1


def test_card_and_split_bill_tell_the_kitchen_once_and_a_sale_of_goods_not_at_all(kitchen_till: TillPage) -> None:
    till, page = kitchen_till, kitchen_till.page
    line = page.locator("[data-kitchen-line]")
    known = len(_orders(till))
    till.sell("Mug")
    till.cash()
    till.next_sale()
    expect(line).to_be_hidden()

    till.sell("Tea")
    page.keyboard.press("F1")
    till.pay_with_pin()
    till.expect_state("approved")
    expect(line).to_contain_text(PRINTED)
    page.keyboard.press("Enter")
    till.expect_sale()
    assert [_dishes(order) for order in _orders(till)[: len(_orders(till)) - known]] == [{"Tea": 1}]

    for name in ("Coffee", "Apple cake"):
        till.sell(name)
    page.keyboard.press("F6")
    expect(line).to_contain_text(PRINTED)
    page.keyboard.press("F3")
    expect(page.locator("[data-shares] li")).to_have_count(2)
    page.locator("[data-do-split]").click()
    expect(page.locator("[data-view=pay] [data-share]")).to_have_text("Share 1 of 2")
    for share in ("1 of 2 paid", "2 of 2 paid"):
        expect(page.locator('#till[data-step="rest"]')).to_be_visible()
        with page.expect_response(lambda answer: answer.url.endswith("/v1/orders") and answer.status == 201):
            till.cash()
        expect(till.outcome.locator("[data-share]")).to_have_text(share)
        expect(line).to_contain_text("Nothing new for the kitchen")
        page.keyboard.press("Enter")
    till.expect_sale()

    # One when it was sent, one for the whole bill when it was paid: the shares cancel nothing.
    orders = _orders(till)
    assert len(orders) == known + 3
    assert _dishes(orders[0]) == _dishes(orders[1]) == {"Coffee": 1, "Apple cake": 1}
    assert orders[0]["slips"] == []


def test_dish_exchanged_for_another_then_the_kitchen_hears_of_the_other_one(kitchen_till: TillPage) -> None:
    till, page = kitchen_till, kitchen_till.page
    number = bought(till, "Soup of the day")
    exchange(till, number, "Soup of the day", "Tea")
    known = len(_orders(till))

    with page.expect_response(lambda answer: answer.url.endswith("/orders") and answer.status < 300):
        page.keyboard.press("Enter")

    till.expect_state("exchanged")
    assert len(_orders(till)) == known + 1
    assert _dishes(_orders(till)[0]) == {"Tea": 1}
