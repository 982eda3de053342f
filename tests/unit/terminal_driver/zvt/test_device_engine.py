"""The terminal side, alone and against the register side over both kinds of line."""

from dataclasses import replace

import pytest

from terminal_driver.engine import Notice, Progress
from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Approved, Baseline, Declined, LastResult, TerminalInfo, TerminalStatus, Unknown
from terminal_driver.zvt.device_engine import DeviceConfig, ZvtDeviceEngine
from terminal_driver.zvt.device_events import (
    AbortRequested,
    Acknowledged,
    AcknowledgementMissing,
    CommandReceived,
    DeviceEvent,
    LogOffRequested,
    SaleRequested,
    StatusAsked,
)
from terminal_driver.zvt.engine import ZvtConfig
from terminal_driver.zvt.framing import TcpFraming
from terminal_driver.zvt.state import DialogueState
from tests.support.zvt_wire import APPROVAL, RECEIPT, Wire, declining

REQUEST = SaleRequest(1200, "978", Baseline(receipt_no=7, trace_no=7, turnover_no=7))
SALE = bytes.fromhex("06010a04000000001200490978")


def _events(device: ZvtDeviceEngine) -> list[DeviceEvent]:
    found: list[DeviceEvent] = []
    while (event := device.next_event()) is not None:
        found.append(event)
    return found


@pytest.fixture
def device() -> ZvtDeviceEngine:
    return ZvtDeviceEngine(TcpFraming())


@pytest.fixture
def selling(device: ZvtDeviceEngine) -> ZvtDeviceEngine:
    device.receive(SALE, 0.0)
    device.accept(0.0)
    _events(device)
    return device


@pytest.fixture(params=[True, False], ids=["serial", "tcp"])
def wire(request: pytest.FixtureRequest) -> Wire:
    return Wire(serial=request.param)


def test_pair_when_registered_and_sold_then_approved_with_receipt_and_masked_number(wire: Wire) -> None:
    info = wire.run(wire.register.start_registration(wire.now))
    result = wire.run(wire.register.start_operation(REQUEST, wire.now))

    assert info == TerminalInfo("52500041", "978", ())
    assert result == Approved(APPROVAL, (RECEIPT,))
    assert Progress("insert_card", "insert or present the card") in wire.seen
    assert wire.device.state is DialogueState.IDLE


def test_pair_when_print_by_lines_then_same_receipt_text(wire: Wire) -> None:
    wire.terminal.sale_steps[2] = lambda device, now: device.send_print(RECEIPT, now, as_block=False)

    result = wire.run(wire.register.start_operation(REQUEST, wire.now))

    assert isinstance(result, Approved)
    assert result.receipts[0].lines == RECEIPT.lines


def test_pair_when_declined_then_declined(wire: Wire) -> None:
    wire.terminal.sale_steps = declining(0x05)

    result = wire.run(wire.register.start_operation(REQUEST, wire.now))

    assert isinstance(result, Declined)
    assert (result.code, result.reason) == ("05", "abgelehnt")


@pytest.mark.parametrize("serial", [True, False])
def test_pair_when_register_does_not_accept_then_terminal_is_told(*, serial: bool) -> None:
    wire = Wire(serial=serial, accept=lambda _data: False)

    result = wire.run(wire.register.start_operation(REQUEST, wire.now))

    assert isinstance(result, Declined)
    assert wire.terminal.refused == [0xA0]


def test_pair_when_status_and_last_result_asked_then_told(wire: Wire) -> None:
    wire.terminal.held = APPROVAL
    status = wire.run(wire.register.start_status(wire.now))
    last = wire.run(wire.register.start_last_result(wire.now))
    wire.terminal.held = None
    nothing = wire.run(wire.register.start_last_result(wire.now))

    assert status == TerminalStatus(ready=True, busy=False, code="00", words="ready")
    assert last == LastResult(held=True, data=APPROVAL)
    assert isinstance(nothing, LastResult)
    assert not nothing.held


def test_pair_when_line_lost_before_completion_then_unknown_and_late_result_is_an_orphan(wire: Wire) -> None:
    engine = wire.register
    wire.terminal.sale_steps = wire.terminal.sale_steps[:2]
    sent = engine.start_operation(REQUEST, wire.now)
    wire.device.receive(sent, wire.now)
    engine.line_lost(wire.now)
    wire.device.line_lost(wire.now)

    event = engine.next_event()
    late = wire.device.send_status_information(APPROVAL, wire.now)
    answer = engine.receive(late, wire.now)

    assert isinstance(getattr(event, "result", None), Unknown)
    assert getattr(engine.next_event(), "data", None) == APPROVAL
    wire.device.receive(answer, wire.now)
    assert wire.device.state is DialogueState.IDLE


