"""What an approver sees: one payable with everything that speaks for and against it, and what waits for whom."""

import logging
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.documents.invoice import Invoice
from gateway.domain.errors import GatewayError, InputError, NotFound, RuleError
from gateway.domain.ids import InvoiceId, PayableId, PersonId
from gateway.domain.payables.approval import ApprovalEntry, ApprovalKind, ApprovalStanding
from gateway.domain.payables.approval_count import Missing, reach
from gateway.domain.payables.payable import Payable, PayableState
from gateway.domain.payables.signs import FoundSigns
from gateway.domain.payables.supplier import Supplier, SupplierAccount
from gateway.logs.observability import log_event
from gateway.ports.access_store import Person
from gateway.ports.clock import Clock
from gateway.ports.payable_store import PayableWish
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.approval_people import ApprovalPeople
from gateway.services.payables.approval_votes import REASON_MAX, Asked, held_in
from gateway.services.payables.approve_payables import ApprovePayables
from gateway.services.payables.comment_payable import Talk, talk_in

_log = logging.getLogger(__name__)

WAITING_MAX = 200
"""Payables looked at for one list of what waits: a person who has more does not read the list to its end."""


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """One payable as an approver sees it.

    ``refused``: why the caller cannot approve it themselves, None when they can; ``for_people``: on whose behalf they
    can; ``candidates``: logins of those who could give what is missing; ``invoice``: what it was captured from.
    """

    payable: Payable
    supplier: Supplier
    account: SupplierAccount | None
    found: FoundSigns
    digest: str
    standing: ApprovalStanding | None
    missing: tuple[Missing, ...]
    entries: tuple[ApprovalEntry, ...]
    talk: Talk
    refused: GatewayError | None
    for_people: tuple[Person, ...]
    candidates: tuple[str, ...]
    invoice: Invoice | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One payable that waits for approval. ``mine``: the caller can give what is missing."""

    payable: Payable
    supplier_name: str
    found: FoundSigns
    missing: tuple[Missing, ...]
    waiting_since: datetime
    mine: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class WhoWould:
    """Who would have to approve. ``excluded``: logins of those with a hand in it."""

    missing: tuple[Missing, ...]
    candidates: tuple[str, ...]
    excluded: tuple[str, ...]
    found: FoundSigns


class ReadApprovals:
    """Approvals of the caller's store, for those who look."""

    def __init__(self, *, storage: Storage, clock: Clock, approve: ApprovePayables) -> None:
        self._storage = storage
        self._clock = clock
        self._approve = approve

    def view(self, caller: Caller, payable_id: PayableId) -> ApprovalView:
        """Return one payable as an approver sees it.

        Raises:
            NotFound: ``payable_not_found``.
        """
        caller.require(Permission.PAYABLES_READ)
        at = self._clock.now()
        with self._storage.read() as unit:
            return self.view_in(unit, caller, _loaded(unit, caller, payable_id), at=at)

    def view_in(self, unit: UnitOfWork, caller: Caller, payable: Payable, *, at: datetime) -> ApprovalView:
        """As :meth:`view`, inside of a unit of work."""
        place = (payable.tenant_id, payable.store_id)
        supplier = unit.suppliers.load(*place, payable.supplier_id)
        if supplier is None:
            message = f"the supplier of payable {payable.id} is not there"
            raise RuntimeError(message)
        asked = self._approve.asked_in(unit, payable, at=at)
        people = asked.people
        refused = _refusal(people, PersonId(caller.id), None, asked)
        helped = [
            people.people[one]
            for one in people.stands_in_for(PersonId(caller.id))
            if _refusal(people, PersonId(caller.id), one, asked) is None
        ]
        invoice = None
        if payable.document_invoice_id is not None:
            invoice = unit.invoices.load(*place, InvoiceId(payable.document_invoice_id))
        return ApprovalView(
            payable=payable,
            supplier=supplier,
            account=unit.suppliers.effective_accounts(*place, (supplier.id,)).get(supplier.id),
            found=asked.found,
            digest=asked.digest,
            standing=unit.approvals.standings(*place, (payable.id,)).get(payable.id),
            missing=asked.missing,
            entries=asked.told,
            talk=talk_in(unit, payable),
            refused=refused,
            for_people=tuple(helped),
            candidates=_candidates(asked),
            invoice=invoice,
        )

    def waiting(self, caller: Caller, *, mine: bool) -> tuple[WaitingRow, ...]:
        """Return what waits for approval, the earliest due first; ``mine``: only what the caller can approve."""
        caller.require(Permission.PAYABLES_READ)
        at = self._clock.now()
        with self._storage.read() as unit:
            rows = [self._row(unit, caller, one, at) for one in waiting_in(unit, caller)]
        found = [row for row in rows if row.mine or not mine]
        return tuple(sorted(found, key=lambda row: (row.payable.due_on, row.payable.created_at, row.payable.id)))

    def emergencies(self, caller: Caller) -> tuple[tuple[Payable, ApprovalEntry], ...]:
        """Return what one person approved alone and nobody reviewed yet, oldest first, with their words."""
        caller.require(Permission.PAYABLES_READ)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            ids = [one.payable_id for one in unit.approvals.emergencies(*place)]
            payables = unit.payables.load_many(*place, ids)
            told = unit.approvals.entries(*place, ids)
        alone = [
            (payables[one], next(entry for entry in reversed(told[one]) if entry.kind is ApprovalKind.EMERGENCY))
            for one in ids
            if one in payables and any(entry.kind is ApprovalKind.EMERGENCY for entry in told[one])
        ]
        return tuple(alone)

    def review(self, caller: Caller, review_id: uuid.UUID, payable_id: PayableId, words: str) -> None:
        """Say that an emergency approval was looked at afterwards; the same review again does nothing.

        Raises:
            NotPermitted: without ``payables:approve``.
            NotFound: ``payable_not_found``.
            InputError: ``reason_needed``.
            RuleError: ``no_emergency_to_review``; ``four_eyes_required`` for whoever approved it, or had a hand in it.
        """
        caller.require(Permission.PAYABLES_APPROVE)
        if not words.strip() or len(words) > REASON_MAX:
            message = f"Words of 1 to {REASON_MAX} characters are needed."
            raise InputError("reason_needed", message, "Say what you looked at.", "/reason")
        at = self._clock.now()

        def work(unit: UnitOfWork) -> None:
            payable = held_in(unit, caller, payable_id)
            place = (payable.tenant_id, payable.store_id)
            asked = self._approve.asked_in(unit, payable, at=at)
            if any(one.id == review_id for one in asked.told):
                return
            standing = unit.approvals.standings(*place, (payable_id,)).get(payable_id)
            if standing is None or not standing.emergency or standing.reviewed:
                raise RuleError("no_emergency_to_review", "There is no emergency approval to review.", "Load it again.")
            mine = asked.people.reach({caller.id})
            voters = [one for one in asked.told if one.kind is ApprovalKind.EMERGENCY]
            touched = any(not reach(one, asked.people.one_person).isdisjoint(mine) for one in voters)
            if touched or not asked.people.excluded.isdisjoint(mine):
                hint = "Somebody who had nothing to do with it has to review it."
                raise RuleError("four_eyes_required", "You had a hand in this invoice.", hint)
            entry = ApprovalEntry(
                sequence=1 + max((one.sequence for one in asked.told), default=0),
                id=review_id,
                payable_id=payable_id,
                kind=ApprovalKind.REVIEWED,
                digest=standing.digest,
                person_id=PersonId(caller.id),
                actor=caller.name,
                at=at,
                reason=words.strip(),
            )
            unit.approvals.tell(*place, (entry,))
            unit.approvals.put_standings(*place, (replace(standing, reviewed=True, changed_at=at),))

        self._storage.write_retrying(work)
        log_event(_log, "payable.emergency_reviewed", payable_id=payable_id, actor=caller.name)

    def who_would(self, caller: Caller, payable_id: PayableId) -> WhoWould:
        """Return who would have to approve a payable as it now is, whatever state it is in.

        Raises:
            NotFound: ``payable_not_found``.
        """
        if Permission.PEOPLE_MANAGE not in caller.permissions:
            caller.require(Permission.PAYABLES_READ)
        at = self._clock.now()
        with self._storage.read() as unit:
            asked = self._approve.asked_in(unit, _loaded(unit, caller, payable_id), at=at)
        none_given = tuple(Missing(one, 0) for one in asked.demands)
        people = asked.people
        logins = sorted(people.people[PersonId(one)].login for one in people.excluded if PersonId(one) in people.people)
        return WhoWould(none_given, _candidates(asked), tuple(logins), asked.found)

    def _row(self, unit: UnitOfWork, caller: Caller, payable: Payable, at: datetime) -> WaitingRow:
        place = (payable.tenant_id, payable.store_id)
        asked = self._approve.asked_in(unit, payable, at=at)
        standing = unit.approvals.standings(*place, (payable.id,)).get(payable.id)
        supplier = unit.suppliers.load(*place, payable.supplier_id)
        speakers: tuple[PersonId | None, ...] = (None, *asked.people.stands_in_for(PersonId(caller.id)))
        mine = any(_refusal(asked.people, PersonId(caller.id), one, asked) is None for one in speakers)
        return WaitingRow(
            payable=payable,
            supplier_name="" if supplier is None else supplier.name,
            found=asked.found,
            missing=asked.missing,
            waiting_since=payable.changed_at if standing is None else standing.waiting_since,
            mine=mine,
            asked=talk_in(unit, payable).open_question is not None,
        )


