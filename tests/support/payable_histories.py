"""One store that owes, pays and hears of its bank, step by step: what histories are made of, and what always holds.

Steps are what people, the clock and the bank do. A step may be refused, or be cut off at any of its commits; what must
hold after each of them is looked up in database, ledger and the bank's own records.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast

from bench.crash_payables import gather
from bench.crash_payables_judge import judge_payables
from bench.crash_payables_run import PayRecord
from connectors.virtual_bank.bank import VirtualBank
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Permission
from gateway.domain.errors import GatewayError
from gateway.domain.ids import PayableId, PaymentRunId, derived_id
from gateway.domain.ledger import Balance, imbalance
from gateway.domain.payables.approval import ApprovalStanding
from gateway.domain.payables.approval_digest import payable_digest
from gateway.domain.payables.payable import Payable, PayableKind, PayableState
from gateway.domain.payables.payable_ledger import owed_to, payments_in_transit
from gateway.domain.payables.payment_order import LIVING, OrderState, PaymentOrder, PaymentRun, RunState
from gateway.domain.payables.run_identity import run_digest
from gateway.domain.payables.signs_account import AccountLimits
from gateway.domain.payables.supplier import AccountState, DiscountStep
from gateway.node.payables_run import stops_of
from gateway.ports.payable_store import PayableWish
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.find_signs import FindSigns
from gateway.services.payables.reissue_payment import ReissuePayment, ReissueWish
from tests.support import run_rows
from tests.support.bank_loop import CALL_BACK, HOLDER, person
from tests.support.run_rig import CLERK, CONTROLLER, TREASURER, RunRig
from tests.support.run_rows import AT, HERE, IBANS, ROOT, TODAY
from tests.support.storage_rows import FixedClock

T = TypeVar("T")
SUPPLIERS = ("Alpha", "Beta")
MANY = 10_000
DAYS_TO_THE_END = 12
ANSWERS = person(Permission.PAYABLES_READ, Permission.PAYABLES_WORK, name="clara")


class Cut(Exception):
    """The process ended at a commit."""


class CutStorage:
    """A storage whose process ends at an ordered commit, right before or right after it."""

    def __init__(self, inner: SqlStorage) -> None:
        self._inner = inner
        self._left = 0
        self._stored = False

    def cut(self, commits: int, *, stored: bool) -> None:
        """End at the ``commits``-th commit from now, from 1; ``stored``: after it. 0: never."""
        self._left, self._stored = commits, stored

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Open a transaction."""
        with self._inner.write() as unit:
            yield unit
            ends = self._ends()
            if ends and not self._stored:
                raise Cut
        if ends:
            raise Cut

    def write_retrying(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run a unit of work."""
        with self.write() as unit:
            return work(unit)

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Pass on."""
        return self._inner.read()

    def _ends(self) -> bool:
        self._left -= 1
        return self._left == 0


class History:
    """The store and its steps. Close it at the end."""

    def __init__(self, url: str) -> None:
        """``url``: of a migrated, empty database."""
        self.url = url
        self.folder = Path(tempfile.mkdtemp(prefix="tillbridge-history-"))
        self._sql = SqlStorage(url, FixedClock())
        self.storage = CutStorage(self._sql)
        signs = FindSigns(AccountLimits(first_payment_max=1_000_000, new_supplier_days=0))
        self.rig = RunRig(cast("SqlStorage", self.storage), self.folder / "bank", stops_now=stops_of(signs))
        self.seen: Counter[str] = Counter()
        self.rig.bank = VirtualBank(self.folder / "bank", file_taken=lambda name: self.seen.update((name,)))
        self.reissue = ReissuePayment(storage=cast("Storage", self.storage), clock=self.rig.clock)
        self.approved_account: dict[PayableId, str] = {}
        self.accounts: dict[str, int] = {}
        self.made = 0
        for name, iban in zip(SUPPLIERS, IBANS[1:], strict=False):
            self.rig.supplier(name, iban=iban, single=name == "Beta")
            self.accounts[name] = 0

    def close(self) -> None:
        """Close the database and take the folder away."""
        self._sql.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def step(self, work: Callable[[], object], *, cut: int = 0, stored: bool = False) -> str:
        """Take one step; return how it ended: ``done``, ``cut`` or the code of what was refused."""
        self.storage.cut(cut, stored=stored)
        try:
            work()
        except Cut:
            return "cut"
        except GatewayError as error:
            return error.code
        finally:
            self.storage.cut(0, stored=False)
        return "done"

    # What happens

    def owe(self, of: str, gross: int, *, credit: bool = False, discount: bool = False) -> None:
        """An invoice or credit note comes in and is approved for what it is."""
        self.made += 1
        kind = PayableKind.CREDIT_NOTE if credit else PayableKind.INVOICE
        steps = (DiscountStep(14, Decimal(2)),) if discount else ()
        one = run_rows.payable(f"N-{self.made}", of=of, gross=gross, kind=kind, discounts=steps, issued=TODAY)
        self._take(one)

    def owe_again(self) -> None:
        """The last invoice comes once more under a number that is written otherwise, and somebody approves it, too."""
        with self.storage.read() as unit:
            known = unit.payables.list(*HERE, PayableWish(), before=None, limit=MANY)
        invoices = [one for one in known if one.kind is PayableKind.INVOICE and one.number.startswith("N-")]
        if not invoices:
            return
        first = max(invoices, key=lambda one: int(one.number[2:]))
        again = f"n {first.number[2:]}"
        if any(one.number == again for one in known):
            return
        one = replace(first, id=PayableId(derived_id(first.id, "again")), number=again, version=1)
        self._take(replace(one, state=PayableState.APPROVED, paid=first.paid - first.paid, hold=None))

    def _take(self, *made: Payable) -> None:
        self.rig.owe(*made)
        with self.storage.read() as unit:
            accounts = unit.suppliers.effective_accounts(*HERE, [one.supplier_id for one in made])
        for one in made:
            self.approved_account[one.id] = accounts[one.supplier_id].iban

    def change_account(self, of: str, *, approve_again: bool) -> None:
        """A supplier's account is another one from now on; what is open may be approved again with it."""
        self.accounts[of] += 1
        supplier_id = run_rows.supplier_id_of(of)
        iban = IBANS[(self.accounts[of] + SUPPLIERS.index(of) + 1) % len(IBANS)]
        with self.storage.write() as unit:
            before = unit.suppliers.effective_accounts(*HERE, (supplier_id,))[supplier_id]
            retired = replace(before, state=AccountState.RETIRED, version=before.version + 1)
            assert unit.suppliers.update_account(*HERE, retired)
            fresh = replace(
                before, id=derived_id(ROOT, f"account {of} {self.accounts[of]}"), iban=iban, country=iban[:2], version=1
            )
            fresh = replace(fresh, state=AccountState.EFFECTIVE, call_back=CALL_BACK)
            unit.suppliers.add_account(*HERE, fresh)
            mine = [
                one
                for one in unit.payables.list(*HERE, PayableWish(), before=None, limit=MANY)
                if one.supplier_id == supplier_id and one.state is PayableState.APPROVED
            ]
            if approve_again:
                standings = [ApprovalStanding(one.id, payable_digest(one, fresh), True, AT, AT) for one in mine]
                unit.approvals.put_standings(*HERE, standings)
        if approve_again:
            self.approved_account |= {one.id: iban for one in mine}

    def propose(self) -> None:
        """Propose a run of all that is approved, due or not."""
        with self.storage.read() as unit:
            waiting = frozenset(one.id for one in unit.payables.payable_now(*HERE))
        self.rig.proposed(wanted=waiting)

    def on(self, state: RunState, step: Callable[[Any], object]) -> None:
        """Take a step with the newest run of a state, if there is one."""
        with self.storage.read() as unit:
            runs = unit.payment_runs.list(*HERE, states=(state,), before=None, limit=1)
        if runs:
            step(runs[0])

    def approve(self) -> None:
        """A person approves what a run is now."""
        self.on(RunState.PROPOSED, lambda run: self.rig.approved(run, CONTROLLER))

    def release(self) -> None:
        """Another person releases it."""
        self.on(RunState.APPROVED, lambda run: self.rig.released(run, TREASURER))

    def release_oneself(self) -> None:
        """Who approved a run tries to release it."""
        both = replace(CONTROLLER, permissions=CONTROLLER.permissions | {Permission.RUNS_RELEASE})
        self.on(RunState.APPROVED, lambda run: self.rig.released(run, both))

    def discard(self, state: RunState) -> None:
        """A run is discarded."""
        self.on(state, lambda run: self.rig.change.discard(CLERK, run.id, reason="not now"))

    def hand_over(self) -> None:
        """The way out is worked."""
        self.rig.files.work(HOLDER)

    def bank_works(self, scenario: str, days: int) -> None:
        """The bank behaves so, and days go by there."""
        self.rig.bank.choose(scenario)
        self.rig.bank.work(self.rig.clock.at)
        for one in self.rig.bank.books().payments:
            if one.state == "asked":
                self.rig.bank.decide(one.end_to_end_id, pay=len(one.text) % 2 == 0, now=self.rig.clock.at)
        for _ in range(days):
            self.rig.bank.turn_on()
            self.rig.bank.work(self.rig.clock.at)

    def collect(self) -> None:
        """Messages are fetched."""
        self.rig.messages.collect(HOLDER)

    def hear_again(self, which: int) -> None:
        """An old message is applied once more."""
        with self.storage.read() as unit:
            known = unit.bank_messages.list(*HERE, limit=MANY)
        if known:
            self.rig.messages.apply_again(ANSWERS, known[which % len(known)].id)

    def pay_again(self) -> None:
        """Somebody makes payable again whatever is proven not to have been paid."""
        with self.storage.read() as unit:
            known = unit.payables.list(*HERE, PayableWish(), before=None, limit=MANY)
            stopped = [one for one in known if one.hold is not None or one.state is PayableState.RETURNED]
            orders = [unit.payment_runs.orders_of_payable(*HERE, one.id) for one in stopped]
        for order in {mine[-1].end_to_end_id: mine[-1] for mine in orders if mine}.values():
            wish = ReissueWish(derived_id(order.id, "again"), order.end_to_end_id, "The bank's word.")
            try:
                self.reissue.reissue(ANSWERS, wish)
            except GatewayError as error:
                if error.code not in ("no_proof_for_reissue", "payment_reissued"):
                    raise

    # What always holds

    def check(self) -> None:
        """Raise AssertionError when something does not hold."""
        with self.storage.read() as unit:
            payables = unit.payables.list(*HERE, PayableWish(), before=None, limit=MANY)
            runs = {one.id: one for one in unit.payment_runs.list(*HERE, states=tuple(RunState), before=None, limit=99)}
            orders = [order for run_id in runs for order in unit.payment_runs.orders(*HERE, run_id)]
            balances = unit.ledger.balances(*HERE)
        released = [one for one in orders if runs[one.run_id].released_at is not None]
        _check_books(payables, released, balances)
        at_bank = {one.end_to_end_id: one.state for one in self.rig.bank.books().payments}
        assert len(at_bank) == len(self.rig.bank.books().received), "a payment came to the bank twice"
        assert max(self.seen.values(), default=1) == 1, "a file came to the bank twice"
        self._check_approvals(orders, runs, at_bank)
        _check_amounts(payables, orders, at_bank)

    def _check_approvals(
        self, orders: Sequence[PaymentOrder], runs: Mapping[PaymentRunId, PaymentRun], at_bank: Mapping[str, str]
    ) -> None:
        """No payment left without two people, nor to another account than its invoices were approved for."""
        for order in orders:
            if order.end_to_end_id not in at_bank:
                continue
            run = runs[order.run_id]
            assert run.approved_by == CONTROLLER.id, "a payment left that nobody approved"
            assert run.released_by == TREASURER.id, "a payment left that nobody released"
            assert order.state is not OrderState.PLANNED, "the bank has what is not sent here"
            assert run.digest == run_digest(
                run, [replace(one, state=OrderState.PLANNED) for one in orders if _of(run, one)]
            )
            if order.state is OrderState.SENT:
                for part in order.allocations:
                    approved = self.approved_account[part.payable_id]
                    assert order.payee.iban == approved, f"{part.number} went to an account it was not approved for"

    def finish(self) -> None:
        """Let everything that is with the bank come to its end, and judge the whole: replay and files included."""
        self.hand_over()
        for _ in range(DAYS_TO_THE_END):
            self.bank_works("accept", 1)
            self.collect()
        self.check()
        found = judge_payables(gather(self.rig, PayRecord(seen=self.seen)))
        assert found.problems == [], found.problems


def _of(run: PaymentRun, order: PaymentOrder) -> bool:
    """Return whether an order was in what people approved of a run: what was taken out before has no file."""
    return order.run_id == run.id and order.file_no is not None and order.attempt == run.attempt


def _check_books(payables: Sequence[Payable], released: Sequence[PaymentOrder], balances: Sequence[Balance]) -> None:
    """Every cent is in one place: owed, on its way, or paid."""
    assert not any(imbalance(balances).values()), "the ledger does not add up to nothing"
    posted = {one.account: one.debits_posted - one.credits_posted for one in balances}
    pending = {one.account: one.debits_pending - one.credits_pending for one in balances}
    for supplier_id in {one.supplier_id for one in payables}:
        owed = sum(_signed(one) for one in payables if one.supplier_id == supplier_id)
        assert owed_to(posted, supplier_id) == owed, "what is owed to a supplier"
    on_the_way = sum(one.amount.minor for one in released if one.state in LIVING)
    assert -pending.get(payments_in_transit(), 0) == on_the_way, "money in transit"
    assert posted.get(payments_in_transit(), 0) == 0, "money in transit that is on a statement"


def _check_amounts(payables: Sequence[Payable], orders: Sequence[PaymentOrder], at_bank: Mapping[str, str]) -> None:
    """No invoice is paid above its amount, nor twice under two numbers that read the same."""
    paid: Counter[str] = Counter()
    living: Counter[PayableId] = Counter()
    for order in orders:
        for part in order.allocations:
            living[part.payable_id] += order.state in LIVING
            if at_bank.get(order.end_to_end_id) in ("open", "asked", "booked"):
                paid[_plain(part.number)] += part.amount.minor + part.discount.minor
    assert max(living.values(), default=0) <= 1, "an invoice is in two living payments"
    for one in payables:
        assert paid[_plain(one.number)] <= one.gross.minor, f"{one.number} is paid above its amount"
        assert 0 <= one.paid.minor <= one.gross.minor, f"{one.number} has {one.paid.minor} paid"


def _signed(one: Payable) -> int:
    return one.open_amount.minor if one.kind is PayableKind.INVOICE else -one.open_amount.minor


def _plain(number: str) -> str:
    """Return the number as the eye of a duplicate check reads it."""
    return "".join(letter for letter in number.casefold() if letter.isalnum())
