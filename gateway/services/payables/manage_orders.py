"""Keeps what was ordered and what has arrived, and the codes of the books, by hand and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import IdempotencyConflict, InputError, NotFound, RuleError
from gateway.domain.ids import GoodsReceiptId, PurchaseOrderId, StoreId, TenantId
from gateway.domain.payables.order_wish import CODE_MAX, LINES_MAX, OrderWish, check_quantity, order_of, vanished_lines
from gateway.domain.payables.purchase import CostCentre, GoodsReceipt, PurchaseOrder, ReceiptLine, TaxCode
from gateway.domain.payables.supplier import Supplier
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork

NAME_MAX = 140


class OrdersChanged(Protocol):
    """Matches again what waits for orders or deliveries."""

    def __call__(
        self,
        unit: UnitOfWork,
        tenant_id: TenantId,
        store_id: StoreId,
        order_ids: Sequence[PurchaseOrderId],
        *,
        actor: str,
        at: datetime,
    ) -> object:
        """Do so in this unit."""


@dataclass(frozen=True, slots=True)
class ReceiptWish:
    """A delivery as given. ``lines``: of orders of one supplier, at least one."""

    number: str
    received_on: date
    lines: tuple[ReceiptLine, ...]


@dataclass(frozen=True, slots=True)
class LineProgress:
    """How far one order line is: sums over all deliveries and all invoices."""

    line_no: int
    received: Decimal
    billed: Decimal


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with what came of it."""

    order: PurchaseOrder
    supplier: Supplier
    receipts: tuple[GoodsReceipt, ...]
    progress: tuple[LineProgress, ...]


