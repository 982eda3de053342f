"""Which payables a run pays, from where, when and how. Pure and deterministic: the same facts, the same proposal.

A payable is taken when waiting for the next run would make it late or lose a discount that is worth more than the cost
of cash; it is paid on the last banking day that is in time. What is not taken is named, with the reason and its cost.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gateway.domain.ids import PayableId, SupplierId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.banking_days import Closed, last_execution
from gateway.domain.payables.cash_limit import CashWish, within
from gateway.domain.payables.choose_instrument import SourceAccount, Way, way_for
from gateway.domain.payables.discount import DiscountChoice, best_discount, deadline_of, interest
from gateway.domain.payables.payable import Payable, PayableKind
from gateway.domain.payables.payment_order import Allocation, LeftOut
from gateway.domain.payables.planned_worth import PlannedWorth, RateOf, leaves, no_rates, planned_worth
from gateway.domain.payables.supplier import Supplier, SupplierAccount, SupplierRisk


@dataclass(frozen=True, slots=True)
class RunRules:
    """How a run chooses. ``cost_of_cash``, ``late_interest``: percent a year.

    ``cash``: what may be spent from each own account after the reserve, by id; no entry: no limit; ``today``: business
    date of the run; ``earliest``, ``next_earliest``: first execution day of each own account now
    and at the next run, by id; ``closed``: of each own account; ``rate_of``: by which payments in another currency than
    their account's are planned.
    """

    today: date
    earliest: Mapping[str, date]
    next_earliest: Mapping[str, date]
    closed: Mapping[str, Closed]
    cost_of_cash: Decimal
    late_interest: Decimal
    cash: Mapping[str, Money]
    rate_of: RateOf = no_rates


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run chooses from. ``approved``: payables whose approvals hold for today's content.

    ``extra_approved``: those that may go to an account in its cooling period; ``wanted``: taken although they could
    wait; ``postponed``: not taken although they are due.
    """

    payables: Sequence[Payable]
    suppliers: Mapping[SupplierId, Supplier]
    accounts: Mapping[SupplierId, SupplierAccount]
    own: Sequence[SourceAccount]
    approved: Collection[PayableId]
    extra_approved: Collection[PayableId] = frozenset()
    stopped: Mapping[PayableId, str] | None = None
    wanted: Collection[PayableId] = frozenset()
    postponed: Collection[PayableId] = frozenset()


