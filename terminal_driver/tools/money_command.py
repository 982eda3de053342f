"""Commands that move money without the gateway: ``pay``, ``refund``, ``reverse`` and the life of a reservation.

The operation is sent once. When its answer is lost the terminal is asked what it holds, and without proof the outcome
stays unknown (exit code 3): the caller must look at the terminal, never simply call again.
"""

import argparse
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event

from terminal_driver.errors import DriverError, LocalProtocolError
from terminal_driver.operations import (
    BookReservation,
    BookTip,
    CancelReservation,
    MoneyOperation,
    PreAuthorisation,
    Refund,
    ReleaseReservation,
    Reversal,
    SaleRequest,
    TransactionReference,
)
from terminal_driver.outcome import (
    Approved,
    Baseline,
    LastResult,
    NoAnswer,
    NotStarted,
    Outcome,
    TransactionData,
    Unknown,
    Verdict,
)
from terminal_driver.outcome_enquiry import ask_outcome
from terminal_driver.protocols import PROTOCOLS
from terminal_driver.session import TerminalSession
from terminal_driver.tools.console import DONE, IN_DOUBT, REFUSED, Console
from terminal_driver.tools.interruption import GivenUp, run_interruptibly
from terminal_driver.tools.results import is_in_doubt, outcome_record
from terminal_driver.tools.terminal_link import TerminalLink, declare_link, link_of

ASK_LIMIT_S = 120
"""How long a terminal is asked for a lost outcome unless told otherwise: a sale under way may take that long."""

_RECEIPT_NO_MAX, _TRACE_NO_MAX = 9_999, 999_999
_SENT_ERRORS = frozenset({"no_result", "wrong_result"})
"""Errors of the session that may come after bytes have left; any other one means that nothing was sent."""

Origin = BookReservation | BookTip | CancelReservation | ReleaseReservation | Reversal
_PLAIN: dict[str, type[Refund] | type[PreAuthorisation]] = {"refund": Refund, "reserve": PreAuthorisation}
_ABOUT_EARLIER: dict[str, type[Origin]] = {
    "reverse": Reversal,
    "book": BookReservation,
    "release": ReleaseReservation,
    "cancel-reservation": CancelReservation,
    "tip": BookTip,
}
_CHECKED = (SaleRequest, Refund, Reversal, PreAuthorisation)
"""Operations whose amount the terminal must repeat; for the others its meaning differs between terminals."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How an operation ended, and the steps by which a lost outcome was asked for."""

    outcome: Outcome | Verdict
    steps: tuple[str, ...] = ()


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = "Exit status: 0 approved; 1 declined, aborted or not started; 2 wrong arguments; 3 outcome unknown."
    declare_link(parser)
    parser.add_argument("--amount", required=True, metavar="12.34", help="in the currency, with a point")
    parser.add_argument("--reference", default="", help="our own name of this attempt, never used twice")
    parser.add_argument("--ask", type=float, default=ASK_LIMIT_S, metavar="S", help="seconds to ask for a lost outcome")
    parser.add_argument("--json", action="store_true", help="print the result on one line")
    if parser.prog.endswith(" pay"):
        parser.add_argument("--tip", metavar="1.00", help="a tip that is contained in the amount")
        parser.add_argument("--partial", action="store_true", help="a smaller approval can be taken")
    if parser.prog.rpartition(" ")[2] in _ABOUT_EARLIER:
        parser.add_argument("--receipt", type=int, metavar="NO", help="receipt number of the earlier transaction")
        parser.add_argument("--trace-no", type=int, metavar="NO", help="its trace number")
        parser.add_argument("--original", default="", metavar="NAME", help="its --reference")
        parser.add_argument("--terminal-reference", default="", metavar="NAME", help="the terminal's name of it (nexo)")
        parser.add_argument("--made-at", default="", metavar="TIME", help="the terminal's time stamp of it (nexo)")


def run(options: argparse.Namespace, console: Console) -> int:
    """Carry out one operation; returns the exit status.

    Raises:
        DriverError: an argument is wrong, or the protocol does not carry the operation; nothing was sent.
    """
    link = link_of(options)
    operation = _operation(options, link)
    stop = Event()
    with link.session(console, lambda data: _acceptable(operation, data)) as session:

        def interrupted(times: int) -> bool:
            stop.set()
            session.request_abort()
            console.tell(_INTERRUPTED[min(times, len(_INTERRUPTED)) - 1])
            return times < len(_INTERRUPTED)

        try:
            ended = run_interruptibly(
                lambda: _carry_out(session, link, operation, stop, options.ask, console), interrupted
            )
        except GivenUp:
            ended = _Ended(Unknown("given_up", "nobody waited for the result of the terminal"))
        except DriverError:
            raise  # nothing was sent
        except Exception as error:  # noqa: BLE001 - border of the command: whatever it was, the money may have moved
            console.tell(traceback.format_exc())
            ended = _Ended(Unknown("driver_failed", f"{type(error).__name__} in the driver"))
    try:
        _print(console, ended, one_line=options.json)
    except OSError as error:  # nobody reads: the exit status still tells
        console.tell(f"the result cannot be printed: {error}")
    if is_in_doubt(ended.outcome):
        return IN_DOUBT
    return DONE if isinstance(ended.outcome, Approved) else REFUSED


