"""What a command of the register makes of the messages of the terminal: pure judgement, no bytes, no time.

The engine carries the dialogue; a call decides how a message is answered and how the command ends. Here: the interface,
what all commands that move no money share, and registration, status and last result. The other calls are in
``money_call`` and ``quiet_calls``.
"""

from typing import Protocol

from terminal_driver.engine import Result
from terminal_driver.outcome import LastResult, NoAnswer, TerminalInfo, TerminalStatus
from terminal_driver.zvt.commands import REGISTRATION, REPEAT_RECEIPT, STATUS_ENQUIRY
from terminal_driver.zvt.messages import (
    AbortMessage,
    Acknowledgement,
    Completion,
    PrintJob,
    StatusCompletion,
    StatusInformation,
)
from terminal_driver.zvt.receipts import ReceiptCollector
from terminal_driver.zvt.status_codes import (
    BUSY,
    REGISTRATION_NEEDS,
    SUCCESS,
    Language,
    refusal_word,
    result_words,
    terminal_state_words,
)

ACCEPTED = Acknowledgement(accepted=True)


class Call(Protocol):
    """One running command of the register."""

    @property
    def control(self) -> int:
        """Control field of the command."""

    @property
    def patience_s(self) -> float:
        """Seconds that the answer to the command itself may take beyond T3: a time limit sent in the command."""

    @property
    def ends_with_information(self) -> bool:
        """True when 04 0F ends the command and no 06 0F follows (06 C0)."""

    def information(self, info: StatusInformation) -> Acknowledgement | None:
        """Judge 04 0F and return the answer; None says that it is not of this call."""

    def unreadable_information(self) -> bool:
        """Take note that a 04 0F could not be read; False refuses it."""

    def printed(self, job: PrintJob) -> bool:
        """Take print lines; False when they cannot be printed."""

    def abort_requested(self) -> None:
        """Take note that the register asked the terminal to stop."""

    def answered(self, data: bytes) -> Result:
        """Judge 80 00 to a command that ends with it. ``data``: what stands behind."""

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """Judge 06 0F, or 04 0F where it ends the command; None says that it ends an earlier command, not this one."""

    def aborted(self, message: AbortMessage) -> Result:
        """Judge 06 1E."""

    def refused(self, code: int) -> Result:
        """Judge 84 xx to the command itself."""

    def broken(self, code: str, reason: str) -> Result:
        """Judge a line that broke or a time that ran out."""


class QuietCall:
    """What commands without money have in common: no 04 0F is theirs, lines are collected, all else is no answer."""

    control: int
    patience_s = 0.0
    ends_with_information = False

    def __init__(self, language: Language) -> None:
        self._language = language
        self._receipts = ReceiptCollector()

    def information(self, info: StatusInformation) -> Acknowledgement | None:
        """Never of this call."""
        del info
        return None

    def unreadable_information(self) -> bool:
        """Whatever it was, refusing it could undo a good payment."""
        return True

    def printed(self, job: PrintJob) -> bool:
        """Collect lines; those of an earlier command are taken too, so that the terminal can finish it."""
        return self._receipts.add(job)

    def abort_requested(self) -> None:
        """Changes nothing."""

    def answered(self, data: bytes) -> Result:
        """No answer of ours ends with 80 00 unless a call says otherwise."""
        del data
        return NoAnswer("no_completion", "the terminal ended the command without an answer")

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F ends an earlier command unless a call says otherwise."""
        del message
        return None

    def aborted(self, message: AbortMessage) -> Result:
        """06 1E."""
        word = "refused" if message.code is None else refusal_word(message.code)
        return NoAnswer(word, message.text or result_words(message.code, self._language))

    def refused(self, code: int) -> Result:
        """84 xx."""
        return NoAnswer(refusal_word(code), result_words(code, self._language))

    def broken(self, code: str, reason: str) -> Result:
        """Nothing is known."""
        return NoAnswer(code, reason)


class LastResultCall(QuietCall):
    """06 20 with the request for 04 0F."""

    control = REPEAT_RECEIPT

    def __init__(self, language: Language) -> None:
        super().__init__(language)
        self._info: StatusInformation | None = None

    def information(self, info: StatusInformation) -> Acknowledgement | None:
        """Keep the last one."""
        self._info = info
        return ACCEPTED

    def unreadable_information(self) -> bool:
        """An answer that cannot be read is none."""
        self._info = None
        return True

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F: an answer only if 04 0F stood before it."""
        del message
        if self._info is None:
            return NoAnswer("no_status_information", "the terminal completed without saying its last result")
        return LastResult(not self._info.nothing_held, self._info.data, self._receipts.receipts())

    def aborted(self, message: AbortMessage) -> Result:
        """06 1E: no proof of anything."""
        return NoAnswer("refused", message.text or result_words(message.code, self._language))


class RegistrationCall(QuietCall):
    """06 00."""

    control = REGISTRATION

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F with terminal id, currency and what the terminal wants first."""
        if isinstance(message, StatusCompletion):
            return None
        status = message.status_byte or 0
        needs = tuple(word for bit, word in REGISTRATION_NEEDS if status & bit)
        return TerminalInfo(message.terminal_id, message.currency_numeric, needs)


class StatusCall(QuietCall):
    """05 01."""

    control = STATUS_ENQUIRY

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F with a status byte; any other 06 0F ends an earlier command."""
        if not isinstance(message, StatusCompletion):
            return None
        words = terminal_state_words(message.status, self._language)
        return TerminalStatus(message.status == SUCCESS, message.status == BUSY, f"{message.status:02X}", words)
