"""The virtual terminals and printers of this node behind the port that their small web panel uses."""

from gateway.domain.ids import DeviceId
from gateway.ports.virtual_shop import PrintedPaper, TerminalPanel
from terminal_driver.virtual.panel import Awaiting
from terminal_driver.virtual.printer import PrinterFault, VirtualPrinter
from terminal_driver.virtual.scenarios import SCENARIOS
from terminal_driver.virtual.terminal import VirtualTerminal

NO_FAULT = "none"
PAPERS_SHOWN = 20

_AWAITING = {Awaiting.IDLE: "idle", Awaiting.CARD: "card", Awaiting.PIN: "pin"}


class VirtualDevices:
    """All virtual devices of this node; empty where real ones are configured."""

    def __init__(self) -> None:
        self._terminals: dict[DeviceId, VirtualTerminal] = {}
        self._printers: dict[DeviceId, VirtualPrinter] = {}

    def add_terminal(self, terminal_id: str, terminal: VirtualTerminal) -> None:
        """Take a terminal in before the start."""
        self._terminals[DeviceId(terminal_id)] = terminal

    def add_printer(self, printer_id: str, printer: VirtualPrinter) -> None:
        """Take a printer in before the start."""
        self._printers[DeviceId(printer_id)] = printer

    def start(self) -> None:
        """Switch the terminals on; the printers need no thread."""
        for terminal in self._terminals.values():
            terminal.start()

    def stop(self) -> None:
        """Switch the terminals off."""
        for terminal in self._terminals.values():
            terminal.stop()

    def terminals(self) -> tuple[TerminalPanel, ...]:
        """Return the panels of all virtual terminals."""
        return tuple(self._panel(terminal_id) for terminal_id in self._terminals)

    def press(self, terminal_id: DeviceId, key: str) -> bool:
        """Press a key of a terminal, or plug its line in; False when one is unknown."""
        terminal = self._terminals.get(terminal_id)
        if terminal is None:
            return False
        keys = {
            "present_card": terminal.present_card,
            "enter_pin": terminal.enter_pin,
            "cancel": terminal.press_cancel,
            "restore_line": terminal.restore_line,
            "cut_line": terminal.cut_line,
            "release_result": terminal.release_result,
        }
        action = keys.get(key)
        if action is None:
            return False
        action()
        return True

    def choose_scenario(self, terminal_id: DeviceId, name: str) -> bool:
        """Choose what the terminal does from the next sale on."""
        terminal = self._terminals.get(terminal_id)
        if terminal is None or name not in SCENARIOS:
            return False
        terminal.choose(name)
        return True

    def printers(self) -> tuple[DeviceId, ...]:
        """Return the ids of the virtual printers."""
        return tuple(self._printers)

    def faults(self, printer_id: DeviceId) -> tuple[str, tuple[str, ...]]:
        """Return the fault that is on and the names of all faults."""
        names = (NO_FAULT, *(str(fault) for fault in PrinterFault))
        printer = self._printers.get(printer_id)
        active = sorted(str(fault) for fault in printer.faults) if printer is not None else []
        return (active[0] if active else NO_FAULT), names

    def choose_fault(self, printer_id: DeviceId, name: str) -> bool:
        """Switch one fault on and every other off."""
        printer = self._printers.get(printer_id)
        if printer is None or name not in {NO_FAULT, *PrinterFault}:
            return False
        printer.clear_faults()
        if name != NO_FAULT:
            printer.set_fault(name)
        return True

    def drawer_open(self, printer_id: DeviceId) -> bool:
        """Return whether the cash drawer at a printer stands open; only a hand closes it."""
        printer = self._printers.get(printer_id)
        return printer is not None and printer.drawer_open

    def close_drawer(self, printer_id: DeviceId) -> bool:
        """Push the cash drawer in; False for an unknown printer."""
        printer = self._printers.get(printer_id)
        if printer is None:
            return False
        printer.close_drawer()
        return True

    def papers(self, printer_id: DeviceId) -> tuple[PrintedPaper, ...]:
        """Return what was printed, newest first."""
        printer = self._printers.get(printer_id)
        receipts = printer.receipts[-PAPERS_SHOWN:] if printer is not None else ()
        return tuple(PrintedPaper(one.number, one.text, one.printed_at) for one in reversed(receipts))

    def paper_png(self, printer_id: DeviceId, number: int) -> bytes | None:
        """Return one printed receipt as PNG."""
        printer = self._printers.get(printer_id)
        receipts = printer.receipts if printer is not None else ()
        return next((one.png() for one in receipts if one.number == number), None)

    def _panel(self, terminal_id: DeviceId) -> TerminalPanel:
        state = self._terminals[terminal_id].panel()
        return TerminalPanel(
            terminal_id=terminal_id,
            display=state.display_lines,
            awaiting=_AWAITING.get(state.awaiting, "busy"),
            scenario=state.scenario,
            scenarios=tuple(SCENARIOS),
            line_up=state.line_up,
        )
