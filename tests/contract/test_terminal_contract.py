"""One suite for every way to reach a terminal: real engines on both sides, four kinds of lines, all scenarios.

What the register is told must agree with what the terminal's journal holds: that is the whole point.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum

import pytest

from terminal_driver.engine import EngineEvent, Notice, OrphanResult, Progress, SaleRequest
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    LastResult,
    NotStarted,
    Outcome,
    ReceiptKind,
    TerminalInfo,
    TerminalStatus,
    TransactionData,
    Unknown,
)
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import DeviceLine, Transport
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.transports.urls import from_url
from terminal_driver.virtual.journal import Journal, Numbers
from terminal_driver.virtual.panel import Awaiting, PanelState
from terminal_driver.virtual.scenarios import SCENARIOS
from terminal_driver.virtual.terminal import VirtualTerminal
from terminal_driver.zvt.device_engine import DeviceConfig, ZvtDeviceEngine
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import Framing, SerialFraming, TcpFraming
from terminal_driver.zvt.recovery import NotCharged, StillUnknown, judge

DEADLINE_S = 20.0
CONFIG = ZvtConfig(t2_s=0.4, t3_s=0.8, t4_s=1.0)
PATIENT = ZvtConfig(t2_s=5.0, t3_s=10.0, t4_s=60.0)
AMOUNT = 1234


class Kind(StrEnum):
    MEMORY_SERIAL = "memory_serial"
    MEMORY_TCP = "memory_tcp"
    PTY = "pty"
    TCP = "tcp"


@dataclass
class Rig:
    """One terminal and one register on one line; the session is used by its own owner thread only."""

    terminal: VirtualTerminal
    session: TerminalSession
    events: list[EngineEvent] = field(default_factory=list)
    accept: Callable[[TransactionData], bool] = lambda _: True
    owner: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def start_sale(self, amount_minor: int = AMOUNT, baseline: Baseline | None = None) -> "Future[Outcome]":
        request = SaleRequest(amount_minor, "978", baseline or Baseline())
        return self.owner.submit(self.session.sale, request)

    def sale(self, amount_minor: int = AMOUNT, baseline: Baseline | None = None) -> Outcome:
        return self.start_sale(amount_minor, baseline).result(DEADLINE_S)

    def first_sale(self) -> Baseline:
        """Make the sale before the one the test is about, and return its numbers."""
        outcome = self.sale(100)
        assert isinstance(outcome, Approved)
        return Baseline(outcome.data.receipt_no, outcome.data.trace_no, outcome.data.turnover_no)

    def ask(self, baseline: Baseline, amount_minor: int = AMOUNT) -> Approved | Declined | NotCharged | StillUnknown:
        request = SaleRequest(amount_minor, "978", baseline)
        steps: list[str] = []
        asked = self.owner.submit(
            lambda: self.session.ask_outcome(
                request, lambda sale, last: judge(sale, None, last), deadline_s=DEADLINE_S, on_step=steps.append
            )
        )
        verdict = asked.result(DEADLINE_S).verdict
        assert steps
        return verdict

    def booked(self) -> list[int]:
        """Return the amounts the terminal holds as paid."""
        return [entry.amount_minor for entry in self.terminal.journal.entries if not entry.reversed]

    def reversed(self) -> list[int]:
        return [entry.amount_minor for entry in self.terminal.journal.entries if entry.reversed]

    def idle_until(self, arrived: Callable[[], bool]) -> None:
        until = time.monotonic() + DEADLINE_S
        while not arrived() and time.monotonic() < until:
            self.owner.submit(self.session.idle, 0.05).result(DEADLINE_S)
        assert arrived()

    def close(self) -> None:
        self.owner.submit(self.session.close).result(DEADLINE_S)
        self.owner.shutdown()
        self.terminal.stop()
        assert self.terminal.failure is None


def _line(kind: Kind) -> tuple[DeviceLine, Transport, type[SerialFraming | TcpFraming]]:
    match kind:
        case Kind.MEMORY_SERIAL | Kind.MEMORY_TCP:
            cable = MemoryCable()
            framing = SerialFraming if kind is Kind.MEMORY_SERIAL else TcpFraming
            return cable.device_end, cable.register_end, framing
        case Kind.PTY:
            pty = PtyLine()
            return pty, from_url(f"pty:{pty.device_path}"), SerialFraming
        case Kind.TCP:
            listener = TcpListener()
            return listener, from_url(f"tcp:127.0.0.1:{listener.port}"), TcpFraming


def _rig(
    kind: Kind,
    scenario: str,
    *,
    config: ZvtConfig = CONFIG,
    auto_pace: float | None = 0.0,
    accept: Callable[[TransactionData], bool] = lambda _: True,
    first: Numbers | None = None,
) -> Rig:
    line, transport, framing = _line(kind)
    device_framing: Framing = framing()
    device = ZvtDeviceEngine(device_framing, DeviceConfig(t2_s=config.t2_s, t3_s=config.t3_s))
    terminal = VirtualTerminal(
        device,
        line,
        scenario=scenario,
        journal=Journal(first=first or Numbers(41, 500, 900)),
        auto_pace=auto_pace,
        patience_minutes=None,
    )
    events: list[EngineEvent] = []
    session = TerminalSession(ZvtEngine(config, framing(), accept), transport, events.append)
    terminal.start()
    return Rig(terminal, session, events)


@pytest.fixture(params=[pytest.param(kind, marks=[pytest.mark.pty] if kind is Kind.PTY else []) for kind in Kind])
def build(request: pytest.FixtureRequest) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(scenario: str = "approve", **options: object) -> Rig:
        rig = _rig(request.param, scenario, **options)  # type: ignore[arg-type]  # passed on as they are
        made.append(rig)
        return rig

    yield make
    for rig in made:
        rig.close()


def _awaits(what: Awaiting) -> Callable[[PanelState], bool]:
    return lambda panel: panel.awaiting is what


def test_registration_tells_who_the_terminal_is(build: Callable[..., Rig]) -> None:
    rig = build()

    info = rig.owner.submit(rig.session.register).result(DEADLINE_S)

    assert info == TerminalInfo("52500041", "978")
    assert rig.session.registered
    assert rig.terminal.panel().registered


def test_status_is_ready(build: Callable[..., Rig]) -> None:
    rig = build()

    status = rig.owner.submit(rig.session.status).result(DEADLINE_S)

    assert isinstance(status, TerminalStatus)
    assert (status.ready, status.busy, status.code) == (True, False, "00")


def test_approved_sale_is_booked_once_with_its_references_and_receipts(build: Callable[..., Rig]) -> None:
    rig = build()

    outcome = rig.sale()

    assert isinstance(outcome, Approved)
    [entry] = rig.terminal.journal.entries
    assert (outcome.data.amount_minor, outcome.data.currency_numeric) == (AMOUNT, "978")
    assert (outcome.data.receipt_no, outcome.data.trace_no, outcome.data.turnover_no) == (41, 500, 900)
    assert (entry.receipt_no, entry.trace_no, entry.turnover_no, entry.amount_minor) == (41, 500, 900, AMOUNT)
    assert [receipt.kind for receipt in outcome.receipts] == [ReceiptKind.MERCHANT, ReceiptKind.CUSTOMER]
    words = [event.code for event in rig.events if isinstance(event, Progress)]
    assert words == ["insert_card", "enter_pin", "wait_for_host", "approved"]


def test_customer_receipt_shows_the_last_four_digits_only(build: Callable[..., Rig]) -> None:
    rig = build()

    outcome = rig.sale()

    assert isinstance(outcome, Approved)
    merchant, customer = ("\n".join(line.text for line in receipt.lines) for receipt in outcome.receipts)
    assert "672590*********0001" in merchant
    assert "672590" not in customer
    assert "***************0001" in customer
    assert "EUR 12,34" in customer
    assert "Zahlung erfolgt" in customer


def test_second_sale_has_the_next_numbers(build: Callable[..., Rig]) -> None:
    rig = build(first=Numbers(9999, 999_999, 999_999))

    first, second = rig.sale(), rig.sale(5)

    assert isinstance(first, Approved)
    assert isinstance(second, Approved)
    assert (first.data.receipt_no, first.data.trace_no) == (9999, 999_999)
    assert (second.data.receipt_no, second.data.trace_no) == (1, 1)
    assert rig.booked() == [AMOUNT, 5]


def test_declined_sale_is_not_booked(build: Callable[..., Rig]) -> None:
    rig = build("decline")

    outcome = rig.sale()

    assert isinstance(outcome, Declined)
    assert outcome.code == "05"
    assert [receipt.approved for receipt in outcome.receipts] == [False]
    assert rig.terminal.journal.entries == ()


def test_sale_cancelled_by_the_cardholder_is_aborted(build: Callable[..., Rig]) -> None:
    rig = build(auto_pace=None, config=PATIENT)

    running = rig.start_sale()
    assert rig.terminal.wait_for(_awaits(Awaiting.CARD), DEADLINE_S)
    rig.terminal.press_cancel()

    assert isinstance(running.result(DEADLINE_S), Aborted)
    assert rig.terminal.journal.entries == ()


def test_sale_with_card_and_pin_by_hand_is_approved(build: Callable[..., Rig]) -> None:
    rig = build(auto_pace=None, config=PATIENT)

    running = rig.start_sale()
    assert rig.terminal.wait_for(_awaits(Awaiting.CARD), DEADLINE_S)
    rig.terminal.enter_pin()  # not awaited yet: does nothing
    rig.terminal.present_card("Visa")
    assert rig.terminal.wait_for(_awaits(Awaiting.PIN), DEADLINE_S)
    rig.terminal.enter_pin()
    outcome = running.result(DEADLINE_S)

    assert isinstance(outcome, Approved)
    assert (outcome.data.card_name, outcome.data.card_number_masked) == ("Visa", "411111******1111")


@pytest.mark.parametrize("awaited", [Awaiting.CARD, Awaiting.PIN])
def test_sale_aborted_by_the_cashier_ends_and_is_not_booked(build: Callable[..., Rig], awaited: Awaiting) -> None:
    rig = build(auto_pace=None, config=PATIENT)

    running = rig.start_sale()
    assert rig.terminal.wait_for(_awaits(Awaiting.CARD), DEADLINE_S)
    if awaited is Awaiting.PIN:
        rig.terminal.present_card()
        assert rig.terminal.wait_for(_awaits(Awaiting.PIN), DEADLINE_S)
    assert rig.session.request_abort()

    assert isinstance(running.result(DEADLINE_S), Aborted)
    assert rig.terminal.journal.entries == ()


def test_abort_that_comes_too_late_returns_the_approval(build: Callable[..., Rig]) -> None:
    """The cashier turns to cash, but the card was charged already: the register must hear of it."""
    rig = build("late_result", config=PATIENT)

    running = rig.start_sale()
    assert rig.terminal.wait_for(_awaits(Awaiting.RELEASE), DEADLINE_S)
    assert rig.session.request_abort()
    rig.terminal.release_result()

    assert isinstance(running.result(DEADLINE_S), Approved)
    assert rig.booked() == [AMOUNT]


def test_busy_terminal_means_the_sale_was_not_started(build: Callable[..., Rig]) -> None:
    rig = build("busy")

    outcome = rig.sale()

    assert isinstance(outcome, NotStarted)
    assert outcome.code == "terminal_busy"
    assert rig.terminal.journal.entries == ()


@pytest.mark.parametrize(
    "scenario", ["approve_contactless", "slow_cardholder", "wrong_checksum", "split_and_glued", "print_lines"]
)
def test_disturbed_but_good_sale_is_approved_and_booked_once(build: Callable[..., Rig], scenario: str) -> None:
    rig = build(scenario, config=PATIENT)

    outcome = rig.sale()

    assert isinstance(outcome, Approved)
    assert len(outcome.receipts) == 2
    assert [receipt.lines[0].text for receipt in outcome.receipts] == ["Händlerbeleg", "Kundenbeleg"]
    assert rig.booked() == [AMOUNT]
    assert rig.reversed() == []


def test_sale_the_caller_cannot_keep_is_taken_back(build: Callable[..., Rig]) -> None:
    rig = build(accept=lambda data: data.amount_minor != AMOUNT)

    outcome = rig.sale()

    assert isinstance(outcome, Declined | Aborted)
    assert (rig.booked(), rig.reversed()) == ([], [AMOUNT])


def test_approval_of_another_amount_is_taken_back(build: Callable[..., Rig]) -> None:
    rig = build("wrong_amount")

    outcome = rig.sale()

    assert not isinstance(outcome, Approved)
    assert (rig.booked(), rig.reversed()) == ([], [AMOUNT + 100])


@dataclass(frozen=True)
class Break:
    """What a fault leads to: the verdict after the line is back, and what the terminal then holds of this sale."""

    verdict: type[Approved] | type[NotCharged]
    booked: list[int]
    reversed: list[int]


BREAKS = {
    "silence": Break(NotCharged, [], []),
    "line_lost_before_booking": Break(NotCharged, [], []),
    "line_lost_before_status": Break(Approved, [AMOUNT], []),
    "line_lost_after_result": Break(Approved, [AMOUNT], []),
    "line_lost_before_completion": Break(Approved, [AMOUNT], []),
    "line_lost_then_reversed": Break(NotCharged, [], [AMOUNT]),
}


@pytest.mark.parametrize("scenario", BREAKS)
def test_broken_sale_is_unknown_until_the_terminal_has_told(build: Callable[..., Rig], scenario: str) -> None:
    """Only the terminal's own journal decides, and the sale is never sent a second time."""
    rig = build()
    baseline = rig.first_sale()
    rig.terminal.choose(replace(SCENARIOS[scenario], name=scenario))

    outcome = rig.sale(AMOUNT, baseline)
    rig.terminal.restore_line()
    verdict = rig.ask(baseline)

    expected = BREAKS[scenario]
    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, expected.verdict)
    if isinstance(verdict, Approved):
        assert verdict.data.amount_minor == AMOUNT
    assert rig.booked() == [100, *expected.booked]
    assert rig.reversed() == expected.reversed


