"""Decisions of ERPs about invoices, from the shape of the API and back."""

from gateway.domain.access import Caller
from gateway.ports.unit_of_work import StoredAnswer
from gateway.services.erp.take_approval import ErpDecision
from gateway.services.payables.approval_votes import Outcome
from gateway.web.erp.door_services import DoorServices
from gateway.web.erp.erp_shapes import ErpApprovalRequest
from gateway.web.payments.payment_answers import to_json


def taken(doors: DoorServices, caller: Caller, account: str, body: ErpApprovalRequest) -> tuple[StoredAnswer, bool]:
    """Count a decision; return the answer as JSON, and whether it was given before."""
    decision = ErpDecision(
        id=body.id,
        verdict=body.verdict,
        user=body.user,
        payable_id=body.payable_id or "",
        document_key=body.document_key or "",
        digest=body.digest or "",
        reason=body.reason or "",
    )
    return doors.approvals.take(caller, account, decision, _outcome)


def _outcome(outcome: Outcome) -> bytes:
    return to_json(
        {
            "payable_id": str(outcome.payable.id),
            "state": outcome.payable.state.value,
            "counted": outcome.counted,
            "missing": sum(one.demand.approvers - one.given for one in outcome.missing),
        }
    )
