"""Approvals of payables: what people said, who stands in for whom, how much each may approve, and what was granted."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.ids import PayableId, PersonId
from gateway.domain.money import Money


class AccountChoice(StrEnum):
    """What an approver decided who saw that an invoice prints another account than the confirmed one."""

    CONFIRMED = "confirmed"
    """Pay the confirmed account. To refuse, or to ask first, is no approval."""


class ApprovalKind(StrEnum):
    """One line of what was said and decided of a payable."""

    APPROVED = "approved"
    """A person approved; it may need others."""
    EMERGENCY = "emergency"
    """A person approved alone, with a reason, and somebody else reviews it afterwards."""
    REJECTED = "rejected"
    GRANTED = "granted"
    """Everybody its rules ask for has approved: the digest may be paid."""
    VOIDED = "voided"
    """Its content is another one now: what was said before does not count any more."""
    REVIEWED = "reviewed"
    """Somebody else looked at an emergency approval afterwards."""


VOTES = frozenset({ApprovalKind.APPROVED, ApprovalKind.EMERGENCY})


@dataclass(frozen=True, slots=True)
class ApprovalEntry:
    """One line, never edited. ``sequence``: from 1 within its payable; ``digest``: of the content it is about.

    ``person_id``: who said it, None for the house itself; ``for_person_id``: on whose behalf, None for their own;
    ``one_with``: people who count as one with them at that moment, because one stood in for the other; ``amount``: the
    gross amount of a vote, counted against what a person may approve; ``detail``: figures, such as the rules satisfied.
    """

    sequence: int
    id: uuid.UUID
    payable_id: PayableId
    kind: ApprovalKind
    digest: str
    person_id: PersonId | None
    actor: str
    at: datetime
    for_person_id: PersonId | None = None
    one_with: tuple[PersonId, ...] = ()
    reason: str = ""
    amount: Money | None = None
    detail: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ApprovalStanding:
    """Where the approval of one payable stands.

    ``digest``: the one asked for, or granted; ``waiting_since``: for how long people have been asked for it;
    ``emergency``: one person granted it alone; ``reviewed``: and another looked.
    """

    payable_id: PayableId
    digest: str
    granted: bool
    waiting_since: datetime
    changed_at: datetime
    emergency: bool = False
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Delegation:
    """A person who stands in for another. ``from_on``, ``until_on``: first and last day; it cannot be passed on.

    ``ended_at``: when it was ended early, None while it was not.
    """

    id: uuid.UUID
    from_person_id: PersonId
    to_person_id: PersonId
    from_on: date
    until_on: date
    reason: str
    created_by: str
    created_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""

    def in_force(self, on: date) -> bool:
        """Return whether it holds on this day."""
        return self.ended_at is None and self.from_on <= on <= self.until_on


@dataclass(frozen=True, slots=True)
class ApprovalLimit:
    """What one person may approve in one currency. None: no such limit; both are gross amounts > 0."""

    person_id: PersonId
    currency: str
    each: Money | None
    per_day: Money | None


class CommentKind(StrEnum):
    """What a comment is for."""

    COMMENT = "comment"
    QUESTION = "question"
    """Somebody who should approve asks first."""
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote on a payable, never edited."""

    id: uuid.UUID
    payable_id: PayableId
    kind: CommentKind
    text: str
    person_id: uuid.UUID
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file somebody added to a payable, never edited. ``media_type``: found from its content; ``size``: bytes."""

    id: uuid.UUID
    payable_id: PayableId
    name: str
    media_type: str
    size: int
    sha256: str
    person_id: uuid.UUID
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One line of the journal of rules, limits and delegations.

    ``subject``: such as ``rule``; ``before``, ``now``: None where there was or is none.
    """

    id: uuid.UUID
    subject: str
    subject_id: str
    actor: str
    at: datetime
    before: Mapping[str, object] | None
    now: Mapping[str, object] | None
