"""A Concert register with a clock of its own, spoken to in bytes."""

from terminal_driver.concert.configuration import ConcertConfig
from terminal_driver.concert.engine import ConcertEngine
from terminal_driver.concert.frame import encode_frame
from terminal_driver.concert.messages import AnswerToSend, Request, decode_request
from terminal_driver.engine import EngineEvent
from terminal_driver.operations import Operation, SaleRequest
from terminal_driver.outcome import Baseline, TransactionData
from tests.support.engine_events import only_result, taken_events

EOT, ENQ, ACK, NAK = b"\x04", b"\x05", b"\x06", b"\x15"
SALE = SaleRequest(1250, "978", Baseline(), reference="attempt-1")
NUMBER = "5555555555554444"


class Register:
    """The engine; ``asked``: what it wanted to have accepted."""

    def __init__(self, *, accept: bool = True, config: ConcertConfig | None = None) -> None:
        self.asked: list[TransactionData] = []
        self._accept = accept
        self.config = config or ConcertConfig()
        self.engine = ConcertEngine(self.config, self._asked)
        self.now = 100.0

    def _asked(self, data: TransactionData) -> bool:
        self.asked.append(data)
        return self._accept

    def hear(self, data: bytes) -> bytes:
        return self.engine.receive(data, self.now)

    def request(self, operation: Operation = SALE) -> Request:
        """Begin an operation and let the terminal take its request; return what left."""
        assert self.engine.start_operation(operation, self.now) == ENQ
        frame = self.hear(ACK)
        assert self.hear(ACK) == EOT
        request = decode_request(frame[1:-2])
        assert encode_frame(request.encode()) == frame
        return request

    def answer(self, message: bytes) -> bytes:
        """Let the terminal send a message; return what was sent after the whole of it."""
        assert self.hear(ENQ) == ACK
        out = self.hear(encode_frame(message))
        assert self.hear(EOT) == b""
        return out

    def wait(self) -> bytes:
        """Let the time pass until the engine wants to act."""
        deadline = self.engine.deadline()
        assert deadline is not None
        assert deadline > self.now
        self.now = deadline
        return self.engine.expire(self.now)

    def events(self) -> list[EngineEvent]:
        return taken_events(self.engine)

    def result(self) -> object:
        return only_result(self.events())


def answer_to(request: Request, result: str = "0", **other: object) -> bytes:
    """Return the answer that repeats a request; ``other``: fields said otherwise."""
    fields: dict[str, object] = {
        "register_no": request.register_no,
        "result": result,
        "amount_minor": request.amount_minor,
        "means": request.means,
        "currency": request.currency,
        "private": request.private,
        "answer_field": NUMBER,
    }
    return AnswerToSend(**{**fields, **other}).encode()  # type: ignore[arg-type]  # the names are those above
