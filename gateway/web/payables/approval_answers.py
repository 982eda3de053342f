"""Approvals as the API tells them; the screens use the same."""

from collections.abc import Sequence
from typing import Any

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.iban import Iban, iban_in_groups
from gateway.domain.money import Currency, Money
from gateway.domain.payables.approval import ApprovalEntry, ApprovalLimit, Attachment, Comment, Delegation
from gateway.domain.payables.approval_count import Missing, votes_for
from gateway.domain.payables.approval_rules import ApprovalRule
from gateway.domain.payables.payable import Payable
from gateway.domain.payables.signs import Sign
from gateway.domain.payables.supplier import SupplierAccount
from gateway.domain.payables.supplier_checks import account_for_log
from gateway.services.payables.approval_votes import Outcome
from gateway.services.payables.read_approvals import ApprovalView, WaitingRow, WhoWould
from gateway.web.payments.payment_answers import instant, money


def sign_told(sign: Sign) -> dict[str, Any]:
    """Return one sign."""
    return {
        "kind": sign.kind.value,
        "score": sign.score,
        "values": dict(sign.values),
        "other_id": None if sign.other_id is None else str(sign.other_id),
    }


def missing_told(missing: Sequence[Missing]) -> list[dict[str, Any]]:
    """Return what is still asked."""
    return [
        {
            "rule": one.demand.rule,
            "approvers": one.demand.approvers,
            "given": one.given,
            "roles": [role.value for role in one.demand.roles],
            "people": [str(person) for person in one.demand.person_ids],
        }
        for one in missing
    ]


def waiting_told(row: WaitingRow) -> dict[str, Any]:
    """Return one payable of a list."""
    one = row.payable
    return {
        "id": str(one.id),
        "number": one.number,
        "supplier": row.supplier_name,
        "gross": money(one.gross),
        "due_on": one.due_on.isoformat(),
        "state": one.state.value,
        "risk": row.found.risk.value,
        "signs": len(row.found.signs),
        "waiting_since": instant(row.waiting_since),
        "missing": missing_told(row.missing),
        "mine": row.mine,
        "asked": row.asked,
    }


def emergency_told(payable: Payable, entry: ApprovalEntry) -> dict[str, Any]:
    """Return an emergency approval that nobody has reviewed."""
    return {
        "id": str(payable.id),
        "number": payable.number,
        "gross": money(payable.gross),
        "by": entry.actor,
        "at": instant(entry.at),
        "reason": entry.reason,
    }


def approval_told(view: ApprovalView, caller: Caller) -> dict[str, Any]:
    """Return one payable as an approver sees it; whole account numbers are for approvers alone."""
    one = view.payable
    counting = {vote.sequence for vote in votes_for(view.entries, view.digest)}
    logins = {person.id: person.login for person in view.for_people}
    return {
        "id": str(one.id),
        "state": one.state.value,
        "number": one.number,
        "supplier": view.supplier.name,
        "gross": money(one.gross),
        "due_on": one.due_on.isoformat(),
        "digest": view.digest,
        "account": None if view.account is None else account_told(view.account, caller),
        "risk": view.found.risk.value,
        "signs": [sign_told(sign) for sign in view.found.signs],
        "missing": missing_told(view.missing),
        "candidates": list(view.candidates),
        "entries": [
            {
                "sequence": entry.sequence,
                "kind": entry.kind.value,
                "actor": entry.actor,
                "for_person": ""
                if entry.for_person_id is None
                else logins.get(entry.for_person_id, str(entry.for_person_id)),
                "at": instant(entry.at),
                "reason": entry.reason,
                "counts": entry.sequence in counting,
            }
            for entry in view.entries
        ],
        "comments": [comment_told(comment) for comment in view.talk.comments],
        "attachments": [attachment_told(file) for file in view.talk.attachments],
        "refused": None
        if view.refused is None
        else {"code": view.refused.code, "message": view.refused.message, "hint": view.refused.hint},
        "for_people": [
            {"id": str(person.id), "login": person.login, "name": person.name} for person in view.for_people
        ],
    }


def account_told(account: SupplierAccount, caller: Caller) -> dict[str, Any]:
    """Return the account that would be paid to."""
    whole = iban_in_groups(Iban(account.iban)) if account.iban else account.other_id
    may_see = Permission.PAYABLES_APPROVE in caller.permissions
    return {
        "number": whole if may_see else account_for_log(account),
        "holder": account.holder,
        "country": account.country,
        "since": None if account.decided_at is None else instant(account.decided_at),
        "cooling_until": None if account.cooling_until is None else account.cooling_until.isoformat(),
    }


def comment_told(comment: Comment) -> dict[str, Any]:
    """Return one comment."""
    return {
        "id": str(comment.id),
        "kind": comment.kind.value,
        "text": comment.text,
        "actor": comment.actor,
        "at": instant(comment.at),
    }


def attachment_told(file: Attachment) -> dict[str, Any]:
    """Return one file."""
    return {
        "id": str(file.id),
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "actor": file.actor,
        "at": instant(file.at),
    }


def outcome_told(outcome: Outcome) -> dict[str, Any]:
    """Return what became of a vote."""
    return {
        "id": str(outcome.payable.id),
        "state": outcome.payable.state.value,
        "counted": outcome.counted,
        "missing": missing_told(outcome.missing),
    }


def who_told(who: WhoWould) -> dict[str, Any]:
    """Return who would have to approve."""
    return {
        "missing": missing_told(who.missing),
        "candidates": list(who.candidates),
        "excluded": list(who.excluded),
        "risk": who.found.risk.value,
        "signs": [sign_told(sign) for sign in who.found.signs],
    }


def rule_told(rule: ApprovalRule) -> dict[str, Any]:
    """Return a rule."""

    def amount(minor: int | None) -> str | None:
        return None if minor is None else Money(minor, Currency.of(rule.currency)).to_decimal()

    return {
        "id": str(rule.id),
        "version": rule.version,
        "name": rule.name,
        "approvers": rule.approvers,
        "position": rule.position,
        "active": rule.active,
        "currency": rule.currency,
        "from_amount": amount(rule.from_minor),
        "below_amount": amount(rule.below_minor),
        "supplier_id": None if rule.supplier_id is None else str(rule.supplier_id),
        "cost_centre": rule.cost_centre,
        "risk": None if rule.risk is None else rule.risk.value,
        "sign": None if rule.sign is None else rule.sign.value,
        "roles": [role.value for role in rule.roles],
        "people": [str(one) for one in rule.person_ids],
    }


def limit_told(limit: ApprovalLimit) -> dict[str, Any]:
    """Return a limit."""
    return {
        "person_id": str(limit.person_id),
        "currency": limit.currency,
        "each": None if limit.each is None else limit.each.to_decimal(),
        "per_day": None if limit.per_day is None else limit.per_day.to_decimal(),
    }


def delegation_told(one: Delegation) -> dict[str, Any]:
    """Return a delegation."""
    return {
        "id": str(one.id),
        "from_person": str(one.from_person_id),
        "to": str(one.to_person_id),
        "from_on": one.from_on.isoformat(),
        "until_on": one.until_on.isoformat(),
        "reason": one.reason,
        "created_by": one.created_by,
    }
