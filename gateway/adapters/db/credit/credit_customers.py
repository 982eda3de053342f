"""Customers on account in SQL: what somebody owes is read from the ledger, through the entries that point to it."""

import re
import uuid

from sqlalchemy import and_, bindparam, case, func, insert, or_, select, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.credit.credit_tables import customer as customers
from gateway.adapters.db.credit.credit_tables import customer_entry
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import ledger_transfer
from gateway.domain.credit.customer import Customer, CustomerAccount, CustomerEntry, EntrySide
from gateway.domain.credit.voucher import CustomerId
from gateway.domain.ids import StoreId, TenantId, TransferId
from gateway.domain.ledger import TransferKind
from gateway.domain.money import Currency, Money
from gateway.ports.credit_store import CREDIT_PAGE_MAX, AccountLine

_WILD = re.compile("[!%_]")
"""What LIKE would not take as it is typed."""
_HERE = (customers.c.tenant_id == bindparam("tenant"), customers.c.store_id == bindparam("store"))
_ONE = (*_HERE, customers.c.customer_id == bindparam("customer"))
_ENTRIES_HERE = (customer_entry.c.tenant_id == bindparam("tenant"), customer_entry.c.store_id == bindparam("store"))
_closing = ledger_transfer.alias("closing")
_CLOSED_AS = (
    select(_closing.c.kind)
    .where(
        _closing.c.tenant_id == ledger_transfer.c.tenant_id,
        _closing.c.store_id == ledger_transfer.c.store_id,
        _closing.c.pending_id == ledger_transfer.c.transfer_id,
    )
    .scalar_subquery()
)
_BOOKED = customer_entry.join(
    ledger_transfer,
    and_(
        ledger_transfer.c.tenant_id == customer_entry.c.tenant_id,
        ledger_transfer.c.store_id == customer_entry.c.store_id,
        ledger_transfer.c.transfer_id == customer_entry.c.transfer_id,
    ),
)
_SIGNED = case(
    (customer_entry.c.side == EntrySide.DEBIT.value, ledger_transfer.c.amount_minor),
    else_=-ledger_transfer.c.amount_minor,
)
# As in the ledger's balances: a void counts nowhere; what is reserved counts, so that a limit is not used twice.
_NOT_VOID = func.coalesce(_CLOSED_AS, TransferKind.PENDING.value) != TransferKind.VOID.value
_OPEN = (
    select(func.coalesce(func.sum(_SIGNED), 0))
    .select_from(_BOOKED)
    .where(
        customer_entry.c.tenant_id == customers.c.tenant_id,
        customer_entry.c.store_id == customers.c.store_id,
        customer_entry.c.customer_id == customers.c.customer_id,
        _NOT_VOID,
    )
    .scalar_subquery()
)
_LOCK = select(customers.c.customer_id).where(*_ONE).with_for_update(key_share=True)
_ACCOUNTS = select(customers, _OPEN.label("open_minor")).where(*_HERE)
_LOAD = _ACCOUNTS.where(customers.c.customer_id == bindparam("customer"))
_HOLDS = or_(
    customers.c.folded_name.like(bindparam("part"), escape="!"),
    func.lower(func.coalesce(customers.c.reference, "")).like(bindparam("part"), escape="!"),
)
_FIND = _ACCOUNTS.where(_HOLDS).order_by(customers.c.folded_name, customers.c.customer_id).limit(bindparam("most"))
_after = customers.alias("after")
_AFTER_NAME = (
    select(_after.c.folded_name)
    .where(
        _after.c.tenant_id == bindparam("tenant"),
        _after.c.store_id == bindparam("store"),
        _after.c.customer_id == bindparam("last"),
    )
    .scalar_subquery()
)
_FIND_AFTER = _FIND.where(
    or_(
        customers.c.folded_name > _AFTER_NAME,
        and_(customers.c.folded_name == _AFTER_NAME, customers.c.customer_id > bindparam("last")),
    )
)
_TAKEN = select(customers.c.customer_id).where(
    *_HERE, customers.c.reference == bindparam("number"), customers.c.customer_id != bindparam("customer")
)
_CHANGE = (
    update(customers)
    .where(*_ONE)
    .values(
        name=bindparam("new_name"),
        folded_name=bindparam("new_folded"),
        reference=bindparam("new_reference"),
        limit_minor=bindparam("new_limit"),
        blocked=bindparam("now_blocked"),
    )
)
_LINES = (
    select(
        customer_entry,
        _SIGNED.label("signed_minor"),
        ledger_transfer.c.currency.label("money"),
        func.coalesce(_CLOSED_AS, TransferKind.PENDING.value).label("booking"),
    )
    .select_from(_BOOKED)
    .where(*_ENTRIES_HERE, customer_entry.c.customer_id == bindparam("customer"))
    .order_by(customer_entry.c.recorded_at.desc(), customer_entry.c.transfer_id.desc())
    .limit(bindparam("most"))
)
_OF_CAUSE = (
    select(customer_entry)
    .select_from(_BOOKED)
    .where(*_ENTRIES_HERE, ledger_transfer.c.cause_id == bindparam("cause"))
    .order_by(customer_entry.c.recorded_at, customer_entry.c.transfer_id)
)


