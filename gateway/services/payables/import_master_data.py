"""Imports suppliers, orders, receipts and codes: first a dry run, then exactly what it showed, all or nothing."""

import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, RuleError
from gateway.domain.payables.import_fields import FIELDS, Cells, ImportKind, columns_of, decimal_mark
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.master_source import MasterSource
from gateway.ports.table_reader import TableReader
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.import_columns import named_in
from gateway.services.payables.import_orders import PlanOrders, PlanReceipts
from gateway.services.payables.import_plan import ImportPlan, Planned, Verdict, plan_of
from gateway.services.payables.import_rows import Job, Planner, Row
from gateway.services.payables.import_suppliers import PlanSuppliers, plan_cost_centres, plan_tax_codes

_log = logging.getLogger(__name__)

PROGRESS_KEPT = 100
"""Imports whose progress is remembered; the oldest is forgotten first."""
FILE, ERP = "import", "erp"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. ``step``: ``reading``, ``checking``, ``storing`` or ``done``; ``unknown`` for none."""

    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file to import. ``progress_id``: made by the client, under which progress is told."""

    kind: ImportKind
    name: str
    data: bytes
    progress_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull from another system did. ``cursor``: where the next one begins; ``refused``: what stopped it."""

    pages: int
    stored: int
    cursor: str
    refused: ImportPlan | None = None


@dataclass(frozen=True, slots=True)
class _Given:
    """Rows to plan, with what the digest covers."""

    kind: ImportKind
    rows: tuple[Row, ...]
    unknown: tuple[str, ...]
    content: bytes
    reason: str
    source: str
    progress_id: uuid.UUID


class ImportMasterData:
    """Imports into the caller's store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        reader: TableReader,
        suppliers: PlanSuppliers,
        orders: PlanOrders,
        receipts: PlanReceipts,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._reader = reader
        self._planners: Mapping[ImportKind, Planner] = {
            ImportKind.SUPPLIERS: suppliers,
            ImportKind.ORDERS: orders,
            ImportKind.RECEIPTS: receipts,
            ImportKind.TAX_CODES: plan_tax_codes,
            ImportKind.COST_CENTRES: plan_cost_centres,
        }
        self._lock = threading.Lock()
        self._progress: OrderedDict[tuple[str, str, uuid.UUID], Progress] = OrderedDict()

    def plan(self, caller: Caller, file: TableFile) -> ImportPlan:
        """Return what the file would do; nothing is stored.

        Raises:
            NotPermitted: without ``payables:work``.
            InputError: ``unreadable_table``, ``table_too_large``, ``table_empty``, ``columns_missing``,
                ``column_repeated``.
        """
        caller.require(Permission.PAYABLES_WORK)
        given = self._read(caller, file)
        with self._storage.read() as unit:
            found = self._planned(unit, caller, given)
        self._tell(caller, file.progress_id, Progress("done", len(given.rows), len(given.rows)))
        return _plan(given, found)

    def apply(self, caller: Caller, file: TableFile, digest: str) -> ImportPlan:
        """Do exactly what the dry run with this digest showed, in one unit.

        Raises:
            RuleError: ``import_changed`` when it would do something else now, ``import_refused`` with refused rows.
            InputError: as :meth:`plan`.
        """
        caller.require(Permission.PAYABLES_WORK)
        return self._apply(caller, self._read(caller, file), digest)

    def pull(self, caller: Caller, source: MasterSource, kind: ImportKind, cursor: str = "") -> Pulled:
        """Take over what another system knows, page by page; each page all or nothing, the first refused one stops.

        Raises:
            OperationalError: ``erp_unavailable``.
        """
        caller.require(Permission.PAYABLES_WORK)
        pages = stored = 0
        while True:
            page = source.fetch(kind, cursor)
            given = _pulled(kind, page.rows, source.name)
            with self._storage.read() as unit:
                plan = _plan(given, self._planned(unit, caller, given))
            if plan.count(Verdict.REFUSED):
                return Pulled(pages, stored, cursor, plan)
            self._apply(caller, given, plan.digest)
            pages, stored = pages + 1, stored + plan.count(Verdict.NEW) + plan.count(Verdict.CHANGED)
            if page.next_cursor is None or page.next_cursor == cursor:
                return Pulled(pages, stored, page.next_cursor or cursor)
            cursor = page.next_cursor

    def progress(self, caller: Caller, progress_id: uuid.UUID) -> Progress:
        """Return how far an import of this node is."""
        caller.require(Permission.PAYABLES_WORK)
        with self._lock:
            return self._progress.get(_key(caller, progress_id), Progress("unknown", 0, 0))

    def _apply(self, caller: Caller, given: _Given, digest: str) -> ImportPlan:
        def work(unit: UnitOfWork) -> ImportPlan:
            found = self._planned(unit, caller, given)
            plan = _plan(given, found)
            if plan.count(Verdict.REFUSED):
                hint = "Correct the refused rows, then look at a new dry run."
                raise RuleError("import_refused", "Some rows are refused: nothing was stored.", hint)
            if plan.digest != digest:
                message = "The import would not do any more what was shown: nothing was stored."
                raise RuleError("import_changed", message, "Look at a new dry run.")
            doing = [one.do for one in found if one.do is not None]
            for number, do in enumerate(doing):
                self._tell(caller, given.progress_id, Progress("storing", number, len(doing)))
                do()
            return plan

        plan = self._storage.write_retrying(work)
        total = len(given.rows)
        self._tell(caller, given.progress_id, Progress("done", total, total))
        log_event(_log, "master_data.imported", kind=given.kind, rows=total, digest=digest, actor=caller.name)
        return plan

    def _read(self, caller: Caller, file: TableFile) -> _Given:
        self._tell(caller, file.progress_id, Progress("reading", 0, 0))
        table = self._reader.read(file.data)
        if not table:
            raise InputError("table_empty", "The table holds nothing.", "The first row holds the headings.")
        with self._storage.read() as unit:
            named = named_in(unit, caller, file.kind, table[0].cells)
        columns, unknown = columns_of(file.kind, table[0].cells, named)
        texts = [
            (row.number, {name: row.cells[at] if at < len(row.cells) else "" for name, at in columns.items()})
            for row in table[1:]
        ]
        rows = _rows(file.kind, texts)
        return _Given(file.kind, rows, unknown, file.data, file.name, FILE, file.progress_id)

    def _planned(self, unit: UnitOfWork, caller: Caller, given: _Given) -> tuple[Planned, ...]:
        total, done = len(given.rows), 0

        def count() -> None:
            nonlocal done
            done += 1
            self._tell(caller, given.progress_id, Progress("checking", done, total))

        at = self._clock.now()
        return self._planners[given.kind](Job(unit, caller, given.rows, at, given.reason, given.source, count))

    def _tell(self, caller: Caller, progress_id: uuid.UUID, progress: Progress) -> None:
        key = _key(caller, progress_id)
        with self._lock:
            self._progress[key] = progress
            self._progress.move_to_end(key)
            while len(self._progress) > PROGRESS_KEPT:
                self._progress.popitem(last=False)


def _plan(given: _Given, found: Sequence[Planned]) -> ImportPlan:
    return plan_of(given.kind, given.content, tuple(one.row for one in found), given.unknown)


def _pulled(kind: ImportKind, rows: Sequence[Mapping[str, str]], name: str) -> _Given:
    known = {field.name for field in FIELDS[kind]}
    texts = [({field: text for field, text in row.items() if field in known}) for row in rows]
    content = repr([sorted(row.items()) for row in rows]).encode()
    numbered = list(enumerate(texts, start=1))
    return _Given(kind, _rows(kind, numbered, mark="."), (), content, name, ERP, uuid.uuid4())


def _rows(kind: ImportKind, texts: Iterable[tuple[int, Mapping[str, str]]], mark: str = "") -> tuple[Row, ...]:
    numbers = [field.name for field in FIELDS[kind] if field.number]
    found = list(texts)
    used = mark or decimal_mark(row[name] for _, row in found for name in numbers if name in row)
    return tuple(Row(number, Cells(row, used)) for number, row in found)


def _key(caller: Caller, progress_id: uuid.UUID) -> tuple[str, str, uuid.UUID]:
    return caller.tenant_id, caller.store_id, progress_id
