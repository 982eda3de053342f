"""Outcomes a terminal's lane knows by itself, without a word of the terminal, in the words of what was wanted."""

from dataclasses import dataclass

from gateway.domain.cards.payment import AttemptEvent, AttemptOutcome, Evidence, Payment
from gateway.domain.cards.refund import Movement, Refund
from gateway.domain.cards.reservation import Hold, HoldStep
from gateway.domain.cards.terminal_day import DayClose


@dataclass(frozen=True, slots=True)
class _Sayings:
    """What may have happened, and that nothing did."""

    maybe: str
    nothing: str


_SALE = _Sayings("The card may have been charged.", "Nothing was charged.")
_REFUND = _Sayings("The money may have been given back.", "Nothing was given back.")
_HOLD = _Sayings("The amount may have been reserved.", "Nothing was reserved.")
_RELEASE = _Sayings("The reservation may have been let go.", "The reservation was not let go.")
_DAY = _Sayings("Its day may have been closed.", "Its day was not closed.")


def terminal_silent(movement: Movement) -> AttemptOutcome:
    """Return that nothing is known of an attempt that was sent: the terminal cannot be asked."""
    return AttemptOutcome(
        event=AttemptEvent.LOSE_ANSWER,
        evidence=Evidence.LAST_RESULT,
        reason_code="terminal_silent",
        reason=f"The terminal does not answer. {_sayings(movement).maybe}",
        terminal_heard=False,
    )


def terminal_not_reached(movement: Movement) -> AttemptOutcome:
    """Return that an attempt was never sent, because there was no terminal to send it to."""
    nothing = _sayings(movement).nothing
    return AttemptOutcome(
        event=AttemptEvent.PROVE_NOT_CHARGED,
        evidence=Evidence.NOTHING_SENT,
        reason_code="terminal_not_reached",
        reason=f"The terminal cannot be reached. {nothing} Check cable and power, then try again.",
    )


def cancelled_before_start(movement: Movement) -> AttemptOutcome:
    """Return that an attempt was cancelled before its terminal heard of it."""
    return AttemptOutcome(
        event=AttemptEvent.CANCEL,
        evidence=Evidence.NOTHING_SENT,
        reason_code="cancelled_before_start",
        reason=f"Cancelled before the terminal was asked. {_sayings(movement).nothing}",
    )


def _sayings(movement: Movement) -> _Sayings:
    match movement:
        case Payment():
            return _SALE
        case Refund():
            return _REFUND
        case Hold():
            return _HOLD if movement.step is HoldStep.RESERVE else _RELEASE
        case DayClose():
            return _DAY
