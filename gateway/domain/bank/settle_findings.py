"""What differs in a payout: from its own sum, from our books, from the contract. Each difference in figures; pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from gateway.domain.bank.acquirer_contract import AcquirerTerms, fee_of, share
from gateway.domain.bank.payout import (
    OURS,
    EntryKind,
    FindingKind,
    PayoutEntry,
    PayoutSums,
    SettlementFinding,
)
from gateway.domain.bank.settle_entries import OwnBooking
from gateway.domain.money import Currency, Money

NAMED_MAX = 20
"""Positions named beside one finding; the list on the screen has all."""


def sum_findings(sums: PayoutSums, currency: Currency) -> list[SettlementFinding]:
    """Return what the parts leave unexplained of what was paid out; nothing while nothing was paid out."""
    if not sums.paid or not sums.difference:
        return []
    figures = {
        "explained": _told(sums.explained, currency),
        "paid": _told(sums.paid, currency),
        "difference": _told(sums.difference, currency),
    }
    return [SettlementFinding(FindingKind.PAYOUT_DIFFERS, "", figures)]


def book_findings(
    entries: Sequence[PayoutEntry], ours: Iterable[OwnBooking], missing: Sequence[OwnBooking], currency: Currency
) -> list[SettlementFinding]:
    """Return what our books and the report do not have in common.

    Args:
        entries: of the payout, matched.
        ours: the bookings they were matched with.
        missing: bookings of the time that the report covers which no report has.
        currency: of the payout.
    """
    found: list[SettlementFinding] = []
    known = {one.attempt_id: one for one in ours}
    unknown = [one for one in entries if one.kind in OURS and one.attempt_id is None]
    if unknown:
        figures = {
            "count": str(len(unknown)),
            "sum": _told(sum(one.gross.minor for one in unknown), currency),
            "positions": ", ".join(one.position for one in unknown[:NAMED_MAX]),
        }
        found.append(SettlementFinding(FindingKind.THEIRS_UNKNOWN, "", figures))
    for entry in entries:
        booking = None if entry.attempt_id is None else known.get(entry.attempt_id)
        charged = entry.gross if entry.original is None else entry.original
        if booking is not None and booking.amount != charged:
            figures = {
                "position": entry.position,
                "ours": _money(booking.amount),
                "theirs": _money(charged),
                "payment": str(booking.payment_id),
            }
            found.append(SettlementFinding(FindingKind.AMOUNT_DIFFERS, str(entry.id), figures))
    by_currency: dict[Currency, list[OwnBooking]] = defaultdict(list)
    for own in missing:
        by_currency[own.amount.currency].append(own)
    for code, bookings in by_currency.items():
        figures = {
            "count": str(len(bookings)),
            "sum": _told(sum(one.amount.minor for one in bookings), code),
            "payments": ", ".join(str(one.payment_id) for one in bookings[:NAMED_MAX]),
        }
        found.append(SettlementFinding(FindingKind.OURS_MISSING, code.code, figures))
    return found


def fee_findings(terms: AcquirerTerms, entries: Sequence[PayoutEntry], currency: Currency) -> list[SettlementFinding]:
    """Return the fees that are not those of the contract: by brand where they are told, as a sum where they are not.

    Records in a currency other than the contract's are not compared: nobody agreed at what rate.
    """
    if terms.currency != currency:
        return []
    found: list[SettlementFinding] = []
    expected: dict[str, int] = defaultdict(int)
    taken: dict[str, int] = defaultdict(int)
    count: dict[str, int] = defaultdict(int)
    not_agreed: dict[str, int] = defaultdict(int)
    for entry in entries:
        fee = _agreed(terms, entry)
        if fee is None:
            if entry.kind is EntryKind.SALE and entry.original is None:
                not_agreed[entry.brand or "other"] += 1
            continue
        brand = entry.brand or "other"
        expected[brand] += fee
        taken[brand] -= entry.fee.minor
        count[brand] += 1
    monthly = -sum(one.gross.minor for one in entries if one.kind is EntryKind.FEE)
    if not any(taken.values()) and monthly:
        # The report tells no fee of a sale: its sum is compared, less the rents of the contract.
        found += _in_all(terms, sum(expected.values()), monthly, currency)
    else:
        found += [
            _fee_finding(brand, expected[brand], taken[brand], count[brand], currency)
            for brand in sorted(expected)
            if expected[brand] != taken[brand]
        ]
        found += _rents(terms, monthly, currency)
    for brand, sales in sorted(not_agreed.items()):
        found.append(SettlementFinding(FindingKind.FEE_NOT_AGREED, brand, {"brand": brand, "count": str(sales)}))
    return found + _reserve(terms, entries, currency)


def _agreed(terms: AcquirerTerms, entry: PayoutEntry) -> int | None:
    """Return the fee of a record as agreed, None for one that has none or cannot be compared."""
    if entry.original is not None:
        return None
    if entry.kind is EntryKind.SALE:
        return fee_of(terms, entry.brand, entry.card_kind, entry.gross.minor)
    if entry.kind is EntryKind.REFUND:
        return terms.refund_fee
    return terms.chargeback_fee if entry.kind is EntryKind.CHARGEBACK else None


def _fee_finding(brand: str, expected: int, taken: int, count: int, currency: Currency) -> SettlementFinding:
    figures = {
        "brand": brand,
        "count": str(count),
        "expected": _told(expected, currency),
        "taken": _told(taken, currency),
        "difference": _told(taken - expected, currency),
    }
    return SettlementFinding(FindingKind.FEE_DIFFERS, brand, figures)


def _in_all(terms: AcquirerTerms, expected: int, taken: int, currency: Currency) -> list[SettlementFinding]:
    sums = _rent_sums(terms)
    if taken - expected in sums:
        return []
    return [_fee_finding("all", expected, taken, 0, currency)]


def _rents(terms: AcquirerTerms, monthly: int, currency: Currency) -> list[SettlementFinding]:
    """Return fees beside those of the sales that no rents of the contract come to."""
    if monthly in _rent_sums(terms):
        return []
    return [_fee_finding("rents", sum(terms.rents), monthly, 0, currency)]


def _rent_sums(terms: AcquirerTerms) -> set[int]:
    """Return what some of the rents may come to in one payout; each is kept once a month."""
    sums = {0}
    for rent in terms.rents:
        sums |= {one + rent for one in sums}
    return sums


def _reserve(terms: AcquirerTerms, entries: Sequence[PayoutEntry], currency: Currency) -> list[SettlementFinding]:
    """Return a reserve that is not the agreed share of the sales; what is given back is not compared."""
    held = -sum(one.net.minor for one in entries if one.kind is EntryKind.RESERVE and one.net.minor < 0)
    sales = sum(one.gross.minor for one in entries if one.kind is EntryKind.SALE)
    expected = share(max(sales, 0), terms.reserve_bp)
    if held == expected:
        return []
    figures = {
        "expected": _told(expected, currency),
        "taken": _told(held, currency),
        "difference": _told(held - expected, currency),
    }
    return [SettlementFinding(FindingKind.RESERVE_DIFFERS, "", figures)]


def _told(minor: int, currency: Currency) -> str:
    return _money(Money(minor, currency))


def _money(amount: Money) -> str:
    return f"{amount.to_decimal()} {amount.currency.code}"
