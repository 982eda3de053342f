"""What became of one card operation, in the driver's own words.

The five classes are closed: a caller matches on all of them. Only :class:`Unknown` means that money may have moved
without proof; every other class is backed by the terminal's own answer, or by the fact that no byte of the command
left.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class ReceiptKind(StrEnum):
    """For whom the terminal made a receipt (ZVT tag 1F07)."""

    MERCHANT = "merchant"
    CUSTOMER = "customer"
    ADMINISTRATION = "administration"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One printed line as the terminal sent it: text without control bytes, and the layout it asked for."""

    text: str
    centred: bool = False
    double_width: bool = False
    double_height: bool = False
    indent: int = 0


@dataclass(frozen=True, slots=True)
class TerminalReceipt:
    """A receipt text of the terminal. ``approved``/``signature`` are None when the terminal did not say."""

    kind: ReceiptKind
    lines: tuple[ReceiptLine, ...]
    approved: bool | None = None
    signature_field: bool | None = None


@dataclass(frozen=True, slots=True)
class CurrencyConversion:
    """What the cardholder pays in the currency of the card, as the terminal told it (dynamic currency conversion).

    ``amount_minor``: minor units of ``currency_numeric`` (three digits). ``rate``, ``markup``: plain decimals as told,
    the markup in percent; ``words``: the declaration the cardholder agreed to. None where the terminal told none.
    """

    amount_minor: int
    currency_numeric: str
    rate: str | None = None
    markup: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class TransactionData:
    """The terminal's own references and figures of one transaction; None where it sent none.

    ``amount_minor``: integer minor units. ``currency_numeric``: ISO 4217 numeric code as three digits.
    ``trace_no``, ``receipt_no``, ``turnover_no``: decimal, as the terminal counts. ``card_number_masked``: at most
    first six and last four digits, stars between. ``date_mmdd``/``time_hhmmss``: the terminal's clock, digits.
    ``code``: protocol result code, two upper-case hex digits (ZVT BMP 27) or the protocol's own word (nexo).
    ``original_trace_no``: of a reversal, the trace number of what it undid (ZVT BMP 37).
    ``reference``: our own name of the transaction as the terminal repeated it; ``terminal_reference``, ``made_at``: its
    own name and time stamp of it, letter for letter: what a later reversal has to quote (nexo POITransactionID).
    """

    code: str | None = None
    amount_minor: int | None = None
    currency_numeric: str | None = None
    trace_no: int | None = None
    receipt_no: int | None = None
    turnover_no: int | None = None
    terminal_id: str | None = None
    merchant_contract: str | None = None
    authorisation: str | None = None
    card_name: str | None = None
    card_type_id: int | None = None
    card_number_masked: str | None = None
    date_mmdd: str | None = None
    time_hhmmss: str | None = None
    payment_type: int | None = None
    text: str | None = None
    tip_minor: int | None = None
    reference: str | None = None
    terminal_reference: str | None = None
    made_at: str | None = None
    original_trace_no: int | None = None
    conversion: CurrencyConversion | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """The terminal reported success and completed: the money is taken. ``data.amount_minor`` is what was authorised."""

    data: TransactionData
    receipts: tuple[TerminalReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Declined:
    """Issuer or terminal said no and completed; nothing is charged. ``code`` as in the protocol; ``reason``: words."""

    code: str
    reason: str
    data: TransactionData = field(default_factory=TransactionData)
    receipts: tuple[TerminalReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Aborted:
    """Ended by the cardholder, by time or by the cashier before an authorisation; nothing is charged."""

    code: str
    reason: str
    data: TransactionData = field(default_factory=TransactionData)
    receipts: tuple[TerminalReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class NotStarted:
    """No byte of the command left, or the terminal refused the command itself: nothing happened there.

    ``code``: stable snake_case word (``port_missing``, ``terminal_busy``, ``not_registered``, ``refused`` ...).
    """

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """No trustworthy answer: the money may have moved. ``data`` holds what was seen before the line went silent."""

    code: str
    reason: str
    data: TransactionData = field(default_factory=TransactionData)
    receipts: tuple[TerminalReceipt, ...] = ()


Outcome = Approved | Declined | Aborted | NotStarted | Unknown


@dataclass(frozen=True, slots=True)
class Baseline:
    """The last transaction numbers of a terminal known before a sale: what a repeated receipt is compared with.

    A number of 0 says that the terminal was asked and held no transaction at all.
    """

    receipt_no: int | None = None
    trace_no: int | None = None
    turnover_no: int | None = None

    @property
    def known(self) -> bool:
        """True when at least one number can be compared."""
        return self.receipt_no is not None or self.trace_no is not None or self.turnover_no is not None


@dataclass(frozen=True, slots=True)
class LastResult:
    """Answer to "what was your last transaction?". ``held`` is False when the terminal says it holds none."""

    held: bool
    data: TransactionData = field(default_factory=TransactionData)
    receipts: tuple[TerminalReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The terminal could not be asked, or did not answer the question: nothing is known from it."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class TerminalInfo:
    """What registration told: terminal id, and whether the terminal wants attention first.

    ``lasting``: nothing passed and nothing was agreed, since the protocol knows no registration: it outlives a line.
    """

    terminal_id: str | None
    currency_numeric: str | None
    needs: tuple[str, ...] = ()
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class TerminalStatus:
    """Answer to a status enquiry. ``ready`` only for status 00; ``words``: state and remedy in plain words."""

    ready: bool
    busy: bool
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class NotCharged:
    """The terminal holds nothing newer than what was known before: nothing happened as far as the terminal knows."""

    reason: str
    data: TransactionData


@dataclass(frozen=True, slots=True)
class StillUnknown:
    """No proof either way. ``code``: stable snake_case word."""

    code: str
    reason: str
    data: TransactionData


Verdict = Approved | Declined | NotCharged | StillUnknown
"""What a terminal's own memory proves about an operation whose answer was lost."""
