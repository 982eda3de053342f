"""What people decide on a match: accept exceptions with a reason, pair lines by hand, code lines, take it back.

Each decision is kept with who and why; after it the payable goes on by itself as far as it can.
"""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import PayableId, PurchaseOrderId, derived_id
from gateway.domain.payables.coding import Coding, CodingEvidence, Suggestion, proposed_rules, suggested_codings
from gateway.domain.payables.matching_record import DecisionKind, MatchDecision, MatchOutcome, MatchRecord
from gateway.domain.payables.matching_result import UNPAIRED_ISSUES, Role
from gateway.domain.payables.matching_totals import is_whole, whole_line
from gateway.domain.payables.payable import Payable, PayableLine, PayableState
from gateway.domain.payables.purchase import CostCentre, PurchaseOrder, TaxCode
from gateway.domain.payables.supplier import Supplier
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.answer_once import answer_once
from gateway.services.first_answers import RequestKey
from gateway.services.payables.read_payables import payable_not_found
from gateway.services.payables.rematch_payables import Advances

_log = logging.getLogger(__name__)

HISTORY_SHOWN = 20
_UNDECIDED = frozenset({PayableState.VALIDATED, PayableState.EXCEPTION})
_ORDERS_OFFERED = 50


@dataclass(frozen=True, slots=True)
class MatchView:
    """A match as it is shown. ``history``: results, newest first; ``suggestions``: bookings by line number.

    ``orders``: the supplier's open orders and those the match touched, to pair with.
    """

    payable: Payable
    supplier: Supplier | None
    history: tuple[MatchRecord, ...]
    decisions: tuple[MatchDecision, ...]
    suggestions: Mapping[int, tuple[Suggestion, ...]]
    orders: tuple[PurchaseOrder, ...]
    tax_codes: tuple[TaxCode, ...]
    cost_centres: tuple[CostCentre, ...]

    @property
    def record(self) -> MatchRecord | None:
        """Return the last result that was not merely given back."""
        return next((one for one in self.history if one.outcome is not MatchOutcome.RELEASED), None)


@dataclass(frozen=True, slots=True)
class MatchAction:
    """Who decides on what. ``id``: of the decision, made by the client; ``reason``: a person's words."""

    id: uuid.UUID
    payable_id: PayableId
    reason: str
    request: RequestKey


@dataclass(frozen=True, slots=True)
class LineCoding:
    """How one line is to be booked."""

    line_no: int
    coding: Coding


Render = Callable[[MatchView], bytes]


