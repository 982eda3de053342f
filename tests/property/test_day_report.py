"""Day reports against the ledger: for any mixture of entries every sum of a report is a sum of the books."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import accounts
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.ids import DeviceId, RegisterId, ShiftId, StoreId, TenantId
from gateway.domain.ledger import Transfer, TransferKind, balances, card_receivable, closing, sales_revenue
from gateway.domain.money import Currency, Money
from gateway.domain.printing.paper import Pair, Words
from gateway.domain.shifts.day_report import (
    DayReport,
    DocumentSum,
    GroupSum,
    RateSum,
    ReportKind,
    RunningTotals,
    Tries,
    drawer_sums,
    flows_of,
    group_of,
    register_accounts,
    running_after,
    tender_sums,
)
from gateway.domain.shifts.day_report_receipt import WORDS, report_paper
from gateway.domain.shifts.day_report_text import digest_of, report_of_text, report_text
from gateway.domain.shifts.shift import FactKind

TILL = RegisterId("till-1")
EUR, USD = Currency.of("EUR"), Currency.of("USD")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CASH, SALES = accounts.cash(TILL), sales_revenue(TILL)
EARNING = (SALES, accounts.tips(TILL), accounts.cash_rounding(TILL))
PLACES = ((CASH, accounts.cash_elsewhere()), (CASH, accounts.cash_difference(TILL)))
MEANS = (
    CASH,
    card_receivable(DeviceId("terminal-1")),
    accounts.voucher_liability(),
    accounts.store_credit_liability(),
    accounts.transfers_expected(),
    accounts.customer_account("c-7"),
    accounts.exchange(TILL),
)
PAIRS = tuple((one, other) for one in MEANS for other in EARNING) + PLACES + ((CASH, accounts.voucher_liability()),)

_pairs = st.sampled_from(PAIRS).flatmap(lambda pair: st.sampled_from((pair, pair[::-1])))
_entries = st.lists(
    st.tuples(_pairs, st.integers(1, 10**9), st.sampled_from((EUR, USD)), st.sampled_from(TransferKind), st.uuids()),
    max_size=30,
)


def _transfers(entries: list[tuple[tuple[str, str], int, Currency, TransferKind, uuid.UUID]]) -> list[Transfer]:
    """Return a ledger: each entry pending, and posted or voided unless it stays open."""
    rows: list[Transfer] = []
    for number, ((debit, credit), minor, currency, kind, salt) in enumerate(entries):
        cause_id = uuid.uuid5(salt, str(number))
        cause = accounts.Cause(TenantId("acme"), StoreId("north"), cause_id, "trace", NOON + timedelta(seconds=number))
        pending = accounts.reserved(cause, "one", debit=debit, credit=credit, amount=Money(minor, currency))
        rows.append(pending)
        if kind is not TransferKind.PENDING:
            rows.append(closing(pending, kind=kind, recorded_at=cause.at))
    return rows


def _net(rows: list[Transfer], account: str, currency: Currency) -> int:
    found = balances(rows).get((account, currency.code))
    return 0 if found is None else found.debits_posted - found.credits_posted


@given(_entries)
def test_tenders_then_taken_less_given_back_is_what_the_books_say_was_earned(entries: list[object]) -> None:
    rows = _transfers(entries)  # type: ignore[arg-type]  # hypothesis hands over its tuples as objects

    sums = tender_sums(rows)

    for currency in (EUR, USD):
        net = sum(one.taken.minor - one.back.minor for one in sums if one.taken.currency == currency)
        assert net == -sum(_net(rows, account, currency) for account in EARNING)
    assert all(one.taken.minor >= 0 and one.back.minor >= 0 for one in sums)


@given(_entries, st.integers(0, 10**6))
def test_drawer_then_carried_and_every_line_make_the_balance_of_its_account(
    entries: list[object], carried: int
) -> None:
    rows = _transfers(entries)  # type: ignore[arg-type]  # hypothesis hands over its tuples as objects
    books = {currency: Money(carried + _net(rows, CASH, currency), currency) for currency in (EUR, USD)}

    for drawer in drawer_sums(rows, TILL, books, {}):
        assert drawer.carried.minor == carried
        assert drawer.carried.minor + sum(line.amount.minor for line in drawer.lines) == drawer.balance.minor
        assert drawer.balance == books[drawer.balance.currency]


@given(_entries)
def test_flows_then_all_that_is_posted_and_nothing_else(entries: list[object]) -> None:
    rows = _transfers(entries)  # type: ignore[arg-type]  # hypothesis hands over its tuples as objects

    flows = flows_of(rows)

    for currency in (EUR, USD):
        for group in {group_of(account) for account in (*MEANS, *EARNING)}:
            told = sum(
                one.amount.minor * ((one.debit == group) - (one.credit == group))
                for one in flows
                if one.amount.currency == currency
            )
            accounts_of = {side for row in rows for side in (row.debit_account, row.credit_account)}
            assert told == sum(_net(rows, one, currency) for one in accounts_of if group_of(one) == group)


@given(_entries, st.integers(0, 50), st.integers(0, 50))
def test_running_totals_then_the_sum_of_all_reports(entries: list[object], sales: int, backs: int) -> None:
    rows = _transfers(entries)  # type: ignore[arg-type]  # hypothesis hands over its tuples as objects
    zero = Money(0, EUR)
    half = len(rows) // 2

    split = RunningTotals(0, 0, zero, zero, 3, 4)
    split = running_after(split, tender_sums(rows[:half]), sales=3 + sales, give_backs=4)
    split = running_after(split, tender_sums(rows[half:]), sales=5 + sales, give_backs=4 + backs)
    whole = running_after(
        RunningTotals(0, 0, zero, zero, 3, 4), tender_sums(rows), sales=5 + sales, give_backs=4 + backs
    )

    assert (split.taken, split.given_back, split.sales) == (whole.taken, whole.given_back, whole.sales)
    assert (split.reports, whole.sales) == (2, sales + 2)


@given(_entries, st.sampled_from(tuple(ReportKind)), st.integers(-500, 500), st.sampled_from(tuple(WORDS)))
def test_report_then_it_is_read_as_it_was_written_and_every_figure_is_on_paper(
    entries: list[object], kind: ReportKind, difference: int, language: str
) -> None:
    rows = _transfers(entries)  # type: ignore[arg-type]  # hypothesis hands over its tuples as objects
    report = _report(rows, kind, difference)

    text = report_text(report)
    paper = report_paper(report, shop=ShopFace("Corner Shop", (), None, language), zone=UTC)

    assert report_of_text(text) == report
    assert digest_of(text) == digest_of(report_text(report_of_text(text)))
    printed = " ".join(f"{one.left} {one.right}" for one in paper.parts if isinstance(one, Pair))
    printed += " ".join(one.text for one in paper.parts if isinstance(one, Words))
    point = WORDS[language]["point"]
    for one in report.tenders:
        if one.taken.minor:
            assert one.taken.to_decimal().replace(".", point) in printed
    for drawer in report.drawers:
        assert drawer.balance.to_decimal().replace(".", point) in printed


def _report(rows: list[Transfer], kind: ReportKind, difference: int) -> DayReport:
    zero = Money(0, EUR)
    tenders = tender_sums(rows)
    documents = DocumentSum(
        1, 2, 2, Money(1190, EUR), (RateSum("19", Money(1000, EUR), Money(190, EUR)),), zero, zero, zero, zero
    )
    books = {EUR: Money(_net(rows, CASH, EUR), EUR)}
    return DayReport(
        kind=kind,
        number=7 if kind is ReportKind.Z else None,
        shift_id=ShiftId(uuid.UUID(int=7)),
        register_id=TILL,
        register_name="Kasse Süd",
        currency=EUR,
        since=NOON,
        until=NOON + timedelta(hours=8, microseconds=1),
        opened_by="anna",
        made_by="bert",
        tenders=tenders,
        drawers=drawer_sums(rows, TILL, books, {rows[0].cause_id: FactKind.OPENED} if rows else {}),
        left=Money(abs(difference), EUR),
        sales=documents,
        give_backs=documents,
        groups=(GroupSum("Brot", "1.5", Money(450, EUR)),),
        tries=Tries(1, 2, 3, 4, Money(999, EUR)),
        openings=3,
        flows=flows_of(rows),
        running=running_after(RunningTotals(0, 0, zero, zero, 0, 0), tenders, sales=2, give_backs=2),
        before=digest_of("the one before"),
    )


def test_accounts_of_a_register_then_never_those_of_another() -> None:
    assert not register_accounts(TILL) & register_accounts(RegisterId("till-2"))
    assert {CASH, *EARNING} <= register_accounts(TILL)
