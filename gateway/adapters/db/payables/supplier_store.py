"""Suppliers, their accounts and their journal in SQL: a change fits the version it was made for, or is not stored."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, delete, func, insert, select, update

from gateway.adapters.db.among import among
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payables.supplier_rows import (
    account_of,
    account_row,
    event_of,
    event_row,
    keys_of,
    supplier_of,
    supplier_row,
)
from gateway.adapters.db.payables.supplier_tables import (
    employee_account,
    supplier,
    supplier_account,
    supplier_event,
    supplier_key,
)
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.documents.duplicates import name_key
from gateway.domain.ids import StoreId, SupplierId, TenantId
from gateway.domain.payables.supplier import AccountState, Supplier, SupplierAccount
from gateway.domain.payables.supplier_checks import vat_key
from gateway.ports.supplier_store import ACCOUNTS_LISTED_MAX, EmployeeAccount, MasterEvent

T = TypeVar("T")

ASKED_AT_ONCE = 5_000
"""Values of one statement's list; SQLite takes 32,766 parameters."""


def _here(table: Table) -> tuple[Any, Any]:
    return table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store")


_SUPPLIER, _KEY, _ACCOUNT, _EVENT, _EMPLOYEE = (
    supplier.c,
    supplier_key.c,
    supplier_account.c,
    supplier_event.c,
    employee_account.c,
)
_FIXED = frozenset({"tenant_id", "store_id", "supplier_id", "created_at"})
_ACCOUNT_FIXED = frozenset({"tenant_id", "store_id", "account_id", "supplier_id", "requested_at"})
_LOAD = select(supplier).where(*_here(supplier), _SUPPLIER.supplier_id == bindparam("one"))
_LOAD_MANY = select(supplier).where(*_here(supplier), among(_SUPPLIER.supplier_id, "many"))
_BLOCKED = select(_SUPPLIER.supplier_id, _SUPPLIER.blocked).where(
    *_here(supplier), among(_SUPPLIER.supplier_id, "many")
)
_BY_NUMBERS = select(supplier).where(*_here(supplier), _SUPPLIER.number.in_(bindparam("many", expanding=True)))
_UPDATE = (
    update(supplier)
    .where(*_here(supplier), _SUPPLIER.supplier_id == bindparam("one"), _SUPPLIER.version == bindparam("expected"))
    .values({column.name: bindparam(f"new_{column.name}") for column in _SUPPLIER if column.name not in _FIXED})
)
_KEYS = select(_KEY.kind, _KEY.known_as).where(*_here(supplier_key), _KEY.supplier_id == bindparam("one"))
_FORGET_KEYS = delete(supplier_key).where(*_here(supplier_key), _KEY.supplier_id == bindparam("one"))
_KNOWN_AS = select(_KEY.supplier_id).where(
    *_here(supplier_key), _KEY.kind == bindparam("of_kind"), _KEY.known_as == bindparam("value")
)
_PAID_AT = select(_ACCOUNT.supplier_id).where(
    *_here(supplier_account), _ACCOUNT.iban == bindparam("value"), _ACCOUNT.state == "effective"
)
_NEWEST = (_ACCOUNT.requested_at.desc(), _ACCOUNT.account_id.desc())
_ACCOUNTS = (
    select(supplier_account).where(*_here(supplier_account), among(_ACCOUNT.supplier_id, "many")).order_by(*_NEWEST)
)
_EFFECTIVE = select(supplier_account).where(
    *_here(supplier_account),
    among(_ACCOUNT.supplier_id, "many"),
    # Joined to nothing: SQLite would look through all effective accounts of the store instead of those asked for.
    _ACCOUNT.state.concat("") == "effective",
)
_ONE_ACCOUNT = select(supplier_account).where(*_here(supplier_account), _ACCOUNT.account_id == bindparam("one"))
_ACCOUNTS_IN = (
    select(supplier_account)
    .where(*_here(supplier_account), _ACCOUNT.state == bindparam("in_state"))
    .order_by(_ACCOUNT.requested_at, _ACCOUNT.account_id)
    .limit(ACCOUNTS_LISTED_MAX)
)
_EMERGENCIES = (
    select(supplier_account)
    .where(*_here(supplier_account), _ACCOUNT.emergency != "", _ACCOUNT.reviewed_by.is_(None))
    .order_by(_ACCOUNT.decided_at, _ACCOUNT.account_id)
    .limit(ACCOUNTS_LISTED_MAX)
)
_HOLDERS = (
    select(supplier_account)
    .where(
        *_here(supplier_account), _ACCOUNT.iban == bindparam("its_iban"), _ACCOUNT.other_id == bindparam("its_number")
    )
    .order_by(*_NEWEST)
)
_UPDATE_ACCOUNT = (
    update(supplier_account)
    .where(*_here(supplier_account), _ACCOUNT.account_id == bindparam("one"), _ACCOUNT.version == bindparam("expected"))
    .values({column.name: bindparam(f"new_{column.name}") for column in _ACCOUNT if column.name not in _ACCOUNT_FIXED})
)
_EVENTS = (
    select(supplier_event)
    .where(*_here(supplier_event), _EVENT.supplier_id == bindparam("one"))
    .order_by(_EVENT.sequence)
)
_LAST = select(func.max(_EVENT.sequence).label("last")).where(
    *_here(supplier_event), _EVENT.supplier_id == bindparam("one")
)
_EMPLOYEES = select(employee_account).where(*_here(employee_account)).order_by(_EMPLOYEE.label, _EMPLOYEE.account_hash)
_THIS_EMPLOYEE = (*_here(employee_account), _EMPLOYEE.account_hash == bindparam("hashed"))


