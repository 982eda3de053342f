"""The register side of a sale over TCP, message by message, with the bytes as they stand on the wire."""

import pytest

from terminal_driver.engine import EngineEvent, Finished, Notice, OrphanResult, Progress, SaleRequest
from terminal_driver.errors import LocalProtocolError
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    NotStarted,
    ReceiptKind,
    TerminalInfo,
    TerminalStatus,
    TransactionData,
    Unknown,
)
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import TcpFraming
from terminal_driver.zvt.status_codes import Language

REQUEST = SaleRequest(1200, "978", Baseline(receipt_no=7, trace_no=7, turnover_no=7))
COMMAND = "06010a04000000001200490978"
DONE = "060f00"


class Register:
    """An engine with a clock, spoken to in hexadecimal."""

    def __init__(self, *, accept: bool = True, config: ZvtConfig | None = None) -> None:
        self.asked: list[TransactionData] = []
        self._accept = accept
        self.engine = ZvtEngine(config or ZvtConfig(), TcpFraming(), self._asked)
        self.now = 100.0

    def _asked(self, data: TransactionData) -> bool:
        self.asked.append(data)
        return self._accept

    def hear(self, hexadecimal: str) -> str:
        return self.engine.receive(bytes.fromhex(hexadecimal), self.now).hex()

    def sale(self) -> None:
        assert self.engine.start_sale(REQUEST, self.now).hex() == COMMAND
        assert self.hear("800000") == ""

    def events(self) -> list[EngineEvent]:
        found: list[EngineEvent] = []
        while (event := self.engine.next_event()) is not None:
            found.append(event)
        return found

    def result(self) -> object:
        ends = [event.result for event in self.events() if isinstance(event, Finished)]
        assert len(ends) == 1
        return ends[0]


def _length(hexadecimal: str) -> str:
    """Put the right length byte into control field + data."""
    data = hexadecimal.replace(" ", "")
    return data[:4] + f"{len(data) // 2 - 2:02x}" + data[4:]


GOOD = _length("040f 2700 04000000001200 490978 870008 0b000008 88000008 1970")


def test_sale_when_result_and_completion_then_approved_with_data() -> None:
    register = Register()
    register.sale()

    assert register.hear("04ff010a") == "800000"
    assert register.hear(GOOD) == "800000"
    assert register.hear(_length("06d1 00 48414c4c4f")) == "800000"
    assert register.hear(DONE) == "800000"

    events = register.events()
    assert events[0] == Progress("insert_card", "insert or present the card")
    end = events[-1]
    assert isinstance(end, Finished)
    assert isinstance(end.result, Approved)
    assert end.result.data.amount_minor == 1200
    assert (end.result.data.receipt_no, end.result.data.trace_no, end.result.data.turnover_no) == (8, 8, 8)
    assert end.result.receipts[0].kind is ReceiptKind.CUSTOMER
    assert end.result.receipts[0].lines[0].text == "HALLO"
    assert not register.engine.busy
    assert register.engine.deadline() is None


def test_sale_when_completion_without_result_then_unknown() -> None:
    register = Register()
    register.sale()
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, Unknown)
    assert result.code == "completed_without_result"


def test_sale_when_result_without_code_then_never_approved() -> None:
    register = Register()
    register.sale()
    register.hear(_length("040f 04000000001200"))
    register.hear(DONE)

    assert isinstance(register.result(), Unknown)


@pytest.mark.parametrize(
    "message",
    [
        _length("040f 2700 04000000001201 490978 870008"),
        _length("040f 2700 04000000001100 490978 870008"),
        _length("040f 2700 04000000001200 490840 870008"),
    ],
    ids=["larger amount", "smaller amount", "other currency"],
)
def test_sale_when_approval_is_not_what_was_asked_then_refused(message: str) -> None:
    register = Register()
    register.sale()

    assert register.hear(message) == "849a00"
    assert register.hear("061e016c") == "800000"

    result = register.result()
    assert isinstance(result, Declined)
    assert "taken back" in result.reason
    assert register.asked == []


