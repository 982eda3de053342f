"""How one payment looks on a screen: its state in tone, shape and word, its steps, papers and what may be done next.

Pure: turns a stored record into values a template can print; asks nothing and decides nothing over money.
"""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import FINAL_STATES, Attempt, AttemptState, Payment, TerminalResult
from gateway.domain.ledger import Transfer
from gateway.domain.money import Money, currency_with_number
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.taken import taken_by
from gateway.ports.unit_of_work import PaymentRecord
from gateway.web.words import Words

PRINT_RECEIPT = "print_receipt"
_SHORT_CARD_DIGITS = 4
_WITH_RESULT = ("declined_", "cancelled_")
"""Reason codes that end with the result code of the terminal."""


@dataclass(frozen=True, slots=True)
class StateFace:
    """How a state looks: ``tone`` is a colour class, ``icon`` its shape. Never one without the other and a word."""

    tone: str
    icon: str


STATE_FACES: dict[AttemptState, StateFace] = {
    AttemptState.SENT: StateFace("run", "hourglass"),
    AttemptState.UNKNOWN: StateFace("wait", "triangle-alert"),
    AttemptState.APPROVED: StateFace("ok", "circle-check"),
    AttemptState.DECLINED: StateFace("stop", "circle-x"),
    AttemptState.CANCELLED: StateFace("still", "circle-slash"),
    AttemptState.NOT_CHARGED: StateFace("still", "ban"),
}

