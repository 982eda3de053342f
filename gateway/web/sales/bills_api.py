"""Bills that are not sales yet: worked out for the till, and what they are in cash. Nothing is stored."""

from decimal import Decimal

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.cash.cash_tender import cash_due, quick_keys
from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import (
    Bill,
    LineKind,
    Pricing,
    TaxedLine,
    TaxRate,
    basis_points_of,
    bill_total,
    check_bill,
    discount_lines,
    percent_off_lines,
)
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import money, to_json
from gateway.web.payments.payments_api import JSON, asked_money
from gateway.web.sales.catalogue_shapes import (
    AskedBillLine,
    AskedDiscount,
    BillRequest,
    CashQuery,
    GivenBill,
    GivenCash,
)

api = APIBlueprint("bills", __name__, url_prefix="/v1", abp_tags=[Tag(name="bills")])

_KINDS = {"goods": LineKind.ITEM, "voucher": LineKind.ITEM} | {
    kind.value: kind for kind in (LineKind.DISCOUNT, LineKind.SURCHARGE)
}


@api.post("/bills/preview", security=KEY_OR_PERSON, responses=answers(200, GivenBill, 409, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def preview(body: BillRequest) -> Response:
    """Work out a bill: the discount spread over the rates of tax, the sums per rate and in all."""
    currency = Currency.of(body.currency)
    lines = tuple(_line(line, number) for number, line in enumerate(body.lines))
    tip = Money(0, currency) if body.tip is None else asked_money(body.tip.amount, body.tip.currency, "/tip")
    bill = Bill(Pricing(body.pricing), currency, lines, tip)
    check_bill(bill)
    off = () if body.discount is None else _discount(body, bill)
    whole = Bill(bill.pricing, currency, (*lines, *off), tip)
    check_bill(whole)
    total = bill_total(whole)
    told = [line.model_dump(mode="json") for line in body.lines] + [_line_document(line) for line in off]
    return _json(
        {
            "lines": told,
            "totals": {
                "net": money(total.net),
                "tax": money(total.tax),
                "gross": money(total.gross),
                "tip": money(total.tip),
                "to_pay": money(total.to_pay),
            },
            "rates": [
                {"rate": one.rate.percent(), "net": money(one.net), "tax": money(one.tax)} for one in total.rates
            ],
        }
    )


@api.get("/cash", security=KEY_OR_PERSON, responses=answers(200, GivenCash, 422))
@requires(Permission.PAYMENTS_CREATE)
def cash(query: CashQuery) -> Response:
    """Tell what an amount is in cash, and the notes a customer is likely to give."""
    exact = asked_money(query.amount, query.currency, "/amount")
    due = cash_due(exact, current().till.sales.cash.rule(exact.currency))
    likely = [money(one) for one in quick_keys(due)]
    told = {"exact": money(due.exact), "due": money(due.due), "difference": money(due.difference)}
    return _json(told | {"likely": likely})


def _line(line: AskedBillLine, number: int) -> TaxedLine:
    pointer = f"/lines/{number}"
    sale_line = SaleLine(
        line.text,
        Decimal(line.quantity),
        asked_money(line.unit_price.amount, line.unit_price.currency, f"{pointer}/unit_price"),
        asked_money(line.amount.amount, line.amount.currency, f"{pointer}/amount"),
    )
    return TaxedLine(_KINDS[line.kind], sale_line, TaxRate.of(line.tax_rate))


def _discount(body: BillRequest, bill: Bill) -> tuple[TaxedLine, ...]:
    """Return the lines of the discount; vouchers are money, so nothing is taken off them."""
    wish: AskedDiscount | None = body.discount
    if wish is None or (wish.percent is None) == (wish.amount is None):
        hint = "Send a percentage or an amount."
        raise InputError("discount_unclear", "The discount is neither a share nor an amount.", hint, "/discount")
    goods = tuple(line for line, asked in zip(bill.lines, body.lines, strict=True) if asked.kind != "voucher")
    base = Bill(bill.pricing, bill.currency, goods, bill.tip)
    if wish.amount is not None:
        return discount_lines(
            base, asked_money(wish.amount.amount, wish.amount.currency, "/discount/amount"), wish.text
        )
    return percent_off_lines(base, basis_points_of(wish.percent or "") or 0, wish.text)


def _line_document(line: TaxedLine) -> dict[str, object]:
    sold = line.sale_line
    return {
        "kind": line.kind.value,
        "text": sold.text,
        "quantity": format(sold.quantity, "f"),
        "unit_price": money(sold.unit_price),
        "amount": money(sold.amount),
        "tax_rate": line.rate.percent(),
        "item_id": None,
    }


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