class SqlSupplierStore:
    """Suppliers of all stores; see ``SupplierStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, supplier: Supplier) -> None:
        """Store a new supplier."""
        self._statements.change(insert(_table()), supplier_row(supplier))
        self._add_keys(supplier)

    def update(self, supplier: Supplier) -> bool:
        """Store a supplier that was loaded at the version before this one; False when it has changed since."""
        place = _of(supplier.tenant_id, supplier.store_id)
        change = {f"new_{name}": value for name, value in supplier_row(supplier).items() if name not in _FIXED}
        asked = place | {"one": supplier.id, "expected": supplier.version - 1} | change
        if self._statements.change(_UPDATE, asked) != 1:
            return False
        known = {(row.kind, row.known_as) for row in self._statements.rows(_KEYS, place | {"one": supplier.id})}
        if known != keys_of(supplier):
            self._statements.change(_FORGET_KEYS, place | {"one": supplier.id})
            self._add_keys(supplier)
        return True

    def load(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> Supplier | None:
        """Return one supplier."""
        row = self._statements.first(_LOAD, _of(tenant_id, store_id) | {"one": supplier_id})
        return None if row is None else supplier_of(row)

    def load_many(
        self, tenant_id: TenantId, store_id: StoreId, supplier_ids: Sequence[SupplierId]
    ) -> Mapping[SupplierId, Supplier]:
        """Return suppliers by id, in few statements however many they are."""
        found = self._many(_LOAD_MANY, tenant_id, store_id, supplier_ids)
        return {SupplierId(row.supplier_id): supplier_of(row) for row in found}

    def blocked_of(
        self, tenant_id: TenantId, store_id: StoreId, supplier_ids: Sequence[SupplierId]
    ) -> Mapping[SupplierId, str]:
        """Return why each supplier is blocked, empty where none is; in few statements."""
        found = self._many(_BLOCKED, tenant_id, store_id, supplier_ids)
        return {SupplierId(row.supplier_id): row.blocked for row in found}

    def by_number(self, tenant_id: TenantId, store_id: StoreId, number: str) -> Supplier | None:
        """Return the supplier with this number."""
        return self.by_numbers(tenant_id, store_id, (number,)).get(number)

    def by_numbers(self, tenant_id: TenantId, store_id: StoreId, numbers: Sequence[str]) -> Mapping[str, Supplier]:
        """Return suppliers by their numbers, in few statements."""
        wanted = [storable(number) for number in numbers]
        return {row.number: supplier_of(row) for row in self._many(_BY_NUMBERS, tenant_id, store_id, wanted)}

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, text: str = "", after: str = "", limit: int = 50
    ) -> tuple[Supplier, ...]:
        """Return suppliers by number behind ``after``; ``text``: a part of a name or number, or a whole VAT id."""
        statement = select(supplier).where(*_here(supplier), _SUPPLIER.number > bindparam("behind"))
        if text:
            searched = _SUPPLIER.search_text.contains(storable(text).casefold(), autoescape=True)
            known_as = select(_KEY.supplier_id).where(
                *_here(supplier_key), _KEY.kind == "vat", _KEY.known_as == vat_key(storable(text))
            )
            statement = statement.where(searched | _SUPPLIER.supplier_id.in_(known_as))
        statement = statement.order_by(_SUPPLIER.number).limit(limit)
        rows = self._statements.rows(statement, _of(tenant_id, store_id) | {"behind": storable(after)})
        return tuple(supplier_of(row) for row in rows)

    def known_as(
        self, tenant_id: TenantId, store_id: StoreId, *, vat_id: str = "", iban: str = "", name: str = ""
    ) -> tuple[Supplier, ...]:
        """Return suppliers with this VAT id, this effective account or this name (as duplicates are named)."""
        place = _of(tenant_id, store_id)
        found: set[SupplierId] = set()
        for kind, value in (("vat", vat_key(storable(vat_id))), ("name", storable(name_key(name)))):
            if value:
                rows = self._statements.rows(_KNOWN_AS, place | {"of_kind": kind, "value": value})
                found |= {SupplierId(row.supplier_id) for row in rows}
        if iban:
            rows = self._statements.rows(_PAID_AT, place | {"value": storable(iban)})
            found |= {SupplierId(row.supplier_id) for row in rows}
        return tuple(sorted(self.load_many(tenant_id, store_id, sorted(found)).values(), key=lambda one: one.number))

    def accounts(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> tuple[SupplierAccount, ...]:
        """Return the accounts of a supplier with their history, newest first."""
        return self.accounts_of(tenant_id, store_id, (supplier_id,))

    def accounts_of(
        self, tenant_id: TenantId, store_id: StoreId, supplier_ids: Sequence[SupplierId]
    ) -> tuple[SupplierAccount, ...]:
        """Return the accounts of many suppliers with their history, newest first, in few statements."""
        return tuple(account_of(row) for row in self._many(_ACCOUNTS, tenant_id, store_id, supplier_ids))

    def effective_accounts(
        self, tenant_id: TenantId, store_id: StoreId, supplier_ids: Sequence[SupplierId]
    ) -> Mapping[SupplierId, SupplierAccount]:
        """Return the account each supplier is paid to now, in few statements."""
        found = self._many(_EFFECTIVE, tenant_id, store_id, supplier_ids)
        return {SupplierId(row.supplier_id): account_of(row) for row in found}

    def account(self, tenant_id: TenantId, store_id: StoreId, account_id: uuid.UUID) -> SupplierAccount | None:
        """Return one account."""
        row = self._statements.first(_ONE_ACCOUNT, _of(tenant_id, store_id) | {"one": account_id})
        return None if row is None else account_of(row)

    def accounts_in(self, tenant_id: TenantId, store_id: StoreId, state: AccountState) -> tuple[SupplierAccount, ...]:
        """Return the accounts in a state, the longest waiting first, at most 200."""
        rows = self._statements.rows(_ACCOUNTS_IN, _of(tenant_id, store_id) | {"in_state": state.value})
        return tuple(account_of(row) for row in rows)

    def emergencies(self, tenant_id: TenantId, store_id: StoreId) -> tuple[SupplierAccount, ...]:
        """Return the accounts confirmed in an emergency that nobody has reviewed, at most 200."""
        return tuple(account_of(row) for row in self._statements.rows(_EMERGENCIES, _of(tenant_id, store_id)))

    def holders_of(
        self, tenant_id: TenantId, store_id: StoreId, *, iban: str = "", other_id: str = ""
    ) -> tuple[SupplierAccount, ...]:
        """Return every account, of whatever supplier and state, with this number."""
        asked = _of(tenant_id, store_id) | {"its_iban": storable(iban), "its_number": storable(other_id)}
        return tuple(account_of(row) for row in self._statements.rows(_HOLDERS, asked))

    def add_account(self, tenant_id: TenantId, store_id: StoreId, account: SupplierAccount) -> None:
        """Store a requested account."""
        self._statements.change(insert(supplier_account), account_row(tenant_id, store_id, account))

    def update_account(self, tenant_id: TenantId, store_id: StoreId, account: SupplierAccount) -> bool:
        """Store an account loaded at the version before this one; False when it has changed since."""
        row = account_row(tenant_id, store_id, account)
        change = {f"new_{name}": value for name, value in row.items() if name not in _ACCOUNT_FIXED}
        asked = _of(tenant_id, store_id) | {"one": account.id, "expected": account.version - 1} | change
        return self._statements.change(_UPDATE_ACCOUNT, asked) == 1

    def next_sequence(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> int:
        """Return the sequence the next line of a supplier's journal gets."""
        row = self._statements.first(_LAST, _of(tenant_id, store_id) | {"one": supplier_id})
        return 1 if row is None or row.last is None else int(row.last) + 1

    def tell(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId, event: MasterEvent) -> None:
        """Add a line to a supplier's journal."""
        self._statements.change(insert(supplier_event), event_row(tenant_id, store_id, supplier_id, event))

    def events(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> tuple[MasterEvent, ...]:
        """Return a supplier's journal, oldest first."""
        rows = self._statements.rows(_EVENTS, _of(tenant_id, store_id) | {"one": supplier_id})
        return tuple(event_of(row) for row in rows)

    def put_employee_account(self, tenant_id: TenantId, store_id: StoreId, account: EmployeeAccount) -> None:
        """Store the account of an employee in place of the one with its hash."""
        self.remove_employee_account(tenant_id, store_id, account.account_hash)
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "account_hash": account.account_hash,
            "label": storable(account.label),
            "added_by": storable(account.added_by),
            "added_at": account.added_at,
            "shown": storable(account.shown) or None,
        }
        self._statements.change(insert(employee_account), row)

    def remove_employee_account(self, tenant_id: TenantId, store_id: StoreId, account_hash: str) -> bool:
        """Forget an account of an employee; False when it is not there."""
        asked = _of(tenant_id, store_id) | {"hashed": account_hash}
        return self._statements.change(delete(employee_account).where(*_THIS_EMPLOYEE), asked) == 1

    def employee_accounts(self, tenant_id: TenantId, store_id: StoreId) -> tuple[EmployeeAccount, ...]:
        """Return the accounts of employees by label."""
        return tuple(_employee_of(row) for row in self._statements.rows(_EMPLOYEES, _of(tenant_id, store_id)))

    def employee_with(self, tenant_id: TenantId, store_id: StoreId, account_hash: str) -> EmployeeAccount | None:
        """Return the employee's account with this hash."""
        asked = _of(tenant_id, store_id) | {"hashed": account_hash}
        row = self._statements.first(select(employee_account).where(*_THIS_EMPLOYEE), asked)
        return None if row is None else _employee_of(row)

    def _add_keys(self, one: Supplier) -> None:
        place = {"tenant_id": one.tenant_id, "store_id": one.store_id, "supplier_id": one.id}
        for kind, value in sorted(keys_of(one)):
            self._statements.change(insert(supplier_key), place | {"kind": kind, "known_as": value})

    def _many(self, statement: Any, tenant_id: TenantId, store_id: StoreId, wanted: Sequence[T]) -> Iterable[AnyRow]:  # noqa: ANN401  # a select over many columns
        for start in range(0, len(wanted), ASKED_AT_ONCE):
            asked = _of(tenant_id, store_id) | {"many": list(wanted[start : start + ASKED_AT_ONCE])}
            yield from self._statements.many(statement, asked)


def _table() -> Table:
    """Return the table of suppliers where a supplier is called ``supplier``, as in the port."""
    return supplier


def _of(tenant_id: TenantId, store_id: StoreId) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id}


def _employee_of(row: AnyRow) -> EmployeeAccount:
    return EmployeeAccount(row.account_hash, row.label, row.added_by, row.added_at, row.shown or "")
