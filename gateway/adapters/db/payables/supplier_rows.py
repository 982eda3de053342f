"""Rows of suppliers, their accounts and their journal, and what is made of them."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.domain.documents.duplicates import name_key
from gateway.domain.ids import StoreId, SupplierId, TenantId
from gateway.domain.payables.supplier import (
    AccountState,
    CallBack,
    DiscountStep,
    PaymentTerms,
    PostalAddress,
    Supplier,
    SupplierAccount,
    SupplierRisk,
)
from gateway.domain.payables.supplier_checks import vat_key
from gateway.ports.supplier_store import MasterEvent

_TEXTS = (
    "registration_id",
    "group",
    "language",
    "remittance_email",
    "default_account_code",
    "default_cost_centre",
    "default_tax_code",
)
_ACCOUNT_TEXTS = ("bic", "clearing_system", "clearing_member", "bank_name", "reason", "payee_check", "payee_name")
_ACCOUNT_STATES = {one.value: one for one in AccountState}
"""Asking the class itself costs five times as much, and a run reads thousands of accounts."""


def supplier_row(one: Supplier) -> dict[str, Any]:
    """Return the columns of a supplier."""
    details: dict[str, Any] = {name: storable(getattr(one, name)) for name in _TEXTS}
    details |= {
        "other_names": [storable(name) for name in one.other_names],
        "vat_ids": [storable(vat_id) for vat_id in one.vat_ids],
        "address": address_document(one.address),
        "terms": terms_document(one.terms),
        "single_payments": one.single_payments,
    }
    searched = " ".join((one.number, one.name, *one.other_names, *(vat_key(vat_id) for vat_id in one.vat_ids)))
    return {
        "tenant_id": one.tenant_id,
        "store_id": one.store_id,
        "supplier_id": one.id,
        "number": storable(one.number),
        "name": storable(one.name),
        "billing_currency": one.currency,
        "details": details,
        "risk": one.risk.value,
        "blocked": storable(one.blocked),
        "search_text": storable(searched).casefold(),
        "created_at": one.created_at,
        "changed_at": one.changed_at,
        "version": one.version,
    }


def supplier_of(row: AnyRow) -> Supplier:
    """Return the supplier of a row."""
    details = row.details
    return Supplier(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=SupplierId(row.supplier_id),
        number=row.number,
        name=row.name,
        currency=row.billing_currency,
        address=PostalAddress(**details["address"]),
        created_at=row.created_at,
        changed_at=row.changed_at,
        other_names=tuple(details["other_names"]),
        vat_ids=tuple(details["vat_ids"]),
        terms=terms_of(details["terms"]),
        risk=SupplierRisk(row.risk),
        blocked=row.blocked,
        single_payments=details["single_payments"],
        version=row.version,
        **{name: details[name] for name in _TEXTS},
    )


def keys_of(one: Supplier) -> frozenset[tuple[str, str]]:
    """Return kind and value of everything a supplier is found by."""
    names = {("name", storable(name_key(name))) for name in (one.name, *one.other_names)}
    return frozenset(key for key in names | {("vat", vat_key(vat_id)) for vat_id in one.vat_ids} if key[1])


def address_document(address: PostalAddress) -> dict[str, str]:
    """Return an address as a JSON document."""
    names = ("street", "building", "postcode", "town", "country")
    return {name: storable(getattr(address, name)) for name in names}


def terms_document(terms: PaymentTerms) -> dict[str, Any]:
    """Return terms of payment as a JSON document; percentages as text."""
    steps = [[step.days, str(step.percent)] for step in terms.discounts]
    return {"net_days": terms.net_days, "discounts": steps}


def terms_of(document: Mapping[str, Any]) -> PaymentTerms:
    """Return terms of payment from their JSON document."""
    steps = tuple(DiscountStep(days, Decimal(percent)) for days, percent in document["discounts"])
    return PaymentTerms(document["net_days"], steps)


def account_row(tenant_id: TenantId, store_id: StoreId, one: SupplierAccount) -> dict[str, Any]:
    """Return the columns of an account."""
    details: dict[str, Any] = {name: storable(getattr(one, name)) for name in _ACCOUNT_TEXTS}
    details["call_back"] = None if one.call_back is None else _call_back_document(one.call_back)
    return {
        "tenant_id": tenant_id,
        "store_id": store_id,
        "account_id": one.id,
        "supplier_id": one.supplier_id,
        "state": one.state.value,
        "source": one.source,
        "iban": one.iban,
        "other_id": storable(one.other_id),
        "country": one.country,
        "holder": storable(one.holder),
        "details": details,
        "requested_by": one.requested_by,
        "requested_at": one.requested_at,
        "call_back_by": None if one.call_back is None else one.call_back.noted_by,
        "decided_by": one.decided_by,
        "decided_at": one.decided_at,
        "cooling_until": None if one.cooling_until is None else one.cooling_until.isoformat(),
        "emergency": storable(one.emergency),
        "reviewed_by": one.reviewed_by,
        "reviewed_at": one.reviewed_at,
        "version": one.version,
    }


def account_of(row: AnyRow) -> SupplierAccount:
    """Return the account of a row."""
    details = row.details
    told = details["call_back"]
    return SupplierAccount(
        id=row.account_id,
        supplier_id=SupplierId(row.supplier_id),
        holder=row.holder,
        country=row.country,
        state=_ACCOUNT_STATES[row.state],
        source=row.source,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        iban=row.iban,
        other_id=row.other_id,
        call_back=None if told is None else _call_back_of(told, row.call_back_by),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        cooling_until=None if row.cooling_until is None else date.fromisoformat(row.cooling_until),
        version=row.version,
        emergency=row.emergency,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        bic=details["bic"],
        clearing_system=details["clearing_system"],
        clearing_member=details["clearing_member"],
        bank_name=details["bank_name"],
        reason=details["reason"],
        payee_check=details["payee_check"],
        payee_name=details["payee_name"],
    )


def event_row(tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId, event: MasterEvent) -> dict[str, Any]:
    """Return the columns of a line of a supplier's journal."""
    changes = event.changes
    return {
        "tenant_id": tenant_id,
        "store_id": store_id,
        "supplier_id": supplier_id,
        "sequence": event.sequence,
        "event_id": event.id,
        "kind": event.kind,
        "actor": storable(event.actor),
        "reason": storable(event.reason),
        "changes": None
        if changes is None
        else {name: [storable(text) for text in pair] for name, pair in changes.items()},
        "recorded_at": event.at,
    }


def event_of(row: AnyRow) -> MasterEvent:
    """Return the line of a supplier's journal of a row."""
    changes = None if row.changes is None else {name: (before, now) for name, (before, now) in row.changes.items()}
    return MasterEvent(
        sequence=row.sequence,
        id=row.event_id,
        kind=row.kind,
        actor=row.actor,
        at=row.recorded_at,
        reason=row.reason,
        changes=changes,
    )


def _call_back_document(note: CallBack) -> dict[str, str]:
    return {
        "called_by": storable(note.called_by),
        "called_at": note.called_at.isoformat(),
        "spoke_with": storable(note.spoke_with),
        "number_known_from": storable(note.number_known_from),
    }


def _call_back_of(told: Mapping[str, str], noted_by: uuid.UUID | None) -> CallBack:
    return CallBack(
        called_by=told["called_by"],
        called_at=datetime.fromisoformat(told["called_at"]),
        spoke_with=told["spoke_with"],
        number_known_from=told["number_known_from"],
        noted_by=noted_by,
    )
