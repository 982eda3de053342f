"""The invoice clerk's work in a browser: documents arrive, are corrected by keyboard, accepted, remembered."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from gateway.node.demo_documents import pdf_of
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.document_samples import (
    DISPUTED,
    FOLLOWING,
    SURE,
    TO_BE_REJECTED,
    TO_BE_REMEMBERED,
    TO_BE_SETTLED,
    UNREAD,
    seed,
    with_wrong_sum,
)
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.till_page import TillPage

READ_LIMIT_MS = 90_000
"""The first document starts the reader's process, on a busy machine."""
KEYS_OF_A_CORRECTION_MAX = 12
"""One number retyped, one date confirmed, accepted: what a person can do in far less than 20 seconds."""
_PATIENCE_MS = 40_000

OpenClerk = Callable[..., TillPage]


@pytest.fixture(scope="module")
def paper_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway whose inbox holds documents already."""
    folder = tmp_path_factory.mktemp("papers")
    seed(folder)
    process = GatewayProcess(folder)
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def states(paper_shop: GatewayProcess, browser: Browser) -> Callable[[str], Any]:
    """Sign a role in once."""
    kept: dict[str, Any] = {}

    def state_of(role: str) -> Any:
        if role not in kept:
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{paper_shop.address}/sign-in")
            login, password, _ = paper_shop.people[role]
            page.fill("[name=login]", login)
            page.fill("[name=password]", password)
            page.click("form button[type=submit]")
            page.wait_for_url(lambda url: "/sign-in" not in url)
            kept[role] = context.storage_state()
            context.close()
        return kept[role]

    return state_of


@pytest.fixture
def open_clerk(paper_shop: GatewayProcess, browser: Browser, states: Callable[[str], Any]) -> Iterator[OpenClerk]:
    """Open a page as somebody of the office; the browser's console must have had nothing to complain about."""
    expect.set_options(timeout=_PATIENCE_MS)
    with ExitStack() as stack:
        opened: list[TillPage] = []

        def open_page(role: str = "ap-clerk", *, size: dict[str, int] = DESKTOP, **options: Any) -> TillPage:
            options = {"color_scheme": "light", "locale": "en-GB", **options}
            context = browser.new_context(viewport=size, storage_state=states(role), **options)  # type: ignore[arg-type]  # a plain dict
            stack.callback(context.close)
            context.set_default_timeout(_PATIENCE_MS)
            opened.append(TillPage(context.new_page(), paper_shop.address))
            return opened[-1]

        yield open_page
        complaints = [complaint for page in opened for complaint in page.complaints]
    assert complaints == []


def _row(page: Page, number: str) -> Any:
    return page.locator("tbody tr").filter(has_text=number)


def _open(clerk: TillPage, number: str, show: str = "all") -> None:
    clerk.open(f"/invoices?show={show}")
    row = _row(clerk.page, number).first
    expect(row).to_be_visible()
    row.locator("[data-row]").click()
    expect(clerk.page.locator("#field-company")).not_to_have_value("")


def _mark(page: Page, name: str, mark: str) -> None:
    expect(page.locator(f'[data-field="{name}"]')).to_have_attribute("data-mark", mark)


def _drop(page: Page, name: str, data: bytes) -> None:
    """Drop a file on the page as a browser tells it."""
    page.evaluate(
        """([name, bytes]) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([new Uint8Array(bytes)], name));
            for (const kind of ["dragenter", "dragover", "drop"])
                document.body.dispatchEvent(new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true}));
        }""",
        [name, list(data)],
    )


def test_inbox_when_opened_then_shows_what_waits_with_counts(open_clerk: OpenClerk) -> None:
    clerk = open_clerk()
    clerk.open("/")

    assert clerk.page.url.endswith("/invoices")
    expect(clerk.page.locator('.chip[aria-current="true"]')).to_contain_text("Needs a look")
    expect(_row(clerk.page, DISPUTED.number)).to_contain_text("Hafen Kaffeerösterei GmbH")
    clerk.page.locator(".chip", has_text="Refused files").click()
    expect(_row(clerk.page, "secret.pdf")).to_contain_text("protected by a password")
    clerk.open(f"/invoices?show=all&q={SURE.number}")
    expect(_row(clerk.page, SURE.number)).to_have_count(2)
    expect(clerk.page.get_by_text("Duplicate?")).to_have_count(1)


def test_typical_correction_when_done_by_keyboard_then_few_keys_and_the_next_one_is_open(open_clerk: OpenClerk) -> None:
    """The story: a number was misread and a due date is unsure; everything else was read right."""
    clerk = open_clerk()
    page, pressed = clerk.page, [0]
    _open(clerk, "RE S0001", "needs_look")

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)
            pressed[0] += 1

    expect(page.locator("#field-invoice_number")).to_be_focused()
    press(*"50001")
    press("Enter")
    expect(page.locator("#field-due_date")).to_be_focused()
    press("Enter")
    expect(page.locator('[data-act="accept"]')).to_be_focused()
    _mark(page, "invoice_number", "confirmed")
    _mark(page, "due_date", "confirmed")
    press("Control+Enter")
    page.wait_for_url(lambda url: "/invoices/" in url and "needs_look" not in url)

    assert pressed[0] <= KEYS_OF_A_CORRECTION_MAX
    expect(page.locator("#field-invoice_number")).to_have_value(FOLLOWING.number.replace("5", "S", 1))
    clerk.open("/invoices?show=accepted")
    expect(_row(page, "50001")).to_contain_text("Accepted")


