"""Files for banks and messages of banks, in the bank's formats: what is between payment orders and bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from gateway.domain.ids import PaymentOrderId
from gateway.domain.money import Money
from gateway.domain.payables.payment_order import BankAccount, Instrument, PaymentOrder


@dataclass(frozen=True, slots=True)
class OrderProblem:
    """Why an order cannot go into a file. ``order_id``: None for the whole file; ``field``: such as ``payee.iban``.

    ``code``: snake_case; ``hint``: what to do.
    """

    order_id: PaymentOrderId | None
    field: str
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class FileWish:
    """One file to write: the same wish, the same bytes. ``created_at``: stored with the run, UTC, whole seconds."""

    message_id: str
    created_at: datetime
    account: BankAccount
    format: str
    orders: tuple[PaymentOrder, ...]


@dataclass(frozen=True, slots=True)
class BankTerms:
    """What a bank's profile says of time and ways. ``instruments``: it carries.

    ``cut_off``: local time of the bank after which the next banking day counts, None: none; ``zone``: of that time;
    ``lead_days``: banking days a file comes before its date; ``days_ahead``: calendar days it may come before at most;
    ``calendar``: see :class:`gateway.ports.bank_calendar.BankCalendar`; ``charges``: usual ones across borders.
    """

    instruments: frozenset[Instrument]
    cut_off: time | None
    zone: str
    lead_days: int
    days_ahead: int
    calendar: str
    charges: str = "SHAR"
    orders_max: int = 10_000
    batch_booking: bool = True


class BankFileWriter(Protocol):
    """Writes what a bank takes, by the profile of the account."""

    def terms(self, account: BankAccount) -> BankTerms:
        """Return what the profile of the account says of time and ways.

        Raises:
            ConfigurationError: ``bank_profile_unknown``.
        """

    def blocks_of(self, wish: FileWish) -> tuple[tuple[str, tuple[PaymentOrder, ...]], ...]:
        """Return the id of each block of a file (``PmtInfId``; a batch at NACHA) and its orders, as written."""

    def problems(
        self, account: BankAccount, orders: Sequence[PaymentOrder], *, today: date, closed: Callable[[date], bool]
    ) -> tuple[OrderProblem, ...]:
        """Return everything that is wrong, before a file is written. ``closed``: days on which the bank is closed."""

    def files_of(
        self, account: BankAccount, orders: Sequence[PaymentOrder]
    ) -> tuple[tuple[str, tuple[PaymentOrder, ...]], ...]:
        """Return format and orders of each file these orders need, always in the same order."""

    def write(self, wish: FileWish) -> bytes:
        """Return the file.

        Raises:
            InputError: ``order_not_writable``, for what :meth:`problems` would have named.
        """

    def write_again(self, wish: FileWish) -> bytes:
        """Return a file that :meth:`write` has written before, only to compare the two: the rules are not asked again.

        Raises:
            InputError: ``order_not_writable`` when the account has got another format since.
        """

    def as_written(self, account: BankAccount, text: str, language: str) -> str:
        """Return a text as it goes to the bank, transliterated to its characters, for people to see."""


@dataclass(frozen=True, slots=True)
class BankStatus:
    """What a status report says of a file, a block or one payment; the most exact level that is filled counts.

    ``status``: ISO 20022 code such as ``RJCT``; ``end_to_end_id``: of one payment, or empty; ``payee_name``: the name
    a verification of payee returned; ``execute_on``: a date the bank changed it to.
    """

    message_id: str
    status: str
    block_id: str = ""
    end_to_end_id: str = ""
    reason_code: str = ""
    reason_text: str = ""
    payee_name: str = ""
    execute_on: date | None = None


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One payment as a statement or notification shows it. ``amount``: signed as the account sees it, a debit below 0.

    ``booked``: final; ``batch_id``: of a block the bank books in one sum, then ``end_to_end_id`` may be empty;
    ``is_return``: the money came back; ``reason_code``: why; ``entry_ref``: the bank's reference;
    ``charges``: taken by the bank beside the amount, below 0, or None: amounts and charges of all lines of an entry add
    up to it; ``instructed``: what was ordered when that is another currency, or None;
    ``reversal``: the bank corrects an entry of its own; ``is_rest``: the part of an entry its details do not explain;
    ``trace_id``: the bank's id of the payment (UETR, or the trace number of NACHA), or empty.
    """

    account: str
    amount: Money
    booked_on: date
    value_on: date
    booked: bool
    entry_ref: str = ""
    end_to_end_id: str = ""
    batch_id: str = ""
    is_return: bool = False
    reason_code: str = ""
    reason_text: str = ""
    counterparty: str = ""
    text: str = ""
    charges: Money | None = None
    instructed: Money | None = None
    reversal: bool = False
    is_rest: bool = False
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class BankReport:
    """A message of a bank as read. ``kind``: ``pain.002``, ``camt.052`` to ``camt.054`` or ``nacha``; ``id``: its own.

    ``defects``: what is wrong in it though it could be read, in words.
    """

    kind: str
    id: str
    created_at: datetime | None
    statuses: tuple[BankStatus, ...] = ()
    entries: tuple[BankEntry, ...] = ()
    defects: tuple[str, ...] = ()


class BankMessageReader(Protocol):
    """Reads what banks send."""

    def read(self, content: bytes, name: str) -> BankReport:
        """Return what a message says.

        Raises:
            InputError: ``bank_message_unreadable``, with what is wrong in words.
        """
