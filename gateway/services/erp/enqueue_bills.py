"""Puts approved payables and proven payments on their way into the shop's ERPs, in the unit of what caused them.

A payable may be approved, taken back and approved again. Each approval that says something new is a document of its own
(ADR 0048); what still waits gives way to it, what an ERP may have stays there.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from gateway.domain.documents.media_types import MEDIA_TYPES, UNKNOWN_TYPE
from gateway.domain.erp.bill_of_payable import Ordered, bill_of, money_back, payment_of, takes_told
from gateway.domain.erp.canonical import AnyDocument, as_json
from gateway.domain.erp.documents import Attachment, DocumentKind, PartyRef
from gateway.domain.erp.failure import FailureCode
from gateway.domain.erp.posting import Posting, PostingState, moved
from gateway.domain.ids import InvoiceId, PayableId, SupplierId, derived_id
from gateway.domain.money import Money
from gateway.domain.payables.payable import Payable, PayableState
from gateway.domain.payables.payment_order import PaymentOrder
from gateway.ports.erp_store import Place
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.erp.enqueue import RUNNER
from gateway.services.erp.take_back_bills import (
    TAKEN_BACK,
    bill_key,
    bills_in,
    give_up_in,
    may_be_there,
    stands_again_in,
)

_APPROVED_NO_MORE = frozenset(
    {
        PayableState.VALIDATED,
        PayableState.DUPLICATE_SUSPECT,
        PayableState.EXCEPTION,
        PayableState.MATCHED,
        PayableState.REJECTED,
        PayableState.CANCELLED,
    }
)
REPLACED = "A later approval says something else."


@dataclass(frozen=True, slots=True)
class Proven:
    """A payment and the day of the statement that shows it.

    ``shown``: by how much the bank account moved, positive; None within the sum of a block, which was compared.
    """

    order: PaymentOrder
    on: date
    shown: Money | None = None


@dataclass(frozen=True, slots=True)
class EnqueueBills:
    """``accounts``: ids of the ERPs that get bills; none: nothing is stored. ``zone``: of the shop."""

    accounts: Sequence[str] = ()
    zone: tzinfo = UTC

    def approved_in(self, unit: UnitOfWork, payable: Payable, at: datetime) -> None:
        """Store the bill for each ERP, unless the same one is there or on its way.

        Args:
            unit: in which it is approved.
            payable: as approved; its id is the trace.
            at: when.
        """
        place = (payable.tenant_id, payable.store_id)
        for account in self.accounts:
            earlier = bills_in(unit, place, account, payable.id)
            key = bill_key(payable.id, len(earlier) + 1)
            bill = bill_of(
                payable,
                _vendor(unit, place, payable.supplier_id),
                key=key,
                posting_on=at.astimezone(self.zone).date(),
                takes=_takes(unit, payable),
                attachments=_files(unit, payable),
            )
            standing = [one for one in earlier if one.state is not PostingState.GIVEN_UP or may_be_there(one)]
            same = next((one for one in standing if _same(one, bill)), None)
            if same is not None:
                stands_again_in(unit, place, same, at)
                continue
            posting = _posting(account, bill, payable.id.hex, at)
            there = [one for one in standing if not give_up_in(unit, place, one, REPLACED, at)]
            if there:
                words = f"An earlier approval went there as {there[0].number or there[0].key}, and says something else."
                code = FailureCode.REFUSED.value
                posting = moved(posting, PostingState.REFUSED, at, code=code, detail=words)
            unit.erp.add(place, posting, RUNNER)

    def unwanted_in(self, unit: UnitOfWork, place: Place, posting: Posting) -> str:
        """Return why a document that waits is not to be sent any more; empty: it is."""
        if posting.kind is not DocumentKind.VENDOR_BILL:
            return ""
        try:
            payable = unit.payables.load(*place, PayableId(uuid.UUID(posting.trace_id)))
        except ValueError:
            return ""
        return TAKEN_BACK if payable is not None and payable.state in _APPROVED_NO_MORE else ""

    def paid_in(self, unit: UnitOfWork, place: Place, paid: Iterable[Proven], at: datetime) -> None:
        """Store payments that a statement shows, each once for each ERP; one of another amount is a person's matter."""
        for account in self.accounts:
            for one in paid:
                order = one.order
                bills = {
                    part.payable_id: _bill_told(unit, place, account, part.payable_id) for part in order.allocations
                }
                vendor = _vendor(unit, place, order.payee.supplier_id)
                payment = payment_of(order, vendor, key=payment_key(order), paid_on=one.on, bill_keys=bills)
                posting = _posting(account, payment, order.trace_id, at)
                unit.erp.add(place, _compared_with_bank(posting, one, at), RUNNER)

    def came_back_in(self, unit: UnitOfWork, place: Place, back: Iterable[Proven], at: datetime) -> None:
        """Store entries for payments that came back, where the ERP was told that they had left."""
        for account in self.accounts:
            for one in back:
                order = one.order
                if unit.erp.load(place, account, payment_key(order)) is not None:
                    vendor = _vendor(unit, place, order.payee.supplier_id)
                    entry = money_back(order, vendor, key=str(derived_id(order.id, "erp payment back")), on=one.on)
                    posting = _posting(account, entry, order.trace_id, at)
                    unit.erp.add(place, _compared_with_bank(posting, one, at), RUNNER)


