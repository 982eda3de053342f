"""The Protocol of a sans-IO terminal engine: one interface for every wire protocol.

An engine holds the state of one dialogue. It never reads a clock, a port or a thread: the caller gives it bytes and
the present time, sends what it returns, and asks for the next deadline. Illegal calls raise ``LocalProtocolError`` and
change nothing; illegal bytes raise ``RemoteProtocolError`` or become a ``Notice`` and leave the engine usable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from terminal_driver.operations import MoneyOperation, Operation, QuietResult
from terminal_driver.outcome import (
    LastResult,
    NoAnswer,
    Outcome,
    TerminalInfo,
    TerminalStatus,
    TransactionData,
    Verdict,
)

Result = Outcome | LastResult | NoAnswer | TerminalInfo | TerminalStatus | QuietResult


@dataclass(frozen=True, slots=True)
class Progress:
    """The terminal says what it waits for. ``code``: stable word (``insert_card``, ``enter_pin``); ``words``: text."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The running command has ended; ``result`` depends on the command (see ``Engine`` methods)."""

    result: Result


@dataclass(frozen=True, slots=True)
class OrphanResult:
    """A transaction result that belongs to no running command: it is acknowledged and kept, never dropped."""

    data: TransactionData


@dataclass(frozen=True, slots=True)
class Notice:
    """Something odd on the line that did not change the dialogue. ``code``: snake_case word."""

    code: str
    words: str


EngineEvent = Progress | Finished | OrphanResult | Notice


class Engine(Protocol):
    """One dialogue partner of one terminal. ``now_s`` is a monotonic time in seconds, given by the caller."""

    def start_registration(self, now_s: float) -> bytes:
        """Return the bytes that begin registration; ends with ``Finished(TerminalInfo | NoAnswer)``."""

    def start_operation(self, operation: Operation, now_s: float) -> bytes:
        """Return the bytes that begin any operation; ends with its kind of result (see ``operations``) or ``NoAnswer``.

        Raises:
            LocalProtocolError: ``not_supported`` by this protocol, ``busy`` or a value that does not fit its field;
                nothing was sent.
        """

    def start_last_result(self, now_s: float, about: MoneyOperation | None = None) -> bytes:
        """Return the bytes that ask for the last transaction; ends with ``Finished(LastResult | NoAnswer)``.

        ``about``: the operation whose outcome is missing, for protocols that ask by its ``reference``.
        """

    def judge(self, operation: MoneyOperation, sent_at: datetime | None, last: LastResult | NoAnswer) -> Verdict:
        """Say what the terminal's last transaction proves about an operation whose outcome is unknown; pure.

        ``sent_at``: when it was sent, in the terminal's local time; None leaves the time out of the judgement.
        """

    def start_status(self, now_s: float) -> bytes:
        """Return the bytes of a status enquiry; ends with ``Finished(TerminalStatus | NoAnswer)``."""

    def request_abort(self, now_s: float) -> bytes:
        """Return the bytes that ask the terminal to stop; the running command still ends with its own result."""

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line, in pieces of any size; return the bytes to send back (acknowledgements)."""

    def next_event(self) -> EngineEvent | None:
        """Return the oldest event not yet taken, or None."""

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""

    def expire(self, now_s: float) -> bytes:
        """Act on a passed deadline: return bytes to repeat, or end the command as ``Unknown`` or ``NoAnswer``."""

    def line_lost(self, now_s: float) -> None:
        """Tell the engine that the line broke: a running sale ends ``Unknown``, its state is otherwise kept."""

    @property
    def busy(self) -> bool:
        """True while a command runs."""

    @property
    def operations(self) -> frozenset[type[Operation]]:
        """The operations this protocol can carry."""


AcceptResult = Callable[[TransactionData], bool]
"""Asked before a successful result is acknowledged: False makes the terminal take the sale back (84 yy to 04 0F)."""
