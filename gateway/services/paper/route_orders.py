"""Send a ticket to the kitchen and the bar: stored once, and one slip for each place that has something to do."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import IdempotencyConflict, NotFound, RuleError
from gateway.domain.ids import OutboxId, RegisterId, SaleId, StoreId, TenantId, derived_id
from gateway.domain.outbox import OutboxMessage
from gateway.domain.printing.kitchen import (
    SLIP_WORDS,
    KitchenOrder,
    OrderId,
    OrderLine,
    TicketId,
    check_lines,
    slip_paper,
    slips,
)
from gateway.domain.printing.paper import paper_from_text
from gateway.domain.sales.item import ItemId
from gateway.domain.sales.tax_lines import LineKind
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.paper.print_paper import paper_message

RECENT_MAX = 100
"""Orders shown: a kitchen looks no further back."""


@dataclass(frozen=True, slots=True)
class OrderWish:
    """A ticket to send. ``lines``: all that stands on it now, not only what is new."""

    order_id: OrderId
    ticket_id: TicketId
    register_id: RegisterId
    label: str
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order with its slips and where they stand."""

    order: KitchenOrder
    slips: tuple[OutboxMessage, ...]


@dataclass(frozen=True, slots=True)
class KitchenPlan:
    """What the shop decided about its kitchen.

    Attributes:
        routes: item group -> printer; ``*`` for every other group. Read at each order: it may change meanwhile.
        printer_names: printer -> its name on the slip.
        register_names: register -> its name on the slip.
        zone: the store's time zone.
        language: of the words on the slip.
    """

    routes: Mapping[str, str]
    printer_names: Mapping[str, str]
    register_names: Mapping[str, str]
    zone: tzinfo
    language: str


