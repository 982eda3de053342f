"""Several lines and several items, matched at once: which line settles what. Pure; exact to the cent."""

from collections.abc import Sequence

from gateway.domain.bank.bank_statement import StatementLine
from gateway.domain.bank.line_match import Allocation, MatchAdjustment, check_sum
from gateway.domain.errors import RuleError
from gateway.domain.money import Money

Share = tuple[tuple[Allocation, ...], tuple[MatchAdjustment, ...]]


def shares_of(
    lines: Sequence[StatementLine], allocations: Sequence[Allocation], adjustments: Sequence[MatchAdjustment]
) -> tuple[Share, ...]:
    """Return what each line settles: lines are filled in their order with items in their order, then adjustments.

    Amounts against the direction of the lines (credit notes, discounts) go with the last line they fit.

    Raises:
        RuleError: ``match_not_complete``, ``match_several_currencies``.
    """
    if len(lines) == 1:
        return ((tuple(allocations), tuple(adjustments)),)
    currency = lines[0].facts.amount.currency
    amounts = [line.facts.amount for line in lines]
    if any(one.currency != currency for one in (*amounts, *(part.amount for part in allocations))):
        hint = "Match lines and items of one currency at a time."
        raise RuleError("match_several_currencies", "The lines or items have several currencies.", hint)
    total = sum(amounts, start=Money(0, currency))
    check_sum(total, allocations, adjustments)
    sign = 1 if total.minor > 0 else -1
    # What goes the other way is taken off the first: what is left of each part then adds up in one direction.
    parts: list[Allocation | MatchAdjustment] = [*allocations, *adjustments]
    waiting = [(part, part.amount.minor * sign) for part in parts]
    waiting.sort(key=lambda one: one[1] < 0)
    shares: list[tuple[list[Allocation], list[MatchAdjustment]]] = [([], []) for _ in lines]
    room = [amount.minor * sign for amount in amounts]
    for part, minor in reversed(waiting):
        _fill(part, minor, room, shares, sign)
    return tuple((tuple(items), tuple(rest)) for items, rest in shares)


def _fill(
    part: Allocation | MatchAdjustment,
    minor: int,
    room: list[int],
    shares: list[tuple[list[Allocation], list[MatchAdjustment]]],
    sign: int,
) -> None:
    """Put one part on the lines that have room; one below zero makes room on the first."""
    for at in range(len(room)):
        put = minor if minor < 0 else min(minor, max(room[at], 0))
        if at == len(room) - 1:
            put = minor
        if not put:
            continue
        amount = Money(put * sign, part.amount.currency)
        if isinstance(part, Allocation):
            shares[at][0].append(Allocation(part.item_id, amount))
        else:
            shares[at][1].append(MatchAdjustment(part.name, amount, part.account_code))
        room[at] -= put
        minor -= put
        if not minor:
            return
