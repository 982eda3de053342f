"""How lines without an order are booked.

By the contract they belong to, by a rule people agreed to, by the supplier's usual account. What has none of these
waits for a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.domain.money import Money
from gateway.domain.payables.coding import Coding, CodingRule, rule_for
from gateway.domain.payables.contract_terms import (
    Contract,
    ContractFinding,
    ContractUse,
    check_contract,
    contracts_for,
    period_of,
)
from gateway.domain.payables.matching import BESIDE_GOODS
from gateway.domain.payables.matching_result import Check, Issue, LineMatch, PayableMatch, Reason, Role
from gateway.domain.payables.matching_tolerances import Tolerances, limit_minor
from gateway.domain.payables.payable import Payable, PayableKind, PayableLine
from gateway.domain.payables.supplier import Supplier

_RELATED = 2
"""A contract without words of its own is meant only by amounts between half and double its price."""


@dataclass(frozen=True, slots=True)
class CodingBasis:
    """What lines of one supplier are coded by. ``uses``: of each contract, without those of the payable itself."""

    supplier: Supplier | None
    rules: Sequence[CodingRule]
    contracts: Sequence[Contract]
    uses: Mapping[Contract, Sequence[ContractUse]]


@dataclass(frozen=True, slots=True)
class BilledPeriod:
    """What a payable bills of a contract; negative gives back."""

    contract: Contract
    period_no: int
    amount: Money


def code_open_lines(
    payable: Payable, lines: Sequence[PayableLine], match: PayableMatch, basis: CodingBasis, tolerances: Tolerances
) -> tuple[PayableMatch, BilledPeriod | None]:
    """Return the match with its open lines coded, and what it bills of a contract.

    A line that was sent with an account keeps it. Lines that stay open get the exception ``not_coded``.

    Args:
        payable: with these lines.
        lines: as matched.
        match: what was compared with orders.
        basis: of the payable's supplier.
        tolerances: of the house.
    """
    by_number = {line.line_no: line for line in lines}
    with_goods = any(one.role is Role.GOODS for one in match.lines)
    waiting = [one for one in match.lines if _is_open(one, with_goods=with_goods)]
    billed = _contract_of(payable, [by_number[one.line_no] for one in waiting], basis, tolerances)
    coded = []
    for one in match.lines:
        if not _is_open(one, with_goods=with_goods):
            coded.append(_booked(_beside_goods(one, by_number, basis), basis.supplier))
        elif billed is not None:
            coded.append(_by_contract(one, billed, first=one is waiting[0]))
        else:
            coded.append(_by_rule(one, by_number[one.line_no], basis))
    return PayableMatch(tuple(coded)), None if billed is None else billed.period


def _is_open(one: LineMatch, *, with_goods: bool) -> bool:
    if one.line_no == 0 or one.coding is not None:
        return False
    return one.role is Role.OPEN or (one.role in BESIDE_GOODS and not with_goods)


def _beside_goods(one: LineMatch, lines: Mapping[int, PayableLine], basis: CodingBasis) -> LineMatch:
    """Freight, surcharges and discounts go where a rule in use says for them, else where their goods go."""
    line = lines.get(one.line_no)
    if line is None or one.role not in BESIDE_GOODS or line.account_code:
        return one
    rule = rule_for(basis.rules, line.text, line.amount)
    return one if rule is None else replace(one, reason=Reason.RULE, coding=rule.coding, source=str(rule.id))


def _booked(one: LineMatch, supplier: Supplier | None) -> LineMatch:
    """Goods whose order names no account go to the supplier's usual one, if it has any."""
    if one.role is Role.OPEN and one.coding is not None and one.line_no:
        return replace(one, role=Role.CODED, reason=Reason.AS_SENT)
    if one.line_no and one.coding is None and one.role is not Role.UNPAIRED:
        return replace(one, coding=_usual(supplier))
    return one


@dataclass(frozen=True, slots=True)
class _Billing:
    period: BilledPeriod
    findings: tuple[ContractFinding, ...]


def _contract_of(
    payable: Payable, lines: Sequence[PayableLine], basis: CodingBasis, tolerances: Tolerances
) -> _Billing | None:
    """Return the one contract these lines bill, None where none or two equally good ones fit."""
    if not lines:
        return None
    currency = payable.net.currency
    sign = -1 if payable.kind is PayableKind.CREDIT_NOTE else 1
    amount = Money(sum(line.amount.minor for line in lines) * sign, currency)
    text = " ".join((payable.number, payable.reference, *(line.text for line in lines)))
    fitting, unfit = [], []
    for contract in contracts_for(basis.contracts, payable.supplier_id, text):
        price = contract.price
        if price.currency != currency:
            continue
        findings = check_contract(
            contract,
            basis.uses.get(contract, ()),
            amount,
            payable.issued_on,
            over_minor=limit_minor(tolerances.contract_over, price.minor, currency),
            under_minor=limit_minor(tolerances.contract_under, price.minor, currency),
        )
        billing = _Billing(BilledPeriod(contract, period_of(contract, payable.issued_on), amount), findings)
        if not findings:
            fitting.append(billing)
        elif contract.words or price.minor <= abs(amount.minor) * _RELATED <= price.minor * _RELATED * _RELATED:
            unfit.append(billing)
    found = fitting or unfit
    return found[0] if len(found) == 1 else None


def _by_contract(one: LineMatch, billed: _Billing, *, first: bool) -> LineMatch:
    """The findings of a contract stand at the first of its lines: once, not once for each line."""
    told = billed.findings if first else ()
    checks = [
        Check(Issue.CONTRACT, False, found.expected, found.actual, found.limit, found.issue.value) for found in told
    ]
    contract = billed.period.contract
    return replace(
        one,
        role=Role.CODED,
        reason=Reason.CONTRACT,
        coding=contract.coding,
        source=str(contract.id),
        checks=(*one.checks, *checks),
    )


def _by_rule(one: LineMatch, line: PayableLine, basis: CodingBasis) -> LineMatch:
    rule = rule_for(basis.rules, line.text, line.amount)
    if rule is not None:
        return replace(one, role=Role.CODED, reason=Reason.RULE, coding=rule.coding, source=str(rule.id))
    usual = _usual(basis.supplier)
    if usual is not None:
        return replace(one, role=Role.CODED, reason=Reason.SUPPLIER_DEFAULT, coding=usual)
    check = Check(Issue.NOT_CODED, False, "", line.amount.to_decimal())
    return replace(one, role=Role.OPEN, checks=(*one.checks, check))


def _usual(supplier: Supplier | None) -> Coding | None:
    if supplier is None or not supplier.default_account_code:
        return None
    return Coding(supplier.default_account_code, supplier.default_cost_centre, supplier.default_tax_code)
