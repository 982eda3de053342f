"""Examines the line to a terminal step by step and says what is wrong and what to do, each with a stable code.

It never sends a command that moves money: it registers, asks for the state, and where nobody answers asks other devices
and protocols for theirs. A terminal is used by one program at a time: a port that is in use is reported, not taken.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from terminal_driver.diagnosis_codes import NEEDS, REFUSALS, ZVT_STATES, FindingCode, Gravity
from terminal_driver.diagnosis_findings import Finding, finding
from terminal_driver.diagnosis_probes import (
    ask_printer,
    ask_web_server,
    device_of,
    protocol_of,
    speaks_tls,
    wants_tls,
)
from terminal_driver.diagnosis_try import Answer, try_terminal
from terminal_driver.dialogue_pump import Clock
from terminal_driver.errors import DriverError, LocalProtocolError, TransportError
from terminal_driver.outcome import NoAnswer, TerminalInfo, TerminalStatus, TransactionData
from terminal_driver.protocols import (
    PROTOCOLS,
    EngineOptions,
    LineKind,
    ProtocolName,
    available,
    build_engine,
    completed_url,
    line_kind_of,
)
from terminal_driver.transports.base import NamesTerminal, SwitchableLine, Transport, Way
from terminal_driver.transports.port_list import list_ports, port_info
from terminal_driver.transports.tcp import TcpTransport
from terminal_driver.transports.urls import SPEEDS, from_url

FIRST_SILENCE_S = 6.0
"""Seconds without a byte after which the configured way is given up: longer than ZVT's T2 and T3."""

