"""The screens of a register's day: the running shift, its count, the reports, and what waits for a manager.

They show; changes go through the API. What should be in the drawer is shown only beside a stored count.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, render_template, request

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.terminal_comparison import Agreement, BrandRow, ComparedDay
from gateway.domain.cash.denominations import denominations
from gateway.domain.errors import NotFound
from gateway.domain.ids import RegisterId, ShiftId
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.day_report import ReportKind
from gateway.domain.shifts.shift import (
    FactKind,
    ForeignCount,
    ShiftFact,
    ShiftState,
    last_count,
    needs_review,
    shows_expected,
)
from gateway.services.shifts.manage_shifts import ShiftView
from gateway.web.auth import caller, requires
from gateway.web.container import WebContainer, current
from gateway.web.payments.payment_view import Names
from gateway.web.screens import names, words

SHIFTS_SHOWN = 20
COMPARISONS_SHOWN = 10
_SCRIPT_TEXTS = ("shift.amount_", "shift.count_", "error.", "hint.", "till.offline", "format.")

pages = Blueprint("shifts_screen", __name__)


@dataclass(frozen=True, slots=True)
class FactView:
    """One line of a shift's journal."""

    kind: FactKind
    at: datetime
    actor: str
    reason: str
    amount: Money | None
    difference: Money | None
    pieces: tuple[tuple[str, str], ...]
    foreign: tuple[ForeignCount, ...]


@dataclass(frozen=True, slots=True)
class ShiftFace:
    """A shift as the screens show it. ``difference``, ``foreign``, ``differs``: of the newest count, ``counted``."""

    id: ShiftId
    register: str
    state: ShiftState
    cashier: str
    opened_at: datetime
    closed_at: datetime | None
    float_amount: Money
    counted: Money | None
    expected: Money | None
    difference: Money | None
    foreign: tuple[ForeignCount, ...]
    differs: bool
    needs_review: bool
    z_number: int | None
    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True)
class RowFace:
    """Ours and the terminal's sum of one brand."""

    brand: str
    ours_count: int
    ours: Money
    theirs_count: int
    theirs: Money


@dataclass(frozen=True, slots=True)
class DifferenceFace:
    """One difference; ``candidates``: payment id, state, amount."""

    id: uuid.UUID
    kind: str
    row: RowFace
    gap: Money
    candidates: tuple[tuple[uuid.UUID, str, Money], ...]
    settled: str
    reason: str


@dataclass(frozen=True, slots=True)
class ComparisonFace:
    """An end of day of a terminal beside our books."""

    id: uuid.UUID
    terminal: str
    at: datetime
    agreement: Agreement
    rows: tuple[RowFace, ...]
    differences: tuple[DifferenceFace, ...]


