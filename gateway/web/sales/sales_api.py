"""Till sales over the API: store one, settle it by tenders, split a bill, give back, print."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.ids import GiveBackId, RegisterId, SaleId, SplitId, TenderId, parse_id
from gateway.domain.money import Currency
from gateway.domain.printing.paper import Paper
from gateway.domain.sales.till_sale import SaleRecord
from gateway.services.payments.resolve_payment import checked_reason
from gateway.web.api import KEY_OR_PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import money, to_json
from gateway.web.payments.payments_api import JSON, asked_money, stored_answer
from gateway.web.request_shapes import IdempotencyHeader
from gateway.web.sales.sale_answers import (
    exchange_bytes,
    give_back_bytes,
    sale_bytes,
    sale_document,
    split_document,
    tender_bytes,
    tender_with_due,
)
from gateway.web.sales.sale_requests import (
    exchange_command,
    give_back_command,
    sale_command,
    sale_id_of,
    split_command,
    tender_command,
    void_command,
)
from gateway.web.sales.sale_services import SaleServices
from gateway.web.sales.sale_shapes import (
    ExchangeRequest,
    ForeignCashQuery,
    GiveBackRequest,
    GivenExchange,
    GivenForeignCash,
    GivenGiveBack,
    GivenPaper,
    GivenSale,
    GivenSales,
    GivenSplit,
    GivenTenderWithDue,
    SalePath,
    SaleReceiptQuery,
    SaleReceiptRequest,
    SaleRequest,
    SalesQuery,
    SaleVoidRequest,
    SplitQuery,
    SplitRequest,
    TenderArrivalRequest,
    TenderPath,
    TenderRequest,
)

api = APIBlueprint("sales", __name__, url_prefix="/v1", abp_tags=[Tag(name="sales")])


@api.post("/sales", security=KEY_OR_PERSON, responses=answers(201, GivenSale, 409, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def open_sale(body: SaleRequest, header: IdempotencyHeader) -> Response:
    """Store a sale before it is paid. The same request again gets the same answer and stores nothing more."""
    command = sale_command(current(), caller(), body, header.idempotency_key)
    answer, replayed = _sales().open.open(caller(), command, sale_bytes)
    return stored_answer(answer, replayed=replayed)


@api.get("/sales", security=KEY_OR_PERSON, responses=answers(200, GivenSales))
@requires(Permission.PAYMENTS_READ)
def list_sales(query: SalesQuery) -> Response:
    """List sales, newest first; by register or by document number."""
    found = _sales().read.recent(
        caller(),
        limit=query.limit,
        register_id=RegisterId(query.register_id) if query.register_id else None,
        before=SaleId(parse_id(query.before, "/query/before")) if query.before else None,
        number=query.number,
    )
    more = len(found) == query.limit
    return _json(
        {
            "data": [sale_document(record) for record in found],
            "has_more": more,
            "next": str(found[-1].sale.id) if more and found else None,
        }
    )


@api.get("/sales/<sale_id>", security=KEY_OR_PERSON, responses=answers(200, GivenSale, 404))
@requires(Permission.PAYMENTS_READ)
def get_sale(path: SalePath) -> Response:
    """Tell one sale with its tenders, card payments, what went back, and what is due."""
    return _json(sale_document(_sales().read.get(caller(), sale_id_of(path.sale_id))))


@api.post(
    "/sales/<sale_id>/tenders",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenTenderWithDue, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_CREATE)
def take_tender(path: SalePath, body: TenderRequest, header: IdempotencyHeader) -> Response:
    """Take a tender other than a card. Cards go to ``/v1/payments`` with the id of the sale."""
    command = tender_command(current(), caller(), path.sale_id, body, header.idempotency_key)
    answer, replayed = _sales().take.take(caller(), command, tender_bytes)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/sales/<sale_id>/tenders/<tender_id>/cancel",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenTenderWithDue, 404, 409),
)
@requires(Permission.PAYMENTS_CANCEL)
def cancel_tender(path: TenderPath) -> Response:
    """Give up a tender that was asked for and has not arrived."""
    tender_id = TenderId(parse_id(path.tender_id, "/path/tender_id"))
    record, tender = _sales().end.cancel(caller(), sale_id_of(path.sale_id), tender_id)
    return _json(tender_with_due(record, tender))


@api.post(
    "/sales/<sale_id>/tenders/<tender_id>/confirm",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenTenderWithDue, 404, 409, 422, body=True),
)
@requires(Permission.TRANSFERS_CONFIRM)
def confirm_tender(path: TenderPath, body: TenderArrivalRequest) -> Response:
    """Say that a tender has arrived, with what shows it."""
    tender_id = TenderId(parse_id(path.tender_id, "/path/tender_id"))
    words = checked_reason(body.reason)
    record, tender = _sales().end.confirm(caller(), sale_id_of(path.sale_id), tender_id, words)
    return _json(tender_with_due(record, tender))


@api.post(
    "/sales/<sale_id>/void",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenSale, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_CANCEL)
def void_sale(path: SalePath, body: SaleVoidRequest, header: IdempotencyHeader) -> Response:
    """Give up a sale on which nothing was paid. It owes nothing from then on and takes nothing more."""
    command = void_command(path.sale_id, body, header.idempotency_key)
    answer, replayed = _sales().void.void(caller(), command, sale_bytes)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/sales/<sale_id>/give-backs",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenGiveBack, 404, 409, 422, body=True) | {202: GivenGiveBack},
)
@requires(Permission.PAYMENTS_REFUND_SMALL)
def give_back(path: SalePath, body: GiveBackRequest, header: IdempotencyHeader) -> Response:
    """Give back an amount, or goods with their taxes. To a card it has only begun (202): watch the refund."""
    command = give_back_command(current(), caller(), path.sale_id, body, header.idempotency_key)
    answer, replayed = _sales().give_back.give(caller(), command, give_back_bytes)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/sales/<sale_id>/exchanges",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenExchange, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_REFUND_SMALL)
def exchange(path: SalePath, body: ExchangeRequest, header: IdempotencyHeader) -> Response:
    """Take goods back and sell others for them: their store credit pays as far as it goes, the rest is due."""
    command = exchange_command(current(), caller(), path.sale_id, body, header.idempotency_key)
    answer, replayed = _sales().exchange.exchange(caller(), command, exchange_bytes)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/sales/splits",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenSplit, 409, 422, body=True) | {200: GivenSplit},
)
@requires(Permission.PAYMENTS_CREATE)
def split(body: SplitRequest, header: IdempotencyHeader) -> Response:
    """Split a bill into sales, all or none; with ``preview`` nothing is stored."""
    command = split_command(current(), caller(), body, header.idempotency_key)
    if body.preview:
        return _json(split_document(body.id, _sales().split.preview(caller(), command)))

    def render(records: tuple[SaleRecord, ...]) -> bytes:
        return to_json(split_document(body.id, records))

    answer, replayed = _sales().split.split(caller(), command, render)
    return stored_answer(answer, replayed=replayed)


@api.get("/sales/splits", security=KEY_OR_PERSON, responses=answers(200, GivenSplit))
@requires(Permission.PAYMENTS_READ)
def shares(query: SplitQuery) -> Response:
    """Tell the shares of a split bill as they are now; none for an id that split nothing."""
    split_id = SplitId(parse_id(query.id, "/query/id"))
    return _json(split_document(split_id, _sales().read.of_split(caller(), split_id)))


@api.get("/foreign-cash", security=KEY_OR_PERSON, responses=answers(200, GivenForeignCash, 409, 422))
@requires(Permission.PAYMENTS_CREATE)
def foreign_cash(query: ForeignCashQuery) -> Response:
    """Tell what to ask for in foreign cash for an amount due, by today's rate."""
    due = asked_money(query.amount, query.currency, "/query/amount")
    offer = _sales().foreign_cash.offer(due, Currency.of(query.pay_in))
    return _json(
        {"due": money(offer.due), "ask": money(offer.ask), "rate": offer.rate, "dated": offer.dated.isoformat()}
    )


