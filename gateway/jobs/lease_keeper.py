"""Keeps this node's leases alive and says whether one may still be relied on."""

import logging
import threading

from gateway.domain.errors import OperationalError
from gateway.domain.ids import DeviceId
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Lease, Storage

log = logging.getLogger(__name__)

RENEWALS_PER_LEASE = 4
"""Three renewals in a row may fail before a lease is lost."""

STOP_LIMIT_S = 2.0
"""A renewal that hangs on a database that is away is not waited for any longer."""


class LeaseKeeper:
    """One thread that renews all leases of this node; lanes tell it what they hold."""

    def __init__(self, *, storage: Storage, clock: Clock, holder: str, lease_s: int) -> None:
        """``holder``: unique for this start of this process; ``lease_s``: seconds a lease lives without renewal."""
        self._storage = storage
        self._clock = clock
        self.holder = holder
        self.lease_s = lease_s
        self._lock = threading.Lock()
        self._good_until: dict[DeviceId, float] = {}
        self._epochs: dict[DeviceId, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def stop(self) -> None:
        """Stop renewing and give all leases back, so that another node can take over at once."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_LIMIT_S)
        with self._lock:
            # A sale that still runs may not be accepted any more: from here on another node may ask the terminal.
            self._epochs.clear()
            self._good_until.clear()
        try:
            with self._storage.write() as unit:
                unit.devices.release(self.holder)
        except OperationalError as error:
            log_event(log, "lease.release_failed", level=logging.WARNING, reason=error.message)

    def taken(self, lease: Lease, asked_at_s: float) -> None:
        """Note a lease just acquired; ``asked_at_s``: monotonic time before the database was asked."""
        with self._lock:
            self._good_until[lease.device_id] = asked_at_s + self.lease_s
            self._epochs[lease.device_id] = lease.epoch

    def valid(self, lease: Lease, *, margin_s: float = 0.0) -> bool:
        """Return whether ``lease`` is surely still ours for ``margin_s`` seconds."""
        with self._lock:
            good_until = self._good_until.get(lease.device_id, 0.0)
            same = self._epochs.get(lease.device_id) == lease.epoch
        return same and self._clock.monotonic_s() + margin_s < good_until

    def lost(self, lease: Lease) -> None:
        """Note that the database has given this lease to somebody else."""
        with self._lock:
            if self._epochs.get(lease.device_id) == lease.epoch:
                self._forget(lease.device_id)

    def forget(self, device_id: DeviceId) -> None:
        """Stop keeping the lease of a device that this node has given up."""
        with self._lock:
            self._epochs.pop(device_id, None)
            self._good_until.pop(device_id, None)

    def _run(self) -> None:
        while not self._stop.wait(self.lease_s / RENEWALS_PER_LEASE):
            try:
                self.renew()
            except Exception:
                # The thread must outlive any fault: without it every lease of this node runs out.
                log.exception("lease.fault holder=%s", self.holder)

    def renew(self) -> None:
        """Renew all leases once; a database that is away leaves them to run out."""
        asked_at_s = self._clock.monotonic_s()
        with self._lock:
            known = dict(self._epochs)
        try:
            with self._storage.write() as unit:
                held = unit.devices.renew(self.holder, self.lease_s)
        except OperationalError as error:
            log_event(log, "lease.renewal_failed", level=logging.WARNING, reason=error.message)
            return
        with self._lock:
            current = {lease.device_id: lease.epoch for lease in held}
            for device_id, epoch in known.items():
                if self._epochs.get(device_id) != epoch:
                    continue  # taken anew while the database was asked: the answer does not speak of that lease
                if current.get(device_id) == epoch:
                    self._good_until[device_id] = max(self._good_until[device_id], asked_at_s + self.lease_s)
                else:
                    self._forget(device_id)

    def _forget(self, device_id: DeviceId) -> None:
        log_event(log, "lease.lost", level=logging.ERROR, device_id=device_id)
        del self._epochs[device_id], self._good_until[device_id]
