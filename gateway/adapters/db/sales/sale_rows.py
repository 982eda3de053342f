"""Between rows of till sales and the domain: strict codecs for their documents, and readers of rows."""

from decimal import Decimal
from typing import Any

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.domain.ids import GiveBackId, RegisterId, SaleId, SaleVoidId, SplitId, StoreId, TenantId, TenderId
from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import BillTotal, LineKind, Pricing, RateTotal, TaxedLine, TaxRate, summed
from gateway.domain.sales.tender import GiveBack, ReturnedLine, Tender, TenderKind, TenderState
from gateway.domain.sales.till_sale import SaleVoid, Settlement, TillLine, TillSale

Document = dict[str, Any]


def till_lines_to_document(lines: tuple[TillLine, ...]) -> list[Document]:
    """Return the JSON document of a sale's lines: amounts in minor units, the rate in basis points."""
    return [
        {
            "kind": line.taxed.kind.value,
            "text": storable(line.taxed.sale_line.text),
            "quantity": str(line.taxed.sale_line.quantity),
            "unit_price": line.taxed.sale_line.unit_price.minor,
            "amount": line.taxed.sale_line.amount.minor,
            "rate": line.taxed.rate.basis_points,
            "item_id": None if line.item_id is None else storable(line.item_id),
            "voucher": line.voucher,
        }
        for line in lines
    ]


def _line_from_document(line: Document, currency: Currency) -> TillLine:
    sold = SaleLine(
        text=line["text"],
        quantity=Decimal(line["quantity"]),
        unit_price=Money(line["unit_price"], currency),
        amount=Money(line["amount"], currency),
    )
    taxed = TaxedLine(LineKind(line["kind"]), sold, TaxRate(line["rate"]))
    return TillLine(taxed, line["item_id"], voucher=line["voucher"])


def rates_to_document(totals: BillTotal) -> list[Document]:
    """Return the JSON document of sums per rate, in minor units."""
    return [{"rate": total.rate.basis_points, "net": total.net.minor, "tax": total.tax.minor} for total in totals.rates]


def _totals_from_document(document: list[Document], tip: Money) -> BillTotal:
    rates = tuple(
        RateTotal(TaxRate(one["rate"]), Money(one["net"], tip.currency), Money(one["tax"], tip.currency))
        for one in document
    )
    return summed(rates, tip)


def till_sale_of(row: AnyRow) -> TillSale:
    """Read a sale from the columns labelled ``sale_*`` and ``till_sale_*`` of a join."""
    currency = Currency.of(row.till_sale_currency)
    sale_id = SaleId(row.till_sale_sale_id)
    return TillSale(
        tenant_id=TenantId(row.till_sale_tenant_id),
        store_id=StoreId(row.till_sale_store_id),
        id=sale_id,
        register_id=RegisterId(row.till_sale_register_id),
        pricing=Pricing(row.till_sale_pricing),
        currency=currency,
        lines=tuple(_line_from_document(line, currency) for line in row.till_sale_lines),
        totals=_totals_from_document(row.till_sale_rates, Money(row.till_sale_tip_minor, currency)),
        customer_id=row.till_sale_customer_id,
        reference=row.till_sale_reference,
        split_of=None if row.till_sale_split_of is None else SplitId(row.till_sale_split_of),
        created_at=row.sale_created_at,
        created_by=row.sale_created_by,
        trace_id=sale_id.hex,
    )


def settlement_of(row: AnyRow) -> Settlement | None:
    """Read a settlement from the columns labelled ``sale_settlement_*`` of an outer join."""
    if row.sale_settlement_settled_at is None:
        return None
    return Settlement(row.sale_settlement_number, row.sale_settlement_settled_at)


def void_of(row: AnyRow) -> SaleVoid | None:
    """Read why a sale was given up from the columns labelled ``sale_void_*`` of an outer join."""
    if row.sale_void_void_id is None:
        return None
    return SaleVoid(
        SaleVoidId(row.sale_void_void_id), row.sale_void_reason, row.sale_void_voided_at, row.sale_void_voided_by
    )


