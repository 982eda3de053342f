"""Vouchers and store credit in SQL: what is left is always added up from the movements, under the voucher's lock."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.credit.credit_tables import voucher as vouchers
from gateway.adapters.db.credit.credit_tables import voucher_movement
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.credit.voucher import (
    CustomerId,
    MovementKind,
    Voucher,
    VoucherId,
    VoucherKind,
    VoucherMovement,
    VoucherOrigin,
    check_movement,
)
from gateway.domain.errors import RuleError
from gateway.domain.ids import SaleId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.ports.credit_store import (
    CREDIT_PAGE_MAX,
    NewMovement,
    StoredCode,
    VoucherBalance,
    VoucherFilter,
    VoucherRecord,
)

MOVEMENTS_MAX = 1000
"""Lines shown of one voucher: the newest."""

_HERE = (vouchers.c.tenant_id == bindparam("tenant"), vouchers.c.store_id == bindparam("store"))
_ONE = (*_HERE, vouchers.c.voucher_id == bindparam("voucher"))
_MOVES_HERE = (voucher_movement.c.tenant_id == bindparam("tenant"), voucher_movement.c.store_id == bindparam("store"))
_MOVES_OF = (*_MOVES_HERE, voucher_movement.c.voucher_id == bindparam("voucher"))
_LEFT = (
    select(func.coalesce(func.sum(voucher_movement.c.amount_minor), 0))
    .where(
        voucher_movement.c.tenant_id == vouchers.c.tenant_id,
        voucher_movement.c.store_id == vouchers.c.store_id,
        voucher_movement.c.voucher_id == vouchers.c.voucher_id,
    )
    .scalar_subquery()
)
_LOCK = select(vouchers).where(*_ONE).with_for_update(key_share=True)
_SUMS = select(
    func.coalesce(func.sum(voucher_movement.c.amount_minor), 0).label("left_minor"),
    func.coalesce(func.max(voucher_movement.c.sequence), 0).label("last_sequence"),
).where(*_MOVES_OF)
_SAME = select(voucher_movement.c.sequence).where(
    *_MOVES_OF, voucher_movement.c.kind == bindparam("move"), voucher_movement.c.cause_id == bindparam("cause")
)
_BY_CODE = select(vouchers.c.voucher_id).where(*_HERE, vouchers.c.code_hash == bindparam("digest"))
_CODE = select(vouchers.c.code_hash, vouchers.c.code_salt).where(*_ONE)
_BLOCK = update(vouchers).where(*_ONE).values(blocked=bindparam("now_blocked"))
_BALANCES = select(vouchers, _LEFT.label("left_minor")).where(*_HERE)
_LOAD = _BALANCES.where(vouchers.c.voucher_id == bindparam("voucher"))
_JOURNAL = select(voucher_movement).where(*_MOVES_OF).order_by(voucher_movement.c.sequence.desc()).limit(MOVEMENTS_MAX)
_CREDIT = (
    select(vouchers.c.voucher_id)
    .where(
        *_HERE,
        vouchers.c.kind == VoucherKind.STORE_CREDIT.value,
        vouchers.c.customer_id == bindparam("customer"),
        vouchers.c.currency == bindparam("money"),
        vouchers.c.code_hash.is_(None),
    )
    .order_by(vouchers.c.created_at)
    .limit(1)
)
_BY_CAUSE = (
    select(voucher_movement)
    .where(
        *_MOVES_HERE,
        voucher_movement.c.cause_id == bindparam("cause"),
        voucher_movement.c.kind == bindparam("move"),
    )
    .order_by(voucher_movement.c.recorded_at, voucher_movement.c.voucher_id)
)
_EXPIRED = (
    select(vouchers.c.voucher_id)
    .where(*_HERE, vouchers.c.expires_at.is_not(None), vouchers.c.expires_at <= bindparam("present"), _LEFT > 0)
    .order_by(vouchers.c.expires_at)
    .limit(bindparam("most"))
)


class SqlVoucherStore:
    """Vouchers of all stores; see ``VoucherStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, voucher: Voucher, code: StoredCode | None) -> None:
        """Store a voucher without any movement; errors as in ``VoucherStore``."""
        row = {
            "tenant_id": voucher.tenant_id,
            "store_id": voucher.store_id,
            "voucher_id": voucher.id,
            "kind": voucher.kind.value,
            "origin": voucher.origin.value,
            "amount_minor": voucher.amount.minor,
            "currency": voucher.amount.currency.code,
            "code_hash": None if code is None else code.hash,
            "code_salt": None if code is None else code.salt,
            "code_end": voucher.code_end,
            "customer_id": voucher.customer_id,
            "sale_id": voucher.sale_id,
            "expires_at": voucher.expires_at,
            "blocked": voucher.blocked,
            "created_at": voucher.created_at,
            "created_by": storable(voucher.created_by),
            "trace_id": voucher.trace_id,
        }
        self._statements.change(insert(vouchers), row)

    def lock(self, tenant_id: TenantId, store_id: StoreId, voucher_id: VoucherId) -> VoucherBalance | None:
        """Hold a voucher and return what is left on it."""
        here = {"tenant": tenant_id, "store": store_id, "voucher": voucher_id}
        row = self._statements.first(_LOCK, here)
        if row is None:
            return None
        held = voucher_of(row)
        # Added up after the lock was got: what others stored while this unit waited is counted.
        found = self._statements.first(_SUMS, here)
        return VoucherBalance(held, Money(int(found.left_minor) if found else 0, held.amount.currency))

    def find_by_code(self, tenant_id: TenantId, store_id: StoreId, code_hash: str) -> VoucherId | None:
        """Return the voucher with this code."""
        row = self._statements.first(_BY_CODE, {"tenant": tenant_id, "store": store_id, "digest": code_hash})
        return None if row is None else VoucherId(row.voucher_id)

    def code_of(self, tenant_id: TenantId, store_id: StoreId, voucher_id: VoucherId) -> StoredCode | None:
        """Return what is stored of a voucher's code."""
        row = self._statements.first(_CODE, {"tenant": tenant_id, "store": store_id, "voucher": voucher_id})
        return StoredCode(row.code_hash, bytes(row.code_salt)) if row is not None and row.code_hash else None

    def move(self, voucher: Voucher, movement: NewMovement) -> VoucherMovement:
        """Write the next line of a voucher's journal; errors as in ``VoucherStore``."""
        here = {"tenant": voucher.tenant_id, "store": voucher.store_id, "voucher": voucher.id}
        same = {"move": movement.kind.value, "cause": movement.cause_id}
        if self._statements.first(_SAME, here | same) is not None:
            message = "This was recorded on the voucher before."
            raise self._statements.refuse(RuleError("already_recorded", message, "Load it again."))
        found = self._statements.first(_SUMS, here)
        left, last = (int(found.left_minor), int(found.last_sequence)) if found else (0, 0)
        try:
            check_movement(movement.kind, movement.amount, Money(left, voucher.amount.currency))
        except RuleError as error:
            raise self._statements.refuse(error) from None
        line = VoucherMovement(
            voucher_id=voucher.id,
            sequence=last + 1,
            kind=movement.kind,
            amount=movement.amount,
            cause_id=movement.cause_id,
            words=storable(movement.words),
            actor=storable(movement.actor),
            recorded_at=movement.at,
        )
        self._statements.change(insert(voucher_movement), _movement_row(voucher, line))
        return line

    def set_blocked(self, tenant_id: TenantId, store_id: StoreId, voucher_id: VoucherId, *, blocked: bool) -> None:
        """Block or unblock a voucher."""
        here = {"tenant": tenant_id, "store": store_id, "voucher": voucher_id}
        self._statements.change(_BLOCK, here | {"now_blocked": blocked})

    def load(self, tenant_id: TenantId, store_id: StoreId, voucher_id: VoucherId) -> VoucherRecord | None:
        """Return one voucher with its journal."""
        here = {"tenant": tenant_id, "store": store_id, "voucher": voucher_id}
        row = self._statements.first(_LOAD, here)
        if row is None:
            return None
        found = _balance_of(row)
        lines = self._statements.rows(_JOURNAL, here)
        return VoucherRecord(found.voucher, found.left, tuple(_movement_of(one) for one in reversed(lines)))

    def list(
        self, tenant_id: TenantId, store_id: StoreId, wanted: VoucherFilter, *, limit: int
    ) -> tuple[VoucherBalance, ...]:
        """Return vouchers, newest first."""
        values: dict[str, object] = {"tenant": tenant_id, "store": store_id}
        query: Select[Any] = _BALANCES
        if wanted.code_end:
            query = query.where(vouchers.c.code_end == bindparam("end"))
            values["end"] = wanted.code_end
        if wanted.customer_id is not None:
            query = query.where(vouchers.c.customer_id == bindparam("customer"))
            values["customer"] = wanted.customer_id
        if wanted.sale_id is not None:
            query = query.where(vouchers.c.sale_id == bindparam("sale"))
            values["sale"] = wanted.sale_id
        if wanted.before is not None:
            # Those made in the same instant are told apart by their ids.
            same = (vouchers.c.created_at == _made_at()) & (vouchers.c.voucher_id < bindparam("voucher"))
            query = query.where((vouchers.c.created_at < _made_at()) | same)
            values["voucher"] = wanted.before
        query = query.order_by(vouchers.c.created_at.desc(), vouchers.c.voucher_id.desc())
        rows = self._statements.rows(query.limit(max(0, min(limit, CREDIT_PAGE_MAX))), values)
        return tuple(_balance_of(row) for row in rows)

    def credit_of(
        self, tenant_id: TenantId, store_id: StoreId, customer_id: CustomerId, currency: Currency
    ) -> VoucherId | None:
        """Return the store credit a customer has in a currency."""
        wish = {"tenant": tenant_id, "store": store_id, "customer": customer_id, "money": currency.code}
        row = self._statements.first(_CREDIT, wish)
        return None if row is None else VoucherId(row.voucher_id)

    def moved_by(
        self, tenant_id: TenantId, store_id: StoreId, cause_id: uuid.UUID, kind: MovementKind
    ) -> tuple[VoucherMovement, ...]:
        """Return the movements of a kind that follow from one fact, oldest first."""
        wish = {"tenant": tenant_id, "store": store_id, "cause": cause_id, "move": kind.value}
        return tuple(_movement_of(row) for row in self._statements.rows(_BY_CAUSE, wish))

    def expired(self, tenant_id: TenantId, store_id: StoreId, *, now: datetime, limit: int) -> tuple[VoucherId, ...]:
        """Return vouchers whose day has passed and on which something is left."""
        wish = {"tenant": tenant_id, "store": store_id, "present": now, "most": limit}
        return tuple(VoucherId(row.voucher_id) for row in self._statements.rows(_EXPIRED, wish))


