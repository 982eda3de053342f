"""Which people have to approve a payable: rules as data, and what they ask together.

Every rule that fits asks for its approvals, and all of them have to be given: a narrow rule adds to a wide one and
never weakens it. Where no rule fits, the house's usual number of approvers is asked.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.access import Role
from gateway.domain.errors import InputError
from gateway.domain.ids import PersonId, SupplierId
from gateway.domain.payables.payable import Payable
from gateway.domain.payables.signs import NEEDS_A_PERSON, FoundSigns, Risk, SignKind, at_least

RULES_MAX = 200
APPROVERS_MAX = 5
"""More than five signatures on one invoice is a mistake in the rule rather than care."""

USUAL = "usual"
NOBODY_IS_NOT_ENOUGH = "needs_a_person"
COOLING = "cooling"


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """One rule. A condition that is empty or None fits everything.

    ``currency`` with ``from_minor`` (at least) and ``below_minor`` (less than): gross amount in minor units;
    ``cost_centre``: of any line; ``risk``: at least; ``sign``: is present; ``approvers``: different people, 0 for none;
    ``roles``, ``person_ids``: who counts, empty: everybody who may approve.
    """

    id: uuid.UUID
    name: str
    approvers: int
    position: int = 0
    active: bool = True
    currency: str = ""
    from_minor: int | None = None
    below_minor: int | None = None
    supplier_id: SupplierId | None = None
    cost_centre: str = ""
    risk: Risk | None = None
    sign: SignKind | None = None
    roles: tuple[Role, ...] = ()
    person_ids: tuple[PersonId, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class Demand:
    """So many different people of these have to approve. ``rule``: its name, or what of the house asks for it."""

    rule: str
    approvers: int
    roles: tuple[Role, ...] = ()
    person_ids: tuple[PersonId, ...] = ()

    def accepts(self, person_id: PersonId, role: Role) -> bool:
        """Return whether this person counts for it."""
        if not self.roles and not self.person_ids:
            return True
        return person_id in self.person_ids or role in self.roles


def checked_rule(rule: ApprovalRule) -> ApprovalRule:
    """Return the rule.

    Raises:
        InputError: ``invalid_approval_rule``, with the field that is wrong.
    """
    if not rule.name.strip():
        raise _wrong("A rule needs a name.", "/name")
    if not 0 <= rule.approvers <= APPROVERS_MAX:
        raise _wrong(f"Between 0 and {APPROVERS_MAX} people can be asked.", "/approvers")
    bounds = (rule.from_minor, rule.below_minor)
    if any(bound is not None for bound in bounds) and not rule.currency:
        raise _wrong("Amounts need a currency.", "/currency")
    if any(bound is not None and bound < 0 for bound in bounds):
        raise _wrong("Amounts are not negative.", "/from")
    if rule.from_minor is not None and rule.below_minor is not None and rule.from_minor >= rule.below_minor:
        raise _wrong("The amount ends before it begins.", "/below")
    if rule.person_ids and not rule.roles and rule.approvers > len(set(rule.person_ids)):
        raise _wrong("It asks for more people than it names.", "/approvers")
    return rule


def fits(rule: ApprovalRule, payable: Payable, found: FoundSigns) -> bool:
    """Return whether a rule is about this payable."""
    gross = payable.gross
    return (
        rule.active
        and rule.currency in ("", gross.currency.code)
        and (rule.from_minor is None or gross.minor >= rule.from_minor)
        and (rule.below_minor is None or gross.minor < rule.below_minor)
        and rule.supplier_id in (None, payable.supplier_id)
        and (not rule.cost_centre or any(line.cost_centre == rule.cost_centre for line in payable.lines))
        and (rule.risk is None or at_least(found.risk, rule.risk))
        and (rule.sign is None or found.has(rule.sign))
    )


def demands_of(rules: Sequence[ApprovalRule], payable: Payable, found: FoundSigns, *, usual: int) -> tuple[Demand, ...]:
    """Return what has to be given together before a payable is approved; empty when nobody is asked.

    Args:
        rules: all of the store.
        payable: the payable.
        found: its signs as of now.
        usual: approvers where no rule fits, >= 0.
    """
    fitting = [rule for rule in rules if fits(rule, payable, found)]
    demands = [Demand(rule.name, rule.approvers, rule.roles, rule.person_ids) for rule in fitting]
    if not fitting:
        demands.append(Demand(USUAL, usual))
    most = max(demand.approvers for demand in demands)
    if most == 0 and any(sign.kind in NEEDS_A_PERSON for sign in found.signs):
        demands.append(Demand(NOBODY_IS_NOT_ENOUGH, 1))
        most = 1
    if found.has(SignKind.COOLING):
        demands.append(Demand(COOLING, most + 1))
    return tuple(demand for demand in demands if demand.approvers)


def _wrong(message: str, pointer: str) -> InputError:
    return InputError("invalid_approval_rule", message, "Correct the rule and store it again.", pointer)
