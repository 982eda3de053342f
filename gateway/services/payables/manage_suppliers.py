"""Keeps suppliers: made, changed with a journal, blocked and unblocked, looked at whole."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import SupplierId
from gateway.domain.payables.payable import Payable, PayableState
from gateway.domain.payables.supplier import Supplier
from gateway.domain.payables.supplier_checks import account_hash, account_number_shown
from gateway.domain.payables.supplier_wish import (
    SupplierWish,
    changed_supplier,
    changes_between,
    checked_wish,
    new_supplier,
    wish_of,
)
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.payable_store import PAYABLES_PAGE_MAX, PayableWish
from gateway.ports.supplier_store import EmployeeAccount, MasterEvent
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.change_bank_details import ChangeBankDetails, WaitingAccount
from gateway.services.payables.supplier_journal import tell_in

_log = logging.getLogger(__name__)

EMPLOYEE_ACCOUNTS_MAX = 5_000
_ENDED = frozenset({PayableState.SETTLED, PayableState.RECONCILED, PayableState.REJECTED, PayableState.CANCELLED})


@dataclass(frozen=True, slots=True)
class SupplierView:
    """A supplier with everything its page shows. ``open``, ``paid``: payables, newest first, at most 100 each."""

    supplier: Supplier
    accounts: tuple[WaitingAccount, ...]
    events: tuple[MasterEvent, ...]
    open: tuple[Payable, ...]
    paid: tuple[Payable, ...]


class ManageSuppliers:
    """The suppliers of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, accounts: ChangeBankDetails) -> None:
        self._storage = storage
        self._clock = clock
        self._accounts = accounts

    def find(self, caller: Caller, *, text: str = "", after: str = "", limit: int = 50) -> tuple[Supplier, ...]:
        """Return suppliers by number behind ``after``."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            return unit.suppliers.list(caller.tenant_id, caller.store_id, text=text, after=after, limit=limit)

    def get(self, caller: Caller, supplier_id: SupplierId) -> SupplierView:
        """Return a supplier whole.

        Raises:
            NotFound: ``supplier_not_found``.
        """
        caller.require(Permission.PAYABLES_READ)
        here = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            supplier = _loaded(unit, caller, supplier_id)
            accounts = unit.suppliers.accounts(*here, supplier_id)
            still_open = tuple(sorted(set(PayableState) - _ENDED))
            paid = (PayableState.SETTLED, PayableState.RECONCILED)
            wishes = [PayableWish(states=states, supplier_id=supplier_id) for states in (still_open, paid)]
            found = [unit.payables.list(*here, wish, before=None, limit=PAYABLES_PAGE_MAX) for wish in wishes]
            return SupplierView(
                supplier=supplier,
                accounts=tuple(self._accounts.seen_in(unit, supplier, account) for account in accounts),
                events=unit.suppliers.events(*here, supplier_id),
                open=found[0],
                paid=found[1],
            )

    def put(
        self, caller: Caller, supplier_id: SupplierId, wish: SupplierWish, *, version: int | None = None
    ) -> Supplier:
        """Store a supplier under an id the client made; the same again changes nothing.

        ``version``: the one that was looked at, needed for a change.

        Raises:
            NotPermitted: without ``payables:work``.
            InputError: as :func:`checked_wish`.
            RuleError: ``supplier_changed`` when it was changed meanwhile, ``supplier_number_taken``.
        """
        caller.require(Permission.PAYABLES_WORK)
        checked = checked_wish(wish)
        return self._storage.write_retrying(
            lambda unit: put_in(
                unit, caller, supplier_id, checked, version=version, actor=caller.name, at=self._clock.now()
            )
        )

    def block(self, caller: Caller, supplier_id: SupplierId, reason: str) -> Supplier:
        """Stop every payment to a supplier; ``reason``: shown wherever it would have been paid."""
        return self._block(caller, supplier_id, blocked=reason.strip(), reason=reason, kind="blocked")

    def unblock(self, caller: Caller, supplier_id: SupplierId, reason: str) -> Supplier:
        """Let payments to a supplier go again."""
        return self._block(caller, supplier_id, blocked="", reason=reason, kind="unblocked")

    def list_employees(self, caller: Caller) -> tuple[EmployeeAccount, ...]:
        """Return the accounts of employees; only their labels tell whose they are."""
        caller.require(Permission.SUPPLIER_ACCOUNTS_CONFIRM)
        with self._storage.read() as unit:
            return unit.suppliers.employee_accounts(caller.tenant_id, caller.store_id)

    def put_employees(self, caller: Caller, accounts: Sequence[tuple[str, str]]) -> int:
        """Add accounts of employees, given as number and label; return how many are listed now.

        Raises:
            NotPermitted: without ``supplier_accounts:confirm``.
            InputError: ``invalid_employee_account``, ``too_many_employee_accounts``.
        """
        caller.require(Permission.SUPPLIER_ACCOUNTS_CONFIRM)
        now, here = self._clock.now(), (caller.tenant_id, caller.store_id)
        entries = [
            EmployeeAccount(account_hash(number), label.strip(), caller.name, now, account_number_shown(number))
            for number, label in accounts
        ]
        for (number, label), position in zip(accounts, range(len(accounts)), strict=True):
            if not any(sign.isalnum() for sign in number) or not label.strip():
                hint = "Give an account number and a label for each."
                message = "An account of an employee is not complete."
                raise InputError("invalid_employee_account", message, hint, f"/accounts/{position}")

        def work(unit: UnitOfWork) -> int:
            for entry in entries:
                unit.suppliers.put_employee_account(*here, entry)
            listed = len(unit.suppliers.employee_accounts(*here))
            if listed > EMPLOYEE_ACCOUNTS_MAX:
                message = f"There are at most {EMPLOYEE_ACCOUNTS_MAX} accounts of employees."
                raise InputError("too_many_employee_accounts", message, "Remove some first.", "/accounts")
            return listed

        return self._storage.write_retrying(work)

    def remove_employee(self, caller: Caller, hashed: str) -> None:
        """Forget an account of an employee.

        Raises:
            NotFound: ``employee_account_not_found``.
        """
        caller.require(Permission.SUPPLIER_ACCOUNTS_CONFIRM)

        def work(unit: UnitOfWork) -> None:
            if not unit.suppliers.remove_employee_account(caller.tenant_id, caller.store_id, hashed):
                raise NotFound("employee_account_not_found", "This account is not listed.", "Load the list again.")

        self._storage.write_retrying(work)

    def _block(self, caller: Caller, supplier_id: SupplierId, *, blocked: str, reason: str, kind: str) -> Supplier:
        caller.require(Permission.PAYABLES_WORK)

        def work(unit: UnitOfWork) -> Supplier:
            before, now = _loaded(unit, caller, supplier_id), self._clock.now()
            if before.blocked == blocked:
                return before
            after = replace(before, blocked=blocked, changed_at=now, version=before.version + 1)
            if not unit.suppliers.update(after):
                raise supplier_changed()
            changes = {"blocked": (before.blocked, blocked)}
            tell_in(unit, after, kind, actor=caller.name, at=now, reason=reason, changes=changes)
            return after

        done = self._storage.write_retrying(work)
        log_event(_log, f"supplier.{kind}", supplier_id=supplier_id, actor=caller.name)
        return done


def put_in(
    unit: UnitOfWork,
    caller: Caller,
    supplier_id: SupplierId,
    wish: SupplierWish,
    *,
    version: int | None,
    actor: str,
    at: datetime,
    reason: str = "",
) -> Supplier:
    """Store a supplier in a unit of work; ``wish``: checked.

    Raises:
        RuleError: ``supplier_changed``, ``supplier_number_taken``.
    """
    before = unit.suppliers.load(caller.tenant_id, caller.store_id, supplier_id)
    if before is None:
        made = new_supplier(caller.tenant_id, caller.store_id, supplier_id, wish, at)
        unit.suppliers.add(made)
        tell_in(unit, made, "made", actor=actor, at=at, reason=reason, changes=changes_between(None, wish))
        return made
    changes = changes_between(wish_of(before), wish)
    if not changes:
        return before
    after = changed_supplier(before, wish, at)
    if version != before.version or not unit.suppliers.update(after):
        raise supplier_changed()
    tell_in(unit, after, "changed", actor=actor, at=at, reason=reason, changes=changes)
    return after


def supplier_changed() -> RuleError:
    """Return the error for a supplier that was changed since it was looked at."""
    hint = "Load it again and make your change once more."
    return RuleError("supplier_changed", "Somebody has changed this supplier meanwhile.", hint)


def _loaded(unit: UnitOfWork, caller: Caller, supplier_id: SupplierId) -> Supplier:
    found = unit.suppliers.load(caller.tenant_id, caller.store_id, supplier_id)
    if found is None:
        raise NotFound("supplier_not_found", "There is no such supplier.", "Check the id.")
    return found
