"""Receipts by mail, from the wish at the till to a mail server here; afterwards nobody knows the address."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.adapters.mail_sender import MailServer, SmtpMailSender
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.outbox import OutboxState
from gateway.services.outward.receipt_links import Subject, SubjectKind
from tests.support.mail_receiver import MailReceiver
from tests.support.outward_rig import ADMINISTRATOR, OutwardRig
from tests.support.storage_rows import new_id
from tests.support.web_shop import build_shop, sale

ADDRESS = "anna.kunde@customer.example"


@pytest.fixture
def paid(tmp_path: Path) -> tuple[str, Subject]:
    """A database with a payment that was made, and that payment."""
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    shop = build_shop(url, tmp_path)
    body = sale()
    _, key = shop.key()
    assert shop.client().post("/v1/payments", json=body, headers=key).status_code == 202
    shop.settle(body["id"])
    shop.storage.close()
    return url, Subject(SubjectKind.PAYMENT, uuid.UUID(body["id"]))


@pytest.fixture
def receiver() -> Iterator[MailReceiver]:
    """A mail server."""
    with MailReceiver() as made:
        yield made


@pytest.fixture
def rig(paid: tuple[str, Subject], receiver: MailReceiver, tmp_path: Path) -> Iterator[OutwardRig]:
    """A node that mails."""
    server = MailServer("127.0.0.1", receiver.port, "none", "receipts@shop.example", "Corner Shop", timeout_s=2.0)
    made = OutwardRig(paid[0], tmp_path, mail=SmtpMailSender(server))
    made.start()
    yield made
    made.stop()


def test_letter_when_asked_for_then_mailed_once_and_the_address_forgotten(
    rig: OutwardRig, receiver: MailReceiver, paid: tuple[str, Subject]
) -> None:
    mail, wish = rig.side.services.mail, new_id()

    message = mail.request(ADMINISTRATOR, wish, paid[1], f" {ADDRESS} ")
    assert mail.request(ADMINISTRATOR, wish, paid[1], ADDRESS).id == message.id
    (mailed,) = receiver.wait_for(1)
    done = rig.until_state(message, OutboxState.DONE)

    number = paid[1].id.hex[-8:].upper()
    assert (mailed.to, mailed.letter["Subject"]) == (ADDRESS, f"Your receipt {number} from Corner Shop")
    (attached,) = mailed.letter.iter_attachments()
    assert attached.get_filename() == f"{number}.pdf"
    assert attached.get_content().startswith(b"%PDF-1.4")
    assert "to" not in done.payload
    assert len(receiver.letters) == 1
    (view,) = rig.side.services.state.systems(ADMINISTRATOR)
    assert (view.system.kind, view.waiting.number) == ("mail", 0)


def test_letter_when_the_server_is_away_then_later(
    rig: OutwardRig, receiver: MailReceiver, paid: tuple[str, Subject]
) -> None:
    receiver.answers["RCPT"] = "451 later"
    message = rig.side.services.mail.request(ADMINISTRATOR, new_id(), paid[1], ADDRESS)
    waits = rig.until_state(message, OutboxState.READY, tries=1)

    del receiver.answers["RCPT"]
    rig.clock.move(2)
    rig.until_state(message, OutboxState.DONE)

    assert waits.note == "The mail server does not take it now (451)."


def test_letter_when_refused_then_given_up_at_once_without_the_address(
    rig: OutwardRig, receiver: MailReceiver, paid: tuple[str, Subject]
) -> None:
    receiver.answers["RCPT"] = f"550 <{ADDRESS}> unknown"
    message = rig.side.services.mail.request(ADMINISTRATOR, new_id(), paid[1], ADDRESS)

    dead = rig.until_state(message, OutboxState.DEAD)

    assert dead.note == "The mail server refuses this letter (550)."
    assert ADDRESS not in repr(dead)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@",
        "@customer.example",
        "anna@localhost",
        "a b@customer.example",
        "anna@customer.example\r\nBcc: x",
    ],
)
def test_address_when_it_is_none_then_refused_and_not_repeated(
    rig: OutwardRig, paid: tuple[str, Subject], address: str
) -> None:
    with pytest.raises(InputError) as refused:
        rig.side.services.mail.request(ADMINISTRATOR, new_id(), paid[1], address)

    assert refused.value.code == "invalid_mail_address"
    assert not address or address not in refused.value.message


def test_letter_when_there_is_no_such_payment_then_refused(rig: OutwardRig) -> None:
    with pytest.raises(NotFound) as refused:
        rig.side.services.mail.request(ADMINISTRATOR, new_id(), Subject(SubjectKind.REFUND, new_id()), ADDRESS)

    assert refused.value.code == "refund_not_found"


def test_letter_when_there_is_no_mail_server_then_said(paid: tuple[str, Subject], tmp_path: Path) -> None:
    rig = OutwardRig(paid[0], tmp_path)
    try:
        with pytest.raises(RuleError) as refused:
            rig.side.services.mail.request(ADMINISTRATOR, new_id(), paid[1], ADDRESS)
    finally:
        rig.storage.close()

    assert refused.value.code == "mail_not_set_up"
