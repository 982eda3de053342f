"""What people say of payables, and what is asked of them: the shapes between approvals and those who call them."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.access import Caller
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import PayableId, PersonId
from gateway.domain.payables.approval import AccountChoice, ApprovalEntry, ApprovalKind
from gateway.domain.payables.approval_count import Missing
from gateway.domain.payables.approval_rules import Demand
from gateway.domain.payables.payable import Payable
from gateway.domain.payables.signs import FoundSigns, SignKind
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.first_answers import RequestKey
from gateway.services.payables.approval_people import ApprovalPeople

REASON_MAX = 1000
JOURNAL = "journal"
"""In the detail of a vote: the sequence of the payable's next event at that moment."""

ACCOUNT = "account"
"""In the detail of a vote: what was decided where the invoice prints another account."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What a person says of a payable.

    ``digest``: of what they saw; ``for_person_id``: on whose behalf, None for their own; ``reason``: their words,
    needed for an emergency and to reject; ``account``: their decision where it prints another account, None without;
    ``behind``: people here who are the one who decided in an ERP.
    """

    id: uuid.UUID
    payable_id: PayableId
    digest: str
    reason: str
    request: RequestKey
    for_person_id: PersonId | None = None
    account: AccountChoice | None = None
    behind: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a payable now. ``demands``: all of it; ``missing``: what is not given yet."""

    digest: str
    people: ApprovalPeople
    found: FoundSigns
    demands: tuple[Demand, ...]
    missing: tuple[Missing, ...]
    votes: tuple[ApprovalEntry, ...]
    told: tuple[ApprovalEntry, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a vote. ``counted``: False when the payable turned out to be a suspect and was stopped instead."""

    payable: Payable
    counted: bool
    missing: tuple[Missing, ...]


Render = Callable[[Outcome], bytes]


def held_in(unit: UnitOfWork, caller: Caller, payable_id: PayableId) -> Payable:
    """Return a payable of the caller's store and hold it until the unit ends.

    Raises:
        NotFound: ``payable_not_found``.
    """
    payable = unit.payables.lock(caller.tenant_id, caller.store_id, payable_id)
    if payable is None:
        raise NotFound("payable_not_found", "There is no such payable in this store.", "Check the id.")
    return payable


def check_digest(digest: str, vote: Vote) -> None:
    """Refuse a vote on something else than what would be paid now.

    Raises:
        RuleError: ``content_changed``.
    """
    if digest != vote.digest:
        hint = "Load it again and look at what has changed: what was shown is not what would be paid now."
        raise RuleError("content_changed", "The payable or the account it is paid to has changed.", hint)


def check_reason(vote: Vote) -> None:
    """Refuse a vote without words, or with too many.

    Raises:
        InputError: ``reason_needed``.
    """
    if not vote.reason.strip() or len(vote.reason) > REASON_MAX:
        message = f"A reason of 1 to {REASON_MAX} characters is needed."
        raise InputError("reason_needed", message, "Say why, for whoever reads it later.", "/reason")


def check_account(found: FoundSigns, vote: Vote) -> None:
    """Refuse a yes to an invoice that prints another account by somebody who did not say that they saw it.

    Raises:
        RuleError: ``account_choice_needed``.
    """
    if vote.account is None and any(sign.kind is SignKind.ACCOUNT_DIFFERS for sign in found.signs):
        message = "It prints another account than the confirmed one: say what is to be done."
        hint = "Pay the confirmed account, refuse it, or have the supplier asked first."
        raise RuleError("account_choice_needed", message, hint)


def speakers(caller: Caller, vote: Vote) -> set[PersonId]:
    """Return who speaks: the caller, and on whose behalf."""
    return {PersonId(caller.id)} | ({vote.for_person_id} if vote.for_person_id is not None else set())


def counted_as_one(people: ApprovalPeople, caller: Caller, vote: Vote) -> tuple[PersonId, ...]:
    """Return everybody else who counts as one with who speaks."""
    near = people.reach(speakers(caller, vote) | set(vote.behind))
    return tuple(sorted({PersonId(one) for one in near} - speakers(caller, vote)))


def vote_entry(
    told: Sequence[ApprovalEntry],
    payable: Payable,
    kind: ApprovalKind,
    vote: Vote,
    caller: Caller,
    *,
    at: datetime,
    one_with: tuple[PersonId, ...],
    journal: int = 0,
) -> ApprovalEntry:
    """Return the line a vote becomes.

    Args:
        told: what was said of the payable so far.
        payable: the payable.
        kind: approved, emergency or rejected.
        vote: what the person says.
        caller: the person.
        at: now.
        one_with: who counts as one with them.
        journal: sequence of the payable's next event: what is changed from then on was not seen.
    """
    return ApprovalEntry(
        sequence=1 + max((entry.sequence for entry in told), default=0),
        id=vote.id,
        payable_id=payable.id,
        kind=kind,
        digest=vote.digest,
        person_id=PersonId(caller.id),
        actor=caller.name,
        at=at,
        for_person_id=vote.for_person_id,
        one_with=one_with,
        reason=vote.reason.strip(),
        amount=payable.gross,
        detail={JOURNAL: str(journal)} | ({} if vote.account is None else {ACCOUNT: vote.account.value}),
    )
