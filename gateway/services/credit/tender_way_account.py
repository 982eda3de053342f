"""Puts sales on account of a customer, and gives back by lowering what is owed."""

from gateway.domain.access import Caller, Permission
from gateway.domain.accounts import booked, customer_account
from gateway.domain.credit.customer import CustomerAccount, CustomerEntry, EntrySide, check_on_account
from gateway.domain.credit.voucher import CustomerId
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.ledger import Transfer, sales_revenue
from gateway.domain.sales.tender import GiveBack, Tender, TenderKind, TenderState
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.credit.tender_way_voucher import customer_of
from gateway.services.sales.tender_ways import Booked, TenderWish


class AccountWay:
    """The tender "on account"."""

    def __init__(self, *, storage: Storage, within_limit: bool) -> None:
        """``within_limit``: whoever sells may use a customer's free limit; else every sale on account needs more."""
        self._storage = storage
        self._within_limit = within_limit

    @property
    def kind(self) -> TenderKind:
        """Which kind of tender this is."""
        return TenderKind.ACCOUNT

    def check(self, caller: Caller, wish: TenderWish) -> None:
        """Refuse a customer who may not owe this.

        Raises:
            InputError: ``customer_needed``, ``unknown_customer``, ``customer_currency``.
            NotPermitted: ``not_permitted``.
            RuleError: ``customer_blocked``, ``customer_limit_reached``.
        """
        beyond = may_exceed(caller)
        if not beyond and not self._within_limit:
            caller.require(Permission.CREDIT_GIVE)
        with self._storage.read() as unit:
            account = unit.customers.load(caller.tenant_id, caller.store_id, _needed(wish.customer_id))
        check_on_account(_known(account), wish.amount, beyond_limit=beyond)

    def take(self, unit: UnitOfWork, tender: Tender) -> Booked:
        """Let the customer owe the amount. Errors as :meth:`check`."""
        account = _held(unit, tender.tenant_id, tender.store_id, _needed(tender.customer_id))
        check_on_account(account, tender.amount, beyond_limit=tender.beyond_limit)
        transfers = booked(
            tender.cause(),
            "account",
            debit=customer_account(str(account.customer.id)),
            credit=sales_revenue(tender.register_id),
            amount=tender.amount,
        )
        _enter(unit, account, transfers[0], EntrySide.DEBIT, "A sale.", tender)
        return Booked(TenderState.TAKEN, transfers, _detail(account))

    def give_back(self, unit: UnitOfWork, back: GiveBack) -> Booked:
        """Let the customer owe less: the one who bought, or the one that is named.

        Raises:
            InputError: ``customer_needed``, ``unknown_customer``, ``customer_currency``.
        """
        place = (back.tenant_id, back.store_id)
        customer_id = back.customer_id
        if customer_id is None and back.tender_id is not None:
            kept = unit.sales.kept_tender(*place, back.tender_id)
            customer_id = None if kept is None else kept.tender.customer_id
        account = _held(unit, *place, _needed(customer_id))
        if account.open.currency != back.amount.currency:
            message = f"The account of this customer is in {account.open.currency.code}."
            raise InputError("customer_currency", message, "Give it back in another way.", "/kind")
        transfers = booked(
            back.cause(),
            "account",
            debit=sales_revenue(back.register_id),
            credit=customer_account(str(account.customer.id)),
            amount=back.amount,
        )
        _enter(unit, account, transfers[0], EntrySide.CREDIT, back.reason, back)
        return Booked(TenderState.TAKEN, transfers, _detail(account))

    def settle(self, unit: UnitOfWork, tender: Tender, *, arrived: bool, actor: str) -> Booked:
        """Refuse: it is owed at once.

        Raises:
            RuleError: ``tender_not_open``.
        """
        del unit, arrived, actor
        raise RuleError("tender_not_open", f"This tender is {tender.state}.", "Give it back instead.")


def may_exceed(caller: Caller) -> bool:
    """Return whether a caller may sell on account beyond a customer's limit."""
    return Permission.CREDIT_GIVE in caller.permissions


def _needed(customer_id: str | None) -> CustomerId:
    if not customer_id:
        hint = "Look the customer up and name them."
        raise InputError("customer_needed", "It is not said on whose account.", hint, "/customer_id")
    return customer_of(customer_id)


def _known(account: CustomerAccount | None) -> CustomerAccount:
    if account is None:
        hint = "Look the customer up again."
        raise InputError("unknown_customer", "There is no such customer.", hint, "/customer_id")
    return account


def _held(unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, customer_id: CustomerId) -> CustomerAccount:
    return _known(unit.customers.lock(tenant_id, store_id, customer_id))


def _enter(
    unit: UnitOfWork,
    account: CustomerAccount,
    transfer: Transfer,
    side: EntrySide,
    words: str,
    cause: Tender | GiveBack,
) -> None:
    entry = CustomerEntry(
        customer_id=account.customer.id,
        transfer_id=transfer.id,
        side=side,
        cause_id=cause.id,
        words=words,
        actor=cause.created_by,
        recorded_at=cause.created_at,
    )
    unit.customers.add_entry(cause.tenant_id, cause.store_id, entry)


def _detail(account: CustomerAccount) -> dict[str, str]:
    customer = account.customer
    found = {"customer_id": str(customer.id), "customer": customer.name}
    return found | ({"customer_reference": customer.reference} if customer.reference else {})
