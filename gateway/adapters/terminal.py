"""A card terminal behind the gateway's port: one driver session, outcomes and evidence in the gateway's words."""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from gateway.adapters import terminal_day
from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptOutcome,
    Conversion,
    Evidence,
    OriginalTransaction,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.cards.refund import RefundMeans, RefundWay, ReversalBy
from gateway.domain.errors import OperationalError
from gateway.logs.observability import log_event
from gateway.ports.terminal import (
    HoldOrder,
    MayAccept,
    OnProgress,
    Order,
    RefundOrder,
    SaleOrder,
    StillUnknown,
    TerminalHeard,
    TerminalSilent,
)
from terminal_driver.engine import EngineEvent, Notice, OrphanResult, Progress
from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import (
    BookReservation,
    CancelReservation,
    MoneyOperation,
    PreAuthorisation,
    Refund,
    Reversal,
    SaleRequest,
    TransactionReference,
)
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    CurrencyConversion,
    Declined,
    LastResult,
    NoAnswer,
    NotCharged,
    NotStarted,
    Outcome,
    TerminalReceipt,
    TransactionData,
    Unknown,
)
from terminal_driver.outcome import StillUnknown as DriverStillUnknown
from terminal_driver.outcome_enquiry import ask_outcome
from terminal_driver.protocols import ProtocolName
from terminal_driver.session import TerminalSession

log = logging.getLogger(__name__)

ASK_LIMIT_S = 20.0
"""How long one round of asking for an outcome lasts; the lane asks again as long as the terminal stays silent."""

NO_NUMBERS = TransactionNumbers()
CANNOT_TELL = frozenset({"refused", "not_supported", "end_of_day_needed", "no_status_information"})
"""The terminal answered, but does not tell its last transaction: it was heard, and a person has to decide."""

NONE_HELD = TransactionNumbers(0, 0, None)
"""The terminal was asked and holds no transaction: the next one is newer than this, whatever its number."""


_REVERSAL_BY = {
    ProtocolName.ZVT: ReversalBy.RECEIPT_NO,
    ProtocolName.NEXO: ReversalBy.TERMINAL_NAME,
    ProtocolName.CONCERT: ReversalBy.NOTHING,
    ProtocolName.CAISSE_AP: ReversalBy.NOTHING,
}


def refund_means(protocol: ProtocolName) -> RefundMeans:
    """Return how a terminal of this protocol gives money back; all of them can credit a card."""
    return RefundMeans(_REVERSAL_BY[protocol], credit=True)


@dataclass(frozen=True, slots=True)
class _Sayings:
    """Sentences that differ between a sale, a refund and the steps of a reservation."""

    nothing: str
    maybe: str
    confirmed: str


_OF_SALE = _Sayings("Nothing was charged", "The card may have been charged.", "the card was charged.")
_OF_REFUND = _Sayings(
    "Nothing was given back", "The money may have been given back.", "the money was given back to the card."
)


_OF_HOLD = _Sayings("Nothing was reserved", "The amount may have been reserved.", "the amount is reserved.")
_OF_RELEASE = _Sayings("The reservation was not let go", "It may have been let go.", "the reservation was let go.")


def _sayings(order: Order) -> _Sayings:
    if isinstance(order, RefundOrder):
        return _OF_REFUND
    if isinstance(order, SaleOrder) or order.charge:
        return _OF_SALE
    return _OF_HOLD if order.original is None else _OF_RELEASE