@api.post(
    "/sales/<sale_id>/receipts",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenPaper, 404, 409, 422, body=True),
)
@requires(Permission.RECEIPTS_PRINT)
def print_copy(path: SalePath, body: SaleReceiptRequest) -> Response:
    """Print a copy of the sale's receipt, or of that of something given back, marked as such."""
    message = _sales().prints.request_copy(
        caller(),
        sale_id_of(path.sale_id),
        uuid.UUID(body.request_id),
        register_id=RegisterId(body.register_id) if body.register_id else None,
        give_back_id=GiveBackId(parse_id(body.give_back_id, "/give_back_id")) if body.give_back_id else None,
    )
    told = {"id": str(message.id), "target": message.target, "title": message.payload["title"]}
    return _json(told | {"state": message.state.value}, 202)


@api.get(
    "/sales/<sale_id>/receipt.txt",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("text/plain", {"type": "string"}, "the printed lines"), 404),
)
@requires(Permission.PAYMENTS_READ)
def as_text(path: SalePath, query: SaleReceiptQuery) -> Response:
    """Show the receipt as text, line by line as printed."""
    return Response(current().renderer.paper_text(_paper(path, query)), content_type="text/plain; charset=utf-8")


@api.get(
    "/sales/<sale_id>/receipt.png",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("image/png", {"type": "string", "format": "binary"}, "the paper as a picture"), 404),
)
@requires(Permission.PAYMENTS_READ)
def as_picture(path: SalePath, query: SaleReceiptQuery) -> Response:
    """Show the receipt as a picture of the paper, made through the printer's own bytes."""
    return Response(current().renderer.paper_png(_paper(path, query)), content_type="image/png")


def _sales() -> SaleServices:
    return current().till.sales


def _paper(path: SalePath, query: SaleReceiptQuery) -> Paper:
    back = GiveBackId(parse_id(query.give_back_id, "/query/give_back_id")) if query.give_back_id else None
    return _sales().prints.paper(caller(), sale_id_of(path.sale_id), back)


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)
