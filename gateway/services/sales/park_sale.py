"""Putting a sale aside and taking it up again, at any till of the store, by exactly one of them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import RegisterId
from gateway.domain.money import Money
from gateway.ports.catalogue_store import ParkedSale
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork

WAITING_MAX = 200
"""Baskets shown: a shop with more has forgotten some of them."""


@dataclass(frozen=True, slots=True)
class ParkWish:
    """A basket to put aside. ``document``: its lines in the form of the API."""

    parked_id: uuid.UUID
    name: str
    register_id: RegisterId
    document: Mapping[str, Any]
    total: Money


class ParkSale:
    """Use cases of parked sales. Nothing is booked for them: no money moved yet."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def park(self, caller: Caller, wish: ParkWish) -> ParkedSale:
        """Put a basket aside; the same again is the same basket.

        Raises:
            RuleError: ``parked_sale_exists`` when the id was used for another basket.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        wanted = ParkedSale(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=wish.parked_id,
            name=wish.name,
            register_id=wish.register_id,
            document=wish.document,
            total=wish.total,
            created_at=self._clock.now(),
            created_by=caller.name,
        )

        def store(unit: UnitOfWork) -> ParkedSale:
            stored = unit.parked.get(caller.tenant_id, caller.store_id, wish.parked_id)
            if stored is not None and (stored.name, stored.document) == (wanted.name, wanted.document):
                return stored
            unit.parked.add(wanted)
            return wanted

        return self._storage.write_retrying(store)

    def waiting(self, caller: Caller) -> tuple[ParkedSale, ...]:
        """Return the baskets that wait, newest first."""
        caller.require(Permission.PAYMENTS_CREATE)
        with self._storage.read() as unit:
            return unit.parked.open(caller.tenant_id, caller.store_id, limit=WAITING_MAX)

    def recall(
        self, caller: Caller, parked_id: uuid.UUID, *, version: int, register_id: RegisterId, request_id: uuid.UUID
    ) -> ParkedSale:
        """Take a basket up; the same request again gets it again, any other one finds it gone.

        Raises:
            NotFound: ``unknown_parked_sale``.
            RuleError: ``parked_sale_taken``.
        """
        return self._take(caller, parked_id, version, register_id, request_id)

    def discard(self, caller: Caller, parked_id: uuid.UUID, *, version: int) -> ParkedSale:
        """Throw a basket away; it stays stored with who did so.

        Raises:
            NotFound: ``unknown_parked_sale``.
            RuleError: ``parked_sale_taken``.
        """
        return self._take(caller, parked_id, version, None, None)

    def _take(
        self,
        caller: Caller,
        parked_id: uuid.UUID,
        version: int,
        register_id: RegisterId | None,
        request_id: uuid.UUID | None,
    ) -> ParkedSale:
        caller.require(Permission.PAYMENTS_CREATE)

        def take(unit: UnitOfWork) -> ParkedSale:
            stored = unit.parked.get(caller.tenant_id, caller.store_id, parked_id)
            if stored is None:
                raise NotFound("unknown_parked_sale", "There is no such parked sale.", "Look at the list again.")
            if stored.taken_at is not None and request_id is not None and stored.taken_request == request_id:
                return stored
            wanted = replace(
                stored,
                version=version,
                taken_at=self._clock.now(),
                taken_by=caller.name,
                taken_register=register_id,
                taken_request=request_id,
            )
            if not unit.parked.take(wanted):
                hint = "Look at the list again: it may be open at another till."
                raise RuleError("parked_sale_taken", "Somebody else took this sale up already.", hint)
            return replace(wanted, version=version + 1)

        return self._storage.write_retrying(take)
