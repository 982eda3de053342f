"""Finds the supplier an invoice comes from; a supplier nobody knows is made, and its account only asked for.

The account printed on an invoice never becomes effective here, and a known supplier keeps its account.
"""

import uuid
from datetime import datetime

from gateway.domain.bank.iban import check_iban, iban_for_log
from gateway.domain.documents.duplicates import name_key
from gateway.domain.errors import InputError
from gateway.domain.ids import StoreId, SupplierId, TenantId, derived_id
from gateway.domain.payables.supplier import (
    NO_ADDRESS,
    AccountState,
    PostalAddress,
    Supplier,
    SupplierAccount,
)
from gateway.domain.payables.supplier_checks import vat_key
from gateway.ports.supplier_store import MasterEvent
from gateway.ports.unit_of_work import UnitOfWork

NAMESPACE = uuid.UUID("0d6a2d0e-3a52-5cf0-a3a4-5e1f7e4d9c21")
"""Ids of suppliers made from invoices follow from what they are known by: two at once make one supplier."""
UNNAMED = "?"


def supplier_for_in(
    unit: UnitOfWork,
    tenant_id: TenantId,
    store_id: StoreId,
    *,
    vat_id: str,
    iban: str,
    name: str,
    actor: str,
    actor_id: uuid.UUID,
    at: datetime,
    currency: str = "EUR",
    address: PostalAddress = NO_ADDRESS,
    bic: str = "",
) -> Supplier:
    """Return the supplier with this VAT id, effective account or name, or make it.

    Args:
        unit: of the acceptance of the invoice.
        tenant_id: of the store.
        store_id: the store.
        vat_id: as printed, or empty.
        iban: as printed, or empty; compared, never taken over.
        name: as printed.
        actor: who accepts the invoice, for the journal.
        actor_id: the same as an id; the account of a new supplier is asked for in this name.
        at: now.
        currency: the invoice's.
        address: as printed.
        bic: as printed, or empty.
    """
    known = _known(unit, tenant_id, store_id, vat_id=vat_id, iban=iban, name=name)
    if known is not None:
        return known
    key = vat_key(vat_id) or name_key(name) or iban
    supplier_id = SupplierId(derived_id(NAMESPACE, f"{tenant_id} {store_id} {key}"))
    made = unit.suppliers.load(tenant_id, store_id, supplier_id)
    if made is not None:
        return made
    made = Supplier(
        tenant_id=tenant_id,
        store_id=store_id,
        id=supplier_id,
        number=f"N-{supplier_id.hex[:10].upper()}",
        name=name.strip() or vat_id.strip() or UNNAMED,
        currency=currency,
        address=address,
        created_at=at,
        changed_at=at,
        vat_ids=(vat_id.strip(),) if vat_key(vat_id) else (),
    )
    unit.suppliers.add(made)
    _tell(unit, made, 1, "made_from_invoice", actor, at, {"name": ("", made.name)})
    _ask_for(unit, made, iban, bic, actor, actor_id, at)
    return made


def _known(
    unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, *, vat_id: str, iban: str, name: str
) -> Supplier | None:
    """Return the one supplier that fits best: the VAT id says most, then the account, then the name."""
    if vat_key(vat_id):
        with_id = unit.suppliers.known_as(tenant_id, store_id, vat_id=vat_id)
        if len(with_id) == 1:
            return with_id[0]
        if with_id:
            return _one_of(unit, tenant_id, store_id, with_id, iban=iban, name=name)
    for found in (
        unit.suppliers.known_as(tenant_id, store_id, iban=_plain(iban)) if iban else (),
        unit.suppliers.known_as(tenant_id, store_id, name=name),
    ):
        # A supplier with another VAT id is another one, whatever else looks alike.
        fitting = [one for one in found if not (vat_key(vat_id) and one.vat_ids)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _one_of(
    unit: UnitOfWork,
    tenant_id: TenantId,
    store_id: StoreId,
    choice: tuple[Supplier, ...],
    *,
    iban: str,
    name: str,
) -> Supplier:
    """Return which of several suppliers with one VAT id it is: by account, by name, else the first by number."""
    paid = unit.suppliers.effective_accounts(tenant_id, store_id, [one.id for one in choice])
    by_account = [one for one in choice if iban and one.id in paid and paid[one.id].iban == _plain(iban)]
    key = name_key(name)
    by_name = [one for one in choice if key in {name_key(known) for known in (one.name, *one.other_names)}]
    return (by_account or by_name or list(choice))[0]


def _plain(iban: str) -> str:
    return iban.replace(" ", "").upper()


def _ask_for(
    unit: UnitOfWork, supplier: Supplier, iban: str, bic: str, actor: str, actor_id: uuid.UUID, at: datetime
) -> None:
    try:
        checked = check_iban(_plain(iban)) if iban else None
    except InputError:
        checked = None  # what is printed is no account number: then there is none to ask for
    if checked is None:
        return
    account = SupplierAccount(
        id=derived_id(supplier.id, f"account {checked}"),
        supplier_id=supplier.id,
        holder=supplier.name,
        country=checked[:2],
        state=AccountState.REQUESTED,
        source="invoice",
        requested_by=actor_id,
        requested_at=at,
        iban=checked,
        bic=bic.strip(),
    )
    unit.suppliers.add_account(supplier.tenant_id, supplier.store_id, account)
    _tell(unit, supplier, 2, "account_requested", actor, at, {"account": ("", iban_for_log(checked))})


def _tell(
    unit: UnitOfWork,
    supplier: Supplier,
    sequence: int,
    kind: str,
    actor: str,
    at: datetime,
    changes: dict[str, tuple[str, str]],
) -> None:
    event = MasterEvent(sequence, derived_id(supplier.id, f"event {sequence}"), kind, actor, at, "", changes)
    unit.suppliers.tell(supplier.tenant_id, supplier.store_id, supplier.id, event)
