"""How the register answers what a terminal asks of its devices: by rule, since nobody may be looking.

Texts for a display are taken as progress. Texts to print are taken while a request runs, and refused otherwise: nobody
would print them. Questions are refused: a terminal that wants a decision has to ask it on its own keys.
"""

from terminal_driver.engine import Notice
from terminal_driver.nexo.binding import Body
from terminal_driver.nexo.messages import (
    DisplayRequest,
    DisplayResponse,
    EventNotification,
    InputRequest,
    InputResponse,
    OutputResult,
    PrintRequest,
    PrintResponse,
    Response,
)
from terminal_driver.nexo.receipts import words_of
from terminal_driver.nexo.vocabulary import ErrorCondition, Result

_TAKEN = Response(Result.SUCCESS)
_NOBODY = Response(Result.FAILURE, ErrorCondition.UNAVAILABLE_DEVICE)


def shown_words(request: DisplayRequest) -> str:
    """Return all that is to be shown."""
    return "\n".join(text for text in (words_of(output.output_content) for output in request.display_output) if text)


def display_answer(request: DisplayRequest) -> Body | None:
    """Say that everything was shown; None when no output wants an answer."""
    wanted = [output for output in request.display_output if output.response_required_flag is not False]
    if not wanted:
        return None
    return DisplayResponse(tuple(OutputResult(output.device, output.info_qualify, _TAKEN) for output in wanted))


def event_notice(body: Body | None) -> Notice:
    """Say what the terminal notified of."""
    if not isinstance(body, EventNotification):
        return Notice("unsupported_message", "the terminal notified of something unknown")
    details = f": {body.event_details}" if body.event_details else ""
    return Notice("terminal_event", f"{body.event_to_notify}{details}")


def print_answer(request: PrintRequest, *, taken: bool) -> Body | None:
    """Say whether a text will be printed; None when no answer is wanted."""
    output = request.print_output
    if output.response_mode == "NotRequired":
        return None
    return PrintResponse(output.document_qualifier, _TAKEN if taken else _NOBODY)


def input_answer(request: InputRequest) -> Body:
    """Say that nobody is there to answer."""
    asked = request.input_data
    return InputResponse(OutputResult(asked.device, asked.info_qualify, _NOBODY))
