"""Orders to the kitchen over the API: send a ticket or a sale, see its slips, have one printed again as a copy."""

import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

from flask import Response
from flask_openapi3.models.tag import Tag
from pydantic import Field

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import RegisterId, SaleId, parse_id
from gateway.domain.printing.kitchen import ORDER_LINES_MAX, OrderId, OrderLine, TicketId
from gateway.services.paper.route_orders import OrderRecord, OrderWish
from gateway.web.answer_shapes import AnyId, GivenDelivery, _Given
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.free_text import LineText, Name
from gateway.web.payments.payment_answers import delivery_document, instant, to_json
from gateway.web.request_shapes import ID_PATTERN, ClientId, DeviceName, _Asked

api = APIBlueprint("orders", __name__, url_prefix="/v1", abp_tags=[Tag(name="orders")])

_QUANTITY_PATTERN = r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?$"


class AskedOrderLine(_Asked):
    """Something to make. ``group``: which place makes it; ``note``: such as `no onions`."""

    text: LineText
    quantity: Annotated[str, Field(pattern=_QUANTITY_PATTERN, examples=["2"])]
    group: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f*]+$")]
    note: LineText | None = None


class OrderRequest(_Asked):
    """All that stands on a ticket now; the kitchen is told what changed. The same ``id`` again is the same order.

    ``ticket_id``: of the table or parked sale, the same each time it is sent.
    """

    id: ClientId
    ticket_id: ClientId
    register_id: DeviceName
    label: Name | None = None
    lines: list[AskedOrderLine] = Field(max_length=ORDER_LINES_MAX)


class SaleOrderRequest(_Asked):
    """A stored sale to send to the kitchen. ``ticket_id``: of the parked sale it was before, if it was one."""

    id: ClientId
    ticket_id: ClientId | None = None
    label: Name | None = None


class SlipCopyRequest(_Asked):
    """A copy of one printer's slip. The same ``request_id`` again is the same copy."""

    request_id: ClientId
    printer_id: DeviceName


class OrderPath(_Asked):
    """An order by its id."""

    order_id: str = Field(pattern=ID_PATTERN)


class OrderedSalePath(_Asked):
    """A sale by its id."""

    sale_id: str = Field(pattern=ID_PATTERN)


class GivenOrderLine(_Given):
    """Something to make."""

    text: str
    quantity: str
    group: str
    note: str


class GivenSlip(_Given):
    """The slip of one printer and where it stands."""

    printer_id: str
    duplicate: bool
    state: Literal["ready", "started", "done", "unsure", "dead"]
    note: str | None


class GivenOrder(_Given):
    """A ticket as it was sent."""

    id: AnyId
    ticket_id: AnyId
    sequence: int
    number: int
    label: str
    register_id: str
    lines: list[GivenOrderLine]
    slips: list[GivenSlip]
    sent_at: str
    sent_by: str


class GivenOrders(_Given):
    """Orders, newest first."""

    data: list[GivenOrder]


@api.post("/orders", security=KEY_OR_PERSON, responses=answers(201, GivenOrder, 409, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def send(body: OrderRequest) -> Response:
    """Send a ticket to the kitchen: one slip for each printer that has something new or cancelled to tell."""
    lines = tuple(OrderLine(one.text, Decimal(one.quantity), one.group, one.note or "") for one in body.lines)
    wish = OrderWish(
        order_id=OrderId(parse_id(body.id, "/id")),
        ticket_id=TicketId(parse_id(body.ticket_id, "/ticket_id")),
        register_id=_register(body.register_id),
        label=body.label or "",
        lines=lines,
    )
    return _json(order_document(current().till.orders.send(caller(), wish)), 201)


@api.post(
    "/sales/<sale_id>/orders", security=KEY_OR_PERSON, responses=answers(201, GivenOrder, 404, 409, 422, body=True)
)
@requires(Permission.PAYMENTS_CREATE)
def send_sale(path: OrderedSalePath, body: SaleOrderRequest) -> Response:
    """Send what a kitchen makes of a stored sale, by the kitchen groups of its items."""
    service = current().till.orders
    sale_id = SaleId(uuid.UUID(path.sale_id))
    register_id, lines = service.lines_of_sale(caller(), sale_id)
    wish = OrderWish(
        order_id=OrderId(parse_id(body.id, "/id")),
        ticket_id=TicketId(parse_id(body.ticket_id, "/ticket_id") if body.ticket_id else sale_id),
        register_id=register_id,
        label=body.label or "",
        lines=lines,
    )
    return _json(order_document(service.send(caller(), wish)), 201)


@api.get("/orders", security=KEY_OR_PERSON, responses=answers(200, GivenOrders))
@requires(Permission.PAYMENTS_READ)
def recent() -> Response:
    """List the newest orders with their slips, at most 100."""
    return _json({"data": [order_document(record) for record in current().till.orders.recent(caller())]})


@api.get("/orders/<order_id>", security=KEY_OR_PERSON, responses=answers(200, GivenOrder, 404))
@requires(Permission.PAYMENTS_READ)
def get(path: OrderPath) -> Response:
    """Tell one order and where its slips stand."""
    return _json(order_document(current().till.orders.look(caller(), OrderId(uuid.UUID(path.order_id)))))


@api.post(
    "/orders/<order_id>/slips", security=KEY_OR_PERSON, responses=answers(202, GivenDelivery, 404, 409, 422, body=True)
)
@requires(Permission.RECEIPTS_PRINT)
def print_copy(path: OrderPath, body: SlipCopyRequest) -> Response:
    """Print one slip again, marked as a copy."""
    message = current().till.orders.print_copy(
        caller(), OrderId(uuid.UUID(path.order_id)), body.printer_id, uuid.UUID(body.request_id)
    )
    return _json(delivery_document(message), 202)


def order_document(record: OrderRecord) -> dict[str, Any]:
    """Return one order as the API tells it."""
    order = record.order
    return {
        "id": str(order.id),
        "ticket_id": str(order.ticket_id),
        "sequence": order.sequence,
        "number": order.number,
        "label": order.label,
        "register_id": order.register_id,
        "lines": [
            {"text": line.text, "quantity": f"{line.quantity:f}", "group": line.group, "note": line.note}
            for line in order.lines
        ],
        "slips": [
            {
                "printer_id": message.target,
                "duplicate": bool(message.payload.get("duplicate")),
                "state": message.state.value,
                "note": message.note,
            }
            for message in record.slips
        ],
        "sent_at": instant(order.sent_at),
        "sent_by": order.sent_by,
    }


def _register(name: str) -> RegisterId:
    settings, who = current().settings, caller()
    here = (who.tenant_id, who.store_id) == (settings.tenant_id, settings.store_id)
    if not here or all(one.id != name for one in current().registers()):
        hint = "Use the id of a register of this store."
        raise InputError("unknown_register", "This register is not known here.", hint, "/register_id")
    return RegisterId(name)


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type="application/json")
