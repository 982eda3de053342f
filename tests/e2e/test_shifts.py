"""A register's day in the browser: float, a card sale, cash paid out, a blind count, the Z report, the difference."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.till_page import TillPage


def _json(page: TillPage, address: str) -> Any:
    answer = page.page.request.get(page.address + address)
    assert answer.ok, answer.text()
    return answer.json()


def _end_running_shift(page: TillPage) -> None:
    """Close what an earlier test left open, so that every test begins with a closed register."""
    page.open("/shift")
    if page.page.locator('[data-step="count"]').count():
        _press(page, "c")
        page.page.locator('[data-step="count"] [name="sum"]').fill("0")
        page.page.locator('[data-step="count"] button[type="submit"]').click()
        expect(page.page.locator('[data-step="closing"]')).to_be_visible()
    page.wait_for_scripts()
    closing = page.page.locator('[data-step="closing"]')
    if closing.count():
        closing.locator('[name="amount"]').fill("0")
        closing.locator('button[type="submit"]').click()
    expect(page.page.locator('[data-step="open"]')).to_be_visible()
    page.wait_for_scripts()


def _begin_the_day(page: TillPage) -> None:
    """Open after a report that took up whatever was sold while the register was closed."""
    _end_running_shift(page)
    _open(page)
    _end_running_shift(page)
    _open(page)


def _open(page: TillPage) -> None:
    """Count a float of 100.00 with the number pad alone, and open."""
    page.page.locator('[data-piece="50.00"]').focus()
    page.page.keyboard.type("1")
    page.page.keyboard.press("Enter")
    page.page.keyboard.type("2")
    page.page.locator('[data-piece="1.00"]').fill("10")
    expect(page.page.locator("[data-total]")).to_have_text("EUR 100.00")
    page.page.locator('[data-step="open"] button[type="submit"]').click()
    expect(page.page.locator("#running-title")).to_be_visible()


def _press(page: TillPage, key: str) -> None:
    """Press a key of the screen once its scripts are there."""
    page.wait_for_scripts()
    page.page.keyboard.press(key)


def _move(page: TillPage, key: str, amount: str, reason: str) -> None:
    _press(page, key)
    form = page.page.locator("details[open] form")
    expect(form.locator('[name="amount"]')).to_be_focused()
    page.page.keyboard.type(amount)
    form.locator('[name="reason"]').fill(reason)
    page.page.keyboard.press("Enter")
    expect(page.page.locator(".shift-journal")).to_contain_text(reason)


def _flows(report: dict[str, Any], debit: str, credit: str) -> str:
    found = [one for one in report["flows"] if (one["debit"], one["credit"]) == (debit, credit)]
    return "0.00" if not found else str(found[0]["amount"]["amount"])


def test_day_from_float_to_z_then_the_report_is_what_the_ledger_says(till: TillPage) -> None:
    _begin_the_day(till)
    before = _json(till, "/v1/ledger/balances")
    till.open_till()
    till.charge("1750")
    till.pay_with_pin()
    till.expect_state("approved")
    till.open("/shift")
    _move(till, "o", "7,20", "stamps for the post")
    _move(till, "d", "40", "too much in the drawer")

    _press(till, "c")
    count = till.page.locator('[data-step="count"]')
    expect(count.locator("[data-piece]").first).to_be_focused()
    count.locator('[data-piece="50.00"]').fill("1")
    count.locator('[data-piece="2.00"]').fill("1")
    count.locator('button[type="submit"]').click()

    expect(till.page.locator(".result")).to_have_text(re.compile("EUR\\s0.80 missing"))
    expect(till.page.locator("#result-title")).to_be_focused()
    till.wait_for_scripts()
    till.page.locator('[data-step="closing"] [name="amount"]').fill("50")
    till.page.locator('[data-step="closing"] button[type="submit"]').click()
    expect(till.page.locator('[data-step="open"]')).to_be_visible()
    shift = till.page.locator("table a").first.get_attribute("href")
    assert shift
    _check_report(till, shift, before)
    _settle(till, shift)


def _check_report(till: TillPage, shift: str, before: Any) -> None:
    """The figures of the report are the movements of the ledger's accounts since the shift was opened."""
    told = _json(till, f"/v1/shifts/{shift.removeprefix('/shift/')}/z")
    report = json.loads(told["text"])
    assert _flows(report, "card_receivable", "sales") == "17.50"
    assert _flows(report, "cash_elsewhere", "cash") == "49.20"
    moved = _moved(before, _json(till, "/v1/ledger/balances"))
    assert moved["sales/register-1"] == -1750
    assert moved["cash/register-1"] == 5000 - 10000
    assert moved["cash_difference/register-1"] == 80
    drawer = report["drawers"][0]
    assert (drawer["expected"]["amount"], drawer["difference"]["amount"]) == ("52.80", "-0.80")
    assert drawer["balance"]["amount"] == report["left"]["amount"] == "50.00"
    till.open(shift)
    expect(till.page.locator("pre.paper")).to_contain_text(f"Z REPORT {told['number']}")
    _press(till, "p")
    expect(till.page.locator("[data-printed]")).to_be_visible()


