"""Payables over the API: the list, one payable whole, what an ERP sends, and what people do with one."""

import uuid
from decimal import Decimal

from flask import Response
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import PayableId, SupplierId, parse_id
from gateway.domain.money import Currency, Money
from gateway.domain.payables.paid_outside import OutsidePayment
from gateway.domain.payables.payable import PayableLine, PayableState, PayableTax
from gateway.domain.payables.supplier import DiscountStep
from gateway.ports.payable_store import PayableWish
from gateway.services.first_answers import RequestKey
from gateway.services.payables.hold_payable import ContentChange, LineChange, PayableAction
from gateway.services.payables.read_payables import PayableView
from gateway.services.payables.receive_payable import SentPayable
from gateway.web.api import KEY_OR_PERSON, PERSON, answers
from gateway.web.asked_day import asked_day
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.credit.vouchers_api import request_key
from gateway.web.described_api import APIBlueprint
from gateway.web.payables.payable_answers import payable_row, payable_whole
from gateway.web.payables.payable_services import PayableCore
from gateway.web.payables.payable_shapes import (
    AskedPayableLine,
    GivenPayable,
    GivenPayables,
    NewPayablePath,
    PaidOutsideRequest,
    PayableActRequest,
    PayableChangeRequest,
    PayableHoldRequest,
    PayablePath,
    PayableRequest,
    PayablesQuery,
)
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON, stored_answer
from gateway.web.request_shapes import IdempotencyHeader

api = APIBlueprint("payables", __name__, url_prefix="/v1", abp_tags=[Tag(name="payables")])
_CHANGED = answers(200, GivenPayable, 404, 409, 422, body=True)


@api.get("/payables", security=KEY_OR_PERSON, responses=answers(200, GivenPayables, 422))
@requires(Permission.PAYABLES_READ)
def queue(query: PayablesQuery) -> Response:
    """List payables, newest first or by due date, with how many stand in each state."""
    read, who = _core().read, caller()
    wish = PayableWish(
        states=tuple(PayableState) if query.state is None else (query.state,),
        text=query.search or "",
        supplier_id=None if query.supplier_id is None else SupplierId(uuid.UUID(query.supplier_id)),
        due_until=None if query.due_until is None else asked_day(query.due_until, "/query/due_until"),
        held=None if query.held is None else query.held == "true",
        sort=query.sort,
    )
    before = None if query.before is None else PayableId(uuid.UUID(query.before))
    page, tally = read.list(who, wish, before=before, limit=query.limit), read.tally(who)
    more = len(page) == query.limit
    return _json(
        {
            "data": [payable_row(one) for one in page],
            "counts": {state.value: number for state, number in tally.states.items()},
            "held": tally.held,
            "overdue": tally.overdue,
            "has_more": more,
            "next": str(page[-1].payable.id) if more else None,
        }
    )


@api.get("/payables/<payable_id>", security=KEY_OR_PERSON, responses=answers(200, GivenPayable, 404))
@requires(Permission.PAYABLES_READ)
def get(path: PayablePath) -> Response:
    """Tell one payable whole: lines, journal, and every payment that ever had it."""
    return _json(payable_whole(_core().read.get(caller(), _id(path))))


@api.put("/payables/<payable_id>", security=KEY_OR_PERSON, responses=answers(201, GivenPayable, 409, 422, body=True))
@requires(Permission.PAYABLES_WORK)
def put(path: NewPayablePath, body: PayableRequest, header: IdempotencyHeader) -> Response:
    """Send a payable under an id the client made; the same again gets the first answer, and nothing is made twice."""
    payable_id = PayableId(parse_id(path.payable_id, "/path/payable_id"))
    request = request_key(body, path.payable_id, header.idempotency_key, _location(path.payable_id), "payable")
    answer, replayed = _core().receive.put(caller(), _sent(payable_id, body, request), _render)
    return stored_answer(answer, replayed=replayed)


