"""The call of every command that moves money: one rule of proof for all of them.

Only 04 0F with code 00 that fits the operation, acknowledged by us, followed by 06 0F, is an approval; docs/adr/0002
and docs/adr/0010 say what is unknown and why.
"""

from dataclasses import replace

from terminal_driver.engine import Result
from terminal_driver.operations import CancelReservation, MoneyOperation, Reversal
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    NotStarted,
    Outcome,
    TransactionData,
    Unknown,
)
from terminal_driver.zvt.bitmaps import encode_fields
from terminal_driver.zvt.calls import ACCEPTED
from terminal_driver.zvt.commands import amount_field
from terminal_driver.zvt.messages import (
    AbortMessage,
    Acknowledgement,
    Completion,
    PrintJob,
    StatusCompletion,
    StatusInformation,
)
from terminal_driver.zvt.proof import Proof, ProofKind, check
from terminal_driver.zvt.receipts import ReceiptCollector
from terminal_driver.zvt.rules import AcceptDelivery, DeliveryAnswer, PartlyDelivered
from terminal_driver.zvt.status_codes import (
    BUSY,
    HOST_CODE_MAX,
    LINE_CODES,
    PARTIAL_DELIVERY,
    PROTOCOL_ERROR,
    RECEIVER_NOT_READY,
    SUCCESS,
    TIMEOUT_OR_CANCEL,
    Language,
    refusal_word,
    result_words,
)


class MoneyCall:
    """06 01, 06 31, 06 30 and the commands around reservations and tips.

    Args:
        control: control field of the command.
        operation: what was asked for.
        accept: asked before an approval is acknowledged.
        language: of the reasons.
    """

    patience_s = 0.0
    ends_with_information = False

    def __init__(self, control: int, operation: MoneyOperation, accept: AcceptDelivery, language: Language) -> None:
        self.control = control
        self._operation = operation
        self._accept = accept
        self._language = language
        self._receipts = ReceiptCollector()
        self._data = TransactionData()
        self._last_answer: tuple[StatusInformation, Acknowledgement] | None = None
        self._approved = False
        self._delivered_minor: int | None = None
        self._doubt: Proof | None = None
        self._taken_back = ""
        self._abort_requested = False

    def information(self, info: StatusInformation) -> Acknowledgement | None:
        """Acknowledge a result of this call; refuse an approval that is not what was asked for."""
        if self._last_answer is not None and self._last_answer[0] == info:
            return self._last_answer[1]  # the same once more: a repetition, or delivered twice
        data = info.data
        undoing = isinstance(self._operation, Reversal | CancelReservation) and data.original_trace_no
        if data.code == "00" and not undoing and _same_numbers(data, self._operation.baseline):
            return None
        answer = self._judge(data)
        self._data = data
        # "Ask again" is no last word: the same result then comes once more and is judged anew.
        self._last_answer = None if answer.code == BUSY else (info, answer)
        return answer

    def unreadable_information(self) -> bool:
        """An unreadable result may have been an approval; it is refused, so the terminal takes it back."""
        self._approved = False
        self._last_answer = None
        self._taken_back = "a result of the terminal could not be read"
        return False

    def printed(self, job: PrintJob) -> bool:
        """Collect receipt lines."""
        return self._receipts.add(job)

    def abort_requested(self) -> None:
        """An end without an approval is then an abort."""
        self._abort_requested = True

    def answered(self, data: bytes) -> Result:
        """No command that moves money ends with 80 00."""
        del data
        return self._unknown("completed_without_result", "the terminal completed without saying a result")

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F: success only after an acknowledged approval that proves the operation."""
        del message
        if self._doubt is not None:
            return self._unknown(self._doubt.code, self._doubt.reason)
        if self._approved:
            amount = self._delivered_minor if self._delivered_minor is not None else self._data.amount_minor
            data = replace(self._data, amount_minor=self._operation.amount_minor if amount is None else amount)
            return Approved(data, self._receipts.receipts())
        if self._taken_back:
            return self._unknown("refused_but_completed", f"the terminal completed although {self._taken_back}")
        if self._data.code is None:
            return self._unknown("completed_without_result", "the terminal completed without saying a result")
        return self._ended(int(self._data.code, 16), None)

    def aborted(self, message: AbortMessage) -> Result:
        """06 1E: nothing is charged, unless an approval stood before it and nothing proves that it was taken back."""
        code, text = message.code, message.text
        if self._doubt is not None:
            return self._unknown(self._doubt.code, self._doubt.reason)
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

    def _judge(self, data: TransactionData) -> Acknowledgement:
        """Set what is known after this result and return the answer to it."""
        self._approved = False
        if data.code != "00":
            return ACCEPTED
        if self._delivered_minor is not None and data.amount_minor == self._delivered_minor:
            self._approved = True  # the terminal repeats what we told it was delivered
            return ACCEPTED
        proof = check(self._operation, data)
        match proof.kind:
            case ProofKind.PROVEN:
                return self._ask(data)
            case ProofKind.CONTRADICTED:
                if isinstance(self._operation, Reversal | CancelReservation):
                    # Another transaction may be undone by now, and no document says that a reversal is taken back.
                    self._doubt = proof
                self._taken_back = proof.reason
                return Acknowledgement(accepted=False, code=PROTOCOL_ERROR)
            case ProofKind.UNPROVEN:
                self._doubt = proof
                return ACCEPTED

    def _ask(self, data: TransactionData) -> Acknowledgement:
        """Ask the register whether it takes the result."""
        match self._accept(data):
            case True:
                self._taken_back = ""
                self._approved = True
                return ACCEPTED
            case DeliveryAnswer.ASK_AGAIN:
                self._taken_back = "the register did not say that the goods were given"
                return Acknowledgement(accepted=False, code=BUSY)
            case PartlyDelivered(amount_minor) if self._deliverable(amount_minor, data):
                self._taken_back = ""
                self._approved = True
                self._delivered_minor = amount_minor
                field = amount_field(amount_minor)
                told = encode_fields([field] if field is not None else [])
                return Acknowledgement(accepted=False, code=PARTIAL_DELIVERY, data=told)
            case _:
                self._taken_back = "the register did not accept the result"
                return Acknowledgement(accepted=False, code=RECEIVER_NOT_READY)

    def _deliverable(self, amount_minor: int, data: TransactionData) -> bool:
        approved = self._operation.amount_minor if data.amount_minor is None else data.amount_minor
        return 0 < amount_minor < approved

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


def _same_numbers(data: TransactionData, baseline: Baseline) -> bool:
    """Tell whether all comparable numbers are those of the transaction before this one: then it is that one."""
    pairs = (
        (data.receipt_no, baseline.receipt_no),
        (data.trace_no, baseline.trace_no),
        (data.turnover_no, baseline.turnover_no),
    )
    compared = [now == before for now, before in pairs if now and before]  # 0 is no number of a transaction
    return bool(compared) and all(compared)


def _hex(code: int | None) -> str:
    return "" if code is None else f"{code:02X}"