def _cents(money: dict[str, str]) -> int:
    return int(money["amount"].replace(".", ""))


def _moved(before: Any, after: Any) -> dict[str, int]:
    def sums(told: Any) -> dict[str, int]:
        return {row["account"]: _cents(row["debits_posted"]) - _cents(row["credits_posted"]) for row in told["data"]}

    first, second = sums(before), sums(after)
    return {account: minor - first.get(account, 0) for account, minor in second.items()}


def _settle(till: TillPage, shift: str) -> None:
    """Explain the difference of this shift; others may wait for an explanation too."""
    till.open("/shift")
    form = till.page.locator(f'[data-step="review"][data-address="/v1{shift.replace("/shift/", "/shifts/")}/review"]')
    form.locator('[name="reason"]').fill("a coin fell behind the drawer")
    form.locator('button[type="submit"]').click()
    expect(form).to_have_count(0)
    row = till.page.locator("tbody tr").filter(has=till.page.locator(f'a[href="{shift}"]'))
    expect(row).to_contain_text("EUR\N{NO-BREAK SPACE}0.80 missing")


def test_count_that_cannot_be_read_then_said_and_nothing_is_sent(open_as: OpenAs) -> None:
    person = open_as("manager", size=PHONE)
    _end_running_shift(person)
    sum_field = person.page.locator('[data-step="open"] [name="sum"]')

    person.page.locator('[data-step="open"] button[type="submit"]').click()
    expect(person.page.get_by_text("Nothing is counted")).to_be_visible()
    sum_field.fill("12,345")
    person.page.locator('[data-step="open"] button[type="submit"]').click()
    expect(person.page.get_by_text("A number cannot be read")).to_be_visible()
    sum_field.fill("12,5")
    person.page.locator('[data-piece="5.00"]').fill("1")
    person.page.locator('[data-step="open"] button[type="submit"]').click()
    expect(person.page.get_by_text("Empty one of them")).to_be_visible()


# In the other language only the words differ: where they are too long is seen first on the narrowest screen.
@pytest.mark.parametrize(("locale", "widths"), [("en-GB", (1440, 360)), ("de-DE", (360,))])
def test_screens_of_a_day_hinder_nobody(open_as: OpenAs, locale: str, widths: tuple[int, ...]) -> None:
    person = open_as("manager", locale=locale)
    _end_running_shift(person)
    found = [f"closed: {one}" for one in person.hindrances_in_any_light(widths=widths)]
    person.page.locator('[data-step="open"] [name="sum"]').fill("100")
    person.page.locator('[data-step="open"] button[type="submit"]').click()
    expect(person.page.locator("#running-title")).to_be_visible()
    _press(person, "c")
    found += [f"open: {one}" for one in person.hindrances_in_any_light(widths=widths)]
    person.page.locator('[data-step="count"] [name="sum"]').fill("1234567,89")
    person.page.locator('[data-step="count"] button[type="submit"]').click()
    expect(person.page.locator("[data-result]")).to_be_visible()
    found += [f"counted: {one}" for one in person.hindrances_in_any_light(widths=widths)]
    _end_running_shift(person)
    found += [f"review: {one}" for one in person.hindrances_in_any_light(widths=widths)]
    person.page.locator("table a").first.click()
    expect(person.page.locator("pre.paper")).to_be_visible()
    found += [f"report: {one}" for one in person.hindrances_in_any_light(widths=widths)]

    assert found == []
