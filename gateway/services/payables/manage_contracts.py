"""Contracts and coding rules: kept by people, and used only as they say.

What a rule or contract changes is matched again at once: invoices that waited for it go on.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import SupplierId
from gateway.domain.money import Money
from gateway.domain.payables.coding import Coding, CodingEvidence, CodingRule, RuleState
from gateway.domain.payables.contract_terms import Contract, ContractUse, Period
from gateway.domain.payables.supplier import Supplier
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.answer_once import answer_once
from gateway.services.first_answers import RequestKey
from gateway.services.payables.decide_match import check_codes
from gateway.services.payables.rematch_payables import RematchPayables

_log = logging.getLogger(__name__)

RULE_MOVES = {
    RuleState.PROPOSED: frozenset({RuleState.ACTIVE, RuleState.REFUSED}),
    RuleState.ACTIVE: frozenset({RuleState.RETIRED}),
    RuleState.REFUSED: frozenset({RuleState.ACTIVE}),
    RuleState.RETIRED: frozenset({RuleState.ACTIVE}),
}
"""What people may decide on a rule; it is never proposed again by itself."""


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with its supplier and the codings it was learned from."""

    rule: CodingRule
    supplier: Supplier | None
    evidence: tuple[CodingEvidence, ...]


@dataclass(frozen=True, slots=True)
class ContractView:
    """A contract with its supplier and what it has billed."""

    contract: Contract
    supplier: Supplier | None
    uses: tuple[ContractUse, ...]


@dataclass(frozen=True, slots=True)
class ContractWish:
    """A contract as a person enters it; see :class:`Contract`."""

    id: uuid.UUID
    supplier_id: SupplierId
    name: str
    price: Money
    period: Period
    starts_on: date
    coding: Coding
    ends_on: date | None
    cap: Money | None
    words: tuple[str, ...]
    request: RequestKey


RenderRule = Callable[[RuleView], bytes]
RenderContract = Callable[[ContractView], bytes]


