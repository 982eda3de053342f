"""Reminds approvers of what is due soon or waits for long, once a day and person; and tidies what became void."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.domain.ids import PersonId, StoreId, TenantId, derived_id
from gateway.domain.payables.payable import Payable, PayableState
from gateway.logs.observability import log_event
from gateway.ports.access_store import Person
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.clock import Clock
from gateway.ports.payable_store import PAYABLES_PAGE_MAX, PayableWish
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.approval_digest import still_approved_in
from gateway.services.payables.approve_payables import ApprovePayables
from gateway.services.payables.mail_people import MailPeople
from gateway.services.payables.read_approvals import able_people

_log = logging.getLogger(__name__)

REMINDED = "approval.reminded"


@dataclass(frozen=True, slots=True)
class ReminderRules:
    """``waiting_days``: somebody is reminded of what waits for so long; ``due_days``: and of what is due so soon."""

    waiting_days: int
    due_days: int


class RemindApprovers:
    """The reminders of one store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        approve: ApprovePayables,
        announcer: Announcer,
        mail: MailPeople,
        rules: ReminderRules,
        tenant_id: TenantId,
        store_id: StoreId,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._approve = approve
        self._announcer = announcer
        self._mail = mail
        self._rules = rules
        self._place = (tenant_id, store_id)

    def run(self, business_date: date) -> str:
        """Settle what changed by itself, then remind everybody who keeps something waiting; return what was done.

        Safe to run again: nobody is reminded twice for one business date.

        Args:
            business_date: the day that is dealt with.
        """
        voided = self._tidy()
        reminded = self._storage.write_retrying(lambda unit: self._remind(unit, business_date))
        log_event(_log, "approval.reminders_sent", people=reminded, voided=voided, on=business_date.isoformat())
        return f"{reminded} reminded, {voided} to be approved again"

    def _tidy(self) -> int:
        """Take approvals back that no longer fit, one payable in each unit: a large sweep holds nothing for long."""
        with self._storage.read() as unit:
            payables = _all(unit, self._place, (PayableState.APPROVED, PayableState.MATCHED))
            good = still_approved_in(unit, payables)
        stale = [one.id for one in payables if one.id not in good or one.state is PayableState.MATCHED]
        voided = 0
        for payable_id in stale:

            def settle(unit: UnitOfWork) -> bool:
                held = unit.payables.lock(*self._place, payable_id)  # noqa: B023  # run at once, before the next one
                if held is None:
                    return False
                now = self._approve.settle_in(unit, held, actor="system", at=self._clock.now())
                return held.state is PayableState.APPROVED and now.state is not PayableState.APPROVED

            voided += self._storage.write_retrying(settle)
        return voided

    def _remind(self, unit: UnitOfWork, business_date: date) -> int:
        at = self._clock.now()
        waiting: dict[PersonId, list[Payable]] = {}
        people: Mapping[PersonId, Person] = {}
        payables = _all(unit, self._place, (PayableState.MATCHED,))
        standings = unit.approvals.standings(*self._place, [one.id for one in payables])
        for payable in payables:
            standing = standings.get(payable.id)
            since = (payable.changed_at if standing is None else standing.waiting_since).date()
            soon = payable.due_on <= business_date + timedelta(days=self._rules.due_days)
            if not soon and business_date - since < timedelta(days=self._rules.waiting_days):
                continue
            asked = self._approve.asked_in(unit, payable, at=at)
            people = asked.people.people
            able = set(able_people(asked))
            # Whoever stands in for somebody is asked instead of them, and they too: a leave may end a day earlier.
            able |= {one.to_person_id for one in asked.people.delegations if one.from_person_id in able}
            for person_id in able:
                waiting.setdefault(person_id, []).append(payable)
        reminded = 0
        for person_id, ones in sorted(waiting.items()):
            if not unit.approvals.remind(*self._place, person_id, business_date, at):
                continue
            reminded += 1
            self._announce(unit, people[person_id], ones, business_date)
            self._mail.approvals_wait_in(unit, people[person_id], (one.due_on for one in ones), business_date)
        return reminded

    def _announce(self, unit: UnitOfWork, person: Person, payables: list[Payable], business_date: date) -> None:
        announcement = Announcement(
            tenant_id=self._place[0],
            store_id=self._place[1],
            kind=REMINDED,
            cause_id=derived_id(person.id, f"reminded {business_date.isoformat()}"),
            subject="/approvals",
            data={
                "login": person.login,
                "waiting": str(len(payables)),
                "first_due_on": min(one.due_on for one in payables).isoformat(),
            },
            at=self._clock.now(),
        )
        for message in self._announcer.messages(announcement):
            unit.outbox.add(message)


def _all(unit: UnitOfWork, place: tuple[TenantId, StoreId], states: tuple[PayableState, ...]) -> tuple[Payable, ...]:
    found: list[Payable] = []
    while True:
        before = found[-1].id if found else None
        page = unit.payables.list(*place, PayableWish(states=states), before=before, limit=PAYABLES_PAGE_MAX)
        found += page
        if len(page) < PAYABLES_PAGE_MAX:
            return tuple(found)
