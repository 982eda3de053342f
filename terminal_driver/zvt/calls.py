"""What each command of the register makes of the messages of the terminal: pure judgement, no bytes, no time.

The engine carries the dialogue; a call decides how a message is answered and how the command ends. Only 04 0F with code
00 for this call, acknowledged by us, followed by 06 0F, is an approval; docs/adr/0002 says what is unknown and why.
"""

from dataclasses import replace
from typing import Protocol

from terminal_driver.engine import AcceptResult, SaleRequest
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    NotStarted,
    Outcome,
    TerminalInfo,
    TerminalStatus,
    TransactionData,
    Unknown,
)
from terminal_driver.zvt.commands import REGISTRATION, REPEAT_RECEIPT, SALE, STATUS_ENQUIRY
from terminal_driver.zvt.messages import Completion, PrintJob, StatusCompletion, StatusInformation
from terminal_driver.zvt.receipts import ReceiptCollector
from terminal_driver.zvt.status_codes import (
    BUSY,
    HOST_CODE_MAX,
    LINE_CODES,
    PROTOCOL_ERROR,
    RECEIVER_NOT_READY,
    REGISTRATION_NEEDS,
    SUCCESS,
    TIMEOUT_OR_CANCEL,
    Language,
    refusal_word,
    result_words,
    terminal_state_words,
)

Result = Outcome | LastResult | NoAnswer | TerminalInfo | TerminalStatus


class Call(Protocol):
    """One running command of the register."""

    @property
    def control(self) -> int:
        """Control field of the command."""

    def information(self, info: StatusInformation) -> int | None:
        """Judge 04 0F: 0 acknowledges it, another code refuses it (84 xx), None says that it is not of this call."""

    def unreadable_information(self) -> None:
        """Take note that a 04 0F could not be read and was refused."""

    def printed(self, job: PrintJob) -> bool:
        """Take print lines; False when they cannot be printed."""

    def abort_requested(self) -> None:
        """Take note that the register asked the terminal to stop."""

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """Judge 06 0F; None says that it ends an earlier command, not this one."""

    def aborted(self, code: int | None, text: str | None) -> Result:
        """Judge 06 1E."""

    def refused(self, code: int) -> Result:
        """Judge 84 xx to the command itself."""

    def broken(self, code: str, reason: str) -> Result:
        """Judge a line that broke or a time that ran out."""