def test_terminal_that_is_busy_after_the_break_is_asked_until_it_is_ready(build: Callable[..., Rig]) -> None:
    rig = build()
    baseline = rig.first_sale()
    rig.terminal.choose(replace(SCENARIOS["line_lost_then_busy"], busy_answers=1))

    outcome = rig.sale(AMOUNT, baseline)
    rig.terminal.restore_line()
    verdict = rig.ask(baseline)

    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, Approved)
    assert rig.booked() == [100, AMOUNT]


def test_line_that_comes_back_by_itself_is_found_by_asking(build: Callable[..., Rig]) -> None:
    rig = build()
    baseline = rig.first_sale()
    rig.terminal.choose(replace(SCENARIOS["line_lost_before_completion"], line_back_after_s=0.05))

    outcome = rig.sale(AMOUNT, baseline)
    verdict = rig.ask(baseline)

    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, Approved)
    assert rig.booked() == [100, AMOUNT]


def test_result_that_comes_too_late_is_kept_as_an_orphan_and_not_undone(build: Callable[..., Rig]) -> None:
    rig = build()
    baseline = rig.first_sale()
    rig.terminal.choose("late_result")

    outcome = rig.sale(AMOUNT, baseline)
    rig.terminal.release_result()
    rig.idle_until(lambda: any(isinstance(event, OrphanResult) for event in rig.events))
    verdict = rig.ask(baseline)

    assert isinstance(outcome, Unknown)
    [orphan] = [event for event in rig.events if isinstance(event, OrphanResult)]
    assert orphan.data.amount_minor == AMOUNT
    assert isinstance(verdict, Approved)
    assert (rig.booked(), rig.reversed()) == ([100, AMOUNT], [])


