"""Approving payables: what a person says binds the content they saw, and enough different people have to say it."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import RuleError
from gateway.domain.ids import PersonId
from gateway.domain.payables.approval import ApprovalEntry, ApprovalKind, ApprovalStanding
from gateway.domain.payables.approval_count import missing, reach, votes_for
from gateway.domain.payables.approval_rules import demands_of
from gateway.domain.payables.payable import Payable, PayableState, PayableStep
from gateway.logs.observability import log_event
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.answer_once import answer_once
from gateway.services.erp.enqueue_bills import NO_ERPS, EnqueueBills
from gateway.services.payables.approval_digest import digests_in, entry_after, void_in
from gateway.services.payables.approval_people import ApprovalPolicy, check_limit, people_in
from gateway.services.payables.approval_votes import (
    JOURNAL,
    Asked,
    Outcome,
    Render,
    Vote,
    check_account,
    check_digest,
    check_reason,
    counted_as_one,
    held_in,
    speakers,
    vote_entry,
)
from gateway.services.payables.find_signs import FindSigns
from gateway.services.payables.hold_payable import Releases
from gateway.services.payables.payable_steps import step_in

_log = logging.getLogger(__name__)

_HOUSE = "system"
_TO_APPROVE = (PayableState.MATCHED, PayableState.PART_PAID)
"""Where approval is asked for. A part paid payable is asked for again when its approval was made void meanwhile."""


class ApprovePayables:
    """Approvals of the caller's store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        signs: FindSigns,
        policy: ApprovalPolicy,
        announcer: Announcer,
        matched: Releases,
        bills: EnqueueBills = NO_ERPS,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._signs = signs
        self._announcer = announcer
        self._matched = matched
        self._bills = bills
        self.policy = policy

    def asked_in(self, unit: UnitOfWork, payable: Payable, *, at: datetime) -> Asked:
        """Return what approval of a payable needs now and what of it is given; nothing is stored.

        Args:
            unit: the transaction.
            payable: as it now is.
            at: now.
        """
        place = (payable.tenant_id, payable.store_id)
        digest = digests_in(unit, (payable,))[payable.id]
        found = unit.approvals.found_signs(*place, (payable.id,)).get(payable.id)
        if found is None:
            found = self._signs.look_in(unit, payable, at=at)
        rules = unit.approvals.rules(*place)
        demands = demands_of(rules, payable, found, usual=self.policy.usual_approvers)
        told = unit.approvals.entries(*place, (payable.id,))[payable.id]
        people = people_in(unit, payable, self.policy, at=at)
        votes = votes_for(told, digest)
        lacking = missing(demands, votes, people.roles, people.excluded, people.one_person)
        return Asked(digest, people, found, demands, lacking, votes, told)

    def settle_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> Payable:
        """Approve a payable as soon as everybody has said yes that its rules ask for; void what no longer fits.

        Args:
            unit: the transaction of whatever changed: the match, a vote, a rule.
            payable: as it now is, held by this unit.
            actor: whose doing it is.
            at: now.

        Returns:
            The payable: approved, back to ``matched`` when its content has changed since, or as it was.
        """
        payable = self._without_stale(unit, payable, at=at)
        if payable.state not in _TO_APPROVE:
            return payable
        place = (payable.tenant_id, payable.store_id)
        standing = unit.approvals.standings(*place, (payable.id,)).get(payable.id)
        if payable.state is PayableState.PART_PAID and standing is not None and standing.granted:
            return payable
        asked = self.asked_in(unit, payable, at=at)
        alone = self._alone(asked)
        if asked.missing and alone is None:
            if standing is None or standing.digest != asked.digest:
                waiting = ApprovalStanding(payable.id, asked.digest, granted=False, waiting_since=at, changed_at=at)
                unit.approvals.put_standings(*place, (waiting,))
            return payable
        return self._grant(unit, payable, asked, alone=alone, standing=standing, actor=actor, at=at)

    def approve(self, caller: Caller, vote: Vote, render: Render) -> tuple[StoredAnswer, bool]:
        """Say yes to what was seen.

        Raises:
            NotPermitted: without ``payables:approve``.
            NotFound: ``payable_not_found``.
            RuleError: ``content_changed`` when it is another content now; ``not_to_be_approved`` in another state;
                ``four_eyes_required``, ``delegation_not_in_force``, ``already_approved``, ``approval_not_asked``,
                ``approval_limit_exceeded``; ``account_choice_needed`` where it prints another account.
            IdempotencyConflict: ``key_reused``.
        """
        return self._answer(caller, vote, ApprovalKind.APPROVED, render)

    def approve_alone(self, caller: Caller, vote: Vote, render: Render) -> tuple[StoredAnswer, bool]:
        """Approve alone in an emergency, with a reason; somebody else reviews it afterwards.

        Raises:
            InputError: ``reason_needed``.
            RuleError: as :meth:`approve`; ``emergency_not_allowed`` where the operator does not want it.
        """
        if not self.policy.emergency:
            hint = "Ask the people its rules name."
            raise RuleError("emergency_not_allowed", "Nobody may approve alone in this shop.", hint)
        check_reason(vote)
        return self._answer(caller, vote, ApprovalKind.EMERGENCY, render)

    def reject(self, caller: Caller, vote: Vote, render: Render) -> tuple[StoredAnswer, bool]:
        """Refuse to have a payable paid, with a reason; it ends there.

        Raises:
            NotPermitted: without ``payables:approve``.
            InputError: ``reason_needed``.
            NotFound: ``payable_not_found``.
            RuleError: ``content_changed``; ``payable_step_refused`` when it is in a run or ended.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.PAYABLES_APPROVE)
        check_reason(vote)
        at = self._clock.now()

        def work(unit: UnitOfWork) -> StoredAnswer:
            payable = held_in(unit, caller, vote.payable_id)
            place = (payable.tenant_id, payable.store_id)
            check_digest(digests_in(unit, (payable,))[payable.id], vote)
            told = unit.approvals.entries(*place, (payable.id,))[payable.id]
            entry = vote_entry(told, payable, ApprovalKind.REJECTED, vote, caller, at=at, one_with=())
            unit.approvals.tell(*place, (entry,))
            standing = unit.approvals.standings(*place, (payable.id,)).get(payable.id)
            if standing is not None and standing.granted:
                unit.approvals.put_standings(*place, (replace(standing, granted=False, changed_at=at),))
            rejected = step_in(
                unit, payable, PayableStep.REJECTED, actor=caller.name, at=at, reason=vote.reason.strip()
            )
            self._matched.release_in(unit, rejected, actor=caller.name, at=at)
            self._announce(unit, rejected, "payable.rejected", entry.id, at)
            return vote.request.answer(201, render(Outcome(rejected, counted=True, missing=())))

        answer = answer_once(self._storage, caller, vote.request, work, at)
        log_event(_log, "payable.rejected", payable_id=vote.payable_id, actor=caller.name)
        return answer

    def _answer(self, caller: Caller, vote: Vote, kind: ApprovalKind, render: Render) -> tuple[StoredAnswer, bool]:
        caller.require(Permission.PAYABLES_APPROVE)
        at = self._clock.now()

        def work(unit: UnitOfWork) -> StoredAnswer:
            payable = held_in(unit, caller, vote.payable_id)
            check_digest(digests_in(unit, (payable,))[payable.id], vote)
            # Meanwhile another copy may have come: the approver must not be the one who overlooks it.
            looked_at = self._signs.signs_in(unit, payable, actor=_HOUSE, at=at)
            if looked_at.state is not payable.state:
                return vote.request.answer(201, render(Outcome(looked_at, counted=False, missing=())))
            if payable.state not in _TO_APPROVE:
                hint = "Load it again: it has moved on meanwhile."
                message = f"A payable that is {payable.state} is not to be approved."
                raise RuleError("not_to_be_approved", message, hint)
            payable = self._without_stale(unit, payable, at=at)
            asked = self.asked_in(unit, payable, at=at)
            self._check_vote(unit, caller, vote, kind, payable, asked, at=at)
            near = counted_as_one(asked.people, caller, vote)
            place = (payable.tenant_id, payable.store_id)
            journal = unit.payables.next_sequences(*place, (payable.id,))[payable.id]
            entry = vote_entry(asked.told, payable, kind, vote, caller, at=at, one_with=near, journal=journal)
            unit.approvals.tell(*place, (entry,))
            settled = self.settle_in(unit, payable, actor=caller.name, at=at)
            lacking = () if settled.state is PayableState.APPROVED else self.asked_in(unit, settled, at=at).missing
            return vote.request.answer(201, render(Outcome(settled, counted=True, missing=lacking)))

        answer = answer_once(self._storage, caller, vote.request, work, at)
        log_event(_log, f"payable.{kind.value}", payable_id=vote.payable_id, actor=caller.name)
        return answer

    def _check_vote(
        self,
        unit: UnitOfWork,
        caller: Caller,
        vote: Vote,
        kind: ApprovalKind,
        payable: Payable,
        asked: Asked,
        *,
        at: datetime,
    ) -> None:
        person_id, people = PersonId(caller.id), asked.people
        people.check_speaker(person_id, vote.for_person_id, vote.behind)
        check_account(asked.found, vote)
        mine = people.reach(speakers(caller, vote) | set(vote.behind))
        if any(not reach(one, people.one_person).isdisjoint(mine) for one in asked.votes):
            hint = "Another person has to approve it too; whoever stands in for you counts as you."
            raise RuleError("already_approved", "You have approved this already.", hint)
        speaker = vote.for_person_id or person_id
        if kind is ApprovalKind.APPROVED and not any(
            one.demand.accepts(speaker, people.roles[speaker]) for one in asked.missing
        ):
            hint = "Its rules ask for other people; the page of the payable shows whom."
            raise RuleError("approval_not_asked", "Your approval is not asked for.", hint)
        place = (payable.tenant_id, payable.store_id)
        midnight = datetime.combine(people.today, time(), self.policy.zone)
        check_limit(
            unit.approvals.limits(*place),
            unit.approvals.votes_since(*place, midnight.astimezone(at.tzinfo)),
            people,
            payable,
            speaker,
        )

    def _alone(self, asked: Asked) -> ApprovalEntry | None:
        """Return the vote by which one person approved alone, if there is one that still counts."""
        if not self.policy.emergency:
            return None
        for vote in asked.votes:
            mine = reach(vote, asked.people.one_person)
            if (
                vote.kind is ApprovalKind.EMERGENCY
                and vote.person_id in asked.people.roles
                and mine.isdisjoint(asked.people.excluded)
            ):
                return vote
        return None

    def _grant(
        self,
        unit: UnitOfWork,
        payable: Payable,
        asked: Asked,
        *,
        alone: ApprovalEntry | None,
        standing: ApprovalStanding | None,
        actor: str,
        at: datetime,
    ) -> Payable:
        place = (payable.tenant_id, payable.store_id)
        names = ", ".join(dict.fromkeys(vote.actor for vote in asked.votes))
        emergency = bool(asked.missing) and alone is not None
        detail = {
            "rules": ", ".join(demand.rule for demand in asked.demands),
            "people": names,
            "digest": asked.digest,
            "risk": asked.found.risk.value,
        }
        if emergency:
            detail["emergency"] = "yes"
        told = unit.approvals.entries(*place, (payable.id,))[payable.id]
        granted = entry_after(told, payable.id, ApprovalKind.GRANTED, digest=asked.digest, at=at, actor=_HOUSE)
        unit.approvals.tell(*place, (replace(granted, detail=detail),))
        since = at if standing is None else standing.waiting_since
        unit.approvals.put_standings(
            *place,
            (ApprovalStanding(payable.id, asked.digest, True, since, at, emergency=emergency, reviewed=False),),
        )
        if payable.state is PayableState.PART_PAID:
            return step_in(unit, payable, PayableStep.NOTED, actor=actor, at=at, detail={"approved": names})
        approved = step_in(unit, payable, PayableStep.APPROVED, actor=actor, at=at, detail=detail)
        self._announce(unit, approved, "payable.approved", granted.id, at)
        self._bills.approved_in(unit, approved, at)
        return approved

    def _without_stale(self, unit: UnitOfWork, payable: Payable, *, at: datetime) -> Payable:
        """Void what was said of another content; an approved payable whose content changed is approved no longer."""
        place = (payable.tenant_id, payable.store_id)
        digest = digests_in(unit, (payable,))[payable.id]
        standing = unit.approvals.standings(*place, (payable.id,)).get(payable.id)
        told = unit.approvals.entries(*place, (payable.id,))[payable.id]
        last = max(told, key=lambda entry: entry.sequence, default=None)
        other_content = last is not None and last.kind is not ApprovalKind.VOIDED and last.digest != digest
        other_content = other_content or self._changed_since(unit, payable, votes_for(told, digest))
        granted = standing is not None and standing.granted and standing.digest == digest
        reason = "The content has changed."
        # Granted by rules that ask for nobody, there is no vote that would tell: it was changed, and changed back.
        taken_back = granted and payable.state is PayableState.MATCHED
        if other_content or taken_back:
            void_in(unit, (payable,), actor=_HOUSE, at=at, reason=reason)
        if payable.state is PayableState.APPROVED and not granted:
            return step_in(unit, payable, PayableStep.APPROVAL_VOIDED, actor=_HOUSE, at=at, reason=reason)
        return payable

    def _changed_since(self, unit: UnitOfWork, payable: Payable, votes: Sequence[ApprovalEntry]) -> bool:
        """Return whether the payable was changed after a vote, also when it was changed back since."""
        if not votes:
            return False
        changed = max(
            (
                event.sequence
                for event in unit.payables.events(payable.tenant_id, payable.store_id, payable.id)
                if event.step is PayableStep.CHANGED
            ),
            default=-1,
        )
        return any(int((vote.detail or {}).get(JOURNAL, "0")) <= changed for vote in votes)

    def _announce(self, unit: UnitOfWork, payable: Payable, kind: str, cause_id: uuid.UUID, at: datetime) -> None:
        announcement = Announcement(
            tenant_id=payable.tenant_id,
            store_id=payable.store_id,
            kind=kind,
            cause_id=cause_id,
            subject=f"/v1/payables/{payable.id}",
            data={
                "number": payable.number,
                "amount": payable.gross.to_decimal(),
                "currency": payable.gross.currency.code,
                "due_on": payable.due_on.isoformat(),
            },
            at=at,
            trace_id=payable.id.hex,
        )
        for message in self._announcer.messages(announcement):
            unit.outbox.add(message)
