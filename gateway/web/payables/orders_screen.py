"""The screens of orders: the list, one order with what came of it, and the form for one by hand. They show."""

import uuid
from collections.abc import Sequence
from decimal import Decimal

from flask import Blueprint, render_template, request

from gateway.domain.access import Permission
from gateway.domain.ids import PurchaseOrderId, SupplierId
from gateway.domain.payables.purchase import MatchWays, PurchaseOrder
from gateway.domain.payables.supplier import Supplier
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.payables.suppliers_screen import ROWS, shared

pages = Blueprint("orders_screen", __name__)


@pages.get("/purchase-orders")
@requires(Permission.PAYABLES_READ)
def orders() -> str:
    """Show orders by number."""
    find, after = request.args.get("find", "")[:140].strip(), request.args.get("after", "")[:64]
    found = current().till.payables.suppliers.orders.find(caller(), text=find, after=after, limit=ROWS)
    return render_template("payables/orders.html", orders=found, find=find, more=len(found) == ROWS, **shared())


@pages.get("/purchase-orders/<uuid:order_id>")
@requires(Permission.PAYABLES_READ)
def order(order_id: uuid.UUID) -> str:
    """Show one order."""
    view = current().till.payables.suppliers.orders.get(caller(), PurchaseOrderId(order_id))
    return render_template(
        "payables/order.html",
        view=view,
        order=view.order,
        progress={one.line_no: one for one in view.progress},
        used=any(one.received or one.billed for one in view.progress),
        **shared(),
    )


@pages.get("/purchase-orders/new")
@requires(Permission.PAYABLES_WORK)
def new_order() -> str:
    """Show the form of a new order; first the supplier is chosen (``supplier``: its id, ``find``: words of it)."""
    asked, find = request.args.get("supplier", ""), request.args.get("find", "")[:140].strip()
    suppliers = current().till.payables.suppliers.suppliers
    try:
        chosen = suppliers.get(caller(), SupplierId(uuid.UUID(asked))).supplier if asked else None
    except ValueError:
        chosen = None
    offered = () if chosen else suppliers.find(caller(), text=find, limit=ROWS)
    return _form(chosen, None, find=find, suppliers=offered)


@pages.get("/purchase-orders/<uuid:order_id>/edit")
@requires(Permission.PAYABLES_WORK)
def edit_order(order_id: uuid.UUID) -> str:
    """Show the form that changes an order; lines something came of stay."""
    view = current().till.payables.suppliers.orders.get(caller(), PurchaseOrderId(order_id))
    used = [one.line_no for one in view.progress if one.received or one.billed]
    return _form(view.supplier, view.order, used=used)


def _form(
    supplier: Supplier | None,
    order: PurchaseOrder | None,
    *,
    find: str = "",
    suppliers: Sequence[Supplier] = (),
    used: Sequence[int] = (),
) -> str:
    services = current().till.payables.suppliers
    return render_template(
        "payables/order_form.html",
        order=order,
        supplier=supplier,
        suppliers=suppliers,
        find=find,
        used=used,
        freight=Decimal(order.freight.to_decimal()) if order is not None and order.freight.minor else None,
        amounts={line.line_no: line.amount.to_decimal() for line in order.lines} if order is not None else {},
        ways=tuple(MatchWays),
        tax_codes=services.orders.tax_codes(caller()),
        cost_centres=services.orders.cost_centres(caller()),
        **shared(),
    )
