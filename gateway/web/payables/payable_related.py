"""What belongs to a payable on its page: its orders and deliveries, signs, the account it prints, how it came."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.access import Caller
from gateway.domain.bank.iban import check_iban
from gateway.domain.documents.document import Arrival
from gateway.domain.errors import InputError
from gateway.domain.ids import InvoiceId, PersonId, PurchaseOrderId
from gateway.domain.payables.payable import OPEN_STATES, Payable, PayableKind
from gateway.domain.payables.purchase import GoodsReceipt
from gateway.domain.payables.signs import Sign
from gateway.domain.payables.supplier import AccountState, SupplierAccount
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.read_payables import PayableView
from gateway.web.payables.payable_answers import account_hint


@dataclass(frozen=True, slots=True)
class RelatedOrder:
    """An order a payable names or took from. ``id``: None for a number nobody knows; ``receipts``: its deliveries."""

    number: str
    id: PurchaseOrderId | None
    receipts: tuple[GoodsReceipt, ...]


@dataclass(frozen=True, slots=True)
class OtherAccount:
    """A payable prints another account than the one its supplier is paid to; it can still be stopped.

    ``printed``, ``known``: country and last four characters, ``known`` empty where no account is confirmed;
    ``asked_id``: of the request for exactly this account, None where nobody asked; ``readable``: it is an IBAN.
    """

    printed: str
    known: str
    asked_id: uuid.UUID | None
    readable: bool


@dataclass(frozen=True, slots=True)
class Related:
    """Everything about a payable that is kept elsewhere.

    ``arrival``: of its document, None without one; ``released``: login and instant of the release of the last run that
    had it, None before.
    """

    orders: tuple[RelatedOrder, ...]
    signs: tuple[Sign, ...]
    other_account: OtherAccount | None
    arrival: Arrival | None
    released: tuple[str, datetime] | None


def related_in(unit: UnitOfWork, who: Caller, view: PayableView) -> Related:
    """Return what belongs to a payable.

    Args:
        unit: a transaction that reads.
        who: the reader.
        view: the payable with its payments.
    """
    one = view.payable
    here = (who.tenant_id, who.store_id)
    found = unit.approvals.found_signs(*here, (one.id,)).get(one.id)
    accounts = unit.suppliers.accounts(*here, one.supplier_id)
    return Related(
        orders=_orders(unit, who, one),
        signs=() if found is None or one.state not in OPEN_STATES else found.signs,
        other_account=other_account(one, accounts),
        arrival=_arrival(unit, who, one),
        released=_released(unit, who, view),
    )


def other_account(one: Payable, accounts: Sequence[SupplierAccount]) -> OtherAccount | None:
    """Return the account a payable prints where its supplier is paid to another one; None once nothing can be stopped.

    Args:
        one: the payable.
        accounts: of its supplier, with their history.
    """
    printed = plain_iban(one.printed_iban)
    hint = account_hint(printed)
    if one.state not in OPEN_STATES or one.kind is not PayableKind.INVOICE or not hint:
        return None
    paid = next((account for account in accounts if account.state is AccountState.EFFECTIVE), None)
    if paid is not None and plain_iban(paid.iban) == printed:
        return None
    waiting = (account for account in accounts if account.state is AccountState.REQUESTED)
    return OtherAccount(
        printed=hint,
        known="" if paid is None else account_hint(paid.iban or paid.other_id),
        asked_id=next((account.id for account in waiting if plain_iban(account.iban) == printed), None),
        readable=is_iban(printed),
    )


def is_iban(text: str) -> bool:
    """Return whether this is an IBAN whose check digits hold."""
    try:
        check_iban(text)
    except InputError:
        return False
    return True


def plain_iban(text: str) -> str:
    """Return an IBAN without its blanks, in capital letters."""
    return "".join(text.split()).upper()


def _orders(unit: UnitOfWork, who: Caller, one: Payable) -> tuple[RelatedOrder, ...]:
    """Return the orders it names and those that matching found without their number."""
    here = (who.tenant_id, who.store_id)
    named = unit.purchases.orders_by_number(*here, one.order_numbers) if one.order_numbers else {}
    known = {order.id: order for order in named.values()}
    taken = dict.fromkeys(entry.order_id for entry in unit.matches.consumed_by(*here, one.id))
    others = [unit.purchases.order(*here, order_id) for order_id in taken if order_id not in known]
    found = [*known.values(), *(order for order in others if order is not None)]
    return (
        *(RelatedOrder(order.number, order.id, unit.purchases.receipts(*here, order.id)) for order in found),
        *(RelatedOrder(number, None, ()) for number in one.order_numbers if number not in named),
    )


def _arrival(unit: UnitOfWork, who: Caller, one: Payable) -> Arrival | None:
    """Return how the document of a payable came in first."""
    if one.document_invoice_id is None:
        return None
    here = (who.tenant_id, who.store_id)
    invoice = unit.invoices.load(*here, InvoiceId(one.document_invoice_id))
    if invoice is None:
        return None
    return next(iter(unit.documents.arrivals(*here, invoice.document_id)), None)


def _released(unit: UnitOfWork, who: Caller, view: PayableView) -> tuple[str, datetime] | None:
    if not view.orders:
        return None
    run = unit.payment_runs.load(who.tenant_id, who.store_id, view.orders[-1].run_id)
    if run is None or run.released_at is None or run.released_by is None:
        return None
    person = unit.access.person(PersonId(run.released_by))
    return ("" if person is None else person.login, run.released_at)
