"""Looks for signs of a duplicate or of fraud: when a payable is made or changed, and again before it is paid."""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from gateway.domain.ids import InvoiceId, PayableId, SupplierId, in_order
from gateway.domain.money import Money
from gateway.domain.payables.payable import TRANSITIONS, Payable, PayableKind, PayableStep
from gateway.domain.payables.signs import FoundSigns, Sign, SignKind, risk_of, sign
from gateway.domain.payables.signs_account import AccountFacts, AccountLimits, account_signs
from gateway.domain.payables.signs_duplicate import Relation, comes_first, duplicate_sign, with_clearings
from gateway.domain.payables.signs_usual import usual_signs
from gateway.domain.payables.supplier import AccountState, Supplier, SupplierAccount
from gateway.domain.payables.supplier_checks import account_hash, vat_key
from gateway.logs.observability import log_event
from gateway.ports.approval_store import Twin
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.payable_steps import step_in

_log = logging.getLogger(__name__)

LOOK_BACK_DAYS = 731
"""Duplicates are looked for in the last 24 months, what is usual too."""
SIGNS_SHOWN = 30


class FindSigns:
    """Finds signs and keeps what was found. ``zone``: the shop's, whose days cooling periods are counted in."""

    def __init__(self, limits: AccountLimits, *, zone: tzinfo = UTC) -> None:
        self._limits = limits
        self._zone = zone

    def signs_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> Payable:
        """Look for signs of one payable and keep them; a hard duplicate makes it a suspect.

        Args:
            unit: the transaction of whatever made or changed it.
            payable: as it now is.
            actor: whose doing it is: a login, ``key:...`` or ``system``.
            at: now; its day by the shop's clock is the one of cooling periods.

        Returns:
            The payable, in the state ``duplicate_suspect`` when it seems to be there already and may become one.
        """
        found = self.look_in(unit, payable, at=at)
        unit.approvals.put_signs(payable.tenant_id, payable.store_id, (found,))
        hard = next((one for one in found.signs if one.kind is SignKind.HARD_DUPLICATE), None)
        if hard is None or PayableStep.SUSPECTED not in TRANSITIONS[payable.state]:
            return payable
        log_event(_log, "payable.duplicate_suspected", payable_id=payable.id, other_id=hard.other_id)
        detail = {"other_id": str(hard.other_id), "number": hard.values["number"], "amount": hard.values["amount"]}
        return step_in(unit, payable, PayableStep.SUSPECTED, actor=actor, at=at, detail=detail)

    def look_in(self, unit: UnitOfWork, payable: Payable, *, at: datetime) -> FoundSigns:
        """Return the signs of a payable as of now; nothing is stored.

        Args:
            unit: the transaction.
            payable: as it now is.
            at: now.
        """
        today = at.astimezone(self._zone).date()
        supplier = unit.suppliers.load(payable.tenant_id, payable.store_id, payable.supplier_id)
        if supplier is None:
            # A payable cannot be without its supplier; the foreign key of its table sees to it.
            message = f"the supplier of payable {payable.id} is not there"
            raise RuntimeError(message)
        account = unit.suppliers.effective_accounts(payable.tenant_id, payable.store_id, (supplier.id,)).get(
            supplier.id
        )
        earlier = _earlier(unit, payable, today)
        signs = (
            *self._duplicates(unit, payable, supplier, today),
            *account_signs(payable, supplier, _facts(unit, supplier, account, len(earlier)), self._limits, today=today),
            *usual_signs(payable, earlier, _limits_in(unit, payable)),
            *_same_file(unit, payable),
        )
        worst_first = tuple(sorted(signs, key=lambda one: -one.score)[:SIGNS_SHOWN])
        return FoundSigns(payable.id, risk_of(signs, supplier.risk), worst_first, at)

    def signs_now_in(
        self,
        unit: UnitOfWork,
        payables: Sequence[Payable],
        accounts: Mapping[SupplierId, SupplierAccount] | None = None,
    ) -> Mapping[PayableId, tuple[Sign, ...]]:
        """Return what speaks against paying these now, in few statements; payables without a sign are left out.

        Between approval and run another copy may have come or been paid, and an account may have been withdrawn. Only
        signs of :data:`gateway.domain.payables.signs.STOPS_PAYMENT` are looked for.

        Args:
            unit: the transaction of the run.
            payables: of one store, in any number.
            accounts: effective ones of all their suppliers, where this unit has read them already.
        """
        if not payables:
            return {}
        place = (payables[0].tenant_id, payables[0].store_id)
        by_id = {one.id: one for one in payables}
        found: dict[PayableId, list[Sign]] = {}
        if accounts is None:
            accounts = unit.suppliers.effective_accounts(*place, in_order({one.supplier_id for one in payables}))
        for one in payables:
            if one.supplier_id not in accounts and one.kind is PayableKind.INVOICE:
                found.setdefault(one.id, []).append(sign(SignKind.ACCOUNT_MISSING))
        twins = unit.approvals.twins(*place, list(by_id))
        if twins:
            for payable_id, one_sign in _of_twins(unit, by_id, twins, accounts):
                found.setdefault(payable_id, []).append(one_sign)
        return {payable_id: tuple(signs) for payable_id, signs in found.items()}

    def _duplicates(self, unit: UnitOfWork, payable: Payable, supplier: Supplier, today: date) -> tuple[Sign, ...]:
        place = (payable.tenant_id, payable.store_id)
        since = today - timedelta(days=LOOK_BACK_DAYS)
        others = unit.payables.candidates(payable, (supplier.id,), since=since)
        ids = sorted({one.supplier_id for one in others} | {supplier.id})
        suppliers = unit.suppliers.load_many(*place, ids)
        accounts = unit.suppliers.effective_accounts(*place, ids)
        signs = []
        for other in others:
            relation = _relation(supplier, suppliers.get(other.supplier_id), accounts)
            between = duplicate_sign(payable, other, relation)
            if between is None:
                continue
            if between.kind is SignKind.HARD_DUPLICATE and not comes_first(payable, other):
                continue  # The other one is the copy, and is stopped itself.
            signs.append(between)
        touched = sorted({payable.id, *(one.other_id for one in signs if one.other_id is not None)})
        return with_clearings(payable.id, signs, unit.approvals.clearings(*place, touched))


