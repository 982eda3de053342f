"""What every lane does: one thread per device that takes the device's lease and works under it, whatever fails.

What is worked, and what was stranded by a stop in the middle, only the kind of device knows: ``TerminalLane`` and
``PrinterLane`` say it.
"""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from gateway.domain.errors import OperationalError
from gateway.domain.ids import DeviceId, StoreId, TenantId
from gateway.jobs.lease_keeper import LeaseKeeper
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.events import EventBoard
from gateway.ports.unit_of_work import Lease, Storage, UnitOfWork

log = logging.getLogger(__name__)

FAULT_PAUSE_S = 1.0
"""How long a lane rests after a fault, or a database that is away, before it takes its lease anew."""

LEASE_LOOK_MAX_S = 1.0
"""How often at the least a lane looks for a lease that another node holds."""


@dataclass(frozen=True, slots=True)
class DeviceParts:
    """What every lane of a node shares. ``poll_s``: how often the database is looked at without a hint."""

    tenant_id: TenantId
    store_id: StoreId
    storage: Storage
    clock: Clock
    board: EventBoard
    keeper: LeaseKeeper
    poll_s: float


class OwnedDevice(Protocol):
    """A device with one owner at a time."""

    def close(self) -> None:
        """Close the line."""


DeviceT = TypeVar("DeviceT", bound=OwnedDevice)
PartsT = TypeVar("PartsT", bound=DeviceParts)


class DeviceLane(ABC, Generic[DeviceT, PartsT]):
    """Owns one device on this node. ``kind``: names the thread."""

    def __init__(self, device_id: DeviceId, device: DeviceT, parts: PartsT, *, kind: str) -> None:
        self.device_id = device_id
        self._device = device
        self._parts = parts
        self._stop = threading.Event()
        self._work_waits = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{kind}-{device_id}", daemon=True)

    def start(self) -> None:
        """Begin to own the device."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Have the lane begin nothing more; returns at once."""
        self._stop.set()
        self.wake()

    def stop(self, timeout_s: float) -> None:
        """Stop after what is being worked, at most ``timeout_s`` later; what is unfinished the next start settles."""
        self.ask_to_stop()
        self._thread.join(timeout=timeout_s)

    def wake(self) -> None:
        """Something was committed for this device."""
        self._work_waits.set()

    @abstractmethod
    def _take_over(self, unit: UnitOfWork, lease: Lease) -> Callable[[], None]:
        """Look at what is stranded, in the transaction that takes the lease; return what to do once it is committed."""

    @abstractmethod
    def _serve(self, lease: Lease) -> None:
        """Work under one lease until it is lost, the lane stops, or a fault ends it."""

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            try:
                lease = self._take_lease()
                if lease is not None:
                    self._serve(lease)
                pause_s = min(self._parts.poll_s, LEASE_LOOK_MAX_S)
            except OperationalError as error:
                log_event(
                    log, "lane.storage_failed", level=logging.WARNING, device_id=self.device_id, reason=error.message
                )
                pause_s = FAULT_PAUSE_S
            except Exception:
                # The thread must outlive any fault: what was in the works is found when the lease is taken again.
                log.exception("lane.fault device_id=%s", self.device_id)
                pause_s = FAULT_PAUSE_S
        self._device.close()

    def _take_lease(self) -> Lease | None:
        asked_at_s = self._parts.clock.monotonic_s()
        with self._parts.storage.write() as unit:
            lease = self._acquire(unit)
            if lease is None:
                return None
            once_committed = self._take_over(unit, lease)
        once_committed()
        self._parts.keeper.taken(lease, asked_at_s)
        return lease

    def _acquire(self, unit: UnitOfWork) -> Lease | None:
        parts = self._parts
        return unit.devices.acquire(
            parts.tenant_id, parts.store_id, self.device_id, parts.keeper.holder, parts.keeper.lease_s
        )