class ManageContracts:
    """Contracts and coding rules of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, rematch: RematchPayables) -> None:
        self._storage = storage
        self._clock = clock
        self._rematch = rematch

    def rules(self, caller: Caller) -> tuple[RuleView, ...]:
        """Return all coding rules, newest first. Raises NotPermitted without ``payables:read``."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            return tuple(_rule_view(unit, caller, one) for one in unit.matches.rules(caller.tenant_id, caller.store_id))

    def decide_rule(
        self, caller: Caller, rule_id: uuid.UUID, state: RuleState, reason: str, request: RequestKey, render: RenderRule
    ) -> tuple[StoredAnswer, bool]:
        """Consent to a rule, refuse it, or stop using it.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``coding_rule_not_found``.
            RuleError: ``rule_decided`` when this does not follow from its state; ``rule_changed``.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.PAYABLES_WORK)
        at = self._clock.now()

        def work(unit: UnitOfWork) -> StoredAnswer:
            place = (caller.tenant_id, caller.store_id)
            rule = unit.matches.rule(*place, rule_id)
            if rule is None:
                raise NotFound("coding_rule_not_found", "There is no such rule.", "Load the list again.")
            if state not in RULE_MOVES[rule.state]:
                raise RuleError("rule_decided", f"A rule that is {rule.state} cannot become {state}.", "Load it again.")
            decided = replace(
                rule, state=state, decided_by=caller.name, decided_at=at, reason=reason, version=rule.version + 1
            )
            if not unit.matches.update_rule(*place, decided):
                raise RuleError("rule_changed", "Somebody else has just decided on it.", "Load it again.")
            self._rematch.rematch_supplier_in(unit, *place, rule.supplier_id, actor=caller.name, at=at)
            return request.answer(200, render(_rule_view(unit, caller, decided)))

        answer = answer_once(self._storage, caller, request, work, at)
        log_event(_log, f"coding_rule.{state.value}", rule_id=rule_id, actor=caller.name)
        return answer

    def contracts(self, caller: Caller) -> tuple[ContractView, ...]:
        """Return all contracts, newest first. Raises NotPermitted without ``payables:read``."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            found = unit.matches.contracts(caller.tenant_id, caller.store_id)
            return tuple(_contract_view(unit, caller, one) for one in found)

    def add_contract(self, caller: Caller, wish: ContractWish, render: RenderContract) -> tuple[StoredAnswer, bool]:
        """Store a contract.

        Raises:
            NotPermitted: without ``payables:work``.
            InputError: ``unknown_supplier``, ``invalid_contract``, ``unknown_tax_code``, ``unknown_cost_centre``.
            RuleError: ``already_recorded``.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.PAYABLES_WORK)
        _check_contract(wish)
        at = self._clock.now()

        def work(unit: UnitOfWork) -> StoredAnswer:
            place = (caller.tenant_id, caller.store_id)
            if unit.suppliers.load(*place, wish.supplier_id) is None:
                hint = "Choose one of the suppliers."
                raise InputError("unknown_supplier", "There is no such supplier.", hint, "/supplier_id")
            check_codes(unit, caller, [wish.coding])
            contract = Contract(
                id=wish.id,
                supplier_id=wish.supplier_id,
                name=wish.name,
                price=wish.price,
                period=wish.period,
                starts_on=wish.starts_on,
                coding=wish.coding,
                created_at=at,
                created_by=caller.name,
                ends_on=wish.ends_on,
                cap=wish.cap,
                words=tuple(sorted({word.casefold() for word in wish.words})),
            )
            if not unit.matches.add_contract(*place, contract):
                raise RuleError("already_recorded", "A contract with this id is there.", "Make a new id.")
            self._rematch.rematch_supplier_in(unit, *place, wish.supplier_id, actor=caller.name, at=at)
            return wish.request.answer(201, render(_contract_view(unit, caller, contract)))

        answer = answer_once(self._storage, caller, wish.request, work, at)
        log_event(_log, "contract.added", contract_id=wish.id, actor=caller.name)
        return answer

    def cancel_contract(
        self, caller: Caller, contract_id: uuid.UUID, last_on: date, request: RequestKey, render: RenderContract
    ) -> tuple[StoredAnswer, bool]:
        """Note a cancellation: nothing behind ``last_on`` is due.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``contract_not_found``.
            InputError: ``invalid_contract`` when it would end before it began.
            RuleError: ``contract_changed``.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.PAYABLES_WORK)
        at = self._clock.now()

        def work(unit: UnitOfWork) -> StoredAnswer:
            place = (caller.tenant_id, caller.store_id)
            contract = unit.matches.contract(*place, contract_id)
            if contract is None:
                raise NotFound("contract_not_found", "There is no such contract.", "Load the list again.")
            if last_on < contract.starts_on:
                raise _invalid("It would end before it began.", "/last_on")
            cancelled = replace(contract, cancelled_on=last_on, version=contract.version + 1)
            if not unit.matches.update_contract(*place, cancelled):
                raise RuleError("contract_changed", "Somebody else has just changed it.", "Load it again.")
            self._rematch.rematch_supplier_in(unit, *place, contract.supplier_id, actor=caller.name, at=at)
            return request.answer(200, render(_contract_view(unit, caller, cancelled)))

        answer = answer_once(self._storage, caller, request, work, at)
        log_event(_log, "contract.cancelled", contract_id=contract_id, actor=caller.name)
        return answer


def _check_contract(wish: ContractWish) -> None:
    if wish.price.minor <= 0:
        raise _invalid("The price is above zero.", "/price")
    if wish.ends_on is not None and wish.ends_on < wish.starts_on:
        raise _invalid("It ends before it begins.", "/ends_on")
    if wish.cap is not None and (wish.cap.currency != wish.price.currency or wish.cap.minor < wish.price.minor):
        raise _invalid("The cap is in the currency of the price and not below it.", "/cap")


def _invalid(message: str, pointer: str) -> InputError:
    return InputError("invalid_contract", message, "Correct it.", pointer)


def _rule_view(unit: UnitOfWork, caller: Caller, rule: CodingRule) -> RuleView:
    place = (caller.tenant_id, caller.store_id)
    wanted = set(rule.evidence)
    shown = tuple(one for one in unit.matches.evidence(*place, rule.supplier_id) if one.id in wanted)
    return RuleView(rule, unit.suppliers.load(*place, rule.supplier_id), shown)


def _contract_view(unit: UnitOfWork, caller: Caller, contract: Contract) -> ContractView:
    place = (caller.tenant_id, caller.store_id)
    supplier = unit.suppliers.load(*place, contract.supplier_id)
    return ContractView(contract, supplier, unit.matches.contract_uses(*place, contract.id))