def test_boxes_when_a_field_has_the_focus_then_its_place_is_lit_and_the_way_back_works(open_clerk: OpenClerk) -> None:
    clerk = open_clerk()
    page = clerk.page
    _open(clerk, SURE.number)

    expect(page.locator("[data-sheet-of]")).to_have_attribute("data-picture", "shown", timeout=READ_LIMIT_MS)
    page.locator("#field-total").focus()
    expect(page.locator("svg rect.lit")).to_have_attribute("data-box", "total")
    page.locator('svg rect[data-box="iban"]').click()
    expect(page.locator("#field-iban")).to_be_focused()
    expect(page.locator("svg rect.lit")).to_have_attribute("data-box", "iban")
    before = int(page.locator("[data-paper] img").get_attribute("width") or 0)
    page.keyboard.press("F8")
    assert int(page.locator("[data-paper] img").get_attribute("width") or 0) > before
    page.keyboard.press("ArrowUp")
    expect(page.locator("#field-iban")).not_to_be_focused()


def test_sums_when_an_amount_is_typed_then_they_turn_before_anything_is_stored(open_clerk: OpenClerk) -> None:
    clerk = open_clerk()
    page = clerk.page
    _open(clerk, SURE.number)
    shortly = page.locator("[data-shortly]")

    expect(shortly).to_have_attribute("data-holds", "true")
    page.locator("#field-total").fill("1,00")
    expect(shortly).to_have_attribute("data-holds", "false")
    expect(page.locator('.sum[data-code="net_plus_tax"]')).to_have_attribute("data-holds", "false")
    page.keyboard.press("Escape")
    expect(page.locator("#field-total")).to_have_value(f"{SURE.total}")
    page.locator("#field-date").fill("31.2.2026")
    page.keyboard.press("Enter")
    expect(page.locator("#no-date")).to_contain_text("no such day")
    page.keyboard.press("Escape")
    expect(page.locator("#no-date")).to_be_hidden()


def test_difference_when_the_page_is_right_then_one_key_takes_its_value(open_clerk: OpenClerk) -> None:
    """Then the broken rule is still in the way: only a reason of a person leads past it."""
    clerk = open_clerk()
    page = clerk.page
    clerk.may_fail = ("409",)
    _open(clerk, TO_BE_SETTLED.number)

    alarm = page.locator('[data-field="total"] [data-difference]')
    expect(alarm).to_contain_text("do not say the same")
    expect(page.locator("[data-rules]")).to_contain_text("BR-CO-15")
    page.locator("#field-total").focus()
    page.keyboard.press("F3")
    expect(page.locator("#field-total")).to_have_value(f"{TO_BE_SETTLED.total}")
    _mark(page, "total", "confirmed")
    expect(alarm).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#accept-dialog [data-list]")).to_contain_text("Rules for e-invoices")
    page.keyboard.type("The page is what we ordered")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/invoices" in url and "show=" not in url)
    clerk.open("/invoices?show=accepted")
    expect(_row(page, TO_BE_SETTLED.number)).to_be_visible()


def test_duplicate_when_looked_at_then_the_other_one_is_linked_and_it_can_be_rejected(open_clerk: OpenClerk) -> None:
    clerk = open_clerk()
    page = clerk.page
    clerk.open("/invoices?show=needs_look")
    page.locator("tr", has_text="Duplicate?").filter(has_text=TO_BE_REJECTED.number).locator("[data-row]").click()

    expect(page.locator("[data-duplicates]")).to_contain_text("same number, same total")
    expect(page.locator("[data-duplicates] a")).to_have_attribute("href", re.compile("^/invoices/"))
    page.keyboard.press("F6")
    page.keyboard.type("It came twice")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/invoices" in url and "show=" not in url)
    clerk.open("/invoices?show=rejected")
    expect(_row(page, TO_BE_REJECTED.number)).to_be_visible()


def test_files_when_dropped_then_each_tells_what_becomes_of_it(open_clerk: OpenClerk) -> None:
    clerk = open_clerk()
    page = clerk.page
    clerk.open("/invoices")
    _drop(page, "wrong sum.xml", with_wrong_sum())
    _drop(page, "no invoice.xml", b"<order/>")

    good, bad = (page.locator(".upload", has_text=name) for name in ("wrong sum.xml", "no invoice.xml"))
    expect(good).to_have_attribute("data-state", "read", timeout=READ_LIMIT_MS)
    expect(bad).to_have_attribute("data-state", "refused", timeout=READ_LIMIT_MS)
    expect(bad).to_contain_text("no e-invoice")
    expect(_row(page, "RE 50010")).to_be_visible()
    page.reload()
    expect(page.locator(".upload", has_text="wrong sum.xml")).to_contain_text("Read.")
    page.locator(".upload", has_text="wrong sum.xml").get_by_role("link").click()
    expect(page.get_by_text("There is no page to look at")).to_be_visible()
    expect(page.locator('.sum[data-code="net_plus_tax"]')).to_have_attribute("data-holds", "false")


