"""Is what was approved still what would be paid? And: make approvals void when it is not.

Runs ask :func:`still_approved_in` when they are proposed, approved and released; whoever changes what an approval binds
outside of a payable, such as a supplier's bank account, calls :func:`void_approvals_in` in the same unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.domain.ids import PayableId, StoreId, SupplierId, TenantId, derived_id, in_order
from gateway.domain.payables.approval import ApprovalEntry, ApprovalKind, ApprovalStanding
from gateway.domain.payables.approval_count import votes_for
from gateway.domain.payables.approval_digest import account_part, digest_with, payable_digest
from gateway.domain.payables.payable import OPEN_STATES, Payable, PayableState, PayableStep
from gateway.domain.payables.supplier import SupplierAccount
from gateway.ports.payable_store import PAYABLES_PAGE_MAX, PayableWish
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.payable_steps import steps_in

__all__ = ["accounts_in", "digests_in", "payable_digest", "still_approved_in", "void_approvals_in"]

NOT_SENT = (*OPEN_STATES, PayableState.SCHEDULED, PayableState.IN_RUN, PayableState.RETURNED)
"""Where an approval still matters: nothing of it is with the bank."""


def digests_in(
    unit: UnitOfWork, payables: Sequence[Payable], accounts: Mapping[SupplierId, SupplierAccount] | None = None
) -> Mapping[PayableId, str]:
    """Return the digest of each payable with the account it would be paid to now, in few statements.

    Args:
        unit: the transaction.
        payables: of one store.
        accounts: effective ones of all their suppliers, where this unit has read them already.
    """
    if not payables:
        return {}
    if accounts is None:
        accounts = accounts_in(unit, payables)
    nowhere = account_part(None)
    parts = {supplier_id: account_part(account) for supplier_id, account in accounts.items()}
    return {one.id: digest_with(one, parts.get(one.supplier_id, nowhere)) for one in payables}


def accounts_in(unit: UnitOfWork, payables: Sequence[Payable]) -> Mapping[SupplierId, SupplierAccount]:
    """Return the accounts that the suppliers of these payables, all of one store, are paid to now."""
    if not payables:
        return {}
    place = (payables[0].tenant_id, payables[0].store_id)
    return unit.suppliers.effective_accounts(*place, in_order({one.supplier_id for one in payables}))


def still_approved_in(
    unit: UnitOfWork, payables: Sequence[Payable], accounts: Mapping[SupplierId, SupplierAccount] | None = None
) -> frozenset[PayableId]:
    """Return those whose approval was granted for exactly what they are and where they would be paid to now.

    Args:
        unit: the transaction.
        payables: of one store, in any state and number.
        accounts: effective ones of all their suppliers, where this unit has read them already.
    """
    if not payables:
        return frozenset()
    first = payables[0]
    digests = digests_in(unit, payables, accounts)
    granted = unit.approvals.granted(first.tenant_id, first.store_id, list(digests))
    return frozenset(payable_id for payable_id, digest in granted.items() if digest == digests[payable_id])


def void_approvals_in(
    unit: UnitOfWork,
    tenant_id: TenantId,
    store_id: StoreId,
    supplier_id: SupplierId,
    *,
    actor: str,
    at: datetime,
    reason: str,
) -> tuple[Payable, ...]:
    """Make every approval of a supplier's payables void that are not with the bank; return those that were approved.

    Approved payables wait for approval again. Those in a run stay there: the run finds that they are not approved any
    more and is refused until they are dropped.

    Args:
        unit: the transaction of the change.
        tenant_id: of the supplier.
        store_id: of the supplier.
        supplier_id: whose payables.
        actor: who changed it: a login or ``system``.
        at: when.
        reason: what changed, in words, without account numbers.
    """
    payables = _payables_of(unit, tenant_id, store_id, supplier_id)
    locked = unit.payables.lock_many(tenant_id, store_id, [one.id for one in payables])
    open_ones = [one for one in locked.values() if one.state in NOT_SENT]
    void_in(unit, open_ones, actor=actor, at=at, reason=reason)
    approved = [one for one in open_ones if one.state is PayableState.APPROVED]
    return steps_in(unit, approved, PayableStep.APPROVAL_VOIDED, actor=actor, at=at, reason=reason)


def void_in(unit: UnitOfWork, payables: Sequence[Payable], *, actor: str, at: datetime, reason: str) -> None:
    """Note that what was said of these payables so far does not count any more; their states stay as they are.

    Args:
        unit: the transaction.
        payables: of one store, locked.
        actor: a login or ``system``.
        at: when.
        reason: in words.
    """
    if not payables:
        return
    tenant_id, store_id = payables[0].tenant_id, payables[0].store_id
    ids = [one.id for one in payables]
    told = unit.approvals.entries(tenant_id, store_id, ids)
    standings = unit.approvals.standings(tenant_id, store_id, ids)
    unit.approvals.tell(
        tenant_id,
        store_id,
        [
            entry_after(
                told[one], one, ApprovalKind.VOIDED, digest=_last_digest(told[one]), at=at, actor=actor, reason=reason
            )
            for one in ids
            if _counts(told[one])
        ],
    )
    unit.approvals.put_standings(
        tenant_id, store_id, [_open_again(standing, at) for standing in standings.values() if standing.granted]
    )


def entry_after(
    told: Sequence[ApprovalEntry],
    payable_id: PayableId,
    kind: ApprovalKind,
    *,
    digest: str,
    at: datetime,
    actor: str,
    reason: str = "",
) -> ApprovalEntry:
    """Return the next line of what was said of a payable, said by the house."""
    sequence = 1 + max((entry.sequence for entry in told), default=0)
    entry_id = derived_id(payable_id, f"approval-{sequence}")
    return ApprovalEntry(sequence, entry_id, payable_id, kind, digest, None, actor, at, reason=reason)


def _payables_of(
    unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId
) -> tuple[Payable, ...]:
    wish = PayableWish(states=NOT_SENT, supplier_id=supplier_id)
    found: list[Payable] = []
    before: PayableId | None = None
    while True:
        page = unit.payables.list(tenant_id, store_id, wish, before=before, limit=PAYABLES_PAGE_MAX)
        found += page
        if len(page) < PAYABLES_PAGE_MAX:
            return tuple(found)
        before = page[-1].id


def _counts(told: Sequence[ApprovalEntry]) -> bool:
    digest = _last_digest(told)
    granted = bool(told) and max(told, key=lambda entry: entry.sequence).kind is ApprovalKind.GRANTED
    return granted or bool(digest and any(votes_for(told, one) for one in {entry.digest for entry in told}))


def _last_digest(told: Sequence[ApprovalEntry]) -> str:
    return max(told, key=lambda entry: entry.sequence).digest if told else ""


def _open_again(standing: ApprovalStanding, at: datetime) -> ApprovalStanding:
    return replace(standing, granted=False, waiting_since=at, changed_at=at, emergency=False, reviewed=False)
