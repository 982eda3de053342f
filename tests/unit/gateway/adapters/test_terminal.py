"""Driver words become gateway words: every outcome with its event and evidence, nothing taken for more than it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.adapters.terminal import CANNOT_TELL, DriverTerminal, outcome_of, result_of
from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptOutcome,
    EftLine,
    EftReceipt,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.errors import OperationalError
from gateway.domain.money import Currency, Money
from gateway.ports.terminal import SaleOrder, StillUnknown, TerminalHeard, TerminalSilent
from terminal_driver.dialogue_pump import COMMAND_LIMIT_S
from terminal_driver.engine import OrphanResult, Progress
from terminal_driver.operations import MoneyOperation
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Declined,
    LastResult,
    NoAnswer,
    NotStarted,
    Outcome,
    ReceiptKind,
    ReceiptLine,
    TerminalInfo,
    TerminalReceipt,
    TerminalStatus,
    TransactionData,
    Unknown,
)
from terminal_driver.session import TerminalSession
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import TcpFraming

EUR = Currency.of("EUR")
DATA = TransactionData(
    code="00",
    amount_minor=1234,
    currency_numeric="978",
    trace_no=500,
    receipt_no=41,
    turnover_no=900,
    terminal_id="52500041",
    authorisation="123456",
    card_name="Visa",
    card_number_masked="411111******1111",
    date_mmdd="0302",
    time_hhmmss="120000",
    text="thank you",
)
PAPERS = (TerminalReceipt(ReceiptKind.CUSTOMER, (ReceiptLine("paid", centred=True, indent=3),)),)


@pytest.mark.parametrize(
    ("said", "event", "evidence", "code", "heard"),
    [
        (Approved(DATA, PAPERS), AttemptEvent.APPROVE, Evidence.DIALOGUE, "approved", True),
        (Declined("6E", "card blocked", DATA, PAPERS), AttemptEvent.DECLINE, Evidence.DIALOGUE, "declined_6e", True),
        (Aborted("6C", "cancelled", DATA, PAPERS), AttemptEvent.CANCEL, Evidence.DIALOGUE, "cancelled_6c", True),
        (
            NotStarted("aborted_by_cashier", "stopped"),
            AttemptEvent.CANCEL,
            Evidence.NOTHING_SENT,
            "cancelled_before_start",
            True,
        ),
        (
            NotStarted("port_missing", "no such port"),
            AttemptEvent.PROVE_NOT_CHARGED,
            Evidence.NOTHING_SENT,
            "port_missing",
            True,
        ),
        (
            Unknown("line_lost", "cable out", DATA, PAPERS),
            AttemptEvent.LOSE_ANSWER,
            Evidence.DIALOGUE,
            "line_lost",
            False,
        ),
    ],
)
def test_every_outcome_of_the_driver_has_its_words(
    said: Outcome, event: AttemptEvent, evidence: Evidence, code: str, *, heard: bool
) -> None:
    found = outcome_of(said)

    assert (found.event, found.evidence, found.reason_code, found.terminal_heard) == (event, evidence, code, heard)
    assert found.reason
    known = not isinstance(said, NotStarted)
    assert found.result == (result_of(DATA, PAPERS) if known else TerminalResult())


def test_result_keeps_every_figure_and_the_layout_of_the_paper() -> None:
    found = result_of(DATA, PAPERS)

    assert found == TerminalResult(
        amount_minor=1234,
        numbers=TransactionNumbers(41, 500, 900),
        code="00",
        acquirer_terminal_id="52500041",
        authorisation="123456",
        card_name="Visa",
        card_masked="411111******1111",
        text="thank you",
        date_mmdd="0302",
        time_hhmmss="120000",
        receipts=(EftReceipt("customer", (EftLine("   paid", centred=True),)),),
    )


class _Session(TerminalSession):
    """A session whose answers are given; no line is opened."""

    def __init__(self, info: TerminalInfo | NoAnswer, last: LastResult | NoAnswer) -> None:
        super().__init__(ZvtEngine(ZvtConfig(), TcpFraming(), lambda _data: True), _NoLine(), lambda _event: None)
        self._info, self._last = info, last

    def register(self) -> TerminalInfo | NoAnswer:
        return self._info

    def status(self, silence_s: float | None = None, limit_s: float = COMMAND_LIMIT_S) -> TerminalStatus | NoAnswer:
        del silence_s, limit_s
        return TerminalStatus(ready=True, busy=False, code="00", words="ready")

    def last_result(self, about: MoneyOperation | None = None) -> LastResult | NoAnswer:
        del about
        return self._last

    def idle(self, timeout_s: float) -> None:
        self._pump.registered = timeout_s > 0


class _NoLine:
    """A line nobody may touch."""

    holds_line = True
    description = "no line"

    def open(self) -> None:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        pytest.fail(f"read {max_bytes} {timeout_s}")

    def write(self, data: bytes, deadline_s: float) -> None:
        pytest.fail(f"wrote {data!r} {deadline_s}")

    def wake(self) -> None:
        raise AssertionError


INFO = TerminalInfo("52500041", "978")


def _terminal(info: TerminalInfo | NoAnswer = INFO, last: LastResult | NoAnswer | None = None) -> DriverTerminal:
    answer = last or LastResult(held=True, data=DATA)
    return DriverTerminal(lambda _owner: _Session(info, answer), currency_numeric="978", zone=UTC)


def _order(minor: int = 1234, currency: Currency = EUR, receipt_no: int | None = 40) -> SaleOrder:
    return SaleOrder(
        Money(minor, currency), TransactionNumbers(receipt_no, None, None), datetime(2026, 3, 2, 12, tzinfo=UTC)
    )


def test_connect_tells_the_last_numbers() -> None:
    heard = _terminal().connect()

    assert heard == TerminalHeard("52500041", True, "Ready.", TransactionNumbers(41, 500, 900))


def test_connect_to_a_fresh_terminal_then_it_holds_nothing() -> None:
    heard = _terminal(last=LastResult(held=False)).connect()

    assert isinstance(heard, TerminalHeard)
    assert heard.numbers == TransactionNumbers(0, 0, None)


def test_connect_to_a_terminal_that_wants_something_then_it_is_said() -> None:
    heard = _terminal(TerminalInfo("52500041", "978", ("diagnosis",))).connect()

    assert isinstance(heard, TerminalHeard)
    assert not heard.ready
    assert "diagnosis" in heard.words


def test_connect_to_a_silent_terminal_then_words_that_help() -> None:
    silent = _terminal(NoAnswer("no_answer", "nothing came back")).connect()

    assert isinstance(silent, TerminalSilent)
    assert silent.reason_code == "no_answer"
    assert "cable" in silent.words


def test_amount_in_another_currency_then_no_byte_is_sent() -> None:
    """The line of this terminal fails the test when it is touched."""
    outcome = _terminal().sale(_order(1234, Currency.of("USD")), lambda _code, _words: None, lambda _result: True)

    assert (outcome.event, outcome.evidence) == (AttemptEvent.PROVE_NOT_CHARGED, Evidence.NOTHING_SENT)
    assert outcome.reason_code == "currency_not_taken"


@pytest.mark.parametrize(
    ("last", "event"),
    [
        (LastResult(held=True, data=DATA), AttemptEvent.APPROVE),
        (LastResult(held=False), None),
        (LastResult(held=True, data=TransactionData(code="05", receipt_no=41)), AttemptEvent.DECLINE),
        (LastResult(held=True, data=TransactionData(code="00", receipt_no=40)), AttemptEvent.PROVE_NOT_CHARGED),
    ],
)
def test_last_result_is_judged_against_the_baseline(last: LastResult, event: AttemptEvent | None) -> None:
    found = _terminal(last=last).ask_outcome(_order(), lambda _code, _words: None)

    if event is None:
        assert isinstance(found, StillUnknown)
        assert found.heard
    else:
        assert isinstance(found, AttemptOutcome)
        assert (found.event, found.evidence) == (event, Evidence.LAST_RESULT)


@pytest.mark.parametrize("code", sorted(CANNOT_TELL))
def test_terminal_that_answers_but_does_not_tell_then_heard(code: str) -> None:
    """A terminal without the command for its last receipt must not stay closed for ever."""
    found = _terminal(last=NoAnswer(code, "cannot")).ask_outcome(_order(), lambda _code, _words: None)

    assert isinstance(found, StillUnknown)
    assert (found.heard, found.reason_code) == (True, "no_decision")


@pytest.mark.parametrize("code", ["no_answer", "line_lost", "terminal_busy", "no_time"])
def test_terminal_that_does_not_answer_then_not_heard(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.adapters.terminal.ASK_LIMIT_S", 0.2)  # a busy terminal is asked again for so long

    found = _terminal(last=NoAnswer(code, "nothing")).ask_outcome(_order(), lambda _code, _words: None)

    assert isinstance(found, StillUnknown)
    assert (found.heard, found.reason_code) == (False, "terminal_silent")


def test_stray_result_then_handed_over_once_and_its_numbers_are_the_newest() -> None:
    terminal = _terminal(last=LastResult(held=False))
    terminal.connect()
    terminal.on_event(OrphanResult(DATA))

    first, second = terminal.idle(0.1), terminal.idle(0.1)

    assert (first, second) == ((result_of(DATA, ()),), ())
    assert terminal.last_numbers() == TransactionNumbers(41, 500, 900)


def test_line_that_broke_while_a_stray_came_then_the_stray_first() -> None:
    terminal = _terminal()
    terminal.on_event(OrphanResult(DATA))

    assert terminal.idle(0) == (result_of(DATA, ()),)
    with pytest.raises(OperationalError):
        terminal.idle(0)


def test_events_outside_a_sale_are_harmless() -> None:
    terminal = _terminal()

    terminal.on_event(Progress("insert_card", "Insert card"))

    assert terminal.accept(DATA)


def test_result_code_of_another_protocol_then_its_word_is_another() -> None:
    refusal = Declined("05", "refused")

    assert outcome_of(refusal).reason_code == "declined_05"
    assert outcome_of(refusal, "caisse_ap_").reason_code == "declined_caisse_ap_05"


class _Listening(_Session):
    """A session that notes what it is asked to carry out."""

    def __init__(self) -> None:
        super().__init__(INFO, LastResult(held=True, data=DATA))
        self.asked: list[MoneyOperation] = []

    def transact(self, operation: MoneyOperation, still_wanted: Callable[[], bool] = lambda: True) -> Outcome:
        assert still_wanted()
        self.asked.append(operation)
        return Approved(DATA)


def test_sale_then_the_terminal_hears_the_attempts_own_name() -> None:
    session = _Listening()
    terminal = DriverTerminal(lambda _owner: session, currency_numeric="978", zone=UTC)

    terminal.sale(replace(_order(), reference="0" * 32), lambda _code, _words: None, lambda _result: True)

    assert [operation.reference for operation in session.asked] == ["0" * 32]
