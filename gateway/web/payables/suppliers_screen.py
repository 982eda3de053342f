"""The screens of suppliers and of their bank details. They show; the API changes."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, render_template, request

from gateway.domain.access import Permission
from gateway.domain.bank.iban import Iban, iban_in_groups
from gateway.domain.ids import PayableId, PersonId, SupplierId
from gateway.domain.payables.bank_details import is_cooling
from gateway.domain.payables.supplier import AccountState, SupplierAccount, SupplierRisk
from gateway.services.payables.change_bank_details import WaitingAccount
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.payables.payable_related import is_iban, plain_iban
from gateway.web.screens import words

ROWS = 50
"""Lines of one page of a list."""

_SCRIPT_TEXTS = ("suppliers.script_", "desk.script_", "error.", "hint.", "till.offline")

pages = Blueprint("suppliers_screen", __name__)


@dataclass(frozen=True, slots=True)
class PrintedAsk:
    """What a request for bank details begins with: ``iban`` in groups of four, as printed on invoice ``number``."""

    number: str
    iban: str


@pages.get("/suppliers")
@requires(Permission.PAYABLES_READ)
def suppliers() -> str:
    """Show suppliers by number, and the bank details that wait for somebody."""
    find, after = request.args.get("find", "")[:140].strip(), request.args.get("after", "")[:64]
    services = current().till.payables.suppliers
    found = services.suppliers.find(caller(), text=find, after=after, limit=ROWS)
    return render_template(
        "payables/suppliers.html",
        suppliers=found,
        find=find,
        more=len(found) == ROWS,
        waiting=services.accounts.waiting(caller()),
        emergencies=services.accounts.emergencies(caller()),
        **shared(),
    )


@pages.get("/suppliers/<uuid:supplier_id>")
@requires(Permission.PAYABLES_READ)
def supplier(supplier_id: uuid.UUID) -> str:
    """Show one supplier: terms, bank details with their history, payables, journal."""
    view = current().till.payables.suppliers.suppliers.get(caller(), SupplierId(supplier_id))
    return render_template(
        "payables/supplier.html",
        view=view,
        supplier=view.supplier,
        names=_names(view.accounts),
        risks=tuple(SupplierRisk),
        asked=_printed_ask(view.supplier.id),
        **shared(),
    )


@pages.get("/supplier-accounts/<uuid:account_id>")
@requires(Permission.PAYABLES_READ)
def account(account_id: uuid.UUID) -> str:
    """Show one account that is asked for: its digits, the call, what speaks against it, and who may decide."""
    services, who = current().till.payables.suppliers, caller()
    seen = services.accounts.get(who, account_id)
    paid = next(
        (one.account for one in services.suppliers.get(who, seen.supplier.id).accounts if _effective(one.account)), None
    )
    return render_template(
        "payables/supplier_account.html",
        seen=seen,
        supplier=seen.supplier,
        account=seen.account,
        paid=paid,
        names=_names((seen,)),
        mine=who.id in _acted(seen.account),
        may_review=bool({Permission.SUPPLIER_ACCOUNTS_CONFIRM, Permission.RUNS_APPROVE} & who.permissions),
        **shared(),
    )


def shared() -> dict[str, object]:
    """Return what every template of suppliers and orders gets."""
    container = current()
    return {
        "zone": container.settings.zone,
        "today": container.clock.now().astimezone(container.settings.zone).date(),
        "currency": container.settings.currency,
        "rights": caller().permissions,
        "digits": digits,
        "is_cooling": is_cooling,
        "texts": words().part(*_SCRIPT_TEXTS),
    }


def digits(one: SupplierAccount) -> tuple[str, ...]:
    """Return the account in groups of four, as a person reads it aloud."""
    text = iban_in_groups(Iban(one.iban)) if one.iban else one.other_id
    return tuple(text.split(" "))


def _printed_ask(supplier_id: SupplierId) -> PrintedAsk | None:
    """Return the account printed on the invoice the reader comes from, for those who may ask for it.

    Only the id of the invoice is in the address: an account number would stay in histories and logs.
    """
    who = caller()
    try:
        payable_id = PayableId(uuid.UUID(request.args.get("printed_on", "")))
    except ValueError:
        return None
    if Permission.PAYABLES_WORK not in who.permissions:
        return None
    with current().storage.read() as unit:
        one = unit.payables.load(who.tenant_id, who.store_id, payable_id)
    printed = "" if one is None or one.supplier_id != supplier_id else plain_iban(one.printed_iban)
    return PrintedAsk(one.number, iban_in_groups(Iban(printed))) if one is not None and is_iban(printed) else None


def _effective(one: SupplierAccount) -> bool:
    return one.state is AccountState.EFFECTIVE


def _acted(one: SupplierAccount) -> set[uuid.UUID | None]:
    return {one.requested_by, None if one.call_back is None else one.call_back.noted_by}


def _names(seen: Iterable[WaitingAccount]) -> dict[uuid.UUID, str]:
    """Return the names of everybody who did something to these accounts; programs have none."""
    found: dict[uuid.UUID, str] = {}
    with current().storage.read() as unit:
        for one in seen:
            account = one.account
            for person_id in {*_acted(account), account.decided_by, account.reviewed_by} - {None, *found}:
                person = None if person_id is None else unit.access.person(PersonId(person_id))
                if person_id is not None and person is not None:
                    found[person_id] = person.name
    return found
