"""Card sales without devices: the real services on a real database, with a terminal that answers at once.

A sale is what the gateway itself has to do: store the intent with its answer, then the outcome with ledger entries and
two receipts to print. No line, no cardholder, no HTTP, so that the database and our own code are all there is to see.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.device_hints import NodeHints
from gateway.adapters.event_board import MemoryEventBoard
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.cards.payment import (
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    EftLine,
    EftReceipt,
    Evidence,
    Payment,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.ids import DeviceId, PaymentId, RegisterId, StoreId, TenantId, derived_id, uuid7
from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import SaleLine
from gateway.ports.unit_of_work import DeviceRow, Lease
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.take_payment import TakePayment, TakePaymentCommand
from gateway.web.payments.payment_answers import new_payment, payment_location

TENANT, STORE = TenantId("bench"), StoreId("store-1")
EURO = Currency.of("EUR")
LEASE_S = 3600
"""Seconds; longer than any benchmark, so that no renewal disturbs the count of commits."""

_GOODS = tuple(
    SaleLine(text, Decimal(quantity), Money(price, EURO), Money(quantity * price, EURO))
    for text, quantity, price in (("Coffee beans 500 g", 2, 749), ("Filter papers", 1, 299), ("Mug, blue", 3, 450))
)
_TOTAL = Money(sum(line.amount.minor for line in _GOODS), EURO)
_RECEIPT = tuple(EftLine(f"{'Terminal text':<16}{number:>8}") for number in range(14))
_RECEIPTS = (EftReceipt("merchant", _RECEIPT), EftReceipt("customer", _RECEIPT))


@dataclass(frozen=True, slots=True)
class Round:
    """What one stretch of sales took. ``cpu_s``: seconds of processor time of this process, all threads."""

    sales: int
    seconds: float
    cpu_s: float
    commits: int


class SaleLoad:
    """One node of a shop with some terminals; each terminal takes one sale after the other."""

    def __init__(self, storage: SqlStorage, *, node: str, terminals: int) -> None:
        """Make the devices known and take their leases.

        Args:
            storage: a database with our tables; closed by the caller.
            node: lease holder, and part of the terminals' ids: unique among the nodes of one database.
            terminals: how many sell at once, each in a thread of its own, > 0.
        """
        self._storage = storage
        self._clock = SystemClock()
        hints = NodeHints()
        printers = {f"{node}-register-{number}": f"{node}-printer-{number}" for number in range(terminals)}
        self._take = TakePayment(storage=storage, clock=self._clock, hints=hints, currencies={})
        self._conclude = ConcludeAttempt(
            storage=storage,
            clock=self._clock,
            board=MemoryEventBoard(streams_max=1),
            hints=hints,
            printers=printers,
        )
        self._caller = Caller(TENANT, STORE, derived_id(uuid7(0), node), f"key:{node}", ROLE_PERMISSIONS[Role.CASHIER])
        self._leases = [self._prepare(node, number) for number in range(terminals)]
        self._registers = list(printers)
        self._sold = [0] * terminals

    def sell(self, seconds: float) -> Round:
        """Sell on all terminals for some time; a sale that has begun is ended.

        Raises:
            GatewayError: a sale failed; every terminal stops then.
        """
        start = threading.Barrier(len(self._leases) + 1)
        stop = threading.Event()
        failures: list[Exception] = []
        counts = [0] * len(self._leases)

        def work(number: int) -> None:
            start.wait()
            try:
                while not stop.is_set():
                    self.sell_once(number)
                    counts[number] += 1
            except Exception as error:  # noqa: BLE001 - border of a worker thread; raised again below
                failures.append(error)
                stop.set()

        with _running(work, range(len(self._leases))):
            commits, cpu_s, began_s = self._storage.commits, time.process_time(), time.perf_counter()
            start.wait()
            stop.wait(seconds)
            stop.set()
        done_s = time.perf_counter()
        if failures:
            raise failures[0]
        return Round(sum(counts), done_s - began_s, time.process_time() - cpu_s, self._storage.commits - commits)

    def sell_once(self, number: int) -> None:
        """Take one payment on a terminal: two commits."""
        made: list[tuple[Payment, Attempt]] = []

        def render(payment: Payment, attempt: Attempt) -> bytes:
            made.append((payment, attempt))
            return new_payment(payment, attempt, _GOODS, self._caller)

        lease = self._leases[number]
        self._take.begin(self._caller, self._command(number, lease.device_id), render)
        payment, attempt = made[0]
        self._sold[number] += 1
        state = self._conclude.record(
            payment, attempt, _approved(self._sold[number]), epoch=lease.epoch, actor=lease.device_id
        )
        if state is not AttemptState.APPROVED:
            raise RuntimeError(f"a sale was not stored as approved but as {state}")

    def _command(self, number: int, terminal_id: DeviceId) -> TakePaymentCommand:
        payment_id = PaymentId(uuid7(time.time_ns() // 1_000_000))
        return TakePaymentCommand(
            payment_id=payment_id,
            sale_id=None,
            register_id=RegisterId(self._registers[number]),
            terminal_id=terminal_id,
            amount=_TOTAL,
            lines=_GOODS,
            reference=None,
            key=str(payment_id),
            request_hash=f"{payment_id.int:064x}",
            location=payment_location(payment_id),
        )

    def _prepare(self, node: str, number: int) -> Lease:
        terminal_id = DeviceId(f"{node}-terminal-{number}")
        with self._storage.write() as unit:
            unit.devices.ensure(DeviceRow(TENANT, STORE, terminal_id, "terminal", f"Terminal {number}"))
            lease = unit.devices.acquire(TENANT, STORE, terminal_id, node, LEASE_S)
        if lease is None:
            raise RuntimeError(f"another node holds {terminal_id}")
        return lease


def _approved(number: int) -> AttemptOutcome:
    """The terminal's word on its sale of this number, with both receipts."""
    result = TerminalResult(
        amount_minor=_TOTAL.minor,
        numbers=TransactionNumbers(number % 9999 + 1, number % 999_999 + 1, None),
        code="00",
        acquirer_terminal_id="52500041",
        authorisation="123456",
        card_name="girocard",
        card_masked="672500******7893",
        date_mmdd="0131",
        time_hhmmss="120000",
        receipts=_RECEIPTS,
    )
    return AttemptOutcome(AttemptEvent.APPROVE, Evidence.DIALOGUE, "approved", "Approved.", result)


@contextmanager
def _running(work: Callable[[int], None], numbers: Sequence[int]) -> Iterator[None]:
    """Run one thread for each number during the block, and end only when all have ended."""
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in numbers]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()
