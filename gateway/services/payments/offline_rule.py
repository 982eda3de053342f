"""What the till may offer while a terminal cannot reach its host: only what the shop's rule allows, with its risk."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.money import Money

HOST_AWAY_REASONS = frozenset(f"{end}_{code}" for end in ("declined", "cancelled") for code in ("7d", "9b", "a1", "a3"))
"""Reasons of ends that say a ZVT terminal did not reach its host (PA00P015 chapter 10): communication module, line to
the host, no answer from remote, no connection. Codes of other protocols carry a prefix and mean something else."""


class OfflineVerdict(StrEnum):
    """What may be offered."""

    NOT_ALLOWED = "not_allowed"
    """the shop has no floor limit for this currency"""
    OVER_LIMIT = "over_limit"
    """the amount is above the floor limit"""
    TOO_MANY = "too_many"
    """as many sales as allowed were taken since the host was heard"""
    NOT_COMMANDED = "not_commanded"
    """allowed by the shop, but this protocol has no command for it: the terminal decides by itself"""
    OFFER = "offer"


@dataclass(frozen=True, slots=True)
class OfflineOffer:
    """A verdict with what it rests on. ``limit``: floor limit of the currency, None without one."""

    verdict: OfflineVerdict
    limit: Money | None
    chip_only: bool


class OfflineRule:
    """The shop's rule for sales without the terminal's host."""

    def __init__(self, *, limits: Sequence[Money], number: int, chip_only: bool) -> None:
        """``limits``: one floor limit for each currency; ``number``: sales in a row until the host is heard again."""
        self._limits = {limit.currency.code: limit for limit in limits}
        self._number = number
        self._chip_only = chip_only

    @property
    def allows_any(self) -> bool:
        """Whether the shop allows anything at all."""
        return bool(self._limits)

    def offer(self, amount: Money, *, taken_in_a_row: int, protocol_commands: bool) -> OfflineOffer:
        """Return what may be offered for one sale; the first reason against it counts, in the order of the enum.

        Args:
            amount: of the sale.
            taken_in_a_row: sales taken without the host since it was heard last.
            protocol_commands: whether the terminal's protocol lets the till ask for a sale without the host.
        """
        limit = self._limits.get(amount.currency.code)
        verdict = OfflineVerdict.OFFER
        if limit is None:
            verdict = OfflineVerdict.NOT_ALLOWED
        elif amount.minor > limit.minor:
            verdict = OfflineVerdict.OVER_LIMIT
        elif taken_in_a_row >= self._number:
            verdict = OfflineVerdict.TOO_MANY
        elif not protocol_commands:
            verdict = OfflineVerdict.NOT_COMMANDED
        return OfflineOffer(verdict, limit, self._chip_only)


def host_is_away(reason_code: str | None) -> bool:
    """Return whether the reason of an attempt's end says that the terminal did not reach its host."""
    return reason_code in HOST_AWAY_REASONS
