"""The database as the services see it: ``SqlStorage`` opens units of work on SQLite or PostgreSQL."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.adapters.db.access.access_store import SqlAccessStore
from gateway.adapters.db.bank.settlement_unit import SettlementUnit
from gateway.adapters.db.bank.statement_unit import StatementUnit
from gateway.adapters.db.device_store import SqlDeviceStore
from gateway.adapters.db.direct_postgresql import DirectConnections, NotRun
from gateway.adapters.db.documents.document_unit import DocumentUnit
from gateway.adapters.db.engine import (
    database_url,
    postgresql_engine,
    sqlite_path,
    sqlite_reader_engine,
    sqlite_writer_engine,
)
from gateway.adapters.db.erp.erp_unit import ErpUnit
from gateway.adapters.db.group_commit import GROUP_MAX, GroupCommit, commit_in_doubt
from gateway.adapters.db.ledger_store import SqlLedgerStore
from gateway.adapters.db.outbox_store import SqlOutboxStore
from gateway.adapters.db.outward.change_store import SqlChangeStore
from gateway.adapters.db.outward.outward_queue import SqlOutwardStore
from gateway.adapters.db.outward.outward_store import SqlReceiptLinkStore, SqlWebhookStore
from gateway.adapters.db.paper.paper_unit import PaperUnit
from gateway.adapters.db.payables.payable_unit import PayableUnit
from gateway.adapters.db.payments.payment_store import SqlPaymentStore
from gateway.adapters.db.payments.recording_in_group import RecordingInGroup
from gateway.adapters.db.payments.recording_together import RecordingTogether
from gateway.adapters.db.payments.refund_store import SqlRefundStore
from gateway.adapters.db.payments.terminal_unit import TerminalUnit
from gateway.adapters.db.process_lock import ProcessLock
from gateway.adapters.db.sales.catalogue_store import SqlCatalogueStore
from gateway.adapters.db.sales.counter_store import SqlDisplayStore, SqlParkedStore
from gateway.adapters.db.sales.sale_store import SqlSaleStore
from gateway.adapters.db.shifts.shift_unit import ShiftUnit
from gateway.adapters.db.statements import RETRY_STATES, Statements, sqlstate, translated
from gateway.domain.cards.payment import EXACT, Attempt, TransactionNumbers
from gateway.domain.errors import OperationalError
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Conclusion, Intent, UnitOfWork

T = TypeVar("T")

RUNS_MAX = 5
"""Times a unit is run before a conflict is told; conflicts of short units end after one or two."""
CONFLICT = "database_conflict"


class SqlUnitOfWork(
    DocumentUnit, ErpUnit, PayableUnit, PaperUnit, SettlementUnit, StatementUnit, TerminalUnit, ShiftUnit
):
    """One transaction."""

    __slots__ = ("_clock", "_statements")

    def __init__(self, statements: Statements, clock: Clock) -> None:
        self._statements = statements
        self._clock = clock

    @property
    def payments(self) -> SqlPaymentStore:
        """Payments and attempts."""
        return SqlPaymentStore(self._statements, self._clock)

    @property
    def refunds(self) -> SqlRefundStore:
        """Refunds."""
        return SqlRefundStore(self._statements)

    @property
    def sales(self) -> SqlSaleStore:
        """Till sales, their tenders, and what was given back."""
        return SqlSaleStore(self._statements)

    @property
    def devices(self) -> SqlDeviceStore:
        """Devices and leases."""
        return SqlDeviceStore(self._statements)

    @property
    def webhooks(self) -> SqlWebhookStore:
        """Endpoints of webhooks."""
        return SqlWebhookStore(self._statements)

    @property
    def outward(self) -> SqlOutwardStore:
        """Queues of the systems outside."""
        return SqlOutwardStore(self._statements)

    @property
    def changes(self) -> SqlChangeStore:
        """The change feed."""
        return SqlChangeStore(self._statements)

    @property
    def receipt_links(self) -> SqlReceiptLinkStore:
        """Links to receipts."""
        return SqlReceiptLinkStore(self._statements)

    @property
    def outbox(self) -> SqlOutboxStore:
        """Messages to deliver."""
        return SqlOutboxStore(self._statements)

    @property
    def ledger(self) -> SqlLedgerStore:
        """The ledger."""
        return SqlLedgerStore(self._statements)

    @property
    def access(self) -> SqlAccessStore:
        """People, sessions and keys."""
        return SqlAccessStore(self._statements)

    @property
    def catalogue(self) -> SqlCatalogueStore:
        """Items for sale."""
        return SqlCatalogueStore(self._statements)

    @property
    def parked(self) -> SqlParkedStore:
        """Sales put aside."""
        return SqlParkedStore(self._statements)

    @property
    def displays(self) -> SqlDisplayStore:
        """Customer displays."""
        return SqlDisplayStore(self._statements)


class _Recording(Protocol):
    """The two commits of a sale by a faster way than a unit of work."""

    def intent(self, intent: Intent) -> tuple[int, TransactionNumbers] | None:
        """Store the intent of a new sale; None: nothing is stored, take the ordinary way."""

    def conclusion(self, conclusion: Conclusion) -> int | None:
        """Store a conclusion. Raises NotRun: nothing is stored, take the ordinary way."""


class _Database(Protocol):
    """What differs between the two databases."""

    @property
    def units(self) -> int: ...

    @property
    def commits(self) -> int: ...

    @property
    def recording(self) -> _Recording:
        """For the two commits of a sale."""

    def write(self) -> AbstractContextManager[Statements]: ...

    def read(self) -> AbstractContextManager[Statements]: ...

    def close(self) -> None: ...


class SqlStorage:
    """Storage in one database; the schema must be up to date (:mod:`gateway.adapters.db.schema`).

    Attributes:
        url: the address, without its password when shown.
    """

    def __init__(self, url: str, clock: Clock, *, group_max: int = GROUP_MAX) -> None:
        """Open the database.

        Args:
            url: ``sqlite:///path`` or ``postgresql://user@host/name``.
            clock: for journal lines the store writes by itself.
            group_max: SQLite only: units that may share one commit; 1 makes a plain write lock.

        Raises:
            ConfigurationError: ``unsupported_database``, ``missing_driver``, ``database_in_use`` (another process holds
                the SQLite file) or ``database_not_writable``.
            OperationalError: ``database_unavailable`` when an SQLite file cannot be opened.
        """
        self._clock = clock
        self.url = database_url(url)
        if self.url.get_backend_name() == "sqlite":
            self._database: _Database = _Sqlite(self.url, group_max)
        else:
            self._database = _Postgresql(self.url, clock)

    @property
    def units(self) -> int:
        """Return how many units of work were written since the start."""
        return self._database.units

    @property
    def commits(self) -> int:
        """Return how many durable commits that took: on SQLite several units may share one."""
        return self._database.commits

    def close(self) -> None:
        """Close all connections and give the lock file back."""
        self._database.close()

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Open a transaction that may write; leaves after the commit is durable.

        Raises:
            OperationalError: ``database_unavailable``, ``database_busy``, ``database_conflict`` (nothing is stored), or
                ``commit_in_doubt`` (it may be stored).
            RuntimeError: an error of a statement was caught inside the block and the block went on.
        """
        with self._database.write() as statements:
            yield SqlUnitOfWork(statements, self._clock)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a transaction that only reads: one consistent snapshot with every commit before it.

        Raises:
            OperationalError: ``database_unavailable`` or ``database_busy``.
        """
        with self._database.read() as statements:
            yield SqlUnitOfWork(statements, self._clock)

    def record_intent(self, intent: Intent) -> Attempt:
        """Store an intent as a unit of its own: on PostgreSQL one round trip where nothing is in the way.

        Raises:
            GatewayError: as ``PaymentStore.record_intent`` and :meth:`write`.
        """
        plain = intent.payment is None or intent.payment.terms == EXACT
        stored = self._database.recording.intent(intent) if plain else None
        if stored is not None:
            return replace(intent.attempt, epoch=stored[0], baseline=stored[1])
        with self.write() as unit:
            return unit.payments.record_intent(intent)

    def record_conclusion(self, conclusion: Conclusion) -> int | None:
        """Store a conclusion as a unit of its own: on PostgreSQL one round trip.

        Raises:
            GatewayError: as ``PaymentStore.record_conclusion`` and :meth:`write`.
        """
        with contextlib.suppress(NotRun):
            return self._database.recording.conclusion(conclusion)
        with self.write() as unit:
            return unit.payments.record_conclusion(conclusion)

    def write_retrying(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in a write transaction, at most five times while the database reports a conflict.

        Raises:
            OperationalError: as :meth:`write`; ``database_conflict`` after the last run.
        """
        for _ in range(RUNS_MAX - 1):
            try:
                with self.write() as unit:
                    return work(unit)
            except OperationalError as error:
                if error.code != CONFLICT:
                    raise
        with self.write() as unit:
            return work(unit)


