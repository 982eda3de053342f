"""From what was chosen to payment orders: payees copied, ids made, texts written. Makes no decision of its own."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.ids import PaymentOrderId, derived_id
from gateway.domain.payables.choose_payments import Planned
from gateway.domain.payables.payment_order import Allocation, Instrument, Payee, PaymentOrder, PaymentRun
from gateway.domain.payables.run_identity import end_to_end_id, uetr
from gateway.domain.payables.supplier import Supplier, SupplierAccount

TEXT_MAX = 140
"""Characters of unstructured remittance information (ISO 20022 Max140Text)."""
_WITHOUT_UETR = frozenset({Instrument.NACHA})
ACH_ID_CHARACTERS = 15
"""Field "individual identification number" of NACHA entries."""


def orders_of(run: PaymentRun, planned: Sequence[Planned], *, first_position: int = 1) -> tuple[PaymentOrder, ...]:
    """Return the orders of a run's attempt for what was chosen, in the same order."""
    return tuple(_order(run, one, position) for position, one in enumerate(planned, first_position))


def in_attempt(run: PaymentRun, order: PaymentOrder) -> PaymentOrder:
    """Return an order with the ids of its run's present attempt; what it pays stays."""
    here = (run.tenant_id, run.store_id, run.id, run.attempt, order.position)
    return replace(
        order,
        attempt=run.attempt,
        end_to_end_id=_payment_id(order.instrument, end_to_end_id(*here)),
        uetr=uetr(*here) if order.uetr else "",
    )


def payee_of(supplier: Supplier, account: SupplierAccount) -> Payee:
    """Return whom a payment to a supplier's account pays."""
    return Payee(
        supplier_id=supplier.id,
        account_id=account.id,
        name=account.holder or supplier.name,
        country=account.country,
        iban=account.iban,
        bic=account.bic,
        other_id=account.other_id,
        clearing_system=account.clearing_system,
        clearing_member=account.clearing_member,
        bank_name=account.bank_name,
        address=supplier.address,
        language=supplier.language,
    )


def same_account(payee: Payee, account: SupplierAccount | None) -> bool:
    """Return whether an order still pays the account that is effective now."""
    if account is None:
        return False
    now = (account.id, account.iban, account.bic, account.other_id, account.clearing_system, account.clearing_member)
    then = (payee.account_id, payee.iban, payee.bic, payee.other_id, payee.clearing_system, payee.clearing_member)
    return now == then


def text_of(allocations: Sequence[Allocation], reference: str, mark: str) -> str:
    """Return what the payee reads: numbers of invoices, or how many they are and under which mark they are listed."""
    if reference:
        return ""
    numbers = ", ".join(one.number for one in allocations)
    return numbers if len(numbers) <= TEXT_MAX else f"{len(allocations)} invoices, advice {mark}"


def mark_of(run: PaymentRun, position: int) -> str:
    """Return the number of a payment as people say it: run and position."""
    return f"{run.number}-{position}"


def _payment_id(instrument: Instrument, whole: str) -> str:
    """Return as much of an id as its way brings back: an ACH entry, and so its return, holds 15 characters."""
    return whole[:ACH_ID_CHARACTERS] if instrument is Instrument.NACHA else whole


def _order(run: PaymentRun, planned: Planned, position: int) -> PaymentOrder:
    here = (run.tenant_id, run.store_id, run.id, run.attempt, position)
    instrument = planned.way.instrument
    return PaymentOrder(
        id=PaymentOrderId(derived_id(run.id, f"order {position}")),
        run_id=run.id,
        position=position,
        instrument=instrument,
        bank_account_id=planned.way.account.id,
        payee=payee_of(planned.supplier, planned.account),
        amount=planned.amount,
        execute_on=planned.execute_on,
        allocations=planned.allocations,
        end_to_end_id=_payment_id(instrument, end_to_end_id(*here)),
        uetr="" if instrument in _WITHOUT_UETR else uetr(*here),
        reference=planned.reference,
        text=text_of(planned.allocations, planned.reference, mark_of(run, position)),
        charges=planned.way.charges,
        attempt=run.attempt,
        worth=planned.worth,
    )
