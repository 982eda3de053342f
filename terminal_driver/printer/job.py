"""Prints one job on one printer and says what is known about it: printed, not printed, or unsure.

The line is opened for each operation and closed after it, so that a printer that was switched off in between, or is
shared with another till, does no harm. One thread calls a `PrinterConnection`. What a result promises:

- NOT_PRINTED: not one byte of the job was taken by the line; sending it again cannot make a duplicate.
- PRINTED: every byte was taken, and the printer (if it can tell) was in order afterwards.
- UNSURE: everything else; only the paper tells. The printer is told to forget the rest, lest it come out later.

A printer that runs out of paper in the middle is waited for until the deadline: with a new roll the receipt goes on.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from terminal_driver.errors import TransportError
from terminal_driver.printer.drawer import DrawerOutcome, DrawerPulse, DrawerResult
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
LISTEN_S = 3.0  # how often a printer that takes nothing is listened to; longer than a chunk takes on the slowest line
DRAWER_MOVES_S = 0.4  # a pulse and the spring of a drawer; many have no contact and are waited for in vain
DRAWER_LOOK_S = 0.05
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
        self._told: PrinterStatus | None = None  # the last it said by itself on this line

    def forget_rest(self) -> None:
        """Begin the next job with an empty buffer: an earlier owner of this printer may have left a rest in it."""
        self._rest_may_wait = True

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

    def open_drawer(self, pulse: DrawerPulse = DrawerPulse()) -> DrawerResult:  # noqa: B008  a frozen value
        """Open the cash drawer; takes at most a few seconds, and works without paper, too.

        Nothing is left behind: a pulse that cannot be confirmed is taken back, so that no drawer opens later, unasked.
        """
        try:
            return self._open_drawer(pulse)
        except TransportError as error:
            return DrawerResult(DrawerOutcome.NOT_PULSED, error.code, moved=False)
        finally:
            self._transport.close()

    def _open_drawer(self, pulse: DrawerPulse) -> DrawerResult:
        self._open()
        if self._rest_may_wait:
            self._clear_buffer()
        before = self._ask(self._clock() + STATUS_WAIT_S) if self._tells else UNABLE
        if self._tells and not before.answered:
            return DrawerResult(DrawerOutcome.NOT_PULSED, "no_answer", moved=False)
        at_once = self._tells and not before.ready
        command = pulse.at_once() if at_once else pulse.in_order()
        taken = self._transport.write(command, STATUS_WAIT_S)
        if taken == 0:
            reason = (before.problem if at_once else None) or "printer_stalled"
            return DrawerResult(DrawerOutcome.NOT_PULSED, reason, moved=False)
        if not self._tells and taken == len(command):
            return DrawerResult(DrawerOutcome.PULSED, "", moved=False)
        try:
            return self._after_pulse(before, at_once=at_once, whole=taken == len(command))
        except TransportError as error:
            self._rest_may_wait = True
            return DrawerResult(DrawerOutcome.UNSURE, error.code, moved=False)

    def _after_pulse(self, before: PrinterStatus, *, at_once: bool, whole: bool) -> DrawerResult:
        ends_at = self._clock() + STATUS_WAIT_S
        worked_off = whole
        if whole and not at_once and self._profile.status is StatusKind.ORDERED:
            worked_off = self._say(ASK_PAPER_IN_ORDER, ends_at) and self._await(SensorReply, ends_at) is not None
        after = self._ask(self._clock() + STATUS_WAIT_S) if whole else NO_ANSWER
        moved = _moved(before, after)
        looks_until = self._clock() + DRAWER_MOVES_S
        while worked_off and after.answered and not moved and (left_s := looks_until - self._clock()) > 0:
            self._listen(min(left_s, DRAWER_LOOK_S))
            after = self._ask(self._clock() + STATUS_WAIT_S)
            moved = _moved(before, after)
        # A printer that must be switched off and on again takes no pulse, but takes the command.
        if moved or (worked_off and after.answered and not after.error):
            return DrawerResult(DrawerOutcome.PULSED, after.problem or "", moved)
        self._rest_may_wait = True
        self._forget_rest()
        return DrawerResult(DrawerOutcome.UNSURE, after.problem or "printer_stalled", moved=False)

    @property
    def _tells(self) -> bool:
        return self._profile.status is not StatusKind.NONE

    def _print(self, data: bytes, ends_at: float) -> PrintResult:
        try:
            self._open()
            if self._rest_may_wait:
                self._clear_buffer()
            problem = self._problem(ends_at)
            if problem is None and self._profile.status is StatusKind.ORDERED:
                problem = self._ask_to_be_told(ends_at)
        except TransportError as error:
            return PrintResult(PrintOutcome.NOT_PRINTED, error.code, 0)
        if problem is not None:
            return PrintResult(PrintOutcome.NOT_PRINTED, problem, 0)
        sent, problem = self._send(data, ends_at)
        if sent == 0:
            return PrintResult(PrintOutcome.NOT_PRINTED, problem or "printer_stalled", 0)
        if problem is None:
            problem = self._problem_after(ends_at)
        if problem == "printer_stalled":
            problem = self._cause_of_stall()
        if problem is None:
            self._rest_may_wait = False
            return PrintResult(PrintOutcome.PRINTED, "", sent)
        self._rest_may_wait = True
        self._forget_rest()
        return PrintResult(PrintOutcome.UNSURE, problem, sent)

    def _open(self) -> None:
        self._parser = StatusParser()
        self._told = None
        self._transport.open()

    def _ask_to_be_told(self, ends_at: float) -> str | None:
        """Switch automatic status on, where the device has it: it is heard even when the line takes nothing more."""
        if self._say(SWITCH_ASB_ON, min(ends_at, self._clock() + STATUS_WAIT_S)):
            return None
        self._rest_may_wait = True  # half a command would swallow the beginning of the next job
        return "printer_stalled"

    def _send(self, data: bytes, ends_at: float) -> tuple[int, str | None]:
        sent = 0
        while sent < len(data):
            left_s = ends_at - self._clock()
            if left_s <= 0:
                return sent, "printer_stalled"
            try:
                taken = self._transport.write(data[sent : sent + CHUNK_BYTES], min(left_s, LISTEN_S))
                if taken and not sent and self._first_byte is not None:
                    self._first_byte()
                sent += taken
                if self._tells:
                    self._listen(0.0)
            except TransportError as error:
                return sent, error.code
        return sent, None

    def _listen(self, wait_s: float) -> None:
        """Hear what the printer says without being asked."""
        self._sort(self._transport.read(_READ_BYTES, wait_s))

    def _sort(self, data: bytes) -> tuple[Reply, ...]:
        replies = self._parser.feed(data)
        for reply in replies:
            if isinstance(reply, AutomaticStatus):
                self._told = status_from_asb(reply.packet)
        return replies

    def _cause_of_stall(self) -> str:
        """Say why it takes nothing more: by what it told itself, or by asking once; a network line may not carry it."""
        problem = self._told.problem if self._told is not None else None
        try:
            if problem is None and self._tells:
                problem = self._ask(self._clock() + STATUS_WAIT_S).problem
        except TransportError as error:
            return error.code
        return "printer_stalled" if problem in (None, "no_answer") else problem

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
            for reply in self._sort(data):
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


def _moved(before: PrinterStatus, after: PrinterStatus) -> bool:
    known = before.drawer_contact is not None and after.drawer_contact is not None
    return known and before.drawer_contact != after.drawer_contact
