"""Signing in and out, the locked till, first sign-in, people and keys, language and colours."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import OpenAs
from tests.e2e.gateway_process import GatewayProcess


def test_wrong_password_is_refused_in_words_and_the_right_one_opens_the_till(
    open_as: OpenAs, gateway: GatewayProcess
) -> None:
    person = open_as(None)
    person.may_fail = ("401",)
    login, password, _ = gateway.people["approver"]
    person.open("/board")
    expect(person.page).to_have_url(re.compile("/sign-in"))
    person.page.fill("[name=login]", login)
    person.page.fill("[name=password]", "not the password")
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("alert")).to_contain_text("wrong")
    expect(person.page.locator("[name=login]")).to_have_value(login)

    person.page.fill("[name=password]", password)
    person.page.keyboard.press("Enter")

    expect(person.page).to_have_url(re.compile("/board"))
    person.page.get_by_role("button", name="Sign out").click()
    expect(person.page).to_have_url(re.compile("/sign-in"))
    person.open("/board")
    expect(person.page).to_have_url(re.compile("/sign-in"))


def test_locked_till_opens_by_pin_where_it_was(open_as: OpenAs, gateway: GatewayProcess) -> None:
    person = open_as(None)
    person.may_fail = ("401",)
    login, password, pin = gateway.people["cashier"]
    person.open("/sign-in")
    person.page.fill("[name=login]", login)
    person.page.fill("[name=password]", password)
    person.page.keyboard.press("Enter")
    expect(person.page).to_have_url(re.compile("/till"))
    person.page.get_by_role("button", name="Lock this till").click()
    person.open("/payments")
    expect(person.page).to_have_url(re.compile("/locked"))
    wrong = "9999" if pin != "9999" else "8888"
    person.page.fill("[name=pin]", wrong)
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("alert")).to_contain_text("PIN is wrong")

    person.page.fill("[name=pin]", pin)
    person.page.keyboard.press("Enter")

    expect(person.page).to_have_url(re.compile("/payments"))


def test_rail_shows_only_what_the_role_may_use(open_as: OpenAs) -> None:
    cashier, administrator = open_as("cashier"), open_as("administrator")
    cashier.open("/till")
    administrator.open("/board")

    def areas(page: object) -> list[str | None]:
        return [link.get_attribute("data-area") for link in page.page.locator(".rail a").all()]  # type: ignore[attr-defined]  # a TillPage

    assert areas(cashier) == ["till", "shift", "payments", "links", "journal", "board", "virtual"]
    setup = ["devices", "erp", "outward", "printers", "approval_rules", "people", "keys"]
    assert areas(administrator) == ["payments", "catalogue", "journal", "board", "virtual", *setup]
    cashier.may_fail = ("403",)
    cashier.open("/people")
    expect(cashier.page.get_by_role("alert")).to_contain_text("role does not allow")


def test_new_colleague_gets_a_one_time_password_and_must_change_it(open_as: OpenAs) -> None:
    administrator = open_as("administrator")
    administrator.open("/people")
    administrator.page.fill("[name=login]", "new.colleague")
    administrator.page.fill("[name=name]", "New Colleague")
    administrator.page.locator("form select[name=role]").select_option("manager")
    administrator.page.get_by_role("button", name="Add a person").click()
    secret = administrator.page.locator("[data-secret-value]")
    expect(secret).to_be_focused()
    password = secret.text_content() or ""
    administrator.page.reload()
    expect(administrator.page.locator("body")).not_to_contain_text(password)
    expect(administrator.page.locator("tr", has_text="new.colleague")).to_contain_text("One-time password open")

    colleague = open_as(None)
    colleague.may_fail = ("422", "401")
    colleague.open("/sign-in")
    colleague.page.fill("[name=login]", "new.colleague")
    colleague.page.fill("[name=password]", password)
    colleague.page.keyboard.press("Enter")
    expect(colleague.page).to_have_url(re.compile("/change-password"))
    colleague.open("/till")
    expect(colleague.page).to_have_url(re.compile("/change-password"))
    for again, expected in (("a different sentence", "differ"), ("quiet herons stand in rivers", "")):
        colleague.page.fill("[name=old_password]", password)
        colleague.page.fill("[name=new_password]", "quiet herons stand in rivers")
        colleague.page.fill("[name=new_password_again]", again)
        colleague.page.keyboard.press("Enter")
        if expected:
            expect(colleague.page.get_by_role("alert")).to_contain_text(expected)
    expect(colleague.page).to_have_url(re.compile("/till"))
    colleague.page.wait_for_load_state("load")  # a page that still loads would abort the next one

    administrator.page.locator("tr", has_text="new.colleague").get_by_role("button", name="Switch off").click()
    expect(administrator.page.locator("tr", has_text="new.colleague")).to_contain_text("Switched off")
    colleague.open("/payments")
    expect(colleague.page).to_have_url(re.compile("/sign-in"))


def test_api_key_is_shown_once_works_and_is_revoked(open_as: OpenAs) -> None:
    administrator = open_as("administrator")
    administrator.may_fail = ("401",)
    administrator.open("/keys")
    administrator.page.fill("[name=name]", "Till of the kiosk")
    administrator.page.get_by_role("button", name="Make a key").click()
    secret = administrator.page.locator("[data-secret-value]")
    expect(secret).to_be_focused()
    token = secret.text_content() or ""
    assert token.startswith("tb_")
    asked = "token => fetch('/v1/payments', {headers: {Authorization: `Bearer ${token}`}}).then(a => a.status)"
    assert administrator.page.evaluate(asked, token) == 200
    administrator.page.reload()
    expect(administrator.page.locator("body")).not_to_contain_text(token)

    administrator.page.get_by_role("button", name="Revoke: Till of the kiosk").click()

    expect(administrator.page.locator("tr", has_text="Till of the kiosk")).to_contain_text("Revoked")
    assert administrator.page.evaluate(asked, token) == 401


def test_language_and_colours_follow_the_browser_until_somebody_chooses(open_as: OpenAs) -> None:
    person = open_as("manager", locale="de-AT", color_scheme="dark")
    person.open("/payments")
    expect(person.page.get_by_role("heading", name="Zahlungen")).to_be_visible()
    dark = person.page.evaluate("getComputedStyle(document.body).backgroundColor")

    person.page.get_by_role("button", name="English").click()
    expect(person.page.get_by_role("heading", name="Payments")).to_be_visible()
    person.page.wait_for_load_state("load")
    person.page.get_by_role("button", name="Light").click()
    expect(person.page.get_by_role("button", name="Light")).to_have_attribute("aria-pressed", "true")

    assert person.page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    expect(person.page.locator("html")).to_have_attribute("lang", "en")
