"""Payables come in: from an accepted invoice, in the unit of its acceptance, or sent by an ERP.

Nothing that was accepted is refused here for its sums or its supplier: whatever does not fit is found by matching and
looked at by a person. What claims nothing (a receipt, a reminder, a statement) makes no payable.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.iban import check_iban
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import PayableId, StoreId, SupplierId, TenantId, derived_id
from gateway.domain.money import Money
from gateway.domain.payables.from_invoice import Claim, claim_of
from gateway.domain.payables.payable import (
    Payable,
    PayableKind,
    PayableLine,
    PayableState,
    PayableTax,
)
from gateway.domain.payables.structured_reference import check_reference
from gateway.domain.payables.supplier import DiscountStep, Supplier
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.clock import Clock
from gateway.ports.payable_intake import AcceptedInvoice
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.answer_once import answer_once
from gateway.services.first_answers import RequestKey
from gateway.services.payables.advance_payable import AdvancePayable
from gateway.services.payables.find_supplier import supplier_for_in
from gateway.services.payables.payable_steps import first_event
from gateway.services.payables.read_payables import PayableView, ReadPayables
from invoice_capture.model import CapturedInvoice, FieldName

CAPTURE, ERP = "capture", "erp"
_GROSS_MAX = 10**15
"""Minor units: far above any invoice, far below what the columns hold."""


@dataclass(frozen=True, slots=True)
class SentPayable:
    """A payable as an ERP sends it.

    ``supplier_number``: as the shop knows it; ``due_on``: None for the supplier's terms;
    ``discounts``: None for those of the supplier's terms where no due date is given.
    """

    id: PayableId
    kind: PayableKind
    supplier_number: str
    number: str
    issued_on: date
    due_on: date | None
    net: Money
    tax: Money
    gross: Money
    lines: tuple[PayableLine, ...]
    taxes: tuple[PayableTax, ...]
    discounts: tuple[DiscountStep, ...] | None
    order_numbers: tuple[str, ...]
    freight: Money | None
    rounding: Money | None
    printed_iban: str
    reference: str
    credited_number: str
    request: RequestKey


class ReceivePayable:
    """Makes payables; an intake of accepted invoices."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        zone: ZoneInfo,
        announcer: Announcer,
        advance: AdvancePayable,
        read: ReadPayables,
    ) -> None:
        """``zone``: of the store, for the day on which something came in."""
        self._storage = storage
        self._clock = clock
        self._zone = zone
        self._announcer = announcer
        self._advance = advance
        self._read = read

    def take_in(self, unit: UnitOfWork, accepted: AcceptedInvoice) -> None:
        """Make the payable of an accepted invoice, once; see ``PayableIntake``."""
        invoice, claim = accepted.invoice, claim_of(accepted.values)
        if claim is None:
            return
        if unit.payables.of_invoice(invoice.tenant_id, invoice.store_id, invoice.id) is not None:
            return
        supplier = _supplier(unit, accepted, claim)
        received_on = invoice.created_at.astimezone(self._zone).date()
        issued_on = claim.issued_on or received_on
        due_on, discounts, source = _terms(supplier, issued_on, claim.due_on, claim.discounts or None)
        payable = _new(
            tenant_id=invoice.tenant_id,
            store_id=invoice.store_id,
            payable_id=PayableId(derived_id(invoice.id, "payable")),
            claim=claim,
            supplier=supplier,
            issued_on=issued_on,
            received_on=received_on,
            due_on=due_on,
            at=accepted.at,
        )
        payable = replace(
            payable,
            number=claim.number or f"#{invoice.id.hex[:8].upper()}",
            discounts=discounts,
            document_invoice_id=invoice.id,
            source=CAPTURE,
            created_by=accepted.actor,
        )
        detail = {"invoice": str(invoice.id), **source}
        if not claim.number:
            detail["number"] = "made"
        if claim.prepaid is not None:
            detail["prepaid"] = claim.prepaid.to_decimal()
        self._made_in(unit, payable, supplier, accepted.actor, detail)

    def put(
        self, caller: Caller, sent: SentPayable, render: Callable[[PayableView], bytes]
    ) -> tuple[StoredAnswer, bool]:
        """Store a payable an ERP sends; the same again gets the first answer.

        Raises:
            NotPermitted: without ``payables:work``.
            InputError: ``unknown_supplier``, ``payable_currencies_differ``, ``payable_too_large``, ``invalid_iban``,
                ``payable_lines_not_numbered``, ``invalid_discount``, ``invalid_reference``, each with a pointer.
            RuleError: ``payable_exists`` when the id is taken by another one.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.PAYABLES_WORK)
        _check(sent)
        now = self._clock.now()

        def work(unit: UnitOfWork) -> StoredAnswer:
            supplier = unit.suppliers.by_number(caller.tenant_id, caller.store_id, sent.supplier_number)
            if supplier is None:
                hint = "Send the supplier first, or use the number it has here."
                raise InputError("unknown_supplier", "There is no supplier with this number.", hint, "/supplier_number")
            if unit.payables.load(caller.tenant_id, caller.store_id, sent.id) is not None:
                hint = "Make a new id for a new payable; change this one by its own routes."
                raise RuleError("payable_exists", "A payable with this id is stored.", hint)
            payable, source = _of_sent(caller, sent, supplier, now, now.astimezone(self._zone).date())
            made = self._made_in(unit, payable, supplier, caller.name, source)
            return sent.request.answer(201, render(self._read.view_in(unit, made)))

        return answer_once(self._storage, caller, sent.request, work, now)

    def _made_in(
        self, unit: UnitOfWork, payable: Payable, supplier: Supplier, actor: str, detail: Mapping[str, str]
    ) -> Payable:
        unit.payables.add(payable)
        unit.payables.tell(payable, first_event(payable, actor=actor, detail=detail))
        for message in self._announcer.messages(announcement_of(payable, supplier, "payable.received", payable.id)):
            unit.outbox.add(message)
        return self._advance.advance_in(unit, payable, actor=actor, at=payable.created_at)


def announcement_of(payable: Payable, supplier: Supplier | None, kind: str, cause_id: uuid.UUID) -> Announcement:
    """Return what is told to the outside of a payable: no account number, no lines.

    Args:
        payable: as it now is.
        supplier: its supplier, None when it is not at hand.
        kind: such as ``payable.approved``.
        cause_id: the step or fact, so that it is told once.
    """
    return Announcement(
        tenant_id=payable.tenant_id,
        store_id=payable.store_id,
        kind=kind,
        cause_id=cause_id,
        subject=f"/v1/payables/{payable.id}",
        data={
            "payable_id": str(payable.id),
            "kind": payable.kind.value,
            "supplier": "" if supplier is None else supplier.name,
            "supplier_number": "" if supplier is None else supplier.number,
            "number": payable.number,
            "date": payable.issued_on.isoformat(),
            "due_date": payable.due_on.isoformat(),
            "amount": payable.gross.to_decimal(),
            "currency": payable.gross.currency.code,
            "state": payable.state.value,
        },
        at=payable.changed_at,
        trace_id=payable.id.hex,
    )


def _supplier(unit: UnitOfWork, accepted: AcceptedInvoice, claim: Claim) -> Supplier:
    def told(name: FieldName) -> str:
        return _value(accepted.values, name)

    return supplier_for_in(
        unit,
        accepted.invoice.tenant_id,
        accepted.invoice.store_id,
        vat_id=told(FieldName.VAT_ID),
        iban=told(FieldName.IBAN),
        name=told(FieldName.COMPANY),
        actor=accepted.actor,
        actor_id=accepted.actor_id,
        at=accepted.at,
        currency=claim.gross.currency.code,
        bic=told(FieldName.BIC),
    )


def _value(values: CapturedInvoice, name: FieldName) -> str:
    field = values.fields.get(name)
    return "" if field is None else field.value


def _terms(
    supplier: Supplier, issued_on: date, due_on: date | None, discounts: tuple[DiscountStep, ...] | None
) -> tuple[date, tuple[DiscountStep, ...], dict[str, str]]:
    """Return due date, discounts and where both come from: the document where it says so, else the terms agreed."""
    if due_on is not None:
        return due_on, discounts or (), {"due_from": "document"}
    days = supplier.terms.net_days
    agreed = supplier.terms.discounts if discounts is None else discounts
    due = date.fromordinal(min(issued_on.toordinal() + days, date.max.toordinal()))
    return due, agreed, {"due_from": "terms", "net_days": str(days)}


def _new(
    *,
    tenant_id: TenantId,
    store_id: StoreId,
    payable_id: PayableId,
    claim: Claim,
    supplier: Supplier,
    issued_on: date,
    received_on: date,
    due_on: date,
    at: datetime,
) -> Payable:
    return Payable(
        tenant_id=tenant_id,
        store_id=store_id,
        id=payable_id,
        kind=claim.kind,
        supplier_id=SupplierId(supplier.id),
        number=claim.number,
        issued_on=issued_on,
        received_on=received_on,
        due_on=due_on,
        net=claim.net,
        tax=claim.tax,
        gross=claim.gross,
        lines=claim.lines,
        taxes=claim.taxes,
        state=PayableState.VALIDATED,
        paid=Money(0, claim.gross.currency),
        created_at=at,
        changed_at=at,
        order_numbers=claim.order_numbers,
        rounding=claim.rounding,
        printed_iban=claim.printed_iban,
        reference=claim.reference,
    )


def _of_sent(
    caller: Caller, sent: SentPayable, supplier: Supplier, now: datetime, today: date
) -> tuple[Payable, dict[str, str]]:
    due_on, discounts, source = _terms(supplier, sent.issued_on, sent.due_on, sent.discounts)
    payable = Payable(
        tenant_id=caller.tenant_id,
        store_id=caller.store_id,
        id=sent.id,
        kind=sent.kind,
        supplier_id=supplier.id,
        number=sent.number,
        issued_on=sent.issued_on,
        received_on=today,
        due_on=due_on,
        net=sent.net,
        tax=sent.tax,
        gross=sent.gross,
        lines=sent.lines,
        taxes=sent.taxes,
        state=PayableState.VALIDATED,
        paid=Money(0, sent.gross.currency),
        created_at=now,
        changed_at=now,
        discounts=discounts,
        order_numbers=sent.order_numbers,
        freight=sent.freight,
        rounding=sent.rounding,
        printed_iban=sent.printed_iban,
        reference=sent.reference,
        credited_number=sent.credited_number,
        source=ERP,
        created_by=caller.name,
    )
    return payable, source


def _check(sent: SentPayable) -> None:
    """Refuse what cannot be a payable at all; sums that do not hold are for matching."""
    currency = sent.gross.currency
    amounts = {
        "/net": sent.net,
        "/tax": sent.tax,
        "/freight": sent.freight,
        "/rounding": sent.rounding,
        **{f"/lines/{index}/amount": line.amount for index, line in enumerate(sent.lines)},
        **{f"/taxes/{index}/net": one.net for index, one in enumerate(sent.taxes)},
    }
    for pointer, amount in amounts.items():
        if amount is not None and amount.currency != currency:
            hint = "One document has one currency: that of its gross amount."
            raise InputError("payable_currencies_differ", "This amount is of another currency.", hint, pointer)
    if not 0 < sent.gross.minor <= _GROSS_MAX:
        hint = "Send a positive amount; what is taken back is a credit note with a positive amount."
        raise InputError("payable_too_large", "The gross amount is zero or far too large.", hint, "/gross")
    for index, line in enumerate(sent.lines):
        if line.line_no != index + 1:
            hint = "Number the lines from 1 in their order."
            pointer = f"/lines/{index}/line_no"
            raise InputError("payable_lines_not_numbered", "The lines are not numbered in order.", hint, pointer)
    for index, step in enumerate(sent.discounts or ()):
        if not step.percent:
            pointer = f"/discounts/{index}/percent"
            raise InputError("invalid_discount", "This is no discount.", "Send a percentage above zero.", pointer)
    check_reference(sent.reference, "/reference")
    if sent.printed_iban:
        check_iban(sent.printed_iban, "/printed_iban")
