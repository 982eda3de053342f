"""The screens of rules, limits and delegations, and the question who would have to approve. They only show."""

import uuid

from flask import Blueprint, render_template, request

from gateway.domain.access import ROLE_PERMISSIONS, Permission
from gateway.domain.errors import GatewayError
from gateway.domain.ids import PayableId
from gateway.domain.payables.signs import Risk, SignKind
from gateway.services.payables.read_approvals import WhoWould
from gateway.web.auth import caller, requires, signed_in
from gateway.web.container import current
from gateway.web.payables.approval_answers import limit_told, rule_told
from gateway.web.payables.approvals_api import services
from gateway.web.payables.approvals_screen import sign_words
from gateway.web.screens import words

_SCRIPT_TEXTS = ("approval.", "error.", "hint.", "till.offline")

pages = Blueprint("rules_screen", __name__)


@pages.get("/approval-rules")
@signed_in
def rules() -> str:
    """Show the rules with their limits, and who would have to approve a payable (``payable``: its id)."""
    who = caller()
    book = services().rules.book(who)
    with current().storage.read() as unit:
        people = unit.access.people(who.tenant_id, who.store_id)
    approvers = [one for one in people if Permission.PAYABLES_APPROVE in ROLE_PERMISSIONS[one.role]]
    asked = request.args.get("payable", "").strip()
    tested, problem = _tested(asked) if asked else (None, None)
    return render_template(
        "payables/approval_rules.html",
        rules=[rule_told(one) for one in book.rules],
        limits=[limit_told(one) for one in book.limits],
        changes=book.changes[:20],
        names={str(one.id): one.login for one in people},
        approvers=approvers,
        signs=[kind.value for kind in SignKind],
        risks=[risk.value for risk in Risk],
        may_manage=Permission.PEOPLE_MANAGE in who.permissions,
        may_look=Permission.PAYABLES_READ in who.permissions,
        asked=asked,
        tested=tested,
        tested_signs=[sign_words(one) for one in tested.found.signs] if tested else [],
        problem=problem,
        currency=current().settings.currency.code,
        zone=current().settings.zone,
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/approvals/delegations")
@requires(Permission.PAYABLES_READ)
def delegations() -> str:
    """Show who stands in for whom."""
    who = caller()
    with current().storage.read() as unit:
        people = unit.access.people(who.tenant_id, who.store_id)
    others = [
        one
        for one in people
        if one.id != who.id and not one.disabled and Permission.PAYABLES_APPROVE in ROLE_PERMISSIONS[one.role]
    ]
    return render_template(
        "payables/approval_delegations.html",
        delegations=services().delegate.list(who),
        names={one.id: one.name for one in people},
        others=others,
        me=who.id,
        today=current().clock.now().astimezone(current().settings.zone).date(),
        may_approve=Permission.PAYABLES_APPROVE in who.permissions,
        texts=words().part(*_SCRIPT_TEXTS),
    )


def _tested(asked: str) -> tuple[WhoWould | None, GatewayError | None]:
    """Return who would have to approve; what is asked for may be the address of a payable."""
    try:
        payable_id = PayableId(uuid.UUID(asked.rstrip("/").rpartition("/")[2]))
    except ValueError:
        payable_id = PayableId(uuid.UUID(int=0))
    try:
        return services().read.who_would(caller(), payable_id), None
    except GatewayError as error:
        return None, error
