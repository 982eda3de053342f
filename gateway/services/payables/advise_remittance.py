"""Tells suppliers what a payment covers: once for each payment whose money has left, by mail, with a PDF."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from gateway.domain.ids import OutboxId, StoreId, TenantId, derived_id
from gateway.domain.outbox import OutboxMessage
from gateway.domain.payables.payment_order import PaymentOrder
from gateway.domain.payables.remittance import Advice, AdviceLine, advice_body, advice_title
from gateway.domain.telling.outward import MAIL, Answer, Handed
from gateway.ports.clock import Clock
from gateway.ports.mail_sender import Letter, MailSender
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.mail_people import handed_over
from gateway.services.payables.run_orders import mark_of

REMITTANCE = "remittance"
"""Subject of a letter in the queue of mails."""
_LAST = 4


class AdvicePaper(Protocol):
    """Draws an advice."""

    def pdf(self, *, title: str, lines: tuple[str, ...]) -> bytes:
        """Return a PDF; the same advice makes the same bytes."""


class AdviseRemittance:
    """Notes letters in the unit of the bank's message."""

    def __init__(self, *, clock: Clock, shop: str, set_up: bool) -> None:
        """``set_up``: whether there is a mail server; without one nothing is noted."""
        self._clock = clock
        self._shop = shop
        self._set_up = set_up

    def note_in(
        self, unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, orders: tuple[PaymentOrder, ...]
    ) -> None:
        """Note one letter for each payment of a supplier that wants them; the same payment is never noted twice."""
        if not self._set_up or not orders:
            return
        ids = list({order.payee.supplier_id for order in orders})
        suppliers = unit.suppliers.load_many(tenant_id, store_id, ids)
        for order in orders:
            supplier = suppliers.get(order.payee.supplier_id)
            if supplier is None or not supplier.remittance_email:
                continue
            unit.outbox.add(
                OutboxMessage(
                    tenant_id=tenant_id,
                    store_id=store_id,
                    id=OutboxId(derived_id(order.id, "remittance advice")),
                    kind=MAIL,
                    target=MAIL,
                    payload={
                        "to": supplier.remittance_email,
                        "subject": REMITTANCE,
                        "subject_id": str(order.id),
                        "end_to_end_id": order.end_to_end_id,
                        "language": supplier.language,
                    },
                    created_at=self._clock.now(),
                )
            )


class DeliverRemittance:
    """Hands one advice to the mail server; called by the lane that holds the lease."""

    def __init__(self, *, storage: Storage, clock: Clock, paper: AdvicePaper, sender: MailSender, shop: str) -> None:
        self._storage = storage
        self._clock = clock
        self._paper = paper
        self._sender = sender
        self._shop = shop

    def deliver(self, message: OutboxMessage) -> Handed:
        """Send one letter; never raises for what a mail server can do."""
        advice = self.advice(message)
        if advice is None:
            return Handed(Answer.IMPOSSIBLE, "The payment is not known.")
        title, lines = advice_title(advice), advice_body(advice)
        letter = Letter(
            to=message.payload["to"],
            subject=title,
            text="\n".join(lines),
            pdf=self._paper.pdf(title=title, lines=lines),
            pdf_name=f"{advice.number}.pdf",
            message_id=message.id.hex,
            written_at=self._clock.now(),
        )
        return handed_over(self._sender, letter)

    def advice(self, message: OutboxMessage) -> Advice | None:
        """Return what a letter says, from the payment as it is stored; None when it is not known."""
        place = (message.tenant_id, message.store_id)
        with self._storage.read() as unit:
            order = unit.payment_runs.order_by_end_to_end(*place, message.payload["end_to_end_id"])
            run = None if order is None else unit.payment_runs.load(*place, order.run_id)
            if order is None or run is None:
                return None
            found = [unit.payables.load(*place, part.payable_id) for part in order.allocations]
        issued = {one.id: one.issued_on for one in found if one is not None}
        number = order.payee.iban or order.payee.other_id
        lines = tuple(
            AdviceLine(
                part.number,
                issued.get(part.payable_id),
                part.amount + part.discount,
                part.discount,
                part.amount,
                part.credit,
            )
            for part in order.allocations
        )
        language = message.payload.get("language") or order.payee.language
        payee = replace(order.payee, language=language)
        return Advice(
            # The same mark stands in the text of a payment that covers too many invoices to name them.
            number=mark_of(run, order.position),
            payer=self._shop,
            payee=payee.name,
            account=f"{payee.country} ... {number[-_LAST:]}",
            paid_on=order.execute_on,
            total=order.amount,
            lines=lines,
            language=payee.language,
        )


class Deliverer(Protocol):
    """Hands over messages of one kind."""

    def deliver(self, message: OutboxMessage) -> Handed:
        """Try once; never raises for what the system outside can do."""


class LettersBySubject:
    """One queue of mails for letters of several kinds: some go a way of their own, all others as receipts do."""

    def __init__(self, own: Mapping[str, Deliverer], *, others: Deliverer) -> None:
        """``own``: by the subject of the message."""
        self._own = own
        self._others = others

    def deliver(self, message: OutboxMessage) -> Handed:
        """Try once."""
        return self._own.get(message.payload.get("subject", ""), self._others).deliver(message)
