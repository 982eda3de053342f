"""A receipt printer without a line: it keeps what it printed, and a test says what it does when."""

from __future__ import annotations

import threading

from gateway.domain.cards.card_receipt import Receipt
from gateway.domain.printing.paper import Paper
from gateway.ports.printer import DrawerReport, DrawerVerdict, PrinterState, PrintReport, PrintVerdict
from tests.support.scripted_terminal import DEADLINE_S


class ScriptedPrinter:
    """One printer; it lives on when the gateway in front of it is exchanged."""

    def __init__(self) -> None:
        self.ready = True
        self.tells_state = True
        self.verdict = PrintVerdict.PRINTED
        self.papers: list[Receipt] = []
        self.slips: list[Paper] = []
        self.tries = 0
        self.looked = 0
        self.drawer_openings = 0
        self.forgotten = 0
        self._changed = threading.Condition()
        self._held = False
        self._busy = False

    def print_receipt(self, receipt: Receipt) -> PrintReport:
        return self._print(receipt)

    def print_paper(self, paper: Paper) -> PrintReport:
        return self._print(paper)

    def print_test_page(self) -> PrintReport:
        return self._print(Paper("test page", ()))

    def _print(self, paper: Receipt | Paper) -> PrintReport:
        with self._changed:
            self.tries += 1
            self._busy = True
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: not self._held, DEADLINE_S)
            self._busy = False
            if not self.ready:
                return PrintReport(PrintVerdict.NOT_PRINTED, "The printer is out of paper.")
            if self.verdict is PrintVerdict.PRINTED:
                if isinstance(paper, Receipt):
                    self.papers.append(paper)
                else:
                    self.slips.append(paper)
                return PrintReport(self.verdict, "Printed.")
            return PrintReport(self.verdict, "The line to the printer broke.")

    def state(self) -> PrinterState:
        with self._changed:
            self.looked += 1
            self._changed.notify_all()
            ready = self.ready or not self.tells_state
            return PrinterState(ready, "Ready." if ready else "Out of paper.")

    def open_drawer(self) -> DrawerReport:
        with self._changed:
            self.drawer_openings += 1
            return DrawerReport(DrawerVerdict.OPENED, "Opened.", proven=True)

    def forget_rest(self) -> None:
        with self._changed:
            self.forgotten += 1

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
