"""What a payment's new state means for the books and for the invoices it pays, in the unit of the bank's message.

The ledger follows the statement: a status alone posts nothing, it can only release what was on its way. Invoices follow
the payment as far as their own table lets them; where it does not, they are held, so that nobody pays them unseen.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.accounts import Cause, booked
from gateway.domain.ids import PayableId, PaymentOrderId, StoreId, TenantId, derived_id
from gateway.domain.ledger import Transfer, TransferKind
from gateway.domain.money import Money
from gateway.domain.payables import payable_ledger as books
from gateway.domain.payables.bank_status import ReasonClass, class_of
from gateway.domain.payables.discount_tax import TaxShare, tax_shares
from gateway.domain.payables.payable import TRANSITIONS, HoldKind, Payable, PayableState, PayableStep, PaymentHold
from gateway.domain.payables.payment_order import LIVING, Allocation, OrderState, PaymentOrder
from gateway.ports.bank_files import BankEntry
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.payable_steps import step_in, steps_in

BANK = "bank"
"""Actor of everything that follows from a bank's word."""
_S = OrderState
_UNDONE = (_S.REJECTED, _S.CANCELLED)
_STEPS: Mapping[OrderState, PayableStep] = {
    _S.ACCEPTED: PayableStep.ACCEPTED,
    _S.EXECUTED: PayableStep.EXECUTED,
    _S.SETTLED: PayableStep.SETTLED,
    _S.REJECTED: PayableStep.BANK_REJECTED,
    _S.CANCELLED: PayableStep.BANK_REJECTED,
    _S.RETURNED: PayableStep.RETURNED,
}
_NOT_HELD = (ReasonClass.RETRY_LATER,)
_REACHED: Mapping[PayableStep, frozenset[PayableState]] = {
    PayableStep.ACCEPTED: frozenset({PayableState.ACCEPTED}),
    PayableStep.EXECUTED: frozenset({PayableState.EXECUTED}),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """One payment before and after a message. ``entries``: of a statement, about it, that are new."""

    before: PaymentOrder
    after: PaymentOrder
    entries: tuple[BankEntry, ...] = ()
    in_batch: bool = False
    """Booked within the sum of its block."""


class OrderEffects:
    """Effects of one message on books and payables. ``contradictions``: payments whose invoices could not follow."""

    def __init__(self, unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, at: datetime) -> None:
        self._unit = unit
        self._place = (tenant_id, store_id)
        self._at = at
        self.contradictions: list[PaymentOrder] = []
        self.other_amounts: list[tuple[PaymentOrder, BankEntry]] = []

    def book(self, moved: Sequence[Moved]) -> None:
        """Store the transfers that follow; those that are stored already are not made again."""
        transfers: list[Transfer] = []
        shares = self._tax_shares([one.before for one in moved])
        for one in moved:
            transfers += self._booked(one, shares.get(one.before.id, ()))
        self._unit.ledger.add(transfers)

    def _tax_shares(self, orders: Sequence[PaymentOrder]) -> Mapping[PaymentOrderId, tuple[TaxShare, ...]]:
        """Return the tax in the discounts of these orders, by the tax codes as they are now."""
        taken = [(order.id, part) for order in orders for part in order.allocations if part.discount.minor]
        if not taken:
            return {}
        payables = self._unit.payables.load_many(*self._place, sorted({part.payable_id for _, part in taken}, key=str))
        codes = self._unit.purchases.tax_codes(*self._place)
        kept = {one.code for one in codes if not one.discount_corrects_tax}
        found: dict[PaymentOrderId, tuple[TaxShare, ...]] = {}
        for order_id, part in taken:
            payable = payables.get(part.payable_id)
            if payable is not None and not part.credit:
                found[order_id] = (*found.get(order_id, ()), *tax_shares(payable, part.discount, kept))
        return found

    def _booked(self, one: Moved, shares: Sequence[TaxShare]) -> list[Transfer]:
        before, after = one.before, one.after
        known: tuple[Transfer, ...] = ()
        if before.state not in LIVING:
            known = self._unit.ledger.transfers(*self._place, cause_id=before.id)
        ids = {transfer.id for transfer in (*known, *self._known_charges(one))}
        made: list[Transfer] = []
        debits = [entry for entry in one.entries if entry.amount.minor < 0]
        if debits or one.in_batch:
            made += self._settled(one, debits[0] if debits else None, known)
            if not any(_of_discount(row) for row in known):
                made += books.discount_taken(*self._place, before, self._at, shares)
        elif after.state in (*_UNDONE, _S.RETURNED) and before.state not in (_S.SETTLED, *_UNDONE, _S.RETURNED):
            made += books.order_rejected(*self._place, before, self._at)
        for entry in one.entries:
            if entry.amount.minor > 0:
                made += self._returned(before, entry)
                made += books.discount_lost(*self._place, before, self._at, (*known, *made))
            if entry.charges is not None and entry.charges.minor:
                made += self._charges(before, entry)
        kept: list[Transfer] = []
        for transfer in made:
            if transfer.id not in ids:
                ids.add(transfer.id)
                kept.append(transfer)
        return kept

    def _settled(self, one: Moved, entry: BankEntry | None, known: Sequence[Transfer]) -> list[Transfer]:
        order = one.before
        foreign = entry is not None and entry.amount.currency != order.amount.currency
        debited = -entry.amount if entry is not None and foreign else None
        made = list(
            books.order_settled(*self._place, order, self._at, debited=debited, planned=_planned(order, debited))
        )
        if entry is not None and not foreign and -entry.amount.minor != order.amount.minor:
            self.other_amounts.append((order, entry))
            made += self._difference(order, -entry.amount - order.amount)
        pending = books.order_released(*self._place, order, self._at)
        if any(row.pending_id == pending.id and row.kind is TransferKind.VOID for row in known):
            # It was released when the bank refused it, and the statement shows it all the same: it is owed no more.
            cause = Cause(*self._place, order.id, order.end_to_end_id, self._at)
            again = booked(
                cause,
                f"in transit again {order.attempt}",
                debit=pending.debit_account,
                credit=pending.credit_account,
                amount=order.amount,
            )
            made = [*again, *(row for row in made if row.pending_id != pending.id)]
        return made

    def _difference(self, order: PaymentOrder, more: Money) -> tuple[Transfer, ...]:
        """Book what the bank took more (or less) than was ordered, so that the account is right; a person looks."""
        cause = Cause(*self._place, order.id, order.end_to_end_id, self._at)
        account = books.bank(order.bank_account_id)
        return booked(cause, "other amount", debit=books.bank_charges(), credit=account, amount=more)

    def _returned(self, order: PaymentOrder, entry: BankEntry) -> tuple[Transfer, ...]:
        credited = None if entry.amount == order.amount else entry.amount
        planned = _planned(order, credited)
        return books.order_returned(*self._place, order, self._at, credited=credited, planned=planned)

    def _charges(self, order: PaymentOrder, entry: BankEntry) -> tuple[Transfer, ...]:
        if entry.charges is None:
            return ()
        cause = Cause(*self._place, _charged_by(order, entry), order.end_to_end_id, self._at)
        return books.charges_booked(cause, order.bank_account_id, -entry.charges)

    def _known_charges(self, one: Moved) -> list[Transfer]:
        """Return what is stored of charges that a statement names again: they have a cause of their own."""
        if one.before.state in LIVING:
            return []
        causes = {_charged_by(one.before, entry) for entry in one.entries if entry.charges is not None}
        return [row for cause in causes for row in self._unit.ledger.transfers(*self._place, cause_id=cause)]

    def move_payables(self, moved: Sequence[Moved], evidence: uuid.UUID) -> None:
        """Let the invoices follow their payments, in few statements."""
        wanted = [one for one in moved if one.before.state is not one.after.state and one.after.state in _STEPS]
        ids = sorted({part.payable_id for one in wanted for part in one.after.allocations}, key=str)
        if not ids:
            return
        payables = dict(self._unit.payables.lock_many(*self._place, ids))
        rounds: list[dict[PayableId, tuple[Moved, Allocation]]] = []
        for one in wanted:
            for part in one.after.allocations:
                # A payable that is paid by two payments of the same message takes its steps one after the other.
                free = next((batch for batch in rounds if part.payable_id not in batch), None)
                if free is None:
                    rounds.append(free := {})
                free[part.payable_id] = (one, part)
        for batch in rounds:
            self._round(batch, payables, evidence)

    def _round(
        self,
        batch: Mapping[PayableId, tuple[Moved, Allocation]],
        payables: dict[PayableId, Payable],
        evidence: uuid.UUID,
    ) -> None:
        groups: dict[PayableStep, list[Payable]] = {}
        changes: dict[PayableId, Mapping[str, object]] = {}
        details: dict[PayableId, Mapping[str, str]] = {}
        for payable_id, (one, part) in batch.items():
            payable = payables.get(payable_id)
            if payable is None:
                continue
            step, change = self._step(payable, one, part)
            if payable.state in _REACHED.get(step, ()):
                continue
            if step not in TRANSITIONS[payable.state]:
                payables[payable_id] = self._held(payable, one)
                continue
            groups.setdefault(step, []).append(payable)
            changes[payable_id] = change
            details[payable_id] = _detail(one.after, part, evidence)
        for step, members in groups.items():
            ids = {member.id for member in members}
            stored = steps_in(
                self._unit,
                members,
                step,
                actor=BANK,
                at=self._at,
                details={key: value for key, value in details.items() if key in ids},
                changes={key: value for key, value in changes.items() if key in ids and value},
            )
            payables.update({payable.id: payable for payable in stored})

    def _step(self, payable: Payable, one: Moved, part: Allocation) -> tuple[PayableStep, Mapping[str, object]]:
        step = _STEPS[one.after.state]
        share = part.amount + part.discount
        if step is PayableStep.SETTLED:
            paid = payable.paid + share
            return (step if paid.minor >= payable.gross.minor else PayableStep.PART_SETTLED), {"paid": paid}
        if step is PayableStep.RETURNED and one.before.state is _S.SETTLED:
            return step, {"paid": payable.paid - share}
        if step is PayableStep.BANK_REJECTED and payable.hold is None:
            kind = class_of(one.after.reason_code)
            if one.after.state is _S.CANCELLED or kind in _NOT_HELD:
                return step, {}
            return step, {"hold": self._hold(one.after)}
        return step, {}

    def _held(self, payable: Payable, one: Moved) -> Payable:
        """Stop an invoice whose payment took a way its own table does not know."""
        if one.before not in self.contradictions:
            self.contradictions.append(one.before)
        if payable.hold is not None:
            return payable
        changes = {"hold": self._hold(one.after)}
        detail = _detail(one.after, None, None)
        return step_in(self._unit, payable, PayableStep.HELD, actor=BANK, at=self._at, detail=detail, changes=changes)

    def _hold(self, order: PaymentOrder) -> PaymentHold:
        words = " ".join(part for part in (order.reason_code, order.reason_text) if part) or order.state.value
        return PaymentHold(HoldKind.ON_HOLD, f"{order.end_to_end_id}: {words}"[:500], BANK, self._at)


def _planned(order: PaymentOrder, moved: Money | None) -> Money | None:
    """Return the planned worth of an order, in the currency that moved on the account."""
    worth = order.worth
    fits = worth is not None and moved is not None and worth.amount.currency == moved.currency
    return worth.amount if worth is not None and fits else None


def _of_discount(transfer: Transfer) -> bool:
    return transfer.credit_account in (books.cash_discounts(), books.input_tax())


def _charged_by(order: PaymentOrder, entry: BankEntry) -> uuid.UUID:
    """Return the cause of charges of an entry: once on the way out, once on the way back."""
    return derived_id(order.id, f"charges {'out' if entry.amount.minor < 0 else 'back'}")


def _detail(order: PaymentOrder, part: Allocation | None, evidence: uuid.UUID | None) -> Mapping[str, str]:
    detail = {"order": str(order.id), "end_to_end_id": order.end_to_end_id}
    if part is not None:
        detail["amount"] = f"{part.amount.to_decimal()} {part.amount.currency.code}"
    if order.reason_code:
        detail["reason_code"] = order.reason_code
    if evidence is not None:
        detail["bank_message"] = str(evidence)
    return detail


def with_state(order: PaymentOrder, state: OrderState, **changes: str) -> PaymentOrder:
    """Return an order as it now is, to be stored over the version that was loaded."""
    return replace(order, state=state, version=order.version + 1, **changes)  # type: ignore[arg-type]  # texts of the bank
