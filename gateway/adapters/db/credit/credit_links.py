"""Pay links in SQL."""

from sqlalchemy import and_, bindparam, insert, or_, select, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.credit.credit_tables import pay_link
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.bank.transfer_order import TransferOrderId
from gateway.domain.credit.pay_link import PayLink, PayLinkId
from gateway.domain.credit.voucher_code import VoucherCode
from gateway.domain.ids import PaymentId, RegisterId, SaleId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.ports.credit_store import CREDIT_PAGE_MAX, StoredToken

_HERE = (pay_link.c.tenant_id == bindparam("tenant"), pay_link.c.store_id == bindparam("store"))
_ONE = (*_HERE, pay_link.c.link_id == bindparam("link"))
_LOAD = select(pay_link).where(*_ONE)
_LOCK = _LOAD.with_for_update(key_share=True)
_BY_TOKEN = select(pay_link).where(*_HERE, pay_link.c.token_hash == bindparam("digest"))
_BY_CODE = select(pay_link).where(*_HERE, pay_link.c.till_code == bindparam("typed"))
_CHANGE = (
    update(pay_link)
    .where(*_ONE)
    .values(
        payment_id=bindparam("new_payment"),
        order_id=bindparam("new_order"),
        cancelled_at=bindparam("new_cancel"),
        cancelled_by=bindparam("actor"),
        round=bindparam("new_round"),
    )
)
_LIST = (
    select(pay_link)
    .where(*_HERE)
    .order_by(pay_link.c.created_at.desc(), pay_link.c.link_id.desc())
    .limit(bindparam("most"))
)
_last = pay_link.alias("last")
_LAST_AT = (
    select(_last.c.created_at)
    .where(
        _last.c.tenant_id == bindparam("tenant"),
        _last.c.store_id == bindparam("store"),
        _last.c.link_id == bindparam("link"),
    )
    .scalar_subquery()
)
_LIST_BEFORE = _LIST.where(
    or_(
        pay_link.c.created_at < _LAST_AT,
        and_(pay_link.c.created_at == _LAST_AT, pay_link.c.link_id < bindparam("link")),
    )
)


class SqlPayLinkStore:
    """Pay links of all stores; see ``PayLinkStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, link: PayLink, token: StoredToken) -> None:
        """Store a link; errors as in ``PayLinkStore``."""
        row = {
            "tenant_id": link.tenant_id,
            "store_id": link.store_id,
            "link_id": link.id,
            "token_hash": token.hash,
            "token_salt": token.salt,
            "till_code": link.till_code,
            "register_id": link.register_id,
            "sale_id": link.sale_id,
            "amount_minor": link.amount.minor,
            "currency": link.amount.currency.code,
            "reference": storable(link.reference),
            "expires_at": link.expires_at,
            "created_at": link.created_at,
            "created_by": storable(link.created_by),
            "trace_id": link.trace_id,
            "round": link.round,
        }
        self._statements.change(insert(pay_link), row)

    def lock(self, tenant_id: TenantId, store_id: StoreId, link_id: PayLinkId) -> PayLink | None:
        """Hold a link and return it."""
        row = self._statements.first(_LOCK, {"tenant": tenant_id, "store": store_id, "link": link_id})
        return None if row is None else _link_of(row)

    def change(self, link: PayLink) -> None:
        """Store what was chosen for a locked link, or that it was cancelled."""
        new = {
            "tenant": link.tenant_id,
            "store": link.store_id,
            "link": link.id,
            "new_payment": link.payment_id,
            "new_order": link.transfer_id,
            "new_cancel": link.cancelled_at,
            "actor": None if link.cancelled_by is None else storable(link.cancelled_by),
            "new_round": link.round,
        }
        self._statements.change(_CHANGE, new)

    def load(self, tenant_id: TenantId, store_id: StoreId, link_id: PayLinkId) -> PayLink | None:
        """Return one link."""
        row = self._statements.first(_LOAD, {"tenant": tenant_id, "store": store_id, "link": link_id})
        return None if row is None else _link_of(row)

    def token_of(self, tenant_id: TenantId, store_id: StoreId, link_id: PayLinkId) -> StoredToken | None:
        """Return what is stored of a link's token."""
        row = self._statements.first(_LOAD, {"tenant": tenant_id, "store": store_id, "link": link_id})
        return None if row is None else StoredToken(row.token_hash, bytes(row.token_salt))

    def find_by_token(self, tenant_id: TenantId, store_id: StoreId, token_hash: str) -> PayLink | None:
        """Return the link with this token."""
        row = self._statements.first(_BY_TOKEN, {"tenant": tenant_id, "store": store_id, "digest": token_hash})
        return None if row is None else _link_of(row)

    def find_by_till_code(self, tenant_id: TenantId, store_id: StoreId, till_code: str) -> PayLink | None:
        """Return the link with this code."""
        row = self._statements.first(_BY_CODE, {"tenant": tenant_id, "store": store_id, "typed": till_code})
        return None if row is None else _link_of(row)

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, limit: int, before: PayLinkId | None = None
    ) -> tuple[PayLink, ...]:
        """Return links, newest first."""
        wish: dict[str, object] = {
            "tenant": tenant_id,
            "store": store_id,
            "most": max(0, min(limit, CREDIT_PAGE_MAX)),
        }
        if before is None:
            return tuple(_link_of(row) for row in self._statements.rows(_LIST, wish))
        return tuple(_link_of(row) for row in self._statements.rows(_LIST_BEFORE, wish | {"link": before}))


def _link_of(row: AnyRow) -> PayLink:
    return PayLink(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=PayLinkId(row.link_id),
        till_code=VoucherCode(row.till_code),
        register_id=RegisterId(row.register_id),
        sale_id=SaleId(row.sale_id),
        amount=Money(row.amount_minor, Currency.of(row.currency)),
        reference=row.reference,
        expires_at=row.expires_at,
        created_at=row.created_at,
        created_by=row.created_by,
        trace_id=row.trace_id,
        payment_id=None if row.payment_id is None else PaymentId(row.payment_id),
        transfer_id=None if row.order_id is None else TransferOrderId(row.order_id),
        cancelled_at=row.cancelled_at,
        cancelled_by=row.cancelled_by,
        round=row.round,
    )