class DecideMatch:
    """Matches of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, advance: Advances) -> None:
        self._storage = storage
        self._clock = clock
        self._advance = advance

    def read(self, caller: Caller, payable_id: PayableId) -> MatchView:
        """Return a match with what is needed to decide on it.

        Raises:
            NotPermitted: without ``payables:read``.
            NotFound: ``payable_not_found``.
        """
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            payable = unit.payables.load(caller.tenant_id, caller.store_id, payable_id)
            if payable is None:
                raise payable_not_found()
            return _view(unit, payable)

    def accept(
        self, caller: Caller, action: MatchAction, keys: Sequence[str], render: Render
    ) -> tuple[StoredAnswer, bool]:
        """Accept exceptions as they are; it counts for these figures and no others.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``payable_not_found``.
            InputError: ``exception_not_acceptable`` for a line that is neither paired nor coded.
            RuleError: ``match_changed`` when the exceptions are not these any more; ``match_decided``.
            IdempotencyConflict: ``key_reused``.
        """

        def details(unit: UnitOfWork, payable: Payable) -> Mapping[int, Mapping[str, str]]:
            record = _view(unit, payable).record
            failed = {
                check["key"]: check["issue"]
                for line in ([] if record is None else record.told["lines"])
                for check in line["checks"]
                if not check["ok"]
            }
            if not set(keys) <= set(failed):
                raise RuleError("match_changed", "The exceptions have changed meanwhile.", "Look at them again.")
            if any(failed[key] in UNPAIRED_ISSUES for key in keys):
                hint = "Pair the line with an order line, or say how it is booked."
                raise InputError("exception_not_acceptable", "This line could not be booked.", hint, "/keys")
            return {0: {key: failed[key] for key in keys}}

        return self._decide(caller, action, DecisionKind.ACCEPTED, details, render)

    def pair(
        self,
        caller: Caller,
        action: MatchAction,
        line_no: int,
        order_id: PurchaseOrderId,
        order_line_no: int,
        render: Render,
    ) -> tuple[StoredAnswer, bool]:
        """Pair a line with an order line by hand.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``payable_not_found``.
            InputError: ``unknown_payable_line``, ``unknown_order_line``.
            RuleError: ``match_decided``.
            IdempotencyConflict: ``key_reused``.
        """

        def details(unit: UnitOfWork, payable: Payable) -> Mapping[int, Mapping[str, str]]:
            _line_of(payable, line_no, "/line_no")
            order = unit.purchases.order(caller.tenant_id, caller.store_id, order_id)
            if order is None or all(line.line_no != order_line_no for line in order.lines):
                hint = "Choose a line of an order that is there."
                raise InputError("unknown_order_line", "There is no such order line.", hint, "/order_line_no")
            return {line_no: {"order_id": str(order_id), "order_line_no": str(order_line_no)}}

        return self._decide(caller, action, DecisionKind.PAIRED, details, render)

    def code(
        self, caller: Caller, action: MatchAction, codings: Sequence[LineCoding], render: Render
    ) -> tuple[StoredAnswer, bool]:
        """Say how lines are booked without an order; what people code alike becomes a proposed rule.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``payable_not_found``.
            InputError: ``unknown_payable_line``, ``unknown_tax_code``, ``unknown_cost_centre``.
            RuleError: ``match_decided``.
            IdempotencyConflict: ``key_reused``.
        """

        def details(unit: UnitOfWork, payable: Payable) -> Mapping[int, Mapping[str, str]]:
            check_codes(unit, caller, [one.coding for one in codings])
            self._learn(unit, caller, payable, action, codings, self._clock.now())
            return {one.line_no: _coding_detail(one.coding) for one in codings}

        return self._decide(caller, action, DecisionKind.CODED, details, render)

    def undo(self, caller: Caller, action: MatchAction, line_no: int, render: Render) -> tuple[StoredAnswer, bool]:
        """Take back how a line was paired or coded by hand; errors as :meth:`pair`."""

        def details(unit: UnitOfWork, payable: Payable) -> Mapping[int, Mapping[str, str]]:
            del unit
            _line_of(payable, line_no, "/line_no")
            return {line_no: {}}

        return self._decide(caller, action, DecisionKind.UNPAIRED, details, render)

    def _decide(
        self,
        caller: Caller,
        action: MatchAction,
        kind: DecisionKind,
        details: Callable[[UnitOfWork, Payable], Mapping[int, Mapping[str, str]]],
        render: Render,
    ) -> tuple[StoredAnswer, bool]:
        caller.require(Permission.PAYABLES_WORK)
        at = self._clock.now()

        def work(unit: UnitOfWork) -> StoredAnswer:
            payable = unit.payables.lock(caller.tenant_id, caller.store_id, action.payable_id)
            if payable is None:
                raise payable_not_found()
            if payable.state not in _UNDECIDED:
                hint = "Change its content to have it matched again."
                raise RuleError("match_decided", "This payable is past matching.", hint)
            for line_no, detail in details(unit, payable).items():
                decision_id = action.id if line_no == 0 else derived_id(action.id, str(line_no))
                decision = MatchDecision(decision_id, payable.id, kind, line_no, detail, action.reason, caller.name, at)
                unit.matches.decide(caller.tenant_id, caller.store_id, decision)
            now = self._advance.advance_in(unit, payable, actor=caller.name, at=at)
            return action.request.answer(200, render(_view(unit, now)))

        answer = answer_once(self._storage, caller, action.request, work, at)
        log_event(_log, f"match.{kind.value}", payable_id=action.payable_id, actor=caller.name)
        return answer

    @staticmethod
    def _learn(
        unit: UnitOfWork,
        caller: Caller,
        payable: Payable,
        action: MatchAction,
        codings: Sequence[LineCoding],
        now: datetime,
    ) -> None:
        place = (caller.tenant_id, caller.store_id)
        told = []
        for one in codings:
            line = _line_of(payable, one.line_no, "/lines")
            evidence_id = derived_id(action.id, f"evidence {one.line_no}")
            told.append(
                CodingEvidence(
                    evidence_id,
                    payable.supplier_id,
                    payable.id,
                    one.line_no,
                    line.text,
                    line.amount,
                    one.coding,
                    caller.name,
                    now,
                )
            )
        unit.matches.add_evidence(*place, told)
        evidence = unit.matches.evidence(*place, payable.supplier_id)
        known = unit.matches.rules(*place, payable.supplier_id)
        for rule in proposed_rules(payable.supplier_id, evidence, known, at=now):
            unit.matches.add_rule(*place, rule)


def check_codes(unit: UnitOfWork, caller: Caller, codings: Sequence[Coding]) -> None:
    """Refuse codes the books do not have or that are switched off; where no codes are kept, any is taken.

    Raises:
        InputError: ``unknown_tax_code``, ``unknown_cost_centre``.
    """
    place = (caller.tenant_id, caller.store_id)
    taxes = {one.code: one.in_use for one in unit.purchases.tax_codes(*place)}
    centres = {one.code: one.in_use for one in unit.purchases.cost_centres(*place)}
    for coding in codings:
        if coding.tax_code and taxes and not taxes.get(coding.tax_code):
            raise InputError("unknown_tax_code", "The books have no such tax code.", "Choose one of the list.")
        if coding.cost_centre and centres and not centres.get(coding.cost_centre):
            raise InputError("unknown_cost_centre", "The books have no such cost centre.", "Choose one of the list.")


def _view(unit: UnitOfWork, payable: Payable) -> MatchView:
    place = (payable.tenant_id, payable.store_id)
    history = unit.matches.results(*place, payable.id, limit=HISTORY_SHOWN)
    evidence = unit.matches.evidence(*place, payable.supplier_id)
    told: Mapping[str, Any] = next(
        (one.told for one in history if one.outcome is not MatchOutcome.RELEASED), {"lines": []}
    )
    texts = {line.line_no: line.text for line in _lines(payable)}
    suggestions = {
        line["line_no"]: suggested_codings(texts.get(line["line_no"], ""), evidence)
        for line in told["lines"]
        if line["role"] in (Role.OPEN, Role.UNPAIRED) and line["line_no"]
    }
    touched = {one["order_id"] for line in told["lines"] for one in (*line["against"], *line["candidates"])}
    orders = {order.id: order for order in unit.purchases.open_orders(*place, payable.supplier_id)[:_ORDERS_OFFERED]}
    for order_id in sorted(touched - {str(one) for one in orders}):
        order = unit.purchases.order(*place, PurchaseOrderId(uuid.UUID(order_id)))
        if order is not None:
            orders[order.id] = order
    return MatchView(
        payable=payable,
        supplier=unit.suppliers.load(*place, payable.supplier_id),
        history=history,
        decisions=unit.matches.decisions(*place, payable.id),
        suggestions=suggestions,
        orders=tuple(sorted(orders.values(), key=lambda one: one.number)),
        tax_codes=tuple(one for one in unit.purchases.tax_codes(*place) if one.in_use),
        cost_centres=tuple(one for one in unit.purchases.cost_centres(*place) if one.in_use),
    )


def _lines(payable: Payable) -> tuple[PayableLine, ...]:
    return (whole_line(payable),) if is_whole(payable) else payable.lines


def _line_of(payable: Payable, line_no: int, pointer: str) -> PayableLine:
    found = next((line for line in _lines(payable) if line.line_no == line_no), None)
    if found is None:
        raise InputError("unknown_payable_line", "The payable has no such line.", "Load it again.", pointer)
    return found


def _coding_detail(coding: Coding) -> Mapping[str, str]:
    return {"account_code": coding.account_code, "cost_centre": coding.cost_centre, "tax_code": coding.tax_code}
