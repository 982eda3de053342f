"""What banks said, as the API tells it; screens use the same. Account numbers only by country and last four."""

from typing import Any

from gateway.domain.payables.bank_task import BankDecision, BankTask
from gateway.ports.payment_run_store import BankMessage, RunEvent
from gateway.services.payables.hand_over_files import WaitingFile
from gateway.services.payables.read_fates import PaymentFate
from gateway.web.payments.payment_answers import instant, money

_SHOWN = 4


def message_document(message: BankMessage, *, repeated: bool = False) -> dict[str, Any]:
    """Return a message without its content."""
    return {
        "id": str(message.id),
        "kind": message.kind,
        "name": message.name,
        "sha256": message.sha256,
        "received_at": instant(message.received_at),
        "applied": message.applied,
        "outcome": message.outcome,
        "repeated": repeated,
    }


def task_document(task: BankTask) -> dict[str, Any]:
    """Return a task."""
    return {
        "id": str(task.id),
        "kind": task.kind.value,
        "opened_at": instant(task.opened_at),
        "message_id": None if task.message_id is None else str(task.message_id),
        "detail": dict(task.detail or {}),
        "closed_at": None if task.closed_at is None else instant(task.closed_at),
        "closed_by": task.closed_by,
        "note": task.note,
    }


def decision_document(decision: BankDecision) -> dict[str, Any]:
    """Return a decision."""
    return {
        "id": str(decision.id),
        "kind": decision.kind.value,
        "by": decision.actor,
        "reason": decision.reason,
        "at": instant(decision.at),
        "detail": dict(decision.detail or {}),
    }


def fate_document(fate: PaymentFate) -> dict[str, Any]:
    """Return the story of one payment."""
    order, payee = fate.order, fate.order.payee
    number = payee.iban or payee.other_id
    return {
        "end_to_end_id": order.end_to_end_id,
        "run_id": str(fate.run.id),
        "run_number": fate.run.number,
        "state": order.state.value,
        "amount": money(order.amount),
        "execute_on": order.execute_on.isoformat(),
        "payee": {"name": payee.name, "account": f"{payee.country} ... {number[-_SHOWN:]}"},
        "invoices": [
            {
                "payable_id": str(part.payable_id),
                "number": part.number,
                "amount": money(part.amount),
                "discount": money(part.discount),
                "credit": part.credit,
            }
            for part in order.allocations
        ],
        "reason_code": order.reason_code,
        "reason_text": order.reason_text,
        "reason_class": fate.reason_class,
        "payee_check": order.payee_check,
        "payee_check_name": order.payee_check_name,
        "events": [_event(event) for event in fate.events],
        "tasks": [task_document(task) for task in fate.tasks],
        "decisions": [decision_document(decision) for decision in fate.decisions],
    }


def file_document(waiting: WaitingFile) -> dict[str, Any]:
    """Return a file that is not surely with a bank."""
    file = waiting.file
    return {
        "run_id": str(waiting.run.id),
        "run_number": waiting.run.number,
        "file_no": file.file_no,
        "bank_account": file.bank_account_id,
        "name": file.remote_name,
        "sha256": file.sha256,
        "orders": file.orders,
        "state": file.state.value,
        "note": file.note,
        "by_hand": not waiting.channel,
    }


def _event(event: RunEvent) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "actor": event.actor,
        "at": instant(event.at),
        "reason": event.reason,
        "message_id": None if event.evidence is None else str(event.evidence),
        "detail": dict(event.detail or {}),
    }
