"""Plans the import of orders and deliveries: rows of one number belong together and are done together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import TypeVar

from gateway.domain.errors import GatewayError, InputError, RuleError
from gateway.domain.ids import GoodsReceiptId, PurchaseOrderId, derived_id, uuid7
from gateway.domain.money import Currency, Money
from gateway.domain.payables.order_wish import LineWish, OrderWish, order_of
from gateway.domain.payables.purchase import GoodsReceipt, MatchWays, OrderLine, PurchaseOrder, ReceiptLine
from gateway.domain.payables.supplier import Supplier
from gateway.services.payables.import_plan import Planned, PlannedRow, RowProblem, Verdict, refused
from gateway.services.payables.import_rows import Job, Row
from gateway.services.payables.manage_orders import ManageOrders, ReceiptWish, check_order_change, orders_of_receipt

T = TypeVar("T")

_LINE_TEXTS = ("sku", "supplier_sku", "unit", "tax_code", "account_code", "cost_centre")
_WAYS = {
    "": MatchWays.THREE_WAY,
    "3": MatchWays.THREE_WAY,
    "2": MatchWays.TWO_WAY,
    **{ways.value: ways for ways in MatchWays},
}


class PlanOrders:
    """Plans rows of orders, one row a line. ``currency``: of the shop, where a row names none."""

    def __init__(self, orders: ManageOrders, *, currency: str) -> None:
        self._orders = orders
        self._currency = currency

    def __call__(self, job: Job) -> tuple[Planned, ...]:
        """Return what becomes of each row."""
        here = (job.caller.tenant_id, job.caller.store_id)
        groups = _groups(job.counted(), "order_number")
        known = job.unit.purchases.orders_by_number(*here, list(groups))
        numbers = sorted({row.cells.text("supplier_number") for row in job.rows})
        suppliers = job.unit.suppliers.by_numbers(*here, numbers)
        planned: list[Planned] = []
        for number, rows in groups.items():
            try:
                planned += self._group(
                    job, rows, known.get(number), suppliers.get(rows[0].cells.text("supplier_number"))
                )
            except GatewayError as error:
                planned += _all_refused(rows, number, error)
        return tuple(sorted(planned, key=lambda one: one.row.number))

    def _group(
        self, job: Job, rows: Sequence[Row], before: PurchaseOrder | None, supplier: Supplier | None
    ) -> list[Planned]:
        here = (job.caller.tenant_id, job.caller.store_id)
        number = rows[0].cells.wanted("order_number")
        if supplier is None:
            raise InputError("unknown_supplier", "No supplier has this number.", "Import it first.", "/supplier_number")
        lines, bad = _read_all(rows, self._line)
        if bad:
            return bad_group(rows, number, bad)
        wish = self._wish(rows, supplier, tuple(lines), before)
        order_id = PurchaseOrderId(uuid7(int(job.at.timestamp() * 1000))) if before is None else before.id
        version = 1 if before is None else before.version
        now = order_of(*here, order_id, wish, version=version)
        if before is not None and now != before:
            check_order_change(job.unit, before, now, before.version)
        old = {} if before is None else {line.line_no: line for line in before.lines}
        head = {} if before is None else _changes(_head(before), _head(now))
        gone = sorted(set(old) - {line.line_no for line in now.lines})
        if gone:
            head["lines"] = (", ".join(str(line_no) for line_no in gone), "")
        told = [_told(row, number, old.get(line.line_no), line) for row, line in zip(rows, now.lines, strict=True)]
        if head:
            first = told[0]
            verdict = Verdict.CHANGED if first.verdict is Verdict.UNCHANGED else first.verdict
            told[0] = PlannedRow(first.number, first.key, verdict, {**head, **first.changes})
        if now == before:
            return [Planned(one) for one in told]

        def do() -> None:
            changed = None if before is None else before.version
            self._orders.put_order_in(job.unit, job.caller, order_id, wish, version=changed)

        return [Planned(told[0], do), *(Planned(one) for one in told[1:])]

    def _wish(
        self, rows: Sequence[Row], supplier: Supplier, lines: tuple[LineWish, ...], before: PurchaseOrder | None
    ) -> OrderWish:
        first = rows[0].cells
        for name in ("supplier_number", "ordered_on", "currency", "freight", "closed"):
            if len({row.cells.text(name) for row in rows}) > 1:
                message = "The rows of this order do not agree."
                raise InputError("rows_disagree", message, "Write the same in each row of one order.", f"/{name}")
        currency = self._currency_of(rows[0])
        freight = first.number("freight")
        same = before is not None and before.currency == currency.code
        kept = before.freight if before is not None and same and not first.has("freight") else None
        return OrderWish(
            number=first.wanted("order_number"),
            supplier_id=supplier.id,
            ordered_on=first.day("ordered_on"),
            currency=currency.code,
            lines=lines,
            freight=kept if freight is None else _money(freight, currency, "freight"),
            closed=first.yes("closed", otherwise=before is not None and before.closed),
        )

    def _currency_of(self, row: Row) -> Currency:
        return Currency.of(row.cells.text("currency").upper() or self._currency)

    def _line(self, row: Row) -> LineWish:
        cells, currency = row.cells, self._currency_of(row)
        line_no, amount = cells.whole("line_no"), cells.number("amount")
        ways = _WAYS.get(cells.text("ways").casefold())
        if line_no is None:
            raise InputError("cell_empty", "The cell is empty.", "Fill it in.", "/line_no")
        if ways is None:
            hint = "Write two_way, three_way or consignment."
            raise InputError("ways_unknown", "This kind of match is not known.", hint, "/ways")
        return LineWish(
            line_no=line_no,
            text=cells.wanted("text"),
            quantity=cells.wanted_number("quantity"),
            price=cells.wanted_number("price"),
            amount=None if amount is None else _money(amount, currency, "amount"),
            price_per=cells.number("price_per") or Decimal(1),
            ways=ways,
            over_percent=cells.number("over_percent"),
            under_percent=cells.number("under_percent"),
            **{name: cells.text(name) for name in _LINE_TEXTS},
        )


class PlanReceipts:
    """Plans rows of deliveries, one row a line."""

    def __init__(self, orders: ManageOrders) -> None:
        self._orders = orders

    def __call__(self, job: Job) -> tuple[Planned, ...]:
        """Return what becomes of each row."""
        here = (job.caller.tenant_id, job.caller.store_id)
        groups = _groups(job.counted(), "receipt_number")
        orders = job.unit.purchases.orders_by_number(
            *here, sorted({row.cells.text("order_number") for row in job.rows})
        )
        known: dict[str, list[GoodsReceipt]] = {}
        for receipt in job.unit.purchases.receipts_by_number(*here, list(groups)):
            known.setdefault(receipt.number, []).append(receipt)
        planned: list[Planned] = []
        for number, rows in groups.items():
            try:
                planned += self._group(job, rows, known.get(number, []), orders)
            except GatewayError as error:
                planned += _all_refused(rows, number, error)
        return tuple(sorted(planned, key=lambda one: one.row.number))

    def _group(
        self, job: Job, rows: Sequence[Row], known: Sequence[GoodsReceipt], orders: Mapping[str, PurchaseOrder]
    ) -> list[Planned]:
        number = rows[0].cells.wanted("receipt_number")
        lines, bad = _read_all(rows, lambda row: _receipt_line(row, orders))
        if bad:
            return bad_group(rows, number, bad)
        days = {row.cells.day("received_on") for row in rows}
        if len(days) > 1:
            message = "The rows of this delivery do not agree."
            raise InputError("rows_disagree", message, "Write the same day in each row.", "/received_on")
        wish = ReceiptWish(number, days.pop(), tuple(lines))
        supplier_id = orders_of_receipt(job.unit, job.caller, wish)[0].supplier_id
        stored = next((one for one in known if one.supplier_id == supplier_id), None)
        if stored is not None:
            if (stored.lines, stored.received_on) != (wish.lines, wish.received_on):
                message = "This delivery is booked already, with other lines."
                raise RuleError("receipt_number_taken", message, "Book goods that go back as another delivery.")
            return [Planned(PlannedRow(row.number, number, Verdict.UNCHANGED)) for row in rows]
        receipt_id = GoodsReceiptId(derived_id(supplier_id, f"receipt {number}"))
        told = [
            PlannedRow(row.number, number, Verdict.NEW, _received(row, line, wish.received_on))
            for row, line in zip(rows, lines, strict=True)
        ]

        def do() -> None:
            self._orders.put_receipt_in(job.unit, job.caller, receipt_id, wish)

        return [Planned(told[0], do), *(Planned(one) for one in told[1:])]


def bad_group(rows: Sequence[Row], key: str, bad: Mapping[int, GatewayError]) -> list[Planned]:
    """Return the rows of a group some of which are bad: the others are refused with them."""
    with_others = RowProblem(
        "", "belongs_to_refused", "Another row of the same number is refused.", "Correct that one."
    )
    return [
        refused(row.number, key, bad[row.number])
        if row.number in bad
        else Planned(PlannedRow(row.number, key, Verdict.REFUSED, problems=(with_others,)))
        for row in rows
    ]


def _all_refused(rows: Sequence[Row], key: str, error: GatewayError) -> list[Planned]:
    return [refused(row.number, key, error) for row in rows]


def _groups(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.cells.text(name), []).append(row)
    return found


def _read_all(rows: Sequence[Row], read: Callable[[Row], T]) -> tuple[list[T], dict[int, GatewayError]]:
    """Return what each row says, and by its number why one says nothing."""
    found: list[T] = []
    bad: dict[int, GatewayError] = {}
    for row in rows:
        try:
            found.append(read(row))
        except GatewayError as error:
            bad[row.number] = error
    return found, bad


def _receipt_line(row: Row, orders: Mapping[str, PurchaseOrder]) -> ReceiptLine:
    order = orders.get(row.cells.wanted("order_number"))
    if order is None:
        raise InputError("unknown_order", "No order has this number.", "Import it first.", "/order_number")
    line_no = row.cells.whole("line_no")
    if line_no is None or all(line.line_no != line_no for line in order.lines):
        raise InputError("unknown_order_line", "The order has no such line.", "Check it.", "/line_no")
    return ReceiptLine(order.id, line_no, row.cells.wanted_number("quantity"))


def _received(row: Row, line: ReceiptLine, received_on: date) -> dict[str, tuple[str, str]]:
    return {
        "received_on": ("", received_on.isoformat()),
        "order_number": ("", row.cells.text("order_number")),
        "line_no": ("", str(line.line_no)),
        "quantity": ("", f"{line.quantity:f}"),
    }


def _told(row: Row, number: str, before: OrderLine | None, now: OrderLine) -> PlannedRow:
    changes = _changes({} if before is None else _line(before), _line(now))
    verdict = Verdict.NEW if before is None else Verdict.CHANGED if changes else Verdict.UNCHANGED
    return PlannedRow(row.number, f"{number} / {now.line_no} {now.text}", verdict, changes)


def _head(order: PurchaseOrder) -> dict[str, str]:
    freight = f"{order.freight.to_decimal()} {order.currency}"
    return {
        "supplier": str(order.supplier_id),
        "ordered_on": order.ordered_on.isoformat(),
        "freight": freight,
        "closed": "yes" if order.closed else "no",
    }


def _line(line: OrderLine) -> dict[str, str]:
    texts = {one.name: str(getattr(line, one.name) or "") for one in fields(line) if one.name != "amount"}
    return texts | {"amount": f"{line.amount.to_decimal()} {line.amount.currency.code}"}


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {name: (before.get(name, ""), text) for name, text in now.items() if before.get(name, "") != text}


def _money(value: Decimal, currency: Currency, name: str) -> Money:
    try:
        return Money.from_decimal(f"{value:f}", currency)
    except InputError as error:
        raise InputError(error.code, error.message, error.hint, f"/{name}") from error
