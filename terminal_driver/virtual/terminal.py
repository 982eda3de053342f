"""A simulated card terminal of any protocol: its own thread over the device's end of a line.

What it says is the affair of its ``DeviceDialogue``; what it does is decided by a scenario and by keys; when, by
conditions and an injected clock. What it holds as paid stands in its journal.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self

from terminal_driver.errors import TransportError
from terminal_driver.transports.base import READ_BYTES_MAX, DeviceLine
from terminal_driver.virtual.device_dialogue import DeviceDialogue, LineWish
from terminal_driver.virtual.line_shaper import shaper_for
from terminal_driver.virtual.panel import Key, KeyPress, PanelState
from terminal_driver.virtual.scenarios import Scenario, scenario_of

_LOG = logging.getLogger(__name__)

WRITE_LIMIT_S = 2.0
READ_SLICE_S = 1.0
"""Longest wait for bytes; keys and commands interrupt it at once."""

RETRY_PAUSE_S = 0.02
"""Pause after the line failed under us, so that a dead line does not spin the thread."""


STOP_LIMIT_S = 5.0


class LineState(StrEnum):
    """How the terminal meets its line: served, dead, or read without ever an answer."""

    UP = "up"
    CUT = "cut"
    MUTE = "mute"


class VirtualTerminal:
    """One simulated terminal of any protocol. Use as a context manager, or ``start`` and ``stop``.

    All public methods may be called from any thread.

    Args:
        dialogue: what the terminal says and does.
        line: device end of a line; opened by :meth:`start`, closed by :meth:`stop`.
        clock: monotonic seconds.
    """

    def __init__(
        self, dialogue: DeviceDialogue, line: DeviceLine, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = line
        self._clock = clock
        self._dialogue = dialogue
        self._terminal_id = dialogue.around.terminal_id
        self.journal = dialogue.around.journal
        self._changed = threading.Condition()
        self._shape = shaper_for(dialogue.scenario.line_shape, dialogue.block_start)
        self._inbox: deque[KeyPress] = deque()
        self._line_state = LineState.UP
        self._breaks = 0
        self._breaks_seen = 0
        self._line_back_at: float | None = None
        self._state = self._panel_now()
        self._listeners: list[Callable[[PanelState], None]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"virtual terminal {self._terminal_id}", daemon=True)
        self.failure: Exception | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Open the line and begin to serve it. Raises ``TransportError`` when the line cannot be opened."""
        self._line.open()
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close line and journal; the bookings stay readable."""
        self._stopping.set()
        self._poke()
        if self._thread.ident is not None:
            self._thread.join(STOP_LIMIT_S)
        self._line.close()
        self.journal.close()

    def present_card(self, brand: str = "girocard") -> None:
        """Hold a card of this brand against the reader; does nothing when no card is awaited."""
        self._press(KeyPress(Key.CARD, brand))

    def enter_pin(self) -> None:
        """Enter the right PIN."""
        self._press(KeyPress(Key.PIN))

    def press_confirm(self) -> None:
        """Press the green key."""
        self._press(KeyPress(Key.CONFIRM))

    def press_clear(self) -> None:
        """Press the yellow key."""
        self._press(KeyPress(Key.CLEAR))

    def type_number(self, digits: str) -> None:
        """Type digits and confirm them."""
        self._press(KeyPress(Key.NUMBER, digits=digits))

    def press_cancel(self) -> None:
        """Press the red key."""
        self._press(KeyPress(Key.CANCEL))

    def release_result(self) -> None:
        """Let a held result go (scenario ``late_result``)."""
        self._press(KeyPress(Key.RELEASE))

    def choose(self, scenario: Scenario | str) -> None:
        """Let the next sale run another scenario.

        Raises:
            ValueError: there is no scenario of this name.
        """
        chosen = scenario_of(scenario)
        with self._changed:
            self._dialogue.scenario = chosen
            self._shape = shaper_for(chosen.line_shape, self._dialogue.block_start)
        self._publish()

    def cut_line(self) -> None:
        """Pull the plug; a running sale ends here as its scenario says."""
        self._break_line(LineState.CUT)
        self._line.cut()
        self._poke()

    def _break_line(self, state: LineState) -> None:
        with self._changed:
            self._line_state = state
            self._breaks += 1
            back_after_s = self._dialogue.scenario.line_back_after_s
            self._line_back_at = None if back_after_s is None else self._clock() + back_after_s
        self._publish()

    def restore_line(self) -> None:
        """Plug in again, or end a silence. The terminal is idle then and answers what its journal holds."""
        with self._changed:
            if self._line_state is LineState.UP:
                return
            if threading.current_thread() is not self._thread:
                # The broken sale must have ended before a register can ask for its outcome.
                self._changed.wait_for(lambda: self._breaks_seen == self._breaks, STOP_LIMIT_S)
            was, self._line_state, self._line_back_at = self._line_state, LineState.UP, None
        if was is LineState.CUT:
            self._line.restore()
        self._poke()
        self._publish()

    def panel(self) -> PanelState:
        """Return what a person sees now."""
        with self._changed:
            return self._state

    def on_change(self, listener: Callable[[PanelState], None]) -> None:
        """Call ``listener`` with each new panel state, in the thread that caused it. It must not raise or wait."""
        with self._changed:
            self._listeners.append(listener)

    def wait_for(self, condition: Callable[[PanelState], bool], timeout_s: float) -> bool:
        """Wait until the panel fulfils a condition; False when it did not within ``timeout_s`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self._state), timeout_s)

    def _press(self, key: KeyPress) -> None:
        with self._changed:
            self._inbox.append(key)
        self._poke()

    def _poke(self) -> None:
        self._line.wake()
        with self._changed:
            self._changed.notify_all()

    # The owner's thread: everything below runs there.

    def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                self._serve_once()
        except Exception as error:  # noqa: BLE001 - border of a worker thread
            # Kept for whoever looks; the process goes on without this device.
            self.failure = error
            _LOG.exception("virtual_terminal.failed", extra={"terminal_id": self._terminal_id})

    def _serve_once(self) -> None:
        self._notice_break()
        self._act_on_keys()
        now_s = self._clock()
        if self._line_back_at is not None and now_s >= self._line_back_at:
            self.restore_line()
        self._send(self._dialogue.expire(now_s))
        self._publish()
        timeout_s = self._time_until_next()
        with self._changed:
            if self._line_state is LineState.CUT:
                if not (self._inbox or self._stopping.is_set()):
                    self._changed.wait(timeout_s)
                return
        try:
            data = self._line.read(READ_BYTES_MAX, timeout_s)
        except TransportError as error:
            _LOG.info("virtual_terminal.line_lost", extra={"reason": str(error)})
            self._dialogue.broken(self._clock())
            self._stopping.wait(RETRY_PAUSE_S)
            return
        if data and self._line_state is LineState.UP:
            self._send(self._dialogue.receive(data, self._clock()))

    def _notice_break(self) -> None:
        with self._changed:
            broken = self._breaks != self._breaks_seen
        if broken:
            self._dialogue.broken(self._clock())
            with self._changed:
                self._breaks_seen = self._breaks
                self._changed.notify_all()

    def _act_on_keys(self) -> None:
        while True:
            with self._changed:
                if not self._inbox:
                    return
                key = self._inbox.popleft()
            self._send(self._dialogue.press(key, self._clock()))

    def _time_until_next(self) -> float:
        now_s = self._clock()
        dues = (self._dialogue.deadline(), self._line_back_at)
        return max(0.0, min([READ_SLICE_S, *(due - now_s for due in dues if due is not None)]))

    def _send(self, data: bytes) -> None:
        """Send, then do to the line what the dialogue wishes; what was said on a muted line is never sent."""
        wish = self._dialogue.take_wish()
        if wish is LineWish.MUTE:
            self._break_line(LineState.MUTE)
        elif data:
            self._write(data)
        if wish is LineWish.CUT:
            self.cut_line()
        if wish is LineWish.HANG_UP:
            self._line.hang_up()
            self._dialogue.broken(self._clock())

    def _write(self, data: bytes) -> None:
        with self._changed:
            shape = self._shape
        try:
            for piece in shape(data):
                self._line.write(piece, WRITE_LIMIT_S)
        except TransportError as error:
            # Not the end of the dialogue: the register's answer, or its absence, decides that.
            _LOG.info("virtual_terminal.write_failed", extra={"reason": str(error)})

    def _publish(self) -> None:
        with self._changed:
            state = self._panel_now()
            if state == self._state:
                return
            self._state = state
            self._changed.notify_all()
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(state)

    def _panel_now(self) -> PanelState:
        dialogue = self._dialogue
        return PanelState(
            display_lines=dialogue.display_lines,
            awaiting=dialogue.awaiting,
            scenario=dialogue.scenario.name,
            line_up=self._line_state is LineState.UP,
            registered=dialogue.registered,
            last=dialogue.last_words,
        )
