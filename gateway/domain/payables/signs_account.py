"""Signs around the account that would be paid to. An account printed on an invoice is compared, never paid to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gateway.domain.bank.iban import Iban, iban_for_log
from gateway.domain.money import Money
from gateway.domain.payables.payable import Payable, PayableKind
from gateway.domain.payables.signs import Sign, SignKind, sign
from gateway.domain.payables.supplier import Supplier, SupplierAccount

_VAT_COUNTRIES = {"EL": "GR", "XI": "GB"}
"""Prefixes of VAT ids that are not the ISO code of their country (Directive 2006/112/EC, article 215)."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What is known around the account.

    ``shared_with``: names of other suppliers with the same account; ``employee``: label of the employee it belongs to,
    or empty; ``earlier_invoices``: of this supplier, other ones.
    """

    effective: SupplierAccount | None
    shared_with: Sequence[str] = ()
    employee: str = ""
    earlier_invoices: int = 0


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """From when on things are a sign. ``first_payment_max``: whole units of any currency."""

    first_payment_max: int
    new_supplier_days: int


def account_signs(
    payable: Payable, supplier: Supplier, facts: AccountFacts, limits: AccountLimits, *, today: date
) -> tuple[Sign, ...]:
    """Return what is to be said of supplier and account; a credit note is not paid, so little is said of it."""
    if payable.kind is PayableKind.CREDIT_NOTE:
        return ()
    found: list[Sign] = []
    account = facts.effective
    if account is None:
        found.append(sign(SignKind.ACCOUNT_MISSING, supplier=supplier.name))
    else:
        found += _of_account(payable, supplier, account, facts, today)
    age = (today - supplier.created_at.date()).days
    if age <= limits.new_supplier_days and not facts.earlier_invoices:
        found.append(sign(SignKind.SUPPLIER_NEW, days=str(age)))
    limit = Money(limits.first_payment_max * 10**payable.gross.currency.exponent, payable.gross.currency)
    if not facts.earlier_invoices and payable.gross.minor > limit.minor:
        found.append(sign(SignKind.FIRST_PAYMENT_HIGH, amount=_shown(payable.gross), limit=_shown(limit)))
    return tuple(found)


def country_of(supplier: Supplier) -> str:
    """Return the country a supplier says it is in: of its address, else of its VAT id; empty when neither tells."""
    if supplier.address.country:
        return supplier.address.country
    prefix = next((one[:2].upper() for one in supplier.vat_ids if one[:2].isalpha()), "")
    return _VAT_COUNTRIES.get(prefix, prefix)


def _of_account(
    payable: Payable, supplier: Supplier, account: SupplierAccount, facts: AccountFacts, today: date
) -> list[Sign]:
    found = []
    if payable.printed_iban and account.iban and _plain(payable.printed_iban) != _plain(account.iban):
        printed, known = (iban_for_log(Iban(_plain(one))) for one in (payable.printed_iban, account.iban))
        found.append(sign(SignKind.ACCOUNT_DIFFERS, printed=printed, known=known))
    country = country_of(supplier)
    if country and account.country != country:
        found.append(sign(SignKind.COUNTRY_DIFFERS, account=account.country, supplier=country))
    if facts.shared_with:
        found.append(sign(SignKind.ACCOUNT_SHARED, suppliers=", ".join(sorted(facts.shared_with)[:5])))
    if facts.employee:
        found.append(sign(SignKind.ACCOUNT_OF_EMPLOYEE, employee=facts.employee))
    if account.cooling_until is not None and account.cooling_until >= today:
        found.append(sign(SignKind.COOLING, until=account.cooling_until.isoformat()))
    return found


def _plain(iban: str) -> str:
    return "".join(iban.split()).upper()


def _shown(amount: Money) -> str:
    return f"{amount.to_decimal()} {amount.currency.code}"