def test_last_result_of_a_fresh_terminal_is_none_and_later_the_last_sale(build: Callable[..., Rig]) -> None:
    rig = build()

    before = rig.owner.submit(rig.session.last_result).result(DEADLINE_S)
    rig.sale()
    after = rig.owner.submit(rig.session.last_result).result(DEADLINE_S)

    assert isinstance(before, LastResult)
    assert not before.held
    assert isinstance(after, LastResult)
    assert after.held
    assert (after.data.receipt_no, after.data.amount_minor, after.data.code) == (41, AMOUNT, "00")


def test_line_cut_while_idle_is_no_sale_and_the_next_one_works_after_the_repair(build: Callable[..., Rig]) -> None:
    rig = build()
    baseline = rig.first_sale()
    rig.terminal.cut_line()

    outcome = rig.sale(AMOUNT, baseline)
    rig.terminal.restore_line()
    verdict = rig.ask(baseline)
    again = rig.sale(AMOUNT, baseline)

    # A serial line does not tell that the plug is out: there the sale is unknown until the terminal has been asked.
    assert isinstance(outcome, NotStarted | Unknown)
    assert isinstance(verdict, NotCharged)
    assert isinstance(again, Approved)
    assert rig.booked() == [100, AMOUNT]


def test_a_hanging_terminal_does_not_disturb_another(build: Callable[..., Rig]) -> None:
    hanging, working = build("silence", config=replace(PATIENT, t2_s=1.5, t3_s=4.0)), build(config=PATIENT)

    stuck = hanging.start_sale()
    assert hanging.terminal.wait_for(lambda panel: not panel.line_up, DEADLINE_S)
    outcomes = [working.sale(amount) for amount in (1, 2, 3)]
    still_stuck = not stuck.done()
    hanging.terminal.cut_line()  # only a serial register does not notice and waits for its own deadline

    assert all(isinstance(outcome, Approved) for outcome in outcomes)
    assert working.booked() == [1, 2, 3]
    assert still_stuck
    assert isinstance(stuck.result(DEADLINE_S), Unknown)
    assert hanging.booked() == []


