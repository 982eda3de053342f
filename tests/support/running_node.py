"""A whole gateway with virtual devices in this process, driven through its services as a till would drive it."""

import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.bootstrap import Node, Wrappers
from gateway.configuration.settings import load_settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Permission, Role
from gateway.domain.cards.payment import AttemptState
from gateway.domain.ids import DeviceId, PaymentId, RefundId, RegisterId, StoreId, TenantId, uuid7
from gateway.domain.money import Currency, Money
from gateway.domain.outbox import OutboxState
from gateway.ports.unit_of_work import PaymentRecord, RefundRecord
from gateway.services.payments.refund_payment import RefundCommand
from gateway.services.payments.take_payment import TakePaymentCommand

TENANT, STORE = TenantId("main"), StoreId("store-1")
TERMINAL, PRINTER, REGISTER = DeviceId("terminal-1"), DeviceId("printer-1"), RegisterId("register-1")
EUR = Currency.of("EUR")
WAIT_S = 60.0
CASHIER = Caller(TENANT, STORE, uuid.UUID(int=1), "cashier", ROLE_PERMISSIONS[Role.CASHIER])
MANAGER = Caller(TENANT, STORE, uuid.UUID(int=2), "manager", ROLE_PERMISSIONS[Role.MANAGER])
EVERYTHING = Caller(TENANT, STORE, uuid.UUID(int=3), "everything", frozenset(Permission))


class RunningNode:
    """One gateway and what a test does with it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.services = node.container
        self.shop = node.container.virtual_shop

    def begin(
        self,
        amount: str,
        payment_id: PaymentId | None = None,
        *,
        register_id: RegisterId = REGISTER,
        terminal_id: DeviceId = TERMINAL,
    ) -> PaymentId:
        """Ask for a payment; return its id."""
        payment_id = payment_id or PaymentId(uuid7(int(self.node.clock.now().timestamp() * 1000)))
        command = TakePaymentCommand(
            payment_id=payment_id,
            sale_id=None,
            register_id=register_id,
            terminal_id=terminal_id,
            amount=Money.from_decimal(amount, EUR),
            lines=(),
            reference=None,
            key=str(payment_id),
            request_hash=hashlib.sha256(f"{payment_id} {amount}".encode()).hexdigest(),
            location=f"/v1/payments/{payment_id}",
        )
        self.services.take_payment.begin(CASHIER, command, lambda payment, _attempt: str(payment.id).encode())
        return payment_id

    def refund(self, payment_id: PaymentId, amount: str | None = None) -> RefundId:
        """Ask for a refund; return its id."""
        refund_id = RefundId(uuid7(int(self.node.clock.now().timestamp() * 1000)))
        command = RefundCommand(
            refund_id=refund_id,
            payment_id=payment_id,
            amount=None if amount is None else Money.from_decimal(amount, EUR),
            register_id=None,
            terminal_id=None,
            reason="Goods came back",
            key=str(refund_id),
            request_hash=hashlib.sha256(f"{refund_id} {amount}".encode()).hexdigest(),
            location=f"/v1/refunds/{refund_id}",
        )
        self.services.refund_payment.begin(MANAGER, command, lambda refund, _attempt: str(refund.id).encode())
        return refund_id

    def load_refund(self, refund_id: RefundId) -> RefundRecord:
        """Return the refund as stored."""
        return self.services.read_refunds.get(MANAGER, refund_id)

    def until_refund(self, refund_id: RefundId, state: AttemptState) -> RefundRecord:
        """Wait until the refund is in a state; return it."""
        found = self.load_refund
        self.until(lambda: found(refund_id).attempt.state is state, f"{state}, now {found(refund_id).attempt}")
        return self.load_refund(refund_id)

    def load(self, payment_id: PaymentId) -> PaymentRecord:
        """Return the payment as stored."""
        return self.services.read_payments.get(CASHIER, payment_id)

    def state(self, payment_id: PaymentId) -> AttemptState:
        """Return the state of its last attempt."""
        return self.load(payment_id).attempts[-1].state

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Look again and again until a condition holds; fail after a while."""
        clock = self.node.clock
        ends_at = clock.monotonic_s() + WAIT_S
        never = threading.Event()
        while not condition():
            assert clock.monotonic_s() < ends_at, f"waited {WAIT_S:g} s in vain for: {what}"
            never.wait(0.01)

    def until_state(self, payment_id: PaymentId, state: AttemptState) -> PaymentRecord:
        """Wait until the payment is in a state; return it."""
        self.until(lambda: self.state(payment_id) is state, f"{state} (now {self.state(payment_id)})")
        return self.load(payment_id)

    def until_awaiting(self, what: str) -> None:
        """Wait until the terminal waits for ``card`` or ``pin``, or is ``idle``."""
        self.until(lambda: self.shop.terminals()[0].awaiting == what, f"terminal awaiting {what}")

    def until_receipts(self, payment_id: PaymentId, *states: OutboxState) -> None:
        """Wait until the payment's receipts are in these states (sorted by name)."""
        wanted = sorted(states)
        self.until(
            lambda: sorted(message.state for message in self.load(payment_id).deliveries) == wanted,
            f"receipts {wanted}, now {self.load(payment_id).deliveries}",
        )

    def pay_at_terminal(self) -> None:
        """Present a card and enter the PIN."""
        self.until_awaiting("card")
        self.shop.press(TERMINAL, "present_card")
        self.until_awaiting("pin")
        self.shop.press(TERMINAL, "enter_pin")


@contextmanager
def running_node(
    folder: Path, database_url: str, wrappers: Wrappers | None = None, **overrides: object
) -> Iterator[RunningNode]:
    """Start a gateway over ``folder`` and stop it again; the same folder and database are the same shop."""
    config = folder / "shop.toml"
    config.write_text(
        """
        [shop]
        name = "Test Store"
        time_zone = "Europe/Berlin"
        [[terminals]]
        id = "terminal-1"
        name = "Terminal 1"
        transport = "virtual:memory"
        answer_timeout_s = 1
        [[printers]]
        id = "printer-1"
        name = "Printer 1"
        transport = "virtual:memory"
        [[registers]]
        id = "register-1"
        name = "Register 1"
        terminal = "terminal-1"
        printer = "printer-1"
        """,
        encoding="utf-8",
    )
    values = {"database.url": database_url, "server.data_dir": str(folder / "data"), "worker.lease_s": 3, **overrides}
    node = Node(load_settings(config, values, {}), wrappers)
    node.start()
    try:
        yield RunningNode(node)
    finally:
        node.stop()
