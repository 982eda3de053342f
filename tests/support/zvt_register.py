"""A register engine over TCP, spoken to in hexadecimal, for tests that show the bytes on the wire."""

from terminal_driver.engine import EngineEvent
from terminal_driver.operations import Operation, SaleRequest
from terminal_driver.outcome import Baseline, TransactionData
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import TcpFraming
from terminal_driver.zvt.rules import DeliveryAnswer, PartlyDelivered, RegisterRules
from tests.support.engine_events import only_result, taken_events

REQUEST = SaleRequest(1200, "978", Baseline(receipt_no=7, trace_no=7, turnover_no=7))
COMMAND = "06010a04000000001200490978"
DONE = "060f00"


class Register:
    """An engine with a clock, spoken to in hexadecimal."""

    def __init__(
        self,
        *,
        accept: bool | DeliveryAnswer | PartlyDelivered = True,
        config: ZvtConfig | None = None,
        rules: RegisterRules | None = None,
    ) -> None:
        self.asked: list[TransactionData] = []
        self._accept = accept
        self.engine = ZvtEngine(config or ZvtConfig(), TcpFraming(), self._asked, rules)
        self.now = 100.0

    def _asked(self, data: TransactionData) -> bool | DeliveryAnswer | PartlyDelivered:
        self.asked.append(data)
        return self._accept

    def hear(self, hexadecimal: str) -> str:
        return self.engine.receive(bytes.fromhex(hexadecimal), self.now).hex()

    def begin(self, operation: Operation) -> str:
        """Start an operation and have the terminal accept it; return the bytes of the command."""
        sent = self.engine.start_operation(operation, self.now).hex()
        assert self.hear("800000") == ""
        return sent

    def sale(self) -> None:
        assert self.engine.start_operation(REQUEST, self.now).hex() == COMMAND
        assert self.hear("800000") == ""

    def goods_given(self) -> None:
        """Let the register accept the next approvals."""
        self._accept = True

    def events(self) -> list[EngineEvent]:
        return taken_events(self.engine)

    def result(self) -> object:
        return only_result(self.events())


def with_length(hexadecimal: str) -> str:
    """Put the right length byte into control field + data."""
    data = hexadecimal.replace(" ", "")
    return data[:4] + f"{len(data) // 2 - 2:02x}" + data[4:]


GOOD = with_length("040f 2700 04000000001200 490978 870008 0b000008 88000008 1970")
