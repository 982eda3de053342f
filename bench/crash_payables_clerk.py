"""The process that the crash harness kills: people, payment runs and the way to the bank of one store, over and over.

It proposes, approves and releases runs, hands their files over, takes what the bank says and makes payable again what
came back. Each start of it goes on with what is stored; people ask twice, as after an answer that was lost.
"""

import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.crash_mother import Mother, die_with_harness
from bench.crash_payables_points import MarkedChannel, MarkedPath, MarkedRunStorage, PayPoint
from bench.crash_points import KillOrder, KillSwitch, say
from gateway.adapters.bank_files import BankMessages
from gateway.adapters.bank_folder import BankFolders
from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Permission
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentRunId, derived_id
from gateway.domain.payables.payable import Payable, PayableKind, PayableState, PayableStep
from gateway.domain.payables.payable_ledger import order_rejected
from gateway.domain.payables.payment_order import BankFile, FileState, OrderState, PaymentOrder, PaymentRun, RunState
from gateway.ports.bank_channel import BankChannel, HandOver, HandOverVerdict
from gateway.ports.payable_store import PayableWish
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.hand_over_files import HandOverFiles
from gateway.services.payables.payable_steps import steps_in
from gateway.services.payables.propose_run import RunWish
from gateway.services.payables.read_bank_messages import ReadBankMessages
from gateway.services.payables.reissue_payment import ReissuePayment, ReissueWish
from tests.support.bank_loop import person
from tests.support.run_rig import CLERK, RunRig
from tests.support.run_rows import HERE, IBANS, ROOT, TODAY, payable

SUPPLIERS = ("Alpha", "Beta", "Gamma")
"""Of Beta each invoice is paid alone, Gamma sends credit notes."""
LIVING_RUNS_MAX = 2
REST_S = 0.04
"""After a turn with nothing to do: each look at the bank takes and gives back a lease, which is written."""

ANSWERS = person(Permission.PAYABLES_READ, Permission.PAYABLES_WORK, name="clara")
_OPEN = (RunState.PROPOSED, RunState.APPROVED, RunState.RELEASED, RunState.SENT)
_WORDS = "The bank's word."


class Clerk:
    """One start. ``holder``: of the leases of the way to the bank; ``name``: the file that names who has them."""

    def __init__(self, rig: RunRig, holder: str, name: Path) -> None:
        self._rig = rig
        self._holder = holder
        self._reissue = ReissuePayment(storage=rig.storage, clock=rig.clock)
        if name.exists():
            # As a node does: what the dead one held is given back before the own name is stored.
            rig.files.take_over(name.read_text(encoding="utf-8"))
            rig.messages.take_over(name.read_text(encoding="utf-8"))
        temporary = name.with_suffix(".part")
        temporary.write_text(holder, encoding="utf-8")
        temporary.replace(name)

    def turn(self, *, finish: bool) -> bool:
        """Do what can be done once; return whether anything was there to do."""
        busy = self._rig.files.work(self._holder) > 0
        busy = self._rig.messages.collect(self._holder) > 0 or busy
        busy = self._free_again() or busy
        return self._next_step(finish=finish) or busy

    def _free_again(self) -> bool:
        """Make payable again what the bank rejected or sent back."""
        with self._rig.storage.read() as unit:
            back = unit.payables.list(*HERE, PayableWish(states=(PayableState.RETURNED,)), before=None, limit=20)
            held = unit.payables.list(*HERE, PayableWish(held=True), before=None, limit=20)
            last = {unit.payment_runs.orders_of_payable(*HERE, one.id)[-1] for one in (*back, *held)}
        done = False
        for order in sorted(last, key=lambda one: one.end_to_end_id):
            wish = ReissueWish(derived_id(order.id, "pay again"), order.end_to_end_id, _WORDS)
            try:
                self._reissue.reissue(ANSWERS, wish)
                self._reissue.reissue(ANSWERS, wish)
                done = True
            except RuleError as error:
                if error.code not in ("no_proof_for_reissue", "payment_reissued"):
                    raise
        return done

    def _next_step(self, *, finish: bool) -> bool:
        with self._rig.storage.read() as unit:
            living = unit.payment_runs.list(*HERE, states=_OPEN, before=None, limit=20)
            waiting = unit.payables.payable_now(*HERE)
            number = unit.payment_runs.next_number(*HERE)
        for run in living:
            if run.state is RunState.PROPOSED:
                self._rig.approved(run)
                self._rig.approved(run)
                return True
            if run.state is RunState.APPROVED:
                self._rig.released(run)
                self._rig.released(run)
                return True
        if len(living) >= LIVING_RUNS_MAX:
            return False
        if not finish:
            self._owe(number)
        elif not waiting:
            return bool(living)
        run_id = PaymentRunId(derived_id(ROOT, f"crash run {number}"))
        for _ in range(2):
            self._rig.propose.propose(CLERK, run_id, RunWish(TODAY))
        return True

    def _owe(self, number: int) -> None:
        """Have new invoices come in, approved; a start before may have had them."""
        made = invoices(number)
        with self._rig.storage.read() as unit:
            known = unit.payables.load_many(*HERE, [one.id for one in made])
        if not known:
            self._rig.owe(*made)


