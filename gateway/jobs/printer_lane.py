"""The one thread that owns a receipt printer: it delivers the receipts waiting for it, one by one, never twice.

A receipt is marked as started before its first byte leaves. One that was started and never finished (a crash) becomes
``unsure``: it may be on paper, so it is not printed again unmarked; a person prints a copy if it is missing.

While a printer is not ready its receipts are held here, not in the printer, and go on by themselves when it is back.
What waited too long is not printed any more: nobody wants yesterday's receipts out of a new roll. The cash drawer is
opened by the same thread, between two receipts and whatever the paper, at once or not at all.
"""

import collections
import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.domain.errors import OperationalError
from gateway.domain.ids import DeviceId
from gateway.domain.outbox import TRIES_MAX, Delivery, DeliveryVerdict, OutboxMessage, OutboxState, backoff_s
from gateway.domain.printing.printer_setup import PrinterHealth, PrinterLook
from gateway.jobs.device_lane import DeviceLane, DeviceParts
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.events import LiveEvent
from gateway.ports.printer import DrawerReport, PrinterDevice, PrinterState
from gateway.ports.unit_of_work import Lease, UnitOfWork
from gateway.services.paper.deliver_drawer import FAILED, keep_result, open_for, strand
from gateway.services.paper.open_drawer import OPEN_DRAWER, drawer_target
from gateway.services.paper.print_paper import Deliverer

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 2.0
"""How often a printer that was not ready is looked at while receipts wait for it."""

IDLE_LOOK_S = 60.0
"""How often a printer that has nothing to do is looked at, so that a shop learns of an empty roll before a customer."""

LOOKS_KEPT = 60

FINISH_RETRY_FIRST_S = 0.05
FINISH_RETRY_MAX_S = 5.0
"""How soon and how seldom the result of a printed receipt is offered to a database that is away."""

RECEIPT_EXPIRES_S = 4 * 3600
"""A receipt that could not be printed for so long is asked for again by whoever still wants it, as a marked copy."""

ALL_DUE = timedelta(days=2)
"""Added to the time when a printer is back: whatever waits is due then, whatever its back-off said."""


@dataclass(frozen=True, slots=True)
class PrinterParts(DeviceParts):
    """What every printer's lane of a node shares. ``expire_after_s``: age at which a waiting paper is given up."""

    deliver: Deliverer
    expire_after_s: float = RECEIPT_EXPIRES_S


@dataclass(frozen=True, slots=True)
class _Wish:
    """What may be started next. ``everything``: whatever its back-off says; ``papers``: not only the drawer."""

    everything: bool
    papers: bool


