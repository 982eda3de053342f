"""What the planners of imports share: the rows they get, and what they need to plan and do them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.access import Caller
from gateway.domain.payables.import_fields import Cells
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.import_plan import Planned


@dataclass(frozen=True, slots=True)
class Row:
    """One row to plan. ``number``: as the file counts."""

    number: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class Job:
    """One import. ``reason``: for journals; ``source``: of bank details; ``count``: told after each row."""

    unit: UnitOfWork
    caller: Caller
    rows: Sequence[Row]
    at: datetime
    reason: str
    source: str
    count: Callable[[], None]

    def counted(self) -> Iterable[Row]:
        """Return the rows one by one, counting those that are done."""
        for row in self.rows:
            yield row
            self.count()


Planner = Callable[[Job], tuple[Planned, ...]]
