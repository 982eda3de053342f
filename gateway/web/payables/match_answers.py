"""Matches, coding rules and contracts as the API tells them; screens use the same."""

from typing import Any

from gateway.domain.money import Money
from gateway.services.payables.decide_match import MatchView
from gateway.services.payables.manage_contracts import ContractView, RuleView
from gateway.services.payables.match_told import told_coding
from gateway.web.payments.payment_answers import instant, money


def match_document(view: MatchView) -> dict[str, Any]:
    """Return the last match of a payable with decisions and suggestions."""
    record = view.record
    lines = [] if record is None else record.told["lines"]
    return {
        "payable_id": str(view.payable.id),
        "state": view.payable.state.value,
        "version": view.payable.version,
        "outcome": None if record is None else record.outcome.value,
        "lines": [line | {"suggestions": _suggestions(view, line["line_no"])} for line in lines],
        "decisions": [
            {
                "id": str(one.id),
                "kind": one.kind.value,
                "line_no": one.line_no,
                "detail": dict(one.detail),
                "reason": one.reason,
                "actor": one.actor,
                "at": instant(one.at),
            }
            for one in view.decisions
        ],
        "history": [
            {"sequence": one.sequence, "outcome": one.outcome.value, "actor": one.actor, "at": instant(one.at)}
            for one in view.history
        ],
    }


def rule_document(view: RuleView) -> dict[str, Any]:
    """Return a coding rule with its evidence."""
    rule = view.rule
    return {
        "id": str(rule.id),
        "supplier_id": str(rule.supplier_id),
        "supplier": "" if view.supplier is None else view.supplier.name,
        "words": list(rule.words),
        "least": money(rule.least),
        "most": money(rule.most),
        "coding": told_coding(rule.coding),
        "state": rule.state.value,
        "evidence": [
            {
                "payable_id": str(one.payable_id),
                "text": one.text,
                "amount": money(one.amount),
                "actor": one.actor,
                "at": instant(one.at),
            }
            for one in view.evidence
        ],
        "created_at": instant(rule.created_at),
        "decided_by": rule.decided_by,
        "reason": rule.reason,
    }


def contract_document(view: ContractView) -> dict[str, Any]:
    """Return a contract with what it has billed in all."""
    contract = view.contract
    billed = Money(sum(use.amount.minor for use in view.uses), contract.price.currency)
    return {
        "id": str(contract.id),
        "supplier_id": str(contract.supplier_id),
        "supplier": "" if view.supplier is None else view.supplier.name,
        "name": contract.name,
        "price": money(contract.price),
        "period": contract.period.value,
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": None if contract.ends_on is None else contract.ends_on.isoformat(),
        "cancelled_on": None if contract.cancelled_on is None else contract.cancelled_on.isoformat(),
        "cap": None if contract.cap is None else money(contract.cap),
        "words": list(contract.words),
        "coding": told_coding(contract.coding),
        "billed": money(billed),
        "created_by": contract.created_by,
    }


def _suggestions(view: MatchView, line_no: int) -> list[dict[str, Any]]:
    return [
        {
            "account_code": one.coding.account_code,
            "cost_centre": one.coding.cost_centre,
            "tax_code": one.coding.tax_code,
            "times": one.times,
            "like": one.like,
        }
        for one in view.suggestions.get(line_no, ())
    ]