class _Sqlite:
    """One writer with group commit, readers beside it on their own connections."""

    def __init__(self, url: URL, group_max: int) -> None:
        self._lock = ProcessLock(sqlite_path(url))
        self._writer_engine = sqlite_writer_engine(url)
        self._reader_engine = sqlite_reader_engine(url)
        try:
            self._writer = GroupCommit(self._writer_engine, group_max=group_max)
        except BaseException:
            self._lock.close()
            raise
        self.recording: _Recording = RecordingInGroup(self._writer, together_max=group_max)

    @property
    def units(self) -> int:
        return self._writer.units

    @property
    def commits(self) -> int:
        return self._writer.commits

    def write(self) -> AbstractContextManager[Statements]:
        return self._writer.unit()

    @contextmanager
    def read(self) -> Iterator[Statements]:
        connection = _connect(self._reader_engine)
        try:
            connection.exec_driver_sql("BEGIN")
            yield Statements(connection)
        except SQLAlchemyError as error:
            raise translated(error) from error
        finally:
            # Ends the snapshot: the pool rolls back what it takes back.
            connection.close()

    def close(self) -> None:
        self._writer.close()
        self._writer_engine.dispose()
        self._reader_engine.dispose()
        self._lock.close()


class _Postgresql:
    """One pooled connection for each unit."""

    def __init__(self, url: URL, clock: Clock) -> None:
        self._engine = postgresql_engine(url, clock)
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._counting = threading.Lock()
        self._direct = DirectConnections(self._engine, clock)
        self.recording: _Recording = RecordingTogether(self._direct, self._count_commit)
        self.units = 0
        self.commits = 0

    def _count_commit(self, units: int = 1) -> None:
        with self._counting:
            self.units += units
            self.commits += 1

    @contextmanager
    def write(self) -> Iterator[Statements]:
        connection = _connect(self._engine)
        connection.begin()
        statements = Statements(connection)
        try:
            yield statements
            statements.check()
            _commit(connection)
            self._count_commit()
        finally:
            self._give_back(connection, statements)

    @contextmanager
    def read(self) -> Iterator[Statements]:
        connection = _connect(self._reading)
        statements = Statements(connection)
        try:
            yield statements
        finally:
            self._give_back(connection, statements)

    def _give_back(self, connection: Connection, statements: Statements) -> None:
        if statements.lost:
            # The server went away: what else lies in the pool is dead too.
            connection.invalidate()
            self._engine.dispose()
        try:
            connection.close()
        except SQLAlchemyError as error:
            raise translated(error) from error

    def close(self) -> None:
        self._direct.close()
        # Who still asks, or asks once more, gets a connection; nobody would close it after this.
        event.listen(self._engine, "checkin", _hang_up)
        self._engine.dispose()


def _hang_up(connection: object | None, entry: ConnectionPoolEntry) -> None:
    if connection is not None:
        entry.invalidate()


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except SQLAlchemyError as error:
        raise translated(error) from error


def _commit(connection: Connection) -> None:
    try:
        connection.commit()
    except SQLAlchemyError as error:
        # A conflict was surely rolled back; after anything else nobody knows.
        raise (translated(error) if sqlstate(error) in RETRY_STATES else commit_in_doubt()) from error
