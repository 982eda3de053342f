"""The port of a card terminal as the gateway's lane relies on it.

Every implementation runs the same suite: the driver over a virtual terminal and a real protocol, and the scripted one
that the tests of the lanes use.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Protocol

import pytest

from gateway.adapters.terminal import DriverTerminal
from gateway.domain.cards.payment import AttemptEvent, AttemptOutcome, Evidence, TerminalResult, TransactionNumbers
from gateway.domain.errors import OperationalError
from gateway.domain.money import Currency, Money
from gateway.ports.terminal import SaleOrder, StillUnknown, TerminalDevice, TerminalHeard, TerminalSilent
from terminal_driver.session import TerminalSession
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.virtual.journal import Journal, Numbers
from terminal_driver.virtual.panel import Awaiting
from terminal_driver.virtual.scenarios import SCENARIOS
from terminal_driver.virtual.zvt_terminal import zvt_terminal
from terminal_driver.zvt.device_engine import DeviceConfig, ZvtDeviceEngine
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import TcpFraming
from tests.support.scripted_terminal import Behaviour, ScriptedTerminal

DEADLINE_S = 20.0
EUR = Currency.of("EUR")
_BEHAVIOURS = {
    "approve": Behaviour.APPROVE,
    "decline": Behaviour.DECLINE,
    "by_hand": Behaviour.WAIT_FOR_CARD,
    "lost_after_booking": Behaviour.LOSE_AFTER_BOOKING,
    "lost_before_booking": Behaviour.LOSE_BEFORE_BOOKING,
}
_SCENARIOS = {
    "approve": "approve",
    "decline": "decline",
    "by_hand": "approve",
    "lost_after_booking": "line_lost_before_status",
    "lost_before_booking": "line_lost_before_booking",
}


class Rig(Protocol):
    """A terminal under test and the hand on it."""

    device: TerminalDevice

    def behave(self, name: str) -> None: ...

    def until_card_is_awaited(self) -> None: ...

    def present_card(self) -> None: ...

    def books(self) -> list[int]: ...

    def unplug(self) -> None: ...

    def plug_in(self) -> None: ...

    def close(self) -> None: ...


class ScriptedRig:
    """The scripted terminal."""

    def __init__(self) -> None:
        self._terminal = ScriptedTerminal()
        self.device: TerminalDevice = self._terminal

    def behave(self, name: str) -> None:
        self._terminal.behaviour = _BEHAVIOURS[name]

    def until_card_is_awaited(self) -> None:
        self._terminal.until_commanded(1)

    def present_card(self) -> None:
        self._terminal.present_card()

    def books(self) -> list[int]:
        return [booking.amount_minor for booking in self._terminal.books]

    def unplug(self) -> None:
        self._terminal.reachable = False
        self._terminal.wake()

    def plug_in(self) -> None:
        self._terminal.reachable = True

    def close(self) -> None:
        self._terminal.close()


class DriverRig:
    """The driver, its real protocol, and a virtual terminal at the other end of a cable."""

    def __init__(self) -> None:
        self._cable = MemoryCable()
        self._terminal = zvt_terminal(
            ZvtDeviceEngine(TcpFraming(), DeviceConfig(t2_s=0.4, t3_s=0.8)),
            self._cable.device_end,
            journal=Journal(first=Numbers(41, 541, 900)),
            patience_minutes=None,
            wall=lambda: datetime.now(UTC),
        )
        self._by_hand = False
        self._terminal.start()

        def session(owner: DriverTerminal) -> TerminalSession:
            engine = ZvtEngine(ZvtConfig(t2_s=0.4, t3_s=1.0, t4_s=10.0), TcpFraming(), owner.accept)
            return TerminalSession(engine, self._cable.register_end, owner.on_event)

        self.device: TerminalDevice = DriverTerminal(session, currency_numeric="978", zone=UTC)
        self._cardholder = threading.Thread(target=self._play, daemon=True)
        self._over = threading.Event()
        self._cardholder.start()

    def _play(self) -> None:
        """Present the card and enter the PIN, unless the test does it by hand."""
        while not self._over.is_set():
            self._terminal.wait_for(lambda panel: panel.awaiting is not Awaiting.IDLE or self._over.is_set(), 0.2)
            if not self._by_hand:
                self._terminal.present_card()
            self._terminal.enter_pin()
            self._over.wait(0.01)

    def behave(self, name: str) -> None:
        self._by_hand = name == "by_hand"
        self._terminal.choose(SCENARIOS[_SCENARIOS[name]])

    def until_card_is_awaited(self) -> None:
        assert self._terminal.wait_for(lambda panel: panel.awaiting is Awaiting.CARD, DEADLINE_S)

    def present_card(self) -> None:
        self._terminal.present_card()

    def books(self) -> list[int]:
        return [entry.amount_minor for entry in self._terminal.journal.entries if not entry.reversed]

    def unplug(self) -> None:
        self._cable.cut()

    def plug_in(self) -> None:
        self._terminal.restore_line()
        self._cable.restore()

    def close(self) -> None:
        self._over.set()
        self._cardholder.join(DEADLINE_S)
        self.device.close()
        self._terminal.stop()
        assert self._terminal.failure is None


@pytest.fixture(params=[ScriptedRig, DriverRig])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    made: Rig = request.param()
    yield made
    made.close()


def _order(device: TerminalDevice, minor: int = 500, still_wanted: Callable[[], bool] = lambda: True) -> SaleOrder:
    baseline = device.last_numbers() or TransactionNumbers()
    return SaleOrder(Money(minor, EUR), baseline, datetime.now(UTC), still_wanted)


def _sale(device: TerminalDevice, order: SaleOrder | None = None, *, accept: bool = True) -> AttemptOutcome:
    return device.sale(order or _order(device), lambda _code, _words: None, lambda _result: accept)


def _connected(rig: Rig) -> TerminalHeard:
    heard = rig.device.connect()
    assert isinstance(heard, TerminalHeard)
    return heard


def test_connect_then_ready_and_the_last_numbers_are_known(rig: Rig) -> None:
    heard = _connected(rig)

    assert heard.ready
    assert heard.acquirer_terminal_id == "52500041"
    assert heard.numbers == rig.device.last_numbers() == TransactionNumbers(0, 0, None)


def test_connect_without_a_line_then_silent_with_words(rig: Rig) -> None:
    rig.unplug()

    silent = rig.device.connect()

    assert isinstance(silent, TerminalSilent)
    assert silent.reason_code
    assert silent.words


def test_approved_sale_then_booked_once_and_its_numbers_are_the_last(rig: Rig) -> None:
    _connected(rig)
    steps: list[str] = []

    outcome = rig.device.sale(_order(rig.device), lambda code, _words: steps.append(code), lambda _result: True)

    assert (outcome.event, outcome.evidence) == (AttemptEvent.APPROVE, Evidence.DIALOGUE)
    assert outcome.result.amount_minor == 500
    assert outcome.result.numbers.receipt_no == 41
    assert rig.device.last_numbers() == outcome.result.numbers
    assert steps[0] == "insert_card"
    assert rig.books() == [500]


def test_numbers_rise_from_sale_to_sale(rig: Rig) -> None:
    _connected(rig)

    found = [_sale(rig.device).result.numbers.receipt_no for _ in range(3)]

    assert found == [41, 42, 43]


def test_declined_sale_then_nothing_is_booked(rig: Rig) -> None:
    _connected(rig)
    rig.behave("decline")

    outcome = _sale(rig.device)

    assert (outcome.event, outcome.evidence) == (AttemptEvent.DECLINE, Evidence.DIALOGUE)
    assert rig.books() == []


def test_approval_that_may_not_be_accepted_then_not_approved_and_not_booked(rig: Rig) -> None:
    _connected(rig)

    outcome = _sale(rig.device, accept=False)

    assert outcome.event in {AttemptEvent.DECLINE, AttemptEvent.CANCEL}
    assert rig.books() == []


def test_abort_while_the_card_is_awaited_then_cancelled(rig: Rig) -> None:
    _connected(rig)
    rig.behave("by_hand")
    with ThreadPoolExecutor(1) as owner:
        running: Future[AttemptOutcome] = owner.submit(_sale, rig.device)
        rig.until_card_is_awaited()

        rig.device.request_abort()
        outcome = running.result(DEADLINE_S)

    assert (outcome.event, outcome.evidence) == (AttemptEvent.CANCEL, Evidence.DIALOGUE)
    assert rig.books() == []


def test_abort_without_a_sale_then_the_next_sale_is_not_touched(rig: Rig) -> None:
    _connected(rig)

    rig.device.request_abort()

    assert _sale(rig.device).event is AttemptEvent.APPROVE


def test_sale_no_longer_wanted_at_the_last_moment_then_no_command_leaves(rig: Rig) -> None:
    _connected(rig)

    outcome = _sale(rig.device, _order(rig.device, still_wanted=lambda: False))

    assert (outcome.event, outcome.evidence) == (AttemptEvent.CANCEL, Evidence.NOTHING_SENT)
    assert rig.books() == []


def test_cancel_noted_in_the_very_moment_of_the_question_then_it_reaches_the_sale(rig: Rig) -> None:
    """From the question on, the abort has to reach the sale: asked first, aborted right after."""
    _connected(rig)
    rig.behave("by_hand")

    def asked() -> bool:
        rig.device.request_abort()
        return True

    with ThreadPoolExecutor(1) as owner:
        outcome = owner.submit(_sale, rig.device, _order(rig.device, still_wanted=asked)).result(DEADLINE_S)

    assert outcome.event is AttemptEvent.CANCEL
    assert rig.books() == []


def test_amount_in_another_currency_then_nothing_leaves(rig: Rig) -> None:
    _connected(rig)
    order = SaleOrder(Money(500, Currency.of("USD")), TransactionNumbers(0, 0, None), datetime.now(UTC))

    outcome = _sale(rig.device, order)

    assert (outcome.event, outcome.evidence) == (AttemptEvent.PROVE_NOT_CHARGED, Evidence.NOTHING_SENT)
    assert rig.books() == []


@pytest.mark.parametrize(
    ("break_", "event", "books"),
    [
        ("lost_after_booking", AttemptEvent.APPROVE, [100, 500]),
        ("lost_before_booking", AttemptEvent.PROVE_NOT_CHARGED, [100]),
    ],
)
def test_lost_answer_then_unknown_until_asked_and_the_answer_is_the_journals(
    rig: Rig, break_: str, event: AttemptEvent, books: list[int]
) -> None:
    _connected(rig)
    _sale(rig.device, _order(rig.device, 100))
    rig.behave(break_)
    order = _order(rig.device)

    lost = _sale(rig.device, order)
    rig.plug_in()
    rig.behave("approve")
    found = rig.device.ask_outcome(order, lambda _code, _words: None)

    assert lost.event is AttemptEvent.LOSE_ANSWER
    assert not lost.terminal_heard
    assert isinstance(found, AttemptOutcome)
    assert (found.event, found.evidence) == (event, Evidence.LAST_RESULT)
    assert rig.books() == books


def test_another_amount_than_asked_for_then_undecided_but_heard(rig: Rig) -> None:
    _connected(rig)
    order = _order(rig.device, 700)
    _sale(rig.device, _order(rig.device, 500))

    found = rig.device.ask_outcome(order, lambda _code, _words: None)

    assert isinstance(found, StillUnknown)
    assert found.heard
    assert found.result.amount_minor == 500


def test_wake_ends_idle_early_and_is_not_lost_when_it_comes_first(rig: Rig) -> None:
    _connected(rig)
    rig.device.wake()
    done = threading.Event()

    def idle_twice() -> list[tuple[TerminalResult, ...]]:
        first = rig.device.idle(DEADLINE_S * 10)
        done.set()
        return [first, rig.device.idle(DEADLINE_S * 10)]

    with ThreadPoolExecutor(1) as owner:
        idling = owner.submit(idle_twice)
        assert done.wait(DEADLINE_S)
        rig.device.wake()
        found = idling.result(DEADLINE_S)

    assert found == [(), ()]


def test_line_that_breaks_while_idle_then_told(rig: Rig) -> None:
    _connected(rig)
    rig.unplug()

    with pytest.raises(OperationalError) as refusal:
        rig.device.idle(0.3)

    assert refusal.value.code == "terminal_line_lost"
