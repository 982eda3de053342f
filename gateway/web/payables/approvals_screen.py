"""The screens of those who approve: what waits, and one payable with what speaks for and against it. They only show."""

import uuid

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.iban import Iban, iban_in_groups
from gateway.domain.ids import PayableId
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.signs import HIGH_FROM, NORMAL_FROM, Sign, SignKind
from gateway.domain.payables.supplier import SupplierAccount
from gateway.domain.payables.supplier_checks import account_for_log
from gateway.services.payables.read_approvals import ApprovalView
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.payables.approvals_api import services
from gateway.web.screens import words

_SCRIPT_TEXTS = ("approval.", "error.", "hint.", "till.offline")

pages = Blueprint("approvals_screen", __name__)


@pages.get("/approvals")
@requires(Permission.PAYABLES_READ)
def approvals() -> str:
    """Show what waits for the reader, or for everybody, the earliest due first."""
    who, read = caller(), services().read
    may = Permission.PAYABLES_APPROVE in who.permissions
    rows = read.waiting(who, mine=False)
    mine = tuple(row for row in rows if row.mine)
    show = request.args.get("show", "mine" if may else "all")
    return render_template(
        "payables/approvals.html",
        rows=rows if show == "all" else mine,
        show="all" if show == "all" else "mine",
        counts={"mine": len(mine), "all": len(rows)},
        emergencies=read.emergencies(who),
        may_approve=may,
        zone=current().settings.zone,
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/approvals/next")
@requires(Permission.PAYABLES_READ)
def next_approval() -> BaseResponse:
    """Lead to the next payable the reader can approve, or to the list when none is left."""
    after = request.args.get("after", "")
    mine = services().read.waiting(caller(), mine=True)
    waiting = next((row.payable.id for row in mine if str(row.payable.id) != after), None)
    return redirect("/approvals" if waiting is None else f"/approvals/{waiting}", 303)


@pages.get("/approvals/<uuid:payable_id>")
@requires(Permission.PAYABLES_READ)
def approval(payable_id: uuid.UUID) -> str:
    """Show one payable as an approver sees it."""
    who = caller()
    view = services().read.view(who, PayableId(payable_id))
    return render_template(
        "payables/approval.html",
        view=view,
        one=view.payable,
        account=_account(view.account, who),
        account_new=_is_new(view),
        other_account=any(sign.kind is SignKind.ACCOUNT_DIFFERS for sign in view.found.signs),
        signs=[(sign, sign_tone(sign), sign_words(sign)) for sign in view.found.signs],
        waits=view.payable.state in (PayableState.MATCHED, PayableState.PART_PAID),
        suspect=view.payable.state is PayableState.DUPLICATE_SUSPECT,
        granted=view.standing is not None and view.standing.granted and view.standing.digest == view.digest,
        to_review=view.standing is not None and view.standing.emergency and not view.standing.reviewed,
        may_approve=Permission.PAYABLES_APPROVE in who.permissions,
        may_work=Permission.PAYABLES_WORK in who.permissions,
        may_documents=Permission.DOCUMENTS_READ in who.permissions,
        emergency=services().approve.policy.emergency,
        bytes_max=services().talk.bytes_max,
        zone=current().settings.zone,
        texts=words().part(*_SCRIPT_TEXTS),
    )


def sign_words(sign: Sign) -> str:
    """Return a sign in words with its figures."""
    return words()(f"sign.{sign.kind.value}", **sign.values)


def sign_tone(sign: Sign) -> str:
    """Return how loud a sign is shown: ``stop``, ``wait`` or ``still``."""
    return "stop" if sign.score >= HIGH_FROM else "wait" if sign.score >= NORMAL_FROM else "still"


def _account(account: SupplierAccount | None, who: Caller) -> str:
    if account is None:
        return ""
    if Permission.PAYABLES_APPROVE not in who.permissions:
        return account_for_log(account)
    return iban_in_groups(Iban(account.iban)) if account.iban else account.other_id


def _is_new(view: ApprovalView) -> bool:
    until = None if view.account is None else view.account.cooling_until
    return until is not None and until >= current().clock.now().astimezone(current().settings.zone).date()
