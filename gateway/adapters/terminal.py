"""A card terminal behind the gateway's port: one driver session, outcomes and evidence in the gateway's words."""

import functools
import logging
from collections.abc import Callable
from datetime import tzinfo

from gateway.domain.errors import OperationalError
from gateway.domain.payment import (
    AttemptEvent,
    AttemptOutcome,
    EftLine,
    EftReceipt,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from gateway.observability import log_event
from gateway.ports.terminal import MayAccept, OnProgress, SaleOrder, StillUnknown, TerminalHeard, TerminalSilent
from terminal_driver.engine import EngineEvent, Notice, OrphanResult, Progress, SaleRequest
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    NotStarted,
    Outcome,
    TerminalReceipt,
    TransactionData,
    Unknown,
)
from terminal_driver.session import TerminalSession
from terminal_driver.zvt.recovery import NotCharged, judge
from terminal_driver.zvt.recovery import StillUnknown as DriverStillUnknown

log = logging.getLogger(__name__)

ASK_LIMIT_S = 20.0
"""How long one round of asking for an outcome lasts; the lane asks again as long as the terminal stays silent."""

NO_NUMBERS = TransactionNumbers()
CANNOT_TELL = frozenset({"refused", "not_supported", "end_of_day_needed", "no_status_information"})
"""The terminal answered, but does not tell its last transaction: it was heard, and a person has to decide."""

NONE_HELD = TransactionNumbers(0, 0, None)
"""The terminal was asked and holds no transaction: the next one is newer than this, whatever its number."""


