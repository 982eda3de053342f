"""From a bank's message to facts about single payments: which orders a status or an entry is about.

Blocks are found in the very bytes that were handed over: what was sent says best which payments a block held.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.domain.ids import PaymentOrderId, PaymentRunId, StoreId, TenantId
from gateway.domain.payables.bank_status import (
    PAYEE_CHECKS,
    ReasonClass,
    StatusLevel,
    class_of,
    is_known,
    state_told,
)
from gateway.domain.payables.payment_order import BankFile, OrderState, PaymentOrder, PaymentRun, RunState
from gateway.ports.bank_files import BankEntry, BankReport, BankStatus
from gateway.ports.unit_of_work import UnitOfWork

RUNS_LOOKED_AT = 50
"""Newest sent runs whose files are searched for a block that only its own id names."""
_BLOCK = re.compile(rb"<PmtInf><PmtInfId>([^<]{1,35})</PmtInfId>(.*?)</PmtInf>", re.DOTALL)
_PAYMENT = re.compile(rb"<EndToEndId>([^<]{1,35})</EndToEndId>")
_LEVELS = tuple(StatusLevel)
NOT_GIVEN = frozenset({"", "NOTPROVIDED"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a bank said of one payment.

    ``told``: the least state it has reached by this, None when only words follow; ``word``: the status code, or
    ``booked`` or ``returned`` for an entry; ``level``: how exactly it was said; ``payee_check``: empty when none.
    """

    told: OrderState | None
    word: str
    level: StatusLevel
    reason_code: str = ""
    reason_text: str = ""
    payee_check: str = ""
    payee_name: str = ""
    execute_on: str = ""
    entry: BankEntry | None = None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """What fits no payment. ``key``: tells it from others of the same message; ``words``: for people."""

    key: str
    words: str


@dataclass(slots=True)
class RunFacts:
    """The facts about the orders of one run, as they were said."""

    run: PaymentRun
    orders: dict[PaymentOrderId, PaymentOrder]
    facts: dict[PaymentOrderId, list[Fact]] = field(default_factory=dict)


