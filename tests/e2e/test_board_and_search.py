"""A manager looks: what needs somebody, where is this 9.30, what waits for paper."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.till_page import TillPage


def test_board_tells_devices_sums_and_books(till: TillPage) -> None:
    till.charge("930")
    till.pay_with_pin()
    till.expect_state("approved")

    till.open("/board")

    expect(till.page.locator(".tile").first).to_contain_text("Paid")
    expect(till.page.locator(".card", has_text="Terminal 1").first).to_contain_text("Ready")
    expect(till.page.get_by_text("Debits and credits are equal")).to_be_visible()
    expect(till.page.locator("svg.chart .bar")).not_to_have_count(0)
    till.page.get_by_text("The figures as a table").click()
    expect(till.page.get_by_role("columnheader", name="Hour")).to_be_visible()


def test_board_shows_by_itself_what_waits_for_paper(till: TillPage) -> None:
    till.open("/board")
    board = till.page
    other = till.page.context.new_page()
    seller = TillPage(other, till.address)
    seller.open_till()
    seller.break_printer("cover_open")
    seller.charge("660")
    seller.pay_with_pin()
    seller.expect_state("approved")

    # A printer that was looked at in between is not tried at all.
    waits = re.compile("trying again|Waiting for the printer")
    expect(board.locator(".card", has_text="Receipts not printed")).to_contain_text(waits, timeout=30_000)
    expect(board.locator(".card", has_text="What to do:")).to_contain_text("Close the cover", timeout=30_000)

    seller.break_printer("none")
    expect(board.get_by_text("Nothing waits")).to_be_visible(timeout=60_000)


def test_search_finds_an_amount_a_state_and_a_number(till: TillPage) -> None:
    till.charge("7531")
    till.pay_with_pin()
    till.expect_state("approved")
    payment = till.payment_id()

    for sought in ("75.31", "75,31", payment.replace("-", "")[-8:]):
        till.open(f"/payments?find={sought}")
        expect(till.page.locator("tbody tr")).to_have_count(1)
        expect(till.page.locator("tbody tr")).to_contain_text("75.31")
    till.open("/payments?find=declined")
    expect(till.page.locator("body")).not_to_contain_text("75.31")
    till.open("/payments?find=123456.78")
    expect(till.page.locator(".empty")).to_contain_text(re.compile("Nothing found"))


def test_payment_page_tells_the_whole_way(till: TillPage) -> None:
    till.charge("505")
    till.pay_with_pin()
    till.expect_state("approved")
    expect(till.outcome.get_by_text("Printed", exact=True)).to_have_count(2)

    till.open(f"/payments/{till.payment_id()}")

    for heading in ("What happened", "Sale", "Tries", "Books", "Receipts"):
        expect(till.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(till.page.locator(".card", has_text="Books")).to_contain_text("Posted")
    till.page.get_by_role("button", name="Print a copy").click()
    expect(till.page.get_by_text("on its way to the printer")).to_be_visible()
