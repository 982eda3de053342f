"""What payables and their payments mean in the books: double entries, ids derived, nothing edited.

An invoice that is approved is owed to its supplier; a released order has its money in transit (pending) until bank
evidence posts or voids it; a return is a new movement. Every function is pure and gives the same entries each time, so
whoever applies a fact twice meets the same ids.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from gateway.domain.accounts import Cause, booked, reserved
from gateway.domain.ids import StoreId, SupplierId, TenantId
from gateway.domain.ledger import Transfer, TransferKind, closing
from gateway.domain.money import Money
from gateway.domain.payables.discount_tax import TaxShare
from gateway.domain.payables.payable import Payable, PayableKind, PayableState, PayableStep
from gateway.domain.payables.payment_order import PaymentOrder

NOT_CODED = "uncoded"
"""Account of purchases while nobody has said which."""
TAKEN_BACK = frozenset(
    {
        PayableStep.APPROVAL_VOIDED,
        PayableStep.CHANGED,
        PayableStep.SUSPECTED,
        PayableStep.REJECTED,
        PayableStep.CANCELLED,
    }
)
"""Steps out of approval that take the liability back: what is approved next time may be another amount."""


def payable_account(supplier_id: SupplierId) -> str:
    """Account of what the shop owes one supplier (liability)."""
    return f"payable/{supplier_id}"


def purchases(account_code: str) -> str:
    """Account of what was bought, by the code of the books (expense or stock)."""
    return f"purchases/{account_code or NOT_CODED}"


def input_tax() -> str:
    """Account of tax on purchases that the tax office gives back (asset)."""
    return "input_tax"


def payments_in_transit() -> str:
    """Account of money on its way: released to the bank and not yet on a statement (liability of the bank account)."""
    return "payments_in_transit"


def bank(bank_account_id: str) -> str:
    """Account of the money in one of the shop's bank accounts (asset)."""
    return f"bank/{bank_account_id}"


def cash_discounts() -> str:
    """Account of what early payment saved (income)."""
    return "cash_discounts"


def fx_difference() -> str:
    """Account of what exchange rates cost (debit) or brought (credit) between plan and statement."""
    return "fx_difference"


def fx_position() -> str:
    """Account through which one currency pays for another: debit in one, credit in the other."""
    return "fx_position"


def bank_charges() -> str:
    """Account of what banks take for payments (expense)."""
    return "bank_charges"


def invoice_recognised(payable: Payable, at: datetime) -> tuple[Transfer, ...]:
    """Return the entries that make an approved invoice a liability, or a credit note a claim.

    Lines that do not add up to the net amount leave a rest, which is booked uncoded: the sum is always the gross.
    """
    return _recognition(payable, at, "recognised", sign=1)


def recognition_taken_back(payable: Payable, at: datetime) -> tuple[Transfer, ...]:
    """Return the entries that reverse :func:`invoice_recognised`; ``payable``: as it was recognised."""
    return _recognition(payable, at, "taken back", sign=-1)


def entries_of_step(before: Payable, step: PayableStep, at: datetime) -> tuple[Transfer, ...]:
    """Return what a step of a payable means in the books; ``before``: the payable as it was.

    Approval recognises it; leaving approval for anything but payment takes that back; so does giving it up after the
    money came back.
    """
    if step is PayableStep.APPROVED:
        return invoice_recognised(before, at)
    return recognition_taken_back(before, at) if loses_approval(before, step) else ()


def loses_approval(before: Payable, step: PayableStep) -> bool:
    """Return whether a step takes the liability back; ``before``: the payable as it was."""
    return step in TAKEN_BACK and before.state in (PayableState.APPROVED, PayableState.RETURNED)


