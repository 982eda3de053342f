"""Messages of the terminal: totals, open reservations, cards, and what it asks of the register."""

import pytest

from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import SchemeTotal
from terminal_driver.outcome import TransactionData
from terminal_driver.zvt.apdu import Apdu, decode_apdu
from terminal_driver.zvt.day_totals import SCHEMES, SchemeTotals, read_totals, write_totals
from terminal_driver.zvt.messages import (
    AbortMessage,
    Acknowledgement,
    Completion,
    StatusInformation,
    decode_message,
    encode_abort,
    encode_completion,
    encode_status_information,
)
from terminal_driver.zvt.requests import (
    BlockedCardQuestion,
    ClockMessage,
    InputRequest,
    Menu,
    MenuEntry,
    Request,
    SignatureCheck,
    encode_request,
)
from tests.support.zvt_register import with_length

TOTALS = SchemeTotals(199, 203, (SchemeTotal("girocard", 5, 6000), SchemeTotal("visa", 1, 100)))


def _read(hexadecimal: str, running: int | None = None) -> object:
    return decode_message(decode_apdu(bytes.fromhex(with_length(hexadecimal))), running)


def test_totals_when_written_then_read_the_same() -> None:
    assert read_totals(write_totals(TOTALS)) == TOTALS
    assert len(write_totals(TOTALS)) == 53


def test_totals_when_each_scheme_has_a_row_then_kept_apart() -> None:
    rows = tuple(SchemeTotal(scheme, at + 1, 100 * at + 1) for at, scheme in enumerate(SCHEMES))

    assert read_totals(write_totals(SchemeTotals(1, 9999, rows))) == SchemeTotals(1, 9999, rows)


def test_totals_when_size_is_another_then_not_guessed() -> None:
    assert read_totals(write_totals(TOTALS)[:-1]) is None


@pytest.mark.parametrize("row", [SchemeTotal("elo", 1, 1), SchemeTotal("visa", 256, 1), SchemeTotal("visa", 1, 10**12)])
def test_totals_when_they_do_not_fit_then_our_fault(row: SchemeTotal) -> None:
    with pytest.raises(LocalProtocolError):
        write_totals(SchemeTotals(1, 2, (row,)))


def test_status_information_when_everything_is_said_then_read_as_written() -> None:
    status = StatusInformation(
        TransactionData(code="00", amount_minor=1200, original_trace_no=17, tip_minor=150),
        totals=TOTALS,
        remaining_minor=-1250,
        uid="04A1B2C3",
        token="D0CAFE",
        synchronisation=b"\x00\x09",
    )

    apdu = encode_status_information(status, tlv=True)

    assert decode_message(apdu, None) == status
    assert "D0CAFE" not in repr(status)


def test_status_information_when_register_knows_no_tlv_then_no_container() -> None:
    apdu = encode_status_information(StatusInformation(TransactionData(code="00"), uid="04A1", synchronisation=b"\x01"))

    assert apdu.data.hex() == "2700"


@pytest.mark.parametrize(
    ("data", "reservations"),
    [
        ("061e b8 87ffff", ()),
        ("061e b8 870123", (123,)),
        ("061e b8 06 0a 23 08 08020123 08024567", (123, 4567)),
        ("061e b8 870123 06 0a 23 08 08020123 08024567", (123, 4567)),
        ("061e b8", None),
    ],
)
def test_abort_when_it_names_open_reservations_then_read(data: str, reservations: tuple[int, ...] | None) -> None:
    assert _read(data) == AbortMessage(0xB8, None, reservations)


@pytest.mark.parametrize("numbers", [(), (123,), (123, 4567)])
def test_abort_when_written_with_reservations_then_read_the_same(numbers: tuple[int, ...]) -> None:
    assert decode_message(encode_abort(0xB8, numbers, tlv=True), None) == AbortMessage(0xB8, None, numbers)
    assert decode_message(encode_abort(0xB8, numbers), None) == AbortMessage(0xB8, None, numbers[:1])


def test_abort_when_register_has_a_fault_then_words_of_the_terminal() -> None:
    assert _read("061e ff 06 07 1f17 04 44454645") == AbortMessage(0xFF, "DEFE")


def test_completion_when_it_announces_own_work_then_code_and_words() -> None:
    assert _read("060f 27e0", 0x0650) == Completion(code=0xE0)
    completion = Completion(code=0xFC, text="Neustart", terminal_id="52500041")
    assert decode_message(encode_completion(completion), 0x0650) == completion


def test_acknowledgement_when_it_carries_data_then_kept_and_not_shown() -> None:
    answer = decode_message(Apdu(0x8000, b"12"), 0x06E2)

    assert answer == Acknowledgement(accepted=True, data=b"12")
    assert "12" not in repr(answer)
    assert Acknowledgement(accepted=False, code=0x9D, data=b"\x04").encode() == Apdu(0x849D, b"\x04")


@pytest.mark.parametrize(
    "request_",
    [
        ClockMessage("240513", "122900"),
        Menu((MenuEntry("Debit", b"\x01"), MenuEntry("Kredit", b"\x02")), ("Wählen",)),
        InputRequest(("Kilometer", "stand"), 1, 60),
        InputRequest(),
        SignatureCheck(("Unterschrift?",), (MenuEntry("Ja", b"\x01"), MenuEntry("Nein", b"\x00")), b"\x07"),
        SignatureCheck(("ok?",)),
        BlockedCardQuestion(TransactionData(card_name="girocard", card_type_id=5)),
    ],
)
def test_request_when_written_by_the_terminal_then_read_the_same(request_: Request) -> None:
    assert decode_message(encode_request(request_), None) == request_


def test_menu_when_it_has_only_lines_then_each_is_an_entry() -> None:
    assert _read("040e 06 08 2b 06 070141 070142") == Menu((MenuEntry("A", b"\x01"), MenuEntry("B", b"\x02")))


def test_blocked_card_question_when_it_carries_a_number_then_masked() -> None:
    question = _read("06e4 22f0f8 4111111111111111 0e3012")

    assert isinstance(question, BlockedCardQuestion)
    assert question.card.card_number_masked == "411111******1111"
    assert "3012" not in repr(question)