def _of_twins(
    unit: UnitOfWork,
    by_id: Mapping[PayableId, Payable],
    twins: Sequence[Twin],
    accounts: Mapping[SupplierId, SupplierAccount],
) -> list[tuple[PayableId, Sign]]:
    first = next(iter(by_id.values()))
    place = (first.tenant_id, first.store_id)
    ids = sorted({one.supplier_id for one in twins} | {by_id[one.payable_id].supplier_id for one in twins})
    suppliers = unit.suppliers.load_many(*place, ids)
    known = {**accounts, **unit.suppliers.effective_accounts(*place, ids)}
    others = unit.payables.load_many(*place, sorted({one.other_id for one in twins}))
    clearings = unit.approvals.clearings(*place, sorted({*others, *(one.payable_id for one in twins)}))
    found = []
    for twin in twins:
        payable, other = by_id[twin.payable_id], others[twin.other_id]
        supplier = suppliers[payable.supplier_id]
        between = duplicate_sign(payable, other, _relation(supplier, suppliers.get(other.supplier_id), known))
        if between is None or not comes_first(payable, other):
            continue
        standing = with_clearings(payable.id, (between,), clearings)
        found += [(payable.id, one) for one in standing if one.kind is SignKind.HARD_DUPLICATE]
    return found


def _relation(supplier: Supplier, other: Supplier | None, accounts: Mapping[SupplierId, SupplierAccount]) -> Relation:
    if other is None:
        return Relation.OTHER
    if other.id == supplier.id or (supplier.group and supplier.group == other.group):
        return Relation.SAME
    vat_ids = {vat_key(one) for one in supplier.vat_ids} & {vat_key(one) for one in other.vat_ids}
    mine, theirs = accounts.get(supplier.id), accounts.get(other.id)
    same_account = mine is not None and theirs is not None and mine.iban and mine.iban == theirs.iban
    return Relation.RELATED if vat_ids or same_account else Relation.OTHER


def _earlier(unit: UnitOfWork, payable: Payable, today: date) -> list[tuple[date, Money]]:
    """Return the supplier's other invoices: the history holds this one too, once it is stored."""
    since = today - timedelta(days=LOOK_BACK_DAYS)
    history = list(unit.payables.history(payable.tenant_id, payable.store_id, payable.supplier_id, since=since))
    mine = (payable.issued_on, payable.gross)
    if mine in history:
        history.remove(mine)
    return history


def _facts(
    unit: UnitOfWork, supplier: Supplier, account: SupplierAccount | None, earlier_invoices: int
) -> AccountFacts:
    if account is None:
        return AccountFacts(None, earlier_invoices=earlier_invoices)
    place = (supplier.tenant_id, supplier.store_id)
    holders = unit.suppliers.holders_of(*place, iban=account.iban, other_id=account.other_id)
    live = (AccountState.EFFECTIVE, AccountState.REQUESTED)
    ids = sorted({one.supplier_id for one in holders if one.supplier_id != supplier.id and one.state in live})
    others = unit.suppliers.load_many(*place, ids)
    shared = [one.name for one in others.values() if not supplier.group or one.group != supplier.group]
    employee = unit.suppliers.employee_with(*place, account_hash(account.iban or account.other_id))
    return AccountFacts(account, shared, "" if employee is None else employee.label, earlier_invoices)


def _limits_in(unit: UnitOfWork, payable: Payable) -> list[Money]:
    """Return the amounts from which on more is asked: of rules, and of people."""
    place, currency = (payable.tenant_id, payable.store_id), payable.gross.currency
    minors = {
        bound
        for rule in unit.approvals.rules(*place)
        if rule.active and rule.currency == currency.code
        for bound in (rule.from_minor, rule.below_minor)
        if bound
    }
    minors |= {one.each.minor for one in unit.approvals.limits(*place) if one.each and one.each.currency == currency}
    return [Money(minor, currency) for minor in sorted(minors)]


def _same_file(unit: UnitOfWork, payable: Payable) -> tuple[Sign, ...]:
    if payable.document_invoice_id is None:
        return ()
    place = (payable.tenant_id, payable.store_id)
    invoice = unit.invoices.load(*place, InvoiceId(payable.document_invoice_id))
    arrivals = () if invoice is None else unit.documents.arrivals(*place, invoice.document_id)
    if len(arrivals) < 2:
        return ()
    last = arrivals[-1]
    return (
        sign(SignKind.SAME_FILE, times=str(len(arrivals)), last=last.arrived_at.date().isoformat(), name=last.name),
    )
