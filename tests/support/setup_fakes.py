"""Ports and devices that a test speaks for, where a whole node would be too much: the setup screen's outside world."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.domain.cards.line_health import LineHealth
from gateway.domain.cards.terminal_setup import (
    DeviceSetup,
    Gravity,
    ProtocolFace,
    RegisterWish,
    SerialPort,
    TerminalWish,
    TrialFinding,
    TrialReport,
    TrialStep,
)
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import DeviceId
from gateway.ports.terminal_setup import LineUse, OnStep

ANSWERING = "tcp:192.0.2.20:20007"
"""The one line at which a terminal answers."""
PORT = SerialPort("/dev/ttyUSB0", "serial:/dev/ttyUSB0", "Ingenico Desk, no. 4711", "", permitted=True, group="dialout")
FORBIDDEN = SerialPort("/dev/ttyS0", "serial:/dev/ttyS0", "built-in port", "", permitted=False, group="dialout")


@dataclass
class ScriptedProbe:
    """Answers at ``ANSWERING`` only. ``hold``: trials wait for it when set; ``fault``: what a trial raises."""

    hold: threading.Event | None = None
    fault: Exception | None = None
    tried: list[TerminalWish] = field(default_factory=list)

    def protocols(self) -> tuple[ProtocolFace, ...]:
        return (
            ProtocolFace("zvt", "ZVT", serial=True, network=True, port=20007, password=True, tells_last_result=True),
            ProtocolFace(
                "concert", "Concert", serial=True, network=False, port=0, password=False, tells_last_result=False
            ),
        )

    def ports(self) -> tuple[SerialPort, ...]:
        return PORT, FORBIDDEN

    def line_marks(self, line: str) -> frozenset[str]:
        return frozenset({line.partition(":")[2].partition("?")[0]})

    def check(self, wish: TerminalWish) -> None:
        if wish.protocol == "concert" and wish.line.startswith("tcp:"):
            raise InputError("wrong_line", "concert does not run over tcp", "use a serial line", "/transport")

    def try_line(self, wish: TerminalWish, on_step: OnStep, stopped: Callable[[], bool]) -> TrialReport:
        self.tried.append(wish)
        on_step(TrialStep(f"opening {wish.line}", "open"))
        if self.hold is not None:
            assert self.hold.wait(10)
        if self.fault is not None:
            raise self.fault
        answers = wish.line == ANSWERING and not stopped()
        on_step(TrialStep("registering", "terminal 52500041" if answers else "no answer"))
        if answers:
            return TrialReport(answered=True, ready=True, line=wish.line, terminal_id="52500041", state_words="ready")
        finding = TrialFinding("no_answer", Gravity.FAULT, "Nothing answers.", "Check the cable.")
        return TrialReport(answered=False, ready=False, line=wish.line, findings=(finding,))


@dataclass
class ListedFleet:
    """Devices in a list; ``open_payments``: terminals that may not be removed."""

    listed: list[DeviceSetup] = field(default_factory=list)
    added: list[TerminalWish] = field(default_factory=list)
    open_payments: set[DeviceId] = field(default_factory=set)

    def devices(self) -> tuple[DeviceSetup, ...]:
        return tuple(self.listed)

    def line_health(self) -> Mapping[DeviceId, LineHealth]:
        return {}

    def uses(self) -> tuple[LineUse, ...]:
        return tuple((one.name, ScriptedProbe().line_marks(one.line)) for one in self.listed)

    def add_terminal(self, name: str, wish: TerminalWish, register: RegisterWish) -> DeviceSetup:
        self.added.append(wish)
        till = register.name or register.register_id
        number = len(self.added) + 1
        made = DeviceSetup(
            DeviceId(f"terminal-{number}"),
            "terminal",
            name,
            wish.protocol,
            wish.line,
            (till,) if till else (),
            removable=True,
        )
        self.listed.append(made)
        return made

    def remove_terminal(self, terminal_id: DeviceId) -> None:
        found = next((one for one in self.listed if one.id == terminal_id), None)
        if found is None:
            raise NotFound("device_not_found", "There is no such terminal here.", "Load the list again.")
        if terminal_id in self.open_payments:
            raise RuleError("terminal_has_open_payment", "A payment of this terminal is not concluded.", "Settle it.")
        self.listed.remove(found)
