"""Every operation of ZVT over every line: what the register is told is what the terminal's journal holds."""

from collections.abc import Callable, Iterator

import pytest

from terminal_driver.operations import (
    BookReservation,
    BookTip,
    CancelReservation,
    DayTotals,
    EndOfDay,
    MoneyOperation,
    OpenReservations,
    PreAuthorisation,
    Refund,
    ReleaseReservation,
    ReservationList,
    Reversal,
    SaleRequest,
    SchemeTotal,
    Totals,
    TransactionReference,
)
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    NotCharged,
    TerminalStatus,
    Unknown,
)
from tests.support.session_rig import DEADLINE_S
from tests.support.terminal_rig import AMOUNT, HASTY, ZVT_KINDS, Rig, rig_builder

NONE = Baseline()


@pytest.fixture(params=ZVT_KINDS)
def build(request: pytest.FixtureRequest) -> Iterator[Callable[..., Rig]]:
    with rig_builder(request.param) as make:
        yield make


def _approved(rig: Rig, operation: MoneyOperation) -> TransactionReference:
    """Carry out an operation that must succeed; return how its terminal named it."""
    outcome = rig.transact(operation)
    assert isinstance(outcome, Approved)
    assert outcome.data.amount_minor == operation.amount_minor
    entry = rig.entries()[-1]
    assert (entry.receipt_no, entry.trace_no, entry.amount_minor) == (
        outcome.data.receipt_no,
        outcome.data.trace_no,
        operation.amount_minor,
    )
    return TransactionReference(receipt_no=outcome.data.receipt_no, trace_no=outcome.data.trace_no)


def _sale(rig: Rig, amount_minor: int = AMOUNT) -> TransactionReference:
    return _approved(rig, SaleRequest(amount_minor, "978", NONE))


def test_refund_is_booked_and_moves_money_back(build: Callable[..., Rig]) -> None:
    rig = build()

    _approved(rig, Refund(300, "978", NONE))

    assert [entry.kind for entry in rig.entries()] == ["refund"]
    assert rig.moved() == -300


def test_reversal_undoes_the_sale_it_names_and_no_other(build: Callable[..., Rig]) -> None:
    rig = build()
    first, _ = _sale(rig, 100), _sale(rig, 100)

    outcome = rig.transact(Reversal(first, 100, "978", NONE))

    assert isinstance(outcome, Approved)
    assert outcome.data.original_trace_no == first.trace_no
    assert rig.entries()[-1].original_trace_no == first.trace_no
    assert rig.moved() == 100


@pytest.mark.parametrize(("receipt_no", "code"), [(99, "B5"), (41, "B4")])
def test_reversal_of_an_unknown_or_undone_sale_is_refused(
    build: Callable[..., Rig], receipt_no: int, code: str
) -> None:
    rig = build()
    sale = _sale(rig)
    _approved(rig, Reversal(sale, AMOUNT, "978", NONE))

    outcome = rig.transact(Reversal(TransactionReference(receipt_no=receipt_no), AMOUNT, "978", NONE))

    assert isinstance(outcome, Declined)
    assert outcome.code == code
    assert rig.moved() == 0


def test_reversal_of_another_sale_than_named_is_no_success(build: Callable[..., Rig]) -> None:
    rig = build()
    first, _ = _sale(rig, 100), _sale(rig, 200)
    rig.terminal.choose("wrong_reversal")

    outcome = rig.transact(Reversal(first, 100, "978", NONE))

    assert isinstance(outcome, Unknown)
    assert rig.entries()[-1].original_trace_no != first.trace_no


def test_reservation_is_booked_by_the_amount_used(build: Callable[..., Rig]) -> None:
    rig = build()
    reservation = _approved(rig, PreAuthorisation(5000, "978", NONE))
    reserved = rig.moved()

    _approved(rig, BookReservation(reservation, 4200, "978", NONE))

    assert reserved == 0
    assert rig.moved() == 4200


@pytest.mark.parametrize(("unused", "taken"), [(800, 4200), (0, 5000)])
def test_reservation_is_completed_by_the_amount_not_used(build: Callable[..., Rig], unused: int, taken: int) -> None:
    rig = build()
    reservation = _approved(rig, PreAuthorisation(5000, "978", NONE))

    _approved(rig, ReleaseReservation(reservation, unused, "978", NONE))

    assert rig.moved() == taken


def test_open_reservations_are_listed_until_they_are_ended(build: Callable[..., Rig]) -> None:
    rig = build()
    none = rig.perform(OpenReservations())
    first, second = (_approved(rig, PreAuthorisation(amount, "978", NONE)) for amount in (100, 200))
    both = rig.perform(OpenReservations())

    _approved(rig, CancelReservation(first, 100, "978", NONE))
    one = rig.perform(OpenReservations())
    again = rig.transact(CancelReservation(first, 100, "978", NONE))
    too_much = rig.transact(BookReservation(second, 201, "978", NONE))

    assert none == ReservationList(())
    assert both == ReservationList((first.receipt_no or 0, second.receipt_no or 0))
    assert one == ReservationList((second.receipt_no or 0,))
    assert isinstance(again, Declined)
    assert isinstance(too_much, Declined)
    assert (again.code, too_much.code) == ("B8", "B7")
    assert rig.moved() == 0


