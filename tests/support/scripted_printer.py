"""A receipt printer without a line: it keeps what it printed, and a test says what it does when."""

from __future__ import annotations

import threading

from gateway.domain.receipt import Receipt
from gateway.ports.printer import PrinterState, PrintReport, PrintVerdict
from tests.support.scripted_terminal import DEADLINE_S


class ScriptedPrinter:
    """One printer; it lives on when the gateway in front of it is exchanged."""

    def __init__(self) -> None:
        self.ready = True
        self.tells_state = True
        self.verdict = PrintVerdict.PRINTED
        self.papers: list[Receipt] = []
        self.tries = 0
        self.looked = 0
        self._changed = threading.Condition()
        self._held = False
        self._busy = False

    def print_receipt(self, receipt: Receipt) -> PrintReport:
        with self._changed:
            self.tries += 1
            self._busy = True
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: not self._held, DEADLINE_S)
            self._busy = False
            if not self.ready:
                return PrintReport(PrintVerdict.NOT_PRINTED, "The printer is out of paper.")
            if self.verdict is PrintVerdict.PRINTED:
                self.papers.append(receipt)
                return PrintReport(self.verdict, "Printed.")
            return PrintReport(self.verdict, "The line to the printer broke.")

    def state(self) -> PrinterState:
        with self._changed:
            self.looked += 1
            self._changed.notify_all()
            ready = self.ready or not self.tells_state
            return PrinterState(ready, "Ready." if ready else "Out of paper.")

    def close(self) -> None:
        """Nothing is open."""

    def hold(self) -> None:
        """Let the next receipt stand in the middle until ``let_go``."""
        with self._changed:
            self._held = True

    def let_go(self) -> None:
        """Let the receipt come out."""
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def until_busy(self) -> None:
        """Wait until a receipt stands in the middle."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._busy, DEADLINE_S), "a receipt in the middle"

    def until_looked(self, count: int) -> None:
        """Wait until the state was asked for so often."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.looked >= count, DEADLINE_S), f"{count} looks"
