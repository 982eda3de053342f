"""Orders, receipts, tax codes and cost centres over the API."""

import uuid
from decimal import Decimal

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.ids import GoodsReceiptId, PurchaseOrderId, SupplierId, parse_id
from gateway.domain.payables.order_wish import OrderWish
from gateway.domain.payables.purchase import CostCentre, ReceiptLine, TaxCode
from gateway.services.payables.manage_orders import ManageOrders, ReceiptWish
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.asked_day import asked_day
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payables.asked_orders import asked_line
from gateway.web.payables.order_answers import (
    centre_document,
    order_document,
    order_whole,
    receipt_document,
    tax_document,
)
from gateway.web.payables.order_shapes import (
    CodePath,
    CostCentreRequest,
    GivenCostCentre,
    GivenCostCentres,
    GivenGoodsReceipt,
    GivenPurchaseOrder,
    GivenPurchaseOrders,
    GivenPurchaseOrderWhole,
    GivenTaxCode,
    GivenTaxCodes,
    GoodsReceiptRequest,
    OrdersQuery,
    OrderVersionRequest,
    PurchaseOrderPath,
    PurchaseOrderRequest,
    ReceiptPath,
    TaxCodeRequest,
)
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON, asked_money

api = APIBlueprint("purchase_orders", __name__, url_prefix="/v1", abp_tags=[Tag(name="purchase orders")])


@api.get("/purchase-orders", security=KEY_OR_PERSON, responses=answers(200, GivenPurchaseOrders))
@requires(Permission.PAYABLES_READ)
def find(query: OrdersQuery) -> Response:
    """Find orders by a part of a number or of a line; without it list all, by number."""
    found = _orders().find(caller(), text=query.search or "", after=query.starting_after or "", limit=query.limit)
    return _json({"data": [order_document(one) for one, _ in found], "has_more": len(found) == query.limit})


@api.get("/purchase-orders/<order_id>", security=KEY_OR_PERSON, responses=answers(200, GivenPurchaseOrderWhole, 404))
@requires(Permission.PAYABLES_READ)
def get(path: PurchaseOrderPath) -> Response:
    """Tell one order with its deliveries and how far each line is."""
    return _json(order_whole(_orders().get(caller(), PurchaseOrderId(uuid.UUID(path.order_id)))))


@api.put(
    "/purchase-orders/<order_id>",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenPurchaseOrder, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def put(path: PurchaseOrderPath, body: PurchaseOrderRequest) -> Response:
    """Store an order under an id the client made; the same again changes nothing."""
    order_id = uuid.UUID(path.order_id) if body.version else parse_id(path.order_id, "/path/order_id")
    stored = _orders().put_order(caller(), PurchaseOrderId(order_id), _wish(body), version=body.version)
    return _json(order_document(stored))


@api.post(
    "/purchase-orders/<order_id>/close",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenPurchaseOrder, 404, 409, body=True),
)
@requires(Permission.PAYABLES_WORK)
def close(path: PurchaseOrderPath, body: OrderVersionRequest) -> Response:
    """Close an order: nothing more of it is expected; one that nothing came of is cancelled by this."""
    order_id = PurchaseOrderId(uuid.UUID(path.order_id))
    return _json(order_document(_orders().close_order(caller(), order_id, version=body.version)))


@api.post(
    "/purchase-orders/<order_id>/reopen",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenPurchaseOrder, 404, 409, body=True),
)
@requires(Permission.PAYABLES_WORK)
def reopen(path: PurchaseOrderPath, body: OrderVersionRequest) -> Response:
    """Expect more of an order that was closed."""
    order_id = PurchaseOrderId(uuid.UUID(path.order_id))
    return _json(order_document(_orders().reopen_order(caller(), order_id, version=body.version)))


@api.put(
    "/goods-receipts/<receipt_id>",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenGoodsReceipt, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def put_receipt(path: ReceiptPath, body: GoodsReceiptRequest) -> Response:
    """Store a delivery under an id the client made; it is never changed, goods that go back are another one."""
    wish = ReceiptWish(
        number=body.number,
        received_on=asked_day(body.received_on, "/received_on"),
        lines=tuple(
            ReceiptLine(PurchaseOrderId(uuid.UUID(line.order_id)), line.line_no, Decimal(line.quantity))
            for line in body.lines
        ),
    )
    receipt_id = GoodsReceiptId(parse_id(path.receipt_id, "/path/receipt_id"))
    return _json(receipt_document(_orders().put_receipt(caller(), receipt_id, wish)))


@api.get("/tax-codes", security=KEY_OR_PERSON, responses=answers(200, GivenTaxCodes))
@requires(Permission.PAYABLES_READ)
def tax_codes() -> Response:
    """List all tax codes by code."""
    return _json({"data": [tax_document(one) for one in _orders().tax_codes(caller())]})


@api.put("/tax-codes/<code>", security=KEY_OR_PERSON, responses=answers(200, GivenTaxCode, 422, body=True))
@requires(Permission.PAYABLES_WORK)
def put_tax_code(path: CodePath, body: TaxCodeRequest) -> Response:
    """Store a tax code in place of the one with its code."""
    code = TaxCode(
        path.code, body.name, Decimal(body.percent), body.account_code, body.in_use, body.discount_corrects_tax
    )
    return _json(tax_document(_orders().put_tax_code(caller(), code)))


@api.get("/cost-centres", security=KEY_OR_PERSON, responses=answers(200, GivenCostCentres))
@requires(Permission.PAYABLES_READ)
def cost_centres() -> Response:
    """List all cost centres by code."""
    return _json({"data": [centre_document(one) for one in _orders().cost_centres(caller())]})


@api.put("/cost-centres/<code>", security=KEY_OR_PERSON, responses=answers(200, GivenCostCentre, 422, body=True))
@requires(Permission.PAYABLES_WORK)
def put_cost_centre(path: CodePath, body: CostCentreRequest) -> Response:
    """Store a cost centre in place of the one with its code."""
    centre = CostCentre(path.code, body.name, body.owner, body.in_use)
    return _json(centre_document(_orders().put_cost_centre(caller(), centre)))


def _orders() -> ManageOrders:
    return current().till.payables.suppliers.orders


def _wish(body: PurchaseOrderRequest) -> OrderWish:
    freight = body.freight
    return OrderWish(
        number=body.number,
        supplier_id=SupplierId(uuid.UUID(body.supplier_id)),
        ordered_on=asked_day(body.ordered_on, "/ordered_on"),
        currency=body.currency,
        lines=tuple(asked_line(line, f"/lines/{place}") for place, line in enumerate(body.lines)),
        freight=None if freight is None else asked_money(freight.amount, freight.currency, "/freight"),
        closed=body.closed,
    )


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
