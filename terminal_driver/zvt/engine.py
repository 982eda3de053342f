"""The register side of ZVT: bytes and the time in, bytes and events out (PA00P015 rev 13.08, PA00P016 rev 04).

It carries the dialogue and answers every message of the terminal; what a message means for the running command is
judged in :mod:`terminal_driver.zvt.calls`. A notice with the code ``line_error`` says that the line must be closed
and opened again; the running command has ended by then.
"""

from collections import deque
from dataclasses import dataclass, field

from terminal_driver.engine import AcceptResult, EngineEvent, Finished, Notice, OrphanResult, Progress, SaleRequest
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.outcome import TransactionData
from terminal_driver.zvt import commands, messages
from terminal_driver.zvt.apdu import Apdu, decode_apdu
from terminal_driver.zvt.calls import Call, LastResultCall, RegistrationCall, Result, SaleCall, StatusCall
from terminal_driver.zvt.framing import Framing
from terminal_driver.zvt.intermediate_codes import TEXT_FROM_TERMINAL, intermediate
from terminal_driver.zvt.link import REPEATS_MAX, T2_S, Delivered, Link, LinkItem, LinkTrouble
from terminal_driver.zvt.messages import (
    AbortMessage,
    Acknowledgement,
    Completion,
    IntermediateStatus,
    Message,
    OtherMessage,
    PrintJob,
    StatusCompletion,
    StatusInformation,
    decode_message,
)
from terminal_driver.zvt.state import Dialogue, DialogueEvent, DialogueState, Side
from terminal_driver.zvt.status_codes import PRINTER_NOT_READY, UNSUPPORTED, Language, result_words
from terminal_driver.zvt.text import CharacterSet

T3_S = 5.0
T4_S = 180.0
AMOUNT_MINOR_MAX = 10**12 - 1  # six BCD bytes
TALK_MAX = 10_000  # events kept for a caller who does not listen; beyond it progress and notices are dropped

_ACCEPTED = Acknowledgement(accepted=True)
_CONFIG_BYTE = (
    commands.CONFIG_PAYMENT_RECEIPTS_BY_REGISTER
    | commands.CONFIG_ADMINISTRATION_RECEIPTS_BY_REGISTER
    | commands.CONFIG_SEND_INTERMEDIATE_STATUS
    | commands.CONFIG_PRINT_BY_COMMANDS
)


@dataclass(frozen=True, slots=True)
class ZvtConfig:
    """How one terminal is spoken to.

    ``password``: six digits. ``config_byte``: bits of 06 00, 8E hex prints on the register. ``payment_type``: BMP 19 of
    a sale, None leaves it out. ``character_set``: of texts the terminal sends. ``language``: of our own words.
    ``t2_s``, ``t3_s``, ``t4_s``: seconds to the confirmation of a block, to the answer to a command, to its end.
    """

    password: str = field(default="000000", repr=False)
    config_byte: int = _CONFIG_BYTE
    currency_numeric: str = "978"
    service_byte: int | None = None
    offers: commands.Offers = field(default_factory=lambda: commands.Offers(commands=(commands.PRINT_BLOCK,)))
    payment_type: int | None = None
    character_set: CharacterSet = CharacterSet.CP437
    language: Language = Language.ENGLISH
    t2_s: float = T2_S
    t3_s: float = T3_S
    t4_s: float = T4_S
    repeats_max: int = REPEATS_MAX


