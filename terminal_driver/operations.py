"""What a register can ask of a terminal besides a plain sale, and what comes back: the same words for every protocol.

Operations that move money end with an :data:`terminal_driver.outcome.Outcome`, so a lost answer is ``Unknown`` for them
too; all others end with an answer of their own or with ``NoAnswer``. An engine says in ``operations`` which of them it
can carry; asking for another one raises ``LocalProtocolError`` with the code ``not_supported`` before any byte leaves.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from terminal_driver.outcome import Baseline, NoAnswer, TerminalReceipt


@dataclass(frozen=True, slots=True)
class TransactionReference:
    """An earlier transaction as its terminal named it. ``receipt_no``, ``trace_no``: ZVT BMP 87 and 0B.

    ``reference``: the name our register gave it; ``terminal_reference``: the name the terminal gave it (nexo's
    POITransactionID), ``made_at``: the terminal's time stamp as it wrote it.
    """

    receipt_no: int | None = None
    trace_no: int | None = None
    reference: str = ""
    terminal_reference: str = ""
    made_at: str = ""


@dataclass(frozen=True, slots=True)
class SaleRequest:
    """One sale to be authorised. ``amount_minor`` > 0; ``currency_numeric``: three digits, ISO 4217.

    ``reference``: our own name of this one attempt, at most 35 characters, never used twice. ``tip_minor``: a tip that
    is already contained in the amount. ``partial_allowed``: the register can take a smaller approval than asked for.
    ``tip_allowed``: it can take a larger one where the terminal names what is too much as a tip of the cardholder.
    """

    amount_minor: int
    currency_numeric: str
    baseline: Baseline
    reference: str = ""
    tip_minor: int = 0
    partial_allowed: bool = False
    tip_allowed: bool = False

    def takes(self, approved_minor: int, tip_minor: int | None) -> bool:
        """Tell whether the register can take an approval of this amount, of which the terminal calls a part a tip."""
        added = approved_minor - self.amount_minor
        if added == 0:
            return True
        if added < 0:
            return self.partial_allowed and approved_minor > 0
        return self.tip_allowed and tip_minor is not None and tip_minor - self.tip_minor == added


@dataclass(frozen=True, slots=True)
class Refund:
    """Money back to a card without naming a sale. Fields as in :class:`SaleRequest`."""

    amount_minor: int
    currency_numeric: str
    baseline: Baseline
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Reversal:
    """An approved sale is undone as a whole; ``amount_minor`` is the amount of that sale."""

    original: TransactionReference
    amount_minor: int
    currency_numeric: str
    baseline: Baseline
    reference: str = ""


@dataclass(frozen=True, slots=True)
class PreAuthorisation:
    """An amount is reserved on a card."""

    amount_minor: int
    currency_numeric: str
    baseline: Baseline
    reference: str = ""


@dataclass(frozen=True, slots=True)
class BookReservation:
    """A reservation is completed; ``amount_minor`` is the amount USED (ZVT 06 24)."""

    original: TransactionReference
    amount_minor: int
    currency_numeric: str
    baseline: Baseline
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseReservation:
    """A reservation is completed; ``amount_minor`` is the amount NOT used, which is given back (ZVT 06 23)."""

    original: TransactionReference
    amount_minor: int
    currency_numeric: str
    baseline: Baseline
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CancelReservation:
    """A reservation is given up; ``amount_minor`` is what was reserved."""

    original: TransactionReference
    amount_minor: int
    currency_numeric: str
    baseline: Baseline
    reference: str = ""


@dataclass(frozen=True, slots=True)
class BookTip:
    """A tip is added to a sale already approved; ``amount_minor`` is the tip alone."""

    original: TransactionReference
    amount_minor: int
    currency_numeric: str
    baseline: Baseline
    reference: str = ""


MoneyOperation = (
    SaleRequest
    | Refund
    | Reversal
    | PreAuthorisation
    | BookReservation
    | ReleaseReservation
    | CancelReservation
    | BookTip
)


@dataclass(frozen=True, slots=True)
class OpenReservations:
    """Which reservations does the terminal still hold open? Ends with ``ReservationList``."""


@dataclass(frozen=True, slots=True)
class Balance:
    """How much is on the card shown? Ends with ``CardBalance``."""


@dataclass(frozen=True, slots=True)
class EndOfDay:
    """Close the terminal's day. Ends with ``DayTotals``."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Read the totals since the last end of day; nothing is closed. Ends with ``DayTotals``."""


@dataclass(frozen=True, slots=True)
class RepeatReceipt:
    """Print the last receipt of the terminal again through the register. Ends with ``LastResult``."""


@dataclass(frozen=True, slots=True)
class Reprint:
    """Print the receipts ``first_no`` to ``last_no`` again. Ends with ``Done``."""

    first_no: int
    last_no: int | None = None


