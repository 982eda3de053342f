"""What leaves the shop, as an administrator sees it, and the receipt as a customer's phone shows it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.till_page import TillPage
from tests.support.http_receiver import HttpReceiver


def _add(person: TillPage, url: str, name: str) -> None:
    person.page.fill('[name="url"]', url)
    person.page.fill('[name="description"]', name)
    person.page.fill('[name="events"]', "payment.* refund.done")
    person.page.locator('[data-form="add"] button[type="submit"]').click()
    expect(person.page.locator("[data-secret-value]")).to_have_text(re.compile(r"^whsec_"))


def test_endpoint_when_added_switched_and_removed_then_the_screen_follows(open_as: OpenAs) -> None:
    admin = open_as("administrator")
    admin.open("/outward")
    found = [f"empty: {one}" for one in admin.hindrances_in_any_light()]

    with HttpReceiver() as receiver:
        _add(admin, receiver.url, "Stock keeping")
        article = admin.page.get_by_role("article", name="Stock keeping")
        expect(article).to_contain_text("payment.*")
        article.locator('[data-act="test"]').click()
        queue = admin.page.locator(".queue-list li", has_text="Stock keeping")
        # This machine is no receiver the operator has named: the message waits, and says why.
        expect(queue).to_contain_text("Cannot be reached")
        expect(queue).to_contain_text("This host lies inside of a private network.")
    found += [f"away: {one}" for one in admin.hindrances_in_any_light()]
    article.locator('[data-act="off"]').click()
    expect(article).to_contain_text("Switched off by")
    found += [f"off: {one}" for one in admin.hindrances_in_any_light(widths=(360,))]
    article.locator('[data-act="on"]').click()
    expect(article.locator('[data-act="off"]')).to_be_visible()
    article.locator('[data-act="secret"]').click()
    expect(article).to_contain_text("Both secrets sign until")
    article.locator('[data-act="remove"]').click()
    admin.page.locator('[data-act="remove-now"]').click()
    expect(article).to_have_count(0)

    assert receiver.connections == 0
    assert found == []


def test_address_when_it_cannot_be_then_refused_in_words(open_as: OpenAs) -> None:
    admin = open_as("administrator")
    admin.may_fail = ("422",)
    admin.open("/outward")
    admin.page.fill('[name="url"]', "http://erp.example/hook")

    admin.page.locator('[data-form="add"] button[type="submit"]').click()

    expect(admin.page.locator('[data-problem="add"]')).to_contain_text("Messages cannot be sent to this address.")


def test_receipt_when_linked_then_anybodys_phone_shows_it(till: TillPage, open_as: OpenAs) -> None:
    till.charge("1234", "approve")
    till.pay_with_pin()
    till.expect_state("approved")
    link = till.page.evaluate(
        """async (subject_id) => {
            const token = document.querySelector('meta[name="csrf-token"]').content;
            const answer = await fetch('/v1/receipt-links', {
                method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': token },
                body: JSON.stringify({ id: subject_id, subject: 'payment', subject_id }),
            });
            return answer.json();
        }""",
        till.payment_id(),
    )

    phone = open_as(None, size=PHONE)
    phone.page.goto(link["url"])

    expect(phone.page.locator("h1")).to_have_text("Your receipt from Corner Shop")
    expect(phone.page.locator(".link-paper")).to_have_js_property("complete", True)
    assert phone.page.evaluate("document.querySelector('.link-paper').naturalWidth") > 100
    pdf = phone.page.request.get(f"{link['url']}/receipt.pdf")
    assert (pdf.status, pdf.headers["x-robots-tag"]) == (200, "noindex, nofollow, noarchive")
    assert pdf.body().startswith(b"%PDF-1.4")
    assert link["qr_svg"].startswith("<svg")
    assert phone.hindrances_in_any_light() == []


def test_link_when_unknown_then_a_page_says_so(open_as: OpenAs) -> None:
    phone = open_as(None, size=PHONE)
    phone.may_fail = ("404",)
    phone.open(f"/r/{'0' * 40}")

    expect(phone.page.locator("body")).to_contain_text("This link does not lead to a receipt, or not any more.")