class ZvtEngine:
    """One dialogue with one terminal; implements :class:`terminal_driver.engine.Engine`.

    Args:
        config: how the terminal is spoken to.
        framing: serial or TCP.
        accept: asked before a successful result is acknowledged; it must not raise.
    """

    def __init__(self, config: ZvtConfig, framing: Framing, accept: AcceptResult) -> None:
        self._config = config
        self._accept = accept
        self._link = Link(framing, t2_s=config.t2_s, repeats_max=config.repeats_max)
        self._dialogue = Dialogue(Side.REGISTER)
        self._events: deque[EngineEvent] = deque()
        self._call: Call | None = None
        self._answer_due: float | None = None  # T3 or T4
        self._t4_s = config.t4_s
        self._abort_due: float | None = None
        self._abort_wanted = False

    @property
    def busy(self) -> bool:
        """True while a command runs."""
        return self._call is not None

    def start_registration(self, now_s: float) -> bytes:
        """Begin 06 00; ends with ``Finished(TerminalInfo | NoAnswer)``.

        Raises:
            LocalProtocolError: ``busy``, or a setting that does not fit its field.
        """
        config = self._config
        command = commands.Registration(
            password=config.password,
            config_byte=config.config_byte,
            currency_numeric=config.currency_numeric,
            service_byte=config.service_byte,
            offers=config.offers,
        )
        return self._start(RegistrationCall(config.language), command.encode(), now_s)

    def start_sale(self, request: SaleRequest, now_s: float) -> bytes:
        """Begin 06 01; ends with ``Finished(Outcome)``.

        Raises:
            LocalProtocolError: ``busy``, ``bad_amount`` or ``bad_currency``; nothing was sent.
        """
        if not 0 < request.amount_minor <= AMOUNT_MINOR_MAX:
            raise LocalProtocolError("bad_amount", "the amount of a sale must be positive and have at most 12 digits")
        currency = request.currency_numeric
        if len(currency) != 3 or not (currency.isascii() and currency.isdecimal()):
            raise LocalProtocolError("bad_currency", "the currency must be three digits")
        command = commands.Sale(request.amount_minor, currency, self._config.payment_type)
        call = SaleCall(request, self._accept, self._config.language)
        return self._start(call, command.encode(), now_s)

    def start_last_result(self, now_s: float) -> bytes:
        """Begin 06 20 with status and without print; ends with ``Finished(LastResult | NoAnswer)``.

        Raises:
            LocalProtocolError: ``busy``.
        """
        command = commands.RepeatReceipt(self._config.password)
        return self._start(LastResultCall(self._config.language), command.encode(), now_s)

    def start_status(self, now_s: float) -> bytes:
        """Begin 05 01; ends with ``Finished(TerminalStatus | NoAnswer)``.

        Raises:
            LocalProtocolError: ``busy``.
        """
        command = commands.StatusEnquiry(self._config.password)
        return self._start(StatusCall(self._config.language), command.encode(), now_s)

    def request_abort(self, now_s: float) -> bytes:
        """Send 06 B0, or keep it until the command is accepted; the command still ends with its own result.

        Raises:
            LocalProtocolError: ``nothing_running``.
        """
        if self._call is None:
            raise LocalProtocolError("nothing_running", "no command runs that could be stopped")
        self._abort_wanted = True
        self._call.abort_requested()
        return self._send_abort(now_s)

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line; return confirmations and answers."""
        out = bytearray()
        for to_send, item in self._link.receive(data, now_s):
            out += to_send
            out += self._take(item, now_s)
        self._watch_answer(now_s)
        return bytes(out)

    def next_event(self) -> EngineEvent | None:
        """Return the oldest event not yet taken, or None."""
        return self._events.popleft() if self._events else None

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        times = [at for at in (self._link.deadline(), self._answer_due, self._abort_due) if at is not None]
        return min(times) if times else None

    def expire(self, now_s: float) -> bytes:
        """Repeat an unconfirmed block, or end a command whose answer did not come."""
        out = bytearray()
        for to_send, item in self._link.expire(now_s):
            out += to_send
            out += self._take(item, now_s)
        if self._abort_due is not None and now_s >= self._abort_due:
            self._abort_due = None
            self._tell(Notice("abort_unanswered", "the terminal did not answer the request to stop"))
        if self._answer_due is not None and now_s >= self._answer_due:
            if self._dialogue.state is DialogueState.COMMAND_SENT:
                self._broken("no_answer", "the terminal did not answer the command in time")
            else:
                self._broken("no_completion", "the terminal did not end the command in time")
        self._watch_answer(now_s)
        return bytes(out)

    def line_lost(self, now_s: float) -> None:
        """End the running command; late messages after a reconnect are still answered."""
        del now_s
        self._link.reset()
        self._broken("line_lost", "the line to the terminal broke")

    def _start(self, call: Call, apdu: Apdu, now_s: float) -> bytes:
        if self._call is not None:
            raise LocalProtocolError("busy", "a command is running")
        self._dialogue.fire(DialogueEvent.COMMAND)
        self._call = call
        self._answer_due = None
        self._t4_s = self._config.t4_s
        self._abort_wanted = False
        self._abort_due = None
        # Our answer to the end of the last command may be unconfirmed; the rights are ours again all the same.
        self._link.forget()
        out = self._link.send(apdu.encode(), now_s)
        self._watch_answer(now_s)
        return out

    def _watch_answer(self, now_s: float) -> None:
        """Start T3 once the command has left and, on a serial line, is confirmed."""
        waiting = self._dialogue.state is DialogueState.COMMAND_SENT
        if waiting and self._answer_due is None and not self._link.unconfirmed:
            self._answer_due = now_s + self._config.t3_s

    def _send_abort(self, now_s: float) -> bytes:
        if not self._abort_wanted or self._dialogue.state is not DialogueState.TERMINAL_MASTER:
            return b""
        self._dialogue.fire(DialogueEvent.ABORT)
        self._abort_wanted = False
        self._abort_due = now_s + self._config.t3_s
        return self._link.send(commands.AbortByRegister().encode().encode(), now_s)

    def _take(self, item: LinkItem | None, now_s: float) -> bytes:
        match item:
            case None:
                return b""
            case LinkTrouble(code, words, broken):
                if broken:
                    self._link.reset()
                    self._broken("line_error", words)
                    self._tell(Notice("line_error", f"{code}: {words}"))
                else:
                    self._tell(Notice(code, words))
                return b""
            case Delivered(block):
                return self._take_block(block, now_s)

    def _take_block(self, block: bytes, now_s: float) -> bytes:
        try:
            apdu = decode_apdu(block)
        except RemoteProtocolError as error:
            self._tell(Notice(error.code, str(error)))
            return b""
        if apdu.is_acknowledgement:
            acknowledgement = decode_message(apdu, None)
            assert isinstance(acknowledgement, Acknowledgement)  # noqa: S101 - what the codec promises for 80 and 84
            return self._take_acknowledgement(acknowledgement, now_s)
        answer = self._take_message(apdu, now_s)
        return self._link.send(answer.encode().encode(), now_s)

    def _take_acknowledgement(self, answer: Acknowledgement, now_s: float) -> bytes:
        if self._call is not None and self._dialogue.state is DialogueState.COMMAND_SENT:
            if not answer.accepted:
                self._dialogue.fire(DialogueEvent.REFUSE)
                self._finish(self._call.refused(answer.code))
                return b""
            self._dialogue.fire(DialogueEvent.ACCEPT)
            self._answer_due = now_s + self._t4_s
            return self._send_abort(now_s)
        if self._abort_due is not None:
            self._abort_due = None
            if answer.accepted:
                self._tell(Notice("abort_accepted", "the terminal accepted the request to stop"))
            else:
                self._tell(Notice("abort_refused", result_words(answer.code, self._config.language)))
            return b""
        self._tell(Notice("stray_acknowledgement", "an answer came to which nothing was asked"))
        return b""

    def _take_message(self, apdu: Apdu, now_s: float) -> Acknowledgement:
        """Act on a message and return the answer to it."""
        own = self._call if self._dialogue.state is DialogueState.TERMINAL_MASTER else None
        try:
            message = decode_message(apdu, own.control if own else None, self._config.character_set)
        except RemoteProtocolError as error:
            self._tell(Notice("unreadable_message", f"{apdu.control:04X}: {error}"))
            return self._take_unreadable(apdu, own, now_s)
        if isinstance(message, Completion | StatusCompletion | AbortMessage):
            return self._take_end(message, own)
        self._dialogue.fire(DialogueEvent.MESSAGE)
        answer = self._answer(message, own, now_s)
        self._dialogue.fire(DialogueEvent.ANSWER)
        return answer

    def _answer(self, message: Message, own: Call | None, now_s: float) -> Acknowledgement:
        match message:
            case IntermediateStatus(code, minutes, lines):
                if own is not None:
                    self._t4_s = minutes * 60.0 if minutes else self._t4_s
                    self._answer_due = now_s + self._t4_s
                    word, words = intermediate(code, self._config.language)
                    if lines and (code == TEXT_FROM_TERMINAL or any(lines)):
                        words = "\n".join(lines)
                    self._tell(Progress(word, words))
                return _ACCEPTED
            case StatusInformation():
                return self._take_information(message, own, now_s)
            case PrintJob():
                if own is None:
                    self._tell(Notice("stray_print", "receipt lines came outside of a command"))
                elif not own.printed(message):
                    return Acknowledgement(accepted=False, code=PRINTER_NOT_READY)
                return _ACCEPTED
            case OtherMessage(control) if control == messages.SET_CLOCK:
                return _ACCEPTED
            case _:
                self._tell(Notice("unsupported_message", "the terminal sent a message that was not offered"))
                return Acknowledgement(accepted=False, code=UNSUPPORTED)

    def _take_information(self, info: StatusInformation, own: Call | None, now_s: float) -> Acknowledgement:
        if own is None:
            self._events.append(OrphanResult(info.data))
            return _ACCEPTED
        self._answer_due = now_s + self._t4_s
        code = own.information(info)
        if code is None:
            self._events.append(OrphanResult(info.data))
            return _ACCEPTED
        return Acknowledgement(accepted=code == 0, code=code)

    def _take_end(self, message: Completion | StatusCompletion | AbortMessage, own: Call | None) -> Acknowledgement:
        result: Result | None = None
        if own is not None:
            if isinstance(message, AbortMessage):
                result = own.aborted(message.code, message.text)
            else:
                result = own.completed(message)
        if result is None:
            self._dialogue.fire(DialogueEvent.MESSAGE)
            self._tell(Notice("late_end", "the terminal ended a command that is not running"))
        else:
            self._dialogue.fire(DialogueEvent.END)
            self._finish(result)
        self._dialogue.fire(DialogueEvent.ANSWER)
        return _ACCEPTED

    def _take_unreadable(self, apdu: Apdu, own: Call | None, now_s: float) -> Acknowledgement:
        """Answer what could not be read so that no good payment is undone and no unread one is taken as good."""
        match apdu.control:
            case messages.STATUS_INFORMATION:
                if own is None:
                    self._events.append(OrphanResult(TransactionData()))
                    return _ACCEPTED
                self._answer_due = now_s + self._t4_s
                own.unreadable_information()
                return Acknowledgement(accepted=False, code=UNSUPPORTED)
            case messages.PRINT_LINE | messages.PRINT_BLOCK:
                return Acknowledgement(accepted=False, code=PRINTER_NOT_READY)
            case messages.COMPLETION:
                return self._take_end(Completion(), own)
            case messages.ABORT_BY_TERMINAL:
                return self._take_end(AbortMessage(apdu.data[0] if apdu.data else None), own)
            case _:
                return _ACCEPTED

    def _tell(self, event: Progress | Notice) -> None:
        if len(self._events) < TALK_MAX:
            self._events.append(event)

    def _broken(self, code: str, reason: str) -> None:
        self._dialogue.fire(DialogueEvent.BROKEN)
        if self._call is not None:
            self._finish(self._call.broken(code, reason))

    def _finish(self, result: Result) -> None:
        self._call = None
        self._answer_due = None
        self._abort_due = None
        self._abort_wanted = False
        self._events.append(Finished(result))
