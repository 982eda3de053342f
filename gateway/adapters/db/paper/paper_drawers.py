"""Openings of cash drawers in SQL: added once, told once, never changed."""

from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, select, text

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.paper.paper_tables import drawer_opening, drawer_result
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import outbox
from gateway.domain.ids import DeviceId, RegisterId, StoreId, TenantId
from gateway.domain.printing.drawer import (
    DrawerCause,
    DrawerOpening,
    DrawerOpeningId,
    DrawerRecord,
    DrawerResult,
    DrawerVerdict,
)
from gateway.ports.paper_store import OPENINGS_MAX

_OPENING_ID = drawer_opening.c.opening_id.type
_INSTANT = drawer_opening.c.asked_at.type
_ADD = text(
    "INSERT INTO drawer_opening (tenant_id, store_id, opening_id, register_id, printer_id, cause, cause_id, reason,"
    " asked_by, asked_at) VALUES (:tenant, :store, :opening, :register, :printer, :cause, :cause_id, :reason, :actor,"
    " :at) ON CONFLICT DO NOTHING RETURNING 1"
).bindparams(
    bindparam("opening", type_=_OPENING_ID),
    bindparam("cause_id", type_=drawer_opening.c.cause_id.type),
    bindparam("at", type_=_INSTANT),
)
_TOLD = text(
    "INSERT INTO drawer_result (tenant_id, store_id, opening_id, verdict, words, proven, told_at) VALUES (:tenant,"
    " :store, :opening, :verdict, :words, :proven, :at) ON CONFLICT DO NOTHING RETURNING 1"
).bindparams(bindparam("opening", type_=_OPENING_ID), bindparam("at", type_=_INSTANT))
_BEGUN = (
    select(outbox.c.payment_id)
    .where(
        outbox.c.tenant_id == bindparam("tenant"),
        outbox.c.store_id == bindparam("store"),
        outbox.c.target == bindparam("of_target"),
        outbox.c.state == "started",
        outbox.c.payment_id.is_not(None),
    )
    .order_by(outbox.c.outbox_id)
)
_JOINED = (
    select(
        drawer_opening,
        drawer_result.c.verdict,
        drawer_result.c.words,
        drawer_result.c.proven,
        drawer_result.c.told_at,
    )
    .select_from(drawer_opening.outerjoin(drawer_result))
    .where(drawer_opening.c.tenant_id == bindparam("tenant"), drawer_opening.c.store_id == bindparam("store"))
)
_GET = _JOINED.where(drawer_opening.c.opening_id == bindparam("opening"))
_NEWEST = _JOINED.order_by(drawer_opening.c.asked_at.desc(), drawer_opening.c.opening_id.desc())


class SqlDrawerStore:
    """Openings of the cash drawers of all stores; every call names tenant and store."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, opening: DrawerOpening) -> bool:
        """Store a wish; False, and nothing stored, when its id is there already."""
        row = {
            "tenant": opening.tenant_id,
            "store": opening.store_id,
            "opening": opening.id,
            "register": opening.register_id,
            "printer": opening.printer_id,
            "cause": opening.cause.value,
            "cause_id": opening.cause_id,
            "reason": storable(opening.reason),
            "actor": storable(opening.asked_by),
            "at": opening.asked_at,
        }
        return self._statements.first(_ADD, row) is not None

    def told(self, tenant_id: TenantId, store_id: StoreId, opening_id: DrawerOpeningId, result: DrawerResult) -> bool:
        """Store what became of it; False when that is known already."""
        row = {
            "tenant": tenant_id,
            "store": store_id,
            "opening": opening_id,
            "verdict": result.verdict.value,
            "words": storable(result.words),
            "proven": result.proven,
            "at": result.told_at,
        }
        return self._statements.first(_TOLD, row) is not None

    def strand(self, tenant_id: TenantId, store_id: StoreId, target: str, result: DrawerResult) -> int:
        """Store this result for every wish whose message to ``target`` was begun and has none; return how many."""
        begun = self._statements.rows(_BEGUN, {"tenant": tenant_id, "store": store_id, "of_target": target})
        return sum(self.told(tenant_id, store_id, DrawerOpeningId(row.payment_id), result) for row in begun)

    def get(self, tenant_id: TenantId, store_id: StoreId, opening_id: DrawerOpeningId) -> DrawerRecord | None:
        """Return one opening with its result."""
        here = {"tenant": tenant_id, "store": store_id, "opening": opening_id}
        row = self._statements.first(_GET, here)
        return None if row is None else _record_of(row)

    def list(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        register_id: RegisterId | None = None,
        cause: DrawerCause | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = OPENINGS_MAX,
    ) -> tuple[DrawerRecord, ...]:
        """Return openings, newest first, at most 500; ``since`` is included, ``until`` is not."""
        asked = drawer_opening.c.asked_at
        wishes: list[tuple[str, object, ColumnElement[bool]]] = [
            ("register", register_id, drawer_opening.c.register_id == bindparam("register")),
            ("cause", cause, drawer_opening.c.cause == bindparam("cause")),
            ("since", since, asked >= bindparam("since")),
            ("until", until, asked < bindparam("until")),
        ]
        here: dict[str, object] = {"tenant": tenant_id, "store": store_id}
        statement = _NEWEST.limit(min(limit, OPENINGS_MAX))
        for name, value, condition in wishes:
            if value is not None:
                statement = statement.where(condition)
                here[name] = value
        return tuple(_record_of(row) for row in self._statements.rows(statement, here))


def _record_of(row: AnyRow) -> DrawerRecord:
    opening = DrawerOpening(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=DrawerOpeningId(row.opening_id),
        register_id=RegisterId(row.register_id),
        printer_id=DeviceId(row.printer_id),
        cause=DrawerCause(row.cause),
        cause_id=row.cause_id,
        reason=row.reason,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
    )
    if row.verdict is None:
        return DrawerRecord(opening, None)
    return DrawerRecord(opening, DrawerResult(DrawerVerdict(row.verdict), row.words, row.proven, row.told_at))
