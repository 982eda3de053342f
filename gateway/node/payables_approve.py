"""Builds signs and approvals: a part of the composition root."""

from gateway.configuration.settings import Settings
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.payables.signs_account import AccountLimits
from gateway.ports.announcer import Announcer
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.enqueue_bills import EnqueueBills
from gateway.services.payables.advance_payable import AdvancePayable
from gateway.services.payables.approval_people import ApprovalPolicy
from gateway.services.payables.approval_rules import KeepApprovalRules
from gateway.services.payables.approve_payables import ApprovePayables
from gateway.services.payables.clear_duplicates import ClearDuplicates
from gateway.services.payables.comment_payable import CommentPayable
from gateway.services.payables.delegate_approvals import DelegateApprovals
from gateway.services.payables.find_signs import FindSigns
from gateway.services.payables.hold_payable import Releases
from gateway.services.payables.mail_people import MailPeople
from gateway.services.payables.read_approvals import ReadApprovals
from gateway.services.payables.remind_approvers import RemindApprovers, ReminderRules
from gateway.web.payables.approval_services import ApprovalServices


def make_signs(settings: Settings) -> FindSigns:
    """Return what looks for signs."""
    chosen = settings.payables.approvals
    return FindSigns(AccountLimits(chosen.first_payment_max, chosen.new_supplier_days), zone=settings.shop.zone())


def mail_people(settings: Settings, clock: Clock) -> MailPeople:
    """Return what tells people by mail what waits for them."""
    return MailPeople(clock=clock, language=settings.shop.language, set_up=bool(settings.mail.host))


def make_approve(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    announcer: Announcer,
    *,
    signs: FindSigns,
    matched: Releases,
    bills: EnqueueBills,
) -> ApprovePayables:
    """Return what approves. ``matched``: gives back what a rejected payable took of orders; ``bills``: tells ERPs."""
    chosen = settings.payables.approvals
    policy = ApprovalPolicy(
        usual_approvers=chosen.usual_approvers,
        emergency=chosen.emergency,
        one_person=chosen.one_person,
        zone=settings.shop.zone(),
    )
    return ApprovePayables(
        storage=storage, clock=clock, signs=signs, policy=policy, announcer=announcer, matched=matched, bills=bills
    )


def make_approval_services(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    announcer: Announcer,
    *,
    signs: FindSigns,
    approve: ApprovePayables,
    advance: AdvancePayable,
) -> ApprovalServices:
    """Return the use cases of approvals."""
    chosen = settings.payables.approvals
    return ApprovalServices(
        signs=signs,
        approve=approve,
        read=ReadApprovals(storage=storage, clock=clock, approve=approve),
        clear=ClearDuplicates(storage=storage, clock=clock, advance=advance),
        rules=KeepApprovalRules(storage=storage, clock=clock),
        delegate=DelegateApprovals(storage=storage, clock=clock, zone=settings.shop.zone()),
        talk=CommentPayable(storage=storage, clock=clock, bytes_max=chosen.attachment_mb_max * 1024**2),
        remind=RemindApprovers(
            storage=storage,
            clock=clock,
            approve=approve,
            announcer=announcer,
            mail=mail_people(settings, clock),
            rules=ReminderRules(chosen.waiting_days, chosen.due_days),
            tenant_id=TenantId(settings.shop.tenant),
            store_id=StoreId(settings.shop.store),
        ),
    )
