"""Approving on a phone: two people say yes, the next one opens by itself, the clerk cannot, nobody is hindered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.passwords import Argon2Passwords
from gateway.domain.access import Role
from gateway.domain.ids import PersonId
from gateway.domain.payables.approval_rules import ApprovalRule
from gateway.domain.payables.payable import Payable, PayableState
from gateway.domain.payables.signs_account import AccountLimits
from gateway.domain.payables.supplier import AccountState, CallBack, Supplier, SupplierAccount
from gateway.ports.access_store import Person
from gateway.services.payables.find_signs import FindSigns
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.document_samples import STORE, TENANT
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.till_page import TillPage
from tests.support.migrated import migrate
from tests.support.payable_rows import payable_row, supplier_row
from tests.support.storage_rows import FixedClock, new_id

_PASSWORD = "two-are-better-than-one"  # of a person who lives for one test
_IBAN = "DE02120300000000202051"
_PATIENCE_MS = 40_000
_LONG = "RE-3-" + "2026" * 9
"""A number without a place to break, as long as suppliers write them: it still fits a phone."""

OpenAs = Callable[..., TillPage]
Office = tuple[GatewayProcess, Payable, Payable, Payable]


def _seed(folder: Path) -> tuple[Payable, Payable, Payable]:
    """Store three payables that wait, a rule that asks for two people, and a second approver."""
    url = f"sqlite:///{folder}/shop.sqlite3"
    migrate(url)
    storage, now = SqlStorage(url, FixedClock()), datetime.now(UTC)
    place: dict[str, Any] = {"tenant_id": TENANT, "store_id": STORE}
    supplier = replace(supplier_row("70001", name="Hafen Kaffee GmbH", **place), created_at=now - timedelta(days=900))
    sums = (("RE-1", 200_000), ("RE-2", 59_900), (_LONG, 41_300))
    waiting = [_waiting(supplier, number, gross, place, now) for number, gross in sums]
    with storage.write() as unit:
        unit.suppliers.add(supplier)
        unit.suppliers.add_account(TENANT, STORE, _account(supplier, now))
        unit.approvals.put_rule(
            TENANT, STORE, ApprovalRule(new_id(), "From 1000", 2, currency="EUR", from_minor=100_000)
        )
        unit.access.add_person(
            Person(
                TENANT,
                STORE,
                PersonId(new_id()),
                "petra",
                "Petra",
                Role.APPROVER,
                Argon2Passwords().hash(_PASSWORD),
                None,
                False,
                False,
                False,
                now,
            )
        )
        for one in waiting:
            unit.payables.add(one)
            FindSigns(AccountLimits(5000, 30)).signs_in(unit, one, actor="system", at=now)
    storage.close()
    return waiting[0], waiting[1], waiting[2]


def _waiting(supplier: Supplier, number: str, gross: int, place: dict[str, Any], now: datetime) -> Payable:
    due = {"RE-1": date(2026, 3, 31), "RE-2": date(2026, 4, 30), _LONG: date(2026, 5, 31)}[number]
    made = payable_row(supplier.id, number, gross, state=PayableState.MATCHED, due_on=due, **place)
    return replace(
        made, created_at=now, changed_at=now, printed_iban="DE89370400440532013000" if number == "RE-1" else ""
    )


def _account(supplier: Supplier, now: datetime) -> SupplierAccount:
    called = CallBack("mia", now, "the owner", "the contract", new_id())
    return SupplierAccount(
        new_id(),
        supplier.id,
        supplier.name,
        "DE",
        AccountState.EFFECTIVE,
        "import",
        new_id(),
        now,
        iban=_IBAN,
        call_back=called,
        decided_by=new_id(),
        decided_at=now,
    )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A gateway in which three payables wait for approval; the last one is for whoever rejects it."""
    folder = tmp_path_factory.mktemp("approvals")
    waiting = _seed(folder)
    process = GatewayProcess(folder)
    process.start()
    yield process, *waiting
    process.stop()


