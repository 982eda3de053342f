"""A shop that owes much: suppliers with confirmed accounts and approved invoices, over a real database."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from bench.bank_files import check_schema, schema_of
from connectors.formats.bank_profiles import BankProfiles
from gateway.adapters.bank_calendar import HolidayCalendar
from gateway.adapters.bank_files import ProfiledBankFiles
from gateway.adapters.clock import SystemClock
from gateway.adapters.db import schema
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.ids import PayableId, PaymentRunId, PersonId, SupplierId, derived_id
from gateway.domain.payables.approval import ApprovalEntry, ApprovalKind, ApprovalStanding
from gateway.domain.payables.approval_digest import payable_digest
from gateway.domain.payables.choose_instrument import OwnAccount
from gateway.domain.payables.payment_order import RunState
from gateway.domain.payables.run_terms import RunTerms
from gateway.domain.payables.signs_account import AccountLimits
from gateway.domain.payables.supplier import SupplierAccount
from gateway.node.payables_run import stops_of
from gateway.ports.announcer import NobodyListens
from gateway.services.payables.approve_run import ApproveRun
from gateway.services.payables.find_signs import FindSigns
from gateway.services.payables.propose_run import ProposeRun, RunWish
from gateway.services.payables.release_run import ReleaseRun
from gateway.services.payables.run_desk import RunDesk
from tests.support import run_rows
from tests.support.bank_loop import ACCOUNT, CALL_BACK
from tests.support.run_rows import AT, HERE, ROOT

MANY = 10
"""Invoices of a supplier that sends many."""
APPROVERS = 5
FORM = "pain.001.001.09"
"""What the bank of the shop's account takes."""


class PayablesShop:
    """One store on an empty database of its own."""

    def __init__(self, url: str) -> None:
        """``url``: of a database without tables."""
        schema.upgrade(url)
        clock = SystemClock()
        self._storage = SqlStorage(url, clock)
        self._today = clock.now().date()
        calendar = HolidayCalendar()
        # The library loads the calendars of all countries at the first question a process asks, not once a run.
        calendar.closed("TARGET2", self._today)
        desk = RunDesk(
            own=[OwnAccount(replace(ACCOUNT, profile="sepa"))],
            terms=RunTerms(),
            writer=ProfiledBankFiles(BankProfiles()),
            calendar=calendar,
            clock=clock,
            stops_now=stops_of(FindSigns(AccountLimits(10_000, 30))),
        )
        self._propose = ProposeRun(storage=self._storage, desk=desk)
        self._approve = ApproveRun(storage=self._storage, desk=desk)
        self._release = ReleaseRun(storage=self._storage, desk=desk, announcer=NobodyListens())
        self._run_id = PaymentRunId(derived_id(ROOT, "run of the bench"))

    def close(self) -> None:
        """Close the database."""
        self._storage.close()

    def owe(self, items: int) -> None:
        """Store this many approved invoices that are due."""
        due = self._today - timedelta(days=1)
        number = 0
        while number < items:
            of_this = min(MANY if number < items // 2 else 1, items - number)
            self._owe_one(number, of_this, due)
            number += of_this

    def steps(self) -> dict[str, Callable[[], object]]:
        """Return what is measured, in its order."""
        steps: dict[str, Callable[[], object]] = {
            "propose": self._proposed,
            "approve": self._approved,
            "release": self._released,
        }
        if schema_of(FORM) is not None:
            steps["schema"] = self._checked
        return steps

    def outcome(self) -> tuple[int, int]:
        """Return how many payments the released run has, and how many items they pay."""
        with self._storage.read() as unit:
            run = unit.payment_runs.load(*HERE, self._run_id)
            orders = unit.payment_runs.orders(*HERE, self._run_id)
        assert run is not None
        assert run.state is RunState.RELEASED
        return len(orders), sum(len(one.allocations) for one in orders)

    def _owe_one(self, first: int, count: int, due: date) -> None:
        name = f"Trader {first}"
        supplier = run_rows.supplier(name)
        account: SupplierAccount = replace(run_rows.account(name, iban=_iban(first)), call_back=CALL_BACK)
        made = [
            replace(
                run_rows.payable(f"R-{number}", of=name, gross=10_000 + number, due=due, issued=due),
                id=PayableId(derived_id(ROOT, f"item {number}")),
                supplier_id=SupplierId(supplier.id),
            )
            for number in range(first, first + count)
        ]
        with self._storage.write() as unit:
            unit.suppliers.add(supplier)
            unit.suppliers.add_account(*HERE, account)
            for one in made:
                unit.payables.add(one)
            standings = [ApprovalStanding(one.id, payable_digest(one, account), True, AT, AT) for one in made]
            unit.approvals.put_standings(*HERE, standings)
            unit.approvals.tell(*HERE, [said for one in standings for said in _said(one)])

    def _proposed(self) -> None:
        self._propose.propose(_person(Permission.PAYABLES_WORK), self._run_id, RunWish(self._today))

    def _approved(self) -> None:
        step = self._approve.approve(_person(Permission.RUNS_APPROVE), self._run_id, self._digest())
        assert not step.taken_out, step.taken_out[0].reason_code

    def _released(self) -> None:
        step = self._release.release(_person(Permission.RUNS_RELEASE), self._run_id, self._digest())
        assert not step.taken_out, step.taken_out[0].reason_code

    def _checked(self) -> None:
        schema = schema_of(FORM)
        assert schema is not None
        with self._storage.read() as unit:
            files = unit.payment_runs.files(*HERE, self._run_id)
        assert files, "the run has a file"
        for one in files:
            check_schema(one.content, schema)

    def _digest(self) -> str:
        with self._storage.read() as unit:
            run = unit.payment_runs.load(*HERE, self._run_id)
        assert run is not None
        return run.digest


def _said(standing: ApprovalStanding) -> tuple[ApprovalEntry, ApprovalEntry]:
    """Return the vote of one of a few approvers, and what followed from it."""
    voter = PersonId(derived_id(ROOT, f"approver {standing.payable_id.int % APPROVERS}"))
    ids = (derived_id(standing.payable_id, name) for name in ("vote", "granted"))
    return (
        ApprovalEntry(1, next(ids), standing.payable_id, ApprovalKind.APPROVED, standing.digest, voter, "ida", AT),
        ApprovalEntry(2, next(ids), standing.payable_id, ApprovalKind.GRANTED, standing.digest, None, "system", AT),
    )


def _person(permission: Permission) -> Caller:
    return Caller(*HERE, uuid.uuid4(), permission.value, frozenset({permission}))


def _iban(number: int) -> str:
    """A German IBAN of its own with right check digits (ISO 13616: mod 97)."""
    account = f"37040044{number:010d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"