@api.post("/payables/<payable_id>/hold", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def hold(path: PayablePath, body: PayableHoldRequest, header: IdempotencyHeader) -> Response:
    """Stop payment, or note a dispute; approvals stay."""
    action = _action(path, body, body.id, body.reason, header, "hold")
    answer, replayed = _core().hold.hold(caller(), action, body.kind, _render)
    return stored_answer(answer, replayed=replayed)


@api.post("/payables/<payable_id>/lift", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def lift(path: PayablePath, body: PayableActRequest, header: IdempotencyHeader) -> Response:
    """Lift a stop or dispute."""
    answer, replayed = _core().hold.lift(caller(), _action(path, body, body.id, body.reason, header, "lift"), _render)
    return stored_answer(answer, replayed=replayed)


@api.post("/payables/<payable_id>/change", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def change(path: PayablePath, body: PayableChangeRequest, header: IdempotencyHeader) -> Response:
    """Correct due date, reference, orders or how lines are booked; it is matched again, and approved again."""
    wanted = ContentChange(
        due_on=None if body.due_on is None else asked_day(body.due_on, "/due_on"),
        reference=body.reference,
        order_numbers=None if body.order_numbers is None else tuple(body.order_numbers),
        lines=tuple(LineChange(**line.model_dump()) for line in body.lines),
    )
    action = _action(path, body, body.id, body.reason, header, "change")
    answer, replayed = _core().hold.change(caller(), action, wanted, _render)
    return stored_answer(answer, replayed=replayed)


@api.post("/payables/<payable_id>/cancel", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def cancel(path: PayablePath, body: PayableActRequest, header: IdempotencyHeader) -> Response:
    """Cancel: it is not to be paid, because it was settled otherwise or was an error here."""
    answer, replayed = _core().hold.cancel(
        caller(), _action(path, body, body.id, body.reason, header, "cancel"), _render
    )
    return stored_answer(answer, replayed=replayed)


@api.post("/payables/<payable_id>/reject", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def reject(path: PayablePath, body: PayableActRequest, header: IdempotencyHeader) -> Response:
    """Reject: its claim is wrong, and the supplier is told so."""
    answer, replayed = _core().hold.reject(
        caller(), _action(path, body, body.id, body.reason, header, "reject"), _render
    )
    return stored_answer(answer, replayed=replayed)


@api.post("/payables/<payable_id>/paid-outside", security=PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def paid_outside(path: PayablePath, body: PaidOutsideRequest, header: IdempotencyHeader) -> Response:
    """Record that an approved invoice was paid by card, in cash or by direct debit: no run pays it again."""
    action = _action(path, body, body.id, body.evidence, header, "paid-outside")
    payment = OutsidePayment(body.way, asked_day(body.paid_on, "/paid_on"), body.evidence)
    answer, replayed = _core().outside.record(caller(), action, payment, _render)
    return stored_answer(answer, replayed=replayed)


@api.post("/payables/<payable_id>/paid-outside/undo", security=PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def paid_outside_undo(path: PayablePath, body: PayableActRequest, header: IdempotencyHeader) -> Response:
    """Take that back: it is owed again."""
    action = _action(path, body, body.id, body.reason, header, "undo paid-outside")
    answer, replayed = _core().outside.undo(caller(), action, _render)
    return stored_answer(answer, replayed=replayed)


def _core() -> PayableCore:
    return current().till.payables.core


def _action(
    path: PayablePath, body: BaseModel, own_id: str, reason: str, header: IdempotencyHeader, name: str
) -> PayableAction:
    location = _location(path.payable_id)
    request = request_key(body, own_id, header.idempotency_key, location, f"{name} payable {path.payable_id}")
    return PayableAction(parse_id(own_id, "/id"), _id(path), reason, request)


def _render(view: PayableView) -> bytes:
    return to_json(payable_whole(view))


def _sent(payable_id: PayableId, body: PayableRequest, request: RequestKey) -> SentPayable:
    currency = _currency(body.currency)

    def money(text: str, pointer: str) -> Money:
        try:
            return Money.from_decimal(text, currency)
        except InputError as error:
            raise InputError(error.code, error.message, error.hint, pointer) from error

    return SentPayable(
        id=payable_id,
        kind=body.kind,
        supplier_number=body.supplier_number,
        number=body.number,
        issued_on=asked_day(body.issued_on, "/issued_on"),
        due_on=None if body.due_on is None else asked_day(body.due_on, "/due_on"),
        net=money(body.net, "/net"),
        tax=money(body.tax, "/tax"),
        gross=money(body.gross, "/gross"),
        lines=tuple(_line(line, money(line.amount, f"/lines/{index}/amount")) for index, line in enumerate(body.lines)),
        taxes=tuple(
            PayableTax(Decimal(one.percent), money(one.net, f"/taxes/{at}/net"), money(one.tax, f"/taxes/{at}/tax"))
            for at, one in enumerate(body.taxes)
        ),
        discounts=None if body.discounts is None else tuple(_discount(one.days, one.percent) for one in body.discounts),
        order_numbers=tuple(body.order_numbers),
        freight=None if body.freight is None else money(body.freight, "/freight"),
        rounding=None if body.rounding is None else money(body.rounding, "/rounding"),
        printed_iban=body.printed_iban,
        reference=body.reference,
        credited_number=body.credited_number,
        request=request,
    )


def _line(line: AskedPayableLine, amount: Money) -> PayableLine:
    return PayableLine(
        line_no=line.line_no,
        text=line.text,
        quantity=Decimal(line.quantity),
        price=Decimal(line.price),
        amount=amount,
        sku=line.sku,
        unit=line.unit,
        tax_percent=None if line.tax_percent is None else Decimal(line.tax_percent),
        order_number=line.order_number,
        order_line_no=line.order_line_no,
        account_code=line.account_code,
        cost_centre=line.cost_centre,
        tax_code=line.tax_code,
    )


def _discount(days: int, percent: str) -> DiscountStep:
    return DiscountStep(days, Decimal(percent))


def _currency(code: str) -> Currency:
    try:
        return Currency.of(code)
    except InputError as error:
        raise InputError(error.code, error.message, error.hint, "/currency") from error


def _id(path: PayablePath) -> PayableId:
    return PayableId(uuid.UUID(path.payable_id))


def _location(payable_id: str) -> str:
    return f"/v1/payables/{payable_id}"


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
