"""Orders, receipts and codes of the books in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payables.supplier_store import ASKED_AT_ONCE
from gateway.adapters.db.payables.supplier_tables import (
    cost_centre,
    goods_receipt,
    goods_receipt_line,
    import_columns,
    purchase_order,
    tax_code,
)
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import GoodsReceiptId, PurchaseOrderId, StoreId, SupplierId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.import_fields import ImportKind
from gateway.domain.payables.purchase import (
    CostCentre,
    GoodsReceipt,
    MatchWays,
    OrderLine,
    PurchaseOrder,
    ReceiptLine,
    TaxCode,
)


def _here(table: Table) -> tuple[Any, Any]:
    return table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store")


_ORDER, _RECEIPT, _LINE = purchase_order.c, goods_receipt.c, goods_receipt_line.c
_MANY: Any = bindparam("many", expanding=True)
_FIXED = frozenset({"tenant_id", "store_id", "order_id"})
_ONE_ORDER = select(purchase_order).where(*_here(purchase_order), _ORDER.order_id == bindparam("one"))
_BY_NUMBERS = select(purchase_order).where(*_here(purchase_order), _ORDER.number.in_(_MANY))
_OPEN = (
    select(purchase_order)
    .where(*_here(purchase_order), _ORDER.supplier_id == bindparam("one"), _ORDER.closed.is_(False))
    .order_by(_ORDER.ordered_on.desc(), _ORDER.order_id.desc())
)
_UPDATE = (
    update(purchase_order)
    .where(*_here(purchase_order), _ORDER.order_id == bindparam("one"))
    .values({column.name: bindparam(f"new_{column.name}") for column in _ORDER if column.name not in _FIXED})
)
_ONE_RECEIPT = select(goods_receipt).where(*_here(goods_receipt), _RECEIPT.receipt_id == bindparam("one"))
_RECEIPTS_BY_NUMBERS = select(goods_receipt).where(*_here(goods_receipt), _RECEIPT.number.in_(_MANY))
_JOINED = goods_receipt_line.join(
    goods_receipt,
    (_LINE.tenant_id == _RECEIPT.tenant_id)
    & (_LINE.store_id == _RECEIPT.store_id)
    & (_LINE.receipt_id == _RECEIPT.receipt_id),
)
_OLDEST = (_RECEIPT.received_on, _RECEIPT.receipt_id, _LINE.position)
_RECEIVED = (
    select(_LINE.order_id, _LINE.line_no, _LINE.quantity)
    .select_from(_JOINED)
    .where(*_here(goods_receipt_line), _LINE.order_id.in_(_MANY))
    .order_by(*_OLDEST)
)
_RECEIPTS = (
    select(goods_receipt)
    .where(
        *_here(goods_receipt),
        _RECEIPT.receipt_id.in_(
            select(_LINE.receipt_id).where(*_here(goods_receipt_line), _LINE.order_id == bindparam("one"))
        ),
    )
    .order_by(_RECEIPT.received_on, _RECEIPT.receipt_id)
)
_LINES = (
    select(goods_receipt_line)
    .where(*_here(goods_receipt_line), _LINE.receipt_id.in_(_MANY))
    .order_by(_LINE.receipt_id, _LINE.position)
)
_TAX_CODES = select(tax_code).where(*_here(tax_code)).order_by(tax_code.c.code)
_CENTRES = select(cost_centre).where(*_here(cost_centre)).order_by(cost_centre.c.code)
_THESE_COLUMNS = (
    *_here(import_columns),
    import_columns.c.kind == bindparam("kind"),
    import_columns.c.fingerprint == bindparam("one"),
)
_COLUMNS = select(import_columns.c.columns).where(*_THESE_COLUMNS)
_TEXTS = ("text", "sku", "supplier_sku", "unit", "tax_code", "account_code", "cost_centre")


class SqlPurchaseStore:
    """Orders, receipts and codes of all stores; see ``PurchaseStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def put_order(self, order: PurchaseOrder) -> None:
        """Store an order in place of the one with its id."""
        row = _order_row(order)
        change = {f"new_{name}": value for name, value in row.items() if name not in _FIXED}
        if not self._statements.change(_UPDATE, _of(order.tenant_id, order.store_id) | {"one": order.id} | change):
            self._statements.change(insert(purchase_order), row)

    def order(self, tenant_id: TenantId, store_id: StoreId, order_id: PurchaseOrderId) -> PurchaseOrder | None:
        """Return one order."""
        row = self._statements.first(_ONE_ORDER, _of(tenant_id, store_id) | {"one": order_id})
        return None if row is None else _order_of(row)

    def orders_by_number(
        self, tenant_id: TenantId, store_id: StoreId, numbers: Sequence[str]
    ) -> Mapping[str, PurchaseOrder]:
        """Return orders by their numbers, in few statements."""
        wanted = [storable(number) for number in numbers]
        return {row.number: _order_of(row) for row in self._many(_BY_NUMBERS, tenant_id, store_id, wanted)}

    def open_orders(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> tuple[PurchaseOrder, ...]:
        """Return the orders of a supplier that are not closed, newest first."""
        rows = self._statements.rows(_OPEN, _of(tenant_id, store_id) | {"one": supplier_id})
        return tuple(_order_of(row) for row in rows)

    def list_orders(
        self, tenant_id: TenantId, store_id: StoreId, *, text: str = "", after: str = "", limit: int = 50
    ) -> tuple[PurchaseOrder, ...]:
        """Return orders by number behind ``after``."""
        statement = select(purchase_order).where(*_here(purchase_order), _ORDER.number > bindparam("behind"))
        if text:
            statement = statement.where(_ORDER.search_text.contains(storable(text).casefold(), autoescape=True))
        statement = statement.order_by(_ORDER.number).limit(limit)
        rows = self._statements.rows(statement, _of(tenant_id, store_id) | {"behind": storable(after)})
        return tuple(_order_of(row) for row in rows)

    def put_receipt(self, receipt: GoodsReceipt) -> bool:
        """Store a receipt; False, and nothing stored, when its id is there."""
        place = {"tenant_id": receipt.tenant_id, "store_id": receipt.store_id, "receipt_id": receipt.id}
        if self.receipt(receipt.tenant_id, receipt.store_id, receipt.id) is not None:
            return False
        head = {
            "number": storable(receipt.number),
            "supplier_id": receipt.supplier_id,
            "received_on": receipt.received_on.isoformat(),
        }
        self._statements.change(insert(goods_receipt), place | head)
        for position, line in enumerate(receipt.lines):
            row = {"position": position, "order_id": line.order_id, "line_no": line.line_no}
            self._statements.change(insert(goods_receipt_line), place | row | {"quantity": str(line.quantity)})
        return True

    def receipt(self, tenant_id: TenantId, store_id: StoreId, receipt_id: GoodsReceiptId) -> GoodsReceipt | None:
        """Return one receipt."""
        rows = self._statements.rows(_ONE_RECEIPT, _of(tenant_id, store_id) | {"one": receipt_id})
        return next(iter(self._with_lines(tenant_id, store_id, rows)), None)

    def receipts_by_number(
        self, tenant_id: TenantId, store_id: StoreId, numbers: Sequence[str]
    ) -> tuple[GoodsReceipt, ...]:
        """Return the receipts with these numbers, of whatever supplier, in few statements."""
        wanted = [storable(number) for number in numbers]
        return self._with_lines(
            tenant_id, store_id, tuple(self._many(_RECEIPTS_BY_NUMBERS, tenant_id, store_id, wanted))
        )

    def received(
        self, tenant_id: TenantId, store_id: StoreId, order_ids: Sequence[PurchaseOrderId]
    ) -> tuple[ReceiptLine, ...]:
        """Return every receipt line of these orders, oldest first."""
        return tuple(_receipt_line_of(row) for row in self._many(_RECEIVED, tenant_id, store_id, order_ids))

    def receipts(self, tenant_id: TenantId, store_id: StoreId, order_id: PurchaseOrderId) -> tuple[GoodsReceipt, ...]:
        """Return the deliveries on an order, oldest first."""
        rows = self._statements.rows(_RECEIPTS, _of(tenant_id, store_id) | {"one": order_id})
        return self._with_lines(tenant_id, store_id, rows)

    def put_tax_code(self, tenant_id: TenantId, store_id: StoreId, code: TaxCode) -> None:
        """Store a tax code in place of the one with its code."""
        more = {
            "name": storable(code.name),
            "percent": str(code.percent),
            "account_code": storable(code.account_code),
            "in_use": code.in_use,
            "discount_corrects_tax": code.discount_corrects_tax,
        }
        self._put_code(tax_code, tenant_id, store_id, code.code, more)

    def tax_codes(self, tenant_id: TenantId, store_id: StoreId) -> tuple[TaxCode, ...]:
        """Return all tax codes by code."""
        rows = self._statements.rows(_TAX_CODES, _of(tenant_id, store_id))
        return tuple(_tax_code_of(row) for row in rows)

    def put_cost_centre(self, tenant_id: TenantId, store_id: StoreId, centre: CostCentre) -> None:
        """Store a cost centre in place of the one with its code."""
        more = {"name": storable(centre.name), "owner": storable(centre.owner), "in_use": centre.in_use}
        self._put_code(cost_centre, tenant_id, store_id, centre.code, more)

    def cost_centres(self, tenant_id: TenantId, store_id: StoreId) -> tuple[CostCentre, ...]:
        """Return all cost centres by code."""
        rows = self._statements.rows(_CENTRES, _of(tenant_id, store_id))
        return tuple(CostCentre(row.code, row.name, row.owner, row.in_use) for row in rows)

    def put_import_columns(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        kind: ImportKind,
        fingerprint: str,
        columns: Mapping[int, str],
        *,
        by: str,
        at: datetime,
    ) -> None:
        """Store what the columns of tables with these headings mean, in place of what was said before."""
        asked = _of(tenant_id, store_id) | {"kind": kind.value, "one": fingerprint}
        self._statements.change(delete(import_columns).where(*_THESE_COLUMNS), asked)
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "kind": kind.value,
            "fingerprint": fingerprint,
            "columns": {str(place): name for place, name in columns.items()},
            "named_by": storable(by),
            "named_at": at,
        }
        self._statements.change(insert(import_columns), row)

    def import_columns(
        self, tenant_id: TenantId, store_id: StoreId, kind: ImportKind, fingerprint: str
    ) -> Mapping[int, str]:
        """Return what was said about the columns of tables with these headings, empty for nothing."""
        asked = _of(tenant_id, store_id) | {"kind": kind.value, "one": fingerprint}
        row = self._statements.first(_COLUMNS, asked)
        return {} if row is None else {int(place): name for place, name in row.columns.items()}

    def _put_code(
        self, table: Table, tenant_id: TenantId, store_id: StoreId, code: str, more: Mapping[str, object]
    ) -> None:
        this = delete(table).where(*_here(table), table.c.code == bindparam("one"))
        self._statements.change(this, _of(tenant_id, store_id) | {"one": storable(code)})
        row = {"tenant_id": tenant_id, "store_id": store_id, "code": storable(code), **more}
        self._statements.change(insert(table), row)

    def _with_lines(self, tenant_id: TenantId, store_id: StoreId, rows: Sequence[AnyRow]) -> tuple[GoodsReceipt, ...]:
        lines: dict[object, list[ReceiptLine]] = {row.receipt_id: [] for row in rows}
        for line in self._many(_LINES, tenant_id, store_id, tuple(lines)):
            lines[line.receipt_id].append(_receipt_line_of(line))
        return tuple(
            GoodsReceipt(
                tenant_id=tenant_id,
                store_id=store_id,
                id=GoodsReceiptId(row.receipt_id),
                number=row.number,
                supplier_id=SupplierId(row.supplier_id),
                received_on=date.fromisoformat(row.received_on),
                lines=tuple(lines[row.receipt_id]),
            )
            for row in rows
        )

    def _many(
        self,
        statement: Any,  # noqa: ANN401  # a select over many columns
        tenant_id: TenantId,
        store_id: StoreId,
        wanted: Sequence[object],
    ) -> Iterable[AnyRow]:
        for start in range(0, len(wanted), ASKED_AT_ONCE):
            asked = _of(tenant_id, store_id) | {"many": list(wanted[start : start + ASKED_AT_ONCE])}
            yield from self._statements.rows(statement, asked)