def _recognition(payable: Payable, at: datetime, name: str, *, sign: int) -> tuple[Transfer, ...]:
    zero = Money(0, payable.gross.currency)
    by_account: dict[str, Money] = {}
    rest = payable.gross - payable.tax
    for line in payable.lines:
        account = purchases(line.account_code)
        by_account[account] = by_account.get(account, zero) + line.amount
        rest = rest - line.amount
    if rest.minor:
        by_account[purchases("")] = by_account.get(purchases(""), zero) + rest
    if payable.tax.minor:
        by_account[input_tax()] = payable.tax
    turned = sign if payable.kind is PayableKind.INVOICE else -sign
    # The version makes each recognition one of its own: a payable may be approved, taken back and approved again.
    cause = Cause(payable.tenant_id, payable.store_id, payable.id, payable.number, at)
    owed = payable_account(payable.supplier_id)
    return tuple(
        entry
        for account, amount in sorted(by_account.items())
        for entry in booked(
            cause,
            f"{name} {payable.version} {account}",
            debit=account,
            credit=owed,
            amount=amount if turned > 0 else -amount,
        )
    )


def order_released(tenant_id: TenantId, store_id: StoreId, order: PaymentOrder, at: datetime) -> Transfer:
    """Return the pending entry of a released order: the debt is on its way to be paid."""
    cause = _cause(tenant_id, store_id, order, at)
    owed = payable_account(order.payee.supplier_id)
    return reserved(cause, f"in transit {order.attempt}", debit=owed, credit=payments_in_transit(), amount=order.amount)


def order_settled(
    tenant_id: TenantId,
    store_id: StoreId,
    order: PaymentOrder,
    at: datetime,
    *,
    debited: Money | None = None,
    planned: Money | None = None,
) -> tuple[Transfer, ...]:
    """Return the entries of an order that the statement shows: the pending one is posted, the bank account is lower.

    ``debited``: what left the account when that is in another currency (positive); ``planned``: what it should have
    been at the planned rate, in the same currency. Discounts taken are booked by :func:`discount_taken`.
    """
    cause = _cause(tenant_id, store_id, order, at)
    pending = order_released(tenant_id, store_id, order, at)
    entries = [closing(pending, kind=TransferKind.POST, recorded_at=at)]
    account = bank(order.bank_account_id)
    if debited is None or debited.currency == order.amount.currency:
        entries += booked(cause, "settled", debit=payments_in_transit(), credit=account, amount=order.amount)
    else:
        position = fx_position()
        worth = debited if planned is None else planned
        entries += booked(cause, "settled", debit=payments_in_transit(), credit=position, amount=order.amount)
        entries += booked(cause, "exchanged", debit=position, credit=account, amount=worth)
        entries += fx_booked(cause, order.bank_account_id, debited - worth)
    return tuple(entries)


def discount_taken(
    tenant_id: TenantId, store_id: StoreId, order: PaymentOrder, at: datetime, shares: Sequence[TaxShare] = ()
) -> tuple[Transfer, ...]:
    """Return the entries of the discounts a settled order takes: the tax in them goes back, the rest is saved.

    ``shares``: of all its invoices, see :func:`gateway.domain.payables.discount_tax.tax_shares`.
    """
    cause, owed = _cause(tenant_id, store_id, order, at), payable_account(order.payee.supplier_id)
    by_rate: dict[str, Money] = {}
    saved = discount_of(order)
    for share in shares:
        rate = f"{share.percent.normalize():f}"
        by_rate[rate] = by_rate.get(rate, Money(0, saved.currency)) + share.tax
        saved = saved - share.tax
    entries = [*booked(cause, "discount", debit=owed, credit=cash_discounts(), amount=saved)]
    for rate, tax in sorted(by_rate.items()):
        entries += booked(cause, f"discount tax {rate}", debit=owed, credit=input_tax(), amount=tax)
    return tuple(entries)


