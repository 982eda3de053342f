"""A question of another thread to the one that owns a terminal: asked between two sales, answered once, or given up."""

import threading

from gateway.ports.terminal import TerminalSilent

Held = tuple[int, ...] | TerminalSilent

NOT_REACHED = TerminalSilent("terminal_not_reached", "The terminal cannot be reached.")
NOT_NOW = TerminalSilent("terminal_busy", "The terminal works on something else, or at another node. Ask again later.")


class HeldQuestion:
    """Which reservations the terminal holds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told = threading.Event()
        self._answer: Held = NOT_NOW
        self._given_up = False

    @property
    def wanted(self) -> bool:
        """Whether somebody still waits for the answer."""
        with self._lock:
            return not self._given_up

    def answer(self, held: Held) -> None:
        """Hand the answer to whoever waits."""
        self._answer = held
        self._told.set()

    def wait(self, timeout_s: float) -> Held:
        """Return the answer; after ``timeout_s`` seconds the question is given up."""
        told = self._told.wait(timeout_s)
        with self._lock:
            self._given_up = True
        return self._answer if told else NOT_NOW
