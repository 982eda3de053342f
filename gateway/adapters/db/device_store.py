# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""Devices and leases in SQL. A lease lives by the database's clock, so that nodes need not agree on the time."""

from collections.abc import Mapping

from sqlalchemy import bindparam, select, text, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow, device_of
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import OPEN_SQL, device, lease
from gateway.domain.cards.payment import TransactionNumbers
from gateway.domain.errors import InputError
from gateway.domain.ids import DeviceId, StoreId, TenantId
from gateway.ports.device_store import DeviceRow, Lease

# SQLite tells milliseconds; instants are stored in microseconds there. clock_timestamp() goes on while a row is waited
# for, now() would not.
_NOW = {
    False: "(CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)",
    True: "clock_timestamp()",
}
_LATER = {
    False: _NOW[False] + " + :lease_s * 1000000",
    True: "clock_timestamp() + CAST(:lease_s AS integer) * interval '1 second'",
}
_HERE = "tenant_id = :tenant AND store_id = :store AND device_id = :device"

_ENSURE = text(
    "INSERT INTO device (tenant_id, store_id, device_id, kind, name, last_receipt_no, last_trace_no, last_turnover_no,"
    " state_words, ready) VALUES (:tenant, :store, :device, :kind, :name, :receipt_no, :trace_no, :turnover_no,"
    " :words, :ready) ON CONFLICT (tenant_id, store_id, device_id)"
    " DO UPDATE SET kind = excluded.kind, name = excluded.name"
)
_ENSURE_LEASE = {
    postgresql: text(
        "INSERT INTO lease (tenant_id, store_id, device_id, epoch, expires_at)"
        f" VALUES (:tenant, :store, :device, 0, {_NOW[postgresql]}) ON CONFLICT DO NOTHING"
    )
    for postgresql in (False, True)
}
_OF_STORE = (device.c.tenant_id == bindparam("tenant"), device.c.store_id == bindparam("store"))
# A device without a lease was retired.
_LIST = select(device).join(lease).where(*_OF_STORE).order_by(device.c.device_id)
_NAMES = select(device.c.device_id, device.c.name).where(*_OF_STORE)
# Whoever stores an intent holds the lease in share mode: this waits for them, and they find no lease afterwards.
_HOLD_LEASE = text(f"UPDATE lease SET epoch = epoch WHERE {_HERE}")
_OPEN_ATTEMPT = text(
    "SELECT 1 FROM attempt WHERE tenant_id = :tenant AND store_id = :store AND terminal_id = :device"
    f" AND {OPEN_SQL} LIMIT 1"
)
_RETIRE = text(f"DELETE FROM lease WHERE {_HERE}")
_ONE_DEVICE = (
    device.c.tenant_id == bindparam("tenant"),
    device.c.store_id == bindparam("store"),
    device.c.device_id == bindparam("device"),
)
_FIND = select(device.c.device_id).where(*_ONE_DEVICE)
_HEARD = update(device).where(*_ONE_DEVICE).values(state_words=bindparam("words"), ready=bindparam("is_ready"))
_HEARD_NUMBERS = _HEARD.values(
    last_receipt_no=bindparam("receipt_no"),
    last_trace_no=bindparam("trace_no"),
    last_turnover_no=bindparam("turnover_no"),
)
_ACQUIRE = {
    postgresql: text(
        "UPDATE lease SET epoch = CASE WHEN holder = :holder AND expires_at > {now} THEN epoch ELSE epoch + 1 END,"
        " holder = :holder, expires_at = {later} WHERE {here}"
        " AND (holder IS NULL OR holder = :holder OR expires_at <= {now}) RETURNING epoch".format_map(
            {"now": _NOW[postgresql], "later": _LATER[postgresql], "here": _HERE}
        )
    )
    for postgresql in (False, True)
}
_MOVE_ATTEMPTS = text(
    "UPDATE attempt SET epoch = :epoch WHERE tenant_id = :tenant AND store_id = :store AND terminal_id = :device"
    f" AND {OPEN_SQL} AND epoch <> :epoch"
)
_RENEW = {
    postgresql: text(
        f"UPDATE lease SET expires_at = {_LATER[postgresql]} WHERE holder = :holder AND expires_at > {_NOW[postgresql]}"
        " RETURNING tenant_id, store_id, device_id, epoch"
    )
    for postgresql in (False, True)
}
_RELEASE = {
    postgresql: text(f"UPDATE lease SET holder = NULL, expires_at = {_NOW[postgresql]} WHERE holder = :holder")
    for postgresql in (False, True)
}


