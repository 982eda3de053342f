"""Webhook endpoints as people and programs manage them, and the messages sent there."""

import logging
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import IdempotencyConflict, InputError, NotFound, RuleError
from gateway.domain.ids import OutboxId
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.telling.outward import WEBHOOK, OutwardSystem
from gateway.domain.telling.webhook import (
    ENDPOINTS_MAX,
    FORMER_SECRET_HOURS,
    Endpoint,
    EndpointId,
    EndpointState,
    checked_patterns,
    checked_url,
    secret_text,
)
from gateway.logs.observability import log_event
from gateway.ports.announcer import Announcement
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.outward.announce import ListeningEndpoints, message_for
from gateway.services.outward.signing_key import SigningKey

log = logging.getLogger(__name__)

TEST_EVENT = "webhook.test"
"""Sent when somebody asks for it, whatever kinds the endpoint wants."""
MESSAGES_PAGE_MAX = 100
REPLAY_MAX = 1000
"""Messages sent again by one request; for more it is asked again."""
SECRET_SHOWN_S = 600
"""So long the same request that made an endpoint gets its secret again, in case the answer was lost."""


class ManageWebhooks:
    """Endpoints of one store."""

    def __init__(
        self, *, storage: Storage, clock: Clock, hints: DeviceHints, key: SigningKey, endpoints: ListeningEndpoints
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._key = key
        self._endpoints = endpoints

    def list(self, caller: Caller) -> tuple[Endpoint, ...]:
        """Return the endpoints of the caller's store, oldest first."""
        caller.require(Permission.WEBHOOKS_MANAGE)
        with self._storage.read() as unit:
            return unit.webhooks.list(caller.tenant_id, caller.store_id)

    def get(self, caller: Caller, endpoint_id: EndpointId) -> Endpoint:
        """Return one endpoint.

        Raises:
            NotFound: ``endpoint_not_found``, also for a removed one and for those of other stores.
        """
        caller.require(Permission.WEBHOOKS_MANAGE)
        with self._storage.read() as unit:
            return _known(unit, caller, endpoint_id)

    def add(
        self, caller: Caller, endpoint_id: EndpointId, *, url: str, description: str, events: tuple[str, ...]
    ) -> tuple[Endpoint, str]:
        """Add an endpoint; return it with its secret, which is shown this once.

        Args:
            caller: who adds it.
            endpoint_id: made by the client; the same request again gets the same answer for ten minutes.
            url: where messages go, https; http only on this machine.
            description: what it is for, in words.
            events: kinds such as ``payment.approved``, ``payment.*`` or ``*``.

        Raises:
            InputError: ``invalid_webhook_url``, ``invalid_event_pattern``.
            RuleError: ``too_many_endpoints``.
            IdempotencyConflict: ``id_reused``.
        """
        caller.require(Permission.WEBHOOKS_MANAGE)
        endpoint = Endpoint(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=endpoint_id,
            url=checked_url(url),
            description=description,
            patterns=checked_patterns(events),
            state=EndpointState.ACTIVE,
            state_reason="",
            generation=1,
            former_until=None,
            key_mark=self._key.mark(),
            created_at=self._clock.now(),
            created_by=caller.name,
        )
        stored = self._storage.write_retrying(lambda unit: self._added(unit, endpoint))
        self._endpoints.refresh()
        log_event(log, "webhook.endpoint_added", endpoint_id=endpoint_id, actor=caller.name)
        return stored, self._secret(stored)

    def change(
        self,
        caller: Caller,
        endpoint_id: EndpointId,
        *,
        url: str | None = None,
        description: str | None = None,
        events: tuple[str, ...] | None = None,
        active: bool | None = None,
    ) -> Endpoint:
        """Change what is given; switching on sends at once what waits, switching off keeps it waiting.

        While an endpoint is off nothing new is noted for it.

        Raises:
            NotFound: ``endpoint_not_found``.
            InputError: as :meth:`add`.
        """
        caller.require(Permission.WEBHOOKS_MANAGE)
        checked = None if url is None else checked_url(url)
        patterns = None if events is None else checked_patterns(events)

        def work(unit: UnitOfWork) -> Endpoint:
            endpoint = _known(unit, caller, endpoint_id)
            changed = replace(
                endpoint,
                url=endpoint.url if checked is None else checked,
                description=endpoint.description if description is None else description,
                patterns=endpoint.patterns if patterns is None else patterns,
            )
            if active is not None:
                changed = _switched(unit, changed, active=active, actor=caller.name)
            unit.webhooks.update(changed)
            return changed

        changed = self._storage.write_retrying(work)
        self._told(caller, changed, "webhook.endpoint_changed")
        return changed

    def new_secret(self, caller: Caller, endpoint_id: EndpointId, generation: int) -> tuple[Endpoint, str]:
        """Give an endpoint a new secret and return it; for a day messages are signed with both.

        Args:
            caller: who asks.
            endpoint_id: the endpoint.
            generation: of the secret to be replaced, so that the same request twice replaces one only.

        Raises:
            NotFound: ``endpoint_not_found``.
            RuleError: ``secret_changed`` when another secret is in force.
        """
        caller.require(Permission.WEBHOOKS_MANAGE)
        mark, now = self._key.mark(), self._clock.now()

        def work(unit: UnitOfWork) -> Endpoint:
            endpoint = _known(unit, caller, endpoint_id)
            if endpoint.generation != generation:
                hint = "Load the endpoint again. If the answer was lost, ask for another secret."
                raise RuleError("secret_changed", "This secret has been replaced already.", hint)
            # A secret of another signing key cannot be made here: then only the new one signs.
            both = now + timedelta(hours=FORMER_SECRET_HOURS) if endpoint.key_mark == mark else None
            changed = replace(endpoint, generation=generation + 1, former_until=both, key_mark=mark)
            unit.webhooks.update(changed)
            return changed

        changed = self._storage.write_retrying(work)
        self._told(caller, changed, "webhook.secret_changed")
        return changed, self._secret(changed)

    def remove(self, caller: Caller, endpoint_id: EndpointId) -> None:
        """Remove an endpoint; what waits for it is given up.

        Raises:
            NotFound: ``endpoint_not_found``.
        """
        caller.require(Permission.WEBHOOKS_MANAGE)
        now = self._clock.now()

        def work(unit: UnitOfWork) -> Endpoint:
            endpoint = _known(unit, caller, endpoint_id)
            unit.webhooks.update(replace(endpoint, state=EndpointState.REMOVED))
            unit.outward.stop(endpoint.tenant_id, endpoint.store_id, endpoint.target, stopped=True)
            unit.outward.give_up(
                endpoint.tenant_id, endpoint.store_id, endpoint.target, note="The endpoint was removed.", now=now
            )
            return endpoint

        self._told(caller, self._storage.write_retrying(work), "webhook.endpoint_removed")

    def send_test(self, caller: Caller, endpoint_id: EndpointId, request_id: uuid.UUID) -> OutboxMessage:
        """Queue a test event; the same ``request_id`` again is the same message.

        Raises:
            NotFound: ``endpoint_not_found``.
            RuleError: ``endpoint_disabled``.
        """
        endpoint = self.get(caller, endpoint_id)
        if endpoint.state is not EndpointState.ACTIVE:
            raise RuleError("endpoint_disabled", "This endpoint is switched off.", "Switch it on first.")
        told = Announcement(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            kind=TEST_EVENT,
            cause_id=request_id,
            subject=f"/v1/webhook-endpoints/{endpoint.id}",
            data={"asked_by": caller.name},
            at=self._clock.now(),
        )
        message = message_for(endpoint, told)
        with self._storage.write() as unit:
            unit.outbox.add(message)
        self._hints.outbox_filled(message.target)
        return message

    def messages(
        self,
        caller: Caller,
        endpoint_id: EndpointId,
        *,
        state: OutboxState | None = None,
        before: OutboxId | None = None,
        limit: int = 50,
    ) -> tuple[OutboxMessage, ...]:
        """Return messages of an endpoint, newest first.

        Raises:
            NotFound: ``endpoint_not_found``.
        """
        caller.require(Permission.WEBHOOKS_MANAGE)
        with self._storage.read() as unit:
            endpoint = _known(unit, caller, endpoint_id)
            return unit.outward.messages(
                caller.tenant_id,
                caller.store_id,
                endpoint.target,
                state=None if state is None else state.value,
                before=before,
                limit=min(limit, MESSAGES_PAGE_MAX),
            )

    def replay(self, caller: Caller, message_id: OutboxId) -> OutboxMessage:
        """Send one message again, under the same id; one that waits already stays as it is.

        Raises:
            NotFound: ``message_not_found``.
            RuleError: ``endpoint_disabled``.
        """
        caller.require(Permission.WEBHOOKS_MANAGE)

        def work(unit: UnitOfWork) -> OutboxMessage:
            message = unit.outbox.get(caller.tenant_id, caller.store_id, message_id)
            if message is None or message.kind != WEBHOOK:
                raise NotFound("message_not_found", "There is no such message here.", "Load the list again.")
            endpoint = _known(unit, caller, EndpointId(uuid.UUID(message.target.partition(":")[2])))
            _must_be_active(endpoint)
            again = self._again(message, caller.name, 0)
            return again if unit.outward.again(again, self._clock.now()) else message

        message = self._storage.write_retrying(work)
        self._hints.outbox_filled(message.target)
        return message

    def replay_since(self, caller: Caller, endpoint_id: EndpointId, since: datetime) -> int:
        """Send again what ended at or after an instant, oldest first, at most 1000; return how many.

        Raises:
            NotFound: ``endpoint_not_found``.
            RuleError: ``endpoint_disabled``.
            InputError: ``invalid_since``.
        """
        caller.require(Permission.WEBHOOKS_MANAGE)
        if since > self._clock.now():
            raise InputError("invalid_since", "This instant has not come yet.", "Name one that has passed.", "/since")

        def work(unit: UnitOfWork) -> tuple[Endpoint, int]:
            endpoint = _known(unit, caller, endpoint_id)
            _must_be_active(endpoint)
            ended = unit.outward.to_replay(caller.tenant_id, caller.store_id, endpoint.target, since, REPLAY_MAX)
            now = self._clock.now()
            done = [
                unit.outward.again(self._again(message, caller.name, number), now)
                for number, message in enumerate(ended)
            ]
            return endpoint, sum(done)

        endpoint, number = self._storage.write_retrying(work)
        log_event(log, "webhook.replayed", endpoint_id=endpoint_id, count=number, actor=caller.name)
        self._hints.outbox_filled(endpoint.target)
        return number

    def _added(self, unit: UnitOfWork, endpoint: Endpoint) -> Endpoint:
        known = unit.webhooks.get(endpoint.tenant_id, endpoint.store_id, endpoint.id)
        if known is not None:
            age_s = (endpoint.created_at - known.created_at).total_seconds()
            if replace(endpoint, created_at=known.created_at) == known and age_s < SECRET_SHOWN_S:
                return known
            raise IdempotencyConflict("id_reused", "This id was used for another endpoint.", "Make a new id.")
        if len(unit.webhooks.list(endpoint.tenant_id, endpoint.store_id)) >= ENDPOINTS_MAX:
            hint = "Remove one that is not needed any more."
            raise RuleError("too_many_endpoints", f"A store has at most {ENDPOINTS_MAX} endpoints.", hint)
        unit.webhooks.add(endpoint)
        unit.outward.ensure(OutwardSystem(endpoint.tenant_id, endpoint.store_id, endpoint.target, WEBHOOK))
        return endpoint

    def _again(self, message: OutboxMessage, actor: str, number: int) -> OutboxMessage:
        # Counted from now on: its age before must neither make it too old nor frighten the till.
        created_at = self._clock.now() + timedelta(microseconds=number)
        return replace(
            message,
            state=OutboxState.READY,
            tries=0,
            due_at=None,
            note=f"Sent again, asked for by {actor}.",
            created_at=created_at,
        )

    def _secret(self, endpoint: Endpoint) -> str:
        return secret_text(self._key.secret(endpoint.id, endpoint.generation))

    def _told(self, caller: Caller, endpoint: Endpoint, event: str) -> None:
        self._endpoints.refresh()
        self._hints.outbox_filled(endpoint.target)
        log_event(log, event, endpoint_id=endpoint.id, actor=caller.name)


def disable_endpoint(unit: UnitOfWork, system: OutwardSystem, reason: str) -> None:
    """Switch the endpoint behind a system off, with the reason; for a system of another kind nothing is done."""
    if system.kind != WEBHOOK:
        return
    endpoint_id = EndpointId(uuid.UUID(system.target.partition(":")[2]))
    endpoint = unit.webhooks.get(system.tenant_id, system.store_id, endpoint_id)
    if endpoint is not None and endpoint.state is EndpointState.ACTIVE:
        unit.webhooks.update(replace(endpoint, state=EndpointState.DISABLED, state_reason=reason))
    unit.outward.stop(system.tenant_id, system.store_id, system.target, stopped=True)


def _known(unit: UnitOfWork, caller: Caller, endpoint_id: EndpointId) -> Endpoint:
    endpoint = unit.webhooks.get(caller.tenant_id, caller.store_id, endpoint_id)
    if endpoint is None or endpoint.state is EndpointState.REMOVED:
        raise NotFound("endpoint_not_found", "There is no such endpoint here.", "Load the list again.")
    return endpoint


def _must_be_active(endpoint: Endpoint) -> None:
    if endpoint.state is not EndpointState.ACTIVE:
        raise RuleError("endpoint_disabled", "This endpoint is switched off.", "Switch it on first.")


def _switched(unit: UnitOfWork, endpoint: Endpoint, *, active: bool, actor: str) -> Endpoint:
    unit.outward.stop(endpoint.tenant_id, endpoint.store_id, endpoint.target, stopped=not active)
    if not active:
        return replace(endpoint, state=EndpointState.DISABLED, state_reason=f"Switched off by {actor}.")
    if endpoint.state is EndpointState.DISABLED:
        for system in unit.outward.systems(endpoint.tenant_id, endpoint.store_id):
            if system.target == endpoint.target:
                unit.outward.fared(replace(system, tries=0, failing_since=None, paused_until=None))
    return replace(endpoint, state=EndpointState.ACTIVE, state_reason="")