def _made_at() -> Any:  # noqa: ANN401 - SQLAlchemy names the type of a subquery by its database type
    other = vouchers.alias()
    here = (other.c.tenant_id == bindparam("tenant"), other.c.store_id == bindparam("store"))
    return select(other.c.created_at).where(*here, other.c.voucher_id == bindparam("voucher")).scalar_subquery()


def voucher_of(row: AnyRow) -> Voucher:
    """Return the voucher of a row."""
    return Voucher(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=VoucherId(row.voucher_id),
        kind=VoucherKind(row.kind),
        origin=VoucherOrigin(row.origin),
        amount=Money(row.amount_minor, Currency.of(row.currency)),
        code_end=row.code_end,
        customer_id=None if row.customer_id is None else CustomerId(row.customer_id),
        sale_id=None if row.sale_id is None else SaleId(row.sale_id),
        expires_at=row.expires_at,
        blocked=bool(row.blocked),
        created_at=row.created_at,
        created_by=row.created_by,
        trace_id=row.trace_id,
    )


def _balance_of(row: AnyRow) -> VoucherBalance:
    found = voucher_of(row)
    return VoucherBalance(found, Money(int(row.left_minor), found.amount.currency))


def _movement_of(row: AnyRow) -> VoucherMovement:
    return VoucherMovement(
        voucher_id=VoucherId(row.voucher_id),
        sequence=row.sequence,
        kind=MovementKind(row.kind),
        amount=Money(row.amount_minor, Currency.of(row.currency)),
        cause_id=row.cause_id,
        words=row.words,
        actor=row.actor,
        recorded_at=row.recorded_at,
    )


def _movement_row(voucher: Voucher, line: VoucherMovement) -> dict[str, object]:
    return {
        "tenant_id": voucher.tenant_id,
        "store_id": voucher.store_id,
        "voucher_id": line.voucher_id,
        "sequence": line.sequence,
        "kind": line.kind.value,
        "amount_minor": line.amount.minor,
        "currency": line.amount.currency.code,
        "cause_id": line.cause_id,
        "words": line.words,
        "actor": line.actor,
        "recorded_at": line.recorded_at,
    }
