"""Hands files of released runs to the bank, each exactly once whatever breaks in between.

That a hand-over was begun is stored before anything leaves; from then on its payments count as sent, and only the
bank's word changes them. A file begun before is looked for first, and never goes out under another name.
"""

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import ConfigurationError, NotFound, RuleError
from gateway.domain.ids import PaymentRunId, StoreId, TenantId, derived_id
from gateway.domain.payables.bank_task import BankTask, TaskKind
from gateway.domain.payables.payable import PayableState, PayableStep
from gateway.domain.payables.payment_order import BankFile, FileState, OrderState, PaymentRun, RunState
from gateway.logs.observability import log_event
from gateway.ports.bank_channel import BankChannel, HandOver, HandOverVerdict
from gateway.ports.clock import Clock
from gateway.ports.payment_run_store import RunEvent
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.payable_steps import payable_changed, steps_in

_log = logging.getLogger(__name__)

LEASE = "hand over"
LEASE_S = 600
"""Longer than the slowest step of a channel; taken anew before each file."""
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file on its way, for people. ``channel``: whether this node can hand it over by itself."""

    run: PaymentRun
    file: BankFile
    channel: bool


class HandOverFiles:
    """The way out to the banks of one store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        tenant_id: TenantId,
        store_id: StoreId,
        channels: Mapping[str, BankChannel],
    ) -> None:
        """``channels``: by bank account; an account without one is served by hand, through the bank's portal."""
        self._storage = storage
        self._clock = clock
        self._place = (tenant_id, store_id)
        self._channels = channels

    def take_over(self, former: str) -> None:
        """Give back the right of a holder that is known to be dead, so that nobody waits until it runs out."""
        self._storage.write_retrying(lambda unit: unit.bank_tasks.give_back(*self._place, LEASE, former))

    def work(self, holder: str) -> int:
        """Hand over what waits; return how many files are surely with the bank now.

        Args:
            holder: this start of this process; only one holder at a time does this.
        """
        done = 0
        if not self._may(holder):
            return done
        try:
            with self._storage.read() as unit:
                waiting = unit.payment_runs.waiting_files(*self._place)
            for run, file in waiting:
                channel = self._channels.get(file.bank_account_id)
                if channel is not None and self._may(holder):
                    done += self._hand_over(run, file, channel)
        finally:
            self._storage.write_retrying(lambda unit: unit.bank_tasks.give_back(*self._place, LEASE, holder))
        return done

    def waiting(self, caller: Caller) -> tuple[WaitingFile, ...]:
        """Return the files that are not surely with a bank."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            found = unit.payment_runs.waiting_files(caller.tenant_id, caller.store_id)
        return tuple(WaitingFile(run, file, file.bank_account_id in self._channels) for run, file in found)

    def file(self, caller: Caller, run_id: PaymentRunId, file_no: int) -> BankFile:
        """Return a file to take to the bank's portal.

        Raises:
            NotFound: ``bank_file_not_found``.
            RuleError: ``bank_file_not_released``, ``bank_file_given_up``.
        """
        caller.require(Permission.RUNS_RELEASE)
        with self._storage.read() as unit:
            run, file = _find(unit, caller.tenant_id, caller.store_id, run_id, file_no)
        if run.state in (RunState.PROPOSED, RunState.APPROVED, RunState.DISCARDED):
            raise RuleError("bank_file_not_released", "This run is not released.", "Release it first.")
        if file.state is FileState.REFUSED:
            hint = "Void its other payments, too: what they paid is in the next run."
            raise RuleError("bank_file_given_up", "A payment of this file was voided; it goes out no more.", hint)
        return file

    def note_by_hand(self, caller: Caller, run_id: PaymentRunId, file_no: int, *, sha256: str, reason: str) -> bool:
        """Note that a person took a file to the bank; ``sha256``: shown by the portal, compared with ours.

        Returns:
            Whether this changed anything: the same note again does not.

        Raises:
            NotFound: ``bank_file_not_found``.
            RuleError: ``bank_file_not_released``, ``bank_file_given_up``, ``bank_file_differs``.
        """
        file = self.file(caller, run_id, file_no)
        if sha256.strip().lower() != file.sha256:
            hint = "Take the file from here again; nothing but these bytes was approved."
            raise RuleError("bank_file_differs", "This is not the hash of the approved file.", hint)
        with self._storage.read() as unit:
            run, file = _find(unit, caller.tenant_id, caller.store_id, run_id, file_no)
        if file.state is FileState.HANDED_OVER:
            return False
        self._storage.write_retrying(lambda unit: self._start_in(unit, run.id, file, caller.name))
        note = HandOver(HandOverVerdict.DONE, reason or "Taken to the bank's portal.")
        self._storage.write_retrying(lambda unit: self._conclude_in(unit, run.id, file, note, caller.name))
        return True

    def _may(self, holder: str) -> bool:
        return self._storage.write_retrying(
            lambda unit: unit.bank_tasks.take_lease(*self._place, LEASE, holder, LEASE_S)
        )

    def _hand_over(self, run: PaymentRun, file: BankFile, channel: BankChannel) -> bool:
        if file.state is FileState.WRITTEN:
            if not self._storage.write_retrying(lambda unit: self._start_in(unit, run.id, file, SYSTEM)):
                return False
            result = _tried(channel.hand_over, file)
        else:
            result = _tried(channel.look, file)
            if result.verdict is HandOverVerdict.REFUSED:
                # It surely is not there: the same file under the same name may go again.
                result = _tried(channel.hand_over, file)
        log_event(_log, "bank.file", run=str(run.id), file_no=file.file_no, verdict=result.verdict.value)
        self._storage.write_retrying(lambda unit: self._conclude_in(unit, run.id, file, result, SYSTEM))
        return result.verdict is HandOverVerdict.DONE

    def _start_in(self, unit: UnitOfWork, run_id: PaymentRunId, file: BankFile, actor: str) -> bool:
        """Store that the hand-over begins: from here on the payments may be with the bank."""
        run = unit.payment_runs.lock(*self._place, run_id)
        now = None if run is None else _same(unit.payment_runs.files(*self._place, run_id), file)
        if run is None or now is None or run.state is not RunState.RELEASED or now.state is not FileState.WRITTEN:
            return False
        at = self._clock.now()
        orders = [
            replace(order, state=OrderState.SENT, version=order.version + 1)
            for order in unit.payment_runs.orders(*self._place, run_id)
            if order.file_no == file.file_no and order.state is OrderState.PLANNED
        ]
        if not unit.payment_runs.replace_orders(*self._place, orders):
            raise payable_changed()
        parts = {part.payable_id: order for order in orders for part in order.allocations}
        payables = unit.payables.lock_many(*self._place, sorted(parts, key=str))
        moving = [payable for payable in payables.values() if payable.state is PayableState.IN_RUN]
        details = {one.id: {"end_to_end_id": parts[one.id].end_to_end_id} for one in moving}
        steps_in(unit, moving, PayableStep.SENT, actor=actor, at=at, details=details)
        unit.payment_runs.set_file_state(run, file, FileState.STARTED, "")
        self._tell(unit, run, file, "hand_over_started", "", actor)
        return True

    def _conclude_in(
        self, unit: UnitOfWork, run_id: PaymentRunId, file: BankFile, result: HandOver, actor: str
    ) -> None:
        run = unit.payment_runs.lock(*self._place, run_id)
        if run is None:
            return
        if result.verdict is not HandOverVerdict.DONE:
            self._note_trouble(unit, run, file, result)
            return
        unit.payment_runs.set_file_state(run, file, FileState.HANDED_OVER, result.note)
        self._tell(unit, run, file, "handed_over", result.note, actor)
        unit.bank_tasks.close(*self._place, hand_over_task_id(file), by=actor, note=result.note, at=self._clock.now())
        files = [one for one in unit.payment_runs.files(*self._place, run_id) if one.attempt == run.attempt]
        if run.state is RunState.RELEASED and all(one.state is FileState.HANDED_OVER for one in files):
            sent = replace(run, state=RunState.SENT, changed_at=self._clock.now(), version=run.version + 1)
            if not unit.payment_runs.update(sent):
                raise payable_changed()

    def _note_trouble(self, unit: UnitOfWork, run: PaymentRun, file: BankFile, result: HandOver) -> None:
        """Tell a person, once for the same words: it is tried again and again."""
        now = _same(unit.payment_runs.files(*self._place, run.id), file)
        if now is None or now.note == result.note:
            return
        unit.payment_runs.set_file_state(run, file, now.state, result.note)
        self._tell(unit, run, file, f"hand_over_{result.verdict}", result.note, SYSTEM)
        detail = {"file": file.remote_name, "run": str(run.number), "words": result.note}
        task = BankTask(hand_over_task_id(file), TaskKind.HAND_OVER, self._clock.now(), detail=detail)
        unit.bank_tasks.add(*self._place, (task,))

    def _tell(self, unit: UnitOfWork, run: PaymentRun, file: BankFile, kind: str, reason: str, actor: str) -> None:
        number = unit.payment_runs.next_sequence(*self._place, run.id)
        detail = {"file": file.remote_name, "sha256": file.sha256}
        at = self._clock.now()
        event = RunEvent(number, derived_id(run.id, f"event {number}"), kind, actor, at, reason=reason, detail=detail)
        unit.payment_runs.tell(run, (event,))


def hand_over_task_id(file: BankFile) -> uuid.UUID:
    """Return the id of the task that asks a person whether the bank has a file."""
    return derived_id(file.run_id, f"bank task hand_over {file.attempt} {file.file_no}")


def _tried(step: Callable[[str, bytes], HandOver], file: BankFile) -> HandOver:
    """Take one step; a channel that is not set up rightly has neither sent nor seen anything."""
    try:
        return step(file.remote_name, file.content)
    except ConfigurationError as error:
        return HandOver(HandOverVerdict.UNSURE, f"{error.message} {error.hint}")


def _find(
    unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId, file_no: int
) -> tuple[PaymentRun, BankFile]:
    run = unit.payment_runs.load(tenant_id, store_id, run_id)
    files = () if run is None else unit.payment_runs.files(tenant_id, store_id, run_id)
    file = next((one for one in files if run and (one.file_no, one.attempt) == (file_no, run.attempt)), None)
    if run is None or file is None:
        raise NotFound("bank_file_not_found", "There is no such file.", "Look into the run.")
    return run, file


def _same(files: tuple[BankFile, ...], file: BankFile) -> BankFile | None:
    return next((one for one in files if (one.file_no, one.attempt) == (file.file_no, file.attempt)), None)
