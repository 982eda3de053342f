"""Commands that charge and give back nothing: ``status``, ``last``, ``end-of-day`` and, by name, all others."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime

from terminal_driver.engine import Result
from terminal_driver.operations import (
    Balance,
    Diagnosis,
    DiagnosisKind,
    DisplayText,
    EndOfDay,
    Initialise,
    LogOff,
    OpenReservations,
    QuietOperation,
    ReadCard,
    RepeatReceipt,
    Reprint,
    SelectLanguage,
    SelfTest,
    SetClock,
    Totals,
)
from terminal_driver.outcome import NoAnswer
from terminal_driver.session import TerminalSession
from terminal_driver.tools.console import DONE, REFUSED, Console
from terminal_driver.tools.interruption import GivenUp, run_interruptibly
from terminal_driver.tools.results import result_record
from terminal_driver.tools.terminal_link import declare_link, link_of

_ANSWERS: dict[str, Callable[[TerminalSession], Result]] = {
    "status": lambda session: session.status(),
    "last": lambda session: session.last_result(),
    "register": lambda session: session.register(),
}
_OPERATIONS: dict[str, Callable[[argparse.Namespace], QuietOperation]] = {
    "end-of-day": lambda _options: EndOfDay(),
    "totals": lambda _options: Totals(),
    "balance": lambda _options: Balance(),
    "open-reservations": lambda _options: OpenReservations(),
    "repeat-receipt": lambda _options: RepeatReceipt(),
    "reprint": lambda options: Reprint(options.first, options.last),
    "host-diagnosis": lambda options: Diagnosis(None if options.kind is None else DiagnosisKind(options.kind)),
    "initialise": lambda _options: Initialise(),
    "self-test": lambda _options: SelfTest(),
    "set-clock": lambda _options: SetClock(datetime.now(UTC).astimezone().replace(tzinfo=None)),
    "log-off": lambda _options: LogOff(),
    "read-card": lambda options: ReadCard(options.wait),
    "display": lambda options: DisplayText(tuple(options.line), options.wait),
    "select-language": lambda options: SelectLanguage(options.language),
}


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = "Exit status: 0 done; 1 refused or no answer; 2 wrong arguments."
    if parser.prog.endswith(" do"):
        parser.add_argument("operation", choices=[*_ANSWERS, *_OPERATIONS], metavar="OPERATION", help=_names())
        parser.add_argument("--first", type=int, default=1, metavar="NO", help="reprint: first receipt number")
        parser.add_argument("--last", type=int, metavar="NO", help="reprint: last receipt number")
        parser.add_argument("--wait", type=int, default=30, metavar="S", help="read-card, display: seconds")
        parser.add_argument("--line", action="append", default=[], metavar="TEXT", help="display: a line, up to eight")
        kinds = [str(kind) for kind in DiagnosisKind]
        parser.add_argument("--kind", choices=kinds, help="host-diagnosis: how thorough")
    declare_link(parser)
    parser.add_argument("--json", action="store_true", help="print the result on one line")


def run(options: argparse.Namespace, console: Console) -> int:
    """Carry out one operation; returns the exit status.

    Raises:
        DriverError: an argument is wrong, or the protocol does not carry the operation; nothing was sent.
    """
    name = options.operation if options.command == "do" else options.command
    link = link_of(options)
    with link.session(console, lambda _data: True) as session:
        try:
            result = run_interruptibly(lambda: _answer(session, name, options), lambda _times: False)
        except GivenUp:
            result = NoAnswer("given_up", "nobody waited for the answer")
    console.record(result_record(result), one_line=options.json)
    return REFUSED if isinstance(result, NoAnswer) else DONE


def _answer(session: TerminalSession, name: str, options: argparse.Namespace) -> Result:
    if name in _OPERATIONS:
        return session.perform(_OPERATIONS[name](options))
    if name != "register" and isinstance(refusal := session.register(), NoAnswer):
        return refusal
    return _ANSWERS[name](session)


def _names() -> str:
    return ", ".join([*_ANSWERS, *_OPERATIONS])
