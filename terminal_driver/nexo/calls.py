"""What each request of the register makes of its answer, of texts printed meanwhile and of silence.

The engine carries the dialogue and has made sure that an answer is to this very request; a call says what it means.
"""

from typing import Protocol

from terminal_driver.engine import AcceptResult, Result
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.nexo.binding import Body
from terminal_driver.nexo.conditions import NEVER_BEGUN, failure_words, refusal_code
from terminal_driver.nexo.judgement import Expected, outcome_of, transaction_of
from terminal_driver.nexo.messages import (
    DiagnosisResponse,
    DisplayResponse,
    GetTotalsResponse,
    LoginResponse,
    LogoutResponse,
    PoiStatus,
    ReconciliationResponse,
    Response,
)
from terminal_driver.nexo.payment_messages import PaymentResponse, ReversalResponse
from terminal_driver.nexo.receipts import receipts_of
from terminal_driver.nexo.totals import day_totals
from terminal_driver.nexo.vocabulary import ErrorCondition, GlobalStatus
from terminal_driver.nexo.vocabulary import Result as Word
from terminal_driver.operations import Done
from terminal_driver.outcome import Approved, NoAnswer, TerminalInfo, TerminalReceipt, TerminalStatus, Unknown
from terminal_driver.zvt.status_codes import Language

RECEIPTS_MAX = 100
"""Texts printed during one request; a terminal that prints for ever is refused."""

_PRINTER_FAULTS = frozenset({"NoPaper", "PaperJam", "OutOfOrder"})
_STATE_WORDS: dict[str, tuple[str, str]] = {
    GlobalStatus.OK: ("ready", "bereit"),
    GlobalStatus.BUSY: ("busy", "beschäftigt"),
    GlobalStatus.MAINTENANCE: ("under maintenance", "in Wartung"),
    GlobalStatus.UNREACHABLE: ("cannot be reached", "nicht erreichbar"),
}


class Call(Protocol):
    """One running request."""

    def answered(self, body: Body | None) -> Result:
        """Judge the answer to this request."""

    def printed(self, receipt: TerminalReceipt) -> bool:
        """Take a text to be printed; False when it cannot be."""

    def broken(self, code: str, reason: str) -> Result:
        """Judge a line that broke, a time that ran out or an answer that cannot be read."""


class Printing:
    """Keeps the texts printed during a request."""

    def __init__(self) -> None:
        self.receipts: tuple[TerminalReceipt, ...] = ()

    def printed(self, receipt: TerminalReceipt) -> bool:
        """Keep a text; False when there are too many."""
        if len(self.receipts) >= RECEIPTS_MAX:
            return False
        self.receipts = (*self.receipts, receipt)
        return True


class MoneyCall(Printing):
    """A payment or reversal.

    Args:
        expected: what a proof must show.
        accept: asked before an approval is handed on; nexo has no acknowledgement, so a refusal leaves it unknown.
        terminal_id: POIID.
        language: of the reasons.
    """

    def __init__(self, expected: Expected, accept: AcceptResult, terminal_id: str, language: Language) -> None:
        super().__init__()
        self._expected = expected
        self._accept = accept
        self._terminal_id = terminal_id
        self._language = language

    def answered(self, body: Body | None) -> Result:
        """Approved only with the whole proof."""
        kind = ReversalResponse if self._expected.payment_type is None else PaymentResponse
        if not isinstance(body, PaymentResponse | ReversalResponse) or not isinstance(body, kind):
            return self.broken("wrong_answer", "the answer is of another kind than the request")
        try:
            data = transaction_of(
                body,
                name=self._expected.name,
                currency_numeric=self._expected.currency_numeric,
                terminal_id=self._terminal_id,
            )
        except RemoteProtocolError as error:
            return self.broken("unreadable_answer", str(error))
        done = body.response.result in (Word.SUCCESS, Word.PARTIAL)
        receipts = (*receipts_of(body.payment_receipt, approved=done), *self.receipts)
        outcome = outcome_of(self._expected, body, data, receipts, self._language)
        if isinstance(outcome, Approved) and not self._accept(outcome.data):
            return Unknown("not_accepted", "the register could not keep the result", outcome.data, receipts)
        return outcome

    def broken(self, code: str, reason: str) -> Result:
        """The money may have moved."""
        return Unknown(code, reason, receipts=self.receipts)


