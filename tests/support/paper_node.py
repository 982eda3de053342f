"""One node's lane over a printer, and the till that makes payments for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.card_receipt import ReceiptCopy, ShopFace
from gateway.domain.ids import DeviceId, PaymentId
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.jobs.lease_keeper import LeaseKeeper
from gateway.jobs.printer_lane import PrinterLane, PrinterParts
from gateway.ports.printer import PrinterDevice
from gateway.services.paper.print_receipt import DeliverReceipt, ReceiptWriter
from tests.support.faulty_storage import FaultyStorage
from tests.support.lane_rig import PRINTER, REGISTER, STORE, TENANT, LaneNode
from tests.support.scripted_terminal import DEADLINE_S
from tests.support.web_shop import MovingClock

WRITER = ReceiptWriter(shop=ShopFace("Corner Shop", (), None, "en"), registers={REGISTER: "Till 1"}, zone=UTC)
SECOND_PRINTER = DeviceId("printer-2")


class PaperNode:
    """One node's lane over a printer, and the till that makes payments for it."""

    def __init__(
        self,
        storage: SqlStorage,
        till: LaneNode,
        device: PrinterDevice,
        *,
        printer_id: DeviceId = PRINTER,
        holder: str = "node-1",
        clock: MovingClock | None = None,
        deliver: DeliverReceipt | None = None,
    ) -> None:
        self.till = till
        self.inner = storage
        self.storage = FaultyStorage(storage)
        self.keeper = LeaseKeeper(storage=self.storage, clock=till.clock, holder=holder, lease_s=60)
        parts = PrinterParts(
            tenant_id=TENANT,
            store_id=STORE,
            storage=self.storage,
            clock=clock or till.clock,
            board=till.board,
            keeper=self.keeper,
            deliver=deliver or DeliverReceipt(storage=storage, writer=WRITER),
            poll_s=0.02,
        )
        self.lane = PrinterLane(printer_id, device, parts)

    def start(self) -> PaperNode:
        self.lane.start()
        return self

    def stop(self) -> None:
        self.lane.stop(DEADLINE_S)
        self.keeper.stop()

    def deliveries(self, payment_id: PaymentId) -> dict[str, OutboxMessage]:
        return {message.payload["copy"]: message for message in self.till.load(payment_id).deliveries}

    def until_states(self, payment_id: PaymentId, *states: OutboxState) -> list[OutboxMessage]:
        """Wait until customer's and merchant's receipt are in these states."""

        def now() -> list[OutboxState]:
            found = self.deliveries(payment_id)
            return [found[ReceiptCopy.CUSTOMER].state, found[ReceiptCopy.MERCHANT].state]

        self.till.until(lambda: now() == list(states), f"receipts {states}")
        return list(self.till.load(payment_id).deliveries)


Build = Callable[..., PaperNode]


def clock_of_today() -> MovingClock:
    """A clock a minute ahead of now, which a test moves."""
    clock = MovingClock()
    clock.move((SystemClock().now() - clock.now()).total_seconds() + 60)
    return clock
