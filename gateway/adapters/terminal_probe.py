"""Tries the line to a terminal for the setup screen with the driver's own examination; it never moves money."""

import re
from collections.abc import Callable

from gateway.adapters.terminal_lines import driver_url, line_marks
from gateway.domain.cards.terminal_setup import (
    Gravity,
    ProtocolFace,
    SerialPort,
    TerminalWish,
    TrialFinding,
    TrialReport,
    TrialStep,
)
from gateway.domain.errors import InputError
from gateway.ports.terminal_setup import OnStep
from terminal_driver.diagnosis import Report, diagnose
from terminal_driver.diagnosis_codes import FindingCode
from terminal_driver.errors import DriverError
from terminal_driver.protocols import (
    PROTOCOLS,
    EngineOptions,
    LineKind,
    Protocol,
    ProtocolName,
    available,
    build_engine,
    line_kind_of,
)
from terminal_driver.transports.port_list import list_ports
from terminal_driver.transports.urls import from_url

_CODES = {"bad_transport_url": "invalid_transport"}
_BAUD = re.compile(r"(?<=[?&]baud=)[0-9]+")


class DriverProbe:
    """Looks at ports and lines through the terminal driver."""

    def __init__(self, *, currency_numeric: str) -> None:
        """``currency_numeric``: of the shop, three digits."""
        self._currency = currency_numeric

    def protocols(self) -> tuple[ProtocolFace, ...]:
        """Return the protocols this installation speaks."""
        return tuple(_face(PROTOCOLS[name]) for name in available())

    def ports(self) -> tuple[SerialPort, ...]:
        """Return the serial ports of this machine in natural order."""
        return tuple(
            SerialPort(
                device=port.device,
                line=port.url,
                words=port.words if port.maker or port.product or port.usb_ids else "",
                used_by=", ".join(owner.words for owner in port.owners),
                permitted=port.permitted,
                group=port.group,
            )
            for port in list_ports()
        )

    def line_marks(self, line: str) -> frozenset[str]:
        """Return what a line is reached by."""
        return line_marks(line)

    def check(self, wish: TerminalWish) -> None:
        """Refuse a wish no line can be opened by, or whose protocol does not run over it."""
        protocol = ProtocolName(wish.protocol)
        try:
            url = driver_url(wish.line, protocol, wish.terminal_id)
            from_url(url)
            build_engine(protocol, line_kind_of(url), self._options(wish), lambda _data: True)
        except DriverError as error:
            raise InputError(_CODES.get(error.code, error.code), str(error), error.hint, "/transport") from error
        except ValueError as error:
            hint = "Name tcp:HOST:PORT, or a serial port of the list."
            raise InputError("invalid_transport", f"This is no line: {error}.", hint, "/transport") from error

    def try_line(self, wish: TerminalWish, on_step: OnStep, stopped: Callable[[], bool]) -> TrialReport:
        """Examine the line and say what is to be kept of it."""
        protocol = ProtocolName(wish.protocol)
        report = diagnose(
            driver_url(wish.line, protocol, wish.terminal_id),
            protocol,
            self._options(wish),
            on_step=lambda step: on_step(TrialStep(step.what, step.result)),
            stopped=stopped,
        )
        return _trial_report(wish, report)

    def _options(self, wish: TerminalWish) -> EngineOptions:
        return EngineOptions(
            password=wish.password,
            currency_numeric=self._currency,
            language=wish.language,
            register_no=wish.register_no,
            terminal_id=wish.terminal_id,
            message_format=wish.message_format,
        )


def _trial_report(wish: TerminalWish, report: Report) -> TrialReport:
    codes = {found.code for found in report.findings}
    # Some protocols have nothing to ask before a payment: an open line is all that they show.
    answered = (report.terminal is not None or FindingCode.CONNECTED_ONLY in codes) and not codes & _NOT_OURS
    baud = report.baud
    return TrialReport(
        answered=answered,
        ready=answered and all(Gravity(found.gravity) is Gravity.GOOD for found in report.findings),
        line=wish.line if baud is None else _BAUD.sub(str(baud), wish.line),
        findings=tuple(
            TrialFinding(found.code, Gravity(found.gravity), found.words, found.advice)
            for found in report.findings
            if found.code is not FindingCode.READY
        ),
        terminal_id=(report.terminal.terminal_id if report.terminal else None) or "",
        state_words=report.status.words if report.status else "",
    )


# Somebody took us in who is not the one that was meant.
_NOT_OURS = frozenset({FindingCode.OTHER_TERMINAL, FindingCode.WRONG_CURRENCY})


def _face(protocol: Protocol) -> ProtocolFace:
    return ProtocolFace(
        name=protocol.name,
        title=protocol.title,
        serial=LineKind.SERIAL in protocol.lines,
        network=LineKind.TCP in protocol.lines,
        port=protocol.port_default or 0,
        password=protocol.password,
        tells_last_result=protocol.tells_last_result,
    )
