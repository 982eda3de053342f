"""What every command that speaks to a terminal shares: its arguments, and a session made of them."""

import argparse
import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from terminal_driver.currencies import Currency, currency_named
from terminal_driver.engine import AcceptResult, EngineEvent, Notice, OrphanResult, Progress
from terminal_driver.errors import DriverError
from terminal_driver.protocols import (
    PASSWORD_OF_MAKERS,
    PROTOCOLS,
    EngineOptions,
    ProtocolName,
    build_engine,
    completed_url,
    line_kind_of,
)
from terminal_driver.session import TerminalSession
from terminal_driver.tools.console import Console
from terminal_driver.transports.base import Transport
from terminal_driver.transports.trace import TraceFile, TracingTransport
from terminal_driver.transports.urls import from_url

PASSWORD_VARIABLE = "TERMINAL_PASSWORD"  # noqa: S105 - the name of a variable
TRACE_BYTES_MAX = 50_000_000
"""A trace made by hand is one file, not a rotating set: this is weeks of sales."""


@dataclass(frozen=True, slots=True)
class TerminalLink:
    """How to reach one terminal, from the command line."""

    url: str
    protocol: ProtocolName
    currency: Currency
    options: EngineOptions
    trace: Path | None

    def session(self, console: Console, accept: AcceptResult) -> AbstractContextManager[TerminalSession]:
        """Return a context that gives a session and closes line and trace at its end; nothing is opened yet.

        Raises:
            DriverError: ``bad_transport_url``, ``wrong_line``, ``protocol_missing``.
        """
        return _session(self, console, accept)


def declare_link(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that name a terminal."""
    parser.add_argument(
        "--port", required=True, metavar="URL", help="tcp:HOST[:PORT], tls:HOST:PORT, serial:DEVICE ..."
    )
    declare_manner(parser)
    parser.add_argument("--trace", type=Path, metavar="FILE", help="write down what passes, card data cut")


def declare_manner(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that say how a terminal is spoken to."""
    parser.add_argument("--protocol", choices=[str(name) for name in ProtocolName], default="zvt", help="default: zvt")
    parser.add_argument("--currency", default="EUR", metavar="CODE", help="ISO 4217, default: EUR")
    parser.add_argument(
        "--password",
        metavar="DIGITS",
        help=f"of the terminal; better in {PASSWORD_VARIABLE}: others on this machine see arguments; '-' asks for it",
    )
    parser.add_argument("--register", default="01", metavar="NO", help="number of this register, default: 01")
    parser.add_argument("--terminal-id", default="", metavar="ID", help="the terminal that is meant (nexo: POIID)")
    parser.add_argument("--language", choices=["en", "de"], default="en", help="of the driver's own words")
    parser.add_argument("--format", choices=["json", "xml"], default="json", help="of nexo messages, default: json")
    parser.add_argument("--answer-timeout", type=float, metavar="S", help="seconds to the answer to a command")
    parser.add_argument("--completion-timeout", type=float, metavar="S", help="seconds of silence while it works")


def link_of(options: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> TerminalLink:
    """Return what the arguments name.

    Raises:
        DriverError: ``unknown_currency``, ``bad_password``.
    """
    protocol = ProtocolName(options.protocol)
    url = completed_url(options.port, protocol)
    return TerminalLink(url, protocol, currency_named(options.currency), manner_of(options, environ), options.trace)


def manner_of(options: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> EngineOptions:
    """Return how the arguments want a terminal spoken to; raises as :func:`link_of`."""
    return EngineOptions(
        password=_password(options.password, ProtocolName(options.protocol), environ),
        currency_numeric=currency_named(options.currency).numeric,
        language=options.language,
        register_no=options.register,
        terminal_id=options.terminal_id,
        answer_timeout_s=options.answer_timeout,
        completion_timeout_s=options.completion_timeout,
        message_format=options.format,
    )


def tell_event(console: Console, event: EngineEvent) -> None:
    """Say on the way what the terminal says."""
    match event:
        case Progress(words=words):
            console.tell(words)
        case Notice(code, words):
            console.tell(f"note: {words} ({code})")
        case OrphanResult(data):
            console.tell(f"a result that belongs to no command: amount {data.amount_minor}, receipt {data.receipt_no}")


@contextmanager
def _session(link: TerminalLink, console: Console, accept: AcceptResult) -> Iterator[TerminalSession]:
    engine = build_engine(link.protocol, line_kind_of(link.url), link.options, accept)
    transport: Transport = from_url(link.url)
    trace = None if link.trace is None else TraceFile(link.trace, bytes_max=TRACE_BYTES_MAX)
    if trace is not None:
        transport = TracingTransport(transport, trace.append)
    session = TerminalSession(engine, transport, lambda event: tell_event(console, event))
    try:
        yield session
    finally:
        session.close()
        if trace is not None:
            trace.close()


def _password(given: str | None, protocol: ProtocolName, environ: Mapping[str, str]) -> str:
    if not PROTOCOLS[protocol].password:
        return PASSWORD_OF_MAKERS
    password = getpass.getpass("Password of the terminal: ") if given == "-" else given
    if password is None:
        password = environ.get(PASSWORD_VARIABLE, PASSWORD_OF_MAKERS)
    if len(password) != 6 or not (password.isascii() and password.isdigit()):
        raise DriverError("bad_password", "the password of a terminal is six digits")
    return password
