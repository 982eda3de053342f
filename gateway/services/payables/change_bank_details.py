"""Changes where a supplier is paid: asked for by one person, confirmed by another one after a call, never otherwise."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Protocol

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotFound, NotPermitted, RuleError
from gateway.domain.ids import PersonId, StoreId, SupplierId, TenantId
from gateway.domain.money import Money
from gateway.domain.payables import bank_details
from gateway.domain.payables.bank_details import AlertFound
from gateway.domain.payables.supplier import AccountState, CallBack, Supplier, SupplierAccount
from gateway.domain.payables.supplier_checks import account_for_log
from gateway.logs.observability import log_event
from gateway.ports.bank_calendar import BankCalendar
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.account_alerts import alerts_in
from gateway.services.payables.account_requests import AccountRequest, asked_account, refuse_repeat, same_request
from gateway.services.payables.supplier_journal import tell_in

_log = logging.getLogger(__name__)
_DAYS_LOOKED_AT_MAX = 120
"""No run of closed days is as long: a calendar that closes for ever must not hang us."""


class VoidApprovals(Protocol):
    """Takes back the approvals of a supplier's open payables, because what they were given for has changed."""

    def __call__(
        self,
        unit: UnitOfWork,
        tenant_id: TenantId,
        store_id: StoreId,
        supplier_id: SupplierId,
        *,
        actor: str,
        at: datetime,
        reason: str,
    ) -> object:
        """Void them in this unit."""


@dataclass(frozen=True, slots=True)
class BankRules:
    """What the shop decided. ``cooling_days``: banking days of ``calendar``; ``first_payment_max``: None for none."""

    zone: tzinfo
    cooling_days: int = 3
    calendar: str = "TARGET2"
    first_payment_max: Money | None = None


@dataclass(frozen=True, slots=True)
class WaitingAccount:
    """An account that waits for somebody, with what speaks against it."""

    supplier: Supplier
    account: SupplierAccount
    alerts: tuple[AlertFound, ...]