NO_ERPS = EnqueueBills()


def payment_key(order: PaymentOrder) -> str:
    """Return the key of the document that tells of a payment."""
    return str(derived_id(order.id, "erp payment"))


def _bill_told(unit: UnitOfWork, place: Place, account: str, payable_id: PayableId) -> str:
    """Return the key of the bill that stands; of one from before there was an ERP, the key it would have had."""
    told = list(reversed(bills_in(unit, place, account, payable_id)))
    there = [one.key for one in told if may_be_there(one)]
    waiting = [one.key for one in told if one.state is not PostingState.GIVEN_UP]
    return next(iter((*there, *waiting)), bill_key(payable_id, 1))


def _posting(account: str, document: AnyDocument, trace_id: str, at: datetime) -> Posting:
    return Posting(account, document.key, document.kind, as_json(document), trace_id, at, at, at)


def _compared_with_bank(posting: Posting, one: Proven, at: datetime) -> Posting:
    """Return a posting, refused where the bank moved another amount than was ordered: no document says both."""
    ordered = one.order.amount
    if one.shown is None or one.shown == ordered:
        return posting
    words = (
        f"The bank moved {_plain(one.shown)}, and {_plain(ordered)} was ordered: enter it in the ERP and give this up, "
        "or have it sent as it was ordered."
    )
    return moved(posting, PostingState.REFUSED, at, code=FailureCode.SUM_DIFFERS.value, detail=words)


def _plain(amount: Money) -> str:
    return f"{amount.to_decimal()} {amount.currency.code}"


def _same(posting: Posting, document: AnyDocument) -> bool:
    """Return whether a document says the same; the day on which it is booked is that of the first approval."""
    return _compared(posting.document) == _compared(as_json(document))


def _compared(written: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in written.items() if name not in ("key", "posting_on")}
    return kept | {"vendor": written["vendor"]["id"]}


def _vendor(unit: UnitOfWork, place: Place, supplier_id: SupplierId) -> PartyRef:
    """Return who is paid; which partner of the ERP that is, is looked up when it is sent."""
    supplier = unit.suppliers.load(*place, supplier_id)
    if supplier is None:
        return PartyRef(str(supplier_id), str(supplier_id))
    return PartyRef(str(supplier_id), supplier.name, vat_id=next(iter(supplier.vat_ids), ""))


def _takes(unit: UnitOfWork, payable: Payable) -> Mapping[int, Sequence[Ordered]]:
    records = unit.matches.results(payable.tenant_id, payable.store_id, payable.id, limit=1)
    return takes_told(records[0].told) if records else {}


def _files(unit: UnitOfWork, payable: Payable) -> tuple[Attachment, ...]:
    """Return the file a payable was captured from; none where an ERP or a person made it."""
    place = (payable.tenant_id, payable.store_id)
    if payable.document_invoice_id is None:
        return ()
    invoice = unit.invoices.load(*place, InvoiceId(payable.document_invoice_id))
    document = None if invoice is None else unit.documents.load(*place, invoice.document_id)
    if document is None:
        return ()
    content = unit.documents.content(*place, document.id)
    return (Attachment(document.name, MEDIA_TYPES.get(document.kind, UNKNOWN_TYPE), document.sha256, content),)
