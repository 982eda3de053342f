"""Who may say something about a payable today: roles, delegations, limits, and who had a hand in it before."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from gateway.domain.access import ROLE_PERMISSIONS, Permission, Role
from gateway.domain.errors import NotPermitted, RuleError
from gateway.domain.ids import InvoiceId, PersonId
from gateway.domain.money import Money
from gateway.domain.payables.approval import ApprovalEntry, ApprovalLimit, Delegation
from gateway.domain.payables.approval_count import same_people
from gateway.domain.payables.payable import Payable, PayableStep
from gateway.ports.access_store import Person
from gateway.ports.unit_of_work import UnitOfWork

HANDS_ON = frozenset(
    {PayableStep.RECEIVED, PayableStep.MATCHED, PayableStep.MATCH_FAILED, PayableStep.CLEARED, PayableStep.CHANGED}
)
"""Steps by which somebody enters, codes or decides what is then approved; holding or commenting is none of them."""


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """What the operator decided.

    ``usual_approvers``: where no rule fits; ``emergency``: whether one person may approve alone; ``one_person``: groups
    of logins that belong to one natural person each; ``zone``: of business days.
    """

    usual_approvers: int
    emergency: bool
    one_person: tuple[tuple[str, ...], ...]
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class ApprovalPeople:
    """The people of one store as far as one payable is concerned.

    ``people``: everybody by id; ``roles``: of those who may approve today; ``excluded``: those with a hand in it;
    ``one_person``: groups of ids that are one natural person each; ``delegations``: in force today.
    """

    people: Mapping[PersonId, Person]
    roles: Mapping[PersonId, Role]
    excluded: frozenset[uuid.UUID]
    one_person: tuple[frozenset[PersonId], ...]
    delegations: tuple[Delegation, ...]
    today: date

    def one_with(self, person_id: PersonId) -> tuple[PersonId, ...]:
        """Return those who count as one with somebody today: who stands in for them, and for whom they stand in."""
        pairs = [(one.from_person_id, one.to_person_id) for one in self.delegations]
        return tuple(sorted({*(a for a, b in pairs if b == person_id), *(b for a, b in pairs if a == person_id)}))

    def reach(self, people: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
        """Return everybody who counts as one with one of these today."""
        near = {*people, *(other for one in people for other in self.one_with(PersonId(one)))}
        return same_people(near, self.one_person)

    def stands_in_for(self, person_id: PersonId) -> tuple[PersonId, ...]:
        """Return those for whom somebody may approve today: given by themselves, never passed on."""
        given = {one.from_person_id for one in self.delegations if one.to_person_id == person_id}
        return tuple(sorted(one for one in given if one in self.roles))

    def check_speaker(
        self, person_id: PersonId, for_person_id: PersonId | None, behind: Collection[PersonId] = ()
    ) -> None:
        """Refuse somebody who may not approve this payable. ``behind``: who decided, where an ERP speaks.

        Raises:
            NotPermitted: ``not_permitted`` for somebody who may approve nothing.
            RuleError: ``delegation_not_in_force``; ``four_eyes_required`` when they, or somebody they count as one
                with, had a hand in it.
        """
        if person_id not in self.roles:
            raise NotPermitted("not_permitted", "This needs the permission payables:approve.", "Ask an approver.")
        if for_person_id is not None and for_person_id not in self.stands_in_for(person_id):
            hint = "Ask the person to enter a delegation for today; one that was given to you cannot be passed on."
            raise RuleError("delegation_not_in_force", "You do not stand in for this person today.", hint)
        speakers = {person_id} if for_person_id is None else {person_id, for_person_id}
        if not self.excluded.isdisjoint(self.reach({*speakers, *behind})):
            hint = "Somebody else has to approve: not who entered, coded or changed it, nor who stands in for them."
            raise RuleError("four_eyes_required", "You had a hand in this invoice.", hint)


def people_in(unit: UnitOfWork, payable: Payable, policy: ApprovalPolicy, *, at: datetime) -> ApprovalPeople:
    """Return the people of the payable's store with what excludes them.

    Args:
        unit: the transaction.
        payable: the payable.
        policy: what the operator decided.
        at: now.
    """
    place = (payable.tenant_id, payable.store_id)
    today = at.astimezone(policy.zone).date()
    people = {one.id: one for one in unit.access.people(*place)}
    by_login = {one.login.casefold(): one.id for one in people.values()}
    groups = tuple(
        frozenset(by_login[login.casefold()] for login in group if login.casefold() in by_login)
        for group in policy.one_person
    )
    hands = {by_login[login.casefold()] for login in _hands(unit, payable) if login.casefold() in by_login}
    excluded = same_people({*hands, *_bank_details(unit, payable, by_login)}, groups)
    return ApprovalPeople(
        people=people,
        roles={
            one.id: one.role
            for one in people.values()
            if not one.disabled and Permission.PAYABLES_APPROVE in ROLE_PERMISSIONS[one.role]
        },
        excluded=excluded,
        one_person=groups,
        delegations=tuple(one for one in unit.approvals.delegations(*place) if one.in_force(today)),
        today=today,
    )


def check_limit(
    limits: Sequence[ApprovalLimit],
    votes_today: Sequence[ApprovalEntry],
    people: ApprovalPeople,
    payable: Payable,
    speaker: PersonId,
) -> None:
    """Refuse what is above what somebody may approve, by itself or together with what they approved today.

    Args:
        limits: of everybody.
        votes_today: approvals given today, by everybody.
        people: of the store.
        payable: what is to be approved.
        speaker: whose limit counts: on behalf of somebody, that of the one who delegated.

    Raises:
        RuleError: ``approval_limit_exceeded``, with the figures.
    """
    mine = [one for one in limits if one.person_id == speaker]
    if not mine:
        return
    gross = payable.gross
    limit = next((one for one in mine if one.currency == gross.currency.code), None)
    hint = "Somebody with a higher limit has to approve it."
    if limit is None:
        message = f"There is no limit in {gross.currency.code} for this person, only in other currencies."
        raise RuleError("approval_limit_exceeded", message, hint)
    if limit.each is not None and gross.minor > limit.each.minor:
        message = f"{_shown(gross)} is more than the {_shown(limit.each)} this person may approve."
        raise RuleError("approval_limit_exceeded", message, hint)
    if limit.per_day is None:
        return
    same = same_people({speaker}, people.one_person)
    given = {
        one.payable_id: one.amount.minor
        for one in votes_today
        if (one.for_person_id or one.person_id) in same
        and one.amount is not None
        and one.amount.currency == gross.currency
        and one.payable_id != payable.id
    }
    together = Money(sum(given.values()) + gross.minor, gross.currency)
    if together.minor > limit.per_day.minor:
        message = f"With what was approved today it would be {_shown(together)}, above {_shown(limit.per_day)} a day."
        raise RuleError("approval_limit_exceeded", message, hint)


def _hands(unit: UnitOfWork, payable: Payable) -> set[str]:
    """Return the logins of those who entered, captured, accepted, coded or changed it."""
    place = (payable.tenant_id, payable.store_id)
    found = {payable.created_by}
    found |= {event.actor for event in unit.payables.events(*place, payable.id) if event.step in HANDS_ON}
    if payable.document_invoice_id is not None:
        invoice_id = InvoiceId(payable.document_invoice_id)
        found |= {event.actor for event in unit.invoices.events(*place, invoice_id)}
        invoice = unit.invoices.load(*place, invoice_id)
        if invoice is not None:
            found |= {one.arrived_by for one in unit.documents.arrivals(*place, invoice.document_id)}
    return found


def _bank_details(unit: UnitOfWork, payable: Payable, by_login: Mapping[str, PersonId]) -> set[uuid.UUID]:
    """Return those who asked for the account that would be paid to, confirmed it, or made the call."""
    place = (payable.tenant_id, payable.store_id)
    account = unit.suppliers.effective_accounts(*place, (payable.supplier_id,)).get(payable.supplier_id)
    if account is None:
        return set()
    found = {account.requested_by} | ({account.decided_by} if account.decided_by is not None else set())
    if account.call_back is not None:
        found |= {account.call_back.noted_by} if account.call_back.noted_by is not None else set()
        called_by = account.call_back.called_by.casefold()
        found |= {by_login[called_by]} if called_by in by_login else set()
    return found


def _shown(amount: Money) -> str:
    return f"{amount.to_decimal()} {amount.currency.code}"
