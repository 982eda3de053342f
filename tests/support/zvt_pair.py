"""A register's engine and a virtual terminal's dialogue, joined by hand: no line, no thread, time is a number."""

from datetime import UTC, datetime

from terminal_driver.engine import EngineEvent, Finished
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Baseline
from terminal_driver.virtual.device_dialogue import Surroundings
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.panel import Key, KeyPress
from terminal_driver.virtual.scenarios import Scenario, scenario_of
from terminal_driver.virtual.zvt_dialogue import ZvtDialogue
from terminal_driver.zvt.device_engine import ZvtDeviceEngine
from terminal_driver.zvt.engine import ZvtEngine
from terminal_driver.zvt.framing import TcpFraming
from terminal_driver.zvt.register_config import ZvtConfig
from terminal_driver.zvt.rules import AcceptDelivery, RegisterRules
from terminal_driver.zvt.status_codes import Language

SALE = SaleRequest(1234, "978", Baseline())


class ZvtPair:
    """A register's engine and a terminal's dialogue, joined by hand."""

    def __init__(
        self,
        scenario: Scenario | str,
        *,
        accept: AcceptDelivery = lambda _: True,
        rules: RegisterRules | None = None,
        config: ZvtConfig | None = None,
    ) -> None:
        self.now_s = 0.0
        self.journal = Journal()
        self.register = ZvtEngine(config or ZvtConfig(), TcpFraming(), accept, rules)
        around = Surroundings(
            self.journal,
            "52500041",
            "978",
            Language.ENGLISH,
            lambda: datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
            None,
            2,
        )
        self.terminal = ZvtDialogue(ZvtDeviceEngine(TcpFraming()), around, scenario_of(scenario))
        self.events: list[EngineEvent] = []

    def register_now(self) -> None:
        """Register, so that the terminal knows what it may ask."""
        self.to_terminal(self.register.start_registration(self.now_s))
        self.events.clear()

    def pay(self, request: SaleRequest = SALE) -> None:
        """Sell, with card and PIN as far as they are wanted."""
        self.to_terminal(self.register.start_operation(request, self.now_s))
        self.press(Key.CARD, "girocard")
        self.press(Key.PIN)

    def to_terminal(self, data: bytes) -> None:
        """Pass bytes back and forth until both sides are silent."""
        while data:
            self.to_register(self.terminal.receive(data, self.now_s))
            data, self._pending = self._pending, b""

    def to_register(self, data: bytes) -> None:
        self._pending = self.register.receive(data, self.now_s) if data else b""
        while (event := self.register.next_event()) is not None:
            self.events.append(event)

    def press(self, key: Key, brand: str = "") -> None:
        self.to_register(self.terminal.press(KeyPress(key, brand), self.now_s))
        self.to_terminal(self._pending)

    def expire_terminal(self) -> None:
        deadline = self.terminal.deadline()
        assert deadline is not None
        self.now_s = deadline
        self.to_register(self.terminal.expire(self.now_s))
        self.to_terminal(self._pending)

    def result(self) -> object:
        [finished] = [event.result for event in self.events if isinstance(event, Finished)]
        return finished

    _pending = b""
