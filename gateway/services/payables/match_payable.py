"""Matches a payable in the unit of whatever made that necessary, and keeps what it takes of orders and contracts.

What is taken is written only when the payable is matched, together with that step; a payable with exceptions takes
nothing. Orders are held before anything of them is read, so two invoices at once see each other.
"""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.domain.ids import PurchaseOrderId, derived_id
from gateway.domain.money import Money
from gateway.domain.payables.coding import Coding
from gateway.domain.payables.consumption import Consumption, net_takes, taken_by_line
from gateway.domain.payables.contract_terms import ContractUse
from gateway.domain.payables.matching import ByHand, HandPairing, match_payable, named_numbers
from gateway.domain.payables.matching_book import OrderBook, number_key
from gateway.domain.payables.matching_record import DecisionKind, MatchDecision, MatchOutcome, MatchRecord
from gateway.domain.payables.matching_result import UNPAIRED_ISSUES, MatchException, PayableMatch
from gateway.domain.payables.matching_tolerances import Tolerances
from gateway.domain.payables.matching_totals import is_whole, whole_line
from gateway.domain.payables.payable import Payable, PayableLine, PayableState, PayableStep
from gateway.domain.payables.purchase import PurchaseOrder
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.code_payable import BilledPeriod, CodingBasis, code_open_lines
from gateway.services.payables.match_told import canonical, told_match
from gateway.services.payables.payable_steps import step_in

_WAITS_FOR = uuid.UUID("6f2c8a34-5c0e-5b7e-9a55-0d1c3f7b2e48")
"""Names the rows that stand for orders nobody knows yet: who waits for one and who brings it meet there."""

_TO_MATCH = frozenset({PayableState.VALIDATED, PayableState.EXCEPTION})
_CODES_TOLD_MAX = 20
_NO_QUANTITY = Decimal(0)


@dataclass(frozen=True, slots=True)
class Matched:
    """The result of one look. ``left``: exceptions nobody accepted; ``lines``: of the payable, as they are booked."""

    match: PayableMatch
    left: tuple[MatchException, ...]
    accepted: frozenset[str]
    billed: BilledPeriod | None
    lines: tuple[PayableLine, ...]
    orders: tuple[PurchaseOrder, ...]