def test_page_when_pdf_is_handed_in_then_it_is_drawn(open_clerk: OpenClerk) -> None:
    clerk = open_clerk()
    page = clerk.page
    clerk.open("/invoices")
    file: FilePayload = {"name": "new.pdf", "mimeType": "application/pdf", "buffer": pdf_of(UNREAD)}
    page.set_input_files("[data-files]", [file])

    upload = page.locator(".upload", has_text="new.pdf")
    expect(upload).to_have_attribute("data-state", "read", timeout=READ_LIMIT_MS)
    upload.get_by_role("link").click()
    expect(page.locator("[data-sheet-of]")).to_have_attribute("data-picture", "shown", timeout=READ_LIMIT_MS)
    expect(page.locator("svg rect").first).to_be_visible()


def test_memory_when_an_invoice_was_accepted_then_it_is_shown_and_can_be_forgotten(open_clerk: OpenClerk) -> None:
    clerk = open_clerk()
    page, supplier = clerk.page, TO_BE_REMEMBERED.supplier.name
    _open(clerk, TO_BE_REMEMBERED.number.replace("5", "S", 1), "needs_look")
    page.locator("#field-invoice_number").fill(TO_BE_REMEMBERED.number)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: "show=" not in url)
    clerk.open("/suppliers/memory")

    entry = page.locator("[data-supplier]", has_text=supplier)
    expect(entry).to_have_count(1)
    entry.get_by_role("button").click()
    page.locator('[data-act="forget-now"]').click()
    expect(entry).to_have_count(0)


def test_approver_when_looking_then_nothing_can_be_changed(open_clerk: OpenClerk) -> None:
    approver = open_clerk("approver")
    approver.open("/invoices?show=all")

    expect(approver.page.locator('[data-act="choose"]')).to_have_count(0)
    _row(approver.page, SURE.number).first.locator("[data-row]").click()
    expect(approver.page.locator("#field-total")).to_have_attribute("readonly", "")
    expect(approver.page.locator('[data-act="accept"]')).to_have_count(0)


# In the other language only the words differ: where they are too long is seen first on the narrowest screen.
@pytest.mark.parametrize(("language", "widths"), [("en-GB", (1440, 768, 360)), ("de-DE", (360,))])
def test_documents_hinder_nobody(open_clerk: OpenClerk, language: str, widths: tuple[int, ...]) -> None:
    clerk = open_clerk(locale=language)
    clerk.may_fail = ("404",)
    found: list[str] = []
    clerk.open(f"/invoices?show=all&q={SURE.number}")
    review = clerk.page.locator("[data-row]").first.get_attribute("href")
    assert review is not None
    paths = ("/invoices?show=all", "/invoices?show=refused", "/invoices?q=nothing", "/suppliers/memory", review)
    for path in paths:
        clerk.open(path)
        if path == review:
            expect(clerk.page.locator("#field-company")).not_to_have_value("")
        found += [f"{path}: {hindrance}" for hindrance in clerk.hindrances_in_any_light(widths=widths)]

    assert found == []


def test_pictures_of_the_inbox_and_a_review(open_clerk: OpenClerk, pictures: Path) -> None:
    clerk = open_clerk(size={"width": 1280, "height": 820})
    page = clerk.page
    clerk.open("/invoices?show=all")
    expect(_row(page, SURE.number).first).to_be_visible()
    page.screenshot(path=pictures / "invoices.png")
    clerk.open(f"/invoices?show=all&q={SURE.number}")
    page.locator("[data-row]").last.click()
    expect(page.locator("[data-sheet-of]")).to_have_attribute("data-picture", "shown", timeout=READ_LIMIT_MS)
    page.locator("#field-total").focus()
    page.screenshot(path=pictures / "invoice-review.png")

    assert {path.stem for path in pictures.glob("*.png")} >= {"invoices", "invoice-review"}


def test_review_when_on_a_phone_or_enlarged_then_nothing_scrolls_sideways(open_clerk: OpenClerk) -> None:
    clerk = open_clerk(size=PHONE)
    clerk.open(f"/invoices?show=all&q={SURE.number}")
    clerk.page.locator("[data-row]").first.click()
    expect(clerk.page.locator("#field-company")).not_to_have_value("")
    wide = [("phone", clerk.is_wider_than_screen())]
    # Twice as large on a desktop is half the width.
    clerk.page.set_viewport_size({"width": 720, "height": 450})
    wide.append(("200 %", clerk.is_wider_than_screen()))

    assert [name for name, is_wide in wide if is_wide] == []


def test_invoice_when_it_is_not_there_then_the_page_says_so(open_clerk: OpenClerk) -> None:
    clerk = open_clerk()
    clerk.may_fail = ("404",)
    clerk.open(f"/invoices/{uuid.uuid4()}")

    expect(clerk.page.get_by_text("This invoice is not there.")).to_be_visible()
