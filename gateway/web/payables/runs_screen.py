"""Payment runs on the screen: the list with what became of each, one run with its payments and cash, and the jobs."""

import uuid
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, render_template, request

from gateway.domain.access import Permission
from gateway.domain.errors import NotFound
from gateway.domain.ids import PaymentRunId
from gateway.domain.money import Money
from gateway.domain.payables.cash_curve import CashCurve, below_limit
from gateway.domain.payables.payment_order import FileState, OrderState, RunState
from gateway.services.payables.propose_run import RunWish
from gateway.services.payables.read_runs import HISTORY_MAX
from gateway.services.payables.run_left_out import TAKEABLE
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.screens import words

ROWS = 30
_WIDTH, _HEIGHT, _EDGE = 640, 200, 12
_SCRIPT_TEXTS = ("error.", "hint.", "till.offline", "runs.handed_of", "runs.seconds")
RUN_TONES = {
    RunState.PROPOSED: ("wait", "clock"),
    RunState.APPROVED: ("wait", "user-check"),
    RunState.RELEASED: ("ok", "upload"),
    RunState.SENT: ("ok", "upload"),
    RunState.DONE: ("ok", "circle-check"),
    RunState.DISCARDED: ("still", "x"),
}
ORDER_TONES = {
    OrderState.PLANNED: ("still", "clock"),
    OrderState.SENT: ("wait", "upload"),
    OrderState.AWAITING_PAYEE_CHECK: ("wait", "circle-help"),
    OrderState.PENDING: ("wait", "clock"),
    OrderState.ACCEPTED: ("ok", "check"),
    OrderState.EXECUTED: ("ok", "check"),
    OrderState.SETTLED: ("ok", "circle-check"),
    OrderState.REJECTED: ("stop", "ban"),
    OrderState.RETURNED: ("stop", "triangle-alert"),
    OrderState.CANCELLED: ("still", "x"),
}

pages = Blueprint("runs_screen", __name__)


@dataclass(frozen=True, slots=True)
class Plot:
    """A curve as it is drawn: points of the two lines, the height of the limit (None: none), the ends of the scale."""

    curve: CashCurve
    without: str
    with_run: str
    limit_y: int | None
    below: int
    low: Money
    high: Money


@pages.get("/payment-runs")
@requires(Permission.PAYABLES_READ)
def runs() -> str:
    """Show runs, newest first, and make a new one."""
    services, who = current().till.payables.runs, caller()
    asked = request.args.get("before", "")
    before = int(asked) if asked.isdecimal() and len(asked) < 10 else None
    found = services.read.list(who, before=before, limit=ROWS + 1)
    return render_template(
        "payables/runs.html",
        runs=found[:ROWS],
        next_before=found[ROWS - 1].run.number if len(found) > ROWS else None,
        tones=RUN_TONES,
        may_work=Permission.PAYABLES_WORK in who.permissions,
        today=services.desk.clock.now().astimezone(current().settings.zone).date().isoformat(),
        has_account=bool(services.desk.own()),
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/payment-runs/preview")
@requires(Permission.PAYABLES_READ)
def preview() -> str:
    """Show what a run of a date would pay and why it leaves the rest; nothing is stored."""
    services, who = current().till.payables.runs, caller()
    try:
        run_on = date.fromisoformat(request.args.get("run_on", ""))
    except ValueError:
        abort(404)
    seen = services.propose.preview(who, RunWish(run_on))
    view = services.read.shown(who, seen.run, seen.orders, seen.choice.left_out)
    return render_template(
        "payables/run_preview.html",
        view=view,
        run=view.run,
        plots=tuple(_plot(one) for one in view.curves),
        account_names={one.account.id: one.account.name for one in services.desk.own()},
        size=(_WIDTH, _HEIGHT),
        takeable=frozenset[str](),
        rows_max=HISTORY_MAX,
        as_day=date.fromisoformat,
        may_work=Permission.PAYABLES_WORK in who.permissions,
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/payment-runs/<run_id>")
@requires(Permission.PAYABLES_READ)
def run(run_id: str) -> str:
    """Show one run: what it pays and leaves out, its cash, its files, and what the bank made of it."""
    services, who = current().till.payables.runs, caller()
    try:
        view = services.read.one(who, PaymentRunId(uuid.UUID(run_id)))
    except (NotFound, ValueError):
        abort(404)
    state, mine = view.run.state, who.permissions
    return render_template(
        "payables/run.html",
        view=view,
        run=view.run,
        plots=tuple(_plot(one) for one in view.curves),
        account_names={one.account.id: one.account.name for one in services.desk.own()},
        size=(_WIDTH, _HEIGHT),
        tones=RUN_TONES,
        order_tones=ORDER_TONES,
        may_change=state is RunState.PROPOSED and Permission.PAYABLES_WORK in mine,
        may_discard=state in (RunState.PROPOSED, RunState.APPROVED) and Permission.PAYABLES_WORK in mine,
        may_approve=state is RunState.PROPOSED and Permission.RUNS_APPROVE in mine,
        may_release=state is RunState.APPROVED and Permission.RUNS_RELEASE in mine,
        files=(files := tuple(one for one in view.files if one.attempt == view.run.attempt)),
        handed_over=sum(1 for one in files if one.state is FileState.HANDED_OVER),
        takeable=TAKEABLE if state is RunState.PROPOSED and Permission.PAYABLES_WORK in mine else frozenset[str](),
        rows_max=HISTORY_MAX,
        as_day=date.fromisoformat,
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/payment-runs/jobs")
@requires(Permission.PAYABLES_READ)
def jobs() -> str:
    """Show what ran on which business date, and what each job does next."""
    services = current().till.payables.runs
    history = services.read.jobs(caller())
    newest = {one.job: one for one in reversed(history)}
    coming = [(one, newest.get(one.name), one.at <= services.desk.clock.now()) for one in services.next_dates()]
    return render_template("payables/jobs.html", jobs=history, coming=coming)


def _plot(curve: CashCurve) -> Plot:
    """Lay a curve into the picture: days from left to right, money from bottom to top."""
    amounts = [money.minor for day in curve.days for money in (day.without, day.with_run)] + [curve.now.minor]
    limit = None if curve.limit is None else curve.limit.minor
    low, high = min([*amounts, *([] if limit is None else [limit])]), max(amounts)
    span, steps = max(high - low, 1), max(len(curve.days), 1)

    def y(minor: int) -> int:
        return _HEIGHT - _EDGE - (minor - low) * (_HEIGHT - 2 * _EDGE) // span

    def line(values: list[int]) -> str:
        return " ".join(
            f"{_EDGE + place * (_WIDTH - 2 * _EDGE) // steps},{y(minor)}" for place, minor in enumerate(values)
        )

    return Plot(
        curve,
        line([curve.now.minor, *(day.without.minor for day in curve.days)]),
        line([curve.now.minor, *(day.with_run.minor for day in curve.days)]),
        None if limit is None else y(limit),
        len(below_limit(curve)),
        Money(low, curve.now.currency),
        Money(high, curve.now.currency),
    )