OTHER_SILENCE_S = 2.5
"""The same for every other speed and protocol: a device that is there answers at once."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried. ``at_s``: seconds from the start; ``what``: what was done; ``result``: what came."""

    at_s: float
    what: str
    result: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an examination brought.

    Attributes:
        line: the line in words, as it was at the end.
        protocol: the one that was expected.
        findings: the gravest first; never empty.
        steps: what was tried, in order.
        terminal: what the terminal told at registration; None when none answered.
        status: its state; None when it told none.
        baud: speed at which it answered; None on a network line or without an answer.
    """

    line: str
    protocol: ProtocolName
    findings: tuple[Finding, ...]
    steps: tuple[Step, ...]
    terminal: TerminalInfo | None = None
    status: TerminalStatus | None = None
    baud: int | None = None

    @property
    def usable(self) -> bool:
        """True when payments are possible as far as an examination can tell."""
        return all(found.gravity is not Gravity.FAULT for found in self.findings)

    def as_record(self) -> dict[str, object]:
        """Return the report as plain values for JSON."""
        return {
            "line": self.line,
            "protocol": str(self.protocol),
            "usable": self.usable,
            "terminal_id": None if self.terminal is None else self.terminal.terminal_id,
            "currency": None if self.terminal is None else self.terminal.currency_numeric,
            "status": None if self.status is None else self.status.words,
            "baud": self.baud,
            "findings": [
                {
                    "code": str(found.code),
                    "gravity": str(found.gravity),
                    "words": found.words,
                    "advice": found.advice,
                    "detail": found.detail,
                }
                for found in self.findings
            ],
            "steps": [{"at": step.at_s, "what": step.what, "result": step.result} for step in self.steps],
        }


def diagnose(
    url: str,
    protocol: ProtocolName = ProtocolName.ZVT,
    options: EngineOptions | None = None,
    *,
    on_step: Callable[[Step], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
    clock: Clock = time.monotonic,
) -> Report:
    """Examine the line to a terminal; takes up to about a minute when nobody answers.

    Args:
        url: the line (see ``transports.urls``).
        protocol: the one the terminal should speak.
        options: how it is spoken to; ``terminal_id`` is the terminal that is meant, unless the line names one.
        on_step: told each step when it is done, in the caller's thread.
        stopped: asked between the steps; True ends the examination.
        clock: monotonic seconds.
    """
    return _Examination(url, protocol, options or EngineOptions(), on_step, stopped, clock).run()


class _Examination:
    """One run; finds the first thing that is wrong with the line, then everything the terminal says of itself."""

    def __init__(
        self,
        url: str,
        protocol: ProtocolName,
        options: EngineOptions,
        on_step: Callable[[Step], None],
        stopped: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._url = url
        self._protocol = protocol
        self._options = options
        self._on_step = on_step
        self._stopped = stopped
        self._clock = clock
        self._began = clock()
        self._steps: list[Step] = []
        self._findings: list[Finding] = []
        self._line_words = url.partition("?")[0]
        self._kind = line_kind_of(url)
        self._answer = Answer()
        self._baud: int | None = None

    def run(self) -> Report:
        """Examine and report."""
        line = self._checked_line()
        if line is not None:
            self._line_words = line.description
            self._examine(line)
            self._line_words = line.description
        answer = self._answer
        order = list(Gravity)
        return Report(
            self._line_words,
            self._protocol,
            tuple(sorted(self._findings, key=lambda found: -order.index(found.gravity))),
            tuple(self._steps),
            answer.told if isinstance(answer.told, TerminalInfo) and answer.spoken else None,
            answer.status if isinstance(answer.status, TerminalStatus) and answer.spoken else None,
            self._baud,
        )

    def _checked_line(self) -> Transport | None:
        """Return the line, or None when address or settings are wrong."""
        try:
            line = from_url(completed_url(self._url, self._protocol))
        except DriverError as error:
            self._find(FindingCode.BAD_ADDRESS, str(error))
            return None
        try:
            # What does not fit its field shows when the bytes are made; they go nowhere.
            build_engine(self._protocol, self._kind, self._options, _refuse).start_registration(self._clock())
        except (LocalProtocolError, ValueError) as error:
            self._find(FindingCode.BAD_SETTINGS, str(error))
            return None
        return line

    def _examine(self, line: Transport) -> None:
        try:
            ways = line.ways() if isinstance(line, SwitchableLine) else ()
        except TransportError as error:
            self._step("looking for the port", _ports_in_words())
            self._find(FindingCode(error.code), str(error), hint=error.hint)
            return
        first = ways[0] if ways else None
        if first is not None:
            self._step("looking at the port", _port_in_words(first.device))
        if first is not None and isinstance(line, SwitchableLine):
            line.take(first)
        answer = self._try(line, self._protocol, FIRST_SILENCE_S, f"registering on {line.description}")
        self._answer = answer
        if answer.error is not None:
            self._judge_error(answer.error)
        elif self._told_by_bytes(answer.heard):
            return
        elif answer.spoken or answer.unproven:
            self._baud = None if first is None else first.baud
            self._judge_terminal(line, answer)
        elif not self._other_way(line, ways) and not self._other_tongue(line):
            self._judge_silence(answer)

    def _judge_error(self, error: TransportError) -> None:
        codes = {str(code): code for code in FindingCode}
        self._find(codes.get(error.code, FindingCode.PORT_UNUSABLE), str(error), hint=error.hint)

    def _told_by_bytes(self, heard: bytes) -> bool:
        """Find out from its bytes who answered, if it is somebody else."""
        if self._kind is LineKind.TCP and wants_tls(heard):
            self._find(FindingCode.TLS_EXPECTED)
        elif protocol := protocol_of(heard, self._kind, self._protocol):
            self._find(FindingCode.OTHER_PROTOCOL, protocol)
        elif device := device_of(heard):
            self._find(FindingCode.OTHER_DEVICE, device)
        else:
            return False
        return True

    def _other_way(self, line: Transport, ways: tuple[Way, ...]) -> bool:
        """Try the other ports and speeds; True when somebody answered there, which is then judged."""
        if not ways or not isinstance(line, SwitchableLine):
            return False
        every = dict.fromkeys((*ways, *(Way(ways[0].device, baud) for baud in SPEEDS)))
        for way in list(every)[1:]:
            if self._stopped():
                return self._stop()
            line.take(way)
            answer = self._try(line, self._protocol, OTHER_SILENCE_S, f"registering on {way}")
            if answer.spoken:
                self._answer, self._baud = answer, way.baud
                if way.baud != ways[0].baud:
                    self._find(FindingCode.WRONG_SPEED, f"{way.baud} baud")
                self._judge_terminal(line, answer)
                return True
        line.take(ways[0])
        return False

    def _other_tongue(self, line: Transport) -> bool:
        """Ask other protocols and devices; True when somebody answered, or the examination was stopped."""
        for other in available():
            if other is self._protocol or self._kind not in PROTOCOLS[other].lines:
                continue
            if self._stopped():
                return self._stop()
            title = PROTOCOLS[other].title
            try:
                answer = self._try(line, other, OTHER_SILENCE_S, f"asking in {title}")
            except (LocalProtocolError, ValueError):
                continue  # a setting that the chosen protocol does not use does not fit this one
            # A terminal of another protocol may refuse any bytes: only a plain yes shows that it is this one.
            if answer.spoken and (isinstance(answer.told, NoAnswer) or _is_ready(answer.status)):
                self._find(FindingCode.OTHER_PROTOCOL, title)
                return True
        if self._stopped():
            return self._stop()
        return self._ask_printer(line) if self._kind is LineKind.SERIAL else self._ask_server(line)

    def _ask_printer(self, line: Transport) -> bool:
        try:
            device = ask_printer(line)
        except TransportError as error:
            self._step("asking a receipt printer", str(error))
            return False
        self._step("asking a receipt printer", device or "no answer")
        if device:
            self._find(FindingCode.OTHER_DEVICE, device)
        return bool(device)

    def _ask_server(self, line: Transport) -> bool:
        if isinstance(line, TcpTransport) and not line.encrypted:
            secure = speaks_tls(*line.address, OTHER_SILENCE_S)
            self._step("greeting with encryption", "answered" if secure else "no answer")
            if secure:
                self._find(FindingCode.TLS_EXPECTED)
                return True
        try:
            device = ask_web_server(line)
        except TransportError as error:
            self._step("asking a web server", str(error))
            return False
        self._step("asking a web server", device or "no answer")
        if device:
            self._find(FindingCode.OTHER_DEVICE, device)
        return bool(device)

    def _judge_silence(self, answer: Answer) -> None:
        if answer.heard:
            self._find(FindingCode.GARBLED, answer.heard[:16].hex(" "))
        elif isinstance(answer.told, NoAnswer) and answer.told.code == "line_lost" and self._kind is LineKind.TCP:
            self._find(FindingCode.HUNG_UP, answer.told.reason)
        else:
            self._find(FindingCode.NO_ANSWER)

    def _judge_terminal(self, line: Transport, answer: Answer) -> None:
        """Find what the terminal says of itself."""
        told, status = answer.told, answer.status
        if isinstance(told, NoAnswer):
            code = REFUSALS.get(told.code, FindingCode.REGISTRATION_REFUSED)
            if code is FindingCode.WRONG_PASSWORD and not PROTOCOLS[self._protocol].password:
                code = FindingCode.REGISTRATION_REFUSED
            self._find(code, told.reason)
            return
        if not isinstance(told, TerminalInfo):
            return
        wanted = (line.terminal_id if isinstance(line, NamesTerminal) else "") or self._options.terminal_id
        if wanted and told.terminal_id and told.terminal_id != wanted:
            self._find(FindingCode.OTHER_TERMINAL, f"{told.terminal_id} instead of {wanted}")
        for need in told.needs:
            self._find(NEEDS.get(need, FindingCode.NOT_READY), need)
        if isinstance(status, NoAnswer):
            self._find(FindingCode.STATUS_UNTOLD, status.reason)
        elif status is not None and not status.ready:
            states = ZVT_STATES if self._protocol is ProtocolName.ZVT else {}
            usual = FindingCode.TERMINAL_BUSY if status.busy else FindingCode.NOT_READY
            self._find(states.get(status.code, usual), status.words)
        if self._findings:
            return
        if answer.heard:
            self._find(FindingCode.READY, told.terminal_id or line.description)
        else:
            self._find(FindingCode.CONNECTED_ONLY)

    def _try(self, line: Transport, protocol: ProtocolName, silence_s: float, what: str) -> Answer:
        engine = build_engine(protocol, self._kind, self._options, _refuse)
        answer = try_terminal(line, engine, silence_s=silence_s, clock=self._clock)
        self._step(what, answer.words)
        for data in answer.unclaimed:
            amount = "unknown amount" if data.amount_minor is None else f"{data.amount_minor} minor units"
            self._find(FindingCode.UNCLAIMED_RESULT, f"receipt {data.receipt_no or 'without a number'}, {amount}")
        return answer

    def _stop(self) -> bool:
        self._find(FindingCode.STOPPED)
        return True

    def _find(self, code: FindingCode, detail: str = "", *, hint: str = "") -> None:
        known = {found.code for found in self._findings}
        if code not in known:
            self._findings.append(finding(code, detail, hint=hint, language=self._options.language))

    def _step(self, what: str, result: str) -> None:
        step = Step(round(self._clock() - self._began, 3), what, result)
        self._steps.append(step)
        self._on_step(step)


def _refuse(data: TransactionData) -> bool:
    """Never take an approval: an examination asks for none."""
    del data
    return False


def _ports_in_words() -> str:
    ports = list_ports()
    return ", ".join(f"{port.device} ({port.words})" for port in ports) or "there is no serial port"


def _port_in_words(device: str) -> str:
    port = port_info(device)
    if port is None:
        return f"there is no {device}; there is: {_ports_in_words()}"
    owners = ", ".join(owner.words for owner in port.owners if not owner.ours)
    return f"{port.words}{f', in use by {owners}' if owners else ''}"


def _is_ready(status: TerminalStatus | NoAnswer | None) -> bool:
    return isinstance(status, TerminalStatus) and status.ready