def tender_of(row: AnyRow) -> Tender:
    """Read a tender."""
    given = None if row.given_minor is None else Money(row.given_minor, Currency.of(row.given_currency))
    return Tender(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=TenderId(row.tender_id),
        sale_id=SaleId(row.sale_id),
        register_id=RegisterId(row.register_id),
        kind=TenderKind(row.kind),
        state=TenderState(row.state),
        amount=Money(row.amount_minor, Currency.of(row.currency)),
        given=given,
        customer_id=row.customer_id,
        detail=dict(row.detail),
        shift_id=row.shift_id,
        created_at=row.created_at,
        created_by=row.created_by,
        trace_id=row.sale_id.hex,
        ended_at=row.ended_at,
    )


def tender_row(tender: Tender) -> Document:
    """Return the columns of a new tender."""
    given = tender.given
    return {
        "tenant_id": tender.tenant_id,
        "store_id": tender.store_id,
        "tender_id": tender.id,
        "sale_id": tender.sale_id,
        "register_id": tender.register_id,
        "kind": tender.kind.value,
        "state": tender.state.value,
        "amount_minor": tender.amount.minor,
        "currency": tender.amount.currency.code,
        "given_minor": None if given is None else given.minor,
        "given_currency": None if given is None else given.currency.code,
        "customer_id": None if tender.customer_id is None else storable(tender.customer_id),
        "detail": texts(tender.detail),
        "shift_id": tender.shift_id,
        "created_at": tender.created_at,
        "created_by": storable(tender.created_by),
        "ended_at": None if tender.state is TenderState.OPEN else tender.ended_at or tender.created_at,
    }


def give_back_of(row: AnyRow) -> GiveBack:
    """Read what went back; its document number is not stored with it."""
    currency = Currency.of(row.currency)
    totals = row.totals
    return GiveBack(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=GiveBackId(row.give_back_id),
        sale_id=SaleId(row.sale_id),
        register_id=RegisterId(row.register_id),
        kind=TenderKind(row.kind),
        tender_id=None if row.tender_id is None else TenderId(row.tender_id),
        amount=Money(row.amount_minor, currency),
        lines=tuple(ReturnedLine(line["line"], Decimal(line["quantity"])) for line in row.lines),
        totals=None if totals is None else _totals_from_document(totals["rates"], Money(totals["tip"], currency)),
        reason=row.reason,
        customer_id=row.customer_id,
        detail=dict(row.detail),
        shift_id=row.shift_id,
        created_at=row.created_at,
        created_by=row.created_by,
        trace_id=row.sale_id.hex,
    )


def give_back_row(back: GiveBack) -> Document:
    """Return the columns of something that goes back."""
    totals = back.totals
    return {
        "tenant_id": back.tenant_id,
        "store_id": back.store_id,
        "give_back_id": back.id,
        "sale_id": back.sale_id,
        "register_id": back.register_id,
        "kind": back.kind.value,
        "tender_id": back.tender_id,
        "amount_minor": back.amount.minor,
        "currency": back.amount.currency.code,
        "lines": [{"line": line.number, "quantity": str(line.quantity)} for line in back.lines],
        "totals": None if totals is None else {"rates": rates_to_document(totals), "tip": totals.tip.minor},
        "reason": storable(back.reason),
        "customer_id": None if back.customer_id is None else storable(back.customer_id),
        "detail": texts(back.detail),
        "shift_id": back.shift_id,
        "created_at": back.created_at,
        "created_by": storable(back.created_by),
    }


def texts(detail: object) -> dict[str, str]:
    """Return a copy of named texts that every database stores.

    Raises:
        TypeError: it holds something else than texts.
    """
    if not isinstance(detail, dict) or not all(isinstance(one, str) for pair in detail.items() for one in pair):
        message = "the detail of a tender holds texts only"
        raise TypeError(message)
    return {name: storable(value) for name, value in detail.items()}
