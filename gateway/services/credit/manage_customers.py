"""Customers on account: keep them, look at what they owe, take their money."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.access import Caller, Permission
from gateway.domain.accounts import Cause, booked, cash, customer_account, transfers_expected
from gateway.domain.credit.customer import Customer, CustomerAccount, CustomerEntry, EntrySide, check_limit
from gateway.domain.credit.voucher import CustomerId
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import RegisterId
from gateway.domain.money import Currency, Money
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.credit_store import AccountLine
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.answer_once import answer_once
from gateway.services.first_answers import RequestKey

_log = logging.getLogger(__name__)

LINES_SHOWN = 100
"""Lines of an account on one screen."""

Render = Callable[[CustomerAccount], bytes]


class MoneyCame(StrEnum):
    """By what a customer paid what was owed."""

    CASH = "cash"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class CustomerWords:
    """What may be said about a customer. ``reference``: empty for none; ``limit``: in the store's currency."""

    name: str
    reference: str
    limit: Money
    blocked: bool


@dataclass(frozen=True, slots=True)
class AccountPayment:
    """Money a customer brought. ``register_id``: whose drawer it is in, needed for cash; ``note``: for the books."""

    id: uuid.UUID
    customer_id: CustomerId
    amount: Money
    came_by: MoneyCame
    register_id: RegisterId | None
    note: str
    request: RequestKey


class ManageCustomers:
    """Customers of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, currency: Currency) -> None:
        """``currency``: of every account of this store."""
        self._storage = storage
        self._clock = clock
        self._currency = currency

    def add(
        self, caller: Caller, customer_id: CustomerId, words: CustomerWords, request: RequestKey, render: Render
    ) -> tuple[StoredAnswer, bool]:
        """Keep a new customer; the same request again gets the same answer.

        Raises:
            InputError: ``invalid_limit``, ``customer_currency``.
            RuleError: ``customer_exists``, ``customer_reference_taken``.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.CREDIT_GIVE)
        self._check(words)
        now = self._clock.now()
        customer = Customer(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=customer_id,
            name=words.name,
            reference=words.reference or None,
            limit=words.limit,
            blocked=words.blocked,
            created_at=now,
            created_by=caller.name,
        )

        def work(unit: UnitOfWork) -> StoredAnswer:
            if unit.customers.load(caller.tenant_id, caller.store_id, customer_id) is not None:
                raise RuleError("customer_exists", "A customer with this id is stored.", "Make a new id.")
            _check_reference(unit, customer)
            unit.customers.add(customer)
            return request.answer(201, render(CustomerAccount(customer, Money(0, customer.limit.currency))))

        answer, replayed = answer_once(self._storage, caller, request, work, now)
        log_event(_log, "customer.added", customer_id=customer_id, actor=caller.name)
        return answer, replayed

    def change(self, caller: Caller, customer_id: CustomerId, words: CustomerWords) -> CustomerAccount:
        """Say something else about a customer. Errors as :meth:`add`, and ``customer_not_found``."""
        caller.require(Permission.CREDIT_GIVE)
        self._check(words)

        def work(unit: UnitOfWork) -> CustomerAccount:
            account = _found(unit.customers.lock(caller.tenant_id, caller.store_id, customer_id))
            changed = replace(
                account.customer,
                name=words.name,
                reference=words.reference or None,
                limit=words.limit,
                blocked=words.blocked,
            )
            _check_reference(unit, changed)
            unit.customers.replace(changed)
            return replace(account, customer=changed)

        account = self._storage.write_retrying(work)
        log_event(_log, "customer.changed", customer_id=customer_id, actor=caller.name, limit_minor=words.limit.minor)
        return account

    def get(self, caller: Caller, customer_id: CustomerId) -> tuple[CustomerAccount, tuple[AccountLine, ...]]:
        """Return a customer, what is owed, and the newest lines of the account.

        Raises:
            NotFound: ``customer_not_found``.
        """
        caller.require(Permission.CREDIT_GIVE)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            account = _found(unit.customers.load(*place, customer_id))
            return account, unit.customers.lines(*place, customer_id, limit=LINES_SHOWN)

    def find(
        self, caller: Caller, text: str, *, limit: int, after: CustomerId | None = None
    ) -> tuple[CustomerAccount, ...]:
        """Return customers by name whose name or reference holds the text: a till looks one up before it sells."""
        caller.require(Permission.PAYMENTS_CREATE)
        with self._storage.read() as unit:
            return unit.customers.find(caller.tenant_id, caller.store_id, text, limit=limit, after=after)

    def receive(self, caller: Caller, payment: AccountPayment, render: Render) -> tuple[StoredAnswer, bool]:
        """Book money a customer brought for what is owed; more than that is kept as the customer's.

        Effects: cash belongs to the open shift of its register, as with a sale.

        Raises:
            InputError: ``amount_not_positive``, ``customer_currency``, ``register_needed``.
            NotFound: ``customer_not_found``.
            IdempotencyConflict: ``key_reused``.
        """
        by_cash = payment.came_by is MoneyCame.CASH
        caller.require(Permission.PAYMENTS_CREATE if by_cash else Permission.TRANSFERS_CONFIRM)
        if payment.amount.minor <= 0:
            hint = "Send a positive amount."
            raise InputError("amount_not_positive", "The amount has to be above zero.", hint, "/amount/amount")
        debit = transfers_expected()
        if by_cash:
            if payment.register_id is None:
                raise InputError("register_needed", "Cash goes into a drawer.", "Name its register.", "/register_id")
            debit = cash(payment.register_id)
        now = self._clock.now()
        place = (caller.tenant_id, caller.store_id)

        def work(unit: UnitOfWork) -> StoredAnswer:
            account = _found(unit.customers.lock(*place, payment.customer_id))
            if account.open.currency != payment.amount.currency:
                raise _other_currency(account.open.currency, "/amount/currency")
            if by_cash and payment.register_id is not None:
                unit.shifts.hold_open(*place, payment.register_id)
            cause = Cause(*place, payment.id, payment.id.hex, now)
            credit = customer_account(str(payment.customer_id))
            transfers = booked(cause, "account payment", debit=debit, credit=credit, amount=payment.amount)
            unit.ledger.add(transfers)
            entry = CustomerEntry(
                customer_id=payment.customer_id,
                transfer_id=transfers[0].id,
                side=EntrySide.CREDIT,
                cause_id=payment.id,
                words=payment.note or "Paid.",
                actor=caller.name,
                recorded_at=now,
            )
            unit.customers.add_entry(*place, entry)
            return payment.request.answer(201, render(_found(unit.customers.load(*place, payment.customer_id))))

        return answer_once(self._storage, caller, payment.request, work, now)

    def _check(self, words: CustomerWords) -> None:
        check_limit(words.limit)
        if words.limit.currency != self._currency:
            raise _other_currency(self._currency, "/limit/currency")


def _check_reference(unit: UnitOfWork, customer: Customer) -> None:
    if customer.reference is not None and unit.customers.taken_reference(
        customer.tenant_id, customer.store_id, customer.reference, customer.id
    ):
        message = "Another customer has this reference."
        raise RuleError("customer_reference_taken", message, "Look at that customer first.")


def _other_currency(currency: Currency, pointer: str) -> InputError:
    message = f"Accounts of this store are in {currency.code}."
    return InputError("customer_currency", message, "Convert the amount first.", pointer)


def _found(account: CustomerAccount | None) -> CustomerAccount:
    if account is None:
        raise NotFound("customer_not_found", "There is no such customer here.", "Check the id.")
    return account
