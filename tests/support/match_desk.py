"""A store that matches, over real storage, with nobody who asks for signs or approvals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Permission
from gateway.domain.ids import GoodsReceiptId
from gateway.domain.payables.consumption import taken_by_line
from gateway.domain.payables.matching_tolerances import USUAL_TOLERANCES
from gateway.domain.payables.payable import Payable, PayableStep
from gateway.domain.payables.purchase import GoodsReceipt, PurchaseOrder, TaxCode
from gateway.domain.payables.supplier import NO_ADDRESS, Supplier
from gateway.services.first_answers import RequestKey
from gateway.services.payables.advance_payable import AdvancePayable, NothingIsAsked
from gateway.services.payables.decide_match import DecideMatch, MatchAction, MatchView
from gateway.services.payables.manage_contracts import ContractView, ManageContracts, RuleView
from gateway.services.payables.match_payable import MatchPayable
from gateway.services.payables.payable_steps import step_in
from gateway.services.payables.rematch_payables import RematchPayables
from tests.support.bank_loop import person
from tests.support.purchase_rows import (
    AT,
    DAY,
    HERE,
    SUPPLIER,
    order_id_of,
    received,
)
from tests.support.storage_rows import FixedClock, new_id

CLERK = person(Permission.PAYABLES_READ, Permission.PAYABLES_WORK, name="anna")
WAIT_S = 30


def request_of(name: str) -> RequestKey:
    """Return how a request of this name is known again."""
    return RequestKey(name, "0" * 64, "/v1/payables")


def action_on(one: Payable, reason: str = "agreed by telephone", name: str = "") -> MatchAction:
    decision = new_id()
    return MatchAction(decision, one.id, reason, request_of(name or str(decision)))


def told(view: MatchView | RuleView | ContractView) -> bytes:
    return str(type(view)).encode()


class Desk:
    """One store that matches."""

    def __init__(self, storage: SqlStorage) -> None:
        self.storage = storage
        self.match = MatchPayable(USUAL_TOLERANCES)
        nobody = NothingIsAsked()
        self.advance = AdvancePayable(signs=nobody, match=self.match, approve=nobody)
        self.rematch = RematchPayables(self.advance)
        clock = FixedClock()
        self.decide = DecideMatch(storage=storage, clock=clock, advance=self.advance)
        self.contracts = ManageContracts(storage=storage, clock=clock, rematch=self.rematch)
        with storage.write() as unit:
            unit.suppliers.add(Supplier(*HERE, SUPPLIER, "70001", "Bean & Co", "EUR", NO_ADDRESS, AT, AT))
            unit.purchases.put_tax_code(*HERE, TaxCode("V19", "Input tax 19 %", Decimal(19)))

    def orders(self, *several: PurchaseOrder) -> None:
        with self.storage.write() as unit:
            for one in several:
                unit.purchases.put_order(one)
            self.rematch.rematch_for_in(unit, *HERE, [one.id for one in several], actor="erp", at=AT)

    def receive(self, number: str, *quantities: tuple[int, str]) -> None:
        with self.storage.write() as unit:
            lines = received(number, *quantities)
            receipt = GoodsReceipt(*HERE, GoodsReceiptId(new_id()), f"D-{new_id()}", SUPPLIER, DAY, lines)
            unit.purchases.put_receipt(receipt)
            self.rematch.rematch_for_in(unit, *HERE, [order_id_of(number)], actor="erp", at=AT)

    def take_in(self, one: Payable) -> Payable:
        def work(unit: Any) -> Payable:
            unit.payables.add(one)
            return self.advance.advance_in(unit, one, actor="anna", at=AT)

        return self.storage.write_retrying(work)

    def end(self, one: Payable, step: PayableStep) -> None:
        with self.storage.write() as unit:
            now = unit.payables.lock(*HERE, one.id)
            assert now is not None
            self.match.release_in(unit, step_in(unit, now, step, actor="anna", at=AT), actor="anna", at=AT)

    def load(self, one: Payable) -> Payable:
        with self.storage.read() as unit:
            found = unit.payables.load(*HERE, one.id)
        assert found is not None
        return found

    def taken(self, number: str, line_no: int = 1) -> tuple[Decimal, int]:
        with self.storage.read() as unit:
            sums = taken_by_line(unit.matches.consumed(*HERE, [order_id_of(number)]))
        found = sums.get((order_id_of(number), line_no))
        return (Decimal(0), 0) if found is None else (found.quantity, found.amount_minor)

    def view(self, one: Payable) -> MatchView:
        return self.decide.read(CLERK, one.id)

    def issues(self, one: Payable) -> list[str]:
        record = self.view(one).record
        assert record is not None
        return [check["issue"] for line in record.told["lines"] for check in line["checks"] if not check["ok"]]

    def keys(self, one: Payable) -> list[str]:
        record = self.view(one).record
        assert record is not None
        return [check["key"] for line in record.told["lines"] for check in line["checks"] if not check["ok"]]