class ChangeBankDetails:
    """The bank details of the suppliers of the caller's store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        calendar: BankCalendar,
        rules: BankRules,
        void_approvals: VoidApprovals,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._calendar = calendar
        self._rules = rules
        self._void_approvals = void_approvals

    def request(self, caller: Caller, wish: AccountRequest) -> SupplierAccount:
        """Ask for an account; nothing is paid to it yet. The same request again changes nothing.

        Raises:
            NotPermitted: without ``payables:work``; ``person_required`` for a call-back note of a program.
            NotFound: ``supplier_not_found``.
            InputError: what is wrong with the account or the note.
            RuleError: ``account_already_asked_for``, ``account_already_effective``.
            IdempotencyConflict: ``id_reused``.
        """
        caller.require(Permission.PAYABLES_WORK)
        return self._storage.write_retrying(lambda unit: self.request_in(unit, caller, wish))

    def request_in(self, unit: UnitOfWork, caller: Caller, wish: AccountRequest) -> SupplierAccount:
        """As :meth:`request`, in a unit of work."""
        supplier = _supplier(unit, caller, wish.supplier_id)
        now = self._clock.now()
        account = asked_account(wish, caller, now)
        if account.call_back is not None:
            self._person(unit, caller)
            bank_details.checked_note(account.call_back, now=now)
        here = (caller.tenant_id, caller.store_id)
        stored = unit.suppliers.account(*here, account.id)
        if stored is not None:
            return same_request(stored, account)
        refuse_repeat(unit.suppliers.accounts(*here, supplier.id), account)
        unit.suppliers.add_account(*here, account)
        changes = {"account": ("", account_for_log(account)), "source": ("", account.source)}
        tell_in(unit, supplier, "account_requested", actor=caller.name, at=now, reason=wish.reason, changes=changes)
        return account

    def note_call_back(self, caller: Caller, account_id: uuid.UUID, note: CallBack) -> SupplierAccount:
        """Write down that the supplier was called. ``note.noted_by`` is set to the caller.

        Raises:
            NotPermitted: without ``payables:work``; ``person_required``.
            NotFound: ``supplier_account_not_found``.
            InputError: ``invalid_call_back``.
            RuleError: ``account_not_requested``, ``supplier_account_changed``.
        """
        caller.require(Permission.PAYABLES_WORK)

        def step(unit: UnitOfWork, account: SupplierAccount) -> SupplierAccount:
            self._person(unit, caller)
            return bank_details.note_call_back(account, replace(note, noted_by=caller.id), now=self._clock.now())

        words = f"{note.called_by} / {note.spoke_with} / {note.number_known_from}"
        return self._step(caller, account_id, "call_back_noted", words, step)

    def confirm(self, caller: Caller, account_id: uuid.UUID) -> SupplierAccount:
        """Make an account the one that is paid to; the one before becomes history, approvals are void.

        Raises:
            NotPermitted: without ``supplier_accounts:confirm``; ``person_required``.
            NotFound: ``supplier_account_not_found``.
            RuleError: ``call_back_missing``, ``four_eyes_required``, ``account_not_requested``,
                ``supplier_account_changed``.
        """
        caller.require(Permission.SUPPLIER_ACCOUNTS_CONFIRM)
        now = self._clock.now()

        def step(unit: UnitOfWork, account: SupplierAccount) -> SupplierAccount:
            self._person(unit, caller)
            confirmed = bank_details.confirm(account, by=caller.id, at=now, cooling_until=self.cooling_until(now))
            self._retire_others(unit, caller, confirmed, now)
            return confirmed

        return self._step(caller, account_id, "account_confirmed", "", step, voids=True)

    def confirm_in_emergency(self, caller: Caller, account_id: uuid.UUID, reason: str) -> SupplierAccount:
        """As :meth:`confirm`, without a call-back: logged apart and listed until somebody else has reviewed it.

        Raises:
            InputError: ``emergency_not_explained``; further as :meth:`confirm`, also ``person_required`` when no person
                asked for the account.
        """
        caller.require(Permission.SUPPLIER_ACCOUNTS_CONFIRM)
        now = self._clock.now()

        def step(unit: UnitOfWork, account: SupplierAccount) -> SupplierAccount:
            self._person(unit, caller)
            if unit.access.person(PersonId(account.requested_by)) is None:
                raise _person_required()
            confirmed = bank_details.confirm_in_emergency(
                account, by=caller.id, at=now, cooling_until=self.cooling_until(now), reason=reason
            )
            self._retire_others(unit, caller, confirmed, now)
            return confirmed

        confirmed = self._step(caller, account_id, "account_confirmed_in_emergency", reason, step, voids=True)
        log_event(
            _log, "supplier_account.emergency", account_id=account_id, actor=caller.name, supplier=confirmed.supplier_id
        )
        return confirmed

    def review_emergency(self, caller: Caller, account_id: uuid.UUID, reason: str) -> SupplierAccount:
        """Say that an emergency was looked at; ``reason``: what was found.

        Raises:
            NotPermitted: without ``supplier_accounts:confirm`` or ``runs:approve``; ``person_required``.
            RuleError: ``no_emergency``, ``four_eyes_required``, ``supplier_account_changed``.
        """
        if Permission.RUNS_APPROVE not in caller.permissions:
            caller.require(Permission.SUPPLIER_ACCOUNTS_CONFIRM)

        def step(unit: UnitOfWork, account: SupplierAccount) -> SupplierAccount:
            self._person(unit, caller)
            return bank_details.review_emergency(account, by=caller.id, at=self._clock.now())

        return self._step(caller, account_id, "emergency_reviewed", reason, step)

    def refuse(self, caller: Caller, account_id: uuid.UUID, reason: str) -> SupplierAccount:
        """Refuse an account that was asked for, or take one's own request back.

        Raises:
            NotPermitted: without ``supplier_accounts:confirm`` or ``payables:work``.
            RuleError: ``account_not_requested``, ``supplier_account_changed``.
        """
        if Permission.PAYABLES_WORK not in caller.permissions:
            caller.require(Permission.SUPPLIER_ACCOUNTS_CONFIRM)

        def step(_unit: UnitOfWork, account: SupplierAccount) -> SupplierAccount:
            return bank_details.refuse(account, by=caller.id, at=self._clock.now())

        return self._step(caller, account_id, "account_refused", reason, step)

    def retire(self, caller: Caller, account_id: uuid.UUID, reason: str) -> SupplierAccount:
        """Stop paying to an account; the supplier has none until another one is confirmed.

        Raises:
            NotPermitted: without ``supplier_accounts:confirm`` or ``payables:work``.
            RuleError: ``account_not_effective``, ``supplier_account_changed``.
        """
        if Permission.PAYABLES_WORK not in caller.permissions:
            caller.require(Permission.SUPPLIER_ACCOUNTS_CONFIRM)

        def step(_unit: UnitOfWork, account: SupplierAccount) -> SupplierAccount:
            return bank_details.retire(account)

        return self._step(caller, account_id, "account_retired", reason, step, voids=True)

    def get(self, caller: Caller, account_id: uuid.UUID) -> WaitingAccount:
        """Return an account with its supplier and what speaks against it.

        Raises:
            NotPermitted: without ``payables:read``.
            NotFound: ``supplier_account_not_found``.
        """
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            account = _account(unit, caller, account_id)
            return self._seen(unit, _supplier(unit, caller, account.supplier_id), account)

    def waiting(self, caller: Caller) -> tuple[WaitingAccount, ...]:
        """Return what is asked for, the longest waiting first."""
        return self._listed(caller, lambda unit, here: unit.suppliers.accounts_in(*here, AccountState.REQUESTED))

    def emergencies(self, caller: Caller) -> tuple[WaitingAccount, ...]:
        """Return the emergencies nobody has reviewed."""
        return self._listed(caller, lambda unit, here: unit.suppliers.emergencies(*here))

    def told(self, caller: Caller, account: SupplierAccount) -> WaitingAccount:
        """Return an account the caller has just changed, with what speaks against it."""
        with self._storage.read() as unit:
            return self._seen(unit, _supplier(unit, caller, account.supplier_id), account)

    def seen_in(self, unit: UnitOfWork, supplier: Supplier, account: SupplierAccount) -> WaitingAccount:
        """Return an account with what speaks against it, in a unit of work."""
        return self._seen(unit, supplier, account)

    def cooling_until(self, at: datetime) -> date | None:
        """Return the last day on which a payment to an account confirmed now needs one approval more."""
        day, left = at.astimezone(self._rules.zone).date(), self._rules.cooling_days
        if left <= 0:
            return None
        for _ in range(_DAYS_LOOKED_AT_MAX):
            day += timedelta(days=1)
            left -= not self._calendar.closed(self._rules.calendar, day)
            if left == 0:
                break
        return day

    def _listed(
        self,
        caller: Caller,
        find: Callable[[UnitOfWork, tuple[TenantId, StoreId]], tuple[SupplierAccount, ...]],
    ) -> tuple[WaitingAccount, ...]:
        caller.require(Permission.PAYABLES_READ)
        here = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            found = find(unit, here)
            suppliers = unit.suppliers.load_many(*here, sorted({one.supplier_id for one in found}))
            return tuple(self._seen(unit, suppliers[one.supplier_id], one) for one in found)

    def _seen(self, unit: UnitOfWork, supplier: Supplier, account: SupplierAccount) -> WaitingAccount:
        looked_at = account.state in (AccountState.REQUESTED, AccountState.EFFECTIVE)
        limit = self._rules.first_payment_max if account.state is AccountState.REQUESTED else None
        alerts = alerts_in(unit, supplier, account, first_payment_max=limit) if looked_at else ()
        return WaitingAccount(supplier, account, alerts)

    def _step(
        self,
        caller: Caller,
        account_id: uuid.UUID,
        kind: str,
        reason: str,
        step: Callable[[UnitOfWork, SupplierAccount], SupplierAccount],
        *,
        voids: bool = False,
    ) -> SupplierAccount:
        def work(unit: UnitOfWork) -> SupplierAccount:
            before = _account(unit, caller, account_id)
            supplier = _supplier(unit, caller, before.supplier_id)
            now = step(unit, before)
            if not unit.suppliers.update_account(caller.tenant_id, caller.store_id, now):
                raise _changed()
            at, changes = self._clock.now(), {"account": (account_for_log(before), account_for_log(now))}
            if before.state is not now.state:
                changes["state"] = (before.state.value, now.state.value)
            tell_in(unit, supplier, kind, actor=caller.name, at=at, reason=reason, changes=changes)
            if voids:
                place = (caller.tenant_id, caller.store_id, supplier.id)
                self._void_approvals(unit, *place, actor=caller.name, at=at, reason=kind)
            return now

        done = self._storage.write_retrying(work)
        log_event(_log, f"supplier_account.{kind}", account_id=account_id, actor=caller.name, state=done.state)
        return done

    @staticmethod
    def _retire_others(unit: UnitOfWork, caller: Caller, confirmed: SupplierAccount, at: datetime) -> None:
        here = (caller.tenant_id, caller.store_id)
        effective = unit.suppliers.effective_accounts(*here, (confirmed.supplier_id,)).get(confirmed.supplier_id)
        if effective is None:
            return
        if not unit.suppliers.update_account(*here, bank_details.retire(effective)):
            raise _changed()
        changes = {"account": (account_for_log(effective), account_for_log(confirmed))}
        supplier = _supplier(unit, caller, confirmed.supplier_id)
        tell_in(unit, supplier, "account_replaced", actor=caller.name, at=at, changes=changes)

    @staticmethod
    def _person(unit: UnitOfWork, caller: Caller) -> None:
        """Refuse what is no person: a key stands for nobody."""
        person = unit.access.person(PersonId(caller.id))
        if person is None or person.disabled:
            raise _person_required()


def _supplier(unit: UnitOfWork, caller: Caller, supplier_id: SupplierId) -> Supplier:
    found = unit.suppliers.load(caller.tenant_id, caller.store_id, supplier_id)
    if found is None:
        raise NotFound("supplier_not_found", "There is no such supplier.", "Check the id.")
    return found


def _account(unit: UnitOfWork, caller: Caller, account_id: uuid.UUID) -> SupplierAccount:
    found = unit.suppliers.account(caller.tenant_id, caller.store_id, account_id)
    if found is None:
        raise NotFound("supplier_account_not_found", "There is no such account.", "Check the id.")
    return found


def _changed() -> RuleError:
    message = "Somebody has changed the bank details of this supplier meanwhile."
    return RuleError("supplier_account_changed", message, "Load the supplier again and look at its accounts.")


def _person_required() -> NotPermitted:
    hint = "Sign in as a person: an API key stands for nobody."
    return NotPermitted("person_required", "Only a person may do this.", hint)