def invoices(number: int) -> tuple[Payable, ...]:
    """Return what comes in before a run of this number: amounts differ, so that none stands for another."""
    gross = 1_000 + 10 * number
    made = [
        payable(f"A-{number}-1", of="Alpha", gross=gross),
        payable(f"A-{number}-2", of="Alpha", gross=gross + 1),
        payable(f"B-{number}", of="Beta", gross=gross + 2),
        payable(f"G-{number}", of="Gamma", gross=gross + 3),
    ]
    if number % 3 == 0:
        made.append(payable(f"C-{number}", of="Gamma", gross=gross // 4, kind=PayableKind.CREDIT_NOTE))
    return tuple(made)


def open_shop(url: str, bank_folder: Path, switch: KillSwitch, careless: str = "") -> RunRig:
    """Return the store over a database: its storage and its way to the bank are marked.

    Args:
        url: of a migrated database.
        bank_folder: of the virtual bank.
        switch: kills at the ordered point.
        careless: ``late_start``: stores that a hand-over began only after it; ``new_ids``: takes a file it is not sure
            of for lost and pays again; empty for the product as it is.
    """
    storage: Any = MarkedRunStorage(SqlStorage(url, SystemClock()), switch, one_statement=False)
    rig = RunRig(storage, bank_folder)
    MarkedPath.switch = switch
    bank = rig.bank
    # A bank that deletes what it takes: nothing but the stored hand-over tells that a file has left.
    taken = None if careless else bank.taken
    channel = MarkedChannel(BankFolders(MarkedPath(bank.outgoing), bank.incoming, bank.aside, taken), switch)
    files = {"": HandOverFiles, "late_start": LateStart, "new_ids": NewIds}[careless]
    channels: Mapping[str, BankChannel] = {"main": channel}
    tenant_id, store_id = HERE
    rig.files = files(storage=storage, clock=rig.clock, channels=channels, tenant_id=tenant_id, store_id=store_id)
    rig.messages = ReadBankMessages(
        storage=storage,
        clock=rig.clock,
        reader=BankMessages(),
        channels=channels,
        paid=_nobody,
        tenant_id=tenant_id,
        store_id=store_id,
    )
    return rig


def add_suppliers(rig: RunRig) -> None:
    """Store the suppliers, once."""
    for name, iban in zip(SUPPLIERS, IBANS[1:], strict=True):
        rig.supplier(name, iban=iban, single=name == "Beta")


def _nobody(unit: UnitOfWork, tenant: object, store: object, orders: Iterable[PaymentOrder]) -> None:
    del unit, tenant, store, orders


class LateStart(HandOverFiles):
    """Careless: that a hand-over begins is stored after it."""

    def _hand_over(self, run: PaymentRun, file: BankFile, channel: BankChannel) -> bool:
        result = channel.hand_over(file.remote_name, file.content)
        self._storage.write_retrying(lambda unit: self._start_in(unit, run.id, file, "system"))
        self._storage.write_retrying(lambda unit: self._conclude_in(unit, run.id, file, result, "system"))
        return True


class NewIds(HandOverFiles):
    """Careless: a file nobody is sure of is taken for lost, and what it pays is paid again under new ids."""

    def _hand_over(self, run: PaymentRun, file: BankFile, channel: BankChannel) -> bool:
        if file.state is not FileState.STARTED:
            return super()._hand_over(run, file, channel)
        self._storage.write_retrying(lambda unit: self._give_up(unit, run, file))
        return False

    def _give_up(self, unit: UnitOfWork, run: PaymentRun, file: BankFile) -> None:
        at = self._clock.now()
        sent = [one for one in unit.payment_runs.orders(*HERE, run.id) if one.state is OrderState.SENT]
        ended = [replace(one, state=OrderState.CANCELLED, version=one.version + 1) for one in sent]
        unit.payment_runs.replace_orders(*HERE, ended)
        unit.ledger.add([entry for one in sent for entry in order_rejected(*HERE, one, at)])
        payables = unit.payables.lock_many(*HERE, [part.payable_id for one in sent for part in one.allocations])
        steps_in(unit, list(payables.values()), PayableStep.BANK_REJECTED, actor="system", at=at)
        self._conclude_in(unit, run.id, file, HandOver(HandOverVerdict.DONE, "given up"), "system")


def be_clerk(words: dict[str, Any], life_line: int) -> int:
    """Work until killed, or with ``finish`` until nothing is left to do and the harness says so by killing."""
    threading.Thread(target=die_with_harness, args=(life_line,), daemon=True).start()
    told = words["order"]
    # A random kill comes from outside.
    marked = told and told["point"] != PayPoint.AT_RANDOM
    at = KillOrder(PayPoint(told["point"]), told["passing"]) if marked else None
    rig = open_shop(words["url"], Path(words["bank"]), KillSwitch(at), words["careless"])
    clerk = Clerk(rig, f"node-{os.getpid()}", Path(words["holder"]))
    say({"event": "ready", "pid": os.getpid()})
    while True:
        busy = clerk.turn(finish=words["finish"])
        if words["finish"]:
            say({"event": "busy" if busy else "idle", "pid": os.getpid()})
        if not busy:
            time.sleep(REST_S)


if __name__ == "__main__":
    Mother(int(sys.argv[1]), be_clerk).serve()
