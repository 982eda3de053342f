"""Reminders of what waits for approval, once a day for each who can help; approvals taken back that no longer fit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.payables.payable import PayableState
from gateway.ports.announcer import NobodyListens
from gateway.services.payables.mail_people import MailPeople
from gateway.services.payables.remind_approvers import RemindApprovers, ReminderRules
from tests.support.approval_desk import START, ApprovalDesk, HandClock
from tests.support.migrated import migrated_sqlite
from tests.support.payable_rows import HERE

OTHER_IBAN = "DE02500105170137075030"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ApprovalDesk]:
    """A store with a clerk and three approvers."""
    storage = SqlStorage(migrated_sqlite(tmp_path / "desk.sqlite3"), HandClock())
    yield ApprovalDesk(storage)
    storage.close()


def test_reminders_when_something_waits_then_once_a_day_for_each_who_can_help(desk: ApprovalDesk) -> None:
    supplier = desk.supplier()
    payable = desk.payable(supplier, created_by="paul", due_on=date(2026, 3, 4))
    reminders = RemindApprovers(
        storage=desk.storage,
        clock=desk.clock,
        approve=desk.approve,
        announcer=NobodyListens(),
        mail=MailPeople(clock=desk.clock, language="de", set_up=True),
        rules=ReminderRules(waiting_days=2, due_days=5),
        tenant_id=HERE[0],
        store_id=HERE[1],
    )
    today = START.date()
    desk.mailed("petra", "petra@shop.example")

    assert reminders.run(today).startswith("2 reminded")
    assert reminders.run(today).startswith("0 reminded")
    desk.vote("petra", payable.id)
    assert reminders.run(today + timedelta(days=1)).startswith("0 reminded")
    with desk.storage.read() as unit:
        (letter,) = unit.outward.messages(*HERE, "mail", state=None, before=None, limit=9)
    assert letter.payload["to"] == "petra@shop.example"
    assert (letter.payload["count"], letter.payload["first_due_on"]) == ("1", "2026-03-04")


def test_sweep_when_an_account_changed_unseen_then_the_approval_is_taken_back(desk: ApprovalDesk) -> None:
    supplier = desk.supplier()
    payable = desk.payable(supplier)
    desk.vote("paul", payable.id)
    desk.account(supplier, OTHER_IBAN)
    reminders = RemindApprovers(
        storage=desk.storage,
        clock=desk.clock,
        approve=desk.approve,
        announcer=NobodyListens(),
        mail=MailPeople(clock=desk.clock, language="de", set_up=True),
        rules=ReminderRules(waiting_days=9, due_days=0),
        tenant_id=HERE[0],
        store_id=HERE[1],
    )

    assert reminders.run(START.date()) == "0 reminded, 1 to be approved again"
    assert desk.load(payable.id).state is PayableState.MATCHED
