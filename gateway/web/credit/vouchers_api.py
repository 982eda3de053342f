"""Vouchers over the API: issue, look up by code, list, block, tell the code again."""

import hashlib
import uuid
from datetime import date

from flask import Response
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from gateway.domain.access import Permission
from gateway.domain.credit.voucher import CustomerId, VoucherId, VoucherKind
from gateway.domain.errors import InputError
from gateway.domain.ids import SaleId, parse_id
from gateway.ports.credit_store import VoucherFilter, VoucherRecord
from gateway.services.credit.manage_vouchers import IssueCommand
from gateway.services.first_answers import RequestKey
from gateway.web.answer_shapes import GivenDelivery
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import RegisterFace, current
from gateway.web.credit.credit_answers import voucher_document
from gateway.web.credit.credit_shapes import (
    CodeRequest,
    GivenVoucher,
    GivenVouchers,
    ReasonRequest,
    SlipRequest,
    SoldPath,
    SoldVoucherRequest,
    VoucherPath,
    VoucherRequest,
    VouchersQuery,
)
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import delivery_document, to_json
from gateway.web.payments.payments_api import JSON, asked_money, checked_key, stored_answer
from gateway.web.request_shapes import IdempotencyHeader

api = APIBlueprint("vouchers", __name__, url_prefix="/v1", abp_tags=[Tag(name="vouchers")])


@api.post("/vouchers", security=KEY_OR_PERSON, responses=answers(201, GivenVoucher, 404, 409, 422, body=True))
@requires(Permission.CREDIT_GIVE)
def give(body: VoucherRequest, header: IdempotencyHeader) -> Response:
    """Give a voucher or store credit without a sale. Its code is told in this answer, and for a day in repeats."""
    return _issue(
        IssueCommand(
            voucher_id=VoucherId(parse_id(body.id, "/id")),
            kind=VoucherKind(body.kind),
            amount=asked_money(body.amount.amount, body.amount.currency, "/amount"),
            sale_id=None,
            customer_id=None if body.customer_id is None else CustomerId(parse_id(body.customer_id, "/customer_id")),
            reason=body.reason,
            expires_on=None if body.expires_on is None else _day(body.expires_on),
            request=request_key(body, body.id, header.idempotency_key, f"/v1/vouchers/{body.id}"),
        )
    )


@api.post(
    "/sales/<sale_id>/vouchers", security=KEY_OR_PERSON, responses=answers(201, GivenVoucher, 404, 409, 422, body=True)
)
@requires(Permission.PAYMENTS_CREATE)
def sell(path: SoldPath, body: SoldVoucherRequest, header: IdempotencyHeader) -> Response:
    """Issue a voucher that a settled sale has sold. Its code is told in this answer, and for a day in repeats."""
    return _issue(
        IssueCommand(
            voucher_id=VoucherId(parse_id(body.id, "/id")),
            kind=VoucherKind.VOUCHER,
            amount=asked_money(body.amount.amount, body.amount.currency, "/amount"),
            sale_id=SaleId(uuid.UUID(path.sale_id)),
            customer_id=None,
            reason="",
            expires_on=None,
            request=request_key(body, body.id, header.idempotency_key, f"/v1/vouchers/{body.id}", path.sale_id),
        )
    )


