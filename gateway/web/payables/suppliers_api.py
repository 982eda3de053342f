"""Suppliers over the API: find, keep, block; ask for bank details, note the call, confirm them as a second person."""

import uuid
from datetime import datetime
from decimal import Decimal

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import SupplierId, parse_id
from gateway.domain.payables.supplier import CallBack, DiscountStep, PaymentTerms, PostalAddress, SupplierAccount
from gateway.domain.payables.supplier_checks import BankDetails
from gateway.domain.payables.supplier_wish import SupplierWish
from gateway.services.payables.account_requests import AccountRequest
from gateway.web.api import KEY_OR_PERSON, PERSON, answers
from gateway.web.auth import any_caller, caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payables.supplier_answers import (
    account_document,
    employee_document,
    supplier_document,
    whole_document,
)
from gateway.web.payables.supplier_services import SupplierServices
from gateway.web.payables.supplier_shapes import (
    AccountAskedRequest,
    CallBackRequest,
    EmployeeAccountsRequest,
    EmployeePath,
    GivenEmployeeAccounts,
    GivenSupplier,
    GivenSupplierAccount,
    GivenSupplierAccounts,
    GivenSuppliers,
    GivenSupplierWhole,
    NewAccountPath,
    SupplierAccountPath,
    SupplierPath,
    SupplierReasonRequest,
    SupplierRequest,
    SuppliersQuery,
)
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("suppliers", __name__, url_prefix="/v1", abp_tags=[Tag(name="suppliers")])


@api.get("/suppliers", security=KEY_OR_PERSON, responses=answers(200, GivenSuppliers))
@requires(Permission.PAYABLES_READ)
def find(query: SuppliersQuery) -> Response:
    """Find suppliers by a part of a name or number, or a VAT id; without it list all, by number."""
    found = _services().suppliers.find(
        caller(), text=query.search or "", after=query.starting_after or "", limit=query.limit
    )
    return _json({"data": [supplier_document(one) for one in found], "has_more": len(found) == query.limit})


@api.get("/suppliers/<supplier_id>", security=KEY_OR_PERSON, responses=answers(200, GivenSupplierWhole, 404))
@requires(Permission.PAYABLES_READ)
def get(path: SupplierPath) -> Response:
    """Tell one supplier with its bank details, their history and the journal."""
    return _json(whole_document(_services().suppliers.get(caller(), _id(path))))


@api.put(
    "/suppliers/<supplier_id>", security=KEY_OR_PERSON, responses=answers(200, GivenSupplier, 404, 409, 422, body=True)
)
@requires(Permission.PAYABLES_WORK)
def put(path: SupplierPath, body: SupplierRequest) -> Response:
    """Store a supplier under an id the client made; the same again changes nothing."""
    parse_id(path.supplier_id, "/path/supplier_id") if body.version is None else None
    stored = _services().suppliers.put(caller(), _id(path), _wish(body), version=body.version)
    return _json(supplier_document(stored))


