"""A person says that a suspected duplicate is none: with a reason, kept with their name, and shown to who approves."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import RuleError
from gateway.domain.ids import PayableId, derived_id
from gateway.domain.payables.payable import Payable, PayableState, PayableStep
from gateway.domain.payables.signs import SignClearing, SignKind
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.answer_once import answer_once
from gateway.services.first_answers import RequestKey
from gateway.services.payables.advance_payable import AdvancePayable
from gateway.services.payables.approval_votes import held_in
from gateway.services.payables.payable_steps import step_in

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clearing:
    """What a person says. ``reason``: why it is not the same invoice, in their words."""

    id: uuid.UUID
    payable_id: PayableId
    reason: str
    request: RequestKey


class ClearDuplicates:
    """Suspects of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, advance: AdvancePayable) -> None:
        self._storage = storage
        self._clock = clock
        self._advance = advance

    def clear(
        self, caller: Caller, clearing: Clearing, render: Callable[[Payable], bytes]
    ) -> tuple[StoredAnswer, bool]:
        """Clear a suspect; it goes on from where it was, and whoever cleared it cannot approve it.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``payable_not_found``.
            RuleError: ``not_a_suspect``.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.PAYABLES_WORK)
        at = self._clock.now()

        def work(unit: UnitOfWork) -> StoredAnswer:
            payable = held_in(unit, caller, clearing.payable_id)
            place = (payable.tenant_id, payable.store_id)
            if payable.state is not PayableState.DUPLICATE_SUSPECT:
                hint = "Load it again: it has moved on meanwhile."
                raise RuleError("not_a_suspect", "This payable is not suspected to be a duplicate.", hint)
            found = unit.approvals.found_signs(*place, (payable.id,)).get(payable.id)
            others = [
                one.other_id
                for one in (() if found is None else found.signs)
                if one.kind is SignKind.HARD_DUPLICATE and one.other_id is not None
            ]
            for other_id in others:
                word = SignClearing(
                    id=derived_id(clearing.id, str(other_id)),
                    payable_id=payable.id,
                    other_id=other_id,
                    kind=SignKind.HARD_DUPLICATE,
                    reason=clearing.reason,
                    person_id=caller.id,
                    actor=caller.name,
                    at=at,
                )
                unit.approvals.clear_sign(*place, word)
            detail = {"others": ", ".join(str(one) for one in others)}
            cleared = step_in(
                unit, payable, PayableStep.CLEARED, actor=caller.name, at=at, reason=clearing.reason, detail=detail
            )
            now = self._advance.advance_in(unit, cleared, actor=caller.name, at=at)
            return clearing.request.answer(200, render(now))

        answer = answer_once(self._storage, caller, clearing.request, work, at)
        log_event(_log, "payable.duplicate_cleared", payable_id=clearing.payable_id, actor=caller.name)
        return answer
