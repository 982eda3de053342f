"""Group commit on SQLite against a plain write lock: the same statements, the same threads, another number of commits.

Both do the two commits of a sale. The plain lock is the same code with one unit to a commit. Pairs are measured
in turn on one machine, because only their ratio means anything.
"""

import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from gateway.adapters.clock import SystemClock
from gateway.adapters.db import schema
from gateway.adapters.db.group_commit import GROUP_MAX
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.payment import (
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
    Payment,
    TransactionNumbers,
)
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, RegisterId, SaleId, StoreId, TenantId, derived_id, uuid7
from gateway.domain.ledger import TransferKind, card_sale_reservation, closing
from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import Sale
from gateway.ports.device_store import DeviceRow
from gateway.ports.payment_store import Conclusion, Intent, StoredAnswer

THREADS = 32
ROUNDS = 5
GOAL_RATIO = 3.0
_TENANT, _STORE, _REGISTER = TenantId("bench"), StoreId("bench"), RegisterId("till")
_EUR = Currency.of("EUR")


def run(seconds: float) -> dict[str, float]:
    """Measure sales per second of both and return them with the median ratio.

    Args:
        seconds: length of one measurement, > 0; there are ten.

    Returns:
        ``ratio`` (median of five pairs), ``group_sales_s``, ``plain_sales_s`` (medians), ``units_per_commit`` of group
        commit, ``threads`` and ``goal_ratio``.
    """
    pairs = []
    shared = []
    for _ in range(ROUNDS):
        grouped, units_per_commit = _measure(seconds, GROUP_MAX)
        plain, _ = _measure(seconds, 1)
        pairs.append((grouped, plain))
        shared.append(units_per_commit)
    return {
        "ratio": statistics.median(grouped / plain for grouped, plain in pairs),
        "group_sales_s": statistics.median(grouped for grouped, _ in pairs),
        "plain_sales_s": statistics.median(plain for _, plain in pairs),
        "units_per_commit": statistics.median(shared),
        "threads": float(THREADS),
        "goal_ratio": GOAL_RATIO,
    }


def _measure(seconds: float, group_max: int) -> tuple[float, float]:
    """Return sales per second of all threads, and units per commit."""
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        schema.upgrade(url)
        storage = SqlStorage(url, SystemClock(), group_max=group_max)
        try:
            return _sell(storage, seconds)
        finally:
            storage.close()


def _sell(storage: SqlStorage, seconds: float) -> tuple[float, float]:
    terminals = [DeviceId(f"terminal-{number}") for number in range(THREADS)]
    with storage.write() as unit:
        for terminal_id in terminals:
            unit.devices.ensure(DeviceRow(_TENANT, _STORE, terminal_id, "terminal", terminal_id))
    sold = [0] * THREADS
    stop = threading.Event()
    units, commits = storage.units, storage.commits

    def work(number: int) -> None:
        while not stop.is_set():
            sell_once(storage, terminals[number])
            sold[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    started_s = time.perf_counter()
    for thread in threads:
        thread.start()
    stop.wait(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    elapsed_s = time.perf_counter() - started_s
    return sum(sold) / elapsed_s, (storage.units - units) / (storage.commits - commits)


def sell_once(storage: SqlStorage, terminal_id: DeviceId) -> None:
    """Store the intent and the conclusion of one approved sale."""
    now = datetime.now(UTC)
    payment = _payment(terminal_id, now)
    attempt = _attempt(payment, now)
    reservation = card_sale_reservation(payment, attempt.id, now)
    sale = Sale(_TENANT, _STORE, payment.sale_id, _REGISTER, payment.amount, (), now, "bench")
    answer = StoredAnswer(str(payment.id), "0" * 64, 202, b"{}", "/")
    stored = storage.record_intent(Intent(_TENANT, _STORE, sale, payment, attempt, reservation, "bench", answer))
    conclusion = Conclusion(
        tenant_id=_TENANT,
        store_id=_STORE,
        payment_id=payment.id,
        attempt_id=stored.id,
        terminal_id=terminal_id,
        expected=frozenset({AttemptState.SENT}),
        epoch=stored.epoch,
        state=AttemptState.APPROVED,
        blocks_terminal=False,
        outcome=AttemptOutcome(AttemptEvent.APPROVE, Evidence.DIALOGUE, "approved", "Approved."),
        closing=closing(reservation, kind=TransferKind.POST, recorded_at=now),
        outbox=(),
        numbers=TransactionNumbers(1, 2, 3),
        actor="bench",
        concluded_at=now,
    )
    storage.record_conclusion(conclusion)


def _payment(terminal_id: DeviceId, now: datetime) -> Payment:
    payment_id = PaymentId(uuid7(int(now.timestamp() * 1000)))
    return Payment(
        tenant_id=_TENANT,
        store_id=_STORE,
        id=payment_id,
        sale_id=SaleId(derived_id(payment_id, "sale")),
        register_id=_REGISTER,
        terminal_id=terminal_id,
        amount=Money(1250, _EUR),
        reference=None,
        created_at=now,
        created_by="bench",
        trace_id=payment_id.hex,
    )


def _attempt(payment: Payment, now: datetime) -> Attempt:
    return Attempt(
        id=AttemptId(derived_id(payment.id, "attempt 1")),
        payment_id=payment.id,
        number=1,
        terminal_id=payment.terminal_id,
        epoch=0,
        state=AttemptState.SENT,
        baseline=TransactionNumbers(),
        blocks_terminal=True,
        sent_at=now,
    )