class ManageOrders:
    """The orders, deliveries and codes of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, orders_changed: OrdersChanged) -> None:
        self._storage = storage
        self._clock = clock
        self._orders_changed = orders_changed

    def find(
        self, caller: Caller, *, text: str = "", after: str = "", limit: int = 50
    ) -> tuple[tuple[PurchaseOrder, Supplier], ...]:
        """Return orders by number behind ``after``, each with its supplier."""
        caller.require(Permission.PAYABLES_READ)
        here = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            found = unit.purchases.list_orders(*here, text=text, after=after, limit=limit)
            suppliers = unit.suppliers.load_many(*here, sorted({one.supplier_id for one in found}))
            return tuple((one, suppliers[one.supplier_id]) for one in found)

    def get(self, caller: Caller, order_id: PurchaseOrderId) -> OrderView:
        """Return an order with its deliveries and what is billed of it.

        Raises:
            NotFound: ``order_not_found``.
        """
        caller.require(Permission.PAYABLES_READ)
        here = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            order = unit.purchases.order(*here, order_id)
            supplier = None if order is None else unit.suppliers.load(*here, order.supplier_id)
            if order is None or supplier is None:
                raise NotFound("order_not_found", "There is no such order.", "Check the id.")
            return OrderView(
                order=order,
                supplier=supplier,
                receipts=unit.purchases.receipts(*here, order_id),
                progress=progress_in(unit, order),
            )

    def put_order(
        self, caller: Caller, order_id: PurchaseOrderId, wish: OrderWish, *, version: int | None = None
    ) -> PurchaseOrder:
        """Store an order under an id the client made; the same again changes nothing.

        ``version``: the one that was looked at, needed for a change.

        Raises:
            NotPermitted: without ``payables:work``.
            InputError: ``invalid_order``, ``unknown_supplier``.
            RuleError: ``order_changed``, ``order_line_in_use``, ``order_number_taken``, ``order_of_other_supplier``.
        """
        caller.require(Permission.PAYABLES_WORK)

        def work(unit: UnitOfWork) -> PurchaseOrder:
            return self.put_order_in(unit, caller, order_id, wish, version=version)

        return self._storage.write_retrying(work)

    def put_order_in(
        self, unit: UnitOfWork, caller: Caller, order_id: PurchaseOrderId, wish: OrderWish, *, version: int | None
    ) -> PurchaseOrder:
        """As :meth:`put_order`, in a unit of work."""
        here = (caller.tenant_id, caller.store_id)
        before = unit.purchases.order(*here, order_id)
        now = order_of(*here, order_id, wish, version=1 if before is None else before.version + 1)
        if before is not None and replace(now, version=before.version) == before:
            return before
        if unit.suppliers.load(*here, wish.supplier_id) is None:
            raise InputError("unknown_supplier", "There is no such supplier.", "Check the id.", "/supplier_id")
        if before is not None:
            check_order_change(unit, before, now, version)
        unit.purchases.put_order(now)
        self._orders_changed(unit, *here, (now.id,), actor=caller.name, at=self._clock.now())
        return now

    def close_order(self, caller: Caller, order_id: PurchaseOrderId, *, version: int) -> PurchaseOrder:
        """Close an order: nothing more of it is expected. One that nothing came of is cancelled by this.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``order_not_found``.
            RuleError: ``order_changed``.
        """
        return self._set_closed(caller, order_id, version, closed=True)

    def reopen_order(self, caller: Caller, order_id: PurchaseOrderId, *, version: int) -> PurchaseOrder:
        """Expect more of an order that was closed; errors as :meth:`close_order`."""
        return self._set_closed(caller, order_id, version, closed=False)

    def _set_closed(self, caller: Caller, order_id: PurchaseOrderId, version: int, *, closed: bool) -> PurchaseOrder:
        caller.require(Permission.PAYABLES_WORK)
        here = (caller.tenant_id, caller.store_id)

        def work(unit: UnitOfWork) -> PurchaseOrder:
            before = unit.purchases.order(*here, order_id)
            if before is None:
                raise NotFound("order_not_found", "There is no such order.", "Check the id.")
            if before.closed == closed:
                return before
            now = replace(before, closed=closed, version=before.version + 1)
            check_order_change(unit, before, now, version)
            unit.purchases.put_order(now)
            self._orders_changed(unit, *here, (now.id,), actor=caller.name, at=self._clock.now())
            return now

        return self._storage.write_retrying(work)

    def put_receipt(self, caller: Caller, receipt_id: GoodsReceiptId, wish: ReceiptWish) -> GoodsReceipt:
        """Store a delivery under an id the client made; a delivery is never changed: goods back are another one.

        Raises:
            NotPermitted: without ``payables:work``.
            InputError: ``invalid_receipt``.
            RuleError: ``receipt_number_taken``.
            IdempotencyConflict: ``id_reused``.
        """
        caller.require(Permission.PAYABLES_WORK)
        return self._storage.write_retrying(lambda unit: self.put_receipt_in(unit, caller, receipt_id, wish))

    def put_receipt_in(
        self, unit: UnitOfWork, caller: Caller, receipt_id: GoodsReceiptId, wish: ReceiptWish
    ) -> GoodsReceipt:
        """As :meth:`put_receipt`, in a unit of work."""
        here = (caller.tenant_id, caller.store_id)
        orders = orders_of_receipt(unit, caller, wish)
        receipt = GoodsReceipt(
            *here, receipt_id, wish.number.strip(), orders[0].supplier_id, wish.received_on, wish.lines
        )
        if not unit.purchases.put_receipt(receipt):
            if unit.purchases.receipt(*here, receipt_id) != receipt:
                message = "This id was used before for another delivery."
                raise IdempotencyConflict("id_reused", message, "Make a new id for a new delivery.")
            return receipt
        self._orders_changed(unit, *here, [one.id for one in orders], actor=caller.name, at=self._clock.now())
        return receipt

    def put_tax_code(self, caller: Caller, code: TaxCode) -> TaxCode:
        """Store a tax code in place of the one with its code.

        Raises:
            InputError: ``invalid_code``.
        """
        caller.require(Permission.PAYABLES_WORK)
        checked = checked_tax_code(code)
        self._storage.write_retrying(
            lambda unit: unit.purchases.put_tax_code(caller.tenant_id, caller.store_id, checked)
        )
        return checked

    def put_cost_centre(self, caller: Caller, centre: CostCentre) -> CostCentre:
        """Store a cost centre in place of the one with its code.

        Raises:
            InputError: ``invalid_code``.
        """
        caller.require(Permission.PAYABLES_WORK)
        checked = checked_cost_centre(centre)
        self._storage.write_retrying(
            lambda unit: unit.purchases.put_cost_centre(caller.tenant_id, caller.store_id, checked)
        )
        return checked

    def tax_codes(self, caller: Caller) -> tuple[TaxCode, ...]:
        """Return all tax codes by code."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            return unit.purchases.tax_codes(caller.tenant_id, caller.store_id)

    def cost_centres(self, caller: Caller) -> tuple[CostCentre, ...]:
        """Return all cost centres by code."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            return unit.purchases.cost_centres(caller.tenant_id, caller.store_id)


def progress_in(unit: UnitOfWork, order: PurchaseOrder) -> tuple[LineProgress, ...]:
    """Return how far each line of an order is."""
    here = (order.tenant_id, order.store_id)
    received = {line.line_no: Decimal(0) for line in order.lines}
    billed = dict(received)
    for one in unit.purchases.received(*here, (order.id,)):
        received[one.line_no] = received.get(one.line_no, Decimal(0)) + one.quantity
    for taken in unit.matches.consumed(*here, (order.id,)):
        billed[taken.order_line_no] = billed.get(taken.order_line_no, Decimal(0)) + taken.quantity
    return tuple(LineProgress(line.line_no, received[line.line_no], billed[line.line_no]) for line in order.lines)


def checked_tax_code(code: TaxCode) -> TaxCode:
    """Return the code without blanks at the ends.

    Raises:
        InputError: ``invalid_code``.
    """
    _check_code(code.code, code.name)
    if not (code.percent.is_finite() and 0 <= code.percent <= 100 and len(str(code.percent)) <= 12):
        raise InputError("invalid_code", "A rate lies between 0 and 100 percent.", "Correct it.", "/percent")
    account = code.account_code.strip()
    return replace(code, code=code.code.strip(), name=code.name.strip(), account_code=account)


def checked_cost_centre(centre: CostCentre) -> CostCentre:
    """Return the cost centre without blanks at the ends.

    Raises:
        InputError: ``invalid_code``.
    """
    _check_code(centre.code, centre.name)
    return replace(centre, code=centre.code.strip(), name=centre.name.strip(), owner=centre.owner.strip())


def _check_code(code: str, name: str) -> None:
    if not 0 < len(code.strip()) <= 40:
        raise InputError("invalid_code", "A code has 1 to 40 signs.", "Correct it.", "/code")
    if not 0 < len(name.strip()) <= NAME_MAX:
        raise InputError("invalid_code", f"A name has 1 to {NAME_MAX} signs.", "Correct it.", "/name")


def check_order_change(unit: UnitOfWork, before: PurchaseOrder, now: PurchaseOrder, version: int | None) -> None:
    """Refuse a change that was made for another version, or of what goods were received or billed on.

    Raises:
        RuleError: ``order_changed``, ``order_line_in_use``, ``order_of_other_supplier``.
    """
    if version != before.version:
        hint = "Load it again and make your change once more."
        raise RuleError("order_changed", "Somebody has changed this order meanwhile.", hint)
    used = [one.line_no for one in progress_in(unit, before) if one.received or one.billed]
    gone = vanished_lines(before, now, used)
    if gone:
        message = f"Goods were received or billed on line {gone[0]}."
        raise RuleError("order_line_in_use", message, "Keep the line; lower its quantity or close the order.")
    if used and (now.supplier_id, now.currency) != (before.supplier_id, before.currency):
        message = "Goods were received or billed: supplier and currency stay."
        raise RuleError("order_of_other_supplier", message, "Make another order.")


def orders_of_receipt(unit: UnitOfWork, caller: Caller, wish: ReceiptWish) -> tuple[PurchaseOrder, ...]:
    """Return the orders a delivery is of.

    Raises:
        InputError: ``invalid_receipt`` with the field.
    """
    _receipt_must(0 < len(wish.number.strip()) <= CODE_MAX, "number", f"A number has 1 to {CODE_MAX} signs.")
    _receipt_must(0 < len(wish.lines) <= LINES_MAX, "lines", f"A delivery has 1 to {LINES_MAX} lines.")
    found: dict[PurchaseOrderId, PurchaseOrder] = {}
    for place, line in enumerate(wish.lines):
        order = found.get(line.order_id) or unit.purchases.order(caller.tenant_id, caller.store_id, line.order_id)
        if order is None:
            raise InputError("invalid_receipt", "There is no such order.", "Check it.", f"/lines/{place}/order_id")
        found[order.id] = order
        known = any(one.line_no == line.line_no for one in order.lines)
        _receipt_must(known, f"lines/{place}/line_no", "The order has no such line.")
        check_quantity(line.quantity, f"lines/{place}/quantity")
        _receipt_must(bool(line.quantity), f"lines/{place}/quantity", "The quantity is not zero.")
    suppliers = {order.supplier_id for order in found.values()}
    _receipt_must(len(suppliers) == 1, "lines", "A delivery is of one supplier.")
    return tuple(found.values())


def _receipt_must(fits: bool, field: str, message: str) -> None:  # noqa: FBT001  # reads as a sentence
    if not fits:
        raise InputError("invalid_receipt", message, "Correct this field.", f"/{field}")