@api.post(
    "/suppliers/<supplier_id>/block",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenSupplier, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def block(path: SupplierPath, body: SupplierReasonRequest) -> Response:
    """Stop every payment to a supplier."""
    return _json(supplier_document(_services().suppliers.block(caller(), _id(path), body.reason)))


@api.post(
    "/suppliers/<supplier_id>/unblock",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenSupplier, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def unblock(path: SupplierPath, body: SupplierReasonRequest) -> Response:
    """Let payments to a supplier go again."""
    return _json(supplier_document(_services().suppliers.unblock(caller(), _id(path), body.reason)))


@api.put(
    "/suppliers/<supplier_id>/accounts/<account_id>",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenSupplierAccount, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def ask_for_account(path: NewAccountPath, body: AccountAskedRequest) -> Response:
    """Ask for bank details under an id the client made; nothing is paid to them until a second person confirms."""
    request = AccountRequest(
        id=parse_id(path.account_id, "/path/account_id"),
        supplier_id=SupplierId(uuid.UUID(path.supplier_id)),
        details=BankDetails(
            holder=body.holder,
            country=body.country,
            iban=body.iban,
            bic=body.bic,
            other_id=body.other_id,
            clearing_system=body.clearing_system,
            clearing_member=body.clearing_member,
            bank_name=body.bank_name,
        ),
        reason=body.reason,
        source=body.source,
        call_back=None if body.call_back is None else _call_back(body.call_back, "/call_back"),
    )
    return _account(_services().accounts.request(caller(), request))


@api.get("/supplier-accounts", security=KEY_OR_PERSON, responses=answers(200, GivenSupplierAccounts))
@requires(Permission.PAYABLES_READ)
def waiting() -> Response:
    """List the bank details that wait for a call or a second person."""
    return _json({"data": [account_document(one) for one in _services().accounts.waiting(caller())]})


@api.get("/supplier-account-emergencies", security=KEY_OR_PERSON, responses=answers(200, GivenSupplierAccounts))
@requires(Permission.PAYABLES_READ)
def emergencies() -> Response:
    """List the bank details confirmed without a call that nobody has reviewed."""
    return _json({"data": [account_document(one) for one in _services().accounts.emergencies(caller())]})


@api.get("/supplier-accounts/<account_id>", security=KEY_OR_PERSON, responses=answers(200, GivenSupplierAccount, 404))
@requires(Permission.PAYABLES_READ)
def get_account(path: SupplierAccountPath) -> Response:
    """Tell one account with what speaks against it."""
    return _json(account_document(_services().accounts.get(caller(), _account_id(path))))


@api.put(
    "/supplier-accounts/<account_id>/call-back",
    security=PERSON,
    responses=answers(200, GivenSupplierAccount, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def note_call_back(path: SupplierAccountPath, body: CallBackRequest) -> Response:
    """Write down that the supplier was called on a number known before."""
    note = _call_back(body, "")
    return _account(_services().accounts.note_call_back(caller(), _account_id(path), note))


@api.post(
    "/supplier-accounts/<account_id>/confirm", security=PERSON, responses=answers(200, GivenSupplierAccount, 404, 409)
)
@requires(Permission.SUPPLIER_ACCOUNTS_CONFIRM)
def confirm(path: SupplierAccountPath) -> Response:
    """Confirm bank details as the second person; approvals of the supplier's open payables are void."""
    return _account(_services().accounts.confirm(caller(), _account_id(path)))


@api.post(
    "/supplier-accounts/<account_id>/confirm-in-emergency",
    security=PERSON,
    responses=answers(200, GivenSupplierAccount, 404, 409, 422, body=True),
)
@requires(Permission.SUPPLIER_ACCOUNTS_CONFIRM)
def confirm_in_emergency(path: SupplierAccountPath, body: SupplierReasonRequest) -> Response:
    """Confirm bank details without a call: still as the second person, and listed until somebody has reviewed it."""
    return _account(_services().accounts.confirm_in_emergency(caller(), _account_id(path), body.reason))


@api.post(
    "/supplier-accounts/<account_id>/review",
    security=PERSON,
    responses=answers(200, GivenSupplierAccount, 404, 409, 422, body=True),
)
@any_caller
def review(path: SupplierAccountPath, body: SupplierReasonRequest) -> Response:
    """Say what the review of an emergency found; open to who confirms bank details or approves runs."""
    return _account(_services().accounts.review_emergency(caller(), _account_id(path), body.reason))


@api.post(
    "/supplier-accounts/<account_id>/refuse",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenSupplierAccount, 404, 409, 422, body=True),
)
@any_caller
def refuse(path: SupplierAccountPath, body: SupplierReasonRequest) -> Response:
    """Refuse bank details that were asked for; open to who asks for them or confirms them."""
    return _account(_services().accounts.refuse(caller(), _account_id(path), body.reason))


@api.post(
    "/supplier-accounts/<account_id>/retire",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenSupplierAccount, 404, 409, 422, body=True),
)
@any_caller
def retire(path: SupplierAccountPath, body: SupplierReasonRequest) -> Response:
    """Stop paying to an account; open to who asks for bank details or confirms them."""
    return _account(_services().accounts.retire(caller(), _account_id(path), body.reason))


@api.get("/employee-accounts", security=PERSON, responses=answers(200, GivenEmployeeAccounts))
@requires(Permission.SUPPLIER_ACCOUNTS_CONFIRM)
def employees() -> Response:
    """List the accounts of employees: hashes and labels."""
    return _employees()


@api.post("/employee-accounts", security=PERSON, responses=answers(200, GivenEmployeeAccounts, 422, body=True))
@requires(Permission.SUPPLIER_ACCOUNTS_CONFIRM)
def add_employees(body: EmployeeAccountsRequest) -> Response:
    """Add accounts of employees, to which no supplier should be paid."""
    _services().suppliers.put_employees(caller(), [(one.account, one.label) for one in body.accounts])
    return _employees()


@api.delete("/employee-accounts/<account_hash>", security=PERSON, responses=answers(200, GivenEmployeeAccounts, 404))
@requires(Permission.SUPPLIER_ACCOUNTS_CONFIRM)
def remove_employee(path: EmployeePath) -> Response:
    """Forget an account of an employee."""
    _services().suppliers.remove_employee(caller(), path.account_hash)
    return _employees()


def _services() -> SupplierServices:
    return current().till.payables.suppliers


def _employees() -> Response:
    listed = _services().suppliers.list_employees(caller())
    return _json({"data": [employee_document(one) for one in listed]})


def _account(account: SupplierAccount) -> Response:
    return _json(account_document(_services().accounts.told(caller(), account)))


def _wish(body: SupplierRequest) -> SupplierWish:
    said = body.model_dump(exclude={"version", "address", "terms", "other_names", "vat_ids"})
    return SupplierWish(
        **said,
        address=PostalAddress(**body.address.model_dump()),
        other_names=tuple(body.other_names),
        vat_ids=tuple(body.vat_ids),
        terms=PaymentTerms(
            body.terms.net_days,
            tuple(DiscountStep(step.days, Decimal(step.percent)) for step in body.terms.discounts),
        ),
    )


def _call_back(body: CallBackRequest, pointer: str) -> CallBack:
    try:
        called_at = datetime.fromisoformat(body.called_at)
    except ValueError as error:
        hint = "Write it as 2026-03-02T14:30:00Z."
        raise InputError("invalid_call_back", "The time of the call is none.", hint, f"{pointer}/called_at") from error
    return CallBack(body.called_by, called_at, body.spoke_with, body.number_known_from)


def _id(path: SupplierPath) -> SupplierId:
    return SupplierId(uuid.UUID(path.supplier_id))


def _account_id(path: SupplierAccountPath) -> uuid.UUID:
    return uuid.UUID(path.account_id)


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
