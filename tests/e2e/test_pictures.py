"""Pictures of the main screens for the documentation; `--update-screenshots` writes them to docs/images."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.till_page import TillPage


def test_pictures_of_the_main_screens(open_as: OpenAs, pictures: Path) -> None:
    door = open_as(None, size={"width": 900, "height": 760})
    door.open("/sign-in")
    _take(door, pictures, "sign-in")
    till = open_as("manager")
    till.open_till()
    till.show_items()
    for name in ("Coffee", "Coffee", "Apple cake", "Tea", "Tea", "Tea"):
        till.sell(name)
    _take(till, pictures, "till")
    till.behave("approve")
    till.page.locator('[data-action="card"]').click()
    till.expect_state("sent")
    expect(till.outcome.locator("[data-progress]")).to_contain_text("card")
    expect(till.terminal_key("card")).to_be_enabled()
    _take(till, pictures, "till-waiting")
    till.pay_with_pin()
    till.expect_state("approved")
    expect(till.outcome.get_by_text("Printed", exact=True)).to_have_count(2)
    expect(till.page.locator(".terminal")).to_contain_text("Ready")
    _take(till, pictures, "till-paid")
    till.page.keyboard.press("Enter")
    till.expect_sale()
    till.page.keyboard.press("F8")
    till.charge("4200", "line_lost_before_status")
    till.pay_with_pin()
    till.expect_state("unknown")
    expect(till.terminal_key("line")).to_be_enabled()
    _take(till, pictures, "till-unknown")
    board = open_as("manager")
    board.open("/board")
    _take(board, pictures, "board")
    till.press_terminal("line")
    till.expect_state("approved")
    till.behave("approve")
    board.open(f"/payments/{till.payment_id()}")
    _take(board, pictures, "payment")
    dark = open_as("manager", color_scheme="dark")
    dark.open("/payments")
    _take(dark, pictures, "payments-dark")
    phone = open_as("cashier", size=PHONE)
    phone.open_till()
    phone.key_in("1850")
    phone.page.screenshot(path=pictures / "till-phone.png")

    assert {path.stem for path in pictures.glob("*.png")} >= {"till", "till-paid", "till-unknown", "board", "payment"}


def _take(screen: TillPage, pictures: Path, name: str) -> None:
    """Take the whole page on a screen as high as the page, so that what sticks to the screen's edge reaches its end."""
    page = screen.page
    assert page.viewport_size is not None
    before = page.viewport_size
    page.set_viewport_size({**before, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.evaluate("Promise.all([document.fonts.ready, ...[...document.images].map(image => image.decode())])")
    page.screenshot(path=pictures / f"{name}.png", full_page=True, animations="disabled")
    page.set_viewport_size(before)
