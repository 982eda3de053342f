"""Receipts by mail: asked for at the till, kept in the outbox, and the address forgotten once the letter is gone."""

import re
import uuid
from dataclasses import replace

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, NotFound, OperationalError, RuleError
from gateway.domain.ids import OutboxId, derived_id
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.telling.outward import MAIL, Answer, Handed
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.mail_sender import Letter, MailSender
from gateway.ports.printer import ReceiptRenderer
from gateway.ports.receipt_paper import ReceiptFile
from gateway.ports.unit_of_work import Storage
from gateway.services.outward.receipt_links import CustomerReceipt, CustomerReceipts, Subject, SubjectKind

ADDRESS_MAX = 254
"""Characters of a mail address (RFC 5321 section 4.5.3.1.3, without the brackets)."""
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_WORDS = {
    "en": ("Your receipt {number} from {shop}", "Your receipt is attached."),
    "de": ("Ihr Beleg {number} von {shop}", "Ihr Beleg liegt bei."),
}


class MailReceipts:
    """Takes the wish for a letter."""

    def __init__(
        self, *, storage: Storage, clock: Clock, hints: DeviceHints, receipts: CustomerReceipts, set_up: bool
    ) -> None:
        """``set_up``: whether there is a mail server."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._receipts = receipts
        self.set_up = set_up

    def request(self, caller: Caller, request_id: uuid.UUID, subject: Subject, address: str) -> OutboxMessage:
        """Have a receipt mailed; the same ``request_id`` again is the same letter.

        Raises:
            InputError: ``invalid_mail_address``.
            RuleError: ``mail_not_set_up``; ``outcome_open`` while there is no outcome.
            NotFound: ``payment_not_found``, ``refund_not_found``, ``sale_not_found``.
        """
        caller.require(Permission.RECEIPTS_PRINT)
        if not self.set_up:
            hint = "Show the QR code instead, or let the operator name a mail server."
            raise RuleError("mail_not_set_up", "This shop sends no mail.", hint)
        self._receipts.find(caller.tenant_id, caller.store_id, subject)
        message = OutboxMessage(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=OutboxId(derived_id(request_id, "mail")),
            kind=MAIL,
            target=MAIL,
            payload={"to": checked_address(address), "subject": subject.kind.value, "subject_id": str(subject.id)},
            created_at=self._clock.now(),
        )
        with self._storage.write() as unit:
            unit.outbox.add(message)
        self._hints.outbox_filled(message.target)
        return message


class DeliverMail:
    """Hands one letter to the mail server; called by the lane that holds the lease."""

    def __init__(
        self,
        *,
        clock: Clock,
        receipts: CustomerReceipts,
        renderer: ReceiptRenderer,
        files: ReceiptFile,
        sender: MailSender,
    ) -> None:
        self._clock = clock
        self._receipts = receipts
        self._renderer = renderer
        self._files = files
        self._sender = sender

    def deliver(self, message: OutboxMessage) -> Handed:
        """Send one letter; never raises for what a mail server can do."""
        subject = Subject(SubjectKind(message.payload["subject"]), uuid.UUID(message.payload["subject_id"]))
        try:
            receipt = self._receipts.find(message.tenant_id, message.store_id, subject)
            self._sender.send(self._letter(message, receipt))
        except (NotFound, RuleError, InputError) as error:
            return Handed(Answer.IMPOSSIBLE, error.message)
        except OperationalError as error:
            return Handed(Answer.AWAY, error.message)
        return Handed(Answer.TAKEN, "Taken by the mail server.")

    def _letter(self, message: OutboxMessage, receipt: CustomerReceipt) -> Letter:
        shop = self._receipts.shop
        subject, words = _WORDS.get(shop.language, _WORDS["en"])
        title = subject.format(number=receipt.number, shop=shop.name)
        text, png = receipt.text(self._renderer), receipt.png(self._renderer)
        pdf = self._files.pdf(png=png, text=text, title=title, made_at=receipt.made_at)
        return Letter(
            to=message.payload["to"],
            subject=title,
            text=f"{words}\n\n{text}",
            pdf=pdf,
            pdf_name=f"{receipt.number}.pdf",
            message_id=message.id.hex,
            written_at=self._clock.now(),
        )


def checked_address(text: str) -> str:
    """Return a mail address without blanks around it; the error does not repeat it.

    Raises:
        InputError: ``invalid_mail_address``.
    """
    found = text.strip()
    if len(found) > ADDRESS_MAX or _ADDRESS.fullmatch(found) is None or len(found.partition("@")[0]) > 64:
        hint = "Write it as name@example.com."
        raise InputError("invalid_mail_address", "This is not a mail address.", hint, "/mail_to")
    return found


def without_address(message: OutboxMessage) -> OutboxMessage:
    """Return a message that ended as it is kept: without the address it went to."""
    if message.kind != MAIL or message.state is OutboxState.READY:
        return message
    return replace(message, payload={name: text for name, text in message.payload.items() if name != "to"})