def waiting_in(unit: UnitOfWork, caller: Caller) -> tuple[Payable, ...]:
    """Return the payables that wait for approval, at most 200."""
    wish = PayableWish(states=(PayableState.MATCHED,))
    found: list[Payable] = []
    before: PayableId | None = None
    while len(found) < WAITING_MAX:
        page = unit.payables.list(caller.tenant_id, caller.store_id, wish, before=before, limit=100)
        found += page
        if len(page) < 100:
            break
        before = page[-1].id
    return tuple(found)


def able_people(asked: Asked) -> tuple[PersonId, ...]:
    """Return those who could give a part of what is missing by their own right."""
    return tuple(one for one in asked.people.roles if _refusal(asked.people, one, None, asked) is None)


def _refusal(
    people: ApprovalPeople, person_id: PersonId, for_person_id: PersonId | None, asked: Asked
) -> GatewayError | None:
    try:
        people.check_speaker(person_id, for_person_id)
    except GatewayError as error:
        return error
    speakers: set[uuid.UUID] = {person_id} if for_person_id is None else {person_id, for_person_id}
    mine = people.reach(speakers)
    if any(not reach(one, people.one_person).isdisjoint(mine) for one in asked.votes):
        return RuleError("already_approved", "You have approved this already.", "Another person has to approve it too.")
    speaker = for_person_id or person_id
    if not any(one.demand.accepts(speaker, people.roles[speaker]) for one in asked.missing):
        return RuleError("approval_not_asked", "Your approval is not asked for.", "Its rules ask for other people.")
    return None


def _candidates(asked: Asked) -> tuple[str, ...]:
    return tuple(sorted(asked.people.people[one].login for one in able_people(asked)))


def _loaded(unit: UnitOfWork, caller: Caller, payable_id: PayableId) -> Payable:
    payable = unit.payables.load(caller.tenant_id, caller.store_id, payable_id)
    if payable is None:
        raise NotFound("payable_not_found", "There is no such payable in this store.", "Check the id.")
    return payable
