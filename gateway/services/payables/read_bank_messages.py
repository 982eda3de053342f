"""Messages of banks: stored whole first, then read and applied in one unit; the same message again changes nothing."""

import hashlib
import logging
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import GatewayError, InputError, NotFound, OperationalError, RuleError
from gateway.domain.ids import StoreId, TenantId, derived_id
from gateway.domain.payables.bank_task import BankTask, TaskKind
from gateway.domain.payables.payment_order import PaymentOrder
from gateway.logs.observability import log_event
from gateway.ports.announcer import Announcer, NobodyListens
from gateway.ports.bank_channel import BankChannel
from gateway.ports.bank_files import BankMessageReader, BankReport
from gateway.ports.clock import Clock
from gateway.ports.payment_run_store import BankMessage
from gateway.ports.statement_files import FileStatement
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.erp.enqueue_bills import NO_ERPS, EnqueueBills
from gateway.services.payables.apply_bank_report import apply_in

_log = logging.getLogger(__name__)

LEASE = "collect messages"
LEASE_S = 600
MESSAGE_BYTES_MAX = 32 * 1024 * 1024
"""Of one upload: a statement with tens of thousands of entries."""
NAME_MAX = 200
TRIES = 5
"""A message is applied again when somebody changed one of its payables meanwhile."""
UNFINISHED_LOOKED_AT = 200
_KIND = re.compile(rb"iso:std:iso:20022:tech:xsd:((?:pain|camt)\.\d{3})|<(BkToCstmr|CstmrPmtStsRpt)")

_STATEMENT = "camt.053"


class StatementIntake(Protocol):
    """Keeps the lines of statements."""

    def read_known(self, content: bytes) -> tuple[FileStatement, ...]:
        """Return the statements of a message.

        Raises:
            InputError: why it cannot be read.
        """

    def take_in(
        self,
        unit: UnitOfWork,
        place: tuple[TenantId, StoreId],
        read: Sequence[FileStatement],
        source: tuple[str, bytes, str, datetime],
    ) -> object:
        """Store what is new in statements. ``source``: name, content, who, when."""


