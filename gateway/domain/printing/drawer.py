"""The cash drawer as a command that is kept: who wanted it open, why, and what became of it."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from gateway.domain.ids import DeviceId, RegisterId, StoreId, TenantId, derived_id

DrawerOpeningId = NewType("DrawerOpeningId", uuid.UUID)

EXPIRES_S = 10.0
"""A drawer that opens later than this opens unasked: whoever wanted it has gone another way."""


class DrawerVerdict(StrEnum):
    """The three things that can be known of a cash drawer that was to be opened."""

    OPENED = "opened"
    NOT_OPENED = "not_opened"
    UNSURE = "unsure"


class DrawerCause(StrEnum):
    """Why a drawer opens. Only a person may want it without another fact behind it."""

    PERSON = "person"
    TENDER = "tender"
    GIVE_BACK = "give_back"
    SHIFT = "shift"
    """a float, a count or a cash movement of a shift"""


@dataclass(frozen=True, slots=True)
class DrawerOpening:
    """The wish, stored before anything is sent.

    Attributes:
        printer_id: the printer the drawer is plugged into.
        cause_id: the tender, give-back or movement; None for a person's wish.
        reason: in words; of a person's wish what they said.
        asked_by: login of the person or name of the key.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: DrawerOpeningId
    register_id: RegisterId
    printer_id: DeviceId
    cause: DrawerCause
    cause_id: uuid.UUID | None
    reason: str
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class DrawerResult:
    """What became of it. ``proven``: the drawer's own contact told that it moved."""

    verdict: DrawerVerdict
    words: str
    proven: bool
    told_at: datetime


@dataclass(frozen=True, slots=True)
class DrawerRecord:
    """One opening with its result; None while the printer has not been reached yet."""

    opening: DrawerOpening
    result: DrawerResult | None


def opening_of_cause(cause_id: uuid.UUID) -> DrawerOpeningId:
    """Return the id of the one opening a cause has: the same cause never opens the drawer twice."""
    return DrawerOpeningId(derived_id(cause_id, "drawer"))
