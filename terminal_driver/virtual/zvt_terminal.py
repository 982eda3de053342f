"""Puts a virtual terminal that speaks ZVT together."""

import time
from collections.abc import Callable
from datetime import datetime

from terminal_driver.transports.base import DeviceLine
from terminal_driver.virtual.device_dialogue import Surroundings
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.local_time import local_time
from terminal_driver.virtual.scenarios import Scenario, scenario_of
from terminal_driver.virtual.terminal import VirtualTerminal
from terminal_driver.virtual.zvt_dialogue import ZvtDialogue
from terminal_driver.zvt.device_engine import ZvtDeviceEngine
from terminal_driver.zvt.status_codes import Language


def zvt_terminal(
    engine: ZvtDeviceEngine,
    line: DeviceLine,
    *,
    scenario: Scenario | str = "approve",
    journal: Journal | None = None,
    terminal_id: str = "52500041",
    currency: str = "978",
    language: Language = Language.GERMAN,
    auto_pace: float | None = None,
    patience_minutes: int | None = 2,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], datetime] = local_time,
) -> VirtualTerminal:
    """Return a terminal that is not started yet.

    Args:
        engine: the terminal's side of the protocol, over the framing of the line.
        line: device end of a line; opened by ``start``, closed by ``stop``.
        scenario: scenario of the coming operations, or its name.
        journal: bookings; None for a new one in memory.
        terminal_id: eight digits, on receipts and in results; the same as the engine's.
        currency: three digits, for an operation that names none.
        language: of display and receipts.
        auto_pace: factor on the scenario's waiting times for an unattended terminal; None: a person presses the keys.
        patience_minutes: how long the register is asked to wait for the cardholder, 1 to 99; None does not ask.
        clock: monotonic seconds.
        wall: local time with zone, as terminals keep it.

    Raises:
        ValueError: there is no scenario of this name.
    """
    around = Surroundings(
        journal or Journal(),
        terminal_id,
        currency,
        language,
        wall,
        auto_pace=auto_pace,
        patience_minutes=patience_minutes,
    )
    return VirtualTerminal(ZvtDialogue(engine, around, scenario_of(scenario)), line, clock=clock)
