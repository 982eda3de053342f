"""A file that may never leave any more: one of its payments was voided before it was known to be with the bank."""

from datetime import datetime

from gateway.domain.errors import RuleError
from gateway.domain.ids import uuid7
from gateway.domain.payables.bank_task import BankTask, TaskKind
from gateway.domain.payables.payment_order import FileState, PaymentOrder, PaymentRun
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.hand_over_files import LEASE, LEASE_S, hand_over_task_id
from gateway.services.payables.run_desk import tell_in

GIVEN_UP = "A payment of this file was voided: it goes out no more. Void its other payments, too."
_MS = 1000


def give_up_in(unit: UnitOfWork, run: PaymentRun, order: PaymentOrder, *, actor: str, at: datetime) -> None:
    """Keep the file of a payment from going out later with the payment in it; nothing for one the bank has.

    Whoever hands over holds the right to it from the first look to the end: with that right in hand, nobody is between
    a look and a sending.

    Args:
        unit: in which the payment is voided.
        run: locked.
        order: the payment.
        actor: who voids it.
        at: of the void.

    Raises:
        RuleError: ``hand_over_under_way``.
    """
    place = (run.tenant_id, run.store_id)
    files = unit.payment_runs.files(*place, run.id)
    file = next((one for one in files if (one.file_no, one.attempt) == (order.file_no, run.attempt)), None)
    if file is None or file.state in (FileState.HANDED_OVER, FileState.REFUSED):
        return
    holder = f"void {uuid7(int(at.timestamp() * _MS))}"
    if not unit.bank_tasks.take_lease(*place, LEASE, holder, LEASE_S):
        hint = "Try again in a minute: then it is known whether the bank has it."
        raise RuleError("hand_over_under_way", "Files are being handed over at this moment.", hint)
    unit.bank_tasks.give_back(*place, LEASE, holder)
    unit.payment_runs.set_file_state(run, file, FileState.REFUSED, "")
    tell_in(unit, run, [("file_given_up", order.id, "", {"file": file.remote_name})], actor=actor, at=at)
    detail = {"file": file.remote_name, "run": str(run.number), "words": GIVEN_UP}
    unit.bank_tasks.add(*place, (BankTask(hand_over_task_id(file), TaskKind.HAND_OVER, at, detail=detail),))
