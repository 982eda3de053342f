"""How reservations and ends of days look on a screen; pure, in the manner of ``payment_view``."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.card_receipt import short_number
from gateway.domain.cards.payment import Attempt, AttemptState, DayFigures, TerminalResult
from gateway.domain.cards.reservation import OPEN_STATES, ReservationState
from gateway.domain.cards.terminal_day import DayState
from gateway.domain.money import Currency, Money, currency_with_number
from gateway.ports.day_close_store import DayCloseRecord
from gateway.ports.reservation_store import ReservationRecord
from gateway.web.payments.payment_view import Names, StateFace, StepView, card_words
from gateway.web.words import Words

FACES: dict[ReservationState, StateFace] = {
    ReservationState.SENT: StateFace("run", "hourglass"),
    ReservationState.UNKNOWN: StateFace("wait", "triangle-alert"),
    ReservationState.HELD: StateFace("run", "lock"),
    ReservationState.DECLINED: StateFace("stop", "circle-x"),
    ReservationState.CANCELLED: StateFace("still", "circle-slash"),
    ReservationState.NOT_RESERVED: StateFace("still", "ban"),
    ReservationState.COMPLETED: StateFace("ok", "circle-check"),
    ReservationState.RELEASED: StateFace("still", "undo-2"),
    ReservationState.EXPIRED: StateFace("still", "clock"),
}
DAY_FACES: dict[DayState, StateFace] = {
    DayState.SENT: StateFace("run", "hourglass"),
    DayState.UNKNOWN: StateFace("wait", "triangle-alert"),
    DayState.CLOSED: StateFace("ok", "circle-check"),
    DayState.REFUSED: StateFace("stop", "circle-x"),
    DayState.CANCELLED: StateFace("still", "circle-slash"),
    DayState.NOT_CLOSED: StateFace("stop", "ban"),
}


@dataclass(frozen=True, slots=True)
class ReservationView:
    """One reservation as a screen shows it. The ``may_*`` flags join the state with the rights of the reader."""

    id: str
    short: str
    state: ReservationState
    face: StateFace
    running: bool
    amount: Money
    charged: Money | None
    reference: str
    register: str
    terminal: str
    person: str
    card: str
    reason: str
    payment_id: str
    write_off: str
    created_at: datetime
    cancel_requested: bool
    blocks_terminal: bool
    steps: tuple[StepView, ...]
    may_end: bool
    may_release: bool
    may_cancel: bool
    may_ask: bool
    may_decide: bool
    may_write_off: bool


@dataclass(frozen=True, slots=True)
class BrandView:
    """Count and sum of one brand."""

    brand: str
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class DayView:
    """One end of day as a screen shows it."""

    id: str
    state: DayState
    face: StateFace
    running: bool
    at: datetime
    person: str
    scheduled: bool
    reason: str
    total: Money | None
    brands: tuple[BrandView, ...]
    may_ask: bool
    may_decide: bool


def view_reservation(record: ReservationRecord, caller: Caller, names: Names, words: Words) -> ReservationView:
    """Return the face of one reservation for one reader."""
    made, last, rights = record.reservation, record.last, caller.permissions
    held = record.state is ReservationState.HELD
    own_doubt = any(one.state is AttemptState.UNKNOWN for one in (record.made, *record.releases))
    return ReservationView(
        id=str(made.id),
        short=short_number(made.id),
        state=record.state,
        face=FACES[record.state],
        running=record.state in OPEN_STATES and not held,
        amount=made.amount,
        charged=record.charged,
        reference=made.reference or "",
        register=names.registers.get(made.register_id, made.register_id),
        terminal=names.devices.get(made.terminal_id, made.terminal_id),
        person=made.created_by,
        card=card_words(record.made.result),
        reason=_reason(last, "hold_reason", words),
        payment_id=str(record.completions[-1][0].id) if record.completions else "",
        write_off="" if record.write_off is None else record.write_off.reason,
        created_at=made.created_at.astimezone(names.zone),
        cancel_requested=last.cancel_requested_at is not None,
        blocks_terminal=last.blocks_terminal,
        steps=tuple(
            StepView(
                line.recorded_at.astimezone(names.zone),
                words.translated("hold_journal", line.kind, line.words),
                line.actor,
            )
            for line in record.events
        ),
        may_end=held and Permission.PAYMENTS_CREATE in rights,
        may_release=held and Permission.PAYMENTS_CANCEL in rights,
        may_cancel=record.state is ReservationState.SENT and Permission.PAYMENTS_CANCEL in rights,
        may_ask=own_doubt and Permission.PAYMENTS_CREATE in rights,
        may_decide=own_doubt and Permission.PAYMENTS_RESOLVE in rights,
        may_write_off=held and Permission.PAYMENTS_RESOLVE in rights,
    )


def view_day(record: DayCloseRecord, caller: Caller, names: Names, words: Words, currency: Currency) -> DayView:
    """Return the face of one end of day. ``currency``: of totals that a terminal told without one."""
    day = (record.attempt.result or TerminalResult()).day or DayFigures()
    named = (None if day.currency is None else currency_with_number(day.currency)) or currency
    unknown = record.state is DayState.UNKNOWN
    return DayView(
        id=str(record.close.id),
        state=record.state,
        face=DAY_FACES[record.state],
        running=record.state in (DayState.SENT, DayState.UNKNOWN),
        at=record.close.created_at.astimezone(names.zone),
        person=record.close.created_by,
        scheduled=record.close.scheduled,
        reason=_reason(record.attempt, "day_reason", words),
        total=None if day.sum_minor is None else Money(day.sum_minor, named),
        brands=tuple(BrandView(one.brand, one.count, Money(one.sum_minor, named)) for one in day.brands),
        may_ask=unknown and Permission.SHIFTS_WORK in caller.permissions,
        may_decide=unknown and Permission.PAYMENTS_RESOLVE in caller.permissions,
    )


def _reason(attempt: Attempt, group: str, words: Words) -> str:
    """Return why a step ended as it did, in the reader's language where its code is known."""
    key = f"{group}.{attempt.reason_code}"
    return words(key) if words.known(key) else words.retold(attempt.reason or "")
