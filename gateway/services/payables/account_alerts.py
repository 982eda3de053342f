"""Looks for what speaks against a supplier's account: country, other suppliers, employees, a large first payment."""

from gateway.domain.money import Money
from gateway.domain.payables.bank_details import AccountAlert, AlertFound
from gateway.domain.payables.payable import OPEN_STATES, PayableKind
from gateway.domain.payables.supplier import AccountState, Supplier, SupplierAccount
from gateway.domain.payables.supplier_checks import account_hash
from gateway.ports.payable_store import PAYABLES_PAGE_MAX, PayableWish
from gateway.ports.unit_of_work import UnitOfWork


def alerts_in(
    unit: UnitOfWork, supplier: Supplier, account: SupplierAccount, *, first_payment_max: Money | None
) -> tuple[AlertFound, ...]:
    """Return what speaks against paying to this account; ``first_payment_max``: None for no limit."""
    here = (supplier.tenant_id, supplier.store_id)
    found: list[AlertFound] = []
    if supplier.address.country and account.country != supplier.address.country:
        found.append(AlertFound(AccountAlert.OTHER_COUNTRY, f"{supplier.address.country} / {account.country}"))
    same = unit.suppliers.holders_of(*here, iban=account.iban, other_id=account.other_id)
    others = sorted({one.supplier_id for one in same if one.supplier_id != supplier.id})
    found += [
        AlertFound(AccountAlert.OTHER_SUPPLIER, f"{other.number} {other.name}")
        for other in unit.suppliers.load_many(*here, others).values()
    ]
    employee = unit.suppliers.employee_with(*here, account_hash(account.iban or account.other_id))
    if employee is not None:
        found.append(AlertFound(AccountAlert.EMPLOYEE, employee.label))
    refused = [
        one
        for one in same
        if one.supplier_id == supplier.id and one.state is AccountState.REFUSED and one.id != account.id
    ]
    if refused and refused[0].decided_at is not None:
        found.append(AlertFound(AccountAlert.REFUSED_BEFORE, refused[0].decided_at.date().isoformat()))
    if first_payment_max is not None:
        found += _large(unit, supplier, first_payment_max)
    return tuple(found)


def _large(unit: UnitOfWork, supplier: Supplier, limit: Money) -> list[AlertFound]:
    wish = PayableWish(states=tuple(sorted(OPEN_STATES)), supplier_id=supplier.id)
    here = (supplier.tenant_id, supplier.store_id)
    waiting = unit.payables.list(*here, wish, before=None, limit=PAYABLES_PAGE_MAX)
    largest = max(
        (
            one.open_amount
            for one in waiting
            if one.kind is PayableKind.INVOICE and one.gross.currency == limit.currency
        ),
        key=lambda amount: amount.minor,
        default=None,
    )
    if largest is None or largest.minor <= limit.minor:
        return []
    about = f"{largest.to_decimal()} {largest.currency.code}"
    return [AlertFound(AccountAlert.LARGE_FIRST_PAYMENT, about)]