Paid = Callable[[UnitOfWork, TenantId, StoreId, tuple[PaymentOrder, ...]], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an upload. ``repeated``: the same content was here before; ``message``: without its content."""

    message: BankMessage
    repeated: bool


class ReadBankMessages:
    """The way in from the banks of one store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        tenant_id: TenantId,
        store_id: StoreId,
        reader: BankMessageReader,
        channels: Mapping[str, BankChannel],
        paid: Paid,
        announcer: Announcer | None = None,
        statements: StatementIntake | None = None,
        bills: EnqueueBills = NO_ERPS,
    ) -> None:
        """``paid``: told in the unit of the message which payments have left now, such as to advise the payees.

        ``announcer``: tells the outside what became of payments; None: nobody listens.
        ``statements``: keeps the lines of account statements in the same unit; None: nobody wants them.
        ``bills``: tells ERPs of payments that a statement shows.
        """
        self._storage = storage
        self._clock = clock
        self._place = (tenant_id, store_id)
        self._reader = reader
        self._channels = channels
        self._paid = paid
        self._announcer: Announcer = announcer or NobodyListens()
        self._statements = statements
        self._bills = bills

    def take_over(self, former: str) -> None:
        """Give back the right of a holder that is known to be dead, so that nobody waits until it runs out."""
        self._storage.write_retrying(lambda unit: unit.bank_tasks.give_back(*self._place, LEASE, former))

    def collect(self, holder: str) -> int:
        """Take what waits at the banks, store and apply it; return how many messages were new.

        Raises:
            OperationalError: ``bank_channel_unavailable`` from the first channel that cannot be read; others are read.
        """
        if not self._may(holder):
            return 0
        new, trouble = 0, None
        try:
            self.finish_waiting()
            for channel in self._distinct():
                try:
                    new += self._collect_from(channel)
                except OperationalError as error:
                    trouble = error
        finally:
            self._storage.write_retrying(lambda unit: unit.bank_tasks.give_back(*self._place, LEASE, holder))
        if trouble is not None:
            raise trouble
        return new

    def upload(self, caller: Caller, name: str, content: bytes) -> Taken:
        """Take a message a person got from the bank's portal.

        Raises:
            InputError: ``bank_message_empty``, ``bank_message_too_large``.
        """
        caller.require(Permission.PAYABLES_WORK)
        if not content:
            raise InputError("bank_message_empty", "The file is empty.", "Take it from the bank again.", "/content")
        if len(content) > MESSAGE_BYTES_MAX:
            hint = f"Split it; at most {MESSAGE_BYTES_MAX // (1024 * 1024)} MB are read."
            raise InputError("bank_message_too_large", "The file is too large.", hint, "/content")
        return self._take(name, content)

    def list(self, caller: Caller, limit: int = 100) -> tuple[BankMessage, ...]:
        """Return messages, newest first, without content."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            return unit.bank_messages.list(caller.tenant_id, caller.store_id, limit=limit)

    def load(self, caller: Caller, message_id: uuid.UUID) -> BankMessage:
        """Return one message with its content.

        Raises:
            NotFound: ``bank_message_not_found``.
        """
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            found = unit.bank_messages.load(caller.tenant_id, caller.store_id, message_id)
        if found is None:
            raise NotFound("bank_message_not_found", "There is no such message.", "Look into the list.")
        return found

    def apply_again(self, caller: Caller, message_id: uuid.UUID) -> BankMessage:
        """Read and apply a stored message once more, such as when its run was unknown at first.

        Raises:
            NotFound: ``bank_message_not_found``.
        """
        caller.require(Permission.PAYABLES_WORK)
        message = self.load(caller, message_id)
        self._apply(message)
        return self.load(caller, message_id)

    def finish_waiting(self) -> int:
        """Apply what was stored and not concluded: a process ended in between; return how many."""
        with self._storage.read() as unit:
            listed = unit.bank_messages.list(*self._place, limit=UNFINISHED_LOOKED_AT)
        waiting = [message.id for message in reversed(listed) if not message.applied and not message.outcome]
        for message_id in waiting:
            with self._storage.read() as unit:
                message = unit.bank_messages.load(*self._place, message_id)
            if message is not None:
                self._apply(message)
        return len(waiting)

    def _may(self, holder: str) -> bool:
        return self._storage.write_retrying(
            lambda unit: unit.bank_tasks.take_lease(*self._place, LEASE, holder, LEASE_S)
        )

    def _distinct(self) -> tuple[BankChannel, ...]:
        """Return each channel once: several accounts of a bank share one."""
        found: list[BankChannel] = []
        for channel in self._channels.values():
            if all(channel is not known for known in found):
                found.append(channel)
        return tuple(found)

    def _collect_from(self, channel: BankChannel) -> int:
        new = 0
        for name, content in channel.messages():
            if content:
                new += not self._take(name, content).repeated
            channel.put_aside(name)
        return new

    def _take(self, name: str, content: bytes) -> Taken:
        sha256 = hashlib.sha256(content).hexdigest()
        message = BankMessage(
            # The same content is the same message, on whatever node it arrives first.
            id=derived_id(uuid.NAMESPACE_OID, f"bank message {self._place[0]} {self._place[1]} {sha256}"),
            kind=kind_of(content),
            name=name[:NAME_MAX],
            sha256=sha256,
            content=content,
            received_at=self._clock.now(),
            applied=False,
        )
        new = self._storage.write_retrying(lambda unit: unit.bank_messages.add(*self._place, message))
        if new:
            self._apply(message)
        with self._storage.read() as unit:
            stored = unit.bank_messages.load(*self._place, message.id)
        return Taken(stored or message, repeated=not new)

    def _apply(self, message: BankMessage) -> None:
        try:
            report = self._reader.read(message.content, message.name)
        except InputError as error:
            self._refuse(message, error)
            return
        read, why = self._lines_of(message, report)
        for left in reversed(range(TRIES)):
            try:
                self._storage.write_retrying(lambda unit: self._apply_in(unit, message, report, read, why))
            except RuleError as error:
                if not left:
                    self._refuse(message, error)
                continue
            return

    def _lines_of(self, message: BankMessage, report: BankReport) -> tuple[tuple[FileStatement, ...], str]:
        """Return the statements of a message, and why there are none where they cannot be read."""
        if self._statements is None or not report.kind.startswith(_STATEMENT):
            return (), ""
        try:
            return self._statements.read_known(message.content), ""
        except InputError as error:
            return (), f"its lines were not kept: {error.message}"

    def _apply_in(
        self, unit: UnitOfWork, message: BankMessage, report: BankReport, read: Sequence[FileStatement], why: str
    ) -> None:
        at = self._clock.now()
        applied = apply_in(
            unit,
            *self._place,
            report,
            message_id=message.id,
            at=at,
            announcer=self._announcer,
            bills=self._bills,
        )
        if applied.paid:
            self._paid(unit, *self._place, applied.paid)
        if read and self._statements is not None:
            self._statements.take_in(unit, self._place, read, (message.name, message.content, "bank", at))
        words = "; ".join((f"{report.kind}: {applied.words}", *report.defects, *filter(None, (why,))))
        unit.bank_messages.conclude(*self._place, message.id, applied=True, outcome=words[:2000])
        log_event(_log, "bank.message_applied", message=str(message.id), kind=report.kind, outcome=applied.words)

    def _refuse(self, message: BankMessage, error: GatewayError) -> None:
        """Keep what cannot be read or applied as a task: nothing a bank says is dropped."""
        log_event(_log, "bank.message_refused", level=logging.WARNING, message=str(message.id), code=error.code)

        def store(unit: UnitOfWork) -> None:
            unit.bank_messages.conclude(
                *self._place, message.id, applied=False, outcome=f"{error.message} {error.hint}".strip()
            )
            task = BankTask(
                id=derived_id(message.id, "unreadable"),
                kind=TaskKind.UNREADABLE,
                opened_at=self._clock.now(),
                message_id=message.id,
                detail={"name": message.name, "words": error.message},
            )
            unit.bank_tasks.add(*self._place, (task,))

        self._storage.write_retrying(store)


def kind_of(content: bytes) -> str:
    """Return what a message seems to be, from its beginning; reading it says for certain."""
    found = _KIND.search(content[:4096])
    if found is None:
        return "other"
    if found[1]:
        return found[1].decode()
    return "pain.002" if found[2] == b"CstmrPmtStsRpt" else "camt"
