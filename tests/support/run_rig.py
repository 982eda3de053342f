"""Payment runs over real storage, a real writer of files, a folder channel and the virtual bank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from connectors.formats.bank_profiles import BankProfiles
from connectors.virtual_bank.bank import VirtualBank
from gateway.adapters.bank_calendar import HolidayCalendar
from gateway.adapters.bank_files import BankMessages, ProfiledBankFiles
from gateway.adapters.bank_folder import BankFolders, FolderChannel
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.ids import PaymentRunId
from gateway.domain.payables.approval import ApprovalStanding
from gateway.domain.payables.approval_digest import payable_digest
from gateway.domain.payables.choose_instrument import OwnAccount
from gateway.domain.payables.payable import Payable
from gateway.domain.payables.payable_ledger import invoice_recognised
from gateway.domain.payables.payment_order import BankAccount, PaymentOrder, PaymentRun
from gateway.domain.payables.run_terms import RunTerms
from gateway.domain.payables.supplier import SupplierAccount
from gateway.ports.announcer import Announcer, NobodyListens
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.approve_run import ApproveRun, RunStep
from gateway.services.payables.change_run import ChangeRun
from gateway.services.payables.hand_over_files import HandOverFiles
from gateway.services.payables.planned_rates import PlannedRates
from gateway.services.payables.propose_run import Proposal, ProposeRun, RunWish
from gateway.services.payables.read_bank_messages import ReadBankMessages
from gateway.services.payables.read_runs import ReadRuns
from gateway.services.payables.release_run import ReleaseRun
from gateway.services.payables.run_desk import RunDesk, StopsNow, nothing_stops
from tests.support import run_rows
from tests.support.bank_loop import ACCOUNT, CALL_BACK, MovableClock, person
from tests.support.run_rows import AT, HERE, TODAY
from tests.support.storage_rows import new_id

CLERK = person(Permission.PAYABLES_READ, Permission.PAYABLES_WORK, name="anna")
CONTROLLER = person(Permission.PAYABLES_READ, Permission.RUNS_APPROVE, name="carl")
TREASURER = person(Permission.PAYABLES_READ, Permission.RUNS_RELEASE, name="theo")


def _nobody_is_told(unit: UnitOfWork, tenant: object, store: object, orders: tuple[PaymentOrder, ...]) -> None:
    del unit, tenant, store, orders


class RunRig:
    """One store with suppliers, an account at the virtual bank, and everything that makes and sends runs."""

    def __init__(
        self,
        storage: SqlStorage,
        folder: Path,
        *,
        stops_now: StopsNow = nothing_stops,
        reserve_minor: int | None = None,
        opening_minor: int = 0,
        announcer: Announcer | None = None,
        bank_account: BankAccount = ACCOUNT,
        rates: PlannedRates | None = None,
    ) -> None:
        self.storage = storage
        self.clock = MovableClock()
        self.bank = VirtualBank(folder)
        self.bank.open()
        channel = FolderChannel(BankFolders(self.bank.outgoing, self.bank.incoming, self.bank.aside, self.bank.taken))
        own = OwnAccount(bank_account, reserve_minor=reserve_minor, opening_minor=opening_minor)
        self.writer = ProfiledBankFiles(BankProfiles())
        self.desk = RunDesk(
            own=[own],
            terms=RunTerms(),
            writer=self.writer,
            calendar=HolidayCalendar(),
            clock=self.clock,
            stops_now=stops_now,
            announcer=announcer,
            rates=rates,
        )
        self.propose = ProposeRun(storage=storage, desk=self.desk)
        self.change = ChangeRun(storage=storage, desk=self.desk)
        self.approve = ApproveRun(storage=storage, desk=self.desk)
        self.release = ReleaseRun(storage=storage, desk=self.desk, announcer=announcer or NobodyListens())
        self.read = ReadRuns(storage=storage, desk=self.desk)
        channels = {"main": channel}
        self.files = HandOverFiles(
            storage=storage, clock=self.clock, channels=channels, tenant_id=HERE[0], store_id=HERE[1]
        )
        self.messages = ReadBankMessages(
            storage=storage,
            clock=self.clock,
            reader=BankMessages(),
            channels=channels,
            paid=_nobody_is_told,
            announcer=announcer,
            tenant_id=HERE[0],
            store_id=HERE[1],
        )

    def supplier(
        self, name: str = "Alpha", *, iban: str = run_rows.IBANS[0], single: bool = False, bic: str = ""
    ) -> SupplierAccount:
        """Store a supplier with an account that is paid to."""
        account = replace(run_rows.account(name, iban=iban), call_back=CALL_BACK, bic=bic)
        with self.storage.write() as unit:
            unit.suppliers.add(run_rows.supplier(name, single=single))
            unit.suppliers.add_account(*HERE, account)
        return account

    def owe(self, *payables: Payable) -> tuple[Payable, ...]:
        """Store payables of suppliers that are there, approved for what they are and recognised in the books."""
        with self.storage.write() as unit:
            accounts = unit.suppliers.effective_accounts(*HERE, sorted({one.supplier_id for one in payables}))
            for one in payables:
                unit.payables.add(one)
                unit.ledger.add(invoice_recognised(one, AT))
            standings = [
                ApprovalStanding(one.id, payable_digest(one, accounts.get(one.supplier_id)), True, AT, AT)
                for one in payables
            ]
            unit.approvals.put_standings(*HERE, standings)
        return payables

    def proposed(self, run_on: date = TODAY, **wish: object) -> Proposal:
        """Store a proposal."""
        return self.propose.propose(CLERK, PaymentRunId(new_id()), RunWish(run_on, **wish))  # type: ignore[arg-type]  # fields of the wish

    def approved(self, run: PaymentRun, by: Caller = CONTROLLER) -> RunStep:
        """Approve what the run is now."""
        return self.approve.approve(by, run.id, self.run(run).digest)

    def released(self, run: PaymentRun, by: Caller = TREASURER) -> RunStep:
        """Release what the run is now."""
        return self.release.release(by, run.id, self.run(run).digest)

    def run(self, run: PaymentRun) -> PaymentRun:
        """Return the run as stored."""
        with self.storage.read() as unit:
            found = unit.payment_runs.load(*HERE, run.id)
        assert found is not None
        return found

    def orders(self, run: PaymentRun) -> tuple[PaymentOrder, ...]:
        """Return the orders of a run as stored."""
        with self.storage.read() as unit:
            return unit.payment_runs.orders(*HERE, run.id)

    def payable(self, one: Payable) -> Payable:
        """Return a payable as stored."""
        with self.storage.read() as unit:
            found = unit.payables.load(*HERE, one.id)
        assert found is not None
        return found

    def states(self, payables: Sequence[Payable]) -> list[str]:
        """Return where payables stand."""
        return [self.payable(one).state.value for one in payables]

    def balances(self) -> dict[str, int]:
        """Return posted debits less posted credits of each account."""
        with self.storage.read() as unit:
            return {one.account: one.debits_posted - one.credits_posted for one in unit.ledger.balances(*HERE)}

    def changed(self, payable: Payable, change: Callable[[Payable], Payable]) -> None:
        """Store a payable changed behind everybody's back."""
        now = self.payable(payable)
        with self.storage.write() as unit:
            assert unit.payables.update(replace(change(now), version=now.version + 1))
