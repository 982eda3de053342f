"""Reservations, parts and ends of days as stored, on both databases: ended once, limits held by the tables."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import time

import pytest
from sqlalchemy import create_engine, text

from gateway.adapters.db import engine as engines
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.payment import (
    AttemptState,
    BrandTotal,
    Conversion,
    DayFigures,
    OriginalTransaction,
    PaymentTerms,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.cards.refund import Refund
from gateway.domain.cards.reservation import Hold, HoldStep, ReservationState
from gateway.domain.cards.terminal_day import DayClose, DayState
from gateway.domain.errors import GatewayError, RuleError
from gateway.domain.ids import ReservationId
from tests.support.lane_rig import (
    EUR,
    EVERYBODY,
    REGISTER,
    STORE,
    TENANT,
    TERMINAL,
    LaneNode,
    add_devices,
    approval,
    command,
    render,
    reserve_command,
)
from tests.support.scripted_terminal import ScriptedTerminal

THREADS = 8


@pytest.fixture
def till(storage: SqlStorage) -> Iterator[LaneNode]:
    """The services over a database, with no lane at work: the outcomes are told by the test."""
    add_devices(storage)
    one = LaneNode(storage, ScriptedTerminal())
    yield one
    one.stop()


def _held(till: LaneNode, minor: int = 1000) -> ReservationId:
    reservation_id = till.reserve(minor)
    record = till.held(reservation_id)
    told = approval(minor, 77)
    hold = Hold(record.reservation, HoldStep.RESERVE)
    till.conclude.record(hold, record.made, told, epoch=record.made.epoch, actor="terminal-1")
    return reservation_id


def test_reservation_then_read_as_it_was_written_and_worked_by_the_lane(till: LaneNode) -> None:
    asked = reserve_command(1000, reference="Room 7 \N{BED}")
    till.reserving.begin(EVERYBODY, asked, lambda record: record.reservation.id.bytes)

    record = till.held(asked.reservation_id)
    assert (record.state, record.reservation.amount.minor) == (ReservationState.SENT, 1000)
    assert record.reservation.reference == "Room 7 \N{BED}"
    with till.inner.read() as unit:
        [(movement, attempt)] = unit.payments.open_attempts(TENANT, STORE, TERMINAL)
        [listed] = unit.reservations.recent(TENANT, STORE, limit=5, before=None)
        none = unit.reservations.recent(TENANT, STORE, limit=5, before=asked.reservation_id)
    assert (movement, attempt) == (Hold(record.reservation, HoldStep.RESERVE), record.made)
    assert (listed.reservation, listed.made, none) == (record.reservation, record.made, ())
    assert [(line.sequence, line.kind) for line in record.events] == [(1, "sent")]


def test_reservation_when_asked_for_again_then_answered_as_before(till: LaneNode) -> None:
    asked = reserve_command(1000)
    first, replayed = till.reserving.begin(EVERYBODY, asked, lambda _: b"first")

    again, replayed_again = till.reserving.begin(EVERYBODY, asked, lambda _: b"second")

    assert (replayed, replayed_again) == (False, True)
    assert again == first


def test_cancel_and_ask_then_each_is_a_line_in_the_journal_of_the_reservation(till: LaneNode) -> None:
    reservation_id = till.reserve(1000)

    till.settle_reservation.cancel(EVERYBODY, reservation_id)

    assert [line.kind for line in till.held(reservation_id).events] == ["sent", "cancel_requested"]


def test_completions_at_once_then_one_charges_and_the_others_are_told_why(till: LaneNode) -> None:
    reservation_id = _held(till)

    def attempt(number: int) -> str:
        try:
            if number % 2:
                till.complete(reservation_id, 100 + number)
            else:
                till.release(reservation_id, str(number))
        except GatewayError as error:
            return error.code
        return "stored"

    with ThreadPoolExecutor(THREADS) as pool:
        found = Counter(pool.map(attempt, range(THREADS)))

    assert found["stored"] == 1
    assert set(found) <= {"stored", "reservation_ended", "reservation_busy", "terminal_busy"}
    assert till.held(reservation_id).state is ReservationState.SENT


def test_completion_then_the_payment_knows_what_it_charges(till: LaneNode) -> None:
    reservation_id = _held(till)

    payment_id = till.complete(reservation_id, 600)

    attempt = till.attempt(payment_id)
    assert (attempt.reservation_id, attempt.original) == (
        reservation_id,
        OriginalTransaction(77, 577, till.held(reservation_id).made.id.hex),
    )
    assert till.settle(payment_id, approval(600, 78)) is AttemptState.APPROVED
    assert till.held(reservation_id).state is ReservationState.COMPLETED
    assert (till.pending(), till.taken()) == (0, 600)


def test_terms_and_results_then_nothing_of_them_is_lost(till: LaneNode) -> None:
    asked = command(1200, terms=PaymentTerms(tip_minor=200, allow_partial=True))
    till.take.begin(EVERYBODY, asked, render)
    told = approval(1200)
    conversion = Conversion(1299, "840", "1.0825", "3.5", "I chose to pay in US dollars")
    result = TerminalResult(
        amount_minor=1200, numbers=TransactionNumbers(41, 541, None), tip_minor=200, conversion=conversion
    )

    till.settle(asked.payment_id, told.__class__(told.event, told.evidence, told.reason_code, told.reason, result))

    record = till.load(asked.payment_id)
    assert record.payment.terms == PaymentTerms(200, allow_partial=True)
    assert record.attempts[-1].result == result


@pytest.mark.parametrize(("minor", "fits"), [(500, True), (501, False)])
def test_refund_of_a_part_then_the_tables_themselves_hold_the_limit(
    till: LaneNode, migrated_url: str, minor: int, *, fits: bool
) -> None:
    asked = command(1000, terms=PaymentTerms(allow_partial=True))
    till.take.begin(EVERYBODY, asked, render)
    till.settle(asked.payment_id, approval(500))
    refund_id = till.refund(asked.payment_id, 1)
    attempt = till.refund_attempt(refund_id)
    refund = till.read_refunds.get(EVERYBODY, refund_id).refund
    assert isinstance(refund, Refund)
    engine = create_engine(engines.database_url(migrated_url))

    def written_past_the_store() -> None:
        copied = "tenant_id, store_id, {id}, payment_id, attempt_id, register_id, terminal_id, {amount}, currency, way"
        names = copied.format(id="refund_id", amount="amount_minor")
        values = copied.format(id=":id", amount=":amount").replace("attempt_id", ":attempt")
        rest = ", original, reason, created_at, created_by, trace_id"
        with engine.begin() as connection:
            kind = "CHAR(32)" if connection.dialect.name == "sqlite" else "UUID"
            connection.execute(
                text(
                    f"INSERT INTO refund ({names}{rest}) SELECT "  # noqa: S608 - names of this test
                    f"{values.replace(':id', f'CAST(:id AS {kind})').replace(':attempt', f'CAST(:attempt AS {kind})')}"
                    f"{rest} FROM refund"
                ),
                {"id": uuid.uuid4().hex, "attempt": new_attempt.hex, "amount": minor - 1},
            )

    till.conclude.record(refund, attempt, approval(1, 90), epoch=attempt.epoch, actor="terminal-1")
    new_attempt = uuid.uuid4()
    with engine.begin() as connection:
        kind = "CHAR(32)" if connection.dialect.name == "sqlite" else "UUID"
        columns = "terminal_id, epoch, blocks_terminal, sent_at, last_sequence, purpose"
        connection.execute(
            text(
                "INSERT INTO attempt (tenant_id, store_id, attempt_id, payment_id, number, state, "  # noqa: S608
                f"{columns}) SELECT tenant_id, store_id, CAST(:id AS {kind}), payment_id, 9, 'sent', {columns}"
                " FROM attempt WHERE purpose = 'refund'"
            ),
            {"id": new_attempt.hex},
        )
    if fits:
        written_past_the_store()
    else:
        with pytest.raises(Exception, match="refund_within_payment"):
            written_past_the_store()
    engine.dispose()


def test_day_then_read_as_it_was_written_and_scheduled_once(till: LaneNode) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        begun = list(pool.map(lambda _: till.days.by_clock((TENANT, STORE), REGISTER, TERMINAL, time.min), range(8)))
    assert sum(begun) == 1
    [record] = till.days.of_terminal(EVERYBODY, TERMINAL)
    figures = DayFigures(1700, "978", 1, 9, (BrandTotal("visa", 2, 1700), BrandTotal("girocard", 1, 0)))
    told = approval(1)

    with till.inner.read() as unit:
        [(movement, attempt)] = unit.payments.open_attempts(TENANT, STORE, TERMINAL)
    assert isinstance(movement, DayClose)
    assert (movement, attempt) == (record.close, record.attempt)
    result = TerminalResult(day=figures)
    outcome = told.__class__(told.event, told.evidence, "day_closed", "The terminal closed its day.", result)
    till.conclude.record(movement, attempt, outcome, epoch=attempt.epoch, actor="terminal-1")

    [stored] = till.days.of_terminal(EVERYBODY, TERMINAL)
    assert (stored.state, stored.attempt.result) == (DayState.CLOSED, result)
    assert till.posted() == 0


def test_terminal_with_an_open_reservation_then_it_takes_nothing_else(till: LaneNode) -> None:
    till.reserve(1000)

    for other in (lambda: till.begin(500), lambda: till.reserve(EUR.exponent * 100), till.end_day):
        with pytest.raises(RuleError) as refused:
            other()
        assert refused.value.code == "terminal_busy"