@api.post("/voucher-balances", security=KEY_OR_PERSON, responses=answers(200, GivenVoucher, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def balance(body: CodeRequest) -> Response:
    """Tell what a voucher is worth. A wrong code and one of nothing look the same; many wrong ones are slowed down."""
    found = current().till.credit.vouchers.look_up(caller(), body.code)
    return _json(voucher_document(found.voucher, found.left, current().clock.now()))


@api.get("/vouchers", security=KEY_OR_PERSON, responses=answers(200, GivenVouchers))
@requires(Permission.CREDIT_GIVE)
def recent(query: VouchersQuery) -> Response:
    """List vouchers, newest first."""
    wanted = VoucherFilter(
        code_end=(query.code_end or "").upper(),
        customer_id=None if query.customer_id is None else CustomerId(uuid.UUID(query.customer_id)),
        sale_id=None if query.sale_id is None else SaleId(uuid.UUID(query.sale_id)),
        before=None if query.starting_after is None else VoucherId(uuid.UUID(query.starting_after)),
    )
    found = current().till.credit.vouchers.list(caller(), wanted, limit=query.limit)
    now = current().clock.now()
    data = [voucher_document(one.voucher, one.left, now) for one in found]
    return _json({"data": data, "has_more": len(found) == query.limit})


@api.get("/vouchers/<voucher_id>", security=KEY_OR_PERSON, responses=answers(200, GivenVoucher, 404))
@requires(Permission.CREDIT_GIVE)
def get(path: VoucherPath) -> Response:
    """Tell one voucher with its journal."""
    return _voucher(current().till.credit.vouchers.get(caller(), _id(path)))


@api.post(
    "/vouchers/<voucher_id>/block",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenVoucher, 404, 409, 422, body=True),
)
@requires(Permission.CREDIT_GIVE)
def block(path: VoucherPath, body: ReasonRequest) -> Response:
    """Block a voucher that was lost or misused: nobody can spend it."""
    return _voucher(current().till.credit.vouchers.block(caller(), _id(path), body.reason))


@api.post(
    "/vouchers/<voucher_id>/unblock",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenVoucher, 404, 409, 422, body=True),
)
@requires(Permission.CREDIT_GIVE)
def unblock(path: VoucherPath, body: ReasonRequest) -> Response:
    """Let a blocked voucher be spent again."""
    return _voucher(current().till.credit.vouchers.unblock(caller(), _id(path), body.reason))


@api.post(
    "/vouchers/<voucher_id>/code",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenVoucher, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_REFUND)
def tell_code(path: VoucherPath, body: ReasonRequest) -> Response:
    """Tell a code again, with a line in the journal: of what was just given back once, else to whoever gives credit."""
    record, code = current().till.credit.vouchers.tell_code(caller(), _id(path), body.reason)
    return _voucher(record, code)


@api.post(
    "/vouchers/<voucher_id>/slips",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenDelivery, 404, 409, 422, body=True),
)
@requires(Permission.RECEIPTS_PRINT)
def slip(path: VoucherPath, body: SlipRequest) -> Response:
    """Print a voucher with its code: once within a day for whoever prints receipts, else for whoever gives credit."""
    register_id = asked_register(body.register_id).id
    request_id = uuid.UUID(body.request_id)
    message = current().till.credit.prints.voucher(caller(), _id(path), register_id, request_id)
    return _json(delivery_document(message), 202)


def asked_register(text: str | None) -> RegisterFace:
    """Return the register a request names; without a name the first one.

    Raises:
        InputError: ``unknown_register``.
    """
    found = next((one for one in current().registers() if text is None or one.id == text), None)
    if found is None:
        hint = "Use the id of a register of this store."
        raise InputError("unknown_register", "This register is not known here.", hint, "/register_id")
    return found


def request_key(body: BaseModel, own_id: str, key: str | None, location: str, more: str = "") -> RequestKey:
    """Return how a request is known again: its key, else its id; card numbers were cut before it is hashed."""
    canonical = f"{more} {body.model_dump_json(exclude_defaults=True)}".encode()
    return RequestKey(checked_key(key) or own_id, hashlib.sha256(canonical).hexdigest(), location)


def _issue(command: IssueCommand) -> Response:
    now = current().clock.now()

    def render(record: VoucherRecord, code: str | None) -> bytes:
        document = voucher_document(record.voucher, record.left, now, movements=record.movements, code=code)
        return to_json(document)

    answer, replayed = current().till.credit.vouchers.issue(caller(), command, render)
    return stored_answer(answer, replayed=replayed)


def _id(path: VoucherPath) -> VoucherId:
    return VoucherId(uuid.UUID(path.voucher_id))


def _voucher(record: VoucherRecord, code: str | None = None) -> Response:
    now = current().clock.now()
    return _json(voucher_document(record.voucher, record.left, now, movements=record.movements, code=code))


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        hint = "Write it as 2026-12-31."
        raise InputError("voucher_expiry", "There is no such day.", hint, "/expires_on") from error
