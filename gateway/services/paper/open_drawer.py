"""Open the cash drawer: the wish is stored first (who, why), sent once, and its result is kept.

A drawer opens because a person wants it, with a reason, or because of a fact that is stored in the same transaction (a
cash tender, a cash give-back, a movement of a shift): never otherwise, and never twice for one cause.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import IdempotencyConflict, InputError, NotFound, RuleError
from gateway.domain.ids import DeviceId, OutboxId, RegisterId, StoreId, TenantId, derived_id
from gateway.domain.outbox import OutboxMessage
from gateway.domain.printing.drawer import (
    DrawerCause,
    DrawerOpening,
    DrawerOpeningId,
    DrawerRecord,
    opening_of_cause,
)
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.paper_store import OPENINGS_MAX
from gateway.ports.unit_of_work import Storage, UnitOfWork

OPEN_DRAWER = "open_drawer"
_TARGET = "drawer:"

REASON_MAX = 200
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class DrawerWish:
    """A drawer that is to open because of a fact stored in the same unit of work.

    ``cause_id``: the tender, give-back or movement; ``reason``: in words, for the journal of openings.
    """

    tenant_id: TenantId
    store_id: StoreId
    register_id: RegisterId
    cause: DrawerCause
    cause_id: uuid.UUID
    reason: str
    actor: str
    at: datetime


def drawer_target(printer_id: str) -> str:
    """Return where messages for the drawer at a printer go: beside its papers, so that none of them is in the way."""
    return _TARGET + printer_id


def printer_of(target: str) -> str:
    """Return the printer a target of papers or of its drawer means."""
    return target.removeprefix(_TARGET)


def drawer_message(opening: DrawerOpening) -> OutboxMessage:
    """Return the message that has a stored wish sent."""
    return OutboxMessage(
        tenant_id=opening.tenant_id,
        store_id=opening.store_id,
        id=OutboxId(derived_id(opening.id, "open drawer")),
        kind=OPEN_DRAWER,
        target=drawer_target(opening.printer_id),
        payload={"subject_id": str(opening.id)},
        created_at=opening.asked_at,
    )


class OpenDrawer:
    """Wishes for the cash drawers of a store's registers."""

    def __init__(self, *, storage: Storage, clock: Clock, hints: DeviceHints, drawers: Mapping[str, str]) -> None:
        """``drawers``: register -> the printer its drawer is plugged into."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._drawers = drawers

    def open(self, caller: Caller, register_id: RegisterId, reason: str, opening_id: DrawerOpeningId) -> DrawerRecord:
        """Have the drawer of a register opened because a person wants it; returns before it is.

        The same ``opening_id`` again is the same opening and sends nothing more. What became of it: ``look``.

        Raises:
            NotPermitted: without ``shifts:work``.
            InputError: ``reason_missing``.
            RuleError: ``no_drawer``: this register has no drawer.
            IdempotencyConflict: ``key_reused``: the id was used for another drawer, reason or person.
        """
        caller.require(Permission.SHIFTS_WORK)
        words = reason.strip()[:REASON_MAX]
        if not words:
            raise InputError("reason_missing", "Say why the drawer is opened.", "Give a reason.", "/reason")
        printer = self._drawers.get(register_id)
        if printer is None:
            hint = "Use a register whose printer has a cash drawer."
            raise RuleError("no_drawer", "This register has no cash drawer.", hint)
        opening = DrawerOpening(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=opening_id,
            register_id=register_id,
            printer_id=DeviceId(printer),
            cause=DrawerCause.PERSON,
            cause_id=None,
            reason=words,
            asked_by=caller.name,
            asked_at=self._clock.now(),
        )
        with self._storage.write() as unit:
            if unit.drawers.add(opening):
                unit.outbox.add(drawer_message(opening))
            found = unit.drawers.get(caller.tenant_id, caller.store_id, opening_id)
        self._hints.outbox_filled(drawer_target(printer))
        return _same(found, opening)

    def for_fact(self, unit: UnitOfWork, wish: DrawerWish) -> tuple[OutboxMessage, ...]:
        """Store the wish in the caller's unit of work; return the message to add to the outbox in the same one.

        Empty when the register has no drawer, or when this cause has had its opening. After the commit the caller calls
        ``hints.outbox_filled(message.target)`` for what was returned.
        """
        printer = self._drawers.get(wish.register_id)
        if printer is None:
            return ()
        opening = DrawerOpening(
            tenant_id=wish.tenant_id,
            store_id=wish.store_id,
            id=opening_of_cause(wish.cause_id),
            register_id=wish.register_id,
            printer_id=DeviceId(printer),
            cause=wish.cause,
            cause_id=wish.cause_id,
            reason=wish.reason[:REASON_MAX],
            asked_by=wish.actor,
            asked_at=wish.at,
        )
        return (drawer_message(opening),) if unit.drawers.add(opening) else ()

    def look(self, caller: Caller, opening_id: DrawerOpeningId) -> DrawerRecord:
        """Return one opening as it stands.

        Raises:
            NotPermitted: without ``shifts:work``.
            NotFound: ``drawer_opening_not_found``.
        """
        caller.require(Permission.SHIFTS_WORK)
        with self._storage.read() as unit:
            found = unit.drawers.get(caller.tenant_id, caller.store_id, opening_id)
        if found is None:
            raise NotFound("drawer_opening_not_found", "There is no such opening of a drawer.", "Check the id.")
        return found

    def journal(
        self, caller: Caller, *, register_id: RegisterId | None = None, limit: int = OPENINGS_MAX
    ) -> tuple[DrawerRecord, ...]:
        """Return who opened a drawer and why, newest first.

        Raises:
            NotPermitted: without ``shifts:review``.
        """
        caller.require(Permission.SHIFTS_REVIEW)
        with self._storage.read() as unit:
            return unit.drawers.list(caller.tenant_id, caller.store_id, register_id=register_id, limit=limit)


def _same(found: DrawerRecord | None, wanted: DrawerOpening) -> DrawerRecord:
    """Return what is stored under the id of a wish, if it is that wish."""
    if found is None:
        return DrawerRecord(wanted, None)
    asked = found.opening
    told = (asked.register_id, asked.reason, asked.asked_by, asked.cause)
    if told != (wanted.register_id, wanted.reason, wanted.asked_by, wanted.cause):
        hint = "Make a new id for each opening."
        raise IdempotencyConflict("key_reused", "This id was used for another opening.", hint)
    return found
