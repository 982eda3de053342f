"""What an import would do, row by row, and the digest that binds what is done to what was shown."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.errors import GatewayError, InputError
from gateway.domain.payables.import_fields import ImportKind

MESSAGE_MAX = 300


class Verdict(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row is refused. ``field``: named as in ``import_fields``, or empty."""

    field: str
    code: str
    message: str
    hint: str

    @classmethod
    def of(cls, error: GatewayError) -> "RowProblem":
        """Return what an error says."""
        place = error.pointer.strip("/") if isinstance(error, InputError) else ""
        return cls(place, error.code, error.message[:MESSAGE_MAX], error.hint)


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row. ``key``: what it is about; ``changes``: field to (before, now); ``account``: bank details asked for."""

    number: int
    key: str
    verdict: Verdict
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    account: str = ""
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A row with what doing it means; ``do``: None where there is nothing to do."""

    row: PlannedRow
    do: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. ``digest``: SHA-256 over the file and every row, hex."""

    kind: ImportKind
    rows: tuple[PlannedRow, ...]
    unknown_columns: tuple[str, ...]
    digest: str

    def count(self, verdict: Verdict) -> int:
        """Return how many rows have this verdict."""
        return sum(row.verdict is verdict for row in self.rows)


def plan_of(kind: ImportKind, content: bytes, rows: tuple[PlannedRow, ...], unknown: tuple[str, ...]) -> ImportPlan:
    """Return the plan over these rows; ``content``: what was read."""
    told = [
        [row.number, row.key, row.verdict.value, sorted(row.changes.items()), row.account, len(row.problems)]
        for row in rows
    ]
    canonical = json.dumps([kind.value, hashlib.sha256(content).hexdigest(), told], ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()
    return ImportPlan(kind, rows, unknown, digest)


def refused(number: int, key: str, error: GatewayError) -> Planned:
    """Return a row that is refused."""
    return Planned(PlannedRow(number, key, Verdict.REFUSED, problems=(RowProblem.of(error),)))
