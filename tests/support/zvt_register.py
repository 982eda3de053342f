"""A register engine over TCP, spoken to in hexadecimal, for tests that show the bytes on the wire."""

from terminal_driver.engine import EngineEvent, Finished, SaleRequest
from terminal_driver.outcome import Baseline, TransactionData
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import TcpFraming

REQUEST = SaleRequest(1200, "978", Baseline(receipt_no=7, trace_no=7, turnover_no=7))
COMMAND = "06010a04000000001200490978"
DONE = "060f00"


class Register:
    """An engine with a clock, spoken to in hexadecimal."""

    def __init__(self, *, accept: bool = True, config: ZvtConfig | None = None) -> None:
        self.asked: list[TransactionData] = []
        self._accept = accept
        self.engine = ZvtEngine(config or ZvtConfig(), TcpFraming(), self._asked)
        self.now = 100.0

    def _asked(self, data: TransactionData) -> bool:
        self.asked.append(data)
        return self._accept

    def hear(self, hexadecimal: str) -> str:
        return self.engine.receive(bytes.fromhex(hexadecimal), self.now).hex()

    def sale(self) -> None:
        assert self.engine.start_sale(REQUEST, self.now).hex() == COMMAND
        assert self.hear("800000") == ""

    def events(self) -> list[EngineEvent]:
        found: list[EngineEvent] = []
        while (event := self.engine.next_event()) is not None:
            found.append(event)
        return found

    def result(self) -> object:
        ends = [event.result for event in self.events() if isinstance(event, Finished)]
        assert len(ends) == 1
        return ends[0]


def with_length(hexadecimal: str) -> str:
    """Put the right length byte into control field + data."""
    data = hexadecimal.replace(" ", "")
    return data[:4] + f"{len(data) // 2 - 2:02x}" + data[4:]


GOOD = with_length("040f 2700 04000000001200 490978 870008 0b000008 88000008 1970")