class MatchPayable:
    """Compares payables with orders, receipts, contracts and coding rules."""

    def __init__(self, tolerances: Tolerances) -> None:
        self._tolerances = tolerances

    def match_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> Payable:
        """Match a payable that waits for it; return it matched, or as an exception with its reasons.

        Args:
            unit: of what made it necessary.
            payable: as it is in this unit; one that does not wait for matching is returned as it is.
            actor: who caused it.
            at: now.

        Raises:
            RuleError: ``payable_changed``.
        """
        if payable.state not in _TO_MATCH:
            return payable
        found = self.look_in(unit, payable)
        outcome = MatchOutcome.EXCEPTION if found.left else MatchOutcome.MATCHED
        self._take(unit, payable, found if not found.left else None, actor=actor, at=at)
        told = told_match(payable, found.match, found.accepted)
        fresh = self._record(unit, payable, outcome, told, actor=actor, at=at)
        place = (payable.tenant_id, payable.store_id)
        if not found.left:
            unit.matches.wait_for(*place, payable.id, ())
            changes = {"lines": found.lines} if found.lines != payable.lines else None
            detail = {"orders": ", ".join(order.number for order in found.orders)[:200]}
            return step_in(unit, payable, PayableStep.MATCHED, actor=actor, at=at, detail=detail, changes=changes)
        unit.matches.wait_for(*place, payable.id, _wait_keys(payable, found.orders))
        if not fresh and payable.state is PayableState.EXCEPTION:
            return payable
        codes = sorted({one.check.issue.value for one in found.left})
        detail = {"issues": ", ".join(codes[:_CODES_TOLD_MAX]), "exceptions": str(len(found.left))}
        return step_in(unit, payable, PayableStep.MATCH_FAILED, actor=actor, at=at, detail=detail)

    def release_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> None:
        """Give back what a payable has taken: it was rejected or cancelled. Does nothing when it holds nothing."""
        place = (payable.tenant_id, payable.store_id)
        held = net_takes(unit.matches.consumed_by(*place, payable.id))
        billed = _net_uses(unit.matches.contract_uses_of(*place, payable.id))
        unit.matches.wait_for(*place, payable.id, ())
        if not held and not billed:
            return
        unit.matches.lock_orders(*place, sorted({order_id for order_id, _, _ in held}))
        self._take(unit, payable, None, actor=actor, at=at)
        self._record(unit, payable, MatchOutcome.RELEASED, {"lines": []}, actor=actor, at=at)

    def look_in(self, unit: UnitOfWork, payable: Payable) -> Matched:
        """Compare a payable as things are now, and hold its orders and contracts until the unit ends."""
        place = (payable.tenant_id, payable.store_id)
        decisions = unit.matches.decisions(*place, payable.id)
        by_hand, accepted = standing(decisions)
        orders = self._held_orders(unit, payable, by_hand)
        ids = [order.id for order in orders]
        taken = taken_by_line(one for one in unit.matches.consumed(*place, ids) if one.payable_id != payable.id)
        percents = {code.code: code.percent for code in unit.purchases.tax_codes(*place)}
        book = OrderBook(orders, unit.purchases.received(*place, ids), taken, percents)
        compared = match_payable(payable, book, self._tolerances, by_hand)
        lines = (whole_line(payable),) if is_whole(payable) else payable.lines
        match, billed = code_open_lines(payable, lines, compared, self._basis(unit, payable), self._tolerances)
        left = tuple(one for one in match.exceptions if one.key not in accepted or one.check.issue in UNPAIRED_ISSUES)
        touched = match.order_ids
        return Matched(
            match, left, accepted, billed, _coded(lines, match), tuple(one for one in orders if one.id in touched)
        )

    def _held_orders(self, unit: UnitOfWork, payable: Payable, by_hand: ByHand) -> tuple[PurchaseOrder, ...]:
        """Hold and load every order that matters: named, paired by hand, open, or taken of before."""
        place = (payable.tenant_id, payable.store_id)
        named = named_numbers(payable)
        before = {entry.order_id for entry in unit.matches.consumed_by(*place, payable.id)}
        wanted = before | {one.order_id for one in by_hand.values() if isinstance(one, HandPairing)}
        found = _by_name(unit, payable, named)
        keys = [_waits_id(key) for key in _wait_keys(payable, ())]
        unit.matches.lock_orders(*place, [*keys, *wanted, *(order.id for order in found)])
        # Read again now that nobody else writes: an order may have come, or changed, while we waited.
        orders = {order.id: order for order in _by_name(unit, payable, named)}
        missing = [order_id for order_id in orders if order_id not in {one.id for one in found}]
        unit.matches.lock_orders(*place, missing)
        for order_id in sorted(wanted - set(orders)):
            order = unit.purchases.order(*place, order_id)
            if order is not None:
                orders[order.id] = order
        return tuple(orders.values())

    @staticmethod
    def _basis(unit: UnitOfWork, payable: Payable) -> CodingBasis:
        place = (payable.tenant_id, payable.store_id)
        supplier = unit.suppliers.load(*place, payable.supplier_id)
        rules = unit.matches.rules(*place, payable.supplier_id)
        ids = sorted(one.id for one in unit.matches.contracts(*place, payable.supplier_id))
        held = [one for one in (unit.matches.lock_contract(*place, one) for one in ids) if one is not None]
        uses = {
            one: [use for use in unit.matches.contract_uses(*place, one.id) if use.payable_id != payable.id]
            for one in held
        }
        return CodingBasis(supplier, rules, held, uses)

    @staticmethod
    def _take(unit: UnitOfWork, payable: Payable, found: Matched | None, *, actor: str, at: datetime) -> None:
        """Write the difference between what the payable holds and what it should hold (nothing, without a result)."""
        place = (payable.tenant_id, payable.store_id)
        held = net_takes(unit.matches.consumed_by(*place, payable.id))
        wanted = {
            (take.order_id, take.order_line_no, take.line_no): (take.quantity, take.amount)
            for take in (() if found is None else found.match.takes)
        }
        entries = []
        for key in sorted({*held, *wanted}, key=lambda key: (str(key[0]), key[1], key[2])):
            nothing = (_NO_QUANTITY, Money(0, (held.get(key) or wanted[key])[1].currency))
            before, now = held.get(key, nothing), wanted.get(key, nothing)
            quantity, amount = now[0] - before[0], now[1] - before[1]
            if quantity or amount.minor:
                entry_id = derived_id(payable.id, f"take {key} {at.isoformat()} {payable.version}")
                entries.append(Consumption(entry_id, key[0], key[1], payable.id, key[2], quantity, amount, actor, at))
        unit.matches.consume(*place, entries)
        _bill(unit, payable, None if found is None else found.billed, actor=actor, at=at)

    @staticmethod
    def _record(
        unit: UnitOfWork, payable: Payable, outcome: MatchOutcome, told: dict[str, Any], *, actor: str, at: datetime
    ) -> bool:
        """Keep a result; False when the last one said the same."""
        place = (payable.tenant_id, payable.store_id)
        last = next(iter(unit.matches.results(*place, payable.id, limit=1)), None)
        digest = hashlib.sha256(canonical(told).encode()).hexdigest()
        if last is not None and last.digest == digest and last.outcome is outcome:
            return False
        sequence = 1 if last is None else last.sequence + 1
        record = MatchRecord(payable.id, sequence, outcome, payable.version, digest, told, actor, at)
        unit.matches.add_result(*place, record)
        return True


