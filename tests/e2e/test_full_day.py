"""A whole day at one register: float, sales of all kinds, goods back, no paper once, a Z report that agrees."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import expect

from tests.e2e.conftest import OpenAs
from tests.e2e.till_page import PRINTER, TillPage
from tests.support.web_shop import new_id

FLOAT = 100_00
REGISTER = "register-1"


def test_full_day_then_the_z_report_equals_the_ledger(open_as: OpenAs) -> None:
    """Ten sales, a return, a bill split by person, the paper out in the middle; every figure checked at the end."""
    till = open_as("manager")
    till.open_till()
    shift = _begin_shift(till)
    before = _balances(till)
    cash, sold = _sell_all_day(till)
    back = _return_a_coffee(till)
    cash, sold = cash - back, sold - back
    expected = FLOAT + cash

    counted = _post(till, f"/v1/shifts/{shift}/counts", {"counted": _eur(expected)})
    assert counted["state"] == "counted"
    _post(till, f"/v1/shifts/{shift}/closing", {"left": _eur(expected)})
    report = json.loads(_get(till, f"/v1/shifts/{shift}/z")["text"])
    moved = _moved(before, _balances(till))

    drawer = report["drawers"][0]
    assert (_cents(drawer["expected"]), _cents(drawer["difference"])) == (expected, 0)
    assert moved["cash/register-1"] == cash
    assert -moved["sales/register-1"] == sold
    assert (
        sum(_cents(one["amount"]) for one in report["flows"] if one["credit"] == "sales")
        - sum(_cents(one["amount"]) for one in report["flows"] if one["debit"] == "sales")
        == sold
    )


def _sell_all_day(till: TillPage) -> tuple[int, int]:
    """Sell ten times; return what came into the drawer and what was sold, both in cents."""
    page = till.page
    till.behave("approve")
    till.charge("1750")
    till.pay_with_pin()
    till.expect_state("approved")
    page.keyboard.press("Enter")
    till.expect_sale()
    till.show_items()
    for names, given in ((("Coffee", "Apple cake"), "1000"), (("Tea",), ""), (("Soup of the day",), "700")):
        _sell(till, *names)
        till.cash(given)
        till.next_sale()
    till.break_printer("out_of_paper")
    _sell(till, "Espresso")
    till.cash()
    till.next_sale()
    till.break_printer("none")
    _sell(till, "Cheesecake")
    page.keyboard.press("F1")
    till.expect_state("sent")
    till.pay_with_pin()
    till.expect_state("approved")
    page.keyboard.press("Enter")
    till.expect_sale()
    _part_by_card(till)
    _split_by_person(till)
    _gift_card_sold_and_redeemed(till)
    papers = page.locator(f"#fault-{PRINTER}")
    expect(papers).to_have_value("none")
    # 7.40, 2.90, 6.90, 2.60 in cash; 3.90 after a part by card; 8.00 of a split bill; a gift card of 20.00.
    cash = 740 + 290 + 690 + 260 + 390 + 800 + 2000
    return cash, cash - 2000 + 1750 + 460 + 300 + 320


def _sell(till: TillPage, *names: str) -> None:
    for name in names:
        till.sell(name)


def _part_by_card(till: TillPage) -> None:
    page = till.page
    _sell(till, "Soup of the day")
    page.locator(".part summary").click()
    page.fill("#part", "3")
    page.keyboard.press("F1")
    till.expect_state("sent")
    till.pay_with_pin()
    till.expect_state("approved")
    page.keyboard.press("Enter")
    expect(page.locator('#till[data-step="rest"]')).to_be_visible()
    expect(till.total).to_have_text("EUR3.90")
    till.cash()
    till.next_sale()


def _split_by_person(till: TillPage) -> None:
    page = till.page
    _sell(till, "Cappuccino", "Apple cake")
    page.keyboard.press("F3")
    page.locator('[data-way="persons"]').click()
    expect(page.locator("[data-shares] li")).to_have_count(2)
    page.locator("[data-do-split]").click()
    for _ in range(2):
        expect(page.locator('#till[data-step="rest"]')).to_be_visible()
        expect(till.total).to_have_text("EUR4.00")
        till.cash()
        till.expect_state("settled")
        page.keyboard.press("Enter")
    till.expect_sale()


def _gift_card_sold_and_redeemed(till: TillPage) -> None:
    page = till.page
    page.locator("[data-free] summary").click()
    page.locator("[name=rate]").select_option("voucher")
    till.free_line("Gift card", "1", "20")
    till.cash()
    till.expect_state("settled")
    told = page.locator("[data-vouchers] li")
    expect(told).to_have_count(1)
    found = re.search(r"code (\S+)", told.inner_text())
    assert found
    till.next_sale()
    _sell(till, "Coffee")
    page.keyboard.press("F4")
    page.keyboard.press("v")
    page.fill("[name=code]", found[1])
    page.keyboard.press("Enter")
    till.next_sale()


def _return_a_coffee(till: TillPage) -> int:
    """Give the coffee of the first cash sale back in cash; return its cents."""
    sales = _get(till, "/v1/sales?limit=100&register_id=register-1")["data"]
    first = next(one for one in sales if one["totals"]["to_pay"]["amount"] == "7.40")
    till.open(f"/returns?find={first['id']}")
    till.page.get_by_role("button", name="All of Coffee").click()
    expect(till.page.locator("[data-gross]")).to_contain_text("3.20")
    till.page.fill("[name=reason]", "was cold")
    till.page.keyboard.press("Enter")
    till.expect_state("given-back")
    return 320


def _begin_shift(till: TillPage) -> str:
    """Open a shift with a float, after a report that took up what other tests sold, with a shift and without one."""
    for one in _get(till, "/v1/shifts")["data"]:
        if one["register_id"] == REGISTER and one["state"] in ("open", "counted"):
            _end_shift(till, one)
    _end_shift(till, _open_shift(till, 0))
    shift: str = _open_shift(till, FLOAT)["id"]
    return shift


def _open_shift(till: TillPage, cents: int) -> Any:
    return _post(till, "/v1/shifts", {"register_id": REGISTER, "float": _eur(cents)})


def _end_shift(till: TillPage, shift: Any) -> None:
    if shift["state"] == "open":
        _post(till, f"/v1/shifts/{shift['id']}/counts", {"counted": _eur(0)})
    _post(till, f"/v1/shifts/{shift['id']}/closing", {"left": _eur(0)})


def _get(till: TillPage, address: str) -> Any:
    answer = till.page.request.get(till.address + address)
    assert answer.ok, answer.text()
    return answer.json()


def _post(till: TillPage, address: str, body: dict[str, Any]) -> Any:
    token = till.page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    headers = {"X-CSRF-Token": token}
    answer = till.page.request.post(till.address + address, data={"id": str(new_id()), **body}, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


def _balances(till: TillPage) -> dict[str, int]:
    rows = _get(till, "/v1/ledger/balances")["data"]
    return {row["account"]: _cents(row["debits_posted"]) - _cents(row["credits_posted"]) for row in rows}


def _moved(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {account: minor - before.get(account, 0) for account, minor in after.items()}


def _cents(money: dict[str, str]) -> int:
    return int(money["amount"].replace(".", ""))


def _eur(cents: int) -> dict[str, str]:
    return {"amount": f"{cents // 100}.{cents % 100:02}", "currency": "EUR"}