class RouteOrders:
    """Orders of a store."""

    def __init__(self, *, storage: Storage, clock: Clock, hints: DeviceHints, plan: KitchenPlan) -> None:
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._plan = plan

    @property
    def has_routes(self) -> bool:
        """Whether the shop has a place that gets orders at all, at this moment."""
        return bool(self._plan.routes)

    def send(self, caller: Caller, wish: OrderWish) -> OrderRecord:
        """Store a ticket as it stands and have each place told what is new and what is cancelled.

        The same ``order_id`` again is the same order and prints nothing more. A ticket without a change gets an order
        without slips.

        Raises:
            NotPermitted: without ``payments:create``.
            InputError: ``too_many_lines``, ``quantity_not_positive``.
            IdempotencyConflict: ``key_reused``: the id was used for another order.
            RuleError: ``already_recorded``: the ticket was sent by another till at the same moment.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        check_lines(wish.lines)
        record = self._storage.write_retrying(lambda unit: self._send(unit, caller, wish))
        for target in {message.target for message in record.slips}:
            self._hints.outbox_filled(target)
        return record

    def lines_of_sale(self, caller: Caller, sale_id: SaleId) -> tuple[RegisterId, tuple[OrderLine, ...]]:
        """Return where a till sale was made and what of it a kitchen makes, by the catalogue's groups.

        Raises:
            NotPermitted: without ``payments:create``.
            NotFound: ``sale_not_found``.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        here = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            record = unit.sales.load(*here, sale_id)
            if record is None:
                raise NotFound("sale_not_found", "There is no such sale.", "Check the id.")
            groups = {
                line.item_id: self._group(unit, here, line.item_id)
                for line in record.sale.lines
                if line.item_id is not None
            }
        lines = tuple(
            OrderLine(line.taxed.sale_line.text, line.taxed.sale_line.quantity, groups.get(line.item_id or "", ""))
            for line in record.sale.lines
            if line.taxed.kind is LineKind.ITEM and line.taxed.sale_line.quantity > 0
        )
        return record.sale.register_id, tuple(line for line in lines if line.group)

    def look(self, caller: Caller, order_id: OrderId) -> OrderRecord:
        """Return one order with its slips.

        Raises:
            NotPermitted: without ``payments:read``.
            NotFound: ``order_not_found``.
        """
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            return self._load(unit, caller, order_id)

    def recent(self, caller: Caller) -> tuple[OrderRecord, ...]:
        """Return the newest orders with their slips, newest first, at most 100."""
        caller.require(Permission.PAYMENTS_READ)
        here = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            found = unit.orders.recent(*here, limit=RECENT_MAX)
            return tuple(OrderRecord(order, unit.orders.papers_of(*here, order.id)) for order in found)

    def print_copy(self, caller: Caller, order_id: OrderId, printer_id: str, request_id: uuid.UUID) -> OutboxMessage:
        """Have one slip printed again, marked as a copy; the same ``request_id`` again is the same copy.

        Raises:
            NotPermitted: without ``receipts:print``.
            NotFound: ``order_not_found``.
            RuleError: ``no_slip``: this printer had no slip of the order.
        """
        caller.require(Permission.RECEIPTS_PRINT)
        with self._storage.write() as unit:
            order = self._load(unit, caller, order_id).order
            original = unit.outbox.get(caller.tenant_id, caller.store_id, _slip_id(order_id, printer_id))
            if original is None:
                hint = "Load the order again: its slips are listed there."
                raise RuleError("no_slip", "This printer had no slip of this order.", hint)
            words = SLIP_WORDS.get(self._plan.language, SLIP_WORDS["en"])
            message = paper_message(
                paper_from_text(original.payload["paper"]).as_copy(words.copy),
                tenant_id=order.tenant_id,
                store_id=order.store_id,
                printer_id=printer_id,
                subject_id=order_id,
                name=f"copy {printer_id} {request_id}",
                created_at=self._clock.now(),
            )
            unit.outbox.add(message)
        self._hints.outbox_filled(printer_id)
        return message

    def _send(self, unit: UnitOfWork, caller: Caller, wish: OrderWish) -> OrderRecord:
        here = (caller.tenant_id, caller.store_id)
        wanted = _hash(wish)
        stored = unit.orders.get(*here, wish.order_id)
        if stored is not None:
            if stored[1] != wanted:
                hint = "Make a new id for each time a ticket is sent."
                raise IdempotencyConflict("key_reused", "This id was used for another order.", hint)
            return OrderRecord(stored[0], unit.orders.papers_of(*here, wish.order_id))
        now = self._clock.now()
        before = unit.orders.last_of(*here, wish.ticket_id)
        number = before.number if before else unit.orders.next_number(*here, now.astimezone(self._plan.zone).date())
        order = KitchenOrder(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=wish.order_id,
            ticket_id=wish.ticket_id,
            sequence=before.sequence + 1 if before else 1,
            register_id=wish.register_id,
            number=number,
            label=wish.label,
            lines=wish.lines,
            sent_at=now,
            sent_by=caller.name,
        )
        unit.orders.add(order, wanted)
        messages = self._slips(before, order)
        for message in messages:
            unit.outbox.add(message)
        return OrderRecord(order, messages)

    def _slips(self, before: KitchenOrder | None, order: KitchenOrder) -> tuple[OutboxMessage, ...]:
        plan = self._plan
        names = plan.printer_names
        words = SLIP_WORDS.get(plan.language, SLIP_WORDS["en"])
        return tuple(
            paper_message(
                slip_paper(
                    order,
                    told,
                    place_name=names.get(printer, printer),
                    register_name=plan.register_names.get(order.register_id, order.register_id),
                    local_time=order.sent_at.astimezone(plan.zone),
                    words=words,
                ),
                tenant_id=order.tenant_id,
                store_id=order.store_id,
                printer_id=printer,
                subject_id=order.id,
                name=f"slip {printer}",
                created_at=order.sent_at,
            )
            for printer, told in slips(before, order, plan.routes).items()
        )

    @staticmethod
    def _group(unit: UnitOfWork, here: tuple[TenantId, StoreId], item_id: str) -> str:
        item = unit.catalogue.get(*here, ItemId(uuid.UUID(item_id)))
        return (item.kitchen_group or "") if item else ""

    @staticmethod
    def _load(unit: UnitOfWork, caller: Caller, order_id: OrderId) -> OrderRecord:
        stored = unit.orders.get(caller.tenant_id, caller.store_id, order_id)
        if stored is None:
            raise NotFound("order_not_found", "There is no such order.", "Check the id.")
        return OrderRecord(stored[0], unit.orders.papers_of(caller.tenant_id, caller.store_id, order_id))


def _slip_id(order_id: OrderId, printer_id: str) -> OutboxId:
    return OutboxId(derived_id(order_id, f"paper slip {printer_id}"))


def _hash(wish: OrderWish) -> str:
    return hashlib.sha256(repr(wish).encode()).hexdigest()