class SqlDeviceStore:
    """Devices, their last numbers and their leases."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def ensure(self, row: DeviceRow) -> None:
        """Insert the device, with a lease nobody holds, or update its name and kind; numbers stay."""
        place = {"tenant": row.tenant_id, "store": row.store_id, "device": row.id}
        told = {"kind": row.kind, "name": storable(row.name), "words": storable(row.state_words), "ready": row.ready}
        self._statements.change(_ENSURE, place | told | _numbers(row.numbers))
        self._statements.change(_ENSURE_LEASE[self._statements.postgresql], place)

    def list(self, tenant_id: TenantId, store_id: StoreId) -> tuple[DeviceRow, ...]:
        """Return the devices of a store by id, without those that were retired."""
        return tuple(device_of(row) for row in self._statements.rows(_LIST, {"tenant": tenant_id, "store": store_id}))

    def names(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[DeviceId, str]:
        """Return the name of every device the store ever had."""
        rows = self._statements.rows(_NAMES, {"tenant": tenant_id, "store": store_id})
        return {DeviceId(row.device_id): row.name for row in rows}

    def retire(self, tenant_id: TenantId, store_id: StoreId, device_id: DeviceId) -> bool:
        """Take a device's lease away for good; False while an attempt of it has no outcome."""
        place = {"tenant": tenant_id, "store": store_id, "device": device_id}
        self._statements.change(_HOLD_LEASE, place)
        # A second statement, so that it sees the attempts of every transaction the first one had to wait for.
        if self._statements.first(_OPEN_ATTEMPT, place) is not None:
            return False
        self._statements.change(_RETIRE, place)
        return True

    def heard(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        device_id: DeviceId,
        numbers: TransactionNumbers | None,
        *,
        ready: bool,
        words: str,
    ) -> None:
        """Store what a device said of itself; None leaves the numbers as they are."""
        told = {
            "tenant": tenant_id,
            "store": store_id,
            "device": device_id,
            "words": storable(words),
            "is_ready": ready,
        }
        if numbers is None:
            self._statements.change(_HEARD, told)
        else:
            self._statements.change(_HEARD_NUMBERS, told | _numbers(numbers))

    def acquire(
        self, tenant_id: TenantId, store_id: StoreId, device_id: DeviceId, holder: str, lease_s: int
    ) -> Lease | None:
        """Take the lease when it is free, expired or ours; move open attempts to its epoch; None when another has it.

        Raises:
            InputError: ``unknown_device`` when the store has no such device.
        """
        place = {"tenant": tenant_id, "store": store_id, "device": device_id}
        wish = place | {"holder": holder, "lease_s": lease_s}
        row = self._statements.first(_ACQUIRE[self._statements.postgresql], wish)
        if row is None:
            if self._statements.first(_FIND, place) is None:
                error = InputError("unknown_device", "This store has no such device.", "Check the configuration.")
                raise self._statements.refuse(error)
            return None
        # A second statement, so that it sees the attempts of every transaction the first one had to wait for.
        self._statements.change(_MOVE_ATTEMPTS, place | {"epoch": row.epoch})
        return Lease(tenant_id, store_id, device_id, holder, row.epoch)

    def renew(self, holder: str, lease_s: int) -> tuple[Lease, ...]:
        """Extend all leases of this holder that have not expired; return those still held."""
        rows = self._statements.rows(_RENEW[self._statements.postgresql], {"holder": holder, "lease_s": lease_s})
        return tuple(_lease_of(row, holder) for row in rows)

    def release(self, holder: str) -> None:
        """Give back all leases of this holder at once: at a clean stop, or for a former holder known to be dead."""
        self._statements.change(_RELEASE[self._statements.postgresql], {"holder": holder})


def _numbers(numbers: TransactionNumbers) -> dict[str, int | None]:
    return {"receipt_no": numbers.receipt_no, "trace_no": numbers.trace_no, "turnover_no": numbers.turnover_no}


def _lease_of(row: AnyRow, holder: str) -> Lease:
    return Lease(TenantId(row.tenant_id), StoreId(row.store_id), DeviceId(row.device_id), holder, row.epoch)
