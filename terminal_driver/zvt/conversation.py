"""The running command of the register and every message of the terminal during and outside of it.

It knows the dialogue table, the call that judges, the limits of time and the events for the caller; it knows neither
the link nor how commands are sent: that is the engine's part.
"""

from collections import deque

from terminal_driver.engine import EngineEvent, Finished, Notice, OrphanResult, Progress, Result
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.outcome import TransactionData, Unknown
from terminal_driver.zvt import messages
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.calls import ACCEPTED, Call
from terminal_driver.zvt.intermediate_codes import TEXT_FROM_TERMINAL, intermediate
from terminal_driver.zvt.messages import (
    AbortMessage,
    Acknowledgement,
    Completion,
    IntermediateStatus,
    Message,
    PrintJob,
    StatusCompletion,
    StatusInformation,
    decode_message,
)
from terminal_driver.zvt.register_config import ZvtConfig
from terminal_driver.zvt.request_answers import answer_request
from terminal_driver.zvt.requests import BlockedCardQuestion, ClockMessage, InputRequest, Menu, Request, SignatureCheck
from terminal_driver.zvt.rules import RegisterRules
from terminal_driver.zvt.state import Dialogue, DialogueEvent, DialogueState, Side
from terminal_driver.zvt.status_codes import PRINTER_NOT_READY, UNSUPPORTED

TALK_MAX = 10_000  # events kept for a caller who does not listen; beyond it progress and notices are dropped
_UNSUPPORTED = Acknowledgement(accepted=False, code=UNSUPPORTED)
_CANNOT_PRINT = Acknowledgement(accepted=False, code=PRINTER_NOT_READY)
_OFFERED_AS: dict[type[Request], int] = {
    SignatureCheck: messages.SIGNATURE_CHECK,
    Menu: messages.MENU,
    InputRequest: messages.INPUT_REQUEST,
    BlockedCardQuestion: messages.BLOCKED_CARD,
}


