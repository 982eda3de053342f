"""Parked sales and customer displays in SQL."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.sales.catalogue_tables import display_pairing, display_picture, parked_sale
from gateway.adapters.db.statements import Statements
from gateway.domain.errors import RuleError
from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.ports.catalogue_store import DisplayPairing, DisplayPicture, ParkedSale

_PARKED_HERE = (parked_sale.c.tenant_id == bindparam("tenant"), parked_sale.c.store_id == bindparam("store"))
_PARKED = select(parked_sale).where(*_PARKED_HERE, parked_sale.c.parked_id == bindparam("parked"))
_WAITING = (
    select(parked_sale)
    .where(*_PARKED_HERE, parked_sale.c.taken_at.is_(None))
    .order_by(parked_sale.c.created_at.desc(), parked_sale.c.parked_id.desc())
)
_TAKE = (
    update(parked_sale)
    .where(*_PARKED_HERE, parked_sale.c.parked_id == bindparam("parked"), parked_sale.c.taken_at.is_(None))
    .where(parked_sale.c.version == bindparam("expected"))
    .values(
        version=parked_sale.c.version + 1,
        taken_at=bindparam("at"),
        taken_by=bindparam("by"),
        taken_register=bindparam("at_register"),
        taken_request=bindparam("request"),
    )
)
_PAIRING_HERE = (display_pairing.c.tenant_id == bindparam("tenant"), display_pairing.c.store_id == bindparam("store"))
_REDEEM = (
    update(display_pairing)
    .where(
        *_PAIRING_HERE,
        display_pairing.c.code_digest == bindparam("code"),
        display_pairing.c.revoked_at.is_(None),
        display_pairing.c.expires_at > bindparam("at"),
    )
    .values(code_digest=None, token_digest=bindparam("token"), paired_at=bindparam("at"))
)
_IN_USE = select(display_pairing).where(
    *_PAIRING_HERE, display_pairing.c.token_digest.is_not(None), display_pairing.c.revoked_at.is_(None)
)
_OF_TOKEN = _IN_USE.where(display_pairing.c.token_digest == bindparam("token"))
_PAIRED = _IN_USE.order_by(display_pairing.c.paired_at.desc())
_REVOKE = (
    update(display_pairing)
    .where(
        *_PAIRING_HERE,
        display_pairing.c.pairing_id == bindparam("pairing"),
        display_pairing.c.token_digest.is_not(None),
        display_pairing.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("at"))
)
_PICTURE_HERE = (
    display_picture.c.tenant_id == bindparam("tenant"),
    display_picture.c.store_id == bindparam("store"),
    display_picture.c.register_id == bindparam("register"),
)
_PICTURE = select(display_picture).where(*_PICTURE_HERE)
_REPAINT = update(display_picture).where(*_PICTURE_HERE).values(document=bindparam("shown"), told_at=bindparam("at"))


class SqlParkedStore:
    """Baskets put aside; see ``ParkedStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, parked: ParkedSale) -> None:
        """Store a basket; refuses a known id with RuleError ``parked_sale_exists``."""
        if self.get(parked.tenant_id, parked.store_id, parked.id) is not None:
            hint = "Look among the parked sales, or make a new id."
            error = RuleError("parked_sale_exists", "A sale with this id was parked already.", hint)
            raise self._statements.refuse(error)
        self._statements.change(
            insert(parked_sale),
            {
                "tenant_id": parked.tenant_id,
                "store_id": parked.store_id,
                "parked_id": parked.id,
                "name": storable(parked.name),
                "register_id": parked.register_id,
                "document": dict(parked.document),
                "total_minor": parked.total.minor,
                "currency": parked.total.currency.code,
                "version": parked.version,
                "created_at": parked.created_at,
                "created_by": storable(parked.created_by),
            },
        )

    def get(self, tenant_id: TenantId, store_id: StoreId, parked_id: uuid.UUID) -> ParkedSale | None:
        """Return one, also when it is gone."""
        row = self._statements.first(_PARKED, {"tenant": tenant_id, "store": store_id, "parked": parked_id})
        return None if row is None else _parked_of(row)

    def open(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[ParkedSale, ...]:
        """Return those that wait, newest first."""
        rows = self._statements.rows(_WAITING.limit(limit), {"tenant": tenant_id, "store": store_id})
        return tuple(_parked_of(row) for row in rows)

    def take(self, parked: ParkedSale) -> bool:
        """Store who took it, if nobody had; ``parked.version`` is the one that was seen."""
        told = {
            "tenant": parked.tenant_id,
            "store": parked.store_id,
            "parked": parked.id,
            "expected": parked.version,
            "at": parked.taken_at,
            "by": storable(parked.taken_by or ""),
            "at_register": parked.taken_register,
            "request": parked.taken_request,
        }
        return self._statements.change(_TAKE, told) == 1


class SqlDisplayStore:
    """Customer displays; see ``DisplayStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, pairing: DisplayPairing) -> None:
        """Store a pairing that waits for its code."""
        self._statements.change(
            insert(display_pairing),
            {
                "tenant_id": pairing.tenant_id,
                "store_id": pairing.store_id,
                "pairing_id": pairing.id,
                "register_id": pairing.register_id,
                "code_digest": pairing.code_digest,
                "token_digest": pairing.token_digest,
                "created_at": pairing.created_at,
                "created_by": storable(pairing.created_by),
                "expires_at": pairing.expires_at,
            },
        )

    def redeem(
        self, tenant_id: TenantId, store_id: StoreId, code_digest: str, token_digest: str, at: datetime
    ) -> DisplayPairing | None:
        """Turn a code that still holds into a token, once."""
        place: dict[str, Any] = {"tenant": tenant_id, "store": store_id}
        if not self._statements.change(_REDEEM, place | {"code": code_digest, "token": token_digest, "at": at}):
            return None
        return self.of_token(tenant_id, store_id, token_digest)

    def of_token(self, tenant_id: TenantId, store_id: StoreId, token_digest: str) -> DisplayPairing | None:
        """Return the pairing a screen shows, unless it was revoked."""
        row = self._statements.first(_OF_TOKEN, {"tenant": tenant_id, "store": store_id, "token": token_digest})
        return None if row is None else _pairing_of(row)

    def paired(self, tenant_id: TenantId, store_id: StoreId) -> tuple[DisplayPairing, ...]:
        """Return the screens in use, newest first."""
        rows = self._statements.rows(_PAIRED, {"tenant": tenant_id, "store": store_id})
        return tuple(_pairing_of(row) for row in rows)

    def revoke(self, tenant_id: TenantId, store_id: StoreId, pairing_id: uuid.UUID, at: datetime) -> bool:
        """Take a screen its access."""
        told = {"tenant": tenant_id, "store": store_id, "pairing": pairing_id, "at": at}
        return self._statements.change(_REVOKE, told) == 1

    def tell(self, tenant_id: TenantId, store_id: StoreId, picture: DisplayPicture) -> None:
        """Store what is shown at a register from now on."""
        place = {"tenant": tenant_id, "store": store_id, "register": picture.register_id}
        if self._statements.change(_REPAINT, place | {"shown": dict(picture.document), "at": picture.told_at}):
            return
        self._statements.change(
            insert(display_picture),
            {
                "tenant_id": tenant_id,
                "store_id": store_id,
                "register_id": picture.register_id,
                "document": dict(picture.document),
                "told_at": picture.told_at,
            },
        )

    def picture(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> DisplayPicture | None:
        """Return what is shown at a register."""
        row = self._statements.first(_PICTURE, {"tenant": tenant_id, "store": store_id, "register": register_id})
        return None if row is None else DisplayPicture(RegisterId(row.register_id), row.document, row.told_at)


def _parked_of(row: AnyRow) -> ParkedSale:
    return ParkedSale(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=row.parked_id,
        name=row.name,
        register_id=RegisterId(row.register_id),
        document=row.document,
        total=Money(row.total_minor, Currency.of(row.currency)),
        created_at=row.created_at,
        created_by=row.created_by,
        version=row.version,
        taken_at=row.taken_at,
        taken_by=row.taken_by,
        taken_register=None if row.taken_register is None else RegisterId(row.taken_register),
        taken_request=row.taken_request,
    )


def _pairing_of(row: AnyRow) -> DisplayPairing:
    return DisplayPairing(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=row.pairing_id,
        register_id=RegisterId(row.register_id),
        code_digest=row.code_digest,
        token_digest=row.token_digest,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        paired_at=row.paired_at,
        revoked_at=row.revoked_at,
    )