def test_tip_is_added_to_a_sale(build: Callable[..., Rig]) -> None:
    rig = build()
    sale = _sale(rig)

    _approved(rig, BookTip(sale, 150, "978", NONE))

    assert rig.moved() == AMOUNT + 150


def test_end_of_day_tells_the_totals_by_scheme_and_settles_them(build: Callable[..., Rig]) -> None:
    rig = build()
    sale = _sale(rig, 1000)
    _sale(rig, 250)
    _approved(rig, Refund(50, "978", NONE))

    in_between = rig.perform(Totals())
    closed = rig.perform(EndOfDay())
    after = rig.perform(Totals())
    too_late = rig.transact(Reversal(sale, 1000, "978", NONE))

    schemes = (SchemeTotal("girocard", 3, 1200),)
    for totals in (in_between, closed):
        assert isinstance(totals, DayTotals)
        assert (totals.sum_minor, totals.schemes) == (1200, schemes)
        assert (totals.first_receipt_no, totals.last_receipt_no) == (41, 43)
        assert len(totals.receipts) == 1
    assert isinstance(after, DayTotals)
    assert (after.sum_minor, after.schemes) == (0, ())
    assert isinstance(too_late, Declined)
    assert rig.terminal.journal.unsettled == ()


def test_totals_below_zero_are_told_on_the_receipt_only(build: Callable[..., Rig]) -> None:
    rig = build()
    _approved(rig, Refund(50, "978", NONE))

    totals = rig.perform(Totals())

    assert isinstance(totals, DayTotals)
    assert (totals.sum_minor, totals.schemes) == (None, ())
    assert "EUR -0,50" in "\n".join(line.text for line in totals.receipts[0].lines)


def test_sales_are_refused_until_the_end_of_day_is_made(build: Callable[..., Rig]) -> None:
    rig = build("end_of_day_pending")

    status = rig.owner.submit(rig.session.status).result(DEADLINE_S)
    refused = rig.sale()
    rig.perform(EndOfDay())
    outcome = rig.sale()

    assert isinstance(status, TerminalStatus)
    assert status.code == "F0"
    assert isinstance(refused, Declined)
    assert refused.code == "F0"
    assert isinstance(outcome, Approved)
    assert rig.booked() == [AMOUNT]


@pytest.mark.parametrize(("allowed", "booked"), [(True, [AMOUNT // 2]), (False, [])])
def test_partial_approval_counts_only_when_it_was_allowed(
    build: Callable[..., Rig], *, allowed: bool, booked: list[int]
) -> None:
    rig = build("partial_approval")

    outcome = rig.transact(SaleRequest(AMOUNT, "978", NONE, partial_allowed=allowed))

    assert isinstance(outcome, Approved) is allowed
    if isinstance(outcome, Approved):
        assert outcome.data.amount_minor == AMOUNT // 2
    assert rig.booked() == booked


def test_sale_broken_by_every_operation_is_found_by_asking(build: Callable[..., Rig]) -> None:
    """Any operation that moves money is booked once and found, whatever was the last word before the line died."""
    rig = build(patience=HASTY)
    baseline = rig.first_sale()
    rig.terminal.choose("line_lost_before_status")

    outcome = rig.transact(Refund(77, "978", baseline))
    rig.terminal.restore_line()
    verdict = rig.ask()

    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, Approved)
    assert [(entry.kind, entry.amount_minor) for entry in rig.entries()] == [("sale", 100), ("refund", 77)]


def test_refund_lost_before_the_booking_is_found_not_made(build: Callable[..., Rig]) -> None:
    rig = build(patience=HASTY)
    baseline = rig.first_sale()
    rig.terminal.choose("line_lost_before_booking")

    outcome = rig.transact(Refund(77, "978", baseline))
    rig.terminal.restore_line()
    verdict = rig.ask()

    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, NotCharged)
    assert len(rig.entries()) == 1


def test_busy_and_cancelled_apply_to_every_operation(build: Callable[..., Rig]) -> None:
    rig = build("cancel")

    outcome = rig.transact(Refund(77, "978", NONE))

    assert isinstance(outcome, Aborted)
    assert rig.entries() == ()


def test_reservation_can_be_booked_after_the_end_of_day(build: Callable[..., Rig]) -> None:
    rig = build()
    reservation = _approved(rig, PreAuthorisation(5000, "978", NONE))
    rig.perform(EndOfDay())

    _approved(rig, BookReservation(reservation, 4200, "978", NONE))

    assert rig.perform(OpenReservations()) == ReservationList(())
    assert rig.moved() == 4200
