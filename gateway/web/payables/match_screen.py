"""Screens of matching: one payable side by side with order and receipt, the coding rules, the contracts."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from gateway.domain.access import Permission
from gateway.domain.ids import PayableId
from gateway.domain.payables.coding import RuleState
from gateway.domain.payables.matching_result import UNPAIRED_ISSUES, WAITING_ISSUES
from gateway.domain.payables.payable import PayableState
from gateway.services.payables.decide_match import MatchView
from gateway.services.payables.manage_contracts import RULE_MOVES
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.payables.match_answers import contract_document, match_document, rule_document
from gateway.web.screens import words
from gateway.web.words import Words

_SCRIPT_TEXTS = ("match.", "error.", "hint.", "till.offline")
_OPEN = frozenset({PayableState.VALIDATED, PayableState.EXCEPTION})
_SUPPLIERS_OFFERED = 100

pages = Blueprint("match_screen", __name__)


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check in words. ``tone``: ok, wait (goods may still come) or stop; ``may_accept``: with a reason."""

    key: str
    words: str
    tone: str
    may_accept: bool
    accepted: bool


@dataclass(frozen=True, slots=True)
class LineView:
    """One line: as told by the API, with its checks in words and why it was paired so."""

    told: dict[str, Any]
    checks: tuple[CheckView, ...]
    reason: str
    by_hand: bool
    open: bool


@dataclass(frozen=True, slots=True)
class OrderChoice:
    """An order line to pair with."""

    value: str
    label: str


@pages.get("/payables/<uuid:payable_id>/match")
@requires(Permission.PAYABLES_READ)
def side_by_side(payable_id: uuid.UUID) -> str:
    """Show what is billed beside what was ordered and has arrived, difference by difference."""
    who, text = caller(), words()
    view = current().till.payables.matching.decide.read(who, PayableId(payable_id))
    document = match_document(view)
    is_open = view.payable.state in _OPEN
    lines = tuple(_line(one, text) for one in document["lines"])
    return render_template(
        "payables/match.html",
        view=view,
        document=document,
        lines=lines,
        left=sum(1 for line in lines for check in line.checks if check.tone != "ok" and not check.accepted),
        choices=_choices(view),
        may_work=is_open and Permission.PAYABLES_WORK in who.permissions,
        texts=text.part(*_SCRIPT_TEXTS),
    )


@pages.get("/payables/coding-rules")
@requires(Permission.PAYABLES_READ)
def coding_rules() -> str:
    """Show what was learned of how people code, and what is used."""
    who, text = caller(), words()
    rules = [
        (rule_document(one), [state.value for state in RuleState if state in RULE_MOVES[one.rule.state]])
        for one in current().till.payables.matching.contracts.rules(who)
    ]
    return render_template(
        "payables/coding_rules.html",
        rules=rules,
        may_work=Permission.PAYABLES_WORK in who.permissions,
        texts=text.part(*_SCRIPT_TEXTS),
    )


@pages.get("/payables/contracts")
@requires(Permission.PAYABLES_READ)
def contracts() -> str:
    """Show the contracts with what they have billed, and take new ones."""
    container, who, text = current(), caller(), words()
    found = [contract_document(one) for one in container.till.payables.matching.contracts.contracts(who)]
    with container.storage.read() as unit:
        suppliers = unit.suppliers.list(who.tenant_id, who.store_id, limit=_SUPPLIERS_OFFERED)
    return render_template(
        "payables/contracts.html",
        contracts=found,
        suppliers=suppliers,
        may_work=Permission.PAYABLES_WORK in who.permissions,
        texts=text.part(*_SCRIPT_TEXTS),
    )


def _line(told: dict[str, Any], text: Words) -> LineView:
    return LineView(
        told=told,
        checks=tuple(_check(one, text) for one in told["checks"]),
        reason=text(f"match.reason_{told['reason']}"),
        by_hand=told["reason"] == "by_hand",
        open=told["role"] in ("open", "unpaired"),
    )


def _check(told: dict[str, Any], text: Words) -> CheckView:
    issue = told["issue"]
    figures = {name: told[name] for name in ("expected", "actual", "limit", "subject")}
    if told["ok"]:
        said = text("match.ok_check", what=text(f"match.check_{issue}"), **figures)
    elif issue == "contract":
        said = text(f"match.{told['subject']}", **figures)
    else:
        said = text(f"match.issue_{issue}", **figures)
    tone = "ok" if told["ok"] else "wait" if issue in WAITING_ISSUES else "stop"
    return CheckView(
        key=told["key"],
        words=said,
        tone=tone,
        may_accept=not told["ok"] and issue not in UNPAIRED_ISSUES,
        accepted=told["accepted"],
    )


def _choices(view: MatchView) -> tuple[OrderChoice, ...]:
    return tuple(
        OrderChoice(
            f"{order.id} {line.line_no}",
            f"{order.number} / {line.line_no} · {line.text} · {line.quantity:f} × {line.price:f} {order.currency}",
        )
        for order in view.orders
        for line in order.lines
    )
