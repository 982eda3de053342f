"""What an account message (camt.052, camt.053, camt.054) says: statements, balances, entries and their details."""

from dataclasses import dataclass
from datetime import date, datetime

from gateway.domain.money import Money


@dataclass(frozen=True, slots=True)
class CamtBalance:
    """One balance. ``kind``: code such as ``OPBD``, ``PRCD``, ``CLBD``; ``amount``: a debit balance below zero."""

    kind: str
    amount: Money
    on: date | None


@dataclass(frozen=True, slots=True)
class CamtDetail:
    """One payment inside an entry. ``amount``: signed as the account sees it, None where the message has none.

    ``ordered``: the amount as instructed, signed likewise, perhaps another currency; ``charges``: taken by the bank;
    ``references``: structured ones of the payer; ``bank_code``: see :class:`CamtEntry`.
    """

    amount: Money | None
    end_to_end_id: str = ""
    instruction_id: str = ""
    block_id: str = ""
    message_id: str = ""
    uetr: str = ""
    bank_ref: str = ""
    mandate_id: str = ""
    ordered: Money | None = None
    charges: Money | None = None
    is_return: bool = False
    reason_code: str = ""
    reason_text: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    text: str = ""
    references: tuple[str, ...] = ()
    bank_code: str = ""
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class CamtEntry:
    """One movement on an account. ``amount``: signed as the account sees it; the direction already is the final one.

    ``status``: ``BOOK``, ``PDNG``, ``INFO`` or ``FUTR``; ``reversal``: the bank corrects an entry of its own;
    ``batch_id``: ``PmtInfId`` of a block booked in one sum; ``batch_count``: payments the bank says are in it;
    ``bank_code``: domain, family and sub-family such as ``PMNT/ICDT/ESCT``, or the bank's own code;
    ``charges``: taken by the bank and part of the amount; ``ordered``: the amount as instructed, signed likewise,
    perhaps in another currency.
    """

    amount: Money
    status: str
    booked_on: date | None
    value_on: date | None
    details: tuple[CamtDetail, ...]
    entry_ref: str = ""
    bank_ref: str = ""
    reversal: bool = False
    batch_id: str = ""
    batch_message_id: str = ""
    batch_count: int = 0
    bank_code: str = ""
    charges: Money | None = None
    text: str = ""
    ordered: Money | None = None


@dataclass(frozen=True, slots=True)
class CamtStatement:
    """One statement, report or notification of one account.

    ``account``: IBAN or other number; ``currency``: of the account, empty where the message does not say;
    ``sequence``: the bank's running number, or empty; ``page``, ``is_last_page``: of a statement in parts;
    ``defects``: what does not fit in it, in words.
    """

    id: str
    account: str
    currency: str
    created_at: datetime | None
    balances: tuple[CamtBalance, ...]
    entries: tuple[CamtEntry, ...]
    sequence: str = ""
    page: int = 1
    is_last_page: bool = True
    copy: bool = False
    first_day: date | None = None
    last_day: date | None = None
    defects: tuple[str, ...] = ()

    def balance(self, *kinds: str) -> CamtBalance | None:
        """Return the first balance of one of these kinds, tried in their order."""
        for kind in kinds:
            for balance in self.balances:
                if balance.kind == kind:
                    return balance
        return None


@dataclass(frozen=True, slots=True)
class CamtMessage:
    """One message. ``kind``: ``camt.052``, ``camt.053`` or ``camt.054``."""

    kind: str
    id: str
    created_at: datetime | None
    statements: tuple[CamtStatement, ...]
