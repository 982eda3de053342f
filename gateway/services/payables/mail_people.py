"""Tells people of the office by mail what waits for them: noted in the unit of the fact, each fact once a person."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date

from gateway.domain.access import ROLE_PERMISSIONS, Permission
from gateway.domain.errors import InputError, OperationalError
from gateway.domain.ids import OutboxId, derived_id
from gateway.domain.outbox import OutboxMessage
from gateway.domain.payables.payment_order import PaymentRun
from gateway.domain.payables.task_letter import APPROVALS, RELEASE, task_letter
from gateway.domain.telling.outward import MAIL, Answer, Handed
from gateway.ports.access_store import Person
from gateway.ports.clock import Clock
from gateway.ports.mail_sender import Letter, MailSender
from gateway.ports.unit_of_work import UnitOfWork

TASK = "task"
"""Subject of a letter in the queue of mails."""


class MailPeople:
    """Notes letters. Who has no address, and whoever may not sign in, gets none."""

    def __init__(self, *, clock: Clock, language: str, set_up: bool) -> None:
        """``language``: of the shop; ``set_up``: whether there is a mail server; without one nothing is noted."""
        self._clock = clock
        self._language = language
        self._set_up = set_up

    def approvals_wait_in(self, unit: UnitOfWork, person: Person, dues: Iterable[date], business_date: date) -> None:
        """Note that invoices with these due dates wait for a person's approval; once for a business date."""
        days = sorted(dues)
        told = {"task": APPROVALS, "count": str(len(days)), "first_due_on": days[0].isoformat()}
        self._note(unit, person, derived_id(person.id, f"reminded by mail {business_date.isoformat()}"), told)

    def release_waits_in(self, unit: UnitOfWork, run: PaymentRun, orders: int) -> None:
        """Note for everybody who may release a run, and did not approve it, that it waits; once for each approval."""
        told = {"task": RELEASE, "count": str(orders), "number": str(run.number), "run_on": run.run_on.isoformat()}
        for person in unit.access.people(run.tenant_id, run.store_id):
            able = Permission.RUNS_RELEASE in ROLE_PERMISSIONS[person.role] and person.id != run.approved_by
            if able:
                self._note(unit, person, derived_id(run.id, f"release by mail {run.version} {person.id}"), told)

    def _note(self, unit: UnitOfWork, person: Person, letter_id: uuid.UUID, told: Mapping[str, str]) -> None:
        if not self._set_up or not person.email or person.disabled:
            return
        unit.outbox.add(
            OutboxMessage(
                tenant_id=person.tenant_id,
                store_id=person.store_id,
                id=OutboxId(letter_id),
                kind=MAIL,
                target=MAIL,
                payload={
                    "to": person.email,
                    "subject": TASK,
                    "subject_id": str(person.id),
                    "language": self._language,
                    "name": person.name,
                    **told,
                },
                created_at=self._clock.now(),
            )
        )


class DeliverTask:
    """Hands one letter to the mail server; called by the lane that holds the lease."""

    def __init__(self, *, clock: Clock, sender: MailSender, shop: str, public_url: str) -> None:
        self._clock = clock
        self._sender = sender
        self._shop = shop
        self._public_url = public_url.rstrip("/")

    def deliver(self, message: OutboxMessage) -> Handed:
        """Send one letter; never raises for what a mail server can do."""
        subject, text = task_letter(message.payload, shop=self._shop, public_url=self._public_url)
        letter = Letter(
            to=message.payload["to"],
            subject=subject,
            text=text,
            message_id=message.id.hex,
            written_at=self._clock.now(),
        )
        return handed_over(self._sender, letter)


def handed_over(sender: MailSender, letter: Letter) -> Handed:
    """Hand a letter to the mail server; return what became of it."""
    try:
        sender.send(letter)
    except InputError as error:
        return Handed(Answer.IMPOSSIBLE, error.message)
    except OperationalError as error:
        return Handed(Answer.AWAY, error.message)
    return Handed(Answer.TAKEN, "Taken by the mail server.")
