"""The matching desk: lines of statements left, what explains the chosen one right. It shows; the API changes."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from gateway.domain.access import Permission
from gateway.domain.bank.bank_statement import UNEXPLAINED, LineState, StatementLine, StatementLineId
from gateway.domain.bank.line_match import LineMatch, MatchState
from gateway.domain.bank.matching_run import RunState
from gateway.domain.bank.open_item import OpenItemId
from gateway.ports.statement_store import LineWish
from gateway.services.bank.read_lines import LineRow, LineView
from gateway.web.auth import caller, requires
from gateway.web.bank.line_access import account_choices, lines
from gateway.web.bank.line_words import MatchView, because, candidate_view, match_view, reason_view
from gateway.web.screens import words
from gateway.web.words import Words

ROWS = 60
ADJUSTMENTS = ("fee", "discount", "withholding", "over", "fx", "terminal_rent", "coded")
"""What a difference may be called by hand, the likeliest first."""
SCRIPT_TEXTS = ("lines.script_", "lines.adjust_", "error.", "hint.", "till.offline")
_SHOWS: Mapping[str, tuple[LineState, ...]] = {
    "left": UNEXPLAINED,
    "open": (LineState.OPEN,),
    "suggested": (LineState.SUGGESTED,),
    "awaiting": (LineState.AWAITING,),
    "matched": (LineState.MATCHED,),
    "all": (),
}
_BARS = (LineState.MATCHED, LineState.SUGGESTED, LineState.AWAITING, LineState.OPEN)
_BAR_WIDTH = 1000
_FIND_MAX = 120
_SHOWN = 4

pages = Blueprint("bank_desk", __name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the desk shows, as its address says."""

    show: str
    account: str
    find: str
    from_day: str
    to_day: str
    after: str

    def address(self, **changes: str) -> str:
        """Return the address of the desk with some of it changed; what is empty is left out."""
        told = {
            "show": self.show,
            "account": self.account,
            "q": self.find,
            "from": self.from_day,
            "to": self.to_day,
            "after": self.after,
        }
        kept = {name: value for name, value in (told | changes).items() if value}
        return f"/bank?{urlencode(kept)}"

    def wish(self) -> LineWish:
        """Return what is asked of the lines."""
        return LineWish(
            account=self.account or None,
            states=_SHOWS[self.show],
            from_day=_day(self.from_day),
            to_day=_day(self.to_day),
            find=self.find,
            after=_line_id(self.after),
            limit=ROWS,
        )


@dataclass(frozen=True, slots=True)
class RowView:
    """A line in the list. ``best``: what explains it, in a few words."""

    line: StatementLine
    address: str
    best: str
    certain: bool


@dataclass(frozen=True, slots=True)
class StateBar:
    """A part of the bar above the list: of all lines so many in this state."""

    state: str
    count: int
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class StateChip:
    """A state to show, with its number of lines."""

    name: str
    count: int
    address: str


@pages.get("/bank")
@requires(Permission.STATEMENTS_READ)
def desk() -> str:
    """Show the lines that are left and the chosen one."""
    who, text, choice = caller(), words(), _choice()
    page = lines().read.page(who, choice.wish())
    asked = _line_id(request.args.get("line", ""))
    chosen = asked or (page.rows[0].line.id if page.rows else None)
    counts = {state: page.counts.get(state, 0) for state in LineState}
    view = None if chosen is None else lines().read.view(who, chosen)
    may_work = Permission.STATEMENTS_WORK in who.permissions
    return render_template(
        "bank/desk.html",
        address=choice.address(),
        show=choice.show,
        account=choice.account,
        q=choice.find,
        from_day=choice.from_day,
        to_day=choice.to_day,
        accounts=account_choices(who),
        total=sum(counts.values()),
        bars=_bars(counts),
        chips=_chips(choice, counts),
        lines=[_row(one, choice, text) for one in page.rows],
        sums=page.sums,
        older=choice.address(after=str(page.after)) if page.after else "",
        chosen=chosen,
        rules=[one for one in lines().learn.rules(who) if one.active] if may_work else [],
        account_codes=sorted({one.account_code for one in lines().learn.rules(who)}) if may_work else [],
        texts=text.part(*SCRIPT_TEXTS),
        run=_under_way(),
        **_panel(view, text, may_work=may_work),
    )


@pages.get("/bank/lines/<uuid:line_id>/panel")
@requires(Permission.STATEMENTS_READ)
def panel(line_id: uuid.UUID) -> str:
    """Show one line alone, for the desk to put in."""
    who = caller()
    view = lines().read.view(who, StatementLineId(line_id))
    may_work = Permission.STATEMENTS_WORK in who.permissions
    return render_template("bank/panel.html", **_panel(view, words(), may_work=may_work))


