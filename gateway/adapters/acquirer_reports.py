"""Reports of acquirers over the readers of statements: records by payout, brands and kinds of cards by one name."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from connectors.statements.acquirer import MovementKind
from connectors.statements.acquirer_described import AcquirerDescription
from connectors.statements.detect import read_statements
from connectors.statements.statement import EntryStatus, PaymentFacts, Statement, StatementEntry
from connectors.statements.table_assistant import description_from
from gateway.domain.bank.payout import EntryKind, ReportedBatch, ReportedEntry
from gateway.domain.cards.terminal_comparison import OTHER, brand_of
from gateway.domain.errors import ConfigurationError, InputError
from gateway.domain.money import Currency

_KINDS = {
    MovementKind.PAYMENT: EntryKind.SALE,
    MovementKind.REFUND: EntryKind.REFUND,
    MovementKind.CHARGEBACK: EntryKind.CHARGEBACK,
    MovementKind.CHARGEBACK_REVERSED: EntryKind.CHARGEBACK_REVERSED,
    MovementKind.FEE: EntryKind.FEE,
    MovementKind.PAYOUT: EntryKind.PAYOUT,
    MovementKind.CONVERSION: EntryKind.CONVERSION,
    MovementKind.ADJUSTMENT: EntryKind.ADJUSTMENT,
}
_RESERVE = re.compile(r"reserve|\bhold\b|^T(15|21)", re.IGNORECASE)
_CARD_KINDS = ("debit", "credit", "prepaid")
_BRANDS = {"mc": "mastercard", "mcdebit": "mastercard", "mccredit": "mastercard", "paypal": "paypal"}
_LAST4 = re.compile(r"(?:\*|x|\.\.\.|last4\W{0,3})(\d{4})\b", re.IGNORECASE)
_COMPARED = frozenset({"payout_differs", "totals_differ"})
"""Defects that the comparison of a payout with its parts tells with its figures."""
_PARTS = {
    "payments": EntryKind.SALE,
    "refunds": EntryKind.REFUND,
    "chargebacks": EntryKind.CHARGEBACK,
    "acquiring premiums": EntryKind.FEE,
}
"""Sums of which a report of payouts alone is made; what ends in ``fees`` is a fee, the rest an adjustment."""


class AcquirerReports:
    """Reads reports; implements :class:`gateway.ports.acquirer_reports.AcquirerReportReader`."""

    def check(self, name: str, description: str) -> None:
        """Look whether a description is one of a report.

        Raises:
            InputError: ``invalid_report_description``.
        """
        try:
            described = description_from(name, description)
        except ConfigurationError as error:
            raise InputError("invalid_report_description", error.message, error.hint, "/description") from error
        if not isinstance(described, AcquirerDescription):
            message = "The description is not one of an acquirer's report."
            raise InputError("invalid_report_description", message, 'It says kind = "acquirer".', "/description")

    def read(self, content: bytes, descriptions: Sequence[tuple[str, str]] = ()) -> tuple[ReportedBatch, ...]:
        """Return one batch for each payout and currency of a report, in its order.

        Raises:
            InputError: ``not_an_acquirer_report`` for a file of another kind, and what the readers of statements raise.
        """
        batches: list[ReportedBatch] = []
        for statement in read_statements(content, [description_from(*one) for one in descriptions]):
            if not any(entry.kind for entry in statement.entries):
                hint = "Statements of banks belong to the bank's page; here are reports of card payments."
                raise InputError("not_an_acquirer_report", "This is no report of an acquirer.", hint, "/content")
            batches += _batches(statement)
        return tuple(batches)


def _batches(statement: Statement) -> list[ReportedBatch]:
    """Return the booked records of one statement, by the payout they belong to."""
    by_batch: dict[tuple[str, Currency], list[ReportedEntry]] = {}
    own = _only_batch(statement)
    for entry in statement.entries:
        if entry.status is not EntryStatus.BOOKED:
            continue
        for one in _entries_of(entry, statement.format):
            batch = one.batch or own or statement.id or statement.format
            by_batch.setdefault((batch, one.net.currency), []).append(replace(one, batch=batch))
    told = tuple(
        f"{defect.text} {defect.position}".strip() for defect in statement.defects if defect.code not in _COMPARED
    )
    return [
        # What does not fit in a report is told once, with its first payout.
        ReportedBatch(statement.format, statement.account, batch, currency, tuple(entries), told if not number else ())
        for number, ((batch, currency), entries) in enumerate(by_batch.items())
    ]


def _only_batch(statement: Statement) -> str:
    """Return the batch of a report where all that name one name the same: its fees and payouts name none."""
    named = {entry.facts.batch_id for entry in statement.entries if entry.facts.batch_id}
    return named.pop() if len(named) == 1 else ""


def _entries_of(entry: StatementEntry, form: str) -> Iterable[ReportedEntry]:
    kind = _kind_of(entry)
    if kind is EntryKind.PAYOUT and entry.details:
        yield from _parts(entry)
        # Such a report names a payout as the bank will: above zero. It leaves the balance.
        yield _told(entry, kind, form, positive=True)
    else:
        yield _told(entry, kind, form, positive=False)


def _kind_of(entry: StatementEntry) -> EntryKind:
    kind = _KINDS.get(MovementKind(entry.kind), EntryKind.ADJUSTMENT) if entry.kind else EntryKind.ADJUSTMENT
    if kind is EntryKind.ADJUSTMENT and _RESERVE.search(entry.bank_code):
        return EntryKind.RESERVE
    return kind


def _told(entry: StatementEntry, kind: EntryKind, form: str, *, positive: bool) -> ReportedEntry:
    facts, net = entry.facts, -entry.amount if positive else entry.amount
    same = entry.gross is not None and entry.gross.currency == net.currency
    shown = _shown(entry)
    return ReportedEntry(
        kind=kind,
        net=net,
        position=entry.position,
        booked_on=entry.booked_on,
        gross=entry.gross if same and not positive else None,
        fee=entry.fee if entry.fee is not None and entry.fee.currency == net.currency and not positive else None,
        original=None if entry.gross is None or same else entry.gross,
        batch=facts.batch_id,
        references=_references(facts),
        brand=_brand(shown, form),
        card_kind=next((one for one in _CARD_KINDS if one in shown.lower()), ""),
        last4=next((found[1] for text in facts.texts if (found := _LAST4.search(text))), ""),
        reason_code=facts.return_reason,
        words=entry.bank_code or facts.text,
    )


def _parts(entry: StatementEntry) -> Iterable[ReportedEntry]:
    for part in entry.details:
        if part.amount is None:
            continue
        name = part.bank_code
        kind = EntryKind.FEE if name.endswith(" fees") else _PARTS.get(name, EntryKind.ADJUSTMENT)
        yield ReportedEntry(kind, part.amount, entry.position, entry.booked_on, batch=entry.facts.batch_id, words=name)


def _references(facts: PaymentFacts) -> tuple[str, ...]:
    told = (facts.end_to_end_id, facts.bank_ref, facts.instruction_id, facts.party_id, *facts.references)
    return tuple(dict.fromkeys(text for text in told if text))


def _shown(entry: StatementEntry) -> str:
    """Return what a report says of the card: its variant, or texts that name brand and funding."""
    return " ".join((entry.facts.bank_code, *entry.facts.texts))


def _brand(shown: str, form: str) -> str:
    found = brand_of(shown)
    if found != OTHER:
        return found
    words = re.split(r"[^a-z0-9]+", shown.lower())
    return next((_BRANDS[word] for word in words if word in _BRANDS), _brand_of_format(form))


def _brand_of_format(form: str) -> str:
    return next((name for name in ("paypal", "trustly") if form.lower().startswith(name)), "")


def formats() -> Sequence[str]:
    """Return the names of the reports that are read, for people."""
    return (
        "Adyen settlement detail",
        "Adyen payments accounting",
        "Stripe balance",
        "PayPal settlement",
        "PayPal activity",
        "Checkout.com payouts",
        "Trustly settlement",
    )
