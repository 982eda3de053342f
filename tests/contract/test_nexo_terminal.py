"""Terminals that speak nexo: what the register is told agrees with what the terminal's journal holds."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from terminal_driver.engine import Notice, OrphanResult
from terminal_driver.errors import TransportError
from terminal_driver.operations import (
    BookReservation,
    CancelReservation,
    DayTotals,
    Diagnosis,
    DisplayText,
    Done,
    EndOfDay,
    LogOff,
    MoneyOperation,
    PreAuthorisation,
    Refund,
    RepeatReceipt,
    Reversal,
    SchemeTotal,
    Totals,
    TransactionReference,
)
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    LastResult,
    NotCharged,
    NotStarted,
    Outcome,
    StillUnknown,
    TerminalInfo,
    TerminalStatus,
    Unknown,
)
from terminal_driver.protocols import (
    EngineOptions,
    LineKind,
    ProtocolName,
    SimulatorOptions,
    build_engine,
    build_simulator,
)
from terminal_driver.session import TerminalSession
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.transports.urls import from_url
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.panel import Awaiting
from terminal_driver.virtual.scenarios import SCENARIOS
from tests.support.nexo_rig import HASTY_S, KINDS, NexoRig, nexo_rigs, sale
from tests.support.session_rig import DEADLINE_S


@pytest.fixture(params=KINDS)
def build(request: pytest.FixtureRequest) -> Iterator[Callable[..., NexoRig]]:
    with nexo_rigs(request.param) as make:
        yield make


def _named(outcome: Outcome) -> TransactionReference:
    assert isinstance(outcome, Approved)
    return TransactionReference(
        terminal_reference=outcome.data.terminal_reference or "", made_at=outcome.data.made_at or ""
    )


def test_registration_and_status_tell_who_and_how_the_terminal_is(build: Callable[..., NexoRig]) -> None:
    rig = build()

    info = rig.owner.submit(rig.session.register).result(DEADLINE_S)
    status = rig.owner.submit(rig.session.status).result(DEADLINE_S)

    assert info == TerminalInfo("POI-0815", None)
    assert status == TerminalStatus(True, False, "OK", "ready")
    assert rig.terminal.panel().registered


def test_approved_sale_is_booked_once_with_its_references(build: Callable[..., NexoRig]) -> None:
    rig, request = build(), sale()

    outcome = rig.transact(request)

    assert isinstance(outcome, Approved)
    [entry] = rig.terminal.journal.entries
    assert (entry.amount_minor, entry.reference) == (1234, request.reference)
    assert (outcome.data.amount_minor, outcome.data.currency_numeric) == (1234, "978")
    assert outcome.data.terminal_reference == f"{entry.trace_no:06d}"
    assert outcome.data.card_number_masked == entry.card_masked
    assert [receipt.lines[0].text for receipt in outcome.receipts] == ["Händlerbeleg", "Kundenbeleg"]
    assert [event for event in rig.events if isinstance(event, Notice)] == []


@pytest.mark.parametrize(
    ("scenario", "kind"), [("decline", Declined), ("cancel", Aborted), ("busy", NotStarted), ("approve", Approved)]
)
def test_end_of_a_sale_agrees_with_the_journal(
    build: Callable[..., NexoRig], scenario: str, kind: type[Outcome]
) -> None:
    rig = build(scenario)

    outcome = rig.transact(sale())

    assert type(outcome) is kind
    assert rig.booked() == ([("sale", 1234)] if kind is Approved else [])


def test_every_operation_that_moves_money_is_booked_as_what_it_is(build: Callable[..., NexoRig]) -> None:
    rig = build()

    def done(operation: MoneyOperation, name: str) -> TransactionReference:
        return _named(rig.transact(replace(operation, reference=name)))

    sold = done(sale(), "a")
    done(Reversal(sold, 1234, "978", Baseline()), "b")
    done(Refund(500, "978", Baseline()), "c")
    reserved = done(PreAuthorisation(9000, "978", Baseline()), "d")
    done(BookReservation(reserved, 8000, "978", Baseline()), "e")
    given_up = done(PreAuthorisation(700, "978", Baseline()), "f")
    done(CancelReservation(given_up, 700, "978", Baseline()), "g")

    assert rig.booked() == [
        ("sale", 1234),
        ("reversal", 1234),
        ("refund", 500),
        ("reservation", 9000),
        ("completion", 8000),
        ("reservation", 700),
        ("cancellation", 700),
    ]
    again = rig.transact(Reversal(sold, 1234, "978", Baseline(), "h"))
    assert isinstance(again, Declined)
    stranger = TransactionReference(terminal_reference="999999", made_at="2026-01-01T00:00:00+00:00")
    assert isinstance(rig.transact(Reversal(stranger, 1234, "978", Baseline(), "i")), Declined)
    assert len(rig.terminal.journal.entries) == 7


def test_day_is_read_and_closed(build: Callable[..., NexoRig]) -> None:
    rig = build()
    rig.transact(sale(1000))
    rig.transact(Refund(300, "978", Baseline(), "refund"))

    between, closed, after = rig.perform(Totals()), rig.perform(EndOfDay()), rig.perform(Totals())

    expected = DayTotals(sum_minor=700, currency_numeric="978", schemes=(SchemeTotal("girocard", 2, 700),))
    assert between == closed == expected
    assert after == DayTotals(currency_numeric="978")


def test_quiet_operations_are_answered(build: Callable[..., NexoRig]) -> None:
    rig = build()
    rig.transact(sale())

    assert rig.perform(Diagnosis()) == Done("1")
    assert rig.perform(DisplayText(("Guten Tag",))) == Done()
    last = rig.perform(RepeatReceipt())
    assert isinstance(last, LastResult)
    assert len(last.receipts) == 2
    assert rig.perform(LogOff()) == Done()
    assert rig.terminal.wait_for(lambda panel: not panel.registered, DEADLINE_S)


def test_sale_after_the_terminal_forgot_the_login_registers_again(build: Callable[..., NexoRig]) -> None:
    rig = build()
    rig.transact(sale())
    rig.perform(LogOff())

    refused = rig.transact(sale())
    again = rig.transact(sale())

    assert isinstance(refused, NotStarted | Approved)  # the session may register again by itself after a log-off
    assert isinstance(again, Approved)


@pytest.mark.parametrize("awaited", [Awaiting.CARD, Awaiting.PIN])
def test_sale_stopped_by_the_cashier_is_aborted(build: Callable[..., NexoRig], awaited: Awaiting) -> None:
    rig = build(auto_pace=None)
    running = rig.start(sale())
    assert rig.terminal.wait_for(lambda panel: panel.awaiting is Awaiting.CARD, DEADLINE_S)
    if awaited is Awaiting.PIN:
        rig.terminal.present_card()
        assert rig.terminal.wait_for(lambda panel: panel.awaiting is Awaiting.PIN, DEADLINE_S)

    assert rig.session.request_abort()

    assert isinstance(running.result(DEADLINE_S), Aborted)
    assert rig.booked() == []


def test_abort_that_comes_too_late_returns_the_approval(build: Callable[..., NexoRig]) -> None:
    rig = build("late_result")
    running = rig.start(sale())
    assert rig.terminal.wait_for(lambda panel: panel.awaiting is Awaiting.RELEASE, DEADLINE_S)

    assert rig.session.request_abort()
    rig.terminal.release_result()

    assert isinstance(running.result(DEADLINE_S), Approved)
    assert rig.booked() == [("sale", 1234)]


BREAKS = {
    "silence": (NotCharged, []),
    "line_lost_before_booking": (NotCharged, []),
    "line_lost_before_status": (Approved, [("sale", 1234)]),
    "mute_after_booking": (Approved, [("sale", 1234)]),
}


@pytest.mark.parametrize("scenario", BREAKS)
def test_broken_sale_is_unknown_until_the_terminal_has_told(build: Callable[..., NexoRig], scenario: str) -> None:
    rig, request = build(scenario, timeout_s=HASTY_S), sale()

    outcome = rig.transact(request)
    rig.terminal.restore_line()
    verdict = rig.ask_about(request)

    expected, booked = BREAKS[scenario]
    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, expected)
    assert rig.booked() == booked


@pytest.mark.parametrize(
    "scenario", ["line_lost_after_result", "line_lost_before_completion", "line_lost_then_reversed"]
)
def test_answer_that_left_before_the_line_broke_is_never_taken_back(
    build: Callable[..., NexoRig], scenario: str
) -> None:
    """Nobody acknowledges an answer: told or not, the terminal holds the sale, and says so when asked."""
    rig, request = build(scenario, timeout_s=HASTY_S), sale()

    outcome = rig.transact(request)
    assert rig.terminal.wait_for(lambda panel: not panel.line_up, DEADLINE_S)
    rig.terminal.restore_line()

    assert isinstance(outcome, Approved | Unknown)
    assert isinstance(rig.ask_about(request), Approved)
    assert rig.booked() == [("sale", 1234)]


def test_terminal_that_is_busy_after_the_break_is_asked_until_it_is_ready(build: Callable[..., NexoRig]) -> None:
    rig, request = build(replace(SCENARIOS["line_lost_then_busy"], busy_answers=1), timeout_s=HASTY_S), sale()

    outcome = rig.transact(request)
    rig.terminal.restore_line()

    assert isinstance(outcome, Unknown)
    assert isinstance(rig.ask_about(request), Approved)


def test_result_that_comes_too_late_is_an_orphan_and_the_question_finds_it(build: Callable[..., NexoRig]) -> None:
    rig, request = build("late_result", timeout_s=HASTY_S), sale()

    outcome = rig.transact(request)
    rig.terminal.release_result()
    rig.idle_until(lambda: any(isinstance(event, OrphanResult) for event in rig.events))

    assert isinstance(outcome, Unknown)
    [orphan] = [event for event in rig.events if isinstance(event, OrphanResult)]
    assert (orphan.data.reference, orphan.data.amount_minor) == (request.reference, 1234)
    assert isinstance(rig.ask_about(request), Approved)
    assert rig.booked() == [("sale", 1234)]


@pytest.mark.parametrize(("scenario", "booked"), [("wrong_amount", 1334), ("partial_approval", 617), ("tip", 1334)])
def test_another_amount_than_asked_for_is_left_to_a_person(
    build: Callable[..., NexoRig], scenario: str, booked: int
) -> None:
    rig, request = build(scenario), sale()

    outcome = rig.transact(request)
    verdict = rig.ask_about(request)

    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, StillUnknown)
    assert outcome.data.amount_minor == verdict.data.amount_minor == booked
    assert rig.booked() == [("sale", booked)]


def test_part_the_register_can_take_is_approved(build: Callable[..., NexoRig]) -> None:
    rig = build("partial_approval")

    outcome = rig.transact(replace(sale(), partial_allowed=True))

    assert isinstance(outcome, Approved)
    assert outcome.data.amount_minor == 617


def test_approval_the_register_could_not_keep_is_found_again(build: Callable[..., NexoRig]) -> None:
    rig, request = build(accept=lambda _data: False), sale()

    outcome = rig.transact(request)

    assert isinstance(outcome, Unknown)
    assert outcome.code == "not_accepted"
    assert isinstance(rig.ask_about(request), Approved)
    assert rig.booked() == [("sale", 1234)]


def test_register_that_was_restarted_asks_a_terminal_that_was_restarted(
    build: Callable[..., NexoRig], tmp_path: Path
) -> None:
    """Both forgot everything but what is written down: the operation here, the journal there."""
    request = sale()
    before = build("line_lost_before_status", timeout_s=HASTY_S, journal=Journal(tmp_path / "journal"))
    assert isinstance(before.transact(request), Unknown)
    before.close()

    after = build(timeout_s=HASTY_S, journal=Journal(tmp_path / "journal"))

    assert isinstance(after.ask_about(request), Approved)
    assert isinstance(after.ask_about(sale()), NotCharged)
    assert after.booked() == [("sale", 1234)]


def test_disturbed_stream_is_read_all_the_same(build: Callable[..., NexoRig]) -> None:
    rig = build("split_and_glued")

    outcome = rig.transact(sale())

    assert isinstance(outcome, Approved)
    assert len(outcome.receipts) == 2


def test_connection_that_cannot_be_read_is_ended_and_the_next_one_served() -> None:
    """A stream that is no nexo, from whoever found the port, must not keep the till from its terminal."""
    listener = TcpListener()
    options = SimulatorOptions(auto_pace=0.0)
    with build_simulator(ProtocolName.NEXO, listener, LineKind.TCP, options) as terminal:
        with socket.create_connection(("127.0.0.1", listener.port), DEADLINE_S) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert stranger.recv(1) == b""
        engine = build_engine(ProtocolName.NEXO, LineKind.TCP, EngineOptions(), lambda _data: True)
        session = TerminalSession(engine, from_url(f"tcp:127.0.0.1:{listener.port}"), lambda _event: None)
        outcome = session.transact(sale())
        session.close()

        assert isinstance(outcome, Approved)
        assert terminal.panel().line_up


def test_register_that_sends_what_cannot_be_read_loses_its_line_and_may_come_again() -> None:
    cable = MemoryCable()
    with build_simulator(ProtocolName.NEXO, cable.device_end, LineKind.TCP, SimulatorOptions(auto_pace=0.0)):
        cable.register_end.open()
        cable.register_end.write(b"\xff\xff\xff\xff", DEADLINE_S)
        with pytest.raises(TransportError, match="broke"):
            cable.register_end.read(1, DEADLINE_S)
        cable.register_end.close()
        engine = build_engine(ProtocolName.NEXO, LineKind.TCP, EngineOptions(), lambda _data: True)
        session = TerminalSession(engine, cable.register_end, lambda _event: None)
        outcome = session.transact(sale())
        session.close()

    assert isinstance(outcome, Approved)


def test_a_hanging_terminal_does_not_disturb_another(build: Callable[..., NexoRig]) -> None:
    hanging, working = build("silence"), build()
    stuck = hanging.start(sale())
    assert hanging.terminal.wait_for(lambda panel: not panel.line_up, DEADLINE_S)

    outcomes = [working.transact(sale(amount)) for amount in (1, 2, 3)]
    still_stuck = not stuck.done()
    hanging.terminal.cut_line()

    assert all(isinstance(outcome, Approved) for outcome in outcomes)
    assert still_stuck
    assert isinstance(stuck.result(DEADLINE_S), Unknown)


def test_day_that_has_to_be_closed_first_refuses_until_it_is(build: Callable[..., NexoRig]) -> None:
    rig = build("end_of_day_pending")

    refused = rig.transact(sale())
    rig.perform(EndOfDay())
    sold = rig.transact(sale())

    assert isinstance(refused, NotStarted)
    assert isinstance(sold, Approved)
