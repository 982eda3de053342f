"""The use cases of approvals, as the routes need them."""

from dataclasses import dataclass

from gateway.services.payables.approval_rules import KeepApprovalRules
from gateway.services.payables.approve_payables import ApprovePayables
from gateway.services.payables.clear_duplicates import ClearDuplicates
from gateway.services.payables.comment_payable import CommentPayable
from gateway.services.payables.delegate_approvals import DelegateApprovals
from gateway.services.payables.find_signs import FindSigns
from gateway.services.payables.read_approvals import ReadApprovals
from gateway.services.payables.remind_approvers import RemindApprovers


@dataclass(frozen=True, slots=True)
class ApprovalServices:
    """One field for each use case."""

    signs: FindSigns
    approve: ApprovePayables
    read: ReadApprovals
    clear: ClearDuplicates
    rules: KeepApprovalRules
    delegate: DelegateApprovals
    talk: CommentPayable
    remind: RemindApprovers