def _of(tenant_id: TenantId, store_id: StoreId) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id}


def _tax_code_of(row: AnyRow) -> TaxCode:
    percent = Decimal(row.percent)
    return TaxCode(row.code, row.name, percent, row.account_code, row.in_use, row.discount_corrects_tax)


def _receipt_line_of(row: AnyRow) -> ReceiptLine:
    return ReceiptLine(PurchaseOrderId(row.order_id), row.line_no, Decimal(row.quantity))


def _order_row(order: PurchaseOrder) -> dict[str, Any]:
    searched = " ".join((order.number, *(f"{line.text} {line.sku} {line.supplier_sku}" for line in order.lines)))
    return {
        "tenant_id": order.tenant_id,
        "store_id": order.store_id,
        "order_id": order.id,
        "number": storable(order.number),
        "supplier_id": order.supplier_id,
        "ordered_on": order.ordered_on.isoformat(),
        "currency": order.currency,
        "freight_minor": order.freight.minor,
        "lines": [_line_document(line) for line in order.lines],
        "closed": order.closed,
        "search_text": storable(searched).casefold(),
        "version": order.version,
    }


def _line_document(line: OrderLine) -> dict[str, Any]:
    document: dict[str, Any] = {name: storable(getattr(line, name)) for name in _TEXTS}
    over, under = line.over_percent, line.under_percent
    return document | {
        "line_no": line.line_no,
        "quantity": str(line.quantity),
        "price": str(line.price),
        "price_per": str(line.price_per),
        "amount_minor": line.amount.minor,
        "ways": line.ways.value,
        "over_percent": None if over is None else str(over),
        "under_percent": None if under is None else str(under),
    }


def _line_of(document: Mapping[str, Any], currency: Currency) -> OrderLine:
    over, under = document["over_percent"], document["under_percent"]
    return OrderLine(
        line_no=document["line_no"],
        quantity=Decimal(document["quantity"]),
        price=Decimal(document["price"]),
        price_per=Decimal(document["price_per"]),
        amount=Money(document["amount_minor"], currency),
        ways=MatchWays(document["ways"]),
        over_percent=None if over is None else Decimal(over),
        under_percent=None if under is None else Decimal(under),
        **{name: document[name] for name in _TEXTS},
    )


def _order_of(row: AnyRow) -> PurchaseOrder:
    currency = Currency.of(row.currency)
    return PurchaseOrder(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=PurchaseOrderId(row.order_id),
        number=row.number,
        supplier_id=SupplierId(row.supplier_id),
        ordered_on=date.fromisoformat(row.ordered_on),
        currency=row.currency,
        lines=tuple(_line_of(line, currency) for line in row.lines),
        freight=Money(row.freight_minor, currency),
        closed=row.closed,
        version=row.version,
    )
