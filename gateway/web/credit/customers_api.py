"""Customers on account over the API: keep them, find them, take what they owe."""

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.credit.customer import CustomerAccount
from gateway.domain.credit.voucher import CustomerId
from gateway.domain.errors import InputError
from gateway.domain.ids import RegisterId, parse_id
from gateway.services.credit.manage_customers import AccountPayment, CustomerWords
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.credit.credit_answers import customer_document
from gateway.web.credit.credit_shapes import (
    AccountPaymentRequest,
    CustomerPath,
    CustomerRequest,
    CustomersQuery,
    CustomerWordsRequest,
    GivenCustomer,
    GivenCustomers,
)
from gateway.web.credit.vouchers_api import request_key
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON, asked_money, stored_answer
from gateway.web.request_shapes import IdempotencyHeader

api = APIBlueprint("customers", __name__, url_prefix="/v1", abp_tags=[Tag(name="customers")])


@api.post("/customers", security=KEY_OR_PERSON, responses=answers(201, GivenCustomer, 409, 422, body=True))
@requires(Permission.CREDIT_GIVE)
def add(body: CustomerRequest, header: IdempotencyHeader) -> Response:
    """Keep a new customer on account."""
    request = request_key(body, body.id, header.idempotency_key, f"/v1/customers/{body.id}")
    customer_id = CustomerId(parse_id(body.id, "/id"))
    answer, replayed = current().till.credit.customers.add(caller(), customer_id, _words(body), request, _render)
    return stored_answer(answer, replayed=replayed)


@api.get("/customers", security=KEY_OR_PERSON, responses=answers(200, GivenCustomers))
@requires(Permission.PAYMENTS_CREATE)
def find(query: CustomersQuery) -> Response:
    """Find customers by a part of their name or reference; without it list all, by name."""
    after = None if query.starting_after is None else CustomerId(parse_id(query.starting_after, "/starting_after"))
    found = current().till.credit.customers.find(caller(), query.search or "", limit=query.limit, after=after)
    return _json({"data": [customer_document(one) for one in found], "has_more": len(found) == query.limit})


@api.get("/customers/<customer_id>", security=KEY_OR_PERSON, responses=answers(200, GivenCustomer, 404))
@requires(Permission.CREDIT_GIVE)
def get(path: CustomerPath) -> Response:
    """Tell one customer with the newest lines of the account."""
    account, lines = current().till.credit.customers.get(caller(), _id(path))
    return _json(customer_document(account, lines))


@api.put(
    "/customers/<customer_id>", security=KEY_OR_PERSON, responses=answers(200, GivenCustomer, 404, 409, 422, body=True)
)
@requires(Permission.CREDIT_GIVE)
def change(path: CustomerPath, body: CustomerWordsRequest) -> Response:
    """Say something else about a customer: all of it is replaced."""
    return _json(customer_document(current().till.credit.customers.change(caller(), _id(path), _words(body))))


@api.post(
    "/customers/<customer_id>/payments",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenCustomer, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_CREATE)
def receive(path: CustomerPath, body: AccountPaymentRequest, header: IdempotencyHeader) -> Response:
    """Book money a customer brought for what is owed: cash at a till, or a transfer seen on the account."""
    payment = AccountPayment(
        id=parse_id(body.id, "/id"),
        customer_id=_id(path),
        amount=asked_money(body.amount.amount, body.amount.currency, "/amount"),
        came_by=body.came_by,
        register_id=None if body.register_id is None else _register(body.register_id),
        note=body.note or "",
        request=request_key(
            body, body.id, header.idempotency_key, f"/v1/customers/{path.customer_id}", path.customer_id
        ),
    )
    answer, replayed = current().till.credit.customers.receive(caller(), payment, _render)
    return stored_answer(answer, replayed=replayed)


def _render(account: CustomerAccount) -> bytes:
    return to_json(customer_document(account))


def _words(body: CustomerWordsRequest) -> CustomerWords:
    limit = asked_money(body.limit.amount, body.limit.currency, "/limit")
    return CustomerWords(body.name, body.reference or "", limit, body.blocked)


def _register(text: str) -> RegisterId:
    found = next((one.id for one in current().registers() if one.id == text), None)
    if found is None:
        hint = "Use the id of a register of this store."
        raise InputError("unknown_register", "This register is not known here.", hint, "/register_id")
    return found


def _id(path: CustomerPath) -> CustomerId:
    return CustomerId(parse_id(path.customer_id, "/path/customer_id"))


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
