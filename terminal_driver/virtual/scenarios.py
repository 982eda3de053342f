"""The named scenarios of the virtual terminal: what happens in the next sale, as data plus a short program each.

Status and result codes are ZVT's (PA00P015 rev 13.08, sections 3.7 and 10).
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import StrEnum

from terminal_driver.virtual.steps import (
    Abort,
    AwaitCard,
    AwaitPin,
    AwaitRelease,
    Book,
    Complete,
    CutLine,
    CutLineAtNextAnswer,
    Ended,
    PrintApproved,
    PrintDeclined,
    Program,
    Say,
    SendRefusal,
    SendResult,
    Step,
)

INSERT_CARD, ENTER_PIN, WAITING_FOR_HOST, TAKE_GOODS, DECLINED, STOPPED = 0x0A, 0x01, 0x04, 0x1C, 0x1D, 0x0D
CANCELLED_CODE = 0x6C
"""Result code for "timeout or cancel key"."""
DECLINED_CODE = 0x05
"""Result code of the host for "do not honour"."""


class LineShape(StrEnum):
    """What happens to the bytes the terminal sends."""

    CLEAN = "clean"
    FIRST_TRY_CORRUPTED = "first_try_corrupted"
    SPLIT_AND_GLUED = "split_and_glued"


class Answering(StrEnum):
    """How the terminal meets a sale command."""

    WILLING = "willing"
    BUSY = "busy"
    SILENT = "silent"


class PrintForm(StrEnum):
    """Which print command the terminal uses when the register takes both."""

    BLOCK_IF_OFFERED = "block_if_offered"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One named behaviour.

    Attributes:
        name: as given to ``from_name``.
        summary: what a person sees, one line.
        program: the steps of a sale after the command was accepted.
        card_after_s, pin_after_s, release_after_s: seconds after which an unattended terminal acts by itself.
        line_back_after_s: seconds after which a cut line comes back by itself; None: only by command.
        busy_answers: so many status enquiries after a cut are answered "busy" before the terminal is ready again.
        reverses_unanswered: a booking whose report was not acknowledged is taken back (PA00P015 2.2.8); otherwise it
            stays (chapter 4 of the same document): both kinds of terminals exist.
    """

    name: str
    summary: str
    program: Callable[[], Program]
    answering: Answering = Answering.WILLING
    line_shape: LineShape = LineShape.CLEAN
    print_form: PrintForm = PrintForm.BLOCK_IF_OFFERED
    card_after_s: float = 1.5
    pin_after_s: float = 2.0
    release_after_s: float = 200.0
    line_back_after_s: float | None = None
    busy_answers: int = 0
    reverses_unanswered: bool = False


def from_name(name: str) -> Scenario:
    """Return the scenario of a name.

    Raises:
        ValueError: there is none of this name; the message lists all.
    """
    try:
        return SCENARIOS[name]
    except KeyError:
        raise ValueError(f"no scenario {name!r}; there are {', '.join(SCENARIOS)}") from None


def _card_shown(*, patience: bool = True) -> Generator[Step, Ended, bool]:
    """Wait for a card. False: the cardholder or the cashier stopped, and the sale has been ended."""
    yield Say(INSERT_CARD, patience=patience)
    if (yield AwaitCard()) is Ended.CANCELLED:
        yield from _stopped()
        return False
    return True


def _card_and_pin(*, patience: bool = True) -> Generator[Step, Ended, bool]:
    """Wait for card and PIN; False as in ``_card_shown``."""
    if not (yield from _card_shown(patience=patience)):
        return False
    yield Say(ENTER_PIN)
    if (yield AwaitPin()) is Ended.CANCELLED:
        yield from _stopped()
        return False
    yield Say(WAITING_FOR_HOST)
    return True


def _stopped() -> Program:
    yield Say(STOPPED)
    yield SendRefusal(CANCELLED_CODE)
    yield Abort(CANCELLED_CODE)


def _concluded() -> Program:
    """Report a booking, print, complete; a booking the register refuses ends in an abort."""
    if (yield SendResult()) is not Ended.DONE:
        yield Abort(CANCELLED_CODE)
        return
    yield Say(TAKE_GOODS)
    yield PrintApproved()
    yield Complete()