def test_device_when_sale_comes_then_told_and_answered_on_demand(device: ZvtDeviceEngine) -> None:
    assert device.receive(SALE, 0.0) == b""
    assert _events(device) == [CommandReceived(SaleRequested(1200, "978", None))]

    assert device.receive(SALE, 0.5) == b""  # repeated while unanswered: nothing new
    assert _events(device) == []
    assert device.accept(1.0).hex() == "800000"
    assert device.state is DialogueState.TERMINAL_MASTER


def test_device_when_refused_then_idle(device: ZvtDeviceEngine) -> None:
    device.receive(SALE, 0.0)
    assert device.refuse(0x9C, 0.0).hex() == "849c00"
    assert device.state is DialogueState.IDLE


def test_device_when_second_command_while_selling_then_busy(selling: ZvtDeviceEngine) -> None:
    assert selling.receive(SALE, 1.0).hex() == "849c00"


def test_device_when_unknown_or_unreadable_command_then_refused(device: ZvtDeviceEngine) -> None:
    assert device.receive(bytes.fromhex("0fa1020001"), 0.0).hex() == "848300"
    assert device.receive(bytes.fromhex("0601016c"), 0.0).hex() == "848300"
    assert device.receive(bytes.fromhex("060100"), 0.0).hex() == "848300"
    assert all(isinstance(event, Notice) for event in _events(device))


def test_device_when_message_is_open_then_next_one_is_our_fault(selling: ZvtDeviceEngine) -> None:
    selling.send_intermediate(0x0A, None, 1.0)
    with pytest.raises(LocalProtocolError):
        selling.complete(1.0)
    selling.receive(bytes.fromhex("800000"), 1.0)

    assert selling.complete(1.0).hex() == "060f00"


def test_device_when_answer_refuses_then_code_is_told(selling: ZvtDeviceEngine) -> None:
    selling.send_status_information(APPROVAL, 1.0)
    selling.receive(bytes.fromhex("84a000"), 1.0)

    assert _events(selling) == [Acknowledged(0x040F, accepted=False, code=0xA0)]


def test_device_when_line_is_refused_then_the_others_are_not_printed(selling: ZvtDeviceEngine) -> None:
    selling.send_print(RECEIPT, 1.0)  # nothing was offered, so lines

    assert selling.receive(bytes.fromhex("84cc00"), 1.0) == b""
    assert _events(selling) == [Acknowledged(0x06D1, accepted=False, code=0xCC)]


def test_device_when_answer_does_not_come_then_told_and_idle(selling: ZvtDeviceEngine) -> None:
    selling.send_status_information(APPROVAL, 1.0)
    assert selling.deadline() == 6.0

    selling.expire(6.0)

    assert _events(selling) == [AcknowledgementMissing(0x040F)]
    assert selling.state is DialogueState.IDLE


def test_device_when_status_asked_during_sale_then_busy_beside_it(selling: ZvtDeviceEngine) -> None:
    """Seen on the wire: the terminal answers 9C and goes on with the sale."""
    selling.receive(bytes.fromhex("050103000000"), 1.0)
    assert _events(selling) == [CommandReceived(StatusAsked(with_version=True))]

    assert selling.answer_status(0x9C, 1.0).hex() == "800000" + "060f019c"
    assert selling.receive(bytes.fromhex("800000"), 1.0) == b""
    assert _events(selling) == []
    assert selling.send_intermediate(0x0E, 5, 2.0).hex() == "04ff020e05"


def test_device_when_abort_comes_then_answered_as_decided(selling: ZvtDeviceEngine) -> None:
    assert selling.receive(bytes.fromhex("06b000"), 1.0) == b""
    assert _events(selling) == [CommandReceived(AbortRequested())]
    assert selling.accept(1.0).hex() == "800000"
    assert selling.abort(0x6C, 1.0).hex() == "061e016c"


def test_device_when_log_off_accepted_then_idle(device: ZvtDeviceEngine) -> None:
    device.receive(bytes.fromhex("060200"), 0.0)
    assert _events(device) == [CommandReceived(LogOffRequested())]
    device.accept(0.0)
    assert device.state is DialogueState.IDLE


def test_device_when_nothing_waits_then_answering_is_our_fault(device: ZvtDeviceEngine) -> None:
    with pytest.raises(LocalProtocolError):
        device.accept(0.0)


def test_pair_when_terminal_answers_another_amount_then_taken_back(wire: Wire) -> None:
    other = replace(APPROVAL, amount_minor=1300)
    wire.terminal.sale_steps[1] = lambda device, now: device.send_status_information(other, now)

    result = wire.run(wire.register.start_operation(REQUEST, wire.now))

    assert isinstance(result, Declined)
    assert wire.terminal.refused == [0x9A]


def test_settings_when_given_then_used() -> None:
    wire = Wire(serial=False, config=ZvtConfig(t3_s=1.0), device_config=DeviceConfig(terminal_id="00000007"))

    assert wire.run(wire.register.start_registration(0.0)) == TerminalInfo("00000007", "978", ())
    wire.register.start_status(10.0)
    assert wire.register.deadline() == 11.0