class SaleCall:
    """06 01.

    Args:
        request: what was asked for.
        accept: asked before an approval is acknowledged.
        language: of the reasons.
    """

    control = SALE

    def __init__(self, request: SaleRequest, accept: AcceptResult, language: Language) -> None:
        self._request = request
        self._accept = accept
        self._language = language
        self._receipts = ReceiptCollector()
        self._data = TransactionData()
        self._last_answer: tuple[StatusInformation, int] | None = None
        self._approved = False
        self._taken_back = ""
        self._abort_requested = False

    def information(self, info: StatusInformation) -> int | None:
        """Acknowledge a result of this sale; refuse an approval that is not what was asked for."""
        if self._last_answer is not None and self._last_answer[0] == info:
            return self._last_answer[1]  # the same once more: a repetition, or delivered twice
        data = info.data
        if data.code == "00" and _same_numbers(data, self._request.baseline):
            return None
        answer = self._judge(data)
        self._data = data
        self._last_answer = (info, answer)
        return answer

    def unreadable_information(self) -> None:
        """An unreadable result may have been an approval; it was refused, so the terminal takes it back."""
        self._approved = False
        self._last_answer = None
        self._taken_back = "a result of the terminal could not be read"

    def printed(self, job: PrintJob) -> bool:
        """Collect receipt lines."""
        return self._receipts.add(job)

    def abort_requested(self) -> None:
        """An end without an approval is then an abort."""
        self._abort_requested = True

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F: success only after an acknowledged approval."""
        del message
        if self._approved:
            amount = self._data.amount_minor
            data = replace(self._data, amount_minor=self._request.amount_minor if amount is None else amount)
            return Approved(data, self._receipts.receipts())
        if self._taken_back:
            return self._unknown("refused_but_completed", f"the terminal completed although {self._taken_back}")
        if self._data.code is None:
            return self._unknown("completed_without_result", "the terminal completed without saying a result")
        return self._ended(int(self._data.code, 16), None)

    def aborted(self, code: int | None, text: str | None) -> Result:
        """06 1E: nothing is charged, unless an approval stood before it and nothing proves that it was taken back."""
        if self._approved:
            words = text or result_words(code, self._language)
            return self._unknown("aborted_after_approval", f"the terminal approved and then aborted: {words}")
        if self._taken_back and (code is None or code in LINE_CODES):
            return self._unknown("reversal_unproven", f"{self._taken_back}; the terminal could not say if it reversed")
        if code == SUCCESS:
            return self._unknown("contradictory_end", "the terminal aborted with the code of success")
        if self._taken_back:
            data = replace(self._data, code=None if code is None else f"{code:02X}")
            reason = f"taken back because {self._taken_back}"
            return Declined(_hex(code), reason, data, self._receipts.receipts())
        return self._ended(code, text)

    def refused(self, code: int) -> Result:
        """84 xx: nothing happened at the terminal."""
        return NotStarted(refusal_word(code), result_words(code, self._language))

    def broken(self, code: str, reason: str) -> Result:
        """The money may have moved."""
        return self._unknown(code, reason)

    def _judge(self, data: TransactionData) -> int:
        """Set what is known after this result and return the answer to it."""
        self._approved = False
        if data.code != "00":
            return SUCCESS
        request = self._request
        if data.amount_minor is not None and data.amount_minor != request.amount_minor:
            self._taken_back = "the terminal approved another amount"
            return PROTOCOL_ERROR
        if data.currency_numeric is not None and data.currency_numeric != request.currency_numeric:
            self._taken_back = "the terminal approved another currency"
            return PROTOCOL_ERROR
        if not self._accept(data):
            self._taken_back = "the register did not accept the result"
            return RECEIVER_NOT_READY
        self._taken_back = ""
        self._approved = True
        return SUCCESS

    def _ended(self, code: int | None, text: str | None) -> Outcome:
        """Say which kind of "nothing charged" it is; the code of the result goes before that of the end."""
        if self._data.code not in (None, "00"):
            code = int(self._data.code or "", 16)
        reason = self._data.text or text or result_words(code, self._language)
        local = code is None or code > HOST_CODE_MAX
        kind = Aborted if code == TIMEOUT_OR_CANCEL or (self._abort_requested and local) else Declined
        return kind(_hex(code), reason, self._data, self._receipts.receipts())

    def _unknown(self, code: str, reason: str) -> Unknown:
        return Unknown(code, reason, self._data, self._receipts.receipts())


class LastResultCall:
    """06 20 with the request for 04 0F."""

    control = REPEAT_RECEIPT

    def __init__(self, language: Language) -> None:
        self._language = language
        self._receipts = ReceiptCollector()
        self._info: StatusInformation | None = None

    def information(self, info: StatusInformation) -> int | None:
        """Keep the last one."""
        self._info = info
        return SUCCESS

    def unreadable_information(self) -> None:
        """An answer that cannot be read is none."""
        self._info = None

    def printed(self, job: PrintJob) -> bool:
        """Collect receipt lines."""
        return self._receipts.add(job)

    def abort_requested(self) -> None:
        """Changes nothing."""

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F: an answer only if 04 0F stood before it."""
        del message
        if self._info is None:
            return NoAnswer("no_status_information", "the terminal completed without saying its last result")
        return LastResult(not self._info.nothing_held, self._info.data, self._receipts.receipts())

    def aborted(self, code: int | None, text: str | None) -> Result:
        """06 1E: no proof of anything."""
        return NoAnswer("refused", text or result_words(code, self._language))

    def refused(self, code: int) -> Result:
        """84 xx."""
        return NoAnswer(refusal_word(code), result_words(code, self._language))

    def broken(self, code: str, reason: str) -> Result:
        """Nothing is known."""
        return NoAnswer(code, reason)


class _PlainCall:
    """A command during which no result of its own comes: any 04 0F belongs to something else."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def information(self, info: StatusInformation) -> int | None:
        """Never of this call."""
        del info
        return None

    def unreadable_information(self) -> None:
        """Changes nothing."""

    def printed(self, job: PrintJob) -> bool:
        """Lines of an earlier command are taken so that the terminal can finish it."""
        del job
        return True

    def abort_requested(self) -> None:
        """Changes nothing."""

    def aborted(self, code: int | None, text: str | None) -> Result:
        """06 1E."""
        word = "refused" if code is None else refusal_word(code)
        return NoAnswer(word, text or result_words(code, self._language))

    def refused(self, code: int) -> Result:
        """84 xx."""
        return NoAnswer(refusal_word(code), result_words(code, self._language))

    def broken(self, code: str, reason: str) -> Result:
        """Nothing is known."""
        return NoAnswer(code, reason)


class RegistrationCall(_PlainCall):
    """06 00."""

    control = REGISTRATION

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F with terminal id, currency and what the terminal wants first."""
        if isinstance(message, StatusCompletion):
            return None
        status = message.status_byte or 0
        needs = tuple(word for bit, word in REGISTRATION_NEEDS if status & bit)
        return TerminalInfo(message.terminal_id, message.currency_numeric, needs)


class StatusCall(_PlainCall):
    """05 01."""

    control = STATUS_ENQUIRY

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F with a status byte; any other 06 0F ends an earlier command."""
        if not isinstance(message, StatusCompletion):
            return None
        words = terminal_state_words(message.status, self._language)
        return TerminalStatus(message.status == SUCCESS, message.status == BUSY, f"{message.status:02X}", words)


def _same_numbers(data: TransactionData, baseline: Baseline) -> bool:
    """Tell whether all comparable numbers are those of the transaction before this sale: then it is that one."""
    pairs = (
        (data.receipt_no, baseline.receipt_no),
        (data.trace_no, baseline.trace_no),
        (data.turnover_no, baseline.turnover_no),
    )
    compared = [now == before for now, before in pairs if now and before]  # 0 is no number of a transaction
    return bool(compared) and all(compared)


def _hex(code: int | None) -> str:
    return "" if code is None else f"{code:02X}"
