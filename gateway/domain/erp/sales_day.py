"""The sales of a day as they go to the books, and the entry they become by the accounts of a mapping."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from gateway.domain.erp.documents import DocumentKind, EntryLine, JournalEntry
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.errors import InputError
from gateway.domain.money import Currency


@dataclass(frozen=True, slots=True)
class SalesTax:
    """Sales of one tax. ``code``: ours; ``rate``: per cent; net + tax = gross; below zero when more came back."""

    code: str
    rate: Decimal
    net_minor: int
    tax_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class TenderSum:
    """What one means of payment brought. ``kind``: such as ``cash``, ``card``, ``voucher``; a refund takes from it."""

    kind: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class SalesDay:
    """One business day of one shop: sales + tips + vouchers sold + rounding = what the tenders brought."""

    key: str
    business_on: date
    shop: str
    number: str
    currency: Currency
    taxes: tuple[SalesTax, ...]
    tenders: tuple[TenderSum, ...]
    tips_minor: int = 0
    rounding_minor: int = 0
    vouchers_minor: int = 0

    def __post_init__(self) -> None:
        """Refuse a day that does not add up."""
        crooked = [tax.code for tax in self.taxes if tax.net_minor + tax.tax_minor != tax.gross_minor]
        if crooked:
            raise InputError(
                "totals_do_not_add_up", f"Net and tax are not the gross of {', '.join(crooked)}.", pointer="/taxes"
            )
        brought = sum(tender.amount_minor for tender in self.tenders)
        if brought != self.gross_minor + self.tips_minor + self.vouchers_minor + self.rounding_minor:
            raise InputError(
                "totals_do_not_add_up", "The tenders are not what was sold, tipped and rounded.", pointer="/tenders"
            )

    @property
    def kind(self) -> DocumentKind:
        """What it is."""
        return DocumentKind.SALES_DAY

    @property
    def gross_minor(self) -> int:
        """All sales with their taxes."""
        return sum(tax.gross_minor for tax in self.taxes)


@dataclass(frozen=True, slots=True)
class SalesAccounts:
    """Accounts of the ERP for a day. ``revenue``, ``tax``: by our tax code; ``tenders``: by kind of tender."""

    revenue: Mapping[str, str]
    tax: Mapping[str, str]
    tenders: Mapping[str, str]
    tips: str = ""
    rounding: str = ""
    vouchers: str = ""
    text: str = field(default="Sales")


def journal_of(day: SalesDay, accounts: SalesAccounts) -> JournalEntry:
    """Return the entry of a day: tenders in debit, sales, taxes, tips, vouchers in credit; amounts below zero turned.

    Raises:
        ErpFailure: ``mapping_wrong`` with the field, for an amount without an account.
        InputError: ``entry_without_lines`` for a day on which nothing moved.
    """
    credits_minor: Counter[str] = Counter()
    for tender in day.tenders:
        _credit(credits_minor, accounts.tenders.get(tender.kind, ""), f"tenders.{tender.kind}", -tender.amount_minor)
    for tax in day.taxes:
        _credit(credits_minor, accounts.revenue.get(tax.code, ""), f"revenue.{tax.code}", tax.net_minor)
        _credit(credits_minor, accounts.tax.get(tax.code, ""), f"sales_tax.{tax.code}", tax.tax_minor)
    _credit(credits_minor, accounts.tips, "sales.tips", day.tips_minor)
    _credit(credits_minor, accounts.vouchers, "sales.vouchers", day.vouchers_minor)
    _credit(credits_minor, accounts.rounding, "sales.rounding", day.rounding_minor)
    text = f"{accounts.text} {day.shop} {day.business_on.isoformat()}"
    lines = tuple(
        EntryLine(account, debit_minor=max(-amount, 0), credit_minor=max(amount, 0), text=text)
        for account, amount in credits_minor.items()
        if amount
    )
    return JournalEntry(day.key, day.business_on, day.currency, text, day.number, lines)


def _credit(sums: Counter[str], account: str, mapping_field: str, amount_minor: int) -> None:
    if not amount_minor:
        return
    if not account:
        raise ErpFailure(FailureCode.MAPPING_WRONG, f"No account is named for {mapping_field}.", field=mapping_field)
    sums[account] += amount_minor
