"""What an acquirer agreed to: fees by brand and kind of card, rents, delay of payouts, deadlines of chargebacks.

A change is a new version; what was settled keeps the version of its day. Pure; all amounts in minor units.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.errors import InputError
from gateway.domain.money import Currency

BASIS_POINTS = 10_000
FEE_BP_MAX = 2_500
"""A quarter of the amount: more is a slip of the keyboard."""
FEES_MAX = 40
DEADLINES_MAX = 40
RESPOND_DAYS = 14
"""Where a contract says nothing of a dispute: schemes give 18 to 45 days, acquirers keep some of them to themselves."""


class ReasonFamily(StrEnum):
    """What a cardholder's bank says is wrong, as schemes group their reason codes."""

    FRAUD = "fraud"
    AUTHORISATION = "authorisation"
    PROCESSING = "processing"
    CONSUMER = "consumer"
    """not received, not as described, cancelled, credit not processed"""
    OTHER = "other"


_MASTERCARD = {
    ReasonFamily.FRAUD: ("4837", "4840", "4849", "4863", "4870", "4871"),
    ReasonFamily.AUTHORISATION: ("4807", "4808", "4812"),
    ReasonFamily.PROCESSING: ("4831", "4834", "4842", "4846"),
    ReasonFamily.CONSUMER: ("4841", "4850", "4853", "4854", "4855", "4859", "4860"),
}
_BY_BEGINNING = (
    ("10", ReasonFamily.FRAUD),
    ("11", ReasonFamily.AUTHORISATION),
    ("12", ReasonFamily.PROCESSING),
    ("13", ReasonFamily.CONSUMER),
    ("F", ReasonFamily.FRAUD),
    ("A", ReasonFamily.AUTHORISATION),
    ("P", ReasonFamily.PROCESSING),
    ("C", ReasonFamily.CONSUMER),
)
"""Codes of Visa (``10.4``) and American Express (``F29``) by how they begin."""


def family_of(reason_code: str) -> ReasonFamily:
    """Return the family of a reason code as Visa, Mastercard and American Express write it; ``other`` for others."""
    code = reason_code.strip().upper()
    for family, codes in _MASTERCARD.items():
        if code in codes:
            return family
    for beginning, family in _BY_BEGINNING:
        rest = code.removeprefix(beginning)
        if rest != code and (rest[:1] == "." if beginning.isdigit() else rest.isdigit()):
            return family
    return ReasonFamily.OTHER


@dataclass(frozen=True, slots=True)
class ContractFee:
    """Fee of a sale: ``bp`` hundredths of a percent plus ``fixed`` minor units.

    ``brand``: as terminals sum up (``visa``), ``kind``: ``debit``, ``credit``, ``prepaid``; empty: any.
    """

    brand: str
    kind: str
    bp: int
    fixed: int


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """Days from the opening of a chargeback to its answer. ``scheme``, ``family``: empty for any."""

    scheme: str
    family: str
    days: int


@dataclass(frozen=True, slots=True)
class AcquirerTerms:
    """What was agreed.

    Attributes:
        name: for people.
        currency: of every amount here.
        fees: the most exact one counts: brand and kind before brand, brand before kind.
        rents: kept once a month, minor units each.
        refund_fee: of each refund, minor units.
        chargeback_fee: of each chargeback, minor units.
        payout_days: from a sale to its money in the bank.
        reserve_bp: hundredths of a percent of the sales that are held back.
        statement_names: as whom payouts come in the bank statement.
        terminals: ids of the terminals whose cards it takes.
        report_accounts: merchant accounts as its reports name them; empty: any.
        deadlines: of chargebacks; ``respond_days`` where none fits.
    """

    name: str
    currency: Currency
    fees: tuple[ContractFee, ...]
    rents: tuple[int, ...] = ()
    refund_fee: int = 0
    chargeback_fee: int = 0
    payout_days: int = 2
    reserve_bp: int = 0
    statement_names: tuple[str, ...] = ()
    terminals: tuple[str, ...] = ()
    report_accounts: tuple[str, ...] = ()
    deadlines: tuple[DeadlineRule, ...] = ()
    respond_days: int = RESPOND_DAYS


@dataclass(frozen=True, slots=True)
class AcquirerContract:
    """One version, from 1. ``acquirer``: its key, such as ``adyen``; ``valid_from``: first day it counts."""

    acquirer: str
    version: int
    valid_from: date
    terms: AcquirerTerms
    made_by: str
    made_at: datetime


def contract_on(versions: Iterable[AcquirerContract], acquirer: str, day: date) -> AcquirerContract | None:
    """Return the version that counts on a day: the one that began last, of two of one day the later made."""
    fitting = [one for one in versions if one.acquirer == acquirer and one.valid_from <= day]
    return max(fitting, key=lambda one: (one.valid_from, one.version), default=None)


def share(amount_minor: int, bp: int) -> int:
    """Return ``bp`` hundredths of a percent of an amount, half a minor unit rounded up. Amounts from zero."""
    return (amount_minor * bp * 2 + BASIS_POINTS) // (2 * BASIS_POINTS)


def fee_rule(terms: AcquirerTerms, brand: str, kind: str) -> ContractFee | None:
    """Return the most exact fee for a card, None where the contract has none for it."""
    fitting = [one for one in terms.fees if one.brand in ("", brand) and one.kind in ("", kind)]
    return max(fitting, key=lambda one: (bool(one.brand), bool(one.kind)), default=None)


def fee_of(terms: AcquirerTerms, brand: str, kind: str, amount_minor: int) -> int | None:
    """Return the fee of a sale in minor units, None where the contract has none for this card."""
    rule = fee_rule(terms, brand, kind)
    return None if rule is None else share(amount_minor, rule.bp) + rule.fixed


def respond_days(terms: AcquirerTerms | None, scheme: str, family: ReasonFamily) -> int:
    """Return how many days there are to answer a chargeback; the most exact rule counts."""
    if terms is None:
        return RESPOND_DAYS
    fitting = [one for one in terms.deadlines if one.scheme in ("", scheme) and one.family in ("", family.value)]
    best = max(fitting, key=lambda one: (bool(one.scheme), bool(one.family)), default=None)
    return terms.respond_days if best is None else best.days


def check_terms(terms: AcquirerTerms) -> None:
    """Refuse terms that contradict themselves.

    Raises:
        InputError: ``fee_twice``, ``fee_out_of_range``, ``deadline_twice``.
    """
    _once([(one.brand, one.kind) for one in terms.fees], "fee_twice", "/fees")
    _once([(one.scheme, one.family) for one in terms.deadlines], "deadline_twice", "/deadlines")
    if any(not 0 <= one.bp <= FEE_BP_MAX or one.fixed < 0 for one in terms.fees):
        hint = f"A fee is from 0 to {FEE_BP_MAX} hundredths of a percent and a fixed amount from 0."
        raise InputError("fee_out_of_range", "A fee is out of range.", hint, "/fees")


def _once(keys: Sequence[tuple[str, str]], code: str, pointer: str) -> None:
    if len(set(keys)) != len(keys):
        raise InputError(code, "Two lines are for the same cards.", "Keep one of them.", pointer)
