"""From the shapes of requests to what ERPs tell."""

from decimal import Decimal

from gateway.domain.erp.binding import RecordVersion
from gateway.domain.errors import GatewayError, InputError
from gateway.domain.payables.supplier import DiscountStep, PaymentTerms, PostalAddress
from gateway.services.erp.take_record import OrderTold, ReceiptTold, ReceivedTold, RecordTold, VendorTold
from gateway.web.asked_day import asked_day
from gateway.web.erp.erp_shapes import (
    AskedErpOrder,
    AskedErpReceipt,
    AskedErpVendor,
    ErpOrderRequest,
    ErpReceiptRequest,
    ErpVendorRequest,
)
from gateway.web.payables.asked_orders import asked_line
from gateway.web.payments.payments_api import asked_money

AskedRecord = ErpVendorRequest | ErpOrderRequest | ErpReceiptRequest
AskedItem = AskedErpVendor | AskedErpOrder | AskedErpReceipt
_SAID_AS_IT_IS = ("number", "name", "currency", "registration_id", "language", "remittance_email", "blocked")


def told(erp_id: str, body: AskedRecord) -> tuple[RecordTold, RecordVersion]:
    """Return what an ERP tells, and which version of it.

    Raises:
        InputError: ``invalid_date``, ``unknown_currency``, or what is wrong with an amount.
    """
    version = RecordVersion(body.version, body.revision)
    match body:
        case ErpVendorRequest():
            return _vendor(erp_id, body), version
        case ErpOrderRequest():
            return _order(erp_id, body), version
        case ErpReceiptRequest():
            lines = tuple(ReceivedTold(one.order_erp_id, one.line_no, Decimal(one.quantity)) for one in body.lines)
            return ReceiptTold(erp_id, body.number, asked_day(body.received_on, "/received_on"), lines), version


def told_or_not(item: AskedItem) -> tuple[RecordTold, RecordVersion] | GatewayError:
    """As :func:`told`, of a batch: what is wrong with one stands in its place."""
    try:
        return told(item.erp_id, item)
    except InputError as error:
        return error


def _vendor(erp_id: str, body: ErpVendorRequest) -> VendorTold:
    terms = body.terms
    return VendorTold(
        erp_id=erp_id,
        **{name: getattr(body, name) for name in _SAID_AS_IT_IS},
        address=None if body.address is None else PostalAddress(**body.address.model_dump()),
        other_names=None if body.other_names is None else tuple(body.other_names),
        vat_ids=None if body.vat_ids is None else tuple(body.vat_ids),
        terms=None
        if terms is None
        else PaymentTerms(
            terms.net_days, tuple(DiscountStep(step.days, Decimal(step.percent)) for step in terms.discounts)
        ),
        ibans=tuple(body.ibans),
    )


def _order(erp_id: str, body: ErpOrderRequest) -> OrderTold:
    freight = body.freight
    return OrderTold(
        erp_id=erp_id,
        number=body.number,
        vendor_erp_id=body.vendor_erp_id,
        ordered_on=asked_day(body.ordered_on, "/ordered_on"),
        currency=body.currency,
        lines=tuple(asked_line(line, f"/lines/{place}") for place, line in enumerate(body.lines)),
        freight=None if freight is None else asked_money(freight.amount, freight.currency, "/freight"),
        closed=body.closed,
    )
