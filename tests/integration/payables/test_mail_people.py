"""People hear by mail what waits for them: once, in their language, and only those who can do it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Role
from gateway.domain.errors import InputError, OperationalError
from gateway.domain.ids import PersonId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.outward import Answer
from gateway.ports.access_store import Person
from gateway.ports.mail_sender import Letter
from gateway.services.payables.mail_people import DeliverTask, MailPeople
from tests.support.run_rig import CONTROLLER, RunRig
from tests.support.run_rows import AT, HERE, IBANS, payable
from tests.support.storage_rows import FixedClock, new_id


class KeptLetters:
    """A mail server that keeps what it gets, or answers with an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.letters: list[Letter] = []
        self._error = error

    def send(self, letter: Letter) -> None:
        if self._error is not None:
            raise self._error
        self.letters.append(letter)


@pytest.fixture
def rig(database_url: str, tmp_path: Path) -> Iterator[RunRig]:
    with closing(SqlStorage(database_url, FixedClock())) as storage:
        made = RunRig(storage, tmp_path / "bank")
        made.desk.mail = MailPeople(clock=made.clock, language="en", set_up=True)
        made.supplier("Alpha", iban=IBANS[1])
        yield made


def _hire(rig: RunRig, login: str, role: Role, email: str = "", **more: object) -> Person:
    person = Person(*HERE, PersonId(new_id()), login, login.title(), role, "hash", None, False, False, False, AT, email)
    person = replace(person, **more)  # type: ignore[arg-type]  # as the test names them
    with rig.storage.write() as unit:
        unit.access.add_person(person)
    return person


def _letters(rig: RunRig) -> list[OutboxMessage]:
    with rig.storage.read() as unit:
        return list(unit.outward.messages(*HERE, "mail", state=None, before=None, limit=99))


def _approved(rig: RunRig) -> None:
    rig.owe(payable("R-1"))
    rig.approved(rig.proposed().run)


def _delivered(message: OutboxMessage, mail: KeptLetters, public_url: str = "") -> Answer:
    deliver = DeliverTask(clock=FixedClock(), sender=mail, shop="Corner Shop", public_url=public_url)
    return deliver.deliver(message).answer


def test_run_when_approved_then_those_who_may_release_it_hear_once(rig: RunRig) -> None:
    theo = _hire(rig, "theo", Role.TREASURER, "theo@shop.example")
    _hire(rig, "tina", Role.TREASURER)
    _hire(rig, "tom", Role.TREASURER, "tom@shop.example", disabled=True)
    _hire(rig, "carla", Role.CASHIER, "carla@shop.example")
    _hire(rig, "carl", Role.TREASURER, "carl@shop.example", id=PersonId(CONTROLLER.id))

    _approved(rig)

    (message,) = _letters(rig)
    assert (message.payload["to"], message.payload["subject_id"]) == ("theo@shop.example", str(theo.id))
    mail = KeptLetters()
    assert _delivered(message, mail, "https://pay.shop.example/") is Answer.TAKEN
    (letter,) = mail.letters
    assert letter.subject == "Payment run 1 waits for your release"
    assert "Hello Theo," in letter.text
    assert "https://pay.shop.example/payment-runs" in letter.text
    assert letter.pdf == b""


def test_run_when_there_is_no_mail_server_then_nothing_is_noted(rig: RunRig) -> None:
    rig.desk.mail = MailPeople(clock=rig.clock, language="en", set_up=False)
    _hire(rig, "theo", Role.TREASURER, "theo@shop.example")

    _approved(rig)

    assert _letters(rig) == []


@pytest.mark.parametrize(
    ("language", "count", "subject"),
    [
        ("de", "2", "2 Rechnungen warten auf Ihre Freigabe"),
        ("de", "1", "1 Rechnung wartet auf Ihre Freigabe"),
        ("en", "1", "1 invoice waits for your approval"),
        ("fr", "3", "3 invoices wait for your approval"),
    ],
)
def test_letter_about_approvals_then_in_the_language_and_without_a_link_where_none_is_known(
    rig: RunRig, language: str, count: str, subject: str
) -> None:
    _hire(rig, "theo", Role.TREASURER, "theo@shop.example")
    _approved(rig)
    (message,) = _letters(rig)
    told = {"task": "approvals", "language": language, "count": count, "first_due_on": "2026-03-04"}
    mail = KeptLetters()

    _delivered(replace(message, payload=message.payload | told), mail)

    assert mail.letters[0].subject == subject
    assert "2026-03-04" in mail.letters[0].text
    assert "http" not in mail.letters[0].text


def test_letter_when_the_server_is_away_or_refuses_then_says_so(rig: RunRig) -> None:
    _hire(rig, "theo", Role.TREASURER, "theo@shop.example")
    _approved(rig)
    (message,) = _letters(rig)

    assert _delivered(message, KeptLetters(OperationalError("mail_unavailable", "Later."))) is Answer.AWAY
    assert _delivered(message, KeptLetters(InputError("mail_refused", "Never."))) is Answer.IMPOSSIBLE
