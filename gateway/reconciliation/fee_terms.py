"""The fee of an acquirer, found from payouts that people confirmed: a share of the sum plus an amount a sale.

Only for an acquirer without fees on file: a contract that is on file is never overruled, for a fee that differs from
it is a task for a person.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.reconciliation.records import CardFee, Contracts

PAYOUTS_NEEDED = 3
PAYOUTS_KEPT = 12
"""The newest payouts of an acquirer; older ones are forgotten, so that new terms take their place."""
FORGOTTEN_DAYS = 180
BP_MAX = 600
FIXED_MAX = 100
BP_APART = 3
"""Terms so near to each other are the same: rounding hides which of them it is."""


@dataclass(frozen=True, slots=True)
class FeePaid:
    """A person said: this payout of card sales was short of this fee.

    Attributes:
        gross: sum of its sales that bear a fee, minor units, above 0.
        count: how many they are.
        fee: what was kept, minor units, not below 0.
        brands: card brands among them.
    """

    acquirer: str
    on: dt.date
    gross: int
    count: int
    fee: int
    brands: frozenset[str]


def fee_terms(payouts: Sequence[FeePaid]) -> CardFee | None:
    """Return the terms that explain the newest payouts to within the rounding of each sale; None when none do.

    Two sets of terms that both explain them are no knowledge: None.
    """
    if not payouts:
        return None
    last = max(one.on for one in payouts)
    recent = [one for one in payouts if (last - one.on).days <= FORGOTTEN_DAYS and one.count > 0]
    if len(recent) < PAYOUTS_NEEDED:
        return None
    found: list[CardFee] = []
    for bp in range(BP_MAX + 1):
        first = recent[0]
        about = (first.fee - first.gross * bp // 10_000) // first.count
        found += [
            CardFee(bp, fixed)
            for fixed in (about - 1, about, about + 1)
            if 0 <= fixed <= FIXED_MAX and all(_explains(bp, fixed, one) for one in recent)
        ]
    return min(found, key=lambda fee: _off(fee, recent)) if found and _agree(found) else None


def learned_contracts(contracts: Contracts, paid: Mapping[str, Sequence[FeePaid]]) -> Contracts:
    """Return the contracts, with learned fees where an acquirer has none on file."""
    if not paid:
        return contracts
    filled = []
    for contract in contracts.acquirers:
        payouts = paid.get(contract.acquirer, ())
        terms = None if contract.fees else fee_terms(payouts)
        brands = frozenset().union(*(one.brands for one in payouts))
        filled.append(contract if terms is None else replace(contract, fees=dict.fromkeys(sorted(brands), terms)))
    return replace(contracts, acquirers=tuple(filled))


def _explains(bp: int, fixed: int, paid: FeePaid) -> bool:
    # Each sale is rounded by at most half a unit, and these errors rarely add up: their spread grows with the root.
    return abs(10_000 * (paid.fee - fixed * paid.count) - paid.gross * bp) <= 10_000 * (1 + int(paid.count**0.5))


def _off(fee: CardFee, payouts: Sequence[FeePaid]) -> int:
    return sum(abs(10_000 * (one.fee - fee.fixed * one.count) - one.gross * fee.bp) for one in payouts)


def same_terms(one: CardFee, other: CardFee) -> bool:
    """Whether two sets of terms are the same, but for what rounding hides."""
    return abs(one.bp - other.bp) <= BP_APART and one.fixed == other.fixed


def _agree(found: Sequence[CardFee]) -> bool:
    """Whether all terms found are about the same; they come in the order of their shares."""
    return same_terms(found[0], found[-1]) and len({one.fixed for one in found}) == 1
