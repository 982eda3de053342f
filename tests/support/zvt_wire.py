"""A register engine and a terminal engine on one imaginary wire, with an injected clock and faults.

No time passes and no thread runs: bytes are carried until nothing is left to carry, then the clock jumps to the next
deadline. A script plays the terminal.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from terminal_driver.engine import AcceptResult, EngineEvent, Finished
from terminal_driver.errors import LocalProtocolError
from terminal_driver.outcome import ReceiptKind, ReceiptLine, TerminalReceipt, TransactionData
from terminal_driver.zvt.device_engine import DeviceConfig, ZvtDeviceEngine
from terminal_driver.zvt.device_events import (
    AbortRequested,
    Acknowledged,
    CommandReceived,
    LastResultAsked,
    LogOffRequested,
    Registered,
    SaleRequested,
    StatusAsked,
)
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import Framing, SerialFraming, TcpFraming

Fault = Callable[[bytes, bool], bytes]
"""Changes the bytes of one transmission; the flag says that they go to the terminal."""

RECEIPT = TerminalReceipt(ReceiptKind.CUSTOMER, (ReceiptLine("Kartenzahlung"), ReceiptLine("EUR 12,00", indent=2)))
APPROVAL = TransactionData(
    code="00",
    amount_minor=1200,
    currency_numeric="978",
    trace_no=8,
    receipt_no=8,
    turnover_no=8,
    terminal_id="52500041",
    card_name="girocard",
    card_type_id=5,
    card_number_masked="672964*********8907",
    date_mmdd="0513",
    time_hhmmss="122928",
    payment_type=0x70,
    text="AS-Proc-Code = 00",
)


def no_fault(data: bytes, to_terminal: bool) -> bytes:  # noqa: FBT001 - the shape of a fault
    """Carry the bytes as they are."""
    del to_terminal
    return data


Step = Callable[[ZvtDeviceEngine, float], bytes]


def approving(data: TransactionData = APPROVAL) -> list[Step]:
    """Steps of a terminal that approves a sale and prints."""
    return [
        lambda device, now: device.send_intermediate(0x0A, None, now),
        lambda device, now: device.send_status_information(data, now),
        lambda device, now: device.send_print(RECEIPT, now),
        lambda device, now: device.complete(now),
    ]


def declining(code: int) -> list[Step]:
    """Steps of a terminal that refuses a sale."""
    refused = TransactionData(code=f"{code:02X}", text="abgelehnt")
    return [
        lambda device, now: device.send_status_information(refused, now),
        lambda device, now: device.abort(code, now),
    ]


@dataclass
class ScriptedTerminal:
    """Plays the terminal: accepts commands and sends the steps of its sale one after the other.

    ``held``: what it answers to 06 20. ``booked``: sales it counts as paid: approved, acknowledged, completed.
    """

    device: ZvtDeviceEngine
    sale_steps: list[Step] = field(default_factory=approving)
    held: TransactionData | None = None
    reverse_code: int = 0x6C
    refused: list[int] = field(default_factory=list)
    _steps: deque[Step] = field(default_factory=deque)

    def act(self, now_s: float) -> bytes:
        """Answer what the engine reports until it reports nothing more."""
        out = b""
        while (event := self.device.next_event()) is not None:
            match event:
                case CommandReceived(command):
                    out += self._command(command, now_s)
                case Acknowledged(_, accepted, code):
                    out += self._acknowledged(code, now_s, accepted=accepted)
                case _:
                    pass
        return out

    def _command(self, command: object, now_s: float) -> bytes:
        device = self.device
        match command:
            case Registered():
                return device.accept(now_s) + device.complete(now_s)
            case SaleRequested():
                self._steps = deque(self.sale_steps)
                return device.accept(now_s) + self._next(now_s)
            case StatusAsked():
                return device.answer_status(0x00, now_s)
            case LastResultAsked():
                data = self.held
                self._steps = deque([lambda d, now: d.complete(now)])
                out = device.accept(now_s)
                if data is None:
                    return out + device.send_status_information(TransactionData(), now_s, nothing_held=True)
                return out + device.send_status_information(data, now_s)
            case AbortRequested():
                return device.refuse(0x83, now_s)
            case LogOffRequested():
                return device.accept(now_s)
            case _:
                raise AssertionError(command)

    def _acknowledged(self, code: int, now_s: float, *, accepted: bool) -> bytes:
        if not accepted:
            self.refused.append(code)
            if code != 0xCC:
                self._steps = deque([lambda d, now: d.abort(self.reverse_code, now)])
        return self._next(now_s)

    def _next(self, now_s: float) -> bytes:
        if not self._steps:
            return b""
        try:
            return self._steps.popleft()(self.device, now_s)
        except LocalProtocolError:  # a late acknowledgement of a dialogue that is over
            self._steps.clear()
            return b""


class Wire:
    """Both engines, the bytes between them, and the time."""

    def __init__(
        self,
        *,
        serial: bool,
        accept: AcceptResult = lambda _data: True,
        fault: Fault = no_fault,
        config: ZvtConfig | None = None,
        device_config: DeviceConfig | None = None,
    ) -> None:
        make: Callable[[], Framing] = SerialFraming if serial else TcpFraming
        self.register = ZvtEngine(config or ZvtConfig(), make(), accept)
        self.device = ZvtDeviceEngine(make(), device_config)
        self.terminal = ScriptedTerminal(self.device)
        self.now = 0.0
        self.seen: list[EngineEvent] = []
        self._fault = fault

    def run(self, first: bytes, *, steps_max: int = 200) -> object:
        """Carry bytes and jump in time until the register's command has ended; return its result."""
        to_terminal, to_register = self._fault(first, True), b""
        for _ in range(steps_max):
            to_register = self.device.receive(to_terminal, self.now) + self.terminal.act(self.now)
            to_register = self._fault(to_register, False)
            to_terminal = self._fault(self.register.receive(to_register, self.now), True)
            if (result := self._result()) is not None:
                self.device.receive(to_terminal, self.now)
                return result
            if not to_terminal:
                to_terminal = self._fault(self._jump(), True)
                if (result := self._result()) is not None:
                    return result
        raise AssertionError("the command did not end")

    def _jump(self) -> bytes:
        """Let the nearest deadline pass; what the terminal sends then reaches the register."""
        dues = [at for at in (self.register.deadline(), self.device.deadline()) if at is not None]
        assert dues, "nothing is under way and nothing will happen"
        self.now = max(self.now, min(dues))
        sent = self._fault(self.device.expire(self.now) + self.terminal.act(self.now), False)
        return self.register.expire(self.now) + self.register.receive(sent, self.now)

    def _result(self) -> object | None:
        result: object | None = None
        while (event := self.register.next_event()) is not None:
            self.seen.append(event)
            if isinstance(event, Finished):
                result = event.result
        return result
