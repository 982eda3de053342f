"""Pays with vouchers and store credit, and gives back as such; both are the same machinery with other accounts."""

import uuid
from collections.abc import Mapping

from gateway.domain.access import Caller
from gateway.domain.accounts import booked
from gateway.domain.credit.credit_accounts import liability
from gateway.domain.credit.voucher import (
    CustomerId,
    MovementKind,
    Voucher,
    VoucherId,
    VoucherKind,
    VoucherOrigin,
    check_spendable,
)
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import RegisterId, StoreId, TenantId, derived_id
from gateway.domain.ledger import Transfer, sales_revenue
from gateway.domain.money import Money
from gateway.domain.sales.tender import GiveBack, Tender, TenderKind, TenderState
from gateway.ports.clock import Clock
from gateway.ports.credit_store import NewMovement, VoucherBalance
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.credit.code_tries import CodeTries
from gateway.services.credit.issue_voucher import IssueVoucher, NewVoucher, find_voucher, unknown_voucher
from gateway.services.sales.tender_ways import Booked, TenderWish

_KINDS = {VoucherKind.VOUCHER: TenderKind.VOUCHER, VoucherKind.STORE_CREDIT: TenderKind.STORE_CREDIT}


class CreditWay:
    """The tender of one kind of voucher."""

    def __init__(
        self, kind: VoucherKind, *, storage: Storage, clock: Clock, issuer: IssueVoucher, tries: CodeTries
    ) -> None:
        self._kind = kind
        self._storage = storage
        self._clock = clock
        self._issuer = issuer
        self._tries = tries

    @property
    def kind(self) -> TenderKind:
        """Which kind of tender this is."""
        return _KINDS[self._kind]

    def check(self, caller: Caller, wish: TenderWish) -> None:
        """Refuse a voucher that cannot pay this, and count wrong codes.

        Raises:
            InputError: ``code_needed``, ``unknown_voucher``, ``voucher_kind``, ``voucher_currency``.
            RuleError: what :func:`check_spendable` says.
            TooManyCodes: this caller has tried too many wrong ones.
        """
        self._tries.check(caller.id)
        try:
            with self._storage.read() as unit:
                voucher_id = self._holder(unit, caller.tenant_id, caller.store_id, wish.code, wish.customer_id, wish)
                record = unit.vouchers.load(caller.tenant_id, caller.store_id, voucher_id)
        except InputError as error:
            if error.code == "unknown_voucher":
                self._tries.count_wrong(caller.id)
            raise
        if record is None:
            raise unknown_voucher()
        self._check(VoucherBalance(record.voucher, record.left), wish.amount)

    def take(self, unit: UnitOfWork, tender: Tender) -> Booked:
        """Take the amount off the voucher. Errors as :meth:`check`."""
        voucher_id = self._holder(unit, tender.tenant_id, tender.store_id, tender.code, tender.customer_id, tender)
        held = _locked(unit, tender.tenant_id, tender.store_id, voucher_id)
        self._check(held, tender.amount)
        self._move(unit, held.voucher, MovementKind.REDEEMED, -tender.amount, "Paid a sale with it.", tender)
        transfers = booked(
            tender.cause(),
            self._kind.value,
            debit=liability(self._kind),
            credit=sales_revenue(tender.register_id),
            amount=tender.amount,
        )
        return Booked(TenderState.TAKEN, transfers, _detail(held.voucher, held.left - tender.amount))

    def give_back(self, unit: UnitOfWork, back: GiveBack) -> Booked:
        """Put the amount on a voucher: the one that paid, the one shown, the customer's, or else a new one."""
        voucher, left = self._refilled(unit, back) or self._fresh(unit, back)
        transfers = self._book_back(back, back.register_id)
        return Booked(TenderState.TAKEN, transfers, _detail(voucher, left))

    def settle(self, unit: UnitOfWork, tender: Tender, *, arrived: bool, actor: str) -> Booked:
        """Refuse: a voucher is taken at once.

        Raises:
            RuleError: ``tender_not_open``.
        """
        del unit, arrived, actor
        raise RuleError("tender_not_open", f"This tender is {tender.state}.", "Give it back instead.")

    def _book_back(self, back: GiveBack, register_id: RegisterId) -> tuple[Transfer, ...]:
        return booked(
            back.cause(),
            self._kind.value,
            debit=sales_revenue(register_id),
            credit=liability(self._kind),
            amount=back.amount,
        )

    def _refilled(self, unit: UnitOfWork, back: GiveBack) -> tuple[Voucher, Money] | None:
        """Put it on a voucher there is; None where there is none that can be spent."""
        place = (back.tenant_id, back.store_id)
        voucher_id, kind = self._there_already(unit, back)
        if voucher_id is None:
            return None
        held = _locked(unit, *place, voucher_id)
        usable = held.voucher.kind is self._kind and held.voucher.amount.currency == back.amount.currency
        if not usable or held.voucher.has_expired(back.created_at):
            return None
        self._move(unit, held.voucher, kind, back.amount, back.reason, back)
        return held.voucher, held.left + back.amount

    def _there_already(self, unit: UnitOfWork, back: GiveBack) -> tuple[VoucherId | None, MovementKind]:
        place = (back.tenant_id, back.store_id)
        if back.tender_id is not None:
            paid = unit.vouchers.moved_by(*place, back.tender_id, MovementKind.REDEEMED)
            if paid:
                return paid[0].voucher_id, MovementKind.RESTORED
        if back.code:
            return find_voucher(unit, *place, back.code), MovementKind.TOPPED_UP
        if back.customer_id and self._kind is VoucherKind.STORE_CREDIT:
            customer_id = customer_of(back.customer_id)
            return unit.vouchers.credit_of(*place, customer_id, back.amount.currency), MovementKind.TOPPED_UP
        return None, MovementKind.TOPPED_UP

    def _fresh(self, unit: UnitOfWork, back: GiveBack) -> tuple[Voucher, Money]:
        bound = self._kind is VoucherKind.STORE_CREDIT and back.customer_id
        new = NewVoucher(
            tenant_id=back.tenant_id,
            store_id=back.store_id,
            id=VoucherId(derived_id(back.id, "voucher")),
            kind=self._kind,
            origin=VoucherOrigin.RETURNED,
            amount=back.amount,
            customer_id=customer_of(back.customer_id) if bound and back.customer_id else None,
            sale_id=back.sale_id,
            cause_id=back.id,
            words=back.reason,
            actor=back.created_by,
            at=back.created_at,
            trace_id=back.trace_id,
        )
        voucher, _ = self._issuer.issue(unit, new)
        return voucher, voucher.amount

    def _holder(
        self,
        unit: UnitOfWork,
        tenant_id: TenantId,
        store_id: StoreId,
        code: str,
        customer_id: str | None,
        wanted: TenderWish | Tender,
    ) -> VoucherId:
        if code:
            return find_voucher(unit, tenant_id, store_id, code)
        if self._kind is VoucherKind.STORE_CREDIT and customer_id:
            found = unit.vouchers.credit_of(tenant_id, store_id, customer_of(customer_id), wanted.amount.currency)
            if found is None:
                raise RuleError("voucher_empty", "This customer has no store credit.", "Take another tender.")
            return found
        hint = "Scan or type the code."
        raise InputError("code_needed", "The voucher's code is missing.", hint, "/code")

    def _check(self, held: VoucherBalance, wanted: Money) -> None:
        if held.voucher.kind is not self._kind:
            other = "store credit" if held.voucher.kind is VoucherKind.STORE_CREDIT else "a voucher"
            raise InputError("voucher_kind", f"This code is of {other}.", "Choose that tender.", "/kind")
        check_spendable(held.voucher, held.left, wanted, self._clock.now())

    def _move(
        self,
        unit: UnitOfWork,
        voucher: Voucher,
        kind: MovementKind,
        amount: Money,
        words: str,
        cause: Tender | GiveBack,
    ) -> None:
        movement = NewMovement(kind, amount, cause.id, words, cause.created_by, cause.created_at)
        unit.vouchers.move(voucher, movement)


def customer_of(text: str) -> CustomerId:
    """Read the id of a customer.

    Raises:
        InputError: ``unknown_customer`` when it can be none.
    """
    try:
        return CustomerId(uuid.UUID(text))
    except ValueError as error:
        hint = "Look the customer up again."
        raise InputError("unknown_customer", "There is no such customer.", hint, "/customer_id") from error


def _locked(unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, voucher_id: VoucherId) -> VoucherBalance:
    held = unit.vouchers.lock(tenant_id, store_id, voucher_id)
    if held is None:
        raise unknown_voucher()
    return held


def _detail(voucher: Voucher, left: Money) -> Mapping[str, str]:
    found = {
        "voucher_id": str(voucher.id),
        "ends_in": voucher.code_end,
        "left": left.to_decimal(),
        "currency": left.currency.code,
    }
    if voucher.expires_at is not None:
        found["expires_at"] = voucher.expires_at.isoformat(timespec="seconds")
    return found