@pages.get("/bank/lines/<uuid:line_id>/candidates")
@requires(Permission.STATEMENTS_READ)
def candidates(line_id: uuid.UUID) -> str:
    """Show the open items that were searched."""
    who, text = caller(), words()
    found = lines().read.candidates(who, StatementLineId(line_id), request.args.get("q", "")[:_FIND_MAX])
    return render_template(
        "bank/candidates.html",
        candidates=[candidate_view(one, text) for one in found],
        may_work=Permission.STATEMENTS_WORK in who.permissions,
    )


@pages.get("/bank/lines/<uuid:line_id>/why-not/<uuid:item_id>")
@requires(Permission.STATEMENTS_READ)
def why_not(line_id: uuid.UUID, item_id: uuid.UUID) -> str:
    """Show what speaks for and against one open item."""
    who, text = caller(), words()
    reasons = lines().match.why_not(who, StatementLineId(line_id), OpenItemId(item_id))
    currency = lines().read.view(who, StatementLineId(line_id)).line.facts.amount.currency
    return render_template("bank/why_not.html", told=[reason_view(one, currency, text) for one in reasons])


def _under_way() -> str:
    """Return the run of matching that is worked or waits, empty where there is none."""
    found = lines().runs.latest(caller())
    return str(found.id) if found is not None and found.state in (RunState.WAITING, RunState.RUNNING) else ""


def _choice() -> Choice:
    asked = request.args
    show = asked.get("show", "left")
    return Choice(
        show=show if show in _SHOWS else "left",
        account=asked.get("account", "")[:_FIND_MAX],
        find=asked.get("q", "").strip()[:_FIND_MAX],
        from_day=asked.get("from", "") if _day(asked.get("from", "")) else "",
        to_day=asked.get("to", "") if _day(asked.get("to", "")) else "",
        after=asked.get("after", "") if _line_id(asked.get("after", "")) else "",
    )


def _panel(view: LineView | None, text: Words, *, may_work: bool) -> dict[str, Any]:
    if view is None:
        return {"view": None, "may_work": may_work}
    told = [(one, match_view(one, view.line, view.items, view.others, text)) for one in view.matches]
    settled = next((shown for one, shown in told if one.state in (MatchState.ACCEPTED, MatchState.AWAITING)), None)
    explained = view.line.state not in UNEXPLAINED or settled is not None
    suggestions = [shown for one, shown in told if one.state is MatchState.SUGGESTED and not explained]
    live = {shown.id for shown in (*suggestions, *((settled,) if settled else ()))}
    return {
        "view": view,
        "facts": _facts(view.line, text),
        "settled": settled,
        "closed": explained,
        "suggestions": suggestions,
        "history": _history(view, [shown for _, shown in told if shown.id not in live]),
        "candidates": [candidate_view(one, text) for one in view.candidates],
        "adjustments": ADJUSTMENTS,
        "may_work": may_work,
    }


def _history(view: LineView, decided: list[MatchView]) -> list[MatchView]:
    """Return what a person or the engine decided; proposals that were only replaced say nothing."""
    kept = {str(one.id) for one in view.matches if one.state is not MatchState.SUPERSEDED}
    return [one for one in decided if one.id in kept]


def _row(row: LineRow, choice: Choice, text: Words) -> RowView:
    return RowView(
        line=row.line,
        address=choice.address(line=str(row.line.id)),
        best="" if row.best is None else _short(row.best, row.line, text),
        certain=row.best is not None and row.best.certain,
    )


def _short(match: LineMatch, line: StatementLine, text: Words) -> str:
    title = text.translated("lines_kind", match.kind, "")
    why = because(match, line.facts.amount.currency, text)
    return f"{title}: {why}" if why else title


def _facts(line: StatementLine, text: Words) -> list[tuple[str, str]]:
    facts = line.facts
    account = f"{facts.iban[:2]} … {facts.iban[-_SHOWN:]}" if len(facts.iban) > 2 * _SHOWN else facts.iban
    told = (
        ("account", account),
        ("end_to_end", facts.end_to_end_id),
        ("references", ", ".join(facts.references)),
        ("batch", facts.batch_id),
        ("bank_code", facts.bank_code),
        ("return", facts.return_reason),
        ("original", text.money(facts.original) if facts.original else ""),
    )
    return [(name, value) for name, value in told if value]


def _bars(counts: Mapping[LineState, int]) -> list[StateBar]:
    total = sum(counts[state] for state in _BARS)
    bars, start = [], 0
    for state in _BARS:
        width = counts[state] * _BAR_WIDTH // total if total else 0
        bars.append(StateBar(state.value, counts[state], start, width))
        start += width
    return bars


def _chips(choice: Choice, counts: Mapping[LineState, int]) -> list[StateChip]:
    return [
        StateChip(name, sum(counts[state] for state in states or LineState), choice.address(show=name, after=""))
        for name, states in _SHOWS.items()
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _line_id(text: str) -> StatementLineId | None:
    try:
        return StatementLineId(uuid.UUID(text)) if text else None
    except ValueError:
        return None
