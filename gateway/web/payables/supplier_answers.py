"""Answers about suppliers and their bank details."""

from gateway.domain.payables.supplier import CallBack, Supplier
from gateway.ports.supplier_store import EmployeeAccount, MasterEvent
from gateway.services.payables.change_bank_details import WaitingAccount
from gateway.services.payables.manage_suppliers import SupplierView
from gateway.web.payments.payment_answers import instant

_SAID = (
    "number",
    "name",
    "currency",
    "registration_id",
    "group",
    "language",
    "remittance_email",
    "single_payments",
    "default_account_code",
    "default_cost_centre",
    "default_tax_code",
    "blocked",
    "version",
)
_OF_ACCOUNT = (
    "source",
    "holder",
    "country",
    "iban",
    "bic",
    "other_id",
    "clearing_system",
    "clearing_member",
    "bank_name",
    "reason",
    "emergency",
    "version",
)


def supplier_document(one: Supplier) -> dict[str, object]:
    """Return a supplier as the API tells it."""
    address = one.address
    return {name: getattr(one, name) for name in _SAID} | {
        "id": str(one.id),
        "address": {name: getattr(address, name) for name in ("street", "building", "postcode", "town", "country")},
        "other_names": list(one.other_names),
        "vat_ids": list(one.vat_ids),
        "terms": {
            "net_days": one.terms.net_days,
            "discounts": [{"days": step.days, "percent": f"{step.percent:f}"} for step in one.terms.discounts],
        },
        "risk": one.risk.value,
        "created_at": instant(one.created_at),
        "changed_at": instant(one.changed_at),
    }


def whole_document(view: SupplierView) -> dict[str, object]:
    """Return a supplier with accounts and journal."""
    return supplier_document(view.supplier) | {
        "accounts": [account_document(one) for one in view.accounts],
        "events": [_event(one) for one in view.events],
    }


def account_document(seen: WaitingAccount) -> dict[str, object]:
    """Return an account with what speaks against it."""
    one = seen.account
    return {name: getattr(one, name) for name in _OF_ACCOUNT} | {
        "id": str(one.id),
        "supplier_id": str(one.supplier_id),
        "supplier_number": seen.supplier.number,
        "supplier_name": seen.supplier.name,
        "state": one.state.value,
        "requested_by": str(one.requested_by),
        "requested_at": instant(one.requested_at),
        "call_back": None if one.call_back is None else _call_back(one.call_back),
        "decided_by": None if one.decided_by is None else str(one.decided_by),
        "decided_at": None if one.decided_at is None else instant(one.decided_at),
        "cooling_until": None if one.cooling_until is None else one.cooling_until.isoformat(),
        "reviewed_by": None if one.reviewed_by is None else str(one.reviewed_by),
        "reviewed_at": None if one.reviewed_at is None else instant(one.reviewed_at),
        "alerts": [{"alert": found.alert.value, "about": found.about} for found in seen.alerts],
    }


def employee_document(one: EmployeeAccount) -> dict[str, object]:
    """Return an account of an employee."""
    return {
        "account_hash": one.account_hash,
        "label": one.label,
        "account": one.shown,
        "added_by": one.added_by,
        "added_at": instant(one.added_at),
    }


def _call_back(note: CallBack) -> dict[str, object]:
    return {
        "called_by": note.called_by,
        "called_at": instant(note.called_at),
        "spoke_with": note.spoke_with,
        "number_known_from": note.number_known_from,
        "noted_by": None if note.noted_by is None else str(note.noted_by),
    }


def _event(one: MasterEvent) -> dict[str, object]:
    return {
        "sequence": one.sequence,
        "kind": one.kind,
        "actor": one.actor,
        "recorded_at": instant(one.at),
        "reason": one.reason,
        "changes": {name: list(pair) for name, pair in (one.changes or {}).items()},
    }