class SqlCustomerStore:
    """Customers of all stores; see ``CustomerStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, customer: Customer) -> None:
        """Store a customer; errors as in ``CustomerStore``."""
        row = {
            "tenant_id": customer.tenant_id,
            "store_id": customer.store_id,
            "customer_id": customer.id,
            "name": storable(customer.name),
            "folded_name": storable(customer.name).casefold(),
            "reference": customer.reference,
            "limit_minor": customer.limit.minor,
            "currency": customer.limit.currency.code,
            "blocked": customer.blocked,
            "created_at": customer.created_at,
            "created_by": storable(customer.created_by),
        }
        self._statements.change(insert(customers), row)

    def replace(self, customer: Customer) -> None:
        """Store new words about a customer; errors as in ``CustomerStore``."""
        new = {
            "tenant": customer.tenant_id,
            "store": customer.store_id,
            "customer": customer.id,
            "new_name": storable(customer.name),
            "new_folded": storable(customer.name).casefold(),
            "new_reference": customer.reference,
            "new_limit": customer.limit.minor,
            "now_blocked": customer.blocked,
        }
        self._statements.change(_CHANGE, new)

    def lock(self, tenant_id: TenantId, store_id: StoreId, customer_id: CustomerId) -> CustomerAccount | None:
        """Hold a customer and return what is owed."""
        here = {"tenant": tenant_id, "store": store_id, "customer": customer_id}
        if self._statements.first(_LOCK, here) is None:
            return None
        # Read after the lock was got: what others booked while this unit waited is counted.
        return self.load(tenant_id, store_id, customer_id)

    def load(self, tenant_id: TenantId, store_id: StoreId, customer_id: CustomerId) -> CustomerAccount | None:
        """Return one customer with what is owed."""
        row = self._statements.first(_LOAD, {"tenant": tenant_id, "store": store_id, "customer": customer_id})
        return None if row is None else _account_of(row)

    def find(
        self, tenant_id: TenantId, store_id: StoreId, text: str, *, limit: int, after: CustomerId | None = None
    ) -> tuple[CustomerAccount, ...]:
        """Return customers by name whose name or reference holds the text, whatever its case."""
        wish = {
            "tenant": tenant_id,
            "store": store_id,
            "part": "%" + _WILD.sub(r"!\g<0>", text.casefold()) + "%",
            "most": max(0, min(limit, CREDIT_PAGE_MAX)),
        }
        if after is None:
            return tuple(_account_of(row) for row in self._statements.rows(_FIND, wish))
        return tuple(_account_of(row) for row in self._statements.rows(_FIND_AFTER, wish | {"last": after}))

    def taken_reference(self, tenant_id: TenantId, store_id: StoreId, reference: str, besides: CustomerId) -> bool:
        """Return whether another customer has this reference."""
        wish = {"tenant": tenant_id, "store": store_id, "number": reference, "customer": besides}
        return self._statements.first(_TAKEN, wish) is not None

    def add_entry(self, tenant_id: TenantId, store_id: StoreId, entry: CustomerEntry) -> None:
        """Write a line; its transfer is stored in the same unit."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "customer_id": entry.customer_id,
            "transfer_id": entry.transfer_id,
            "side": entry.side.value,
            "cause_id": entry.cause_id,
            "words": storable(entry.words),
            "actor": storable(entry.actor),
            "recorded_at": entry.recorded_at,
        }
        self._statements.change(insert(customer_entry), row)

    def lines(
        self, tenant_id: TenantId, store_id: StoreId, customer_id: CustomerId, *, limit: int
    ) -> tuple[AccountLine, ...]:
        """Return the newest lines of an account, newest first."""
        wish = {
            "tenant": tenant_id,
            "store": store_id,
            "customer": customer_id,
            "most": max(0, min(limit, CREDIT_PAGE_MAX)),
        }
        return tuple(
            AccountLine(_entry_of(row), Money(int(row.signed_minor), Currency.of(row.money)), TransferKind(row.booking))
            for row in self._statements.rows(_LINES, wish)
        )

    def entry_of(self, tenant_id: TenantId, store_id: StoreId, cause_id: uuid.UUID) -> tuple[CustomerEntry, ...]:
        """Return the lines that follow from one tender or other fact."""
        wish = {"tenant": tenant_id, "store": store_id, "cause": cause_id}
        return tuple(_entry_of(row) for row in self._statements.rows(_OF_CAUSE, wish))


def _account_of(row: AnyRow) -> CustomerAccount:
    currency = Currency.of(row.currency)
    customer = Customer(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=CustomerId(row.customer_id),
        name=row.name,
        reference=row.reference,
        limit=Money(row.limit_minor, currency),
        blocked=bool(row.blocked),
        created_at=row.created_at,
        created_by=row.created_by,
    )
    return CustomerAccount(customer, Money(int(row.open_minor), currency))


def _entry_of(row: AnyRow) -> CustomerEntry:
    return CustomerEntry(
        customer_id=CustomerId(row.customer_id),
        transfer_id=TransferId(row.transfer_id),
        side=EntrySide(row.side),
        cause_id=row.cause_id,
        words=row.words,
        actor=row.actor,
        recorded_at=row.recorded_at,
    )
