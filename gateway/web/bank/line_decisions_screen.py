"""Screens of decisions over many lines: the certain ones, write-offs of others, and what was learned."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request

from gateway.domain.access import Permission
from gateway.domain.bank.bank_statement import StatementLine
from gateway.services.bank.learn_rules import RuleProposal
from gateway.web.auth import caller, requires
from gateway.web.bank.desk_screen import SCRIPT_TEXTS
from gateway.web.bank.learned_words import learned_view
from gateway.web.bank.line_access import account_choices, lines
from gateway.web.bank.line_words import MatchView, because, match_view
from gateway.web.screens import words
from gateway.web.words import Words

pages = Blueprint("line_decisions", __name__)


@dataclass(frozen=True, slots=True)
class SampleView:
    """One of the certain lines, with what explains it."""

    line: StatementLine
    title: str
    because: str


@dataclass(frozen=True, slots=True)
class WriteOffView:
    """A write-off that waits. ``own``: the reader asked for it, so somebody else decides."""

    line: StatementLine
    match: MatchView
    own: bool


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A rule that is proposed. ``shown``: it was tried on history; ``wrong``: lines it would have got wrong."""

    id: str
    title: str
    evidence: str
    shown: bool
    outcome: str
    wrong: int
    lines: tuple[StatementLine, ...]


@pages.get("/bank/certain")
@requires(Permission.STATEMENTS_READ)
def certain() -> str:
    """Show what would be accepted at once: how many, their sums by kind, some of them."""
    who, text = caller(), words()
    account, through = request.args.get("account", ""), request.args.get("through", "")
    preview = lines().certain.preview(who, account or None, _day(through))
    return render_template(
        "bank/certain.html",
        preview=preview,
        kinds=preview.kinds,
        sample=[
            SampleView(
                row.line,
                text.translated("lines_kind", row.best.kind, ""),
                because(row.best, row.line.facts.amount.currency, text),
            )
            for row in preview.sample
            if row.best is not None
        ],
        accounts=account_choices(who),
        account=account,
        through=through if _day(through) else "",
        may_work=Permission.STATEMENTS_WORK in who.permissions,
        texts=text.part(*SCRIPT_TEXTS),
    )


@pages.get("/bank/approvals")
@requires(Permission.STATEMENTS_READ)
def approvals() -> str:
    """Show the write-offs that wait for a second person."""
    who, text = caller(), words()
    rows = [
        WriteOffView(
            row.line,
            match_view(row.best, row.line, {}, {}, text),
            own=who.name in (row.best.made_by, row.best.decided_by),
        )
        for row in lines().read.awaiting(who)
        if row.best is not None
    ]
    return render_template(
        "bank/approvals.html",
        rows=rows,
        may_approve=Permission.STATEMENTS_APPROVE in who.permissions,
        texts=text.part(*SCRIPT_TEXTS),
    )


@pages.get("/bank/rules")
@requires(Permission.STATEMENTS_READ)
def rules() -> str:
    """Show what is proposed, tried on history where asked for, the rules in use, and learned habits and fees."""
    who, text = caller(), words()
    asked, habit = request.args.get("preview", ""), request.args.get("learned", "")
    return render_template(
        "bank/rules.html",
        proposals=[_proposal(one, text, shown=str(one.id) == asked) for one in lines().learn.proposals(who)],
        rules=lines().learn.rules(who),
        learned=[learned_view(one, text, shown=str(one.id) == habit) for one in lines().learned.list(who)],
        may_work=Permission.STATEMENTS_WORK in who.permissions,
        texts=text.part(*SCRIPT_TEXTS),
    )


def _proposal(proposal: RuleProposal, text: Words, *, shown: bool) -> ProposalView:
    title = text("lines_proposal.coding", name=" … ".join(proposal.words), value=proposal.account_code)
    evidence = text("lines.rule_seen", n=proposal.times)
    if not shown:
        return ProposalView(str(proposal.id), title, evidence, shown=False, outcome="", wrong=0, lines=())
    preview = lines().learn.preview(caller(), proposal.id)
    outcome = text("lines.rule_outcome", explained=preview.explained, wrong=preview.wrong)
    return ProposalView(str(proposal.id), title, evidence, True, outcome, preview.wrong, preview.lines)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
