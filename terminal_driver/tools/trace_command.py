"""The command ``trace``: writes down what passes on a line, shows a trace in words, and plays it back to an engine."""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from terminal_driver.errors import DriverError
from terminal_driver.outcome import NoAnswer
from terminal_driver.protocols import ProtocolName, build_engine, line_kind_of
from terminal_driver.session import TerminalSession
from terminal_driver.tools.console import DONE, REFUSED, Console
from terminal_driver.tools.decode_command import explainer
from terminal_driver.tools.explanation import Explanation, Question, Way
from terminal_driver.tools.interruption import GivenUp, run_interruptibly
from terminal_driver.tools.replayed_commands import commands_in, first_service_id
from terminal_driver.tools.terminal_link import declare_link, declare_manner, link_of, manner_of, tell_event
from terminal_driver.transports.replay import ReplayTransport, TraceRecord, read_trace

TRACE_FILE_BYTES_MAX = 100_000_000
"""Largest trace read: more would not be looked at by a person."""

_STATUS_ENQUIRY = "0501"
_WAYS = {"out": Way.TO_TERMINAL, "in": Way.TO_REGISTER}


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "A trace holds no card data, passwords or typed digits: they are cut before anything is written. "
        "record: register and write down what passes until Ctrl+C; show: explain a trace; replay: give it to an engine."
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="record|show|replay")
    record = actions.add_parser("record", help="write down what passes on a line")
    record.add_argument("--seconds", type=float, metavar="S", help="end by itself after so long")
    declare_link(record)
    show = actions.add_parser("show", help="explain a trace field by field")
    show.add_argument("file", type=Path)
    show.add_argument("--protocol", choices=[str(name) for name in ProtocolName], default="zvt", help="default: zvt")
    show.add_argument("--json", action="store_true", help="print one JSON object a line")
    replay = actions.add_parser("replay", help="play the terminal of a trace to the driver, without waiting")
    replay.add_argument("file", type=Path)
    replay.add_argument("--json", action="store_true", help="print each result on one line")
    replay.add_argument(
        "--reference", default="", metavar="NAME", help="the --reference of the sale (concert, caisse-ap)"
    )
    declare_manner(replay)


def run(options: argparse.Namespace, console: Console) -> int:
    """Do what ``options.action`` says; returns the exit status.

    Raises:
        DriverError: the trace cannot be read (``bad_trace``, ``unreadable_file``), or an argument is wrong.
    """
    match options.action:
        case "record":
            return _record(options, console)
        case "show":
            return _show(options, console)
        case _:
            return _replay(options, console)


def _record(options: argparse.Namespace, console: Console) -> int:
    if options.trace is None:
        raise DriverError("no_file", "where shall the trace be written?", "name a file by --trace")
    link = link_of(options)
    ended: list[bool] = []
    with link.session(console, lambda _data: True) as session:

        def interrupted(times: int) -> bool:
            ended.append(True)
            session.wake()
            return times == 1

        try:
            registered = run_interruptibly(lambda: _serve(session, options.seconds, ended), interrupted)
        except GivenUp:
            registered = False
    console.tell(f"The trace is in {options.trace}.")
    return DONE if registered else REFUSED


def _serve(session: TerminalSession, seconds: float | None, ended: list[bool]) -> bool:
    """Register, then keep the line until told to end; answers whether the terminal took the registration."""
    registered = not isinstance(session.register(), NoAnswer)
    until = None if seconds is None else time.monotonic() + seconds
    while not ended and (until is None or time.monotonic() < until):
        session.idle(1.0 if until is None else max(0.0, min(1.0, until - time.monotonic())))
    return registered


def _show(options: argparse.Namespace, console: Console) -> int:
    all_valid = True
    for record, explanations in explained_records(_read(options.file), ProtocolName(options.protocol)):
        head = f"{record.at_s:10.3f} s  {record.direction}{'  (cut)' if record.cut else ''}"
        if not explanations and options.json:
            console.result({"at": record.at_s, "dir": record.direction})
        elif not explanations:
            console.print(head)
        for explanation in explanations:
            all_valid = all_valid and (explanation.valid or record.cut)
            if options.json:
                console.result({"at": record.at_s, "dir": record.direction, "cut": record.cut, **explanation.record})
            else:
                console.print(f"{head}  {explanation.text()}")
    return DONE if all_valid else REFUSED


def explained_records(
    records: list[TraceRecord], protocol: ProtocolName
) -> Iterator[tuple[TraceRecord, list[Explanation]]]:
    """Yield each record of a trace with the explanation of its bytes."""
    explain = explainer(protocol)
    after: int | None = None
    for record in records:
        if record.direction not in _WAYS:
            yield record, []
            continue
        found = explain(record.data, Question(way=_WAYS[record.direction], after=after, masked=True, burst=True))
        if record.direction == "out" and any(item.record.get("control") == _STATUS_ENQUIRY for item in found):
            after = int(_STATUS_ENQUIRY, 16)
        elif any(item.record.get("control") == "060F" for item in found):
            after = None
        yield record, found


def _replay(options: argparse.Namespace, console: Console) -> int:
    protocol, manner = ProtocolName(options.protocol), manner_of(options)
    records = _read(options.file)
    transport = ReplayTransport(records)
    if not transport.faithful:
        console.tell("Card data were cut from this trace: where a checksum does not fit any more the result differs.")
    serial = any(record.data.startswith(b"\x10\x02") for record in records if record.direction == "out")
    kind = line_kind_of("serial:" if serial or protocol is ProtocolName.CONCERT else "tcp:")
    sent = [
        (record.at_s, item.record)
        for record, found in explained_records(records, protocol)
        if record.direction == "out"
        for item in found
    ]
    manner = replace(manner, service_id_first=first_service_id(message for _, message in sent))
    engine = build_engine(protocol, kind, manner, lambda _data: True)
    session = TerminalSession(engine, transport, lambda event: tell_event(console, event), clock=transport.clock)
    for command in commands_in(sent, manner.currency_numeric, options.reference):
        # What came between two commands is let in before the next one, as it was then.
        session.idle(max(0.0, command.at_s - transport.clock()))
        console.record({"command": command.name, **command.run(session)}, one_line=options.json)
    session.close()
    for difference in transport.differences:
        console.tell(f"not as recorded: {difference}")
    return DONE if transport.finished and not transport.differences else REFUSED


def _read(path: Path) -> list[TraceRecord]:
    try:
        if path.stat().st_size > TRACE_FILE_BYTES_MAX:
            raise DriverError("unreadable_file", f"{path} is larger than {TRACE_FILE_BYTES_MAX} bytes")
        return read_trace(path.read_text(encoding="ascii", errors="replace").splitlines())
    except OSError as error:
        raise DriverError("unreadable_file", f"{path} cannot be read: {error.strerror}") from error