@pages.get("/shift")
@requires(Permission.SHIFTS_WORK)
def shift() -> str:
    """Show the register's shift with what can be done now, and what was before."""
    container, who = current(), caller()
    registers = container.registers()
    wanted = request.args.get("register", registers[0].id if registers else "")
    register = next((one for one in registers if one.id == wanted), None)
    if registers and register is None:
        abort(404)
    known = names(container, who)
    service = container.till.shifts
    reviews = Permission.SHIFTS_REVIEW in who.permissions
    running = None if register is None else service.read.running(who, RegisterId(register.id))
    recent = service.read.recent(who, limit=SHIFTS_SHOWN)
    return render_template(
        "shift.html",
        registers=registers,
        register=register,
        s=None if running is None else _face(running, known),
        closed=[_face(service.read.get(who, one.id), known) for one in recent if one.state is ShiftState.CLOSED],
        to_review=[_face(one, known) for one in service.read.to_review(who)] if reviews else [],
        comparisons=_comparisons(container, who, known) if reviews else [],
        reviews=reviews,
        may_resume=reviews or (running is not None and service.read.is_outdated(who, running)),
        pieces=denominations(container.settings.currency),
        foreign=[Currency.of(code) for code in container.till.foreign_currencies],
        currency=container.settings.currency,
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/shift/<uuid:shift_id>")
@requires(Permission.SHIFTS_WORK)
def one_shift(shift_id: uuid.UUID) -> str:
    """Show one shift with its journal and its report."""
    container, who = current(), caller()
    service = container.till.shifts
    try:
        view = service.read.get(who, ShiftId(shift_id))
    except NotFound:
        abort(404)
    reviews = Permission.SHIFTS_REVIEW in who.permissions
    kind = ReportKind.Z if view.report is not None else ReportKind.X
    shows = kind is ReportKind.Z or reviews
    paper = container.renderer.paper_text(service.papers.paper(who, view.shift.id, kind)) if shows else ""
    return render_template(
        "shift_detail.html",
        s=_face(view, names(container, who)),
        kind=kind,
        paper=paper,
        reviews=reviews,
        prints=Permission.RECEIPTS_PRINT in who.permissions,
        currency=container.settings.currency,
        texts=words().part(*_SCRIPT_TEXTS),
    )


def _face(view: ShiftView, known: Names) -> ShiftFace:
    shift, count = view.shift, last_count(view.facts)
    return ShiftFace(
        id=shift.id,
        register=known.registers.get(shift.register_id, shift.register_id),
        state=shift.state,
        cashier=shift.cashier,
        opened_at=shift.opened_at.astimezone(known.zone),
        closed_at=None if shift.closed_at is None else shift.closed_at.astimezone(known.zone),
        float_amount=shift.float_amount,
        counted=None if count is None else count.amount,
        expected=None if count is None else count.expected,
        difference=None if count is None else count.difference,
        foreign=() if count is None else count.foreign,
        differs=count is not None and count.differs,
        needs_review=needs_review(shift, view.facts),
        z_number=None if view.report is None else view.report.number,
        facts=tuple(_fact(one, known, tells=shows_expected(shift, one)) for one in view.facts),
    )


def _fact(fact: ShiftFact, known: Names, *, tells: bool) -> FactView:
    pieces = tuple(
        (name.removeprefix("pieces "), number) for name, number in fact.detail.items() if name.startswith("pieces ")
    )
    return FactView(
        kind=fact.kind,
        at=fact.recorded_at.astimezone(known.zone),
        actor=fact.actor,
        reason=fact.reason or fact.detail.get("to", ""),
        amount=fact.amount,
        difference=fact.difference if tells else None,
        pieces=pieces,
        foreign=fact.foreign if tells else (),
    )


def _comparisons(container: WebContainer, who: Caller, known: Names) -> list[ComparisonFace]:
    found = container.till.shifts.terminal_days.recent(who, limit=COMPARISONS_SHOWN)
    return [_comparison(day, known) for day in found]


def _comparison(day: ComparedDay, known: Names) -> ComparisonFace:
    return ComparisonFace(
        id=day.day_id,
        terminal=known.devices.get(day.terminal_id, day.terminal_id),
        at=day.made_at.astimezone(known.zone),
        agreement=day.agreement,
        rows=tuple(_row(row, day) for row in day.rows),
        differences=tuple(
            DifferenceFace(
                id=one.id,
                kind=one.kind.value,
                row=_row(one.row, day),
                gap=Money(abs(one.row.ours_minor - one.row.theirs_minor), one.currency),
                candidates=tuple(
                    (each.payment_id, each.state, Money(abs(each.minor), one.currency)) for each in one.candidates
                ),
                settled=one.settled_by or "",
                reason=one.reason or "",
            )
            for one in day.differences
        ),
    )


def _row(row: BrandRow, day: ComparedDay) -> RowFace:
    ours, theirs = Money(row.ours_minor, day.currency), Money(row.theirs_minor, day.currency)
    return RowFace(row.brand, row.ours_count, ours, row.theirs_count, theirs)
