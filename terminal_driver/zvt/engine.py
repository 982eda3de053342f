"""The register side of ZVT: bytes and the time in, bytes and events out (PA00P015 rev 13.08, PA00P016 rev 04).

It sends commands, takes their answers and stops them; the messages of the terminal are the affair of ``conversation``,
what they mean for a command that of its call (``calls``, ``money_call``, ``quiet_calls``). A notice with the code
``line_error`` says that the line must be closed and opened again; the running command has ended by then.
"""

from dataclasses import replace
from datetime import datetime

from terminal_driver.engine import EngineEvent, Notice
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.operations import MoneyOperation, Operation
from terminal_driver.outcome import LastResult, NoAnswer, Verdict
from terminal_driver.zvt import commands, messages
from terminal_driver.zvt.apdu import Apdu, decode_apdu
from terminal_driver.zvt.calls import Call, LastResultCall, RegistrationCall, StatusCall
from terminal_driver.zvt.conversation import Conversation
from terminal_driver.zvt.framing import Framing
from terminal_driver.zvt.link import Delivered, Link, LinkItem, LinkTrouble
from terminal_driver.zvt.message_numbers import MessageNumbers, number_object, read_number, without_number
from terminal_driver.zvt.messages import Acknowledgement, decode_message
from terminal_driver.zvt.operation_start import ALL_OPERATIONS, StartableCommand, start_of
from terminal_driver.zvt.recovery import judge
from terminal_driver.zvt.register_config import T3_S, T4_S, ZvtConfig
from terminal_driver.zvt.rules import AcceptDelivery, CautiousRules, RegisterRules
from terminal_driver.zvt.state import DialogueState
from terminal_driver.zvt.status_codes import result_words
from terminal_driver.zvt.tlv import TlvObject

_TAG_SYNCHRONISATION = "1F1F"
# Answered only when a key was pressed: these may be stopped before their answer.
_STOPPED_WHILE_ASKING = frozenset({commands.ASK_KEY, commands.ASK_NUMBER})

__all__ = ["T3_S", "T4_S", "ZvtConfig", "ZvtEngine"]