@pytest.fixture
def enter(office: Office, browser: Browser) -> Iterator[OpenAs]:
    """Sign somebody in; the browser's console must have had nothing to complain about."""
    expect.set_options(timeout=_PATIENCE_MS)
    process = office[0]
    with ExitStack() as stack:
        opened: list[TillPage] = []

        def open_page(login: str, password: str = "", *, size: dict[str, int] = PHONE) -> TillPage:
            context = browser.new_context(viewport=size, color_scheme="light", locale="en-GB")  # type: ignore[arg-type]  # a plain dict
            stack.callback(context.close)
            context.set_default_timeout(_PATIENCE_MS)
            page = context.new_page()
            page.goto(f"{process.address}/sign-in")
            page.fill("[name=login]", login if password else process.people[login][0])
            page.fill("[name=password]", password or process.people[login][1])
            page.click("form button[type=submit]")
            page.wait_for_url(lambda url: "/sign-in" not in url)
            opened.append(TillPage(page, process.address))
            return opened[-1]

        yield open_page
        complaints = [complaint for page in opened for complaint in page.complaints]
    assert complaints == []


def test_clerk_when_she_looks_then_there_is_nothing_to_approve_with(office: Office, enter: OpenAs) -> None:
    _, large, *_ = office
    clerk = enter("ap-clerk")
    clerk.open(f"/approvals/{large.id}")
    expect(clerk.page.get_by_role("heading", level=1)).to_contain_text("Hafen Kaffee GmbH")
    expect(clerk.page.locator("[data-act=approve]")).to_have_count(0)
    expect(clerk.page.locator(".approval-account")).to_have_text("DE..2051")


def test_two_people_when_they_approve_on_phone_and_desktop_then_it_is_approved(office: Office, enter: OpenAs) -> None:
    """The first yes is one of two and the next payable opens; the second person completes it by keyboard."""
    _, large, small, _ = office
    first = enter("approver")
    first.open("/approvals")
    first.page.get_by_role("link", name="RE-1").click()
    expect(first.page.locator(".approval-account")).to_have_text("DE02 1203 0000 0000 2020 51")
    expect(first.page.locator(".approval-signs")).to_contain_text("DE..3000")
    first.wait_for_scripts()
    assert not first.is_wider_than_screen()
    expect(first.page.locator("[data-other-account]")).to_be_visible()
    expect(first.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    first.page.get_by_role("button", name="Approve: pay the confirmed account").click()
    first.page.wait_for_url(f"**/approvals/{small.id}")
    first.open(f"/approvals/{large.id}")
    expect(first.page.locator("main")).to_contain_text("From 1000: 1 of 2")
    expect(first.page.locator("[data-act=approve]")).to_have_count(0)

    second = enter("petra", _PASSWORD, size=DESKTOP)
    second.open(f"/approvals/{large.id}")
    second.wait_for_scripts()
    second.page.keyboard.press("y")
    second.page.locator("[data-act=approve]").focus()
    second.page.keyboard.press("Enter")
    second.page.wait_for_url(f"**/approvals/{small.id}")
    second.open(f"/approvals/{large.id}")
    expect(second.page.locator(".approval-said")).to_contain_text("saw the other account, pays the confirmed one")
    expect(second.page.locator(".state.ok")).to_contain_text("Approved")


def test_question_and_rejection_when_said_on_a_phone_then_they_stand_with_their_words(
    office: Office, enter: OpenAs
) -> None:
    *_, small = office
    person = enter("approver")
    person.open(f"/approvals/{small.id}")
    found = person.hindrances_in_any_light()

    person.page.get_by_role("button", name="Ask").click()
    person.page.locator("#ask-dialog textarea").fill("What was this for?")
    person.page.locator("#ask-dialog button[type=submit]").click()
    expect(person.page.locator(".notice.wait").first).to_contain_text("What was this for?")
    person.wait_for_scripts()
    person.page.get_by_role("button", name="Reject").click()
    person.page.locator("#reject-dialog textarea").fill("Never ordered.")
    person.page.locator("#reject-dialog button[type=submit]").click()
    person.page.wait_for_url(lambda url: str(small.id) not in url)

    person.open(f"/approvals/{small.id}")
    expect(person.page.locator(".approval-said")).to_contain_text("Never ordered.")
    for path in (
        "/approvals?show=all",
        "/approvals/delegations",
        f"/approval-rules?payable={small.id}",
        f"/payables/{small.id}",
    ):
        person.open(path)
        found += [f"{path}: {one}" for one in person.hindrances_in_any_light()]
        assert not person.is_wider_than_screen()
    admin = enter("administrator", size=DESKTOP)
    admin.open("/approval-rules")
    found += admin.hindrances_in_any_light()
    assert found == []
