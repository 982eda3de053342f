"""Hands one message over to a webhook endpoint, signed, and says what came of it."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from gateway.domain.errors import ConfigurationError, InputError, OperationalError
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.outward import Answer, Handed
from gateway.domain.telling.webhook import Endpoint, EndpointId, EndpointState, answer_of, retry_after_s, signed_headers
from gateway.ports.clock import Clock
from gateway.ports.http_sender import HttpAnswer, HttpSender
from gateway.ports.unit_of_work import Storage
from gateway.services.outward.signing_key import SigningKey

RETRY_AFTER_MAX_S = 3600
"""A receiver may ask for this much patience; for more it answers 410, or its operator pauses the endpoint."""
OTHER_KEY = "This node has another signing key than the one this endpoint's secret comes from."


class DeliverWebhook:
    """Called by the lane that holds the lease of the endpoint."""

    def __init__(self, *, storage: Storage, clock: Clock, sender: HttpSender, key: SigningKey) -> None:
        self._storage = storage
        self._clock = clock
        self._sender = sender
        self._key = key

    def deliver(self, message: OutboxMessage) -> Handed:
        """Send one message; never raises for what a receiver can do.

        Raises:
            OperationalError: the database is away; nothing was sent.
        """
        endpoint_id = EndpointId(uuid.UUID(message.target.partition(":")[2]))
        with self._storage.read() as unit:
            endpoint = unit.webhooks.get(message.tenant_id, message.store_id, endpoint_id)
        if endpoint is None or endpoint.state is EndpointState.REMOVED:
            return Handed(Answer.GONE, "The endpoint was removed.")
        try:
            return _handed(self._sender.post(endpoint.url, *self._signed(endpoint, message)))
        except (ConfigurationError, InputError, OperationalError) as error:
            return Handed(Answer.AWAY, error.message)

    def _signed(self, endpoint: Endpoint, message: OutboxMessage) -> tuple[Mapping[str, str], bytes]:
        if endpoint.key_mark != self._key.mark():
            hint = "Give every node the same outward.key_file, or change the secret."
            raise ConfigurationError("other_signing_key", OTHER_KEY, hint)
        now, body = self._clock.now(), message.payload["body"].encode("utf-8")
        secrets = tuple(self._key.secret(endpoint.id, generation) for generation in _generations(endpoint, now))
        headers = signed_headers(secrets, message.payload["webhook_id"], int(now.timestamp()), body)
        return {"Content-Type": "application/json", "User-Agent": "Tillbridge-Webhooks/1", **headers}, body


def _generations(endpoint: Endpoint, now: datetime) -> tuple[int, ...]:
    both = endpoint.generation > 1 and endpoint.former_until is not None and now < endpoint.former_until
    return (endpoint.generation, endpoint.generation - 1) if both else (endpoint.generation,)


def _handed(answer: HttpAnswer) -> Handed:
    words = f"HTTP {answer.status}" + (f": {answer.words}" if answer.words else "")
    return Handed(answer_of(answer.status), words, retry_after_s(answer.retry_after, longest_s=RETRY_AFTER_MAX_S))