class DriverTerminal:
    """One terminal; every call but ``request_abort`` and ``wake`` is made by the thread that owns it."""

    def __init__(
        self,
        make_session: Callable[["DriverTerminal"], TerminalSession],
        *,
        currency_numeric: str,
        zone: tzinfo,
        protocol: ProtocolName = ProtocolName.ZVT,
    ) -> None:
        """``make_session`` gets this object, whose ``on_event`` and ``accept`` the session and engine call back.

        ``zone``: the time zone of the terminal's clock; ``protocol``: whose result codes it tells.
        """
        self._code_prefix = "" if protocol is ProtocolName.ZVT else f"{protocol.replace('-', '_')}_"
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
        return self._run(order, on_progress, may_accept)

    def hold(self, order: HoldOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        """Make, charge or let go a reservation, to its end; what the protocol cannot carry is never sent."""
        return self._run_where_possible(order, on_progress, may_accept)

    def end_day(self, on_progress: OnProgress) -> AttemptOutcome:
        """Have the terminal hand in its bookings and tell its totals."""
        self._on_progress = on_progress
        try:
            return terminal_day.end_day(self._session)
        finally:
            self._on_progress = None

    def ask_day(self, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        """After a break: find out from the totals whether the day is closed."""
        on_step("checking", "asking the terminal for its totals")
        return terminal_day.ask_day(self._session)

    def held_reservations(self) -> tuple[int, ...] | TerminalSilent:
        """Return the receipt numbers of the reservations the terminal holds open."""
        return terminal_day.held_reservations(self._session)

    def give_back(self, order: RefundOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        """Undo a sale or credit a card, to its end; what the protocol cannot carry is never sent."""
        return self._run_where_possible(order, on_progress, may_accept)

    def _run_where_possible(self, order: Order, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        try:
            return self._run(order, on_progress, may_accept)
        except LocalProtocolError as error:
            reason = f"{_sayings(order).nothing}: {error}"
            return _nothing_sent(AttemptEvent.PROVE_NOT_CHARGED, error.code, reason)

    def _run(self, order: Order, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        sayings = _sayings(order)
        if order.amount.currency.numeric != self._currency:
            reason = f"{sayings.nothing}: this terminal does not take {order.amount.currency.code}."
            return _nothing_sent(AttemptEvent.PROVE_NOT_CHARGED, "currency_not_taken", reason)
        self._on_progress, self._may_accept = on_progress, may_accept
        try:
            told = self._session.transact(self._request(order), order.still_wanted)
            outcome = outcome_of(told, self._code_prefix, sayings)
        finally:
            self._on_progress = self._may_accept = None
        self._remember(outcome.result.numbers)
        return outcome

    def ask_outcome(self, order: Order, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        """After a break: ask for the last transaction and judge it against the baseline."""
        local = order.sent_at.astimezone(self._zone)
        recovery = ask_outcome(
            self._session,
            self._request(order),
            local,
            deadline_s=ASK_LIMIT_S,
            on_step=functools.partial(on_step, "checking"),
        )
        last, verdict = recovery.last, recovery.verdict
        if isinstance(last, LastResult):
            self._remember(_numbers(last.data))
        receipts = last.receipts if isinstance(last, LastResult) else ()
        match verdict:
            case Approved(data):
                reason = f"The terminal confirmed afterwards: {_sayings(order).confirmed}"
                return _proved(AttemptEvent.APPROVE, "confirmed_by_terminal", reason, result_of(data, receipts))
            case Declined(code, reason, data):
                word = f"declined_{self._code_prefix}{code.lower()}"
                return _proved(AttemptEvent.DECLINE, word, reason, result_of(data, receipts))
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

    def _request(self, order: Order) -> MoneyOperation:
        numbers, amount_minor = order.baseline, order.amount.minor
        baseline = Baseline(numbers.receipt_no, numbers.trace_no, numbers.turnover_no)
        if isinstance(order, SaleOrder):
            terms = order.terms
            return SaleRequest(
                amount_minor,
                self._currency,
                baseline,
                order.reference,
                terms.tip_minor,
                partial_allowed=terms.allow_partial,
                tip_allowed=True,
            )
        if isinstance(order, HoldOrder):
            if order.original is None:
                return PreAuthorisation(amount_minor, self._currency, baseline, order.reference)
            kind = BookReservation if order.charge else CancelReservation
            return kind(_named(order.original), amount_minor, self._currency, baseline, order.reference)
        if order.way is RefundWay.REVERSAL:
            return Reversal(_named(order.original), amount_minor, self._currency, baseline, order.reference)
        return Refund(amount_minor, self._currency, baseline, order.reference)

    def _remember(self, numbers: TransactionNumbers) -> None:
        if numbers != NO_NUMBERS:
            self._numbers = numbers


def outcome_of(outcome: Outcome, code_prefix: str = "", sayings: _Sayings = _OF_SALE) -> AttemptOutcome:
    """Translate a driver outcome that came out of the operation's own dialogue.

    ``code_prefix``: leads result codes of other protocols than ZVT: the same code is another reason there.
    """
    match outcome:
        case Approved(data, receipts):
            return _said(AttemptEvent.APPROVE, "approved", "Approved.", result_of(data, receipts))
        case Declined(code, reason, data, receipts):
            word = f"declined_{code_prefix}{code.lower()}"
            return _said(AttemptEvent.DECLINE, word, reason, result_of(data, receipts))
        case Aborted(code, reason, data, receipts):
            word = f"cancelled_{code_prefix}{code.lower()}"
            return _said(AttemptEvent.CANCEL, word, reason, result_of(data, receipts))
        case NotStarted("aborted_by_cashier", _):
            reason = f"Cancelled before the terminal was asked. {sayings.nothing}."
            return _nothing_sent(AttemptEvent.CANCEL, "cancelled_before_start", reason)
        case NotStarted(code, reason):
            return _nothing_sent(AttemptEvent.PROVE_NOT_CHARGED, code, f"{sayings.nothing}: {reason}")
        case Unknown(code, reason, data, receipts):
            words = f"The terminal stopped answering ({reason}). {sayings.maybe}"
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
        terminal_reference=data.terminal_reference,
        made_at=data.made_at,
        tip_minor=data.tip_minor,
        conversion=_converted(data.conversion),
        receipts=terminal_day.receipts_of(receipts),
    )


def _converted(told: CurrencyConversion | None) -> Conversion | None:
    if told is None:
        return None
    return Conversion(told.amount_minor, told.currency_numeric, told.rate, told.markup, told.words)


def _named(original: OriginalTransaction) -> TransactionReference:
    return TransactionReference(
        receipt_no=original.receipt_no,
        trace_no=original.trace_no,
        reference=original.reference,
        terminal_reference=original.terminal_reference or "",
        made_at=original.made_at or "",
    )


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