class DriverTerminal:
    """One terminal; every call but ``request_abort`` and ``wake`` is made by the thread that owns it."""

    def __init__(
        self, make_session: Callable[["DriverTerminal"], TerminalSession], *, currency_numeric: str, zone: tzinfo
    ) -> None:
        """``make_session`` gets this object, whose ``on_event`` and ``accept`` the session and engine call back.

        ``zone``: the time zone of the terminal's clock.
        """
        self._currency = currency_numeric
        self._zone = zone
        self._on_progress: OnProgress | None = None
        self._may_accept: MayAccept | None = None
        self._numbers: TransactionNumbers | None = None
        self._strays: list[TerminalResult] = []
        self._session = make_session(self)

    def on_event(self, event: EngineEvent) -> None:
        """Take what the session reports beside its results."""
        match event:
            case Progress(code, words):
                if self._on_progress is not None:
                    self._on_progress(code, words)
            case OrphanResult(data):
                self._strays.append(result_of(data, ()))
            case Notice(code, words):
                log_event(log, "terminal.notice", code=code, reason=words)

    def accept(self, data: TransactionData) -> bool:
        """Say whether an approval may be acknowledged; outside a sale nothing is refused."""
        return self._may_accept is None or self._may_accept(result_of(data, ()))

    def connect(self) -> TerminalHeard | TerminalSilent:
        """Register, then ask for the last transaction so that the next sale has something to be compared with."""
        info = self._session.register()
        if isinstance(info, NoAnswer):
            return TerminalSilent(info.code, _silent_words(info))
        last = self._session.last_result()
        if isinstance(last, LastResult):
            self._numbers = _numbers(last.data) if last.held else NONE_HELD
        words = "Ready." if not info.needs else f"Ready; the terminal asks for: {', '.join(info.needs)}."
        return TerminalHeard(info.terminal_id, not info.needs, words, self._numbers)

    def sale(self, order: SaleOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        """Run one sale to its end; an amount in another currency than the terminal's is never sent."""
        if order.amount.currency.numeric != self._currency:
            reason = f"Nothing was charged: this terminal does not take {order.amount.currency.code}."
            return _nothing_sent(AttemptEvent.PROVE_NOT_CHARGED, "currency_not_taken", reason)
        self._on_progress, self._may_accept = on_progress, may_accept
        try:
            outcome = outcome_of(self._session.sale(self._request(order), order.still_wanted))
        finally:
            self._on_progress = self._may_accept = None
        self._remember(outcome.result.numbers)
        return outcome

    def ask_outcome(self, order: SaleOrder, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        """After a break: ask for the last transaction and judge it against the baseline."""
        local = order.sent_at.astimezone(self._zone)
        recovery = self._session.ask_outcome(
            self._request(order),
            lambda request, last: judge(request, local, last),
            deadline_s=ASK_LIMIT_S,
            on_step=functools.partial(on_step, "checking"),
        )
        last, verdict = recovery.last, recovery.verdict
        if isinstance(last, LastResult):
            self._remember(_numbers(last.data))
        receipts = last.receipts if isinstance(last, LastResult) else ()
        match verdict:
            case Approved(data):
                reason = "The terminal confirmed afterwards: the card was charged."
                return _proved(AttemptEvent.APPROVE, "confirmed_by_terminal", reason, result_of(data, receipts))
            case Declined(code, reason, data):
                return _proved(AttemptEvent.DECLINE, f"declined_{code.lower()}", reason, result_of(data, receipts))
            case NotCharged(reason=reason):
                return _proved(AttemptEvent.PROVE_NOT_CHARGED, "not_charged", reason, TerminalResult())
            case DriverStillUnknown(reason=reason):
                heard = isinstance(last, LastResult) or last.code in CANNOT_TELL
                result = result_of(last.data, last.receipts) if isinstance(last, LastResult) else TerminalResult()
                return StillUnknown(heard, "no_decision" if heard else "terminal_silent", reason, result)

    def last_numbers(self) -> TransactionNumbers | None:
        """Return the newest numbers seen from this terminal, or None."""
        return self._numbers

    def idle(self, timeout_s: float) -> tuple[TerminalResult, ...]:
        """Serve the line between sales.

        Raises:
            OperationalError: ``terminal_line_lost``.
        """
        self._session.idle(timeout_s)
        strays, self._strays = tuple(self._strays), []
        for result in strays:
            self._remember(result.numbers)
        if not self._session.registered and not strays:
            raise OperationalError("terminal_line_lost", "The line to the terminal broke.")
        return strays

    def request_abort(self) -> None:
        """Ask the terminal to stop the running sale."""
        self._session.request_abort()

    def wake(self) -> None:
        """Interrupt ``idle``."""
        self._session.wake()

    def close(self) -> None:
        """Close the line."""
        self._session.close()

    def _request(self, order: SaleOrder) -> SaleRequest:
        numbers = order.baseline
        baseline = Baseline(numbers.receipt_no, numbers.trace_no, numbers.turnover_no)
        return SaleRequest(order.amount.minor, self._currency, baseline)

    def _remember(self, numbers: TransactionNumbers) -> None:
        if numbers != NO_NUMBERS:
            self._numbers = numbers


def outcome_of(outcome: Outcome) -> AttemptOutcome:
    """Translate a driver outcome that came out of the sale's own dialogue."""
    match outcome:
        case Approved(data, receipts):
            return _said(AttemptEvent.APPROVE, "approved", "Approved.", result_of(data, receipts))
        case Declined(code, reason, data, receipts):
            return _said(AttemptEvent.DECLINE, f"declined_{code.lower()}", reason, result_of(data, receipts))
        case Aborted(code, reason, data, receipts):
            return _said(AttemptEvent.CANCEL, f"cancelled_{code.lower()}", reason, result_of(data, receipts))
        case NotStarted("aborted_by_cashier", _):
            reason = "Cancelled before the terminal was asked. Nothing was charged."
            return _nothing_sent(AttemptEvent.CANCEL, "cancelled_before_start", reason)
        case NotStarted(code, reason):
            return _nothing_sent(AttemptEvent.PROVE_NOT_CHARGED, code, f"Nothing was charged: {reason}")
        case Unknown(code, reason, data, receipts):
            words = f"The terminal stopped answering ({reason}). The card may have been charged."
            return AttemptOutcome(
                AttemptEvent.LOSE_ANSWER,
                Evidence.DIALOGUE,
                code,
                words,
                result_of(data, receipts),
                terminal_heard=False,
            )


def result_of(data: TransactionData, receipts: tuple[TerminalReceipt, ...]) -> TerminalResult:
    """Translate what the terminal said of a transaction."""
    return TerminalResult(
        amount_minor=data.amount_minor,
        numbers=_numbers(data),
        code=data.code,
        acquirer_terminal_id=data.terminal_id,
        authorisation=data.authorisation,
        card_name=data.card_name,
        card_masked=data.card_number_masked,
        text=data.text,
        date_mmdd=data.date_mmdd,
        time_hhmmss=data.time_hhmmss,
        receipts=tuple(_receipt(receipt) for receipt in receipts),
    )


def _receipt(receipt: TerminalReceipt) -> EftReceipt:
    lines = tuple(
        EftLine(" " * line.indent + line.text, line.centred, line.double_width, line.double_height)
        for line in receipt.lines
    )
    return EftReceipt(receipt.kind, lines)


def _numbers(data: TransactionData) -> TransactionNumbers:
    return TransactionNumbers(data.receipt_no, data.trace_no, data.turnover_no)


def _said(event: AttemptEvent, code: str, reason: str, result: TerminalResult) -> AttemptOutcome:
    return AttemptOutcome(event, Evidence.DIALOGUE, code, reason, result)


def _proved(event: AttemptEvent, code: str, reason: str, result: TerminalResult) -> AttemptOutcome:
    return AttemptOutcome(event, Evidence.LAST_RESULT, code, reason, result)


def _nothing_sent(event: AttemptEvent, code: str, reason: str) -> AttemptOutcome:
    return AttemptOutcome(event, Evidence.NOTHING_SENT, code, reason)


def _silent_words(answer: NoAnswer) -> str:
    return f"The terminal does not answer: {answer.reason}. Check its cable and power."