class DiagnosisKind(StrEnum):
    """How thorough a diagnosis is (ZVT tag 1B)."""

    LINE = "line"
    EXTENDED = "extended"
    CONFIGURATION = "configuration"
    EMV_CONFIGURATION = "emv_configuration"
    EP2 = "ep2"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Have the terminal call its host. Ends with ``Done``."""

    kind: DiagnosisKind | None = None


@dataclass(frozen=True, slots=True)
class Initialise:
    """Have the terminal load its parameters. Ends with ``Done``."""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Have the terminal test itself. Ends with ``Done``."""


@dataclass(frozen=True, slots=True)
class SetClock:
    """Set the terminal's clock to ``local_time`` (no zone: the terminal knows none). Ends with ``Done``."""

    local_time: datetime


@dataclass(frozen=True, slots=True)
class LogOff:
    """End the registration. Ends with ``Done``."""


@dataclass(frozen=True, slots=True)
class ReadCard:
    """Read a card without a payment; ``timeout_s`` 1 to 255. Ends with ``CardSeen``."""

    timeout_s: int = 30


@dataclass(frozen=True, slots=True)
class DisplayText:
    """Show ``lines`` (1 to 8) for ``duration_s`` seconds (0: until the next text). Ends with ``Done``."""

    lines: tuple[str, ...]
    duration_s: int = 0
    beeps: int = 0


@dataclass(frozen=True, slots=True)
class AskKey:
    """Show ``lines`` and wait for a key. Ends with ``KeyPressed``."""

    lines: tuple[str, ...]
    timeout_s: int = 30


@dataclass(frozen=True, slots=True)
class AskNumber:
    """Show ``lines`` and have a number of ``digits_min`` to ``digits_max`` digits typed. Ends with ``NumberTyped``."""

    lines: tuple[str, ...]
    digits_min: int = 1
    digits_max: int = 8
    timeout_s: int = 30


@dataclass(frozen=True, slots=True)
class ChangeSpeed:
    """Speak at ``baud`` from now on. Ends with ``Done``; the caller then changes the speed of its own port."""

    baud: int


@dataclass(frozen=True, slots=True)
class SelectLanguage:
    """Choose the language of the terminal, two letters. Ends with ``Done``."""

    language: str


QuietOperation = (
    OpenReservations
    | Balance
    | EndOfDay
    | Totals
    | RepeatReceipt
    | Reprint
    | Diagnosis
    | Initialise
    | SelfTest
    | SetClock
    | LogOff
    | ReadCard
    | DisplayText
    | AskKey
    | AskNumber
    | ChangeSpeed
    | SelectLanguage
)
"""Operations that charge or give back nothing."""

Operation = MoneyOperation | QuietOperation


@dataclass(frozen=True, slots=True)
class Done:
    """The terminal did what was asked. ``words``: what it said; ``receipts``: what it wants printed."""

    words: str = ""
    receipts: tuple[TerminalReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemeTotal:
    """Count and sum of one card scheme. ``scheme``: stable snake_case word; ``sum_minor``: minor units."""

    scheme: str
    count: int
    sum_minor: int


@dataclass(frozen=True, slots=True)
class DayTotals:
    """Totals of a day at the terminal. ``sum_minor``: what it names as the sum, None when it named none."""

    sum_minor: int | None = None
    currency_numeric: str | None = None
    first_receipt_no: int | None = None
    last_receipt_no: int | None = None
    schemes: tuple[SchemeTotal, ...] = ()
    receipts: tuple[TerminalReceipt, ...] = ()
    follow_up: str = ""
    """Stable word when the terminal announced work of its own (``software_update``, ``restart``)."""


@dataclass(frozen=True, slots=True)
class ReservationList:
    """Receipt numbers of reservations still open, in the terminal's order."""

    receipt_nos: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CardBalance:
    """What is on a card. ``amount_minor`` may be negative."""

    amount_minor: int
    currency_numeric: str | None = None
    card_name: str | None = None


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A card that was read. ``number_masked`` as in ``TransactionData``; ``token``, ``uid``: the terminal's, in hex."""

    number_masked: str | None = None
    card_name: str | None = None
    card_type_id: int | None = None
    token: str | None = field(default=None, repr=False)
    uid: str | None = field(default=None, repr=False)


class TerminalKey(StrEnum):
    """Keys that end a question."""

    CONFIRM = "confirm"
    CLEAR = "clear"
    STOP = "stop"
    TIMEOUT = "timeout"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The key that was pressed. ``code``: the byte the terminal sent."""

    key: TerminalKey
    code: int


@dataclass(frozen=True, slots=True)
class NumberTyped:
    """The digits that were typed, empty when none; never shown in a repr: it may be a secret."""

    digits: str = field(repr=False)


QuietResult = Done | DayTotals | ReservationList | CardBalance | CardSeen | KeyPressed | NumberTyped
OperationAnswer = QuietResult | NoAnswer