def discount_lost(
    tenant_id: TenantId, store_id: StoreId, order: PaymentOrder, at: datetime, taken: Iterable[Transfer]
) -> tuple[Transfer, ...]:
    """Return the entries that turn round the discounts of an order whose money came back.

    ``taken``: entries of this order, among them those of :func:`discount_taken` as they were booked.
    """
    cause, owed = _cause(tenant_id, store_id, order, at), payable_account(order.payee.supplier_id)
    entries: list[Transfer] = []
    for one in taken:
        if one.cause_id != order.id or one.kind is not TransferKind.PENDING or one.debit_account != owed:
            continue
        saved = one.credit_account == cash_discounts()
        if saved or one.credit_account == input_tax():
            name = "discount lost" if saved else f"discount lost {one.id}"
            entries += booked(cause, name, debit=one.credit_account, credit=owed, amount=one.amount)
    return tuple(entries)


def order_rejected(tenant_id: TenantId, store_id: StoreId, order: PaymentOrder, at: datetime) -> tuple[Transfer, ...]:
    """Return the entry of an order that the bank refused, or that was taken back, before any money moved."""
    pending = order_released(tenant_id, store_id, order, at)
    return (closing(pending, kind=TransferKind.VOID, recorded_at=at),)


def order_returned(
    tenant_id: TenantId,
    store_id: StoreId,
    order: PaymentOrder,
    at: datetime,
    *,
    credited: Money | None = None,
    planned: Money | None = None,
) -> tuple[Transfer, ...]:
    """Return the entries of money that came back after it was settled: new movements, the debt is owed again.

    Discounts that were taken are turned round by :func:`discount_lost`.

    ``credited``: what came back when that is less (the difference is charges) or in another currency;
    ``planned``: what the order should have taken, in that currency: the rest is what the rates cost both ways.
    """
    cause = _cause(tenant_id, store_id, order, at)
    owed, account = payable_account(order.payee.supplier_id), bank(order.bank_account_id)
    entries: list[Transfer] = []
    if credited is None or credited.currency == order.amount.currency:
        entries += booked(cause, "returned", debit=account, credit=owed, amount=order.amount)
        if credited is not None:
            entries += booked(cause, "kept back", debit=bank_charges(), credit=account, amount=order.amount - credited)
    else:
        entries += booked(cause, "returned", debit=fx_position(), credit=owed, amount=order.amount)
        worth = credited if planned is None else planned
        entries += booked(cause, "exchanged back", debit=account, credit=fx_position(), amount=worth)
        lost = worth - credited
        entries += booked(cause, "fx difference back", debit=fx_difference(), credit=account, amount=lost)
    return tuple(entries)


def charges_booked(cause: Cause, bank_account_id: str, amount: Money) -> tuple[Transfer, ...]:
    """Return the entries of charges a bank took; the id follows from ``cause``."""
    return booked(cause, "charges", debit=bank_charges(), credit=bank(bank_account_id), amount=amount)


def fx_booked(cause: Cause, bank_account_id: str, amount: Money) -> tuple[Transfer, ...]:
    """Return the entries of what a rate cost (positive) or brought (negative) against the plan."""
    return booked(cause, "fx difference", debit=fx_difference(), credit=bank(bank_account_id), amount=amount)


def discount_of(order: PaymentOrder) -> Money:
    """Return the discount an order takes, over all it pays."""
    zero = Money(0, order.amount.currency)
    return sum((one.discount for one in order.allocations if not one.credit), start=zero)


def orders_released(
    tenant_id: TenantId, store_id: StoreId, orders: Iterable[PaymentOrder], at: datetime
) -> tuple[Transfer, ...]:
    """Return the pending entries of many orders."""
    return tuple(order_released(tenant_id, store_id, order, at) for order in orders)


def owed_to(balances: Mapping[str, int], supplier_id: SupplierId) -> int:
    """Return what is owed to a supplier by account balances (debits less credits, minor units)."""
    return -balances.get(payable_account(supplier_id), 0)


def _cause(tenant_id: TenantId, store_id: StoreId, order: PaymentOrder, at: datetime) -> Cause:
    return Cause(tenant_id, store_id, order.id, order.end_to_end_id, at)