class ZvtEngine:
    """One dialogue with one terminal; implements :class:`terminal_driver.engine.Engine`.

    Args:
        config: how the terminal is spoken to.
        framing: serial or TCP.
        accept: asked before a successful result is acknowledged; beside yes and no it may say that the goods are not
            given yet, or only in part. It must not raise.
        rules: answers what the terminal asks; None offers nothing and prints.
    """

    def __init__(
        self, config: ZvtConfig, framing: Framing, accept: AcceptDelivery, rules: RegisterRules | None = None
    ) -> None:
        self._config = config
        self._accept = accept
        self._rules = rules or CautiousRules()
        self._link = Link(framing, t2_s=config.t2_s, repeats_max=config.repeats_max)
        self._talk = Conversation(config, self._rules)
        self._numbers = MessageNumbers(offered=config.message_numbers)
        self._number: int | None = None  # of the running command
        self._held: bytes | None = None  # a command that waits for the answer to an earlier 06 B0
        self._doubtful = False  # 80 00 came that may be older than the running command
        self._abort_due: float | None = None
        self._abort_number: int | None = None
        self._abort_wanted = False

    @property
    def busy(self) -> bool:
        """True while a command runs."""
        return self._talk.call is not None

    @property
    def operations(self) -> frozenset[type[Operation]]:
        """The operations this engine carries: all of them."""
        return ALL_OPERATIONS

    def start_registration(self, now_s: float) -> bytes:
        """Begin 06 00; ends with ``Finished(TerminalInfo | NoAnswer)``.

        Raises:
            LocalProtocolError: ``busy``, or a setting that does not fit its field.
        """
        config = self._config
        offers = config.offers
        answered = sorted(self._rules.offers - set(offers.commands))
        command = commands.Registration(
            password=config.password,
            config_byte=config.config_byte,
            currency_numeric=config.currency_numeric,
            service_byte=config.service_byte,
            offers=replace(
                offers,
                commands=(*offers.commands, *answered),
                message_no=0 if config.message_numbers else offers.message_no,
            ),
        )
        if self._talk.call is None:
            self._numbers.forget()
        return self._start(RegistrationCall(config.language), command.encode(), None, now_s)

    def start_operation(self, operation: Operation, now_s: float) -> bytes:
        """Begin an operation; ends with ``Finished`` and its kind of result.

        Raises:
            LocalProtocolError: ``busy``, or a value that cannot be sent (see ``operation_start``); nothing was sent.
        """
        start = start_of(operation, self._config, self._accept)
        return self._start_numbered(start.call, start.command, now_s)

    def judge(self, operation: MoneyOperation, sent_at: datetime | None, last: LastResult | NoAnswer) -> Verdict:
        """Say what the last result proves (see :mod:`terminal_driver.zvt.recovery`)."""
        return judge(operation, sent_at, last)

    def start_last_result(self, now_s: float, about: MoneyOperation | None = None) -> bytes:
        """Begin 06 20 with status and without print; ends with ``Finished(LastResult | NoAnswer)``.

        Raises:
            LocalProtocolError: ``busy``.
        """
        del about  # the protocol knows only "the last one"
        command = commands.RepeatReceipt(self._config.password)
        return self._start_numbered(LastResultCall(self._config.language), command, now_s)

    def start_status(self, now_s: float) -> bytes:
        """Begin 05 01; ends with ``Finished(TerminalStatus | NoAnswer)``.

        Raises:
            LocalProtocolError: ``busy``.
        """
        command = commands.StatusEnquiry(self._config.password)
        return self._start_numbered(StatusCall(self._config.language), command, now_s)

    def request_abort(self, now_s: float) -> bytes:
        """Send 06 B0, or keep it until the command is accepted; the command still ends with its own result.

        Raises:
            LocalProtocolError: ``nothing_running``.
        """
        if self._talk.call is None:
            raise LocalProtocolError("nothing_running", "no command runs that could be stopped")
        self._abort_wanted = True
        self._talk.call.abort_requested()
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
        return self._talk.events.popleft() if self._talk.events else None

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        times = [at for at in (self._link.deadline(), self._talk.answer_due, self._abort_due) if at is not None]
        return min(times) if times else None

    def expire(self, now_s: float) -> bytes:
        """Repeat an unconfirmed block, or end a command whose answer did not come."""
        out = bytearray()
        for to_send, item in self._link.expire(now_s):
            out += to_send
            out += self._take(item, now_s)
        if self._abort_due is not None and now_s >= self._abort_due:
            self._abort_due = None
            self._talk.tell(Notice("abort_unanswered", "the terminal did not answer the request to stop"))
            out += self._release(now_s)
        if self._talk.answer_due is not None and now_s >= self._talk.answer_due:
            if self._talk.state is DialogueState.COMMAND_SENT:
                self._talk.broken("no_answer", "the terminal did not answer the command in time")
            else:
                self._talk.broken("no_completion", "the terminal did not end the command in time")
        self._watch_answer(now_s)
        return bytes(out)

    def line_lost(self, now_s: float) -> None:
        """End the running command; late messages after a reconnect are still answered."""
        del now_s
        self._link.reset()
        self._abort_due = None
        self._talk.broken("line_lost", "the line to the terminal broke")

    def _start_numbered(self, call: Call, command: StartableCommand, now_s: float) -> bytes:
        apdu = command.encode()  # what cannot be written must not take a number
        if self._talk.call is not None:
            raise LocalProtocolError("busy", "a command is running")
        objects: tuple[TlvObject, ...] = ()
        if self._config.synchronise and command.control in commands.SYNCHRONISED:
            objects = (TlvObject(_TAG_SYNCHRONISATION, self._talk.synchronisation),)
        number = self._numbers.take()
        if number is not None:
            objects = (*objects, number_object(number))
        return self._start(call, _extended(command, objects).encode() if objects else apdu, number, now_s)

    def _start(self, call: Call, apdu: Apdu, number: int | None, now_s: float) -> bytes:
        if self._talk.call is not None:
            raise LocalProtocolError("busy", "a command is running")
        self._talk.begin(call)
        self._number = number
        self._abort_wanted = False
        self._doubtful = False
        # Our answer to the end of the last command may be unconfirmed; the rights are ours again all the same.
        self._link.forget()
        # While an earlier 06 B0 has no answer yet, the next 80 or 84 is that answer and must not be taken for ours.
        self._held = apdu.encode()
        if self._abort_due is not None and now_s < self._abort_due:
            return b""
        self._abort_due = None
        return self._release(now_s)

    def _release(self, now_s: float) -> bytes:
        """Send the command that was held back."""
        if self._held is None:
            return b""
        block, self._held = self._held, None
        out = self._link.send(block, now_s)
        self._watch_answer(now_s)
        return out

    def _watch_answer(self, now_s: float) -> None:
        """Start T3 once the command has left and, on a serial line, is confirmed."""
        waiting = self._talk.state is DialogueState.COMMAND_SENT and self._held is None
        if self._talk.call is not None and waiting and self._talk.answer_due is None and not self._link.unconfirmed:
            self._talk.answer_due = now_s + self._config.t3_s + self._talk.call.patience_s

    def _send_abort(self, now_s: float) -> bytes:
        asking = self._talk.call is not None and self._talk.call.control in _STOPPED_WHILE_ASKING and self._held is None
        allowed = DialogueState.COMMAND_SENT if asking else DialogueState.TERMINAL_MASTER
        if not self._abort_wanted or self._talk.state is not allowed:
            return b""
        self._talk.stop()
        self._abort_wanted = False
        self._abort_due = now_s + self._config.t3_s
        self._abort_number = self._numbers.take()
        objects = () if self._abort_number is None else (number_object(self._abort_number),)
        command = _extended(commands.AbortByRegister(), objects)
        return self._link.send(command.encode().encode(), now_s)

    def _take(self, item: LinkItem | None, now_s: float) -> bytes:
        match item:
            case None:
                return b""
            case LinkTrouble(code, words, broken):
                if broken:
                    self._link.reset()
                    self._abort_due = None
                    self._talk.broken("line_error", words)
                    self._talk.tell(Notice("line_error", f"{code}: {words}"))
                else:
                    self._talk.tell(Notice(code, words))
                return b""
            case Delivered(block, repeated):
                return self._take_block(block, now_s, repeated=repeated)

    def _take_block(self, block: bytes, now_s: float, *, repeated: bool) -> bytes:
        try:
            apdu = decode_apdu(block)
        except RemoteProtocolError as error:
            self._talk.tell(Notice(error.code, str(error)))
            return b""
        if apdu.is_acknowledgement:
            return self._take_acknowledgement(apdu, now_s, repeated=repeated)
        if self._doubtful and not repeated and self._talk.state is DialogueState.COMMAND_SENT:
            # The terminal works on our command, so the 80 00 was its answer; only its confirmation was lost.
            self._doubtful = False
            self._talk.accepted(now_s)
        return self._take_message(apdu, now_s)

    def _take_message(self, apdu: Apdu, now_s: float) -> bytes:
        """Answer a message of the terminal; one that came before with the same number is answered as before."""
        running = self._talk.running
        answer = self._numbers.repetition(apdu, running)
        if answer is None:
            answer = self._numbers.answered(apdu, running, self._talk.take(apdu, now_s))
            if running == commands.REGISTRATION and apdu.control == messages.COMPLETION:
                self._numbers.registered(apdu)
        return self._link.send(answer.encode().encode(), now_s)

    def _take_acknowledgement(self, apdu: Apdu, now_s: float, *, repeated: bool) -> bytes:
        """Find out what is answered: a request to stop or the running command."""
        answer = decode_message(apdu, None)
        assert isinstance(answer, Acknowledgement)  # noqa: S101 - what the codec promises for 80 and 84
        number = read_number(apdu, None) if self._numbers.agreed else None
        if number is not None:
            answer = without_number(answer, number)
        if self._answers_abort(answer, number):
            return self._take_abort_answer(answer, now_s)
        if number not in (None, self._number):
            self._talk.tell(Notice("stale_answer", "an answer came to a message that is over"))
            return b""
        if self._talk.call is None or self._talk.state is not DialogueState.COMMAND_SENT:
            self._talk.tell(Notice("stray_acknowledgement", "an answer came to which nothing was asked"))
            return b""
        if repeated and number is None:
            call = self._talk.call
            self._doubtful = answer.accepted and call.control not in commands.ANSWERED_AT_ONCE
            self._talk.tell(Notice("repeated_answer", "the answer to an earlier command came once more"))
            return b""
        return self._take_answer(answer, now_s)

    def _answers_abort(self, answer: Acknowledgement, number: int | None) -> bool:
        """Tell whether an answer is that to 06 B0, from its number or from what else can be answered now."""
        if self._abort_due is None:
            return False
        if number is not None:
            return number == self._abort_number
        if self._held is not None or self._talk.state is not DialogueState.COMMAND_SENT:
            return True
        return not answer.data  # the key or the number that was asked for stands behind the other answer

    def _take_abort_answer(self, answer: Acknowledgement, now_s: float) -> bytes:
        self._abort_due = None
        if answer.accepted:
            self._talk.tell(Notice("abort_accepted", "the terminal accepted the request to stop"))
        else:
            self._talk.tell(Notice("abort_refused", result_words(answer.code, self._config.language)))
        if self._talk.state is DialogueState.COMMAND_SENT and self._held is None and answer.accepted:
            self._talk.answer_due = now_s + self._config.t3_s  # a question that was stopped is answered soon, or never
        return self._release(now_s)

    def _take_answer(self, answer: Acknowledgement, now_s: float) -> bytes:
        """80 00 or 84 xx to the running command."""
        call = self._talk.call
        assert call is not None  # noqa: S101 - only asked while one runs
        self._doubtful = False
        if not answer.accepted and self._link.repeated_in_silence:
            words = f"refused, but the command was sent again: {result_words(answer.code, self._config.language)}"
            self._talk.refused(call.broken("refused_after_repetition", words))
        elif not answer.accepted:
            self._talk.refused(call.refused(answer.code))
        elif call.control in commands.ANSWERED_AT_ONCE:
            self._talk.answered(call.answered(answer.data))
        else:
            self._talk.accepted(now_s)
            return self._send_abort(now_s)
        return b""


def _extended(command: StartableCommand, objects: tuple[TlvObject, ...]) -> StartableCommand:
    """Return the command with further objects in its container."""
    extras = command.extras
    return replace(command, extras=replace(extras, objects=(*extras.objects, *objects)))
