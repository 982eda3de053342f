"""What the screens show of payments, and what they offer to whom."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.cards.payment import (
    Attempt,
    AttemptState,
    Payment,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.ids import AttemptId, DeviceId, OutboxId, PaymentId, RegisterId, SaleId, StoreId, TenantId, uuid7
from gateway.domain.ledger import Balance, balances
from gateway.domain.money import Currency, Money
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.sales.sale import Sale, SaleLine
from gateway.ports.unit_of_work import PaymentRecord
from gateway.web.overview.board import balance_views, totals_of
from gateway.web.overview.hours_chart import WIDTH, hours_chart
from gateway.web.payments.payment_search import find_page, matches
from gateway.web.payments.payment_view import (
    DELIVERY_FACES,
    PRINT_RECEIPT,
    STATE_FACES,
    Names,
    PaymentView,
    card_words,
    view_delivery,
    view_payment,
)
from gateway.web.screens import AREAS, areas_for, mark_of
from gateway.web.words import load_words

EUR = Currency.of("EUR")
ENGLISH = load_words()["en"]
GERMAN = load_words()["de"]
TENANT, STORE, TERMINAL = TenantId("main"), StoreId("store-1"), DeviceId("front")
NAMES = Names({"till-1": "Till 1"}, {"front": "Front terminal", "p1": "Printer 1"}, UTC)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def record(
    state: AttemptState = AttemptState.APPROVED, *, minor: int = 930, at: datetime = NOON, reference: str | None = None
) -> PaymentRecord:
    payment_id = PaymentId(uuid7(int(at.timestamp() * 1000)))
    amount = Money(minor, EUR)
    payment = Payment(
        TENANT,
        STORE,
        payment_id,
        SaleId(uuid.uuid4()),
        RegisterId("till-1"),
        TERMINAL,
        amount,
        reference,
        at,
        "anna",
        payment_id.hex,
    )
    line = SaleLine("Coffee", Decimal(1), amount, amount)
    sale = Sale(TENANT, STORE, payment.sale_id, payment.register_id, amount, (line,), at, "anna")
    attempt = Attempt(
        AttemptId(uuid.uuid4()),
        payment_id,
        1,
        TERMINAL,
        1,
        state,
        TransactionNumbers(),
        state is AttemptState.SENT,
        at,
        result=TerminalResult(card_name="Visa", card_masked="411111******1234"),
    )
    return PaymentRecord(payment, sale, (attempt,), (), ())


def caller(role: Role) -> Caller:
    return Caller(TENANT, STORE, uuid.uuid4(), role.value, ROLE_PERMISSIONS[role])


def view(found: PaymentRecord, role: Role = Role.CASHIER) -> PaymentView:
    return view_payment(found, caller(role), NAMES, ENGLISH)


def test_every_state_has_a_tone_and_a_shape_of_its_own() -> None:
    assert set(STATE_FACES) == set(AttemptState)
    assert set(DELIVERY_FACES) == set(OutboxState)
    assert len({face.icon for face in STATE_FACES.values()}) == len(STATE_FACES)


@pytest.mark.parametrize("state", AttemptState)
@pytest.mark.parametrize("role", Role)
def test_screen_offers_only_what_state_and_role_allow(state: AttemptState, role: Role) -> None:
    shown = view(record(state), role)

    sells = role in (Role.CASHIER, Role.MANAGER)
    unpaid = state in (AttemptState.DECLINED, AttemptState.CANCELLED, AttemptState.NOT_CHARGED)
    assert shown.may_cancel is (state is AttemptState.SENT and sells)
    assert shown.may_try_again is (unpaid and sells)
    assert shown.may_ask is (state is AttemptState.UNKNOWN and sells)
    assert shown.may_decide is (state is AttemptState.UNKNOWN and role is Role.MANAGER)
    assert shown.may_print is (shown.final and sells)


def test_card_shows_brand_and_last_four_digits_only() -> None:
    assert view(record()).card == "Visa ··1234"
    assert card_words(TerminalResult(card_name="girocard")) == "girocard"
    assert card_words(None) == ""


@given(st.text("0123456789*", min_size=0, max_size=19))
def test_card_words_never_hold_more_than_four_digits(masked: str) -> None:
    assert len(re.findall(r"\d", card_words(TerminalResult(card_masked=masked)))) <= 4


def test_receipt_that_failed_once_says_that_it_is_tried_again() -> None:
    message = OutboxMessage(
        TENANT, STORE, OutboxId(uuid.uuid4()), PRINT_RECEIPT, "p1", {"copy": "customer"}, NOON, note="no paper"
    )

    assert view_delivery(message, NAMES, ENGLISH).words == "Waiting for the printer"
    again = view_delivery(replace(message, tries=1), NAMES, ENGLISH)
    assert (again.words, again.printer, again.note) == ("Not printed yet, trying again", "Printer 1", "no paper")


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("9.30", True),
        ("9,30", True),
        ("EUR 9.30", True),
        ("9.3", True),
        ("12:00", True),
        ("12.00", True),
        ("9", True),
        ("paid", True),
        ("approved", True),
        ("declined", False),
        ("1234", True),
        ("visa", True),
        ("till 1", True),
        ("order 77", True),
        ("93.00", False),
        ("13:00", False),
        ("", True),
    ],
)
def test_search_understands_what_a_person_remembers(sought: str, found: bool) -> None:  # noqa: FBT001 - a table
    assert matches(view(record(reference="Order 77")), sought, ENGLISH) is found


def test_search_speaks_the_readers_language() -> None:
    declined = view_payment(record(AttemptState.DECLINED), caller(Role.MANAGER), NAMES, GERMAN)

    assert matches(declined, "abgelehnt", GERMAN)


def pages(records: list[PaymentRecord], *, text: str, rows_max: int) -> Iterator[tuple[PaymentView, ...]]:
    def fetch(before: PaymentId | None) -> tuple[PaymentRecord, ...]:
        start = 0 if before is None else 1 + next(n for n, one in enumerate(records) if one.payment.id == before)
        return tuple(records[start : start + 7])

    before: PaymentId | None = None
    while True:
        page = find_page(fetch, view, text=text, before=before, rows_max=rows_max, words=ENGLISH)
        yield page.rows
        if page.next_before is None:
            return
        before = PaymentId(uuid.UUID(page.next_before))


@given(st.integers(0, 40), st.integers(1, 12), st.integers(1, 5))
def test_pages_of_a_search_show_each_hit_once_in_order(number: int, rows_max: int, every: int) -> None:
    records = [
        record(AttemptState.DECLINED if n % every == 0 else AttemptState.APPROVED, at=NOON - timedelta(minutes=n))
        for n in range(number)
    ]
    wanted = [str(one.payment.id) for n, one in enumerate(records) if n % every == 0]

    shown = [row.id for rows in pages(records, text="declined", rows_max=rows_max) for row in rows]

    assert shown == wanted


@given(st.lists(st.integers(0, 23), max_size=60))
def test_chart_counts_every_payment_and_stays_in_its_frame(hours: list[int]) -> None:
    chart = hours_chart(NOON.replace(hour=hour) for hour in hours)

    assert sum(bar.number for bar in chart.bars) == chart.total == len(hours)
    for bar in chart.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH
        assert bar.y >= 0
        assert (bar.height > 0) is (bar.number > 0)
    assert bool(chart.bars) is bool(hours)


def test_totals_name_paid_unknown_and_declined_always_and_add_up() -> None:
    totals = totals_of([record(minor=100), record(minor=250), record(AttemptState.CANCELLED, minor=999)])

    found = {total.state: (total.number, total.amounts) for total in totals}
    assert found[AttemptState.APPROVED] == (2, (Money(350, EUR),))
    assert found[AttemptState.UNKNOWN] == (0, ())
    assert found[AttemptState.DECLINED] == (0, ())
    assert found[AttemptState.CANCELLED] == (1, (Money(999, EUR),))
    assert AttemptState.SENT not in found


def test_balances_are_debits_minus_credits_by_account() -> None:
    rows = (Balance("sales", EUR, 0, 500, 0, 20), Balance("card", EUR, 500, 0, 20, 0))

    shown = [(one.account, one.posted.minor, one.pending.minor) for one in balance_views(rows)]

    assert shown == [("card", 500, 20), ("sales", -500, -20)]
    assert balances(()) == {}


def test_rail_has_only_areas_of_the_role_and_no_demo_outside_of_it() -> None:
    shown = areas_for(caller(Role.CASHIER), demo=False, path="/payments/1", tasks=3)

    assert [area.name for area in shown] == ["till", "shift", "payments", "links", "journal", "board"]
    assert [area.name for area in shown if area.current] == ["payments"]
    assert [area.count for area in shown if area.name == "board"] == [3]
    office = [area.name for area in areas_for(caller(Role.AP_CLERK), demo=True, path="/", tasks=0)]
    assert office == ["invoices", "payables", "payment_runs", "cash", "bank", "suppliers", "erp"]
    assert len({area.key for area in AREAS if area.key}) == sum(bool(area.key) for area in AREAS)


def test_mark_changes_with_what_is_shown() -> None:
    assert mark_of("a", 1) == mark_of("a", 1)
    assert mark_of("a", 1) != mark_of("a", 2)
