"""The one thread that owns a receipt printer: it delivers the receipts waiting for it, one by one, never twice.

A receipt is marked as started before its first byte leaves. One that was started and never finished (a crash) becomes
``unsure``: it may be on paper, so it is not printed again unmarked; a person prints a copy if it is missing.
"""

import logging
import threading
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.domain.errors import OperationalError
from gateway.domain.ids import DeviceId, PaymentId, StoreId, TenantId, parse_id
from gateway.domain.outbox import TRIES_MAX, Delivery, DeliveryVerdict, OutboxMessage, OutboxState, backoff_s
from gateway.jobs.lease_keeper import LeaseKeeper
from gateway.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.events import EventBoard, LiveEvent
from gateway.ports.printer import PrinterDevice
from gateway.ports.unit_of_work import Lease, Storage, UnitOfWork
from gateway.services.print_receipt import DeliverReceipt

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 2.0
"""How often a printer that was not ready is looked at while receipts wait for it."""

FINISH_RETRY_FIRST_S = 0.05
FINISH_RETRY_MAX_S = 5.0
"""How soon and how seldom the result of a printed receipt is offered to a database that is away."""

ALL_DUE = timedelta(days=2)
"""Added to the time when a printer is back: whatever waits is due then, whatever its back-off said."""


@dataclass(frozen=True, slots=True)
class PrinterParts:
    """What every printer lane of a node shares. ``poll_s``: how often the database is looked at without a hint."""

    tenant_id: TenantId
    store_id: StoreId
    storage: Storage
    clock: Clock
    board: EventBoard
    keeper: LeaseKeeper
    deliver: DeliverReceipt
    poll_s: float