def test_sale_when_register_cannot_store_then_refused_and_declined() -> None:
    register = Register(accept=False)
    register.sale()

    assert register.hear(GOOD) == "84a000"
    register.hear("061e0164")

    assert isinstance(register.result(), Declined)
    assert len(register.asked) == 1


@pytest.mark.parametrize("end", ["061e019a", "061e019b", "061e01a1", "061e01a3", "061e00", DONE])
def test_sale_when_refused_approval_and_reversal_unproven_then_unknown(end: str) -> None:
    register = Register(accept=False)
    register.sale()
    register.hear(GOOD)
    register.hear(end)

    assert isinstance(register.result(), Unknown)


@pytest.mark.parametrize("code", ["9a", "9b", "a1", "a3", "6c", "05", "00"])
def test_sale_when_abort_follows_acknowledged_approval_then_unknown_with_data(code: str) -> None:
    register = Register()
    register.sale()
    register.hear(GOOD)
    register.hear(f"061e01{code}")

    result = register.result()
    assert isinstance(result, Unknown)
    assert result.data.receipt_no == 8


def test_sale_when_declined_by_host_then_declined_with_text_of_terminal() -> None:
    register = Register()
    register.sale()
    register.hear(_length("040f 2705 3cf0f0f9 4142474c45484e54 21"))
    register.hear("061e0105")

    result = register.result()
    assert isinstance(result, Declined)
    assert (result.code, result.reason) == ("05", "ABGLEHNT!")


def test_sale_when_cancelled_or_timed_out_then_aborted() -> None:
    register = Register(config=ZvtConfig(language=Language.GERMAN))
    register.sale()
    register.hear(_length("040f 276c"))
    register.hear("061e016c")

    result = register.result()
    assert isinstance(result, Aborted)
    assert (result.code, result.reason) == ("6C", "Zeit abgelaufen oder abgebrochen")


def test_sale_when_wrong_pin_then_approved_then_last_result_counts() -> None:
    register = Register()
    register.sale()
    register.hear(_length("040f 2755"))
    register.hear(GOOD)
    register.hear(DONE)

    assert isinstance(register.result(), Approved)


def test_sale_when_approved_then_declined_then_last_result_counts() -> None:
    register = Register()
    register.sale()
    register.hear(GOOD)
    register.hear(_length("040f 2755"))
    register.hear("061e0155")

    assert isinstance(register.result(), Declined)


def test_sale_when_result_is_repeated_then_asked_once() -> None:
    register = Register()
    register.sale()

    assert register.hear(GOOD) == register.hear(GOOD) == "800000"

    assert len(register.asked) == 1


def test_sale_when_result_carries_numbers_of_the_last_sale_then_orphan() -> None:
    """A result that was under way when the line broke must not pay for the next sale."""
    register = Register()
    register.sale()
    old = _length("040f 2700 04000000001200 870007 0b000007 88000007")

    assert register.hear(old) == "800000"
    register.hear(DONE)

    events = register.events()
    assert any(isinstance(event, OrphanResult) and event.data.receipt_no == 7 for event in events)
    end = events[-1]
    assert isinstance(end, Finished)
    assert isinstance(end.result, Unknown)


def test_sale_when_result_comes_before_the_command_is_accepted_then_orphan() -> None:
    register = Register()
    register.engine.start_sale(REQUEST, register.now)

    assert register.hear(GOOD) == "800000"

    (event,) = register.events()
    assert isinstance(event, OrphanResult)
    assert register.engine.busy


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("849c00", "terminal_busy"),
        ("846b00", "not_registered"),
        ("84f000", "end_of_day_needed"),
        ("841e017d", "refused"),
    ],
)
def test_sale_when_command_is_refused_then_not_started(answer: str, code: str) -> None:
    register = Register()
    register.engine.start_sale(REQUEST, register.now)
    register.hear(answer)

    result = register.result()
    assert isinstance(result, NotStarted)
    assert result.code == code


def test_sale_when_84_00_then_started() -> None:
    register = Register()
    register.engine.start_sale(REQUEST, register.now)
    register.hear("840000")

    assert register.engine.busy
    assert register.events() == []


