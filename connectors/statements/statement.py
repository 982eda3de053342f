"""One shape for what every kind of statement says: statements, entries, payments in them, and what does not fit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from gateway.domain.money import Currency, Money


class EntryStatus(StrEnum):
    """Whether an entry moved the balance. ``INFO`` tells of something that moved nothing."""

    BOOKED = "booked"
    PENDING = "pending"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Defect:
    """What does not fit. ``code``: stable name; ``text``: one sentence; ``position``: where in the file, or empty."""

    code: str
    text: str
    position: str = ""


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """What a statement tells of one payment; empty where it tells nothing.

    ``end_to_end_id``: of the payer; ``batch_id``: of the block (``PmtInfId``); ``references``: structured ones;
    ``counterparty`` and its ``account`` (IBAN or national), ``bic``, ``party_id`` (creditor or other identifier);
    ``original``: as ordered, perhaps in another currency, with ``rate`` as written; ``charges``: below zero when the
    bank took them; ``return_reason``: code of a return; ``bank_ref``: the bank's own; ``texts``: what has no field.
    """

    amount: Money | None = None
    end_to_end_id: str = ""
    instruction_id: str = ""
    batch_id: str = ""
    message_id: str = ""
    uetr: str = ""
    bank_ref: str = ""
    mandate_id: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    counterparty: str = ""
    account: str = ""
    bic: str = ""
    party_id: str = ""
    ultimate: str = ""
    original: Money | None = None
    rate: str = ""
    charges: Money | None = None
    return_reason: str = ""
    return_text: str = ""
    purpose: str = ""
    bank_code: str = ""
    is_return: bool = False
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One movement. ``amount``: signed as the account sees it, the direction already final.

    ``entry_ref``: the bank's reference of the entry; ``bank_code``: what kind of movement the bank says it is (domain,
    family and sub-family, GVC, SWIFT type, NACHA class, OFX type); ``facts``: of its payment, or of all of them;
    ``details``: the payments of a batch; ``batch_count``: how many the bank says there are; ``kind``, ``gross``,
    ``fee``: of acquirers (the fee below zero when it was taken); ``position``: where it stands in the file.
    """

    amount: Money
    status: EntryStatus
    booked_on: date | None
    value_on: date | None
    facts: PaymentFacts
    position: str
    reversal: bool = False
    bank_code: str = ""
    entry_ref: str = ""
    details: tuple[PaymentFacts, ...] = ()
    batch_count: int = 0
    kind: str = ""
    gross: Money | None = None
    fee: Money | None = None


@dataclass(slots=True)
class CurrencySums:
    """Sums over entries of one currency, in its minor units.

    ``booked``: signed, what moved the balance; ``credit``, ``debit``: without sign, pending ones too.
    """

    currency: Currency
    booked: int = 0
    credit: int = 0
    debit: int = 0


@dataclass(slots=True)
class EntryTally:
    """Sums over entries by the code of their currency; entries that only inform are counted and not summed."""

    count: int = 0
    sums: dict[str, CurrencySums] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[StatementEntry]) -> "EntryTally":
        """Return the sums of entries."""
        tally = cls()
        for entry in entries:
            tally.add(entry)
        return tally

    def add(self, entry: StatementEntry) -> None:
        """Count one more."""
        amount, status = entry.amount, entry.status
        sums = self.sums.get(amount.currency.code)
        if sums is None:
            sums = self.sums[amount.currency.code] = CurrencySums(amount.currency)
        self.count += 1
        if status is EntryStatus.INFO:
            return
        minor = amount.minor
        if status is EntryStatus.BOOKED:
            sums.booked += minor
        if minor > 0:
            sums.credit += minor
        else:
            sums.debit -= minor


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account in one currency.

    ``currency``: None where the file does not say; ``opening``, ``closing``: signed; ``sequence``: the bank's number;
    ``page``, ``is_last_page``: of a statement in parts, ``is_continued``: this one goes on with an earlier one
    (``pages.join_pages``); ``controls_agree``: what the file says of its own totals fits
    (None: it says nothing), where there are no balances; ``records``: of a NACHA file, or rows of a table
    with that of its headings; ``column_sums``: of a table, exact, as written; ``tally``: sums of entries that
    were handed over already, None where ``entries`` has them all.
    """

    format: str
    id: str
    account: str
    currency: Currency | None
    opening: Money | None
    closing: Money | None
    entries: tuple[StatementEntry, ...]
    opening_on: date | None = None
    closing_on: date | None = None
    sequence: str = ""
    page: int = 1
    is_last_page: bool = True
    is_continued: bool = False
    first_day: date | None = None
    last_day: date | None = None
    holder: str = ""
    controls_agree: bool | None = None
    defects: tuple[Defect, ...] = ()
    records: int | None = None
    column_sums: Mapping[str, str] = field(default_factory=dict)
    info: str = ""
    tally: EntryTally | None = None

    @property
    def sums(self) -> tuple[CurrencySums, ...]:
        """Sums of the entries by currency, those handed over before (``statement_parts``) included."""
        return tuple((self.tally or EntryTally.of(self.entries)).sums.values())

    @property
    def credit_sum(self) -> Money | None:
        """Sum of the entries above zero, pending ones too; None where they have several currencies."""
        return self._sum("credit")

    @property
    def debit_sum(self) -> Money | None:
        """Sum of the entries below zero without its sign, pending ones too; None where they have several currencies."""
        return self._sum("debit")

    @property
    def difference(self) -> Money | None:
        """Return closing less opening less booked entries; None where there is nothing to compare."""
        if self.opening is None or self.closing is None or self.opening.currency != self.closing.currency:
            return None
        moved = sum(one.booked for one in self.sums if one.currency == self.opening.currency)
        return Money(self.closing.minor - self.opening.minor - moved, self.opening.currency)

    @property
    def mixed(self) -> bool:
        """Whether entries are in another currency than the opening balance."""
        return self.opening is not None and any(one.currency != self.opening.currency for one in self.sums)

    @property
    def balanced(self) -> bool | None:
        """Whether opening and entries give the closing balance, or totals in the file fit; None: nothing to compare."""
        if self.opening is not None and self.closing is not None:
            difference = self.difference
            fits = difference is not None and difference.minor == 0 and not self.mixed
            return fits and self.controls_agree is not False
        return self.controls_agree

    def _sum(self, side: Literal["credit", "debit"]) -> Money | None:
        sums = self.sums
        if len(sums) == 1:
            return Money(sums[0].credit if side == "credit" else sums[0].debit, sums[0].currency)
        return Money(0, self.currency) if not sums and self.currency is not None else None


def difference_defects(statement: Statement) -> tuple[Defect, ...]:
    """Return in words why a statement with both balances does not add up; empty when it does."""
    opening, closing, difference = statement.opening, statement.closing, statement.difference
    if opening is None or closing is None or statement.balanced:
        return ()
    if difference is None or statement.mixed:
        return (Defect("currencies_mixed", "Balances and entries of the statement have several currencies."),)
    if difference.minor == 0:
        return ()
    expected = Money(closing.minor - difference.minor, closing.currency)
    code = closing.currency.code
    text = (
        f"The opening balance and the entries give {expected.to_decimal()} {code}, the statement says "
        f"{closing.to_decimal()}: a difference of {difference.to_decimal()}."
    )
    return (Defect("not_balanced", text),)