_INTERRUPTED = (
    "The terminal is asked to stop; its result is waited for.",
    "The terminal has not ended yet. Once more gives up: the outcome is unknown then.",
    "Given up. Look at the terminal before anything is paid again.",
)


def _carry_out(
    session: TerminalSession,
    link: TerminalLink,
    operation: Callable[[Baseline], MoneyOperation],
    stop: Event,
    ask_s: float,
    console: Console,
) -> _Ended:
    if isinstance(refusal := session.register(), NoAnswer):
        return _Ended(NotStarted(refusal.code, refusal.reason))
    request = operation(_baseline(session, link))
    sent_at = datetime.now(UTC).astimezone()
    try:
        outcome = session.transact(request, still_wanted=lambda: not stop.is_set())
    except LocalProtocolError as error:
        if error.code not in _SENT_ERRORS:
            raise
        outcome = Unknown(error.code, str(error))
    if not isinstance(outcome, Unknown):
        return _Ended(outcome)
    console.tell(
        f"No trustworthy answer: {outcome.reason}. The terminal is asked what became of it; nothing is sent again."
    )
    try:
        recovery = ask_outcome(session, request, sent_at, deadline_s=ask_s, on_step=console.tell)
    except DriverError as error:
        return _Ended(outcome, (outcome.reason, f"it cannot be asked: {error}"))
    return _Ended(recovery.verdict, (outcome.reason, *recovery.steps))


def _baseline(session: TerminalSession, link: TerminalLink) -> Baseline:
    """Return the numbers of the terminal's last transaction, where a lost answer is judged by them."""
    if not PROTOCOLS[link.protocol].numbered:
        return Baseline()
    match session.last_result():
        case LastResult(held=True, data=data):
            return Baseline(data.receipt_no, data.trace_no, data.turnover_no)
        case LastResult():
            return Baseline(0, 0, None)
        case NoAnswer():
            return Baseline()


def _operation(options: argparse.Namespace, link: TerminalLink) -> Callable[[Baseline], MoneyOperation]:
    amount_minor = link.currency.minor_units(options.amount)
    numeric = link.currency.numeric
    reference = options.reference or f"cli-{secrets.token_hex(8)}"
    if len(reference) > 35:
        raise DriverError("bad_reference", "a reference has at most 35 characters")
    name = options.command
    if name == "pay":
        tip = 0 if options.tip is None else link.currency.minor_units(options.tip)
        return lambda known: SaleRequest(amount_minor, numeric, known, reference, tip, options.partial)
    if name in _PLAIN:
        return lambda known: _PLAIN[name](amount_minor, numeric, known, reference)
    earlier = _earlier(options)
    return lambda known: _ABOUT_EARLIER[name](earlier, amount_minor, numeric, known, reference)


def _earlier(options: argparse.Namespace) -> TransactionReference:
    for value, highest in ((options.receipt, _RECEIPT_NO_MAX), (options.trace_no, _TRACE_NO_MAX)):
        if value is not None and not 0 < value <= highest:
            raise DriverError("bad_number", f"{value} is no number of a transaction", f"1 to {highest}")
    earlier = TransactionReference(
        options.receipt, options.trace_no, options.original, options.terminal_reference, options.made_at
    )
    if earlier == TransactionReference():
        raise DriverError(
            "no_original", "which transaction is meant?", "name it by --receipt, --trace-no or --original"
        )
    return earlier


def _acceptable(operation: Callable[[Baseline], MoneyOperation], data: TransactionData) -> bool:
    """Tell whether a success is the one that was asked for; another amount is given back by the terminal."""
    asked = operation(Baseline())
    if data.amount_minor is None or not isinstance(asked, _CHECKED):
        return True
    if isinstance(asked, SaleRequest) and asked.partial_allowed:
        return 0 < data.amount_minor <= asked.amount_minor
    return data.amount_minor == asked.amount_minor


def _print(console: Console, ended: _Ended, *, one_line: bool) -> None:
    record = outcome_record(ended.outcome)
    if ended.steps:
        record["steps"] = list(ended.steps)
    console.record(record, one_line=one_line)
