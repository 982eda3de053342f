"""What invoices have taken of order lines: entries that are only added, and their sums.

An entry is never changed: what is cancelled is given back by an entry with the opposite sign.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.domain.ids import PayableId, PurchaseOrderId
from gateway.domain.money import Money

FREIGHT_LINE = 0
"""The line number under which the freight agreed in an order is taken; lines of orders are numbered from 1."""

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Take:
    """What one line of a payable takes of one order line.

    ``order_line_no``: :data:`FREIGHT_LINE` for freight; ``line_no``: of the payable, 0 for its head; ``quantity``: in
    the unit of the order; ``amount``: before tax. Both are negative when a credit note gives back.
    """

    order_id: PurchaseOrderId
    order_number: str
    order_line_no: int
    line_no: int
    quantity: Decimal
    amount: Money


@dataclass(frozen=True, slots=True)
class Consumption:
    """One entry: a :class:`Take` of one payable, or its reversal. ``id`` is made once; ``actor``: who caused it."""

    id: uuid.UUID
    order_id: PurchaseOrderId
    order_line_no: int
    payable_id: PayableId
    line_no: int
    quantity: Decimal
    amount: Money
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """The sum of entries of one order line. ``amount_minor``: in the minor unit of the order's currency."""

    quantity: Decimal = _NOTHING
    amount_minor: int = 0


NOTHING_TAKEN = Taken()


def taken_by_line(entries: Iterable[Consumption]) -> dict[tuple[PurchaseOrderId, int], Taken]:
    """Return what is taken of each order line, by order and line number."""
    sums: dict[tuple[PurchaseOrderId, int], Taken] = {}
    for entry in entries:
        key = (entry.order_id, entry.order_line_no)
        before = sums.get(key, NOTHING_TAKEN)
        sums[key] = Taken(before.quantity + entry.quantity, before.amount_minor + entry.amount.minor)
    return sums


def net_takes(entries: Sequence[Consumption]) -> dict[tuple[PurchaseOrderId, int, int], tuple[Decimal, Money]]:
    """Return what a payable's entries add up to, by order, order line and own line, without what cancels out."""
    sums: dict[tuple[PurchaseOrderId, int, int], tuple[Decimal, Money]] = {}
    for entry in entries:
        key = (entry.order_id, entry.order_line_no, entry.line_no)
        before = sums.get(key)
        sums[key] = (
            (entry.quantity, entry.amount) if before is None else (before[0] + entry.quantity, before[1] + entry.amount)
        )
    return {key: found for key, found in sums.items() if found[0] or found[1].minor}
