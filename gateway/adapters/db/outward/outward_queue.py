# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""Queues of the systems outside in SQL: one node at a time by a lease, oldest message first, nothing started twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, text, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.outward.outward_tables import OUTWARD_SQL, outward_system
from gateway.adapters.db.payments.mapping import AnyRow, message_of
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import outbox
from gateway.domain.ids import OutboxId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.outward import OutwardSystem, Waiting

# A lease lives by the database's clock. SQLite tells milliseconds and stores microseconds; clock_timestamp() goes on
# while a row is waited for.
_NOW = {
    False: "(CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)",
    True: "clock_timestamp()",
}
_LATER = {
    False: _NOW[False] + " + :lease_s * 1000000",
    True: "clock_timestamp() + CAST(:lease_s AS integer) * interval '1 second'",
}
# What a message says of money stands in its payload.
_MINOR = {
    False: "CAST(json_extract(payload, '$.minor') AS INTEGER)",
    True: "CAST(payload ->> 'minor' AS bigint)",
}
_CURRENCY = {False: "json_extract(payload, '$.currency')", True: "payload ->> 'currency'"}

_AT = "tenant_id = :tenant AND store_id = :store"
_SYSTEMS = (outward_system.c.tenant_id == bindparam("tenant"), outward_system.c.store_id == bindparam("store"))
_SYSTEM = (*_SYSTEMS, outward_system.c.target == bindparam("of_target"))
_MESSAGES = (outbox.c.tenant_id == bindparam("tenant"), outbox.c.store_id == bindparam("store"))
_OF_TARGET = (*_MESSAGES, outbox.c.target == bindparam("of_target"), text(OUTWARD_SQL))
_MESSAGE = (*_MESSAGES, outbox.c.outbox_id == bindparam("message"))
_ENDED = ("done", "dead", "unsure")