DELIVERY_FACES: dict[OutboxState, StateFace] = {
    OutboxState.READY: StateFace("run", "hourglass"),
    OutboxState.STARTED: StateFace("run", "printer"),
    OutboxState.DONE: StateFace("ok", "check"),
    OutboxState.UNSURE: StateFace("wait", "triangle-alert"),
    OutboxState.DEAD: StateFace("stop", "circle-x"),
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One line of the journal. ``at``: the store's wall clock."""

    at: datetime
    words: str
    actor: str


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try with the terminal."""

    number: int
    state: AttemptState
    face: StateFace
    sent_at: datetime
    concluded_at: datetime | None
    reason: str
    evidence: str
    decided_by: str | None
    result: TerminalResult | None
    baseline_receipt: int | None
    baseline_trace: int | None
    charged: Money | None = None
    tip: Money | None = None
    rest: Money | None = None
    converted: Money | None = None
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One receipt on its way to paper."""

    copy: str
    duplicate: bool
    state: OutboxState
    face: StateFace
    words: str
    note: str
    printer: str
    tries: int
    payment_id: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One payment as a screen shows it. The ``may_*`` flags join the state with the rights of the reader."""

    id: str
    short: str
    state: AttemptState
    face: StateFace
    final: bool
    amount: Money
    created_at: datetime
    register: str
    terminal: str
    cashier: str
    reference: str | None
    trace_id: str
    card: str
    reason: str
    blocks_terminal: bool
    cancel_requested: bool
    lines: tuple[SaleLine, ...]
    attempts: tuple[AttemptView, ...]
    steps: tuple[StepView, ...]
    deliveries: tuple[DeliveryView, ...]
    may_cancel: bool
    may_try_again: bool
    may_ask: bool
    may_decide: bool
    may_print: bool


@dataclass(frozen=True, slots=True)
class TransferView:
    """One ledger entry of a payment."""

    at: datetime
    kind: str
    debit: str
    credit: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the store's things by id, and its time zone."""

    registers: dict[str, str]
    devices: dict[str, str]
    zone: tzinfo


def view_payment(record: PaymentRecord, caller: Caller, names: Names, words: Words) -> PaymentView:
    """Return the face of one payment for one reader."""
    payment, last = record.payment, record.attempts[-1]
    rights = caller.permissions
    ended_unpaid = last.state in FINAL_STATES and last.state is not AttemptState.APPROVED
    return PaymentView(
        id=str(payment.id),
        short=payment.id.hex[-8:].upper(),
        state=last.state,
        face=STATE_FACES[last.state],
        final=last.state in FINAL_STATES,
        amount=payment.amount,
        created_at=payment.created_at.astimezone(names.zone),
        register=names.registers.get(payment.register_id, payment.register_id),
        terminal=names.devices.get(payment.terminal_id, payment.terminal_id),
        cashier=payment.created_by,
        reference=payment.reference,
        trace_id=payment.trace_id,
        card=card_words(last.result),
        reason=outcome_reason(last, words),
        blocks_terminal=last.blocks_terminal,
        cancel_requested=last.cancel_requested_at is not None,
        lines=record.sale.lines,
        attempts=tuple(_with_amounts(payment, one, view_attempt(one, names, words)) for one in record.attempts),
        steps=tuple(
            StepView(event.recorded_at.astimezone(names.zone), _step_words(event.kind, event.words, words), event.actor)
            for event in record.events
        ),
        deliveries=tuple(
            view_delivery(message, names, words) for message in record.deliveries if message.kind == PRINT_RECEIPT
        ),
        may_cancel=last.state is AttemptState.SENT and Permission.PAYMENTS_CANCEL in rights,
        may_try_again=ended_unpaid and Permission.PAYMENTS_CREATE in rights,
        may_ask=last.state is AttemptState.UNKNOWN and Permission.PAYMENTS_CREATE in rights,
        may_decide=last.state is AttemptState.UNKNOWN and Permission.PAYMENTS_RESOLVE in rights,
        may_print=last.state in FINAL_STATES and Permission.RECEIPTS_PRINT in rights,
    )


def view_delivery(message: OutboxMessage, names: Names, words: Words) -> DeliveryView:
    """Return the face of one receipt on its way."""
    waiting_again = message.state is OutboxState.READY and message.tries > 0
    return DeliveryView(
        copy=message.payload.get("copy", ""),
        duplicate=bool(message.payload.get("duplicate")),
        state=message.state,
        face=StateFace("stop", "printer") if waiting_again else DELIVERY_FACES[message.state],
        words=words("delivery.retrying" if waiting_again else f"delivery.{message.state}"),
        note=words.retold(message.note or ""),
        printer=names.devices.get(message.target, message.target),
        tries=message.tries,
        payment_id=message.payload.get("payment_id", ""),
        title=message.payload.get("title", ""),
    )


def view_transfer(transfer: Transfer, names: Names) -> TransferView:
    """Return the face of one ledger entry."""
    return TransferView(
        transfer.recorded_at.astimezone(names.zone),
        transfer.kind,
        transfer.debit_account,
        transfer.credit_account,
        transfer.amount,
    )


def card_words(result: TerminalResult | None) -> str:
    """Return brand and last four digits, such as ``Visa ··1234``; never more of a card number (C4)."""
    if result is None:
        return ""
    digits = "".join(letter for letter in result.card_masked or "" if letter.isdigit())
    tail = f"··{digits[-_SHORT_CARD_DIGITS:]}" if len(digits) >= _SHORT_CARD_DIGITS else ""
    return " ".join(part for part in (result.card_name or "", tail) if part)


def view_attempt(attempt: Attempt, names: Names, words: Words) -> AttemptView:
    """Return the face of one try."""
    return AttemptView(
        number=attempt.number,
        state=attempt.state,
        face=STATE_FACES[attempt.state],
        sent_at=attempt.sent_at.astimezone(names.zone),
        concluded_at=attempt.concluded_at.astimezone(names.zone) if attempt.concluded_at else None,
        reason=outcome_reason(attempt, words),
        evidence=words(f"evidence.{attempt.evidence}") if attempt.evidence else "",
        decided_by=attempt.decided_by,
        result=attempt.result,
        baseline_receipt=attempt.baseline.receipt_no,
        baseline_trace=attempt.baseline.trace_no,
        reason_code=attempt.reason_code or "",
    )


def _with_amounts(payment: Payment, attempt: Attempt, view: AttemptView) -> AttemptView:
    """Return the face of a payment's try with what its card was charged, where it was."""
    result = attempt.result
    if attempt.state is not AttemptState.APPROVED or result is None:
        return view
    taken, told = taken_by(payment, result), result.conversion
    currency = None if told is None else currency_with_number(told.currency)
    return replace(
        view,
        charged=taken.amount,
        tip=taken.tip if taken.tip.minor else None,
        rest=taken.rest if taken.rest.minor else None,
        converted=None if told is None or currency is None else Money(told.amount_minor, currency),
    )


def _step_words(kind: str, original: str, words: Words) -> str:
    return words.translated("journal", kind, original)


def outcome_reason(attempt: Attempt, words: Words) -> str:
    """Return why an attempt ended as it did, in the reader's language; a terminal's own text stays as it came."""
    code = attempt.reason_code or ""
    own_text = attempt.result.text if attempt.result else None
    _, _, result = code.partition("_")
    if code.startswith(_WITH_RESULT) and not own_text and not words.known(f"reason.{code}"):
        return words.translated("result", result, attempt.reason)
    return words.translated("reason", code, attempt.reason)