def test_sale_when_no_answer_within_t3_then_unknown_and_never_sent_again() -> None:
    register = Register()
    register.engine.start_sale(REQUEST, register.now)
    assert register.engine.deadline() == 105.0

    assert register.engine.expire(105.0) == b""

    result = register.result()
    assert isinstance(result, Unknown)
    assert result.code == "no_answer"


def test_sale_when_status_sets_minutes_then_t4_follows() -> None:
    register = Register()
    register.sale()
    assert register.engine.deadline() == 280.0
    register.now = 200.0
    register.hear("04ff020e05")
    assert register.engine.deadline() == 500.0
    register.now = 300.0
    register.hear("04ff010e")
    assert register.engine.deadline() == 600.0
    register.now = 310.0
    register.hear(GOOD)
    assert register.engine.deadline() == 610.0

    register.engine.expire(610.0)

    result = register.result()
    assert isinstance(result, Unknown)
    assert (result.code, result.data.code) == ("no_completion", "00")


def test_sale_when_line_lost_then_unknown_and_late_messages_are_answered() -> None:
    register = Register()
    register.sale()
    register.engine.line_lost(register.now)
    result = register.result()
    assert isinstance(result, Unknown)

    assert register.hear(GOOD) == "800000"
    assert register.hear(_length("06d1 00 4142")) == "800000"
    assert register.hear(DONE) == "800000"

    orphan, *notices = register.events()
    assert isinstance(orphan, OrphanResult)
    assert orphan.data.receipt_no == 8
    assert {event.code for event in notices if isinstance(event, Notice)} == {"stray_print", "late_end"}


def test_result_when_no_call_and_unreadable_then_still_no_error_to_the_terminal() -> None:
    register = Register()

    assert register.hear(_length("040f 2700 6c")) == "800000"

    assert any(isinstance(event, OrphanResult) for event in register.events())


def test_sale_when_result_unreadable_then_refused_and_not_approved() -> None:
    register = Register()
    register.sale()

    assert register.hear(_length("040f 2700 04000000001200 6c")) == "848300"
    register.hear(DONE)

    assert isinstance(register.result(), Unknown)


def test_sale_when_print_block_then_receipts_by_kind() -> None:
    register = Register()
    register.sale()
    register.hear(GOOD)
    merchant = "06d3" + "14" + "0612" + "1f070101" + "250c" + "070141" + "090140" + "07024243" + "0700"
    assert register.hear(merchant) == "800000"
    assert register.hear(DONE) == "800000"

    result = register.result()
    assert isinstance(result, Approved)
    (receipt,) = result.receipts
    assert receipt.kind is ReceiptKind.MERCHANT
    assert [(line.text, line.centred) for line in receipt.lines] == [("A", False), ("BC", True), ("", True)]


def test_sale_when_lines_without_kind_then_merchant_copy_before_customer_copy() -> None:
    register = Register()
    register.sale()
    register.hear(GOOD)
    for line in ("06d1020041", "06d10181", "06d1020042", "06d1028143", DONE):
        register.hear(line)

    result = register.result()
    assert isinstance(result, Approved)
    assert [(r.kind, [line.text for line in r.lines]) for r in result.receipts] == [
        (ReceiptKind.MERCHANT, ["A"]),
        (ReceiptKind.CUSTOMER, ["B", "C"]),
    ]


def test_abort_when_sale_runs_then_sent_and_sale_ends_by_itself() -> None:
    register = Register()
    register.sale()

    assert register.engine.request_abort(register.now).hex() == "06b000"
    register.hear("800000")
    register.hear("061e0164")

    result = register.events()[-1]
    assert isinstance(result, Finished)
    assert isinstance(result.result, Aborted)


def test_abort_when_too_late_then_sale_is_approved() -> None:
    register = Register()
    register.sale()
    register.engine.request_abort(register.now)
    register.hear("848300")
    register.hear(GOOD)
    register.hear(DONE)

    events = register.events()
    assert events[0] == Notice("abort_refused", "function not possible")
    assert isinstance(events[-1], Finished)
    assert isinstance(events[-1].result, Approved)


def test_abort_when_command_is_not_accepted_yet_then_sent_after_it() -> None:
    register = Register()
    register.engine.start_sale(REQUEST, register.now)

    assert register.engine.request_abort(register.now) == b""
    assert register.hear("800000") == "06b000"