class Conversation:
    """State of the dialogue on the register's side.

    Args:
        config: limits of time, language, character set.
        rules: answers what the terminal asks.
    """

    def __init__(self, config: ZvtConfig, rules: RegisterRules) -> None:
        self._config = config
        self._rules = rules
        self._dialogue = Dialogue(Side.REGISTER)
        self._t4_s = config.t4_s
        self.events: deque[EngineEvent] = deque()
        self.call: Call | None = None
        self.answer_due: float | None = None
        """When T3 or T4 ends."""
        self.synchronisation = b""
        """Tag 1F1F of the last transaction both sides agree on; empty when that is not known."""

    @property
    def state(self) -> DialogueState:
        """Where the dialogue stands."""
        return self._dialogue.state

    @property
    def running(self) -> int | None:
        """Control field of the command the terminal works on; it decides the shape of messages."""
        own = self._own
        return own.control if own is not None else None

    @property
    def _own(self) -> Call | None:
        return self.call if self.state is DialogueState.TERMINAL_MASTER else None

    def begin(self, call: Call) -> None:
        """A command is about to be sent.

        Raises:
            LocalProtocolError: ``illegal_event``.
        """
        self._dialogue.fire(DialogueEvent.COMMAND)
        self.call = call
        self.answer_due = None
        self._t4_s = self._config.t4_s

    def stop(self) -> None:
        """06 B0 is about to be sent."""
        self._dialogue.fire(DialogueEvent.ABORT)

    def accepted(self, now_s: float) -> None:
        """80 00 to a command that ends later."""
        self._dialogue.fire(DialogueEvent.ACCEPT)
        patience_s = self.call.patience_s if self.call is not None else 0.0
        self.answer_due = now_s + max(self._t4_s, patience_s + self._config.t3_s)

    def answered(self, result: Result) -> None:
        """80 00 to a command that ends with it."""
        self._dialogue.fire(DialogueEvent.ACCEPT_AT_ONCE)
        self._finish(result)

    def refused(self, result: Result) -> None:
        """84 xx to a command."""
        self._dialogue.fire(DialogueEvent.REFUSE)
        self._finish(result)

    def broken(self, code: str, reason: str) -> None:
        """The line broke or time ran out: a running command ends with what that means for it."""
        self._dialogue.fire(DialogueEvent.BROKEN)
        if self.call is not None:
            self._finish(self.call.broken(code, reason))

    def tell(self, event: Progress | Notice) -> None:
        """Keep an event for the caller, unless too many wait already."""
        if len(self.events) < TALK_MAX:
            self.events.append(event)

    def take(self, apdu: Apdu, now_s: float) -> Acknowledgement:
        """Act on a message of the terminal and return the answer to it."""
        own = self._own
        try:
            message = decode_message(apdu, self.running, self._config.character_set)
        except RemoteProtocolError as error:
            self.tell(Notice("unreadable_message", f"{apdu.control:04X}: {error}"))
            return self._take_unreadable(apdu, own, now_s)
        match message:
            case Completion() | StatusCompletion() | AbortMessage():
                return self._take_end(message, own)
            case StatusInformation() if own is not None and own.ends_with_information:
                return self._take_last_information(message, own)
            case _:
                self._dialogue.fire(DialogueEvent.MESSAGE)
                answer = self._answer(message, own, now_s)
                self._dialogue.fire(DialogueEvent.ANSWER)
                return answer

    def _answer(self, message: Message, own: Call | None, now_s: float) -> Acknowledgement:
        match message:
            case IntermediateStatus():
                if own is not None:
                    self._take_intermediate(message, now_s)
                return ACCEPTED
            case StatusInformation():
                return self._take_information(message, own, now_s)
            case PrintJob():
                if not self._rules.prints:
                    return _CANNOT_PRINT
                if own is None:
                    self.tell(Notice("stray_print", "receipt lines came outside of a command"))
                elif not own.printed(message):
                    return _CANNOT_PRINT
                return ACCEPTED
            case SignatureCheck() | Menu() | InputRequest() | BlockedCardQuestion() | ClockMessage():
                return self._take_request(message, own, now_s)
            case _:
                self.tell(Notice("unsupported_message", "the terminal sent a message that was not offered"))
                return _UNSUPPORTED

    def _take_intermediate(self, status: IntermediateStatus, now_s: float) -> None:
        self._t4_s = status.minutes * 60.0 if status.minutes else self._t4_s
        self.answer_due = now_s + self._t4_s
        word, words = intermediate(status.code, self._config.language)
        if status.lines and (status.code == TEXT_FROM_TERMINAL or any(status.lines)):
            words = "\n".join(status.lines)
        self.tell(Progress(word, words))

    def _take_request(self, request: Request, own: Call | None, now_s: float) -> Acknowledgement:
        """Answer what the rules offered; the clock of the register is set by whoever reads the notice, or not."""
        if isinstance(request, ClockMessage):
            words = f"{request.date_yymmdd} {request.time_hhmmss}"
            self.tell(Notice("clock_of_terminal", f"the terminal sent its time (YYMMDD HHMMSS): {words}"))
        elif _OFFERED_AS[type(request)] not in self._rules.offers or own is None:
            self.tell(Notice("unsupported_message", "the terminal asked something that was not offered"))
            return _UNSUPPORTED
        if own is not None:
            self.answer_due = now_s + self._t4_s
        return answer_request(request, self._rules, self._config.character_set)

    def _take_information(self, info: StatusInformation, own: Call | None, now_s: float) -> Acknowledgement:
        answer = None
        if own is not None:
            self.answer_due = now_s + self._t4_s
            answer = own.information(info)
        if answer is None:
            # Not of a running command: kept, and never refused, since that could undo a good payment.
            self.events.append(OrphanResult(info.data))
            answer = ACCEPTED
        if answer.accepted and info.data.code == "00" and info.synchronisation:
            self.synchronisation = info.synchronisation
        return answer

    def _take_last_information(self, info: StatusInformation, own: Call) -> Acknowledgement:
        """04 0F that is an end of its own."""
        own.information(info)
        result = own.completed(Completion())
        if result is None:
            return ACCEPTED
        self._dialogue.fire(DialogueEvent.END)
        self._finish(result)
        self._dialogue.fire(DialogueEvent.ANSWER)
        return ACCEPTED

    def _take_end(self, message: Completion | StatusCompletion | AbortMessage, own: Call | None) -> Acknowledgement:
        result: Result | None = None
        if own is not None:
            result = own.aborted(message) if isinstance(message, AbortMessage) else own.completed(message)
        if result is None:
            self._dialogue.fire(DialogueEvent.MESSAGE)
            self.tell(Notice("late_end", "the terminal ended a command that is not running"))
        else:
            self._dialogue.fire(DialogueEvent.END)
            self._finish(result)
        self._dialogue.fire(DialogueEvent.ANSWER)
        return ACCEPTED

    def _take_unreadable(self, apdu: Apdu, own: Call | None, now_s: float) -> Acknowledgement:
        """Answer what could not be read so that no good payment is undone and no unread one is taken as good."""
        match apdu.control:
            case messages.STATUS_INFORMATION:
                if own is None:
                    self.events.append(OrphanResult(TransactionData()))
                    return ACCEPTED
                self.answer_due = now_s + self._t4_s
                return ACCEPTED if own.unreadable_information() else _UNSUPPORTED
            case messages.PRINT_LINE | messages.PRINT_BLOCK:
                return _CANNOT_PRINT
            case messages.COMPLETION:
                return self._take_end(Completion(), own)
            case messages.ABORT_BY_TERMINAL:
                return self._take_end(AbortMessage(apdu.data[0] if apdu.data else None), own)
            case messages.SET_CLOCK | messages.INTERMEDIATE_STATUS:
                return ACCEPTED
            case _:
                return _UNSUPPORTED

    def _finish(self, result: Result) -> None:
        self.call = None
        self.answer_due = None
        if isinstance(result, Unknown):
            # The terminal must not undo by itself what is still to be asked for: "unknown" is sent instead of a number.
            self.synchronisation = b""
        self.events.append(Finished(result))
