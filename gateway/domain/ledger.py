"""Double-entry ledger: append-only transfers between two accounts, in two phases, balances derived.

Every transfer debits one account and credits another with the same amount, so the books balance by construction. A
``pending`` transfer reserves an amount; exactly one ``post`` or ``void`` closes it. Nothing is edited or deleted.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.cards.payment import Payment
from gateway.domain.cards.refund import Refund
from gateway.domain.errors import RuleError
from gateway.domain.ids import AttemptId, DeviceId, RegisterId, StoreId, TenantId, TransferId, derived_id
from gateway.domain.money import Currency, Money


class TransferKind(StrEnum):
    """The phase of a transfer."""

    PENDING = "pending"
    POST = "post"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One entry. ``amount`` > 0; ``pending_id`` names the pending transfer that a post or void closes.

    ``cause_id``: the attempt (or other fact) the transfer follows from; ``trace_id`` ties basket to bank.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: TransferId
    kind: TransferKind
    debit_account: str
    credit_account: str
    amount: Money
    pending_id: TransferId | None
    cause_id: uuid.UUID
    trace_id: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums of one account and currency in minor units. ``*_pending`` are reserved and not yet certain."""

    account: str
    currency: Currency
    debits_posted: int = 0
    credits_posted: int = 0
    debits_pending: int = 0
    credits_pending: int = 0


def card_receivable(terminal_id: DeviceId) -> str:
    """Account of what the acquirer owes for sales taken on one terminal (asset)."""
    return f"card_receivable/{terminal_id}"


def sales_revenue(register_id: RegisterId) -> str:
    """Account of what one register sold (income)."""
    return f"sales/{register_id}"


def card_sale_reservation(payment: Payment, attempt_id: AttemptId, recorded_at: datetime) -> Transfer:
    """Return the pending transfer of one attempt at a card payment; its id follows from the attempt."""
    return Transfer(
        tenant_id=payment.tenant_id,
        store_id=payment.store_id,
        id=TransferId(derived_id(attempt_id, "reservation")),
        kind=TransferKind.PENDING,
        debit_account=card_receivable(payment.terminal_id),
        credit_account=sales_revenue(payment.register_id),
        amount=payment.amount,
        pending_id=None,
        cause_id=attempt_id,
        trace_id=payment.trace_id,
        recorded_at=recorded_at,
    )


def card_refund_reservation(refund: Refund, attempt_id: AttemptId, recorded_at: datetime) -> Transfer:
    """Return the pending transfer of a refund: a sale's accounts mirrored, at the till and terminal that give back."""
    return Transfer(
        tenant_id=refund.tenant_id,
        store_id=refund.store_id,
        id=TransferId(derived_id(attempt_id, "reservation")),
        kind=TransferKind.PENDING,
        debit_account=sales_revenue(refund.register_id),
        credit_account=card_receivable(refund.terminal_id),
        amount=refund.amount,
        pending_id=None,
        cause_id=attempt_id,
        trace_id=refund.trace_id,
        recorded_at=recorded_at,
    )


def reservation(movement: Payment | Refund, attempt_id: AttemptId, recorded_at: datetime) -> Transfer:
    """Return the pending transfer of an attempt at a payment or refund."""
    if isinstance(movement, Refund):
        return card_refund_reservation(movement, attempt_id, recorded_at)
    return card_sale_reservation(movement, attempt_id, recorded_at)


def closing(pending: Transfer, *, kind: TransferKind, recorded_at: datetime) -> Transfer:
    """Return the post or void that closes ``pending`` in full; its id follows from it, so it exists only once.

    Raises:
        RuleError: ``not_pending`` for a transfer that is not pending.
    """
    if pending.kind is not TransferKind.PENDING or kind is TransferKind.PENDING:
        raise RuleError("not_pending", "Only a pending transfer can be posted or voided.")
    return Transfer(
        tenant_id=pending.tenant_id,
        store_id=pending.store_id,
        id=TransferId(derived_id(pending.id, "closing")),
        kind=kind,
        debit_account=pending.debit_account,
        credit_account=pending.credit_account,
        amount=pending.amount,
        pending_id=pending.id,
        cause_id=pending.cause_id,
        trace_id=pending.trace_id,
        recorded_at=recorded_at,
    )


def balances(transfers: Iterable[Transfer]) -> dict[tuple[str, str], Balance]:
    """Derive all balances, keyed by account and currency code, from the whole list of transfers."""
    rows = list(transfers)
    closed = {row.pending_id for row in rows if row.kind is not TransferKind.PENDING}
    sums: dict[tuple[str, str], list[int]] = {}
    currencies = {row.amount.currency.code: row.amount.currency for row in rows}
    for row in rows:
        if row.kind is TransferKind.VOID or (row.kind is TransferKind.PENDING and row.id in closed):
            continue
        offset = 2 if row.kind is TransferKind.PENDING else 0
        for side, account in enumerate((row.debit_account, row.credit_account)):
            key = (account, row.amount.currency.code)
            sums.setdefault(key, [0, 0, 0, 0])[offset + side] += row.amount.minor
    return {key: Balance(key[0], currencies[key[1]], *values) for key, values in sums.items()}


def imbalance(found: Iterable[Balance]) -> dict[str, int]:
    """Return per currency posted debits minus posted credits over all accounts: zero when the books are right."""
    result: dict[str, int] = {}
    for balance in found:
        code = balance.currency.code
        result[code] = result.get(code, 0) + balance.debits_posted - balance.credits_posted
    return result