class QuietCall(Printing):
    """A request that moves no money."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language

    def broken(self, code: str, reason: str) -> Result:
        """Nothing is known."""
        return NoAnswer(code, reason)

    def _refused(self, response: Response) -> NoAnswer | None:
        """Return why the terminal would not, or None when it did."""
        if response.result in (Word.SUCCESS, Word.PARTIAL):
            return None
        return NoAnswer(refusal_code(response.error_condition), failure_words(response, self._language))

    def _wrong(self) -> NoAnswer:
        return NoAnswer("wrong_answer", "the answer is of another kind than the request")


class LoginCall(QuietCall):
    """Login. ``terminal_id``: POIID."""

    def __init__(self, terminal_id: str, language: Language) -> None:
        super().__init__(language)
        self._terminal_id = terminal_id

    def answered(self, body: Body | None) -> Result:
        """Tell what the terminal wants first."""
        if not isinstance(body, LoginResponse):
            return self._wrong()
        if (refusal := self._refused(body.response)) is not None:
            return refusal
        status = None if body.poi_system_data is None else body.poi_system_data.poi_status
        return TerminalInfo(self._terminal_id, None, () if status is None else needs_of(status))


class StatusCall(QuietCall):
    """Diagnosis of the terminal alone."""

    def answered(self, body: Body | None) -> Result:
        """Ready only when the terminal says OK and names no part that is not."""
        if not isinstance(body, DiagnosisResponse):
            return self._wrong()
        if body.response.error_condition in (ErrorCondition.BUSY, ErrorCondition.IN_PROGRESS):
            words = failure_words(body.response, self._language)
            return TerminalStatus(ready=False, busy=True, code=str(body.response.error_condition), words=words)
        if (refusal := self._refused(body.response)) is not None:
            return refusal
        status = body.poi_status or PoiStatus(GlobalStatus.OK)
        needs = needs_of(status)
        english, german = _STATE_WORDS.get(status.global_status, (status.global_status,) * 2)
        words = ", ".join([german if self._language is Language.GERMAN else english, *needs])
        busy = status.global_status == GlobalStatus.BUSY
        ready = status.global_status == GlobalStatus.OK and not needs
        return TerminalStatus(ready=ready, busy=busy, code=status.global_status, words=words)


class HostCall(QuietCall):
    """Diagnosis with a call to the hosts."""

    def answered(self, body: Body | None) -> Result:
        """Done when no host is out of reach."""
        if not isinstance(body, DiagnosisResponse):
            return self._wrong()
        if (refusal := self._refused(body.response)) is not None:
            return refusal
        lost = [host.acquirer_id for host in body.host_status if host.is_reachable_flag is False]
        if lost:
            return NoAnswer("no_host", f"not reached: {', '.join(lost)}")
        return Done(", ".join(host.acquirer_id for host in body.host_status), self.receipts)


class TotalsCall(QuietCall):
    """Reconciliation, or a question for totals. ``currency_numeric``: of totals that name none."""

    def __init__(self, currency_numeric: str, language: Language) -> None:
        super().__init__(language)
        self._currency_numeric = currency_numeric

    def answered(self, body: Body | None) -> Result:
        """Sum up."""
        if not isinstance(body, ReconciliationResponse | GetTotalsResponse):
            return self._wrong()
        if (refusal := self._refused(body.response)) is not None:
            return refusal
        try:
            return day_totals(body.transaction_totals, self.receipts, self._currency_numeric)
        except RemoteProtocolError as error:
            return NoAnswer("unreadable_answer", str(error))


class LogoutCall(QuietCall):
    """Logout."""

    def answered(self, body: Body | None) -> Result:
        """Done."""
        if not isinstance(body, LogoutResponse):
            return self._wrong()
        return self._refused(body.response) or Done()


class DisplayCall(QuietCall):
    """A text for the customer."""

    def answered(self, body: Body | None) -> Result:
        """Done when no display refused."""
        if not isinstance(body, DisplayResponse):
            return self._wrong()
        refusals = (self._refused(result.response) for result in body.output_result)
        return next((refusal for refusal in refusals if refusal is not None), Done())


def needs_of(status: PoiStatus) -> tuple[str, ...]:
    """Return what the terminal wants attention for: stable snake_case words."""
    found = (
        ("maintenance", status.global_status == GlobalStatus.MAINTENANCE),
        ("pin_pad", status.ped_ok_flag is False),
        ("card_reader", status.card_reader_ok_flag is False),
        ("printer", status.printer_status in _PRINTER_FAULTS),
        ("no_host", status.communication_ok_flag is False),
    )
    return tuple(word for word, wanted in found if wanted)


def logged_out(body: Body | None) -> bool:
    """Tell whether an answer says that the terminal does not know our login any more."""
    response = getattr(body, "response", None)
    return isinstance(response, Response) and NEVER_BEGUN.get(response.error_condition or "") == "not_registered"
