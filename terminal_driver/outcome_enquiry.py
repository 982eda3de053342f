"""Finds out what became of an operation whose answer was lost: the same steps for every protocol.

The line is opened, late messages are let in, the terminal is asked until it is neither busy nor silent, then it tells
its last transaction, and the engine says what that proves. Nothing here ever sends a money operation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from terminal_driver.operations import MoneyOperation
from terminal_driver.outcome import LastResult, NoAnswer, TerminalStatus, Verdict
from terminal_driver.session import TerminalSession

# Pause between two status enquiries while a terminal is busy; too fast polling disturbs some terminals.
STATUS_PAUSE_S = 1.0
# So often a ready terminal may refuse to tell its last transaction before we believe that it never will.
REFUSALS_MAX = 3
# Code of an answer that puts the question off: the terminal is asked again until the time is over.
BUSY = "terminal_busy"
# Code of an answer that no asking again can change: the protocol has no such question.
NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class Recovery:
    """What asking brought: the engine's ``verdict``, the ``last`` answer it judged, the ``steps`` in words."""

    verdict: Verdict
    last: LastResult | NoAnswer
    steps: tuple[str, ...]


def ask_outcome(
    session: TerminalSession,
    operation: MoneyOperation,
    sent_at: datetime | None,
    *,
    deadline_s: float,
    on_step: Callable[[str], None],
    pause_s: float = STATUS_PAUSE_S,
) -> Recovery:
    """Ask the terminal of ``session`` what became of ``operation``; to be called by the thread that owns the session.

    Args:
        session: the line; opened when needed.
        operation: as it was sent, with the numbers known before it.
        sent_at: when it was sent, in the terminal's local time; None leaves the time out of the judgement.
        deadline_s: seconds after which waiting for the terminal ends and ``NoAnswer`` is judged.
        on_step: told each step in words.
        pause_s: seconds between two questions; the line is served meanwhile.
    """
    steps: list[str] = []

    def tell(step: str) -> None:
        steps.append(step)
        on_step(step)

    last = _ask_when_ready(session, operation, session.now() + deadline_s, pause_s, tell)
    match last:
        case LastResult(held=True):
            tell("the terminal has told its last transaction")
        case LastResult():
            tell("the terminal holds no transaction")
        case NoAnswer(reason=reason):
            tell(f"the terminal did not tell its last transaction: {reason}")
    return Recovery(session.judge(operation, sent_at, last), last, tuple(steps))


def _ask_when_ready(
    session: TerminalSession, operation: MoneyOperation, until: float, pause_s: float, tell: Callable[[str], None]
) -> LastResult | NoAnswer:
    refusal = NoAnswer("no_time", "no time was given to ask")
    refusals_left = REFUSALS_MAX
    while refusals_left and session.now() < until:
        tell(f"checking the terminal on {session.description}")
        answer = _ready_answer(session)
        if not isinstance(answer, NoAnswer):
            tell("the terminal is idle, asking for its last transaction")
            last = session.last_result(operation)
            if isinstance(last, LastResult):
                return last
            answer = last
            # A protocol may say only here that the operation itself is still going on: that is no refusal.
            refusals_left -= answer.code != BUSY
        refusal = answer
        if refusal.code == NOT_SUPPORTED:
            break
        tell(f"no answer yet: {refusal.reason}")
        session.idle(min(pause_s, max(0.0, until - session.now())))
    return refusal


def _ready_answer(session: TerminalSession) -> TerminalStatus | NoAnswer:
    """Return a status that is not busy, or why there is none."""
    if not session.registered and isinstance(refusal := session.register(), NoAnswer):
        return refusal
    status = session.status()
    if isinstance(status, TerminalStatus) and status.busy:
        return NoAnswer(BUSY, status.words)
    return status