_ENSURE = {
    postgresql: text(
        "INSERT INTO outward_system (tenant_id, store_id, target, kind, epoch, expires_at, stopped, tries, last_words)"
        f" VALUES (:tenant, :store, :of_target, :kind, 0, {_NOW[postgresql]}, :stopped, 0, '') ON CONFLICT DO NOTHING"
    )
    for postgresql in (False, True)
}
_LIST = select(outward_system).where(*_SYSTEMS, ~outward_system.c.stopped).order_by(outward_system.c.target)
_FARED = (
    update(outward_system)
    .where(*_SYSTEM)
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("tries", "failing_since", "paused_until", "last_success_at", "last_words")
        }
    )
)
_STOP = update(outward_system).where(*_SYSTEM).values(stopped=bindparam("new_stopped"), paused_until=None)
_DUE = (
    select(outward_system)
    .where(
        *_SYSTEMS,
        ~outward_system.c.stopped,
        outward_system.c.paused_until.is_(None) | (outward_system.c.paused_until <= bindparam("now")),
        select(outbox.c.outbox_id)
        .where(
            outbox.c.tenant_id == outward_system.c.tenant_id,
            outbox.c.store_id == outward_system.c.store_id,
            outbox.c.target == outward_system.c.target,
            text("outbox.state <> 'done'"),
            outbox.c.state.in_(("ready", "started")),
            outbox.c.due_at.is_(None) | (outbox.c.due_at <= bindparam("now")),
        )
        .exists(),
    )
    .order_by(outward_system.c.target)
)
_ACQUIRE = {
    postgresql: text(
        "UPDATE outward_system SET epoch = CASE WHEN holder = :holder AND expires_at > {now} THEN epoch"
        " ELSE epoch + 1 END, holder = :holder, expires_at = {later} WHERE {at} AND target = :of_target"
        " AND NOT stopped AND (holder IS NULL OR holder = :holder OR expires_at <= {now}) RETURNING epoch".format_map(
            {"now": _NOW[postgresql], "later": _LATER[postgresql], "at": _AT}
        )
    )
    for postgresql in (False, True)
}
_RELEASE_ALL = {
    postgresql: text(f"UPDATE outward_system SET holder = NULL, expires_at = {_NOW[postgresql]} WHERE holder = :holder")
    for postgresql in (False, True)
}
_RELEASE = {
    postgresql: text(f"{_RELEASE_ALL[postgresql].text} AND target = :of_target") for postgresql in (False, True)
}
_TAKE_BACK = (
    update(outbox)
    .where(*_OF_TARGET, text("state <> 'done'"), outbox.c.state == "started")
    .values(state="ready", changed_at=bindparam("now"))
)
_NEXT = (
    select(outbox.c.outbox_id)
    .where(
        *_OF_TARGET,
        text("state <> 'done'"),
        outbox.c.state == "ready",
        outbox.c.due_at.is_(None) | (outbox.c.due_at <= bindparam("now")),
    )
    .order_by(outbox.c.created_at, outbox.c.outbox_id)
    .limit(1)
)
_START = (
    update(outbox)
    .where(*_MESSAGE, outbox.c.state == "ready")
    .values(state="started", epoch=bindparam("fence"), changed_at=bindparam("now"))
    .returning(outbox)
)
_CHANGED: dict[str, Any] = {
    "state": bindparam("new_state"),
    "tries": bindparam("new_tries"),
    "due_at": bindparam("new_due_at"),
    "note": bindparam("new_note"),
    "payload": bindparam("new_payload"),
    "changed_at": bindparam("now"),
}
_FINISH = (
    update(outbox).where(*_MESSAGE, outbox.c.state == "started", outbox.c.epoch == bindparam("fence")).values(_CHANGED)
)
_AGAIN = (
    update(outbox)
    .where(*_MESSAGE, outbox.c.state.in_(_ENDED))
    .values(_CHANGED | {"created_at": bindparam("new_created_at")})
)
_GIVE_UP = (
    update(outbox)
    .where(*_OF_TARGET, text("state <> 'done'"), outbox.c.state.in_(("ready", "started")))
    .values(state="dead", note=bindparam("new_note"), changed_at=bindparam("now"))
)
_FORGET = delete(outbox).where(
    *_MESSAGES, text(OUTWARD_SQL), outbox.c.state.in_(_ENDED), outbox.c.changed_at < bindparam("before")
)
_WAITING = {
    postgresql: text(
        f"SELECT target, state, {_CURRENCY[postgresql]} AS currency, count(*) AS number, min(created_at) AS oldest,"
        f" sum({_MINOR[postgresql]}) AS minor FROM outbox WHERE {_AT} AND {OUTWARD_SQL}"
        " AND state <> 'done' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ).columns(oldest=outbox.c.created_at.type)
    for postgresql in (False, True)
}
_CURSOR = select(outbox.c.created_at).where(*_MESSAGES, outbox.c.outbox_id == bindparam("before"))
_TO_REPLAY = (
    select(outbox)
    .where(*_OF_TARGET, outbox.c.state.in_(_ENDED), outbox.c.created_at >= bindparam("since"))
    .order_by(outbox.c.created_at, outbox.c.outbox_id)
    .limit(bindparam("most"))
)


class SqlOutwardStore:
    """Queues of the systems outside."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def ensure(self, system: OutwardSystem) -> None:
        """Insert a system, unless it is known."""
        row = {
            "tenant": system.tenant_id,
            "store": system.store_id,
            "of_target": system.target,
            "kind": system.kind,
            "stopped": False,
        }
        self._statements.change(_ENSURE[self._statements.postgresql], row)

    def systems(self, tenant_id: TenantId, store_id: StoreId) -> tuple[OutwardSystem, ...]:
        """Return the systems by target, without those that were stopped."""
        rows = self._statements.rows(_LIST, {"tenant": tenant_id, "store": store_id})
        return tuple(_system_of(row) for row in rows)

    def fared(self, system: OutwardSystem) -> None:
        """Store how a system fared: tries, pause, last success, last words."""
        place = {"tenant": system.tenant_id, "store": system.store_id, "of_target": system.target}
        change = {
            "new_tries": system.tries,
            "new_failing_since": system.failing_since,
            "new_paused_until": system.paused_until,
            "new_last_success_at": system.last_success_at,
            "new_last_words": storable(system.last_words),
        }
        self._statements.change(_FARED, place | change)

    def stop(self, tenant_id: TenantId, store_id: StoreId, target: str, *, stopped: bool) -> None:
        """Have nothing sent to a system any more, or again and at once."""
        change = {"tenant": tenant_id, "store": store_id, "of_target": target, "new_stopped": stopped}
        self._statements.change(_STOP, change)

    def due(self, tenant_id: TenantId, store_id: StoreId, now: datetime) -> tuple[OutwardSystem, ...]:
        """Return the systems that have something to send and are neither stopped nor paused."""
        rows = self._statements.rows(_DUE, {"tenant": tenant_id, "store": store_id, "now": now})
        return tuple(_system_of(row) for row in rows)

    def acquire(self, tenant_id: TenantId, store_id: StoreId, target: str, holder: str, lease_s: int) -> int | None:
        """Take or extend the lease of a system by the database's clock; return its epoch, None when another has it."""
        wish = {"tenant": tenant_id, "store": store_id, "of_target": target, "holder": holder, "lease_s": lease_s}
        row = self._statements.first(_ACQUIRE[self._statements.postgresql], wish)
        return None if row is None else int(row.epoch)

    def release(self, holder: str, target: str | None = None) -> None:
        """Give back one lease of this holder, or all of them."""
        statement = _RELEASE_ALL if target is None else _RELEASE
        wish = {"holder": holder} | ({} if target is None else {"of_target": target})
        self._statements.change(statement[self._statements.postgresql], wish)

    def take_back(self, tenant_id: TenantId, store_id: StoreId, target: str, now: datetime) -> int:
        """Make what is marked as started ready again: whoever started it is gone; return how many."""
        change = {"tenant": tenant_id, "store": store_id, "of_target": target, "now": now}
        return self._statements.change(_TAKE_BACK, change)

    def start_next(
        self, tenant_id: TenantId, store_id: StoreId, target: str, *, epoch: int, now: datetime
    ) -> OutboxMessage | None:
        """Mark the oldest due message of a system as started under this epoch and return it."""
        place: dict[str, Any] = {"tenant": tenant_id, "store": store_id}
        found = self._statements.first(_NEXT, place | {"of_target": target, "now": now})
        if found is None:
            return None
        wish = place | {"message": found.outbox_id, "fence": epoch, "now": now}
        row = self._statements.first(_START, wish)
        return None if row is None else message_of(row)

    def finish(self, message: OutboxMessage, *, epoch: int, now: datetime) -> bool:
        """Store state, tries, due_at, note and payload if still started under this epoch; False when fenced off."""
        return self._statements.change(_FINISH, _changes(message, now) | {"fence": epoch}) == 1

    def waiting(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Waiting, ...]:
        """Return what waits for each system, in one look; a system without anything is left out."""
        rows = self._statements.rows(_WAITING[self._statements.postgresql], {"tenant": tenant_id, "store": store_id})
        return _waiting_of(rows)

    def messages(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        target: str,
        *,
        state: str | None,
        before: OutboxId | None,
        limit: int,
    ) -> tuple[OutboxMessage, ...]:
        """Return messages of a system, newest first, of one state or of all; ``before``: those older than this one."""
        wish: dict[str, Any] = {"tenant": tenant_id, "store": store_id, "of_target": target, "most": limit}
        statement = select(outbox).where(*_OF_TARGET)
        if state is not None:
            statement = statement.where(outbox.c.state == bindparam("of_state"))
            wish["of_state"] = state
        if before is not None:
            cursor = self._statements.first(_CURSOR, wish | {"before": before})
            if cursor is None:
                return ()
            at = bindparam("at", type_=outbox.c.created_at.type)
            same = (outbox.c.created_at == at) & (
                outbox.c.outbox_id < bindparam("before", type_=outbox.c.outbox_id.type)
            )
            statement = statement.where((outbox.c.created_at < at) | same)
            wish |= {"at": cursor.created_at, "before": before}
        statement = statement.order_by(outbox.c.created_at.desc(), outbox.c.outbox_id.desc())
        rows = self._statements.rows(statement.limit(bindparam("most")), wish)
        return tuple(message_of(row) for row in rows)

    def to_replay(
        self, tenant_id: TenantId, store_id: StoreId, target: str, since: datetime, limit: int
    ) -> tuple[OutboxMessage, ...]:
        """Return messages that ended (done or dead) and came at ``since`` or later, oldest first."""
        wish = {"tenant": tenant_id, "store": store_id, "of_target": target, "since": since, "most": limit}
        return tuple(message_of(row) for row in self._statements.rows(_TO_REPLAY, wish))

    def again(self, message: OutboxMessage, now: datetime) -> bool:
        """Put a message that ended back as it is given; False when it has not ended."""
        change = _changes(message, now) | {"new_created_at": message.created_at}
        return self._statements.change(_AGAIN, change) == 1

    def give_up(self, tenant_id: TenantId, store_id: StoreId, target: str, *, note: str, now: datetime) -> int:
        """Make everything that waits for a system a dead letter; return how many."""
        change = {"tenant": tenant_id, "store": store_id, "of_target": target, "new_note": storable(note), "now": now}
        return self._statements.change(_GIVE_UP, change)

    def forget(self, tenant_id: TenantId, store_id: StoreId, kinds: Sequence[str], before: datetime) -> int:
        """Delete messages of these kinds that ended before this instant; return how many."""
        statement = _FORGET.where(outbox.c.kind.in_(tuple(kinds)))
        return self._statements.change(statement, {"tenant": tenant_id, "store": store_id, "before": before})


def _changes(message: OutboxMessage, now: datetime) -> dict[str, Any]:
    return {
        "tenant": message.tenant_id,
        "store": message.store_id,
        "message": message.id,
        "new_state": message.state.value,
        "new_tries": message.tries,
        "new_due_at": message.due_at,
        "new_note": None if message.note is None else storable(message.note),
        "new_payload": message.payload,
        "now": now,
    }


def _waiting_of(rows: Sequence[AnyRow]) -> tuple[Waiting, ...]:
    """Join the rows of one system; dead letters are counted, and wait for a person only."""
    found: dict[str, Waiting] = {}
    for row in rows:
        known = found.get(row.target, Waiting(row.target))
        if row.state in ("dead", "unsure"):
            found[row.target] = Waiting(
                row.target, known.number, known.oldest_at, known.dead + row.number, known.amounts
            )
            continue
        amounts = {one.currency.code: one.minor for one in known.amounts}
        if row.currency and row.minor is not None:
            amounts[row.currency] = amounts.get(row.currency, 0) + int(row.minor)
        found[row.target] = Waiting(
            target=row.target,
            number=known.number + row.number,
            oldest_at=row.oldest if known.oldest_at is None else min(known.oldest_at, row.oldest),
            dead=known.dead,
            amounts=tuple(Money(minor, Currency.of(code)) for code, minor in sorted(amounts.items())),
        )
    return tuple(found[target] for target in sorted(found))


def _system_of(row: AnyRow) -> OutwardSystem:
    return OutwardSystem(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        target=row.target,
        kind=row.kind,
        tries=row.tries,
        failing_since=row.failing_since,
        paused_until=row.paused_until,
        last_success_at=row.last_success_at,
        last_words=row.last_words,
    )
