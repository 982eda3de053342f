"""Pages of reservations and of the ends of terminals' days. They only show; changes go through the API."""

import uuid
from dataclasses import dataclass

from flask import Blueprint, render_template, request

from gateway.domain.access import Permission
from gateway.domain.ids import DeviceId, ReservationId
from gateway.ports.reservation_store import ReservationRecord
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.payments.reservation_view import DayView, view_day, view_reservation
from gateway.web.screens import mark_of, names, words

ROWS = 50
DAYS_SHOWN = 10
_SCRIPT_TEXTS = ("hold.script_", "day.script_", "progress.", "error.", "hint.", "till.offline")

pages = Blueprint("reservations_screen", __name__)


@dataclass(frozen=True, slots=True)
class TerminalDays:
    """A terminal with its newest ends of day. ``may_end``: its reader may end the day now."""

    id: str
    name: str
    days: tuple[DayView, ...]
    may_end: bool


@pages.get("/reservations")
@requires(Permission.PAYMENTS_READ)
def reservations() -> str:
    """Show reservations, newest first, and the form for a further one."""
    container, who = current(), caller()
    known, text = names(container, who), words()
    may_reserve = Permission.PAYMENTS_CREATE in who.permissions
    wanted = request.args.get("compare", "")
    compared = container.till.terminal.compare_held.compare(who, DeviceId(wanted)) if wanted and may_reserve else None
    found = container.till.terminal.read_reservations.recent(who, limit=ROWS)
    return render_template(
        "reservations.html",
        rows=[view_reservation(record, who, known, text) for record in found],
        registers=[register for register in container.registers() if register.terminal_id is not None],
        currency=container.settings.currency,
        may_reserve=may_reserve,
        terminals=_terminal_names(),
        compared=compared,
        zone=known.zone,
        texts=text.part(*_SCRIPT_TEXTS),
    )


@pages.get("/reservations/<uuid:reservation_id>")
@requires(Permission.PAYMENTS_READ)
def reservation(reservation_id: uuid.UUID) -> str:
    """Show one reservation: what holds, what may be done, and its way so far."""
    record = current().till.terminal.read_reservations.get(caller(), ReservationId(reservation_id))
    return render_template("reservation.html", texts=words().part(*_SCRIPT_TEXTS), **_panel(record))


@pages.get("/reservations/<uuid:reservation_id>/outcome")
@requires(Permission.PAYMENTS_READ)
def outcome(reservation_id: uuid.UUID) -> str | tuple[str, int]:
    """Show the panel alone; 204 when the reader has seen it already (``seen``)."""
    panel = _panel(current().till.terminal.read_reservations.get(caller(), ReservationId(reservation_id)))
    seen = request.args.get("seen") == panel["mark"]
    return ("", 204) if seen else render_template("reservation_outcome.html", **panel)


@pages.get("/terminal-days")
@requires(Permission.PAYMENTS_READ)
def terminal_days() -> str:
    """Show the ends of day of every terminal, and let one be ended now."""
    shown = _terminals()
    return render_template(
        "terminal_days.html",
        terminals=shown,
        mark=mark_of(shown, words().language),
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/terminal-days/now")
@requires(Permission.PAYMENTS_READ)
def terminal_days_now() -> str | tuple[str, int]:
    """Show the terminals alone; 204 when the reader has seen them as they are (``seen``)."""
    shown = _terminals()
    mark = mark_of(shown, words().language)
    seen = request.args.get("seen") == mark
    return ("", 204) if seen else render_template("terminal_days_list.html", terminals=shown, mark=mark)


def _terminal_names() -> tuple[tuple[str, str], ...]:
    container, who = current(), caller()
    with container.storage.read() as unit:
        rows = unit.devices.list(who.tenant_id, who.store_id)
    return tuple((row.id, row.name) for row in rows if row.kind == "terminal" and who.may_use(DeviceId(row.id)))


def _panel(record: ReservationRecord) -> dict[str, object]:
    container, who, text = current(), caller(), words()
    view = view_reservation(record, who, names(container, who), text)
    hint = container.board.latest_progress(record.reservation.id)
    progress = text.translated("progress", hint.code, hint.words) if hint and view.running else ""
    return {"r": view, "progress": progress, "mark": mark_of(view, progress, text.language)}


def _terminals() -> tuple[TerminalDays, ...]:
    container, who, text = current(), caller(), words()
    known = names(container, who)
    days = container.till.terminal.days
    with container.storage.read() as unit:
        rows = [row for row in unit.devices.list(who.tenant_id, who.store_id) if row.kind == "terminal"]
    return tuple(
        TerminalDays(
            row.id,
            row.name,
            tuple(
                view_day(record, who, known, text, container.settings.currency)
                for record in days.of_terminal(who, DeviceId(row.id), limit=DAYS_SHOWN)
            ),
            may_end=Permission.SHIFTS_WORK in who.permissions,
        )
        for row in rows
        if who.may_use(DeviceId(row.id))
    )
