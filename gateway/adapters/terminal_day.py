"""The end of a terminal's day through a driver session, and what the terminal itself holds as reserved.

An end of day that was sent and not answered is found out from the totals: a terminal that has handed in its bookings
holds none. One that had none before has nothing to hand in either, so the answer is right for it, too.
"""

from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptOutcome,
    BrandTotal,
    DayFigures,
    EftLine,
    EftReceipt,
    Evidence,
    TerminalResult,
)
from gateway.ports.terminal import StillUnknown, TerminalSilent
from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import DayTotals, EndOfDay, OpenReservations, ReservationList, Totals
from terminal_driver.outcome import NoAnswer, TerminalReceipt
from terminal_driver.session import TerminalSession
from terminal_driver.zvt.status_codes import REFUSAL_WORDS

REFUSED = frozenset({"refused", *REFUSAL_WORDS.values()})
"""Codes by which a terminal itself said no; any other one leaves open whether it heard the command."""

_NOTHING = "The day was not closed"


def end_day(session: TerminalSession) -> AttemptOutcome:
    """End the day; never sent twice, never an exception."""
    if not session.registered and isinstance(refusal := session.register(), NoAnswer):
        return _not_sent(refusal.code, f"{_NOTHING}: {refusal.reason}")
    try:
        told = session.perform(EndOfDay())
    except LocalProtocolError:
        return _not_sent("not_supported", f"{_NOTHING}: end it at the terminal itself, its protocol cannot be asked.")
    if isinstance(told, DayTotals):
        after = f" It says: {told.follow_up.replace('_', ' ')}." if told.follow_up else ""
        result = TerminalResult(day=_figures(told), receipts=receipts_of(told.receipts))
        reason = f"The terminal closed its day.{after}"
        return AttemptOutcome(AttemptEvent.APPROVE, Evidence.DIALOGUE, "day_closed", reason, result)
    code, reason = (told.code, told.reason) if isinstance(told, NoAnswer) else ("wrong_answer", "another answer")
    if code in REFUSED:
        words = f"The terminal refused to close its day: {reason}."
        return AttemptOutcome(AttemptEvent.DECLINE, Evidence.DIALOGUE, f"day_{code}", words)
    words = f"The terminal did not say whether it closed its day ({reason})."
    return AttemptOutcome(AttemptEvent.LOSE_ANSWER, Evidence.DIALOGUE, code, words, terminal_heard=False)


def ask_day(session: TerminalSession) -> AttemptOutcome | StillUnknown:
    """Find out from the totals whether an end of day that was not answered took place."""
    try:
        told = session.perform(Totals())
    except LocalProtocolError as error:
        return StillUnknown(True, "no_decision", f"The terminal cannot be asked: {error}.", TerminalResult())
    if not isinstance(told, DayTotals):
        reason = told.reason if isinstance(told, NoAnswer) else "it gave another answer"
        heard = isinstance(told, NoAnswer) and told.code in REFUSED
        words = f"The terminal did not tell its totals: {reason}."
        return StillUnknown(heard, "no_decision" if heard else "terminal_silent", words, TerminalResult())
    if any(scheme.count or scheme.sum_minor for scheme in told.schemes) or told.sum_minor:
        reason = "The terminal still holds the day's bookings: its day was not closed. Close it again."
        return AttemptOutcome(AttemptEvent.PROVE_NOT_CHARGED, Evidence.LAST_RESULT, "day_still_open", reason)
    if not told.schemes and told.sum_minor is None:
        return StillUnknown(True, "no_decision", "The terminal told no totals that can be read.", TerminalResult())
    reason = "The terminal holds no bookings any more: its day is closed. It did not repeat its figures."
    return AttemptOutcome(AttemptEvent.APPROVE, Evidence.LAST_RESULT, "day_closed_unseen", reason)


def held_reservations(session: TerminalSession) -> tuple[int, ...] | TerminalSilent:
    """Return the receipt numbers of the reservations the terminal holds open."""
    try:
        told = session.perform(OpenReservations())
    except LocalProtocolError:
        return TerminalSilent("not_supported", "This terminal cannot tell which reservations it holds.")
    if isinstance(told, ReservationList):
        return told.receipt_nos
    reason = told.reason if isinstance(told, NoAnswer) else "it gave another answer"
    return TerminalSilent("no_list", f"The terminal did not tell which reservations it holds: {reason}.")


def receipts_of(receipts: tuple[TerminalReceipt, ...]) -> tuple[EftReceipt, ...]:
    """Translate the receipts of a terminal."""
    return tuple(
        EftReceipt(
            receipt.kind,
            tuple(
                EftLine(" " * line.indent + line.text, line.centred, line.double_width, line.double_height)
                for line in receipt.lines
            ),
        )
        for receipt in receipts
    )


def _figures(told: DayTotals) -> DayFigures:
    return DayFigures(
        sum_minor=told.sum_minor,
        currency=told.currency_numeric,
        first_receipt_no=told.first_receipt_no,
        last_receipt_no=told.last_receipt_no,
        brands=tuple(BrandTotal(one.scheme, one.count, one.sum_minor) for one in told.schemes),
    )


def _not_sent(code: str, reason: str) -> AttemptOutcome:
    return AttemptOutcome(AttemptEvent.PROVE_NOT_CHARGED, Evidence.NOTHING_SENT, code, reason)
