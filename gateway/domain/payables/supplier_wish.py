"""What people and programs say about a supplier: checked, and compared with what is stored."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from gateway.domain.errors import InputError
from gateway.domain.ids import StoreId, SupplierId, TenantId
from gateway.domain.mail_address import is_mail_address
from gateway.domain.money import Currency
from gateway.domain.payables.supplier import (
    NO_ADDRESS,
    USUAL_TERMS,
    PaymentTerms,
    PostalAddress,
    Supplier,
    SupplierRisk,
)
from gateway.domain.payables.supplier_checks import check_terms, vat_key

NUMBER_MAX = 64
NAME_MAX = 140
NAMES_MAX = 20
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_VAT = re.compile(r"[A-Z0-9]{4,20}")


@dataclass(frozen=True, slots=True)
class SupplierWish:
    """All of a supplier that people may say; the rest follows from what they do. Fields as in :class:`Supplier`."""

    number: str
    name: str
    currency: str
    address: PostalAddress = NO_ADDRESS
    other_names: tuple[str, ...] = ()
    vat_ids: tuple[str, ...] = ()
    registration_id: str = ""
    group: str = ""
    language: str = "en"
    remittance_email: str = ""
    terms: PaymentTerms = USUAL_TERMS
    risk: SupplierRisk = SupplierRisk.NORMAL
    single_payments: bool = False
    default_account_code: str = ""
    default_cost_centre: str = ""
    default_tax_code: str = ""


_NAMES = tuple(one.name for one in fields(SupplierWish))


def wish_of(supplier: Supplier) -> SupplierWish:
    """Return what was said about a stored supplier."""
    return SupplierWish(**{name: getattr(supplier, name) for name in _NAMES})


def checked_wish(wish: SupplierWish) -> SupplierWish:
    """Return the wish without blanks at the ends.

    Raises:
        InputError: ``invalid_supplier`` with the field, ``unknown_currency``, ``invalid_terms``.
    """
    tidy = replace(
        wish,
        number=wish.number.strip(),
        name=" ".join(wish.name.split()),
        other_names=tuple(dict.fromkeys(" ".join(name.split()) for name in wish.other_names if name.strip())),
        vat_ids=tuple(dict.fromkeys(vat_key(vat_id) for vat_id in wish.vat_ids if vat_key(vat_id))),
        remittance_email=wish.remittance_email.strip(),
    )
    _must(0 < len(tidy.number) <= NUMBER_MAX, "number", f"A number has 1 to {NUMBER_MAX} signs.")
    _must(0 < len(tidy.name) <= NAME_MAX, "name", f"A name has 1 to {NAME_MAX} signs.")
    _must(len(tidy.other_names) <= NAMES_MAX, "other_names", f"There are at most {NAMES_MAX} other names.")
    _must(len(tidy.vat_ids) <= NAMES_MAX, "vat_ids", f"There are at most {NAMES_MAX} VAT ids.")
    _must(all(_VAT.fullmatch(one) for one in tidy.vat_ids), "vat_ids", "A VAT id has 4 to 20 letters and digits.")
    country = tidy.address.country
    _must(not country or bool(_COUNTRY.fullmatch(country)), "address/country", "A country has two capital letters.")
    _must(bool(_LANGUAGE.fullmatch(tidy.language)), "language", "A language has two small letters.")
    mail = tidy.remittance_email
    _must(not mail or is_mail_address(mail), "remittance_email", "This is not the form of a mail address.")
    try:
        Currency.of(tidy.currency)
    except InputError as error:
        raise InputError(error.code, error.message, error.hint, "/currency") from error
    check_terms(tidy.terms)
    return tidy


def new_supplier(
    tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId, wish: SupplierWish, at: datetime
) -> Supplier:
    """Return a supplier made of a checked wish."""
    said = {name: getattr(wish, name) for name in _NAMES}
    return Supplier(tenant_id=tenant_id, store_id=store_id, id=supplier_id, created_at=at, changed_at=at, **said)


def changed_supplier(supplier: Supplier, wish: SupplierWish, at: datetime) -> Supplier:
    """Return the supplier with what is said now, one version on."""
    said = {name: getattr(wish, name) for name in _NAMES}
    return replace(supplier, changed_at=at, version=supplier.version + 1, **said)


def changes_between(before: SupplierWish | None, now: SupplierWish) -> Mapping[str, tuple[str, str]]:
    """Return the fields that differ, each as text before and now; of a new supplier all that is said."""
    old = {} if before is None else _texts(before)
    return {name: (old.get(name, ""), text) for name, text in _texts(now).items() if old.get(name, "") != text}


def _texts(wish: SupplierWish) -> dict[str, str]:
    return {name: _text(getattr(wish, name)) for name in _NAMES}


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return "; ".join(value)
        case PostalAddress():
            street = " ".join(part for part in (value.street, value.building) if part)
            town = " ".join(part for part in (value.country, value.postcode, value.town) if part)
            return ", ".join(part for part in (street, town) if part)
        case PaymentTerms():
            steps = [f"{step.percent.normalize():f} % / {step.days}" for step in value.discounts]
            return " · ".join([*steps, str(value.net_days)])
        case _:
            return str(value)


def _must(fits: bool, field: str, message: str) -> None:  # noqa: FBT001  # reads as a sentence
    if not fits:
        raise InputError("invalid_supplier", message, "Correct this field.", f"/{field}")
