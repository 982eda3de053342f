"""After a crash or a lost line: ask the terminal what became of an attempt, and record only what it proves."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from gateway.domain.cards.payment import (
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
)
from gateway.domain.cards.refund import Movement
from gateway.domain.cards.terminal_day import DayClose
from gateway.ports.terminal import StillUnknown, TerminalDevice
from gateway.ports.unit_of_work import Lease, Storage
from gateway.services.payments.attempt_orders import order_of
from gateway.services.payments.conclude_attempt import ConcludeAttempt, judged

ACTOR = "recovery"
ANOTHER_UNDONE = "another_reversed"
"""Reason code of a reversal in which the terminal named another transaction than was meant (docs/adr/0010)."""


class Recovery(StrEnum):
    """What asking brought."""

    SETTLED = "settled"
    OPEN_FOR_PERSON = "open_for_person"
    SILENT = "silent"


class RecoverAttempts:
    """Settles attempts in doubt by the terminal's own evidence."""

    def __init__(self, *, storage: Storage, conclude: ConcludeAttempt) -> None:
        self._storage = storage
        self._conclude = conclude

    def ask(
        self,
        device: TerminalDevice,
        movement: Movement,
        attempt: Attempt,
        lease: Lease,
        on_step: Callable[[str, str], None],
    ) -> Recovery:
        """Ask the terminal about one attempt and store the answer.

        Args:
            device: the terminal, owned by the calling thread.
            movement: what the attempt was to bring about.
            attempt: in ``sent`` or ``unknown``.
            lease: this node's lease of the terminal.
            on_step: told each step in words, for the cashier's screen.
        """
        if isinstance(movement, DayClose):
            found = device.ask_day(on_step)
        else:
            found = device.ask_outcome(order_of(movement, attempt), on_step)
        if isinstance(found, AttemptOutcome):
            believed = _believed(judged(movement, found), attempt)
            if believed.event is not AttemptEvent.LOSE_ANSWER:
                if self._conclude.record(movement, attempt, believed, epoch=lease.epoch, actor=ACTOR) is None:
                    self._conclude.keep_late(movement, attempt, believed)
                return Recovery.SETTLED
            found = StillUnknown(True, believed.reason_code, believed.reason, believed.result)
        outcome = AttemptOutcome(
            event=AttemptEvent.LOSE_ANSWER,
            evidence=Evidence.LAST_RESULT,
            reason_code=found.reason_code,
            reason=found.reason,
            result=found.result,
            terminal_heard=found.heard,
        )
        if attempt.state is AttemptState.SENT:
            self._conclude.record(movement, attempt, outcome, epoch=lease.epoch, actor=ACTOR)
        elif found.heard:
            with self._storage.write() as unit:
                unit.payments.release_terminal(movement.tenant_id, movement.store_id, attempt.id, lease.epoch, outcome)
        return _what_remains(found)


def _believed(found: AttemptOutcome, attempt: Attempt) -> AttemptOutcome:
    """Return what was found, or keep it unknown where another customer's payment may have been undone instead.

    That nothing newer stands in the terminal says that ours was not undone, but not that the other one was restored.
    """
    if attempt.reason_code != ANOTHER_UNDONE or found.event is AttemptEvent.APPROVE:
        return found
    words = attempt.reason or found.reason
    result = attempt.result or found.result
    return replace(found, event=AttemptEvent.LOSE_ANSWER, reason_code=ANOTHER_UNDONE, reason=words, result=result)


def _what_remains(found: StillUnknown) -> Recovery:
    return Recovery.OPEN_FOR_PERSON if found.heard else Recovery.SILENT