class PrinterLane:
    """Owns one printer on this node."""

    def __init__(self, printer_id: DeviceId, device: PrinterDevice, parts: PrinterParts) -> None:
        self.printer_id = printer_id
        self._device = device
        self._parts = parts
        self._stop = threading.Event()
        self._work_waits = threading.Event()
        self._told: tuple[bool, str] | None = None
        self._thread = threading.Thread(target=self._run, name=f"printer-{printer_id}", daemon=True)

    def start(self) -> None:
        """Begin to own the printer."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Have the lane begin no further receipt; returns at once."""
        self._stop.set()
        self.wake()

    def stop(self, timeout_s: float) -> None:
        """Stop after the receipt being printed, at most ``timeout_s`` later."""
        self.ask_to_stop()
        self._thread.join(timeout=timeout_s)

    def wake(self) -> None:
        """A receipt was committed for this printer."""
        self._work_waits.set()

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            try:
                lease = self._take_lease()
                if lease is not None:
                    self._serve(lease)
                pause_s = min(self._parts.poll_s, 1.0)
            except OperationalError as error:
                log_event(
                    log, "lane.storage_failed", level=logging.WARNING, device_id=self.printer_id, reason=error.message
                )
                pause_s = 1.0
            except Exception:
                # The thread must outlive any fault: a started receipt becomes unsure when the lease is taken again.
                log.exception("lane.fault device_id=%s", self.printer_id)
                pause_s = 1.0
        self._device.close()

    def _take_lease(self) -> Lease | None:
        parts = self._parts
        asked_at_s = parts.clock.monotonic_s()
        with parts.storage.write() as unit:
            lease = unit.devices.acquire(
                parts.tenant_id, parts.store_id, self.printer_id, parts.keeper.holder, parts.keeper.lease_s
            )
            if lease is None:
                return None
            # The lane has nothing in hand now: what is started is stranded, also under its own epoch.
            all_started = lease.epoch + 1
            unsure = unit.outbox.mark_unsure(
                parts.tenant_id,
                parts.store_id,
                self.printer_id,
                epoch=all_started,
                note="The gateway stopped while this was printing. Look for the paper; print a copy if it is missing.",
                now=parts.clock.now(),
            )
        if unsure:
            log_event(
                log, "receipt.unsure_after_restart", level=logging.WARNING, device_id=self.printer_id, count=unsure
            )
        parts.keeper.taken(lease, asked_at_s)
        return lease

    def _serve(self, lease: Lease) -> None:
        self._tell_state()
        # All that waits is due when the lane begins and when a printer that was away is back. One that says it is
        # ready and refuses all the same (or cannot tell its state) keeps its back-off, or its tries would be used up at
        # once.
        ready, everything = True, True
        while not self._stop.is_set() and self._parts.keeper.valid(lease):
            self._work_waits.clear()
            if not ready:
                ready = everything = self._tell_state()
            if not ready:
                self._work_waits.wait(LOOK_AGAIN_S)
                continue
            message = self._start_next(lease, everything=everything)
            if message is None:
                self._work_waits.wait(self._parts.poll_s)
            while message is not None:
                done = self._print(message)
                failed = done.state is OutboxState.READY
                ready = not failed or self._tell_state()
                go_on = not failed and not self._stop.is_set()
                ours, message = self._finish_and_start_next(done, lease, everything=everything, go_on=go_on)
                if not ours:
                    return
            everything = False

    def _start_next(self, lease: Lease, *, everything: bool) -> OutboxMessage | None:
        with self._parts.storage.write() as unit:
            return self._next_in(unit, lease, everything=everything)

    def _next_in(self, unit: UnitOfWork, lease: Lease, *, everything: bool) -> OutboxMessage | None:
        parts = self._parts
        now = parts.clock.now() + (ALL_DUE if everything else timedelta())
        found = unit.outbox.start_due(
            parts.tenant_id, parts.store_id, self.printer_id, epoch=lease.epoch, now=now, limit=1
        )
        return found[0] if found else None

    def _finish_and_start_next(
        self, done: OutboxMessage, lease: Lease, *, everything: bool, go_on: bool
    ) -> tuple[bool, OutboxMessage | None]:
        """Store what became of one receipt and take the next in the same transaction; a database away is waited for.

        Returns:
            Whether it was still ours to finish, and the next receipt. Not ours: the lease is gone, or the answer of a
            commit was lost; the lease is then taken anew, which makes whatever stands there as started unsure.
        """
        pause_s = FINISH_RETRY_FIRST_S
        while True:
            try:
                with self._parts.storage.write() as unit:
                    ours = unit.outbox.finish(done, epoch=lease.epoch, now=self._parts.clock.now())
                    following = self._next_in(unit, lease, everything=everything) if ours and go_on else None
            except OperationalError as error:
                log_event(
                    log, "lane.delivery_waits", level=logging.WARNING, device_id=self.printer_id, reason=error.message
                )
                if self._stop.wait(pause_s):
                    return False, None
                pause_s = min(pause_s * 2, FINISH_RETRY_MAX_S)
                continue
            if ours:
                self._announce(done)
            return ours, following

    def _print(self, message: OutboxMessage) -> OutboxMessage:
        delivery = self._delivery(message)
        log_event(
            log, "receipt.delivery", device_id=self.printer_id, verdict=str(delivery.verdict), reason=delivery.reason
        )
        return after_delivery(message, delivery, self._parts.clock)

    def _delivery(self, message: OutboxMessage) -> Delivery:
        try:
            return self._parts.deliver.deliver(message, self._device)
        except OperationalError as error:
            # Only the reading of the payment says this, and it comes before the first byte.
            return Delivery(DeliveryVerdict.NOT_DONE, error.message)
        except Exception:
            # One receipt that cannot be made must not hold up the others, and nobody knows how far it came.
            log.exception("receipt.fault device_id=%s message_id=%s", self.printer_id, message.id)
            reason = "The gateway failed while printing this. Look for the paper; print a copy if it is missing."
            return Delivery(DeliveryVerdict.UNSURE, reason)

    def _tell_state(self) -> bool:
        """Store the printer's state in words when it changed; return whether it is ready."""
        state = self._device.state()
        if (state.ready, state.words) != self._told:
            parts = self._parts
            with parts.storage.write() as unit:
                unit.devices.heard(
                    parts.tenant_id, parts.store_id, self.printer_id, None, ready=state.ready, words=state.words
                )
            self._told = (state.ready, state.words)
        return state.ready

    def _announce(self, done: OutboxMessage) -> None:
        payment_id = PaymentId(parse_id(done.payload["payment_id"], "/payment_id"))
        self._parts.board.publish(
            LiveEvent(done.tenant_id, done.store_id, payment_id, "receipt", str(done.state), done.note or "")
        )


def after_delivery(message: OutboxMessage, delivery: Delivery, clock: Clock) -> OutboxMessage:
    """Return the message as it stands after one try: done, unsure, waiting with a back-off, or a dead letter."""
    tries = message.tries + 1
    match delivery.verdict:
        case DeliveryVerdict.DONE:
            return replace(message, state=OutboxState.DONE, tries=tries, note=delivery.reason)
        case DeliveryVerdict.UNSURE:
            return replace(message, state=OutboxState.UNSURE, tries=tries, note=delivery.reason)
        case DeliveryVerdict.IMPOSSIBLE:
            return replace(message, state=OutboxState.DEAD, tries=tries, note=delivery.reason)
        case DeliveryVerdict.NOT_DONE:
            if tries >= TRIES_MAX:
                note = f"Given up after {tries} tries: {delivery.reason}"
                return replace(message, state=OutboxState.DEAD, tries=tries, note=note)
            due_at = clock.now() + timedelta(seconds=backoff_s(tries))
            return replace(message, state=OutboxState.READY, tries=tries, due_at=due_at, note=delivery.reason)