def _approve() -> Program:
    if not (yield from _card_and_pin()):
        return
    yield Book()
    yield from _concluded()


def _approve_contactless() -> Program:
    if not (yield from _card_shown()):
        return
    yield Say(WAITING_FOR_HOST)
    yield Book()
    yield from _concluded()


def _decline() -> Program:
    if not (yield from _card_and_pin()):
        return
    yield Say(DECLINED)
    yield SendRefusal(DECLINED_CODE)
    yield PrintDeclined(DECLINED_CODE)
    yield Abort(DECLINED_CODE)


def _cancel() -> Program:
    yield Say(INSERT_CARD, patience=True)
    yield from _stopped()


def _line_lost_before_booking() -> Program:
    if not (yield from _card_and_pin()):
        return
    yield CutLine()


def _line_lost_before_status() -> Program:
    if not (yield from _card_and_pin()):
        return
    yield Book()
    yield CutLine()


def _line_lost_after_result() -> Program:
    if not (yield from _card_and_pin()):
        return
    yield Book()
    yield CutLineAtNextAnswer()
    yield SendResult()


def _line_lost_before_completion() -> Program:
    if not (yield from _card_and_pin()):
        return
    yield Book()
    if (yield SendResult()) is Ended.DONE:
        yield CutLine()
    else:
        yield Abort(CANCELLED_CODE)


def _late_result() -> Program:
    # The register keeps its own patience here: what it waits for is what this scenario is about.
    if not (yield from _card_and_pin(patience=False)):
        return
    yield Book()
    yield AwaitRelease()
    yield from _concluded()


def _wrong_amount() -> Program:
    if not (yield from _card_and_pin()):
        return
    yield Book(amount_added=100)
    yield from _concluded()


_ALL = (
    Scenario("approve", "the card is accepted", _approve),
    Scenario("approve_contactless", "a contactless card is accepted without PIN", _approve_contactless),
    Scenario("decline", "the issuer says no", _decline),
    Scenario("cancel", "the cardholder presses the cancel key", _cancel),
    Scenario("slow_cardholder", "the cardholder takes long to find the card", _approve, card_after_s=25.0),
    Scenario("silence", "the terminal does not answer a sale at all", _approve, answering=Answering.SILENT),
    Scenario("line_lost_before_booking", "the line dies before anything is booked", _line_lost_before_booking),
    Scenario(
        "line_lost_before_status", "booked, then the line dies before the result is sent", _line_lost_before_status
    ),
    Scenario(
        "line_lost_after_result", "booked and reported, the register's answer never arrives", _line_lost_after_result
    ),
    Scenario(
        "line_lost_before_completion",
        "booked, reported and confirmed, then the line dies",
        _line_lost_before_completion,
    ),
    Scenario(
        "line_lost_then_busy",
        "booked, the line dies, and the terminal is busy for a while when it comes back",
        _line_lost_before_status,
        busy_answers=2,
    ),
    Scenario(
        "line_lost_then_reversed",
        "booked and reported, no answer arrives: the terminal takes the sale back",
        _line_lost_after_result,
        reverses_unanswered=True,
    ),
    Scenario("late_result", "the result comes after the register has given up", _late_result),
    Scenario("busy", "the terminal is occupied and refuses", _approve, answering=Answering.BUSY),
    Scenario(
        "wrong_checksum",
        "each block is damaged on its first way and right when repeated (serial lines only)",
        _approve,
        line_shape=LineShape.FIRST_TRY_CORRUPTED,
    ),
    Scenario(
        "split_and_glued",
        "bytes arrive in odd pieces",
        _approve,
        line_shape=LineShape.SPLIT_AND_GLUED,
    ),
    Scenario("wrong_amount", "the terminal books one unit more than asked", _wrong_amount),
    Scenario("print_block", "receipts come as blocks (06 D3) if the register offers it", _approve),
    Scenario("print_lines", "receipts come line by line (06 D1)", _approve, print_form=PrintForm.LINES),
)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