@dataclass(frozen=True, slots=True)
class Planned:
    """A payment to be made. ``late``: its payee has the money after the due date; ``cost``: of not making it now.

    ``worth``: what it should take from an account of another currency, see :class:`PlannedWorth`.
    """

    supplier: Supplier
    account: SupplierAccount
    way: Way
    execute_on: date
    amount: Money
    allocations: tuple[Allocation, ...]
    reference: str
    cost: Money
    late: bool
    worth: PlannedWorth | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a run would pay, in the order of its payments, and what it leaves out."""

    payments: tuple[Planned, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    payable: Payable
    way: Way
    pay_on: date
    discount: DiscountChoice | None
    cost: Money
    late: bool

    @property
    def amount(self) -> Money:
        owed = self.payable.open_amount
        return owed if self.discount is None else owed - self.discount.amount


def choose(facts: RunFacts, rules: RunRules) -> Choice:
    """Return what a run pays and what it leaves out."""
    left: list[LeftOut] = []
    items: list[_Item] = []
    credits_of: dict[tuple[SupplierId, str], list[Payable]] = {}
    for payable in sorted(facts.payables, key=lambda one: (one.supplier_id.int, one.due_on, one.number, one.id.int)):
        why = _obstacle(payable, facts, rules)
        if why:
            left.append(_left(payable, why))
        elif payable.kind is PayableKind.CREDIT_NOTE:
            credits_of.setdefault((payable.supplier_id, payable.gross.currency.code), []).append(payable)
        else:
            found = _item(payable, facts, rules)
            if isinstance(found, LeftOut):
                left.append(found)
            else:
                items.append(found)
    planned: list[Planned] = []
    for group in _groups(items, facts):
        first = group[0].payable
        notes = credits_of.get((first.supplier_id, first.gross.currency.code), [])
        made, over = _planned(group, notes, facts, rules)
        planned += made
        left += over
    used = {part.payable_id for one in planned for part in one.allocations}
    told = {one.payable_id for one in left}
    notes_left = [note for notes in credits_of.values() for note in notes if note.id not in used | told]
    left += [_left(note, "no_payment_to_reduce") for note in notes_left]
    return _limited(planned, left, rules)


def _obstacle(payable: Payable, facts: RunFacts, rules: RunRules) -> str:
    supplier, account = facts.suppliers.get(payable.supplier_id), facts.accounts.get(payable.supplier_id)
    code = (facts.stopped or {}).get(payable.id, "")
    if payable.hold is not None:
        code = payable.hold.kind.value
    elif payable.id in facts.postponed:
        code = "postponed"
    elif payable.open_amount.minor <= 0:
        code = "nothing_open"
    elif payable.id not in facts.approved:
        code = "not_approved"
    elif supplier is None or supplier.blocked:
        code = "supplier_blocked"
    elif account is None:
        code = "no_account"
    elif account.cooling_until is not None and account.cooling_until >= rules.today:
        code = code or ("" if payable.id in facts.extra_approved else "cooling_period")
    return code


def _item(payable: Payable, facts: RunFacts, rules: RunRules) -> _Item | LeftOut:
    supplier, account = facts.suppliers[payable.supplier_id], facts.accounts[payable.supplier_id]
    owed = payable.open_amount
    way = way_for(facts.own, account, owed, hurry=False)
    if way is None:
        return _left(payable, "no_way_to_pay")
    own = way.account
    closed, earliest, after = rules.closed[own.id], rules.earliest[own.id], rules.next_earliest[own.id]
    net_on = last_execution(payable.due_on, lead_days=own.travel_days, closed=closed)
    steps = [
        (step, last_execution(deadline_of(payable.issued_on, step), lead_days=own.travel_days, closed=closed))
        for step in payable.discounts
        if not payable.paid.minor
    ]
    discount = best_discount(steps, owed, earliest=earliest, net_on=net_on, cost_of_cash=rules.cost_of_cash)
    late = net_on < earliest
    cost = _cost_of_waiting(payable, discount, net_on, rules, own.id)
    pay_on = max(net_on if discount is None else discount.pay_on, earliest)
    if pay_on >= after and payable.id not in facts.wanted:
        detail = {"due_on": payable.due_on.isoformat(), "pay_on": pay_on.isoformat()}
        return _left(payable, "not_due", detail=detail)
    if late and way.may_hurry:
        way = way_for(facts.own, account, owed, hurry=True) or way
    pressing = late or supplier.risk is SupplierRisk.HIGH
    return _Item(payable, way, pay_on, discount, cost, pressing)


def _cost_of_waiting(
    payable: Payable, discount: DiscountChoice | None, net_on: date, rules: RunRules, own_id: str
) -> Money:
    """What it costs to pay at the next run: interest for the days it is late then, and a discount lost until then."""
    after = rules.next_earliest[own_id]
    days = max((after - max(net_on, rules.earliest[own_id])).days, 0)
    cost = interest(payable.open_amount, rules.late_interest, days)
    return cost if discount is None or discount.pay_on >= after else cost + discount.amount


def _groups(items: Iterable[_Item], facts: RunFacts) -> list[list[_Item]]:
    """Bring together what one payment pays: same payee, own account, instrument and currency, unless it goes alone."""
    groups: dict[tuple[int, str, str, str, int], list[_Item]] = {}
    for one in items:
        payable, way = one.payable, one.way
        alone = bool(payable.reference) or facts.suppliers[payable.supplier_id].single_payments
        key = (payable.supplier_id.int, way.account.id, way.instrument.value, payable.gross.currency.code)
        groups.setdefault((*key, payable.id.int if alone else -1), []).append(one)
    # Payments that can be reduced by credit notes come first, the greatest first, so that notes are used up.
    reducible = sorted(groups.items(), key=lambda entry: (bool(entry[1][0].payable.reference), entry[0]))
    return [group for _, group in reducible]


def _planned(
    group: list[_Item], notes: list[Payable], facts: RunFacts, rules: RunRules
) -> tuple[list[Planned], list[LeftOut]]:
    """Return the payment of a group less credit notes; nothing is paid to a supplier who owes us as much or more."""
    first = group[0]
    currency = first.payable.gross.currency
    total = sum((one.amount.minor for one in group), start=0)
    parts = [_part(one) for one in group]
    if notes and not first.payable.reference:
        owed_to_us = sum(note.open_amount.minor for note in notes)
        if owed_to_us >= total:
            return [], [_left(one.payable, "covered_by_credit") for one in group]
        nothing = Money(0, currency)
        parts += [Allocation(one.id, one.number, one.open_amount, nothing, credit=True) for one in notes]
        total -= owed_to_us
        notes.clear()
    supplier, account = facts.suppliers[first.payable.supplier_id], facts.accounts[first.payable.supplier_id]
    cost = sum((one.cost for one in group), start=Money(0, currency))
    made = Planned(
        supplier=supplier,
        account=account,
        way=first.way,
        execute_on=min(one.pay_on for one in group),
        amount=Money(total, currency),
        allocations=tuple(parts),
        reference=first.payable.reference,
        cost=cost,
        late=any(one.late for one in group),
        worth=planned_worth(Money(total, currency), Currency.of(first.way.account.account.currency), rules.rate_of),
    )
    return [made], []


def _part(one: _Item) -> Allocation:
    nothing = Money(0, one.payable.gross.currency)
    discount = nothing if one.discount is None else one.discount.amount
    return Allocation(one.payable.id, one.payable.number, one.amount, discount)


def _limited(planned: list[Planned], left: list[LeftOut], rules: RunRules) -> Choice:
    """Take out what the money does not reach for, account by account; other currencies count with their worth."""
    taken: set[int] = set(range(len(planned)))
    unknown: set[int] = set()
    for own_id, cash in sorted(rules.cash.items()):
        mine = [place for place, one in enumerate(planned) if one.way.account.id == own_id]
        # What nobody can count cannot be within a limit.
        unknown |= {place for place in mine if _leaves(planned[place]).currency != cash.currency}
        counted = [place for place in mine if place not in unknown]
        taken -= set(mine) - within([_wish(planned[place], place) for place in counted], cash.minor)
    for place, one in enumerate(planned):
        if place not in taken:
            left += _over_limit(one, "no_rate" if place in unknown else "cash_limit")
    kept = [one for place, one in enumerate(planned) if place in taken]
    kept.sort(
        key=lambda one: (one.way.account.id, one.way.instrument, one.execute_on, one.supplier.number, one.amount.minor)
    )
    return Choice(tuple(kept), tuple(left))


def _leaves(one: Planned) -> Money:
    return leaves(one.amount, one.worth)


def _wish(one: Planned, place: int) -> CashWish:
    """Return a payment in the account's own money, its cost by the same rate as its amount."""
    cost = one.cost if one.worth is None else one.worth.of(one.cost).amount
    return CashWish(_leaves(one).minor, cost.minor, one.late, place)


def _over_limit(one: Planned, code: str) -> list[LeftOut]:
    """Spread the cost of a payment that is left out over what it would have paid."""
    invoices = [part for part in one.allocations if not part.credit]
    shares = one.cost.allocate([part.amount.minor for part in invoices])
    costs = dict(zip((part.payable_id for part in invoices), shares, strict=True))
    return [
        LeftOut(part.payable_id, one.supplier.id, part.amount + part.discount, code, costs.get(part.payable_id))
        for part in one.allocations
    ]


def _left(payable: Payable, code: str, *, detail: Mapping[str, str] | None = None) -> LeftOut:
    return LeftOut(payable.id, payable.supplier_id, payable.open_amount, code, None, detail)