def test_abort_when_nothing_runs_then_our_fault() -> None:
    with pytest.raises(LocalProtocolError, match="no command"):
        Register().engine.request_abort(0.0)


@pytest.mark.parametrize("request_", [SaleRequest(0, "978", Baseline()), SaleRequest(10**12, "978", Baseline())])
def test_sale_when_amount_impossible_then_refused_and_nothing_changes(request_: SaleRequest) -> None:
    register = Register()
    with pytest.raises(LocalProtocolError):
        register.engine.start_sale(request_, 0.0)
    assert not register.engine.busy
    register.sale()
    with pytest.raises(LocalProtocolError):
        register.engine.start_status(0.0)
    assert register.engine.busy


def test_registration_when_completed_then_terminal_id_and_needs() -> None:
    register = Register()

    sent = register.engine.start_registration(register.now).hex()
    register.hear("800000")
    register.hear(_length("060f 1903 2929001006 490978"))

    assert sent == "06000e0000008e0978060626040a0206d3"
    assert register.result() == TerminalInfo("29001006", "978", ("initialisation", "diagnosis"))


def test_status_when_answered_then_shape_of_status_and_late_end_of_a_sale_passed_over() -> None:
    register = Register()
    assert register.engine.start_status(register.now).hex() == "050103000000"
    register.hear("800000")

    assert register.hear(DONE) == "800000"
    assert register.engine.busy
    register.hear("060f019c")

    end = register.events()[-1]
    assert isinstance(end, Finished)
    assert end.result == TerminalStatus(ready=False, busy=True, code="9C", words="busy, please wait")


def test_last_result_when_status_sent_then_held() -> None:
    register = Register()
    assert register.engine.start_last_result(register.now).hex() == "0620050000000303"
    register.hear("800000")
    register.hear(GOOD)
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, LastResult)
    assert result.held
    assert result.data.receipt_no == 8
    assert register.asked == []


@pytest.mark.parametrize("answers", [["848300"], ["800000", "061e0183"], ["800000", DONE]])
def test_last_result_when_no_status_information_then_no_answer(answers: list[str]) -> None:
    register = Register()
    register.engine.start_last_result(register.now)
    for answer in answers:
        register.hear(answer)

    assert isinstance(register.result(), NoAnswer)


def test_last_result_when_receipt_number_ffff_then_none_held() -> None:
    register = Register()
    register.engine.start_last_result(register.now)
    register.hear("800000")
    register.hear(_length("040f 87ffff"))
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, LastResult)
    assert not result.held


def test_message_when_not_offered_then_refused_with_83() -> None:
    register = Register()
    register.sale()

    assert register.hear("06e400") == "848300"
    assert register.hear("040108aa2611190c120000") == "800000"


def test_line_when_apdu_stays_incomplete_then_line_error() -> None:
    register = Register()
    register.sale()
    register.hear("04ff02")
    assert register.engine.deadline() == 105.0

    register.engine.expire(105.0)

    events = register.events()
    assert isinstance(events[0], Finished)
    assert isinstance(events[0].result, Unknown)
    assert any(isinstance(event, Notice) and event.code == "line_error" for event in events)


def test_messages_when_card_data_inside_then_nothing_of_it_comes_out() -> None:
    """C1: number, expiry, tracks, verification value and their EMV twins."""
    register = Register()
    register.sale()
    track_2 = "4111111111111111d30121010000000f"
    answer = register.hear(
        _length(
            "040f 2700 04000000001200 22f0f84111111111111111 0e3012 23f1f6" + track_2 + " 3a123f"
            " 3cf0f1f6 34313131313131313131313131313131"
            " 06 22 57 10" + track_2 + " 5a 08 4111111111111111 5f24 03 301231"
        )
    )
    assert answer == "800000"
    register.hear(_length("06d1 00 504144 34313131313131313131313131313131"))
    register.hear(DONE)

    events = register.events()
    assert isinstance(events[-1], Finished)
    assert isinstance(events[-1].result, Approved)
    text = repr(events)
    assert "4111111111111111" not in text
    assert "3012" not in text
    assert "411111******1111" in text
