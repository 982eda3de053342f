"""All that is certain, accepted at once: previewed first, and exactly what was previewed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.line_match import WRITE_OFF, LineMatch
from gateway.domain.errors import NotFound, RuleError
from gateway.domain.money import Currency, Money
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.decide_matches import DecideMatches
from gateway.services.bank.line_states import changed_meanwhile, place_of
from gateway.services.bank.read_lines import LineRow

SAMPLE = 20


@dataclass(frozen=True, slots=True)
class KindSum:
    """Certain proposals of one kind, with the sum of their lines."""

    kind: str
    count: int
    sum: Money


@dataclass(frozen=True, slots=True)
class CertainPreview:
    """What accepting all that is certain would do. ``token``: stands for exactly these proposals as they are now."""

    count: int
    kinds: tuple[KindSum, ...]
    sample: tuple[LineRow, ...]
    token: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """``left``: proposals that could not be accepted, such as when another line took an item first."""

    accepted: int
    left: int


class CertainMatches:
    """The certain proposals of one shop."""

    def __init__(self, *, storage: Storage, decide: DecideMatches, write_off_max: Money) -> None:
        """``write_off_max``: write-offs above it need a second person, and are left out here."""
        self._storage = storage
        self._decide = decide
        self._write_off_max = write_off_max

    def preview(self, caller: Caller, account: str | None, through: date | None) -> CertainPreview:
        """Tell what accepting everything certain would do; nothing changes."""
        caller.require(Permission.STATEMENTS_READ)
        place = place_of(caller)
        with self._storage.read() as unit:
            found = self._certain(unit, caller, account, through)
            sample: list[LineRow] = []
            sums: dict[tuple[str, Currency], list[int]] = {}
            for match in found:
                line = unit.bank_statements.line(*place, match.line_id)
                if line is None:
                    continue
                amount = line.facts.amount
                count = sums.setdefault((match.kind, amount.currency), [0, 0])
                count[0] += 1
                count[1] += amount.minor
                if len(sample) < SAMPLE:
                    sample.append(LineRow(line, match))
        kinds = tuple(
            KindSum(kind, count, Money(minor, currency))
            for (kind, currency), (count, minor) in sorted(sums.items(), key=lambda one: (one[0][0], one[0][1].code))
        )
        return CertainPreview(len(found), kinds, tuple(sample), _token(account, through, found))

    def accept(self, caller: Caller, token: str) -> Accepted:
        """Accept exactly what was previewed.

        Raises:
            RuleError: ``changed_meanwhile`` when it is not the same any more.
        """
        caller.require(Permission.STATEMENTS_WORK)
        account, through = _asked(token)
        with self._storage.read() as unit:
            found = self._certain(unit, caller, account, through)
        if _token(account, through, found) != token:
            raise changed_meanwhile()
        accepted = 0
        for match in found:
            try:
                self._decide.accept(caller, match.id, match.version)
            except (RuleError, NotFound):
                continue
            accepted += 1
        return Accepted(accepted, len(found) - accepted)

    def _certain(
        self, unit: UnitOfWork, caller: Caller, account: str | None, through: date | None
    ) -> tuple[LineMatch, ...]:
        found = unit.line_matches.certain(*place_of(caller), account=account, through=through)
        # What needs a second person is nothing to accept in passing.
        return tuple(one for one in found if one.kind != WRITE_OFF or not _above(one, self._write_off_max))


def _above(match: LineMatch, limit: Money) -> bool:
    return any(
        one.amount.currency != limit.currency or abs(one.amount.minor) > limit.minor for one in match.adjustments
    )


def _token(account: str | None, through: date | None, found: Sequence[LineMatch]) -> str:
    """Return what stands for these proposals: the choice in words, and a digest of each with its version."""
    told = "\n".join(f"{one.id} {one.version}" for one in found)
    choice = f"{account or ''}|{through.isoformat() if through else ''}"
    return f"{hashlib.sha256(told.encode()).hexdigest()}|{choice}"


def _asked(token: str) -> tuple[str | None, date | None]:
    parts = token.split("|")
    if len(parts) != 3:
        raise changed_meanwhile()
    try:
        return parts[1] or None, date.fromisoformat(parts[2]) if parts[2] else None
    except ValueError as error:
        raise changed_meanwhile() from error
