"""A terminal that is ready for questions but still at work on the sale: it is asked until it can tell."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, repeat

import pytest

from terminal_driver.nexo.binding import BINDINGS, Body, Message, MessageFormat
from terminal_driver.nexo.framing import HEADER_BYTES, LengthFraming
from terminal_driver.nexo.messages import DiagnosisResponse, LoginResponse, Response
from terminal_driver.nexo.payment_messages import RepeatedMessageResponse, TransactionStatusResponse
from terminal_driver.nexo.service_ids import derived_service_id
from terminal_driver.outcome import Approved, StillUnknown
from terminal_driver.outcome_enquiry import ask_outcome
from terminal_driver.session import TerminalSession
from tests.support.letter_engine import ScriptedLine
from tests.support.nexo_register import SALE, Register, approved, header

JSON = BINDINGS[MessageFormat.JSON]
OK = Response("Success")


class WorkingTerminal(ScriptedLine):
    """Answers each request at once; what it says of the sale is scripted."""

    def __init__(self, told: Iterator[TransactionStatusResponse]) -> None:
        super().__init__()
        self.asked = 0
        self._told = told

    def write(self, data: bytes, deadline_s: float) -> None:
        super().write(data, deadline_s)
        request = JSON.decode(data[HEADER_BYTES:]).header
        answer: Body
        match request.message_category:
            case "Login":
                answer = LoginResponse(OK)
            case "Diagnosis":
                answer = DiagnosisResponse(OK)
            case _:
                self.asked += 1
                answer = next(self._told)
        told = Message(replace(request, message_type="Response"), answer)
        self.items.append(LengthFraming().encode(JSON.encode(told)))


@pytest.mark.parametrize(("rounds", "verdict"), [(10, Approved), (10_000, StillUnknown)])
def test_sale_when_still_in_progress_then_asked_again_until_it_is_told_or_time_is_over(
    rounds: int, verdict: type[Approved | StillUnknown]
) -> None:
    at_work = TransactionStatusResponse(Response("Failure", "InProgress"))
    original = header("Payment", "Response", derived_service_id(SALE.reference))
    done = TransactionStatusResponse(OK, None, RepeatedMessageResponse(original, payment_response=approved()))
    line = WorkingTerminal(chain(repeat(at_work, rounds), repeat(done)))
    session = TerminalSession(Register().engine, line, lambda _event: None, line.clock)

    found = ask_outcome(session, SALE, None, deadline_s=60.0, on_step=lambda _step: None)

    assert isinstance(found.verdict, verdict)
    assert line.asked == (rounds + 1 if verdict is Approved else 60)
