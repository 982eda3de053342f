"""The terminal side of ZVT, for a simulated terminal: the same codecs, link and table as the register side.

It knows how messages look and in which order they may go; what a terminal does, and when, its caller decides. The
caller sends one message at a time and waits for ``Acknowledged`` before the next one.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from terminal_driver.engine import Notice
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.outcome import TerminalReceipt, TransactionData
from terminal_driver.zvt import commands, messages
from terminal_driver.zvt.apdu import Apdu, decode_apdu
from terminal_driver.zvt.commands import Offers
from terminal_driver.zvt.device_events import (
    AbortRequested,
    Acknowledged,
    AcknowledgementMissing,
    CommandReceived,
    DeviceEvent,
    LineFailed,
    LogOffRequested,
    Registered,
    StatusAsked,
    TerminalCommand,
    terminal_command,
)
from terminal_driver.zvt.framing import DLE, STX, Framing
from terminal_driver.zvt.link import REPEATS_MAX, T2_S, Delivered, Link, LinkItem, LinkTrouble
from terminal_driver.zvt.messages import (
    Acknowledgement,
    Completion,
    IntermediateStatus,
    StatusCompletion,
    StatusInformation,
    decode_message,
)
from terminal_driver.zvt.print_jobs import PrintJob, encode_print_block, encode_print_lines
from terminal_driver.zvt.state import Dialogue, DialogueEvent, DialogueState, Side
from terminal_driver.zvt.status_codes import BUSY, UNSUPPORTED
from terminal_driver.zvt.text import CharacterSet

T3_S = 5.0
CONFIG_UNTIL_REGISTERED = 0x8E
CONFIG_AFTER_LOG_OFF = 0x86
"""How a terminal behaves then (PA00P015 2.2): payment and administration receipts by the register, no progress."""


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """What the terminal is. ``terminal_id``: eight digits. ``currency_numeric``: three digits.

    ``block_print``: it prints by 06 D3 when the register offers it. ``t2_s``, ``t3_s``: seconds to the confirmation of
    a block and to the answer to a message.
    """

    terminal_id: str = "52500041"
    currency_numeric: str = "978"
    software_version: str = "1.0"
    block_print: bool = True
    character_set: CharacterSet = CharacterSet.CP437
    t2_s: float = T2_S
    t3_s: float = T3_S
    repeats_max: int = REPEATS_MAX


@dataclass(frozen=True, slots=True)
class _Open:
    """A message that waits for its answer. ``aside``: it does not belong to the running command."""

    control: int
    aside: bool = False


class ZvtDeviceEngine:
    """One dialogue with one register.

    Args:
        framing: serial or TCP.
        config: what the terminal is.
    """

    def __init__(self, framing: Framing, config: DeviceConfig | None = None) -> None:
        self._config = config or DeviceConfig()
        # What begins a block whose last byte is part of its checksum; nothing where there is no checksum.
        self.block_start = bytes([DLE, STX]) if framing.confirms else b""
        self.character_set = self._config.character_set
        self._link = Link(framing, t2_s=self._config.t2_s, repeats_max=self._config.repeats_max)
        self._dialogue = Dialogue(Side.TERMINAL)
        self._events: deque[DeviceEvent] = deque()
        self._running: int | None = None  # control field of the command that waits or runs
        self._command_bytes = b""
        self._aside: deque[TerminalCommand] = deque()  # 06 B0 and 05 01 during a command, not yet answered
        self._open: deque[_Open] = deque()
        self._lines: deque[Apdu] = deque()  # further 06 D1 of the receipt being printed
        self._answer_due: float | None = None
        self.tlv = False  # the register said that it understands BMP 06
        self.offers = Offers()
        self._config_byte = CONFIG_UNTIL_REGISTERED

    @property
    def register_wants_progress(self) -> bool:
        """True when the registration asked for 04 FF."""
        return bool(self._config_byte & commands.CONFIG_SEND_INTERMEDIATE_STATUS)

    @property
    def register_prints(self) -> bool:
        """True when the registration asked for receipts by 06 D1 or 06 D3."""
        return bool(self._config_byte & commands.CONFIG_PRINT_BY_COMMANDS) and bool(
            self._config_byte
            & (commands.CONFIG_PAYMENT_RECEIPTS_BY_REGISTER | commands.CONFIG_ADMINISTRATION_RECEIPTS_BY_REGISTER)
        )

    @property
    def state(self) -> DialogueState:
        """Where the dialogue stands."""
        return self._dialogue.state

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line; return confirmations and what follows at once."""
        return self._take_all(self._link.receive(data, now_s), now_s)

    def next_event(self) -> DeviceEvent | None:
        """Return the oldest event not yet taken, or None."""
        return self._events.popleft() if self._events else None

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        times = [at for at in (self._link.deadline(), self._answer_due) if at is not None]
        return min(times) if times else None

    def expire(self, now_s: float) -> bytes:
        """Repeat an unconfirmed block, or give up a message that was not answered."""
        out = self._take_all(self._link.expire(now_s), now_s)
        if self._answer_due is not None and now_s >= self._answer_due and self._open:
            self._events.append(AcknowledgementMissing(self._open[0].control))
            self._broken()
        return out

    def line_lost(self, now_s: float) -> None:
        """Forget the dialogue: the line broke."""
        del now_s
        self._link.reset()
        self._broken()

    def accept(self, now_s: float, data: bytes = b"") -> bytes:
        """Answer the oldest waiting command with 80 00; ``data``: what a command that asks is answered.

        Raises:
            LocalProtocolError: ``nothing_to_answer``.
        """
        return self._answer(Acknowledgement(accepted=True, data=data), now_s)

    def refuse(self, code: int, now_s: float) -> bytes:
        """Answer the oldest waiting command with 84 xx.

        Raises:
            LocalProtocolError: ``nothing_to_answer``.
        """
        return self._answer(Acknowledgement(accepted=False, code=code), now_s)

    def answer_status(self, code: int, now_s: float, *, with_version: bool = True) -> bytes:
        """Accept a status enquiry and complete it with the state of the terminal, also beside a running sale.

        Raises:
            LocalProtocolError: ``nothing_to_answer``.
        """
        beside = bool(self._aside) and isinstance(self._aside[0], StatusAsked)
        version = self._config.software_version if with_version and not beside else None
        out = self.accept(now_s)
        apdu = messages.encode_completion(StatusCompletion(code, version))
        if beside:
            self._open.append(_Open(apdu.control, aside=True))
            return out + self._link.send(apdu.encode(), now_s)
        return out + self._send(apdu, DialogueEvent.END, now_s)

    def send_intermediate(self, code: int, minutes: int | None, now_s: float) -> bytes:
        """Send 04 FF; ``minutes``: new time limit of the register, None leaves it.

        Raises:
            LocalProtocolError: ``illegal_event`` when a message is still open.
        """
        apdu = messages.encode_intermediate_status(IntermediateStatus(code, minutes), self.character_set)
        return self._send(apdu, DialogueEvent.MESSAGE, now_s)

    def send_status_information(self, data: TransactionData, now_s: float, *, nothing_held: bool = False) -> bytes:
        """Send 04 0F with ``data.code`` as the result; outside of a command too, as after a lost line.

        Raises:
            LocalProtocolError: ``illegal_event``, or a value that does not fit its field.
        """
        return self.send_information(StatusInformation(data, nothing_held), now_s)

    def send_information(self, info: StatusInformation, now_s: float) -> bytes:
        """Send 04 0F with totals or other things beside a transaction; errors as in ``send_status_information``."""
        return self.send_message(messages.encode_status_information(info, self.character_set, tlv=self.tlv), now_s)

    def send_print(self, receipt: TerminalReceipt, now_s: float, *, as_block: bool = True) -> bytes:
        """Print a receipt on the register: one 06 D3 if wished, able and offered, else a 06 D1 a line.

        One ``Acknowledged`` follows for the whole receipt; lines after a refused one are not sent.

        Raises:
            LocalProtocolError: ``illegal_event`` when a message is still open.
        """
        job = PrintJob(
            receipt.lines, receipt.kind, ends=True, approved=receipt.approved, signature_field=receipt.signature_field
        )
        if as_block and self._config.block_print and messages.PRINT_BLOCK in self.offers.commands:
            return self._send(encode_print_block(job, self.character_set), DialogueEvent.MESSAGE, now_s)
        first, *rest = encode_print_lines(job, self.character_set)
        out = self._send(first, DialogueEvent.MESSAGE, now_s)
        self._lines.extend(rest)
        return out

    def complete(self, now_s: float, *, status_byte: int = 0) -> bytes:
        """Send 06 0F in the shape of the running command; ``status_byte``: of a registration, what is needed first.

        Raises:
            LocalProtocolError: ``illegal_event`` when a message is still open.
        """
        completion: Completion | StatusCompletion = Completion()
        if self._running == commands.REGISTRATION:
            completion = Completion(status_byte, self._config.terminal_id, self._config.currency_numeric)
        elif self._running == commands.STATUS_ENQUIRY:
            completion = StatusCompletion(status_byte, self._config.software_version)
        return self._send(messages.encode_completion(completion), DialogueEvent.END, now_s)

    def send_message(self, apdu: Apdu, now_s: float) -> bytes:
        """Send any message of the terminal, such as a request of its own; ``Acknowledged`` follows.

        Raises:
            LocalProtocolError: ``illegal_event`` when a message is still open.
        """
        ends = apdu.control == messages.ABORT_BY_TERMINAL or (
            self._running == commands.READ_CARD and apdu.control == messages.STATUS_INFORMATION
        )
        return self._send(apdu, DialogueEvent.END if ends else DialogueEvent.MESSAGE, now_s)

    def abort(self, code: int, now_s: float) -> bytes:
        """Send 06 1E.

        Raises:
            LocalProtocolError: ``illegal_event`` when a message is still open.
        """
        return self.send_message(messages.encode_abort(code), now_s)

    def _send(self, apdu: Apdu, event: DialogueEvent, now_s: float) -> bytes:
        block = apdu.encode()
        self._dialogue.fire(event)
        self._open.append(_Open(apdu.control))
        self._answer_due = None
        out = self._link.send(block, now_s)
        self._watch_answer(now_s)
        return out

    def _answer(self, answer: Acknowledgement, now_s: float) -> bytes:
        if self._dialogue.state in (DialogueState.COMMAND_SENT, DialogueState.LATE_MESSAGE):
            at_once = self._running in commands.ANSWERED_AT_ONCE
            if not answer.accepted:
                self._dialogue.fire(DialogueEvent.REFUSE)
            else:
                self._dialogue.fire(DialogueEvent.ACCEPT_AT_ONCE if at_once else DialogueEvent.ACCEPT)
            if at_once or not answer.accepted:
                self._running = None
        elif self._aside:
            self._aside.popleft()
        else:
            raise LocalProtocolError("nothing_to_answer", "no command of the register waits for an answer")
        return self._link.send(answer.encode().encode(), now_s)

    def _watch_answer(self, now_s: float) -> None:
        """Start T3 for the oldest open message once it has left and, on a serial line, is confirmed."""
        if self._open and self._answer_due is None and not self._link.unconfirmed:
            self._answer_due = now_s + self._config.t3_s

    def _take_all(self, found: Iterable[tuple[bytes, LinkItem | None]], now_s: float) -> bytes:
        out = bytearray()
        for to_send, item in found:
            out += to_send
            out += self._take(item, now_s)
        self._watch_answer(now_s)
        return bytes(out)

    def _take(self, item: LinkItem | None, now_s: float) -> bytes:
        match item:
            case None:
                return b""
            case LinkTrouble(_, words, broken=True):
                self._link.reset()
                self._broken()
                self._events.append(LineFailed(words))
                return b""
            case LinkTrouble(code, words):
                self._events.append(Notice(code, words))
                return b""
            case Delivered(block):
                return self._take_block(block, now_s)

    def _take_block(self, block: bytes, now_s: float) -> bytes:
        try:
            apdu = decode_apdu(block)
        except RemoteProtocolError as error:
            self._events.append(Notice(error.code, str(error)))
            return b""
        if apdu.is_acknowledgement:
            answer = decode_message(apdu, None)
            assert isinstance(answer, Acknowledgement)  # noqa: S101 - what the codec promises for 80 and 84
            return self._take_acknowledgement(answer, now_s)
        try:
            command = terminal_command(commands.decode_command(apdu))
        except RemoteProtocolError as error:
            self._events.append(Notice("unreadable_command", f"{apdu.control:04X}: {error}"))
            return self._refuse_unasked(UNSUPPORTED, now_s)
        if command is None:
            self._events.append(Notice("unsupported_command", f"{apdu.control:04X}"))
            return self._refuse_unasked(UNSUPPORTED, now_s)
        return self._take_command(command, apdu, block, now_s)

    def _take_command(self, command: TerminalCommand, apdu: Apdu, block: bytes, now_s: float) -> bytes:
        state = self._dialogue.state
        if state is DialogueState.COMMAND_SENT and block == self._command_bytes:
            return b""  # a repetition, its first copy still waits for an answer
        if state is DialogueState.END_OPEN:
            # The register is master again in its own eyes: it has seen our end, only its answer was lost.
            self._acknowledged(Acknowledgement(accepted=True), now_s)
            state = self._dialogue.state
        if state is DialogueState.IDLE and isinstance(command, AbortRequested):
            return self._link.send(Acknowledgement(accepted=True).encode().encode(), now_s)  # nothing to stop
        if state is DialogueState.IDLE:
            self._dialogue.fire(DialogueEvent.COMMAND)
            self._running = apdu.control
            self._command_bytes = block
            if isinstance(command, Registered):
                self.tlv, self.offers, self._config_byte = command.tlv, command.offers, command.config_byte
            elif isinstance(command, LogOffRequested):
                self.tlv, self.offers, self._config_byte = False, Offers(), CONFIG_AFTER_LOG_OFF
        elif isinstance(command, AbortRequested | StatusAsked) and state in (
            DialogueState.TERMINAL_MASTER,
            DialogueState.MESSAGE_OPEN,
        ):
            self._aside.append(command)
        else:
            self._events.append(Notice("command_while_busy", f"{apdu.control:04X}"))
            return self._refuse_unasked(BUSY, now_s)
        self._events.append(CommandReceived(command))
        return b""

    def _refuse_unasked(self, code: int, now_s: float) -> bytes:
        return self._link.send(Acknowledgement(accepted=False, code=code).encode().encode(), now_s)

    def _take_acknowledgement(self, answer: Acknowledgement, now_s: float) -> bytes:
        if not self._open:
            self._events.append(Notice("stray_acknowledgement", "an answer came to which nothing was sent"))
            return b""
        return self._acknowledged(answer, now_s)

    def _acknowledged(self, answer: Acknowledgement, now_s: float) -> bytes:
        """Close the oldest open message, and send the next line of a receipt that was not refused."""
        opened = self._open.popleft()
        self._answer_due = None
        if opened.aside:
            return b""
        ending = self._dialogue.state is DialogueState.END_OPEN
        self._dialogue.fire(DialogueEvent.ANSWER)
        if ending:
            self._running = None
            self._aside.clear()
        if not answer.accepted:
            self._lines.clear()
        if self._lines:
            return self._send(self._lines.popleft(), DialogueEvent.MESSAGE, now_s)
        code = 0 if answer.accepted else answer.code
        self._events.append(Acknowledged(opened.control, answer.accepted, code, answer.data))
        return b""

    def _broken(self) -> None:
        self._dialogue.fire(DialogueEvent.BROKEN)
        self._running = None
        self._aside.clear()
        self._open.clear()
        self._lines.clear()
        self._answer_due = None
