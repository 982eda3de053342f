"""A Caisse-AP register with a clock of its own, spoken to in elements."""

from terminal_driver.caisse_ap.configuration import CaisseApConfig
from terminal_driver.caisse_ap.engine import CaisseApEngine
from terminal_driver.caisse_ap.tlv import Element, decode, encode
from terminal_driver.engine import EngineEvent
from terminal_driver.operations import Operation, SaleRequest
from terminal_driver.outcome import Baseline, TransactionData
from tests.support.engine_events import only_result, taken_events

SALE = SaleRequest(1250, "978", Baseline(), reference="attempt-1")


class Register:
    """The engine; ``asked``: what it wanted to have accepted."""

    def __init__(self, *, accept: bool = True, config: CaisseApConfig | None = None) -> None:
        self.asked: list[TransactionData] = []
        self._accept = accept
        self.engine = CaisseApEngine(config or CaisseApConfig(), self._asked)
        self.now = 100.0

    def _asked(self, data: TransactionData) -> bool:
        self.asked.append(data)
        return self._accept

    def request(self, operation: Operation = SALE) -> dict[str, str]:
        """Begin an operation; return what left."""
        return values(self.engine.start_operation(operation, self.now))

    def hear(self, data: bytes) -> None:
        assert self.engine.receive(data, self.now) == b""

    def answer(self, data: bytes) -> None:
        """Let the terminal send an answer and fall quiet."""
        self.hear(data)
        self.wait()

    def wait(self) -> None:
        """Let the time pass until the engine wants to act."""
        deadline = self.engine.deadline()
        assert deadline is not None
        assert deadline > self.now
        self.now = deadline
        assert self.engine.expire(self.now) == b""

    def events(self) -> list[EngineEvent]:
        return taken_events(self.engine)

    def result(self) -> object:
        return only_result(self.events())


def values(message: bytes) -> dict[str, str]:
    """Return the values of a message by tag."""
    return {element.tag: element.value for element in decode(message)}


def answer_to(request: dict[str, str], **told: str) -> bytes:
    """Return the answer that repeats a request and adds or changes what is told; an empty value leaves a tag out."""
    return encode(Element(tag, value) for tag, value in {**request, **told}.items() if value)