def standing(decisions: Iterable[MatchDecision]) -> tuple[dict[int, HandPairing | Coding], frozenset[str]]:
    """Return what people's decisions come to: pairings and codings by line, and the keys of accepted exceptions."""
    by_hand: dict[int, HandPairing | Coding] = {}
    accepted: set[str] = set()
    for one in decisions:
        match one.kind:
            case DecisionKind.PAIRED:
                order_id = PurchaseOrderId(uuid.UUID(one.detail["order_id"]))
                by_hand[one.line_no] = HandPairing(order_id, int(one.detail["order_line_no"]))
            case DecisionKind.CODED:
                by_hand[one.line_no] = Coding(
                    one.detail["account_code"], one.detail.get("cost_centre", ""), one.detail.get("tax_code", "")
                )
            case DecisionKind.UNPAIRED:
                by_hand.pop(one.line_no, None)
            case DecisionKind.ACCEPTED:
                accepted.update(one.detail)
    return by_hand, frozenset(accepted)


def keys_of_orders(orders: Iterable[PurchaseOrder]) -> tuple[str, ...]:
    """Return what payables wait for that these orders, or goods for them, bring."""
    keys = {f"order:{number_key(order.number)}" for order in orders}
    return tuple(sorted(keys | {f"supplier:{order.supplier_id}" for order in orders}))


def waits_rows(keys: Iterable[str]) -> list[PurchaseOrderId]:
    """Return the rows to hold, beside the orders, so that nobody begins to wait unseen."""
    return [_waits_id(key) for key in keys]


def _by_name(unit: UnitOfWork, payable: Payable, named: Sequence[str]) -> tuple[PurchaseOrder, ...]:
    place = (payable.tenant_id, payable.store_id)
    if named:
        return tuple(unit.purchases.orders_by_number(*place, named).values())
    return unit.purchases.open_orders(*place, payable.supplier_id)


def _wait_keys(payable: Payable, orders: Iterable[PurchaseOrder]) -> tuple[str, ...]:
    named = named_numbers(payable)
    keys = {f"order:{number_key(number)}" for number in (*named, *(order.number for order in orders))}
    return tuple(sorted(keys if named else {*keys, f"supplier:{payable.supplier_id}"}))


def _waits_id(key: str) -> PurchaseOrderId:
    return PurchaseOrderId(derived_id(_WAITS_FOR, key))


def _coded(lines: Sequence[PayableLine], match: PayableMatch) -> tuple[PayableLine, ...]:
    codings = {one.line_no: one.coding for one in match.lines if one.line_no and one.coding is not None}
    return tuple(
        line
        if (coding := codings.get(line.line_no)) is None
        else replace(
            line,
            account_code=coding.account_code,
            cost_centre=coding.cost_centre,
            # Which tax a line carries is what it says itself; the order only fills in what is missing.
            tax_code=coding.tax_code or line.tax_code,
        )
        for line in lines
    )


def _net_uses(uses: Iterable[ContractUse]) -> dict[tuple[uuid.UUID, int], Money]:
    sums: dict[tuple[uuid.UUID, int], Money] = {}
    for use in uses:
        key = (use.contract_id, use.period_no)
        sums[key] = use.amount if key not in sums else sums[key] + use.amount
    return {key: amount for key, amount in sums.items() if amount.minor}


def _bill(unit: UnitOfWork, payable: Payable, billed: BilledPeriod | None, *, actor: str, at: datetime) -> None:
    place = (payable.tenant_id, payable.store_id)
    held = _net_uses(unit.matches.contract_uses_of(*place, payable.id))
    wanted = {} if billed is None else {(billed.contract.id, billed.period_no): billed.amount}
    for key in sorted({*held, *wanted}, key=str):
        amounts = (held.get(key), wanted.get(key))
        minor = (amounts[1].minor if amounts[1] else 0) - (amounts[0].minor if amounts[0] else 0)
        if minor:
            currency = next(amount.currency for amount in amounts if amount is not None)
            use_id = derived_id(payable.id, f"bill {key} {at.isoformat()} {payable.version}")
            use = ContractUse(use_id, key[0], payable.id, key[1], Money(minor, currency), actor, at)
            unit.matches.use_contract(*place, use)
