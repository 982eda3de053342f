"""Records of reports meet our bookings, and every difference is told in figures."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date

from gateway.domain.bank.acquirer_contract import AcquirerTerms, ContractFee
from gateway.domain.bank.payout import (
    EntryKind,
    FindingKind,
    PayoutEntry,
    ReportedEntry,
    entry_ids,
    kept_entry,
    sums_of,
)
from gateway.domain.bank.settle_entries import BY_AMOUNT, BY_REFERENCE, OwnBooking, match_entries
from gateway.domain.bank.settle_findings import book_findings, fee_findings, sum_findings
from gateway.domain.money import Currency, Money

EUR = Currency.of("EUR")
DAY = date(2026, 5, 4)
PAYOUT = uuid.UUID(int=7)
TERMS = AcquirerTerms(
    "North", EUR, fees=(ContractFee("visa", "", 100, 5),), rents=(990,), refund_fee=10, chargeback_fee=1500
)


def _eur(minor: int) -> Money:
    return Money(minor, EUR)


def _sale(gross: int, fee: int = 0, *, refs: tuple[str, ...] = (), number: int = 1, brand: str = "visa") -> PayoutEntry:
    kind = EntryKind.SALE if gross > 0 else EntryKind.REFUND
    told = ReportedEntry(kind, _eur(gross - fee), f"line {number}", DAY, _eur(gross), _eur(-fee))
    return kept_entry(uuid.UUID(int=1000 + number), PAYOUT, number, replace(told, references=refs, brand=brand))


def _other(kind: EntryKind, net: int, number: int = 90) -> PayoutEntry:
    return kept_entry(uuid.UUID(int=1000 + number), PAYOUT, number, ReportedEntry(kind, _eur(net), "line 9", DAY))


def _own(
    number: int, minor: int, *, terminal: str = "front", last4: str = "", brand: str = "visa", day: date = DAY
) -> OwnBooking:
    attempt = uuid.UUID(int=number)
    return OwnBooking(
        attempt, uuid.UUID(int=number + 50), terminal, day, _eur(minor), brand, last4, (f"REF-{number:06}",)
    )


def _match(entries: list[PayoutEntry], ours: list[OwnBooking], last4: dict[int, str] | None = None) -> list[int | None]:
    digits = {uuid.UUID(int=1000 + number): told for number, told in (last4 or {}).items()}
    found = match_entries(entries, digits, ours)
    return [None if one.attempt_id is None else one.attempt_id.int for one in found]


def test_record_with_our_reference_then_is_ours_whatever_its_form() -> None:
    entry = _sale(1250, refs=("unknown-one", "ref 000002"))

    found = match_entries([entry], {}, [_own(1, 1250), _own(2, 1250)])

    assert (found[0].attempt_id, found[0].matched_by) == (uuid.UUID(int=2), BY_REFERENCE)
    assert found[0].terminal_id == "front"


def test_reference_of_a_refund_then_is_not_its_sale() -> None:
    back = _own(3, -1250)
    refund = replace(back, references=("REF-000001",))

    assert _match([_sale(-1250, refs=("REF-000001",))], [_own(1, 1250), refund]) == [3]


def test_amount_and_day_alone_then_match_where_only_one_fits() -> None:
    assert _match([_sale(1250)], [_own(1, 1250), _own(2, 1300)]) == [1]
    assert _match([_sale(1250)], [_own(1, 1250, day=date(2026, 4, 20))]) == [None]
    assert _match([_sale(1250, brand="amex")], [_own(1, 1250)]) == [None]


def test_two_bookings_for_one_record_then_nothing_is_guessed() -> None:
    assert _match([_sale(1250)], [_own(1, 1250), _own(2, 1250)]) == [None]
    assert _match([_sale(1250), _sale(1250, number=2)], [_own(1, 1250)]) == [None, None]


def test_as_many_records_as_bookings_then_they_are_taken_where_books_do_not_tell_them_apart() -> None:
    two = [_sale(1250), _sale(1250, number=2)]

    assert _match(two, [_own(1, 1250), _own(2, 1250)]) == [1, 2]
    assert _match(two, [_own(1, 1250), _own(2, 1250, terminal="back")]) == [None, None]


def test_last_four_digits_then_tell_equal_amounts_apart() -> None:
    two = [_sale(1250), _sale(1250, number=2)]
    ours = [_own(1, 1250, last4="1111"), _own(2, 1250, terminal="back", last4="2222")]

    assert _match(two, ours, {1: "2222", 2: "1111"}) == [2, 1]
    found = match_entries(two, {two[0].id: "2222", two[1].id: "1111"}, ours)
    assert {one.matched_by for one in found} == {BY_AMOUNT}


def test_payout_when_everything_is_told_then_every_cent_is_explained() -> None:
    entries = [
        _sale(10_000, 105),
        _sale(-2_000, 10, number=2),
        _other(EntryKind.CHARGEBACK, -3_000),
        _other(EntryKind.FEE, -990, 91),
        _other(EntryKind.PAYOUT, -3_895, 92),
    ]

    sums = sums_of(entries)

    assert (sums.sales, sums.refunds, sums.chargebacks, sums.fees) == (10_000, -2_000, -3_000, -1_105)
    assert (sums.paid, sums.difference) == (3_895, 0)
    assert sum_findings(sums, EUR) == []


def test_payout_short_by_a_cent_then_is_told_with_its_figures() -> None:
    entries = [_sale(10_000, 105), _other(EntryKind.PAYOUT, -9_894)]

    (found,) = sum_findings(sums_of(entries), EUR)

    assert found.kind is FindingKind.PAYOUT_DIFFERS
    assert found.figures == {"explained": "98.95 EUR", "paid": "98.94 EUR", "difference": "-0.01 EUR"}


def test_net_that_gross_and_fee_do_not_explain_then_its_rest_is_an_adjustment() -> None:
    told = ReportedEntry(EntryKind.SALE, _eur(900), "line 3", DAY, gross=_eur(1000), fee=_eur(-90))

    entry = kept_entry(uuid.UUID(int=1), PAYOUT, 1, told)

    assert (entry.rest, entry.net) == (_eur(-10), _eur(900))
    assert sums_of([entry]).adjustments == -10


def test_fees_as_agreed_then_nothing_is_told_else_by_brand_with_both_sums() -> None:
    agreed = [_sale(10_000, 105), _sale(4_950, 55, number=2), _sale(-500, 10, number=3)]
    assert fee_findings(TERMS, agreed, EUR) == []

    (found,) = fee_findings(TERMS, [*agreed, _sale(1_000, 30, number=4)], EUR)

    assert found.kind is FindingKind.FEE_DIFFERS
    assert found.figures == {
        "brand": "visa",
        "count": "4",
        "expected": "1.85 EUR",
        "taken": "2.00 EUR",
        "difference": "0.15 EUR",
    }


def test_fees_in_one_sum_then_are_compared_with_that_of_the_contract_and_its_rent() -> None:
    sales = [_sale(10_000), _sale(5_000, number=2)]

    assert fee_findings(TERMS, [*sales, _other(EntryKind.FEE, -160)], EUR) == []
    assert fee_findings(TERMS, [*sales, _other(EntryKind.FEE, -160 - 990)], EUR) == []
    (found,) = fee_findings(TERMS, [*sales, _other(EntryKind.FEE, -161)], EUR)
    assert (found.figures["brand"], found.figures["difference"]) == ("all", "0.01 EUR")


def test_card_without_an_agreed_fee_and_a_rent_nobody_agreed_then_are_told() -> None:
    found = fee_findings(
        TERMS, [_sale(10_000, 105), _sale(100, 3, number=2, brand="amex"), _other(EntryKind.FEE, -1)], EUR
    )

    assert [(one.kind, one.figures["brand"]) for one in found] == [
        (FindingKind.FEE_DIFFERS, "rents"),
        (FindingKind.FEE_NOT_AGREED, "amex"),
    ]


def test_reserve_then_is_compared_with_the_agreed_share_of_the_sales() -> None:
    terms = replace(TERMS, reserve_bp=500, rents=())
    sale = _sale(10_000, 105)

    assert fee_findings(terms, [sale, _other(EntryKind.RESERVE, -500)], EUR) == []
    (found,) = fee_findings(terms, [sale, _other(EntryKind.RESERVE, -501)], EUR)
    assert (found.kind, found.figures["difference"]) == (FindingKind.RESERVE_DIFFERS, "0.01 EUR")


def test_books_and_report_then_each_tells_what_the_other_does_not_have() -> None:
    ours = [_own(1, 1_250), _own(2, 900)]
    entries = match_entries([_sale(1_250, refs=("REF-000001",)), _sale(777, number=2)], {}, ours)
    other = replace(_own(2, 900), references=("REF-000002",))
    amount = match_entries([_sale(901, refs=("REF-000002",), number=3)], {}, [other])

    found = book_findings([*entries, *amount], ours, [_own(4, 300), _own(5, -100)], EUR)

    assert [(one.kind, one.figures.get("sum", one.figures.get("ours"))) for one in found] == [
        (FindingKind.THEIRS_UNKNOWN, "7.77 EUR"),
        (FindingKind.AMOUNT_DIFFERS, "9.00 EUR"),
        (FindingKind.OURS_MISSING, "2.00 EUR"),
    ]


def test_records_that_say_the_same_then_have_ids_of_their_own_and_the_same_ones_again() -> None:
    told = ReportedEntry(EntryKind.SALE, _eur(100), "line 1", DAY)
    again = replace(told, position="line 9")

    first = entry_ids(PAYOUT, [told, again, replace(told, net=_eur(200))])

    assert len(set(first)) == 3
    assert set(entry_ids(PAYOUT, [replace(told, net=_eur(200)), told, again])) == set(first)
