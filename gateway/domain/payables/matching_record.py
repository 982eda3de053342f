"""What is kept of matching: results as they were told, and what people decided on them. Both are only added to."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.ids import PayableId


class MatchOutcome(StrEnum):
    """What a match came to."""

    MATCHED = "matched"
    EXCEPTION = "exception"
    RELEASED = "released"
    """What the payable had taken was given back: it was rejected or cancelled."""


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """One result. ``sequence`` from 1 for each payable; ``told``: the whole result, JSON-able.

    ``digest``: of what was found, hex: an acceptance counts only for what the person saw; ``payable_version``: of the
    payable that was matched.
    """

    payable_id: PayableId
    sequence: int
    outcome: MatchOutcome
    payable_version: int
    digest: str
    told: Mapping[str, Any]
    actor: str
    at: datetime


class DecisionKind(StrEnum):
    """What a person decides on a match."""

    ACCEPTED = "accepted"
    """Exceptions are right as they are."""
    PAIRED = "paired"
    CODED = "coded"
    UNPAIRED = "unpaired"
    """A pairing or coding by hand is taken back."""


@dataclass(frozen=True, slots=True)
class MatchDecision:
    """One decision. ``line_no``: of the payable, 0 for the whole; ``reason``: the person's words.

    ``detail``: for ``accepted`` the accepted exceptions (key to code); for ``paired`` ``order_id`` and
    ``order_line_no``; for ``coded`` account, cost centre and tax code.
    """

    id: uuid.UUID
    payable_id: PayableId
    kind: DecisionKind
    line_no: int
    detail: Mapping[str, str]
    reason: str
    actor: str
    at: datetime
