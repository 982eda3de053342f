"""Turns what happened into one message for each endpoint that wants to hear of it, and one for the change feed.

Without endpoints and ERPs it costs a look.
"""

import json
import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

from gateway.domain.cards.card_receipt import card_words
from gateway.domain.cards.payment import Attempt, AttemptOutcome, AttemptState, Payment
from gateway.domain.cards.refund import REFUND_STATES, Movement, Refund
from gateway.domain.cards.reservation import Hold, HoldStep
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.errors import InputError
from gateway.domain.ids import OutboxId, StoreId, TenantId, derived_id
from gateway.domain.money import Currency, Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.change import change_message
from gateway.domain.telling.outward import WEBHOOK
from gateway.domain.telling.webhook import Endpoint, EndpointState, target_of
from gateway.ports.announcer import Announcement
from gateway.ports.unit_of_work import Storage


class ListeningEndpoints:
    """The endpoints switched on, as this node knows them: read again after a change here and every few seconds."""

    def __init__(self, storage: Storage, tenant_id: TenantId, store_id: StoreId) -> None:
        self._storage = storage
        self._tenant_id = tenant_id
        self._store_id = store_id
        self._reading = threading.Lock()
        self.now: tuple[Endpoint, ...] = ()

    def refresh(self) -> None:
        """Read them again."""
        with self._reading:
            with self._storage.read() as unit:
                found = unit.webhooks.list(self._tenant_id, self._store_id)
            self.now = tuple(endpoint for endpoint in found if endpoint.state is EndpointState.ACTIVE)


class Announce:
    """Makes messages; whoever stores the fact adds them in the same unit of work."""

    def __init__(self, endpoints: ListeningEndpoints, *, fed: bool = False) -> None:
        """``fed``: the change feed is kept, for the ERPs of the settings."""
        self._endpoints = endpoints
        self._fed = fed

    @property
    def silent(self) -> bool:
        """Whether no endpoint listens, and no feed is kept."""
        return not self._fed and not self._endpoints.now

    def messages(self, announcement: Announcement) -> tuple[OutboxMessage, ...]:
        """Return one message for each endpoint that wants this kind, and one for the feed.

        The same fact makes the same ids again.
        """
        listening = self._endpoints.now
        told = tuple(message_for(one, announcement) for one in listening if one.wants(announcement.kind))
        return (*told, _for_feed(announcement)) if self._fed else told


def message_for(endpoint: Endpoint, announcement: Announcement) -> OutboxMessage:
    """Return the message that tells one endpoint of one thing."""
    event_id = _event_id(announcement)
    payload = {
        "event": announcement.kind,
        "webhook_id": _webhook_id(announcement),
        "subject": announcement.subject,
        "at": _instant(announcement.at),
        "body": body_of(announcement),
    }
    return OutboxMessage(
        tenant_id=announcement.tenant_id,
        store_id=announcement.store_id,
        id=OutboxId(derived_id(event_id, endpoint.id.hex)),
        kind=WEBHOOK,
        target=target_of(endpoint.id),
        payload=payload | _money_of(announcement.data),
        created_at=announcement.at,
    )


def _for_feed(announcement: Announcement) -> OutboxMessage:
    return change_message(
        announcement.tenant_id,
        announcement.store_id,
        webhook_id=_webhook_id(announcement),
        kind=announcement.kind,
        subject=announcement.subject,
        trace_id=announcement.trace_id,
        at=announcement.at,
    )


def _event_id(announcement: Announcement) -> uuid.UUID:
    return derived_id(announcement.cause_id, f"event {announcement.kind}")


def _webhook_id(announcement: Announcement) -> str:
    return f"msg_{_event_id(announcement).hex}"


def body_of(announcement: Announcement) -> str:
    """Return what is sent and signed, to the letter."""
    document = {
        "type": announcement.kind,
        "timestamp": _instant(announcement.at),
        "store": announcement.store_id,
        "subject": announcement.subject,
        "data": dict(announcement.data),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def outcome_announcement(
    movement: Movement, attempt: Attempt, state: AttemptState, outcome: AttemptOutcome, at: datetime
) -> Announcement | None:
    """Return what is told of an outcome, None where nobody outside needs it. Of a card: name and last four digits."""
    match movement:
        case Payment():
            kind, subject = f"payment.{state}", f"/v1/payments/{movement.id}"
            named = {"payment_id": str(movement.id), "sale_id": str(movement.sale_id)}
        case Refund():
            kind, subject = f"refund.{_refund_word(state)}", f"/v1/refunds/{movement.id}"
            named = {"refund_id": str(movement.id), "payment_id": str(movement.payment_id)}
        case Hold():
            kind, subject = f"reservation.{_hold_word(movement.step, state)}", f"/v1/reservations/{movement.id}"
            named = {"reservation_id": str(movement.id), "step": str(movement.step)}
        case DayClose():
            return None
        case _:
            assert_never(movement)
    data = named | {
        "amount": movement.amount.to_decimal(),
        "currency": movement.amount.currency.code,
        "register_id": movement.register_id,
        "terminal_id": attempt.terminal_id,
        "attempt_id": str(attempt.id),
        "trace_id": movement.trace_id,
        "reason_code": outcome.reason_code,
        "card": card_words(outcome.result),
    }
    taken = outcome.result.amount_minor
    if state is AttemptState.APPROVED and taken is not None:
        data["approved_amount"] = Money(taken, movement.amount.currency).to_decimal()
    return Announcement(
        tenant_id=movement.tenant_id,
        store_id=movement.store_id,
        kind=kind,
        cause_id=attempt.id,
        subject=subject,
        data=data,
        at=at,
        trace_id=movement.trace_id,
    )


def _refund_word(state: AttemptState) -> str:
    return "done" if state is AttemptState.APPROVED else str(REFUND_STATES[state])


def _hold_word(step: HoldStep, state: AttemptState) -> str:
    if state is AttemptState.APPROVED:
        return "held" if step is HoldStep.RESERVE else "released"
    return str(state)


def _money_of(data: Mapping[str, str]) -> dict[str, str]:
    """Return the amount a message speaks of as minor units, so that what waits can be added up."""
    amount, currency = data.get("amount"), data.get("currency")
    if not amount or not currency:
        return {}
    try:
        money = Money.from_decimal(amount, Currency.of(currency))
    except InputError:
        return {}
    return {"minor": str(money.minor), "currency": currency}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
