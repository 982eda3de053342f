"""Prints one job on one printer and says what is known about it: printed, not printed, or unsure.

The line is opened for each operation and closed after it, so that a printer that was switched off in between, or is
shared with another till, does no harm. One thread calls a `PrinterConnection`. What a result promises:

- NOT_PRINTED: not one byte of the job was taken by the line; sending it again cannot make a duplicate.
- PRINTED: every byte was taken, and the printer (if it can tell) was in order afterwards.
- UNSURE: everything else; only the paper tells. The printer is told to forget the rest, lest it come out later.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from terminal_driver.errors import TransportError
from terminal_driver.printer.profile import PrinterProfile, StatusKind
from terminal_driver.printer.status import (
    ASK_PAPER_IN_ORDER,
    CLEAR_BUFFER,
    NO_ANSWER,
    SWITCH_ASB_ON,
    UNABLE,
    AutomaticStatus,
    BufferCleared,
    PrinterStatus,
    RealtimeReply,
    Reply,
    SensorReply,
    StatusParser,
    ask_realtime,
    status_from_asb,
    status_from_realtime,
)
from terminal_driver.printer.transports import PrinterTransport

CHUNK_BYTES = 512  # a quarter of the smallest receive buffer in common use
STATUS_WAIT_S = 1.0  # a 9600 baud printer needs 5 ms; longer silence is no answer
CLEAR_WAIT_S = 0.5
_READ_BYTES = 64
_R = TypeVar("_R", bound=Reply)


class PrintOutcome(StrEnum):
    """What is known about a print job."""

    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class PrintResult:
    """The end of a job.

    Attributes:
        outcome: one of three.
        reason: empty if printed; else a stable name: `printer_unreachable`, `line_lost`, `no_answer`, `cover_open`,
            `out_of_paper`, `printer_error`, `printer_offline`, `printer_stalled`, `nothing_to_print`.
        bytes_sent: bytes of the job that the line took.
    """

    outcome: PrintOutcome
    reason: str
    bytes_sent: int


class PrinterConnection:
    """The way to one printer.

    Args:
        transport: how its bytes travel; it belongs to this connection from now on.
        profile: what the printer can do.
        clock: seconds on a clock that never goes back.
        first_byte: called once per job, when the line has taken the first byte of it.
    """

    def __init__(
        self,
        transport: PrinterTransport,
        profile: PrinterProfile,
        clock: Callable[[], float] = time.monotonic,
        first_byte: Callable[[], None] | None = None,
    ) -> None:
        self._transport = transport
        self._profile = profile
        self._clock = clock
        self._first_byte = first_byte
        self._parser = StatusParser()
        self._rest_may_wait = False

    def status(self) -> PrinterStatus:
        """Ask the printer for its state; takes at most a few seconds, and no answer is `answered = False`."""
        try:
            self._open()
            if self._profile.status is StatusKind.NONE:
                return UNABLE
            return self._ask(self._clock() + STATUS_WAIT_S)
        except TransportError:
            return NO_ANSWER
        finally:
            self._transport.close()

    def print(self, data: bytes, deadline_s: float) -> PrintResult:
        """Print `data` (from the encoder), within `deadline_s` seconds from now."""
        if not data:
            return PrintResult(PrintOutcome.NOT_PRINTED, "nothing_to_print", 0)
        ends_at = self._clock() + deadline_s
        try:
            return self._print(data, ends_at)
        finally:
            self._transport.close()

    def _print(self, data: bytes, ends_at: float) -> PrintResult:
        try:
            self._open()
            if self._rest_may_wait:
                self._clear_buffer()
            problem = self._problem(ends_at)
        except TransportError as error:
            return PrintResult(PrintOutcome.NOT_PRINTED, error.code, 0)
        if problem is not None:
            return PrintResult(PrintOutcome.NOT_PRINTED, problem, 0)
        sent, problem = self._send(data, ends_at)
        if sent == 0:
            return PrintResult(PrintOutcome.NOT_PRINTED, problem or "printer_stalled", 0)
        if problem is None:
            problem = self._problem_after(ends_at)
        if problem is None:
            self._rest_may_wait = False
            return PrintResult(PrintOutcome.PRINTED, "", sent)
        self._rest_may_wait = True
        self._forget_rest()
        return PrintResult(PrintOutcome.UNSURE, problem, sent)

    def _open(self) -> None:
        self._parser = StatusParser()
        self._transport.open()

    def _send(self, data: bytes, ends_at: float) -> tuple[int, str | None]:
        sent = 0
        while sent < len(data):
            left_s = ends_at - self._clock()
            if left_s <= 0:
                return sent, "printer_stalled"
            try:
                taken = self._transport.write(data[sent : sent + CHUNK_BYTES], left_s)
            except TransportError as error:
                return sent, error.code
            if taken and not sent and self._first_byte is not None:
                self._first_byte()
            sent += taken
        return sent, None

    def _problem(self, ends_at: float) -> str | None:
        if self._profile.status is StatusKind.NONE:
            return None
        return self._ask(min(ends_at, self._clock() + STATUS_WAIT_S)).problem

    def _problem_after(self, ends_at: float) -> str | None:
        """Ask after the last byte; here waiting is right until the deadline: a slow line still carries the job."""
        try:
            match self._profile.status:
                case StatusKind.NONE:
                    return None
                case StatusKind.ORDERED:
                    return self._problem_in_order(ends_at)
                case StatusKind.REALTIME | StatusKind.AUTOMATIC:
                    return self._ask(ends_at).problem
        except TransportError as error:
            return error.code

    def _problem_in_order(self, ends_at: float) -> str | None:
        while self._say(ASK_PAPER_IN_ORDER, ends_at):
            reply = self._await(SensorReply, min(ends_at, self._clock() + STATUS_WAIT_S))
            # The sensor answer proves the end was reached; without it the state tells why, or that it is still busy.
            status = self._ask(ends_at)
            if reply is not None or not status.ready:
                return status.problem
        return "printer_stalled"

    def _ask(self, ends_at: float) -> PrinterStatus:
        self._drop_stale_replies()
        if self._profile.status is StatusKind.AUTOMATIC:
            if not self._say(SWITCH_ASB_ON, ends_at):
                return NO_ANSWER
            packet = self._await(AutomaticStatus, ends_at)
            return NO_ANSWER if packet is None else status_from_asb(packet.packet)
        printer = self._ask_realtime(1, ends_at)
        paper = None if printer is None else self._ask_realtime(4, ends_at)
        offline = error = None
        if printer is not None and paper is not None and printer & 0x08:
            offline = self._ask_realtime(2, ends_at)
            error = self._ask_realtime(3, ends_at)
        return status_from_realtime(printer, offline, error, paper)

    def _ask_realtime(self, number: int, ends_at: float) -> int | None:
        if not self._say(ask_realtime(number), ends_at):
            return None
        reply = self._await(RealtimeReply, ends_at)
        return None if reply is None else reply.value

    def _say(self, command: bytes, ends_at: float) -> bool:
        left_s = ends_at - self._clock()
        return left_s > 0 and self._transport.write(command, left_s) == len(command)

    def _await(self, kind: type[_R], ends_at: float) -> _R | None:
        while (left_s := ends_at - self._clock()) > 0:
            data = self._transport.read(_READ_BYTES, left_s)
            if not data:
                break
            for reply in self._parser.feed(data):
                if isinstance(reply, kind):
                    return reply
        return None

    def _drop_stale_replies(self) -> None:
        for _ in range(_READ_BYTES):  # bounded: a device that never stops talking is not answering us
            if not self._transport.read(_READ_BYTES, 0.0):
                break
        self._parser = StatusParser()

    def _clear_buffer(self) -> None:
        if self._profile.status is StatusKind.NONE:
            return
        ends_at = self._clock() + CLEAR_WAIT_S
        if self._say(CLEAR_BUFFER, ends_at):
            self._await(BufferCleared, ends_at)

    def _forget_rest(self) -> None:
        try:
            self._clear_buffer()
        except TransportError:
            # The line is gone: `_rest_may_wait` makes the next job clear the buffer before anything else.
            return
