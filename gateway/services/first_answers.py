"""The first answer to a request is stored with what it did, and told again when the request comes again."""

from dataclasses import dataclass

from gateway.domain.access import Caller
from gateway.domain.errors import IdempotencyConflict
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork


@dataclass(frozen=True, slots=True)
class RequestKey:
    """How a repeated request is known.

    ``key``: the client's id or idempotency key; ``request_hash``: SHA-256 of the canonical request, hex;
    ``location``: where what it made is to be found.
    """

    key: str
    request_hash: str
    location: str

    def answer(self, status: int, body: bytes) -> StoredAnswer:
        """Return the answer to keep."""
        return StoredAnswer(self.key, self.request_hash, status, body, self.location)


def find_first_answer(storage: Storage, caller: Caller, request: RequestKey) -> StoredAnswer | None:
    """Return the stored answer to this very request, or None for a new one.

    Raises:
        IdempotencyConflict: ``key_reused`` when the key came before with another request.
    """
    with storage.read() as unit:
        return first_answer_in(unit, caller, request)


def first_answer_in(unit: UnitOfWork, caller: Caller, request: RequestKey) -> StoredAnswer | None:
    """As :func:`find_first_answer`, inside a unit of work."""
    stored = unit.payments.find_answer(caller.tenant_id, caller.store_id, request.key)
    if stored is None:
        return None
    if stored.request_hash != request.request_hash:
        raise IdempotencyConflict(
            "key_reused",
            "This id or idempotency key was used before with another request.",
            "Send the first request again unchanged, or make a new id for something new.",
        )
    return stored