class FactFinder:
    """Finds payments within one unit of work; each run is locked and loaded once."""

    def __init__(self, unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId) -> None:
        self._unit = unit
        self._place = (tenant_id, store_id)
        self._runs: dict[PaymentRunId, RunFacts] = {}
        self._by_end_to_end: dict[str, tuple[RunFacts, PaymentOrder]] = {}
        self._files: dict[str, tuple[RunFacts, BankFile] | None] = {}
        self._blocks: dict[str, frozenset[str]] = {}
        self.unplaced: list[Unplaced] = []
        self.left = 0
        """Booked entries that are about no payment of a run: customers' payments, fees and the like."""

    def runs(self) -> tuple[RunFacts, ...]:
        """Return what was found, by run."""
        return tuple(self._runs[run_id] for run_id in sorted(self._runs, key=str))

    def place(self, report: BankReport) -> None:
        """Give every status and booked entry to the payments it is about."""
        for status in report.statuses:
            self._place_status(status)
        for entry in report.entries:
            if entry.booked:
                self._place_entry(entry)
        for found in self._runs.values():
            for order_id, facts in found.facts.items():
                found.facts[order_id] = _most_exact(facts)

    def _place_status(self, status: BankStatus) -> None:
        level = _level(status)
        orders = self._orders_of(status, level)
        if orders is None or not is_known(status.status, level):
            about = status.end_to_end_id or status.block_id or status.message_id or "nothing"
            what = "is not known here" if orders is None else f"with the status {status.status} on this level"
            self.unplaced.append(Unplaced(f"{status.status} {level} {about}", f"{level.capitalize()} {about} {what}."))
            return
        told = state_told(status.status, level)
        if told is OrderState.REJECTED and class_of(status.reason_code) is ReasonClass.ALREADY_DONE:
            # The bank refuses a repetition: of the first one this says nothing, least of all that it is not executed.
            told = None
        fact = Fact(
            told=told,
            word=status.status,
            level=level,
            reason_code=status.reason_code,
            reason_text=status.reason_text,
            payee_check=PAYEE_CHECKS[status.status].value if status.status in PAYEE_CHECKS else "",
            payee_name=status.payee_name if level is StatusLevel.PAYMENT else "",
            execute_on="" if status.execute_on is None else status.execute_on.isoformat(),
        )
        for found, order in orders:
            found.facts.setdefault(order.id, []).append(fact)

    def _orders_of(self, status: BankStatus, level: StatusLevel) -> tuple[tuple[RunFacts, PaymentOrder], ...] | None:
        if level is StatusLevel.PAYMENT:
            one = self._order(status.end_to_end_id)
            return None if one is None else (one,)
        file = self._file(status.message_id)
        if file is None:
            return None
        if level is StatusLevel.FILE:
            orders = file[0].orders.values()
            mine = [order for order in orders if (order.file_no, order.attempt) == (file[1].file_no, file[1].attempt)]
            return tuple((file[0], order) for order in mine)
        members = blocks_of(file[1].content).get(status.block_id)
        return None if members is None else self._named((members,))

    def _place_entry(self, entry: BankEntry) -> None:
        one = None if entry.end_to_end_id in NOT_GIVEN else self._order(entry.end_to_end_id)
        if one is not None:
            word, told = ("returned", OrderState.RETURNED) if _came_back(entry) else ("booked", OrderState.SETTLED)
            fact = Fact(told, word, StatusLevel.PAYMENT, entry.reason_code, entry.reason_text, entry=entry)
            one[0].facts.setdefault(one[1].id, []).append(fact)
        elif entry.batch_id and entry.end_to_end_id in NOT_GIVEN and self._placed_batch(entry):
            return
        elif _came_back(entry) and entry.is_return:
            about = entry.end_to_end_id or entry.entry_ref or "without reference"
            words = f"A return of {entry.amount.to_decimal()} {entry.amount.currency.code} ({about}) is of no payment."
            self.unplaced.append(Unplaced(f"return {about} {entry.booked_on} {entry.amount.minor}", words))
        else:
            self.left += 1

    def _placed_batch(self, entry: BankEntry) -> bool:
        """Settle a block that is booked in one sum, when the sum is that of its payments."""
        members = self._block(entry.batch_id)
        if not members:
            return False
        orders = self._named((members,))
        # In an account of another currency the bank says what was ordered: that has to be the sum.
        ordered = entry.amount if entry.instructed is None else entry.instructed
        parts = _parts_of_block(entry, [order for _, order in orders])
        total = sum(order.amount.minor for _, order in orders)
        other_currency = any(order.amount.currency != ordered.currency for _, order in orders)
        if total != -ordered.minor or other_currency or any(part and not part.amount.minor for part in parts):
            words = f"The sum of block {entry.batch_id} is not that of its payments."
            self.unplaced.append(Unplaced(f"batch {entry.batch_id} {entry.amount.minor}", words))
            return True
        for (found, order), part in zip(orders, parts, strict=True):
            fact = Fact(OrderState.SETTLED, "booked", StatusLevel.BLOCK, entry=part)
            found.facts.setdefault(order.id, []).append(fact)
        return True

    def _block(self, block_id: str) -> frozenset[str]:
        head, _, number = block_id.rpartition("-")
        file = self._file(head) if number.isdigit() else None
        if file is not None:
            return blocks_of(file[1].content).get(block_id, frozenset())
        if not self._blocks:
            states = (RunState.SENT, RunState.RELEASED, RunState.DONE)
            for run in self._unit.payment_runs.list(*self._place, states=states, before=None, limit=RUNS_LOOKED_AT):
                for sent in self._unit.payment_runs.files(*self._place, run.id):
                    self._blocks.update(blocks_of(sent.content))
        return self._blocks.get(block_id, frozenset())

    def _named(self, groups: Iterable[frozenset[str]]) -> tuple[tuple[RunFacts, PaymentOrder], ...]:
        names = sorted(name for group in groups for name in group)
        return tuple(one for one in (self._order(name) for name in names) if one is not None)

    def _order(self, end_to_end_id: str) -> tuple[RunFacts, PaymentOrder] | None:
        known = self._by_end_to_end.get(end_to_end_id)
        if known is not None:
            return known
        order = self._unit.payment_runs.order_by_end_to_end(*self._place, end_to_end_id)
        if order is None:
            return None
        self._run(order.run_id)
        return self._by_end_to_end.get(end_to_end_id)

    def _file(self, message_id: str) -> tuple[RunFacts, BankFile] | None:
        if message_id not in self._files:
            found = self._unit.payment_runs.file_by_message(*self._place, message_id) if message_id else None
            self._files[message_id] = None if found is None else (self._run(found[0].id), found[1])
        return self._files[message_id]

    def _run(self, run_id: PaymentRunId) -> RunFacts:
        if run_id not in self._runs:
            run = self._unit.payment_runs.lock(*self._place, run_id)
            if run is None:
                message = "an order without its run"
                raise LookupError(message)
            orders = {order.id: order for order in self._unit.payment_runs.orders(*self._place, run_id)}
            found = RunFacts(run, orders)
            self._runs[run_id] = found
            self._by_end_to_end.update({order.end_to_end_id: (found, order) for order in orders.values()})
        return self._runs[run_id]


def _parts_of_block(entry: BankEntry, orders: Sequence[PaymentOrder]) -> Sequence[BankEntry | None]:
    """Return what each payment of a block took from an account of another currency; nothing where it is the same.

    Only the sum is known: it is divided by what was ordered, to the cent.
    """
    if entry.instructed is None:
        return [None] * len(orders)
    weights = [order.amount.minor for order in orders]
    amounts = entry.amount.allocate(weights)
    charges = [None] * len(orders) if entry.charges is None else entry.charges.allocate(weights)
    return [
        replace(entry, amount=amount, charges=charge, instructed=-order.amount, end_to_end_id=order.end_to_end_id)
        for order, amount, charge in zip(orders, amounts, charges, strict=True)
    ]


def blocks_of(content: bytes) -> Mapping[str, frozenset[str]]:
    """Return the end-to-end ids of each block of a file of our own; a file without blocks gives nothing."""
    return {
        block_id.decode(): frozenset(name.decode() for name in _PAYMENT.findall(body))
        for block_id, body in _BLOCK.findall(content)
    }


def _came_back(entry: BankEntry) -> bool:
    return entry.is_return or entry.amount.minor > 0


def _level(status: BankStatus) -> StatusLevel:
    if status.end_to_end_id:
        return StatusLevel.PAYMENT
    return StatusLevel.BLOCK if status.block_id else StatusLevel.FILE


def _most_exact(facts: list[Fact]) -> list[Fact]:
    """Within one message a word about a payment stands above one about its block or file; entries always count."""
    ranks = [_LEVELS.index(fact.level) for fact in facts if fact.word not in ("booked", "returned")]
    best = max(ranks, default=0)
    return [fact for fact in facts if fact.word in ("booked", "returned") or _LEVELS.index(fact.level) == best]
