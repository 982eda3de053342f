"""A released run over real storage, a real file, a folder channel and the virtual bank: the whole loop at hand."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.formats.bank_profiles import BankProfiles
from connectors.virtual_bank.bank import VirtualBank
from gateway.adapters.bank_files import BankMessages, ProfiledBankFiles
from gateway.adapters.bank_folder import BankFolders, FolderChannel
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.ids import PayableId, PaymentRunId, derived_id
from gateway.domain.ledger import imbalance
from gateway.domain.payables.bank_task import BankTask
from gateway.domain.payables.payable import Payable, PayableState
from gateway.domain.payables.payable_ledger import invoice_recognised, orders_released
from gateway.domain.payables.payment_order import (
    BankAccount,
    BankFile,
    PaymentOrder,
    PaymentRun,
    RunState,
)
from gateway.domain.payables.supplier import CallBack
from gateway.ports.bank_files import FileWish
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.erp.enqueue_bills import NO_ERPS, EnqueueBills
from gateway.services.payables.hand_over_files import HandOverFiles
from gateway.services.payables.read_bank_messages import ReadBankMessages
from tests.support import run_rows
from tests.support.run_rows import AT, HERE
from tests.support.storage_rows import new_id

HOLDER = "node-1"
ACCOUNT = BankAccount(
    id="main",
    name="House bank",
    holder="Corner Shop GmbH",
    currency="EUR",
    country="DE",
    iban="DE89370400440532013000",
    profile="sepa",
)
CALL_BACK = CallBack("otto", AT, "the bookkeeper", "contract of 2024", derived_id(run_rows.ROOT, "clerk"))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class MovableClock:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.at = MONDAY

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return self.at.timestamp()


def person(*permissions: Permission, name: str = "theo") -> Caller:
    """Somebody who may do this."""
    return Caller(HERE[0], HERE[1], new_id(), name, frozenset(permissions))


class BankLoop:
    """One store with one run of as many invoices as asked for, each paid by an order of its own."""

    def __init__(
        self,
        storage: SqlStorage,
        folder: Path,
        *,
        payables: int = 4,
        discount: int = 100,
        bills: EnqueueBills = NO_ERPS,
    ) -> None:
        self.storage = storage
        self.clock = MovableClock()
        self.bank = VirtualBank(folder)
        self.bank.open()
        self.channel = FolderChannel(
            BankFolders(self.bank.outgoing, self.bank.incoming, self.bank.aside, self.bank.taken)
        )
        self.paid: list[PaymentOrder] = []
        self.files = HandOverFiles(
            storage=storage, clock=self.clock, tenant_id=HERE[0], store_id=HERE[1], channels={"main": self.channel}
        )
        self.messages = ReadBankMessages(
            storage=storage,
            clock=self.clock,
            tenant_id=HERE[0],
            store_id=HERE[1],
            reader=BankMessages(),
            channels={"main": self.channel},
            paid=self._note_paid,
            bills=bills,
        )
        self.payables = [
            run_rows.payable(f"R-{number}", state=PayableState.IN_RUN) for number in range(1, payables + 1)
        ]
        self.run = replace(
            run_rows.run(1, RunState.RELEASED),
            approved_by=new_id(),
            approved_at=AT,
            released_by=new_id(),
            released_at=AT,
        )
        orders = [
            run_rows.order(self.run, number, one, discount=discount) for number, one in enumerate(self.payables, 1)
        ]
        self.sent = tuple(replace(order, file_no=1) for order in orders)
        self.file = self._file()
        self._store()

    def _note_paid(self, unit: UnitOfWork, tenant: object, store: object, orders: tuple[PaymentOrder, ...]) -> None:
        del unit, tenant, store
        self.paid.extend(orders)

    def _file(self) -> BankFile:
        wish = FileWish("RUN1A1F1", AT, ACCOUNT, "pain.001.001.09", self.sent)
        content = ProfiledBankFiles(BankProfiles()).write(wish)
        return BankFile(
            run_id=self.run.id,
            file_no=1,
            attempt=1,
            bank_account_id="main",
            message_id=wish.message_id,
            format=wish.format,
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            orders=len(self.sent),
            total_minor=sum(order.amount.minor for order in self.sent),
            currency="EUR",
            remote_name=f"{wish.message_id}.xml",
        )

    def _store(self) -> None:
        with self.storage.write() as unit:
            unit.suppliers.add(run_rows.supplier())
            unit.suppliers.add_account(*HERE, replace(run_rows.account(), call_back=CALL_BACK))
            for payable in self.payables:
                unit.payables.add(payable)
                unit.ledger.add(invoice_recognised(payable, AT))
            unit.payment_runs.add(self.run, self.sent, ())
            unit.payment_runs.add_files(self.run, (self.file,))
            unit.ledger.add(orders_released(*HERE, self.sent, AT))

    def hand_over(self) -> int:
        """Let the way out run once."""
        return self.files.work(HOLDER)

    def turn(self, days: int = 0) -> None:
        """Let time pass, the bank work, and its messages come in."""
        self.clock.at += timedelta(days=days)
        self.bank.work(self.clock.at)
        self.messages.collect(HOLDER)

    def whole_way(self, scenario: str = "accept", days: int = 6) -> None:
        """Hand over and turn day by day."""
        self.bank.choose(scenario)
        self.hand_over()
        self.turn()
        for _ in range(days):
            self.turn(1)

    def states(self) -> list[str]:
        """State of each order by position."""
        return [order.state.value for order in self.orders()]

    def orders(self) -> tuple[PaymentOrder, ...]:
        with self.storage.read() as unit:
            return unit.payment_runs.orders(*HERE, self.run.id)

    def payable(self, position: int) -> Payable:
        return self.load(self.payables[position - 1].id)

    def load(self, payable_id: PayableId) -> Payable:
        with self.storage.read() as unit:
            found = unit.payables.load(*HERE, payable_id)
        assert found is not None
        return found

    def run_now(self, run_id: PaymentRunId | None = None) -> PaymentRun:
        with self.storage.read() as unit:
            found = unit.payment_runs.load(*HERE, run_id or self.run.id)
        assert found is not None
        return found

    def tasks(self, *, open_only: bool = True) -> tuple[BankTask, ...]:
        with self.storage.read() as unit:
            return unit.bank_tasks.list(*HERE, open_only=open_only)

    def balances(self) -> dict[str, tuple[int, int]]:
        """Posted and pending minor units (debits less credits) of each account, without those at nothing."""
        with self.storage.read() as unit:
            rows = unit.ledger.balances(*HERE)
        assert all(not value for value in imbalance(rows).values())
        found = {
            row.account: (row.debits_posted - row.credits_posted, row.debits_pending - row.credits_pending)
            for row in rows
        }
        return {account: value for account, value in found.items() if value != (0, 0)}