def test_two_terminals_sell_at_the_same_time(build: Callable[..., Rig]) -> None:
    left, right = build(auto_pace=None, config=PATIENT), build(auto_pace=None, config=PATIENT)

    sales = [left.start_sale(10), right.start_sale(20)]
    for rig in (right, left):
        assert rig.terminal.wait_for(_awaits(Awaiting.CARD), DEADLINE_S)
    for rig in (left, right):
        rig.terminal.present_card()
        assert rig.terminal.wait_for(_awaits(Awaiting.PIN), DEADLINE_S)
        rig.terminal.enter_pin()

    assert all(isinstance(sale.result(DEADLINE_S), Approved) for sale in sales)
    assert (left.booked(), right.booked()) == ([10], [20])


def test_panel_tells_listeners_each_change(build: Callable[..., Rig]) -> None:
    rig = build(config=PATIENT)
    seen: list[Awaiting] = []
    idle_again = threading.Event()

    def listen(panel: PanelState) -> None:
        seen.append(panel.awaiting)
        if panel.awaiting is Awaiting.IDLE and len(seen) > 1:
            idle_again.set()

    rig.terminal.on_change(listen)
    rig.sale()

    assert idle_again.wait(DEADLINE_S)
    assert seen[-1] is Awaiting.IDLE
    assert rig.terminal.panel().last == "booked EUR 12,34"


def test_nothing_but_progress_is_reported_on_a_clean_line(build: Callable[..., Rig]) -> None:
    rig = build(config=PATIENT)

    rig.sale()

    assert [event for event in rig.events if isinstance(event, Notice)] == []
