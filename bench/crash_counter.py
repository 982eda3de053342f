"""The counter of the crash harness: sells goods for cash and gives some of it back while nodes are killed.

Like the tills it makes every id itself and asks until it is answered. Afterwards the books are held to what it was
told: each sale, tender and give-back is stored exactly once, numbers have no gap, and the drawer holds what it should.
"""

import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bench.crash_till import GiveBack, Till, euro
from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.accounts import cash
from gateway.domain.ids import RegisterId, SaleId, StoreId, TenantId, uuid7
from gateway.domain.ledger import TransferKind
from gateway.domain.sales.tender import GiveBack as StoredGiveBack
from gateway.domain.sales.tender import Tender
from gateway.domain.sales.till_sale import SaleRecord
from gateway.domain.shifts.document_number import Series
from gateway.ports.unit_of_work import UnitOfWork

REGISTER = RegisterId("register-1")
REST_S = 0.2
"""Seconds between two sales: the one printer has card receipts to print as well."""

BACK_CHANCE = 0.4
"""Share of sales of which a part goes back in cash."""


@dataclass(slots=True)
class CounterSale:
    """One sale as the counter knows it. ``tenders``, ``backs``: minor units by the id it made."""

    id: uuid.UUID
    tenders: dict[uuid.UUID, int] = field(default_factory=dict)
    backs: dict[uuid.UUID, int] = field(default_factory=dict)


class CounterTill(Till):
    """A thread that sells for cash."""

    def __init__(self, ports: tuple[int, ...], token: str, seed: int) -> None:
        """As for a till; its seed is its own."""
        super().__init__(0, ports, token, seed)
        self.sales: list[CounterSale] = []

    def _run(self) -> None:
        while not self._finish.is_set():
            sale = CounterSale(_made())
            self.sales.append(sale)
            total = 100 + len(self.sales)
            line = {
                "text": "Tea",
                "quantity": "1",
                "unit_price": euro(total),
                "amount": euro(total),
                "tax_rate": "19",
            }
            path = f"/v1/sales/{sale.id}"
            body = {"id": str(sale.id), "register_id": REGISTER, "lines": [line]}
            if not self._insist_on("/v1/sales", body):
                return
            first = total // 3 if self._chance.random() < 0.5 else total
            for minor in (first, total - first):
                if minor and not self._tender(path, sale, minor):
                    return
            if self._chance.random() < BACK_CHANCE and not self._give_back(path, sale, total // 2):
                return
            self._finish.wait(REST_S)

    def _tender(self, path: str, sale: CounterSale, minor: int) -> bool:
        tender_id = _made()
        sale.tenders[tender_id] = minor
        return self._insist_on(f"{path}/tenders", {"id": str(tender_id), "kind": "cash", "amount": euro(minor)})

    def _give_back(self, path: str, sale: CounterSale, minor: int) -> bool:
        back = GiveBack(_made(), minor)
        sale.backs[back.id] = minor
        return self._insist_on(f"{path}/give-backs", json.loads(back.request()) | {"kind": "cash"})

    def _insist_on(self, path: str, body: Mapping[str, object]) -> bool:
        """Ask until it is done, perhaps once more: the first answer has to come back."""
        request = json.dumps(body).encode()
        status, answer = self._until_answered("POST", path, request)
        if status != 201:
            self.problems.append(f"{path}: refused with {status}: {answer!r}")
            return False
        if self._chance.random() < 0.2:
            again = self._until_answered("POST", path, request)
            if again != (status, answer):
                self.problems.append(f"{path}: the repeated request got another answer: {again!r}")
        return True


def judge_counter(
    sales: Sequence[CounterSale], database_url: str, tenant: TenantId, store: StoreId, register: RegisterId = REGISTER
) -> list[str]:
    """Return everything that the books have otherwise than the counter was told; every node has stopped."""
    storage = SqlStorage(database_url, SystemClock())
    try:
        with storage.read() as unit:
            return list(_problems(unit, sales, tenant, store, register))
    finally:
        storage.close()


def _problems(
    unit: UnitOfWork, sales: Sequence[CounterSale], tenant: TenantId, store: StoreId, register: RegisterId
) -> Iterator[str]:
    expected, settled = 0, set()
    for sale in sales:
        record = unit.sales.load(tenant, store, SaleId(sale.id))
        if record is None:
            yield f"sale {sale.id}: its counter got an answer, yet it is not stored"
            continue
        yield from _of_sale(sale, record)
        facts: list[Tender | StoredGiveBack] = [*record.tenders, *record.give_backs]
        for fact in facts:
            yield from _of_ledger(unit, fact)
        expected += sum(sale.tenders.values()) - sum(sale.backs.values())
        if record.settlement is None:
            yield f"sale {sale.id}: paid, but not settled"
        else:
            settled.add(sale.id)
    numbers = unit.numbers.given(tenant, store, register, Series.SALE)
    if [one.number for one in numbers] != list(range(1, len(settled) + 1)):
        yield f"{len(settled)} sales are settled, their numbers are {[one.number for one in numbers]}"
    if {one.document_id for one in numbers} != settled:
        yield "the numbers belong to other documents than the settled sales"
    drawer = [one for one in unit.ledger.balances(tenant, store) if one.account == cash(register)]
    held = sum(one.debits_posted - one.credits_posted for one in drawer)
    if held != expected:
        yield f"the drawer should hold {expected}, the ledger says {held}"


def _of_sale(sale: CounterSale, record: SaleRecord) -> Iterator[str]:
    tenders = {one.id: one.amount.minor for one in record.tenders}
    backs = {one.id: one.amount.minor for one in record.give_backs}
    if tenders != sale.tenders:
        yield f"sale {sale.id}: was paid with {tenders}, its counter took {sale.tenders}"
    if backs != sale.backs:
        yield f"sale {sale.id}: {backs} went back, its counter gave {sale.backs}"


def _of_ledger(unit: UnitOfWork, fact: Tender | StoredGiveBack) -> Iterator[str]:
    entries = unit.ledger.transfers(fact.tenant_id, fact.store_id, cause_id=fact.id)
    kinds = Counter(one.kind for one in entries)
    if kinds != Counter({TransferKind.PENDING: 1, TransferKind.POST: 1}):
        yield f"{fact.id}: the ledger has {dict(kinds)}"
    if any(one.amount != fact.amount for one in entries):
        yield f"{fact.id}: the ledger has another amount"


def _made() -> uuid.UUID:
    return uuid7(time.time_ns() // 1_000_000)