class PrinterLane(DeviceLane[PrinterDevice, PrinterParts]):
    """Owns one printer on this node."""

    def __init__(self, printer_id: DeviceId, device: PrinterDevice, parts: PrinterParts) -> None:
        super().__init__(printer_id, device, parts, kind="printer")
        self.printer_id = printer_id
        self._told: tuple[bool, str] | None = None
        self._held = threading.Event()
        self._drawer_was_last = False
        self._clear = threading.Event()
        self._looks: collections.deque[PrinterLook] = collections.deque(maxlen=LOOKS_KEPT)
        self._failures: collections.deque[datetime] = collections.deque(maxlen=LOOKS_KEPT)
        self._state: PrinterState | None = None
        self._looked_at_s = 0.0
        self._successors: collections.deque[PrinterDevice] = collections.deque()

    @property
    def held(self) -> bool:
        """Whether papers wait because somebody holds them."""
        return self._held.is_set()

    def health(self) -> PrinterHealth:
        """Return how the printer has been since this lane works it; may be asked by any thread."""
        state = self._state
        return PrinterHealth(
            looks=tuple(self._looks),
            paper=state.paper if state else "unknown",
            cover_open=state.cover_open if state else None,
            failures=tuple(self._failures),
            held=self.held,
        )

    def hold(self) -> None:
        """Begin no further paper until ``release``; the drawer still opens."""
        self._held.set()

    def release(self) -> None:
        """Go on with what waits."""
        self._held.clear()
        self.wake()

    def exchange(self, device: PrinterDevice) -> None:
        """Work this device from the next paper on: the same printer, set up otherwise."""
        self._successors.append(device)
        self.wake()

    def clear_buffer(self) -> None:
        """Have whatever the printer still holds of an earlier paper forgotten before the next one."""
        self._clear.set()
        self.wake()

    def _take_over(self, unit: UnitOfWork, lease: Lease) -> Callable[[], None]:
        parts = self._parts
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
        place = (parts.tenant_id, parts.store_id)
        drawers = strand(unit, self.printer_id, place=place, epoch=all_started, clock=parts.clock)

        def tell() -> None:
            if unsure or drawers:
                # The rest of it may wait in the printer, and would come out with the next receipt or the next roll.
                self._device.forget_rest()
                log_event(
                    log,
                    "receipt.unsure_after_restart",
                    level=logging.WARNING,
                    device_id=self.printer_id,
                    count=unsure,
                    drawers=drawers,
                )

        return tell

    def _serve(self, lease: Lease) -> None:
        self._tell_state()
        # All that waits is due when the lane begins and when a printer that was away is back. One that says it is
        # ready and refuses all the same (or cannot tell its state) keeps its back-off, or its tries would be used up at
        # once.
        ready, everything = True, True
        while not self._stop.is_set() and self._parts.keeper.valid(lease):
            self._work_waits.clear()
            self._follow_exchange()
            message = self._start_next(lease, everything=everything, papers=ready)
            if message is None and not ready:
                ready = everything = self._tell_state()
                if not ready:
                    self._work_waits.wait(LOOK_AGAIN_S)
                continue
            if message is None:
                self._work_waits.wait(self._parts.poll_s)
                if self._parts.clock.monotonic_s() - self._looked_at_s > IDLE_LOOK_S:
                    ready = self._tell_state()
            while message is not None:
                # Whatever was ordered after an exchange is for the new device, also when it was started at once.
                self._follow_exchange()
                done, report = self._work_off(message)
                failed = done.state is OutboxState.READY
                ready = (ready and not failed) or (failed and self._tell_state())
                go_on = not failed and not self._stop.is_set()
                wish = _Wish(everything=everything, papers=ready)
                ours, message = self._finish_and_start_next(done, report, lease, wish if go_on else None)
                if not ours:
                    return
            everything = False

    def _follow_exchange(self) -> None:
        while self._successors:
            self._device.close()
            self._device = self._successors.popleft()
            self._told = None

    def _start_next(self, lease: Lease, *, everything: bool, papers: bool) -> OutboxMessage | None:
        with self._parts.storage.write() as unit:
            return self._next_in(unit, lease, _Wish(everything=everything, papers=papers))

    def _next_in(self, unit: UnitOfWork, lease: Lease, wish: _Wish) -> OutboxMessage | None:
        """Start what comes next: the drawer, whatever the printer's state; behind each drawer a paper has its turn.

        Without that turn drawers that are opened one after the other would keep every receipt back.
        """
        parts, now = self._parts, self._parts.clock.now()

        def start(target: str, due: datetime) -> OutboxMessage | None:
            found = unit.outbox.start_due(parts.tenant_id, parts.store_id, target, epoch=lease.epoch, now=due, limit=1)
            return found[0] if found else None

        targets = [(drawer_target(self.printer_id), now)]
        if wish.papers and not self._held.is_set():
            paper = (self.printer_id, now + (ALL_DUE if wish.everything else timedelta()))
            targets.insert(0 if self._drawer_was_last else 1, paper)
        following = next((one for target, due in targets if (one := start(target, due)) is not None), None)
        self._drawer_was_last = following is not None and following.kind == OPEN_DRAWER
        return following

    def _finish_and_start_next(
        self, done: OutboxMessage, report: DrawerReport | None, lease: Lease, wish: _Wish | None
    ) -> tuple[bool, OutboxMessage | None]:
        """Store what became of one message and take the next in the same transaction; a database away is waited for.

        Returns:
            Whether it was still ours to finish, and the next message. Not ours: the lease is gone, or the answer of a
            commit was lost; the lease is then taken anew, which makes whatever stands there as started unsure.
        """
        pause_s = FINISH_RETRY_FIRST_S
        while True:
            try:
                with self._parts.storage.write() as unit:
                    ours = unit.outbox.finish(done, epoch=lease.epoch, now=self._parts.clock.now())
                    if ours and report is not None:
                        keep_result(unit, done, report, self._parts.clock)
                    following = self._next_in(unit, lease, wish) if ours and wish else None
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

    def _work_off(self, message: OutboxMessage) -> tuple[OutboxMessage, DrawerReport | None]:
        """Open the drawer or print; return the message as it stands afterwards, and what the drawer did."""
        if self._clear.is_set():
            self._clear.clear()
            self._device.forget_rest()
        if message.kind == OPEN_DRAWER:
            report = self._open_drawer(message)
            # Whatever became of it stands in the journal of openings; the message itself is never tried again.
            return replace(message, state=OutboxState.DONE, tries=1, note=report.reason), report
        delivery = self._delivery(message)
        log_event(
            log, "receipt.delivery", device_id=self.printer_id, verdict=str(delivery.verdict), reason=delivery.reason
        )
        if delivery.verdict is not DeliveryVerdict.DONE:
            self._failures.append(self._parts.clock.now())
        return after_delivery(message, delivery, self._parts.clock), None

    def _open_drawer(self, message: OutboxMessage) -> DrawerReport:
        try:
            return open_for(message, self._device, self._parts.clock)
        except Exception:
            # Nobody knows how far our own code came, and receipts have to go on.
            log.exception("drawer.fault device_id=%s message_id=%s", self.printer_id, message.id)
            return FAILED

    def _delivery(self, message: OutboxMessage) -> Delivery:
        waited_s = (self._parts.clock.now() - message.created_at).total_seconds()
        if waited_s > self._parts.expire_after_s:
            hours = self._parts.expire_after_s / 3600
            reason = f"Not printed: it waited more than {hours:g} hours for the printer. Print a copy if it is wanted."
            return Delivery(DeliveryVerdict.IMPOSSIBLE, reason)
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
        clock = self._parts.clock
        began_s = clock.monotonic_s()
        state = self._state = self._device.state()
        self._looked_at_s = clock.monotonic_s()
        took_ms = round((self._looked_at_s - began_s) * 1000)
        self._looks.append(PrinterLook(clock.now(), took_ms if state.answered else None))
        if (state.ready, state.words) != self._told:
            parts = self._parts
            with parts.storage.write() as unit:
                unit.devices.heard(
                    parts.tenant_id, parts.store_id, self.printer_id, None, ready=state.ready, words=state.words
                )
            self._told = (state.ready, state.words)
        return state.ready

    def _announce(self, done: OutboxMessage) -> None:
        payload = done.payload
        about = payload.get("payment_id") or payload.get("subject_id")
        if about is not None:
            kind = "drawer" if done.kind == OPEN_DRAWER else "receipt"
            self._parts.board.publish(
                LiveEvent(done.tenant_id, done.store_id, uuid.UUID(about), kind, str(done.state), done.note or "")
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
