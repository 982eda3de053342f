"""Every command of the register: written, read by the terminal as it was meant, and written the same again."""

import pytest

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.outcome import ReceiptKind, ReceiptLine
from terminal_driver.zvt import commands
from terminal_driver.zvt.apdu import decode_apdu
from terminal_driver.zvt.commands import Command, Offers, decode_command
from terminal_driver.zvt.messages import PrintJob
from terminal_driver.zvt.text import CharacterSet
from tests.support.zvt_register import with_length

PASSWORD = "123456"

EXAMPLES: list[tuple[Command, str]] = [
    (commands.Registration(PASSWORD, 0x8E, "978"), "0600 123456 8e 0978 0600"),
    (commands.Registration(PASSWORD, 0x8E, "978", 2, tlv=False), "0600 123456 8e 0978 0302"),
    (commands.Registration(PASSWORD, 0xBA, tlv=False), "0600 123456 ba"),
    (commands.LogOff(), "0602"),
    (commands.Sale(1200), "0601 04000000001200"),
    (commands.Sale(1200, "978", 0x40), "0601 04000000001200 490978 1940"),
    (
        commands.Sale(1350, "978", tip_minor=150, partial_allowed=True),
        "0601 04000000001350 490978 060d 1f3606000000000150 1f700101",
    ),
    (commands.Sale(3300, delivery_timeout_s=30, status_requests_max=10), "0601 04000000003300 011e 020a"),
    (commands.Refund(PASSWORD, 500, "978"), "0631 123456 04000000000500 490978"),
    (commands.Reversal(PASSWORD, 8, 1200, "978"), "0630 123456 870008 04000000001200 490978"),
    (
        commands.PreAuthorisation(2500, "978", 0x40, reservation_kind=2),
        "0622 04000000002500 490978 1940 0604 1f060102",
    ),
    (commands.PartialReversal(231, 400, "978"), "0623 870231 04000000000400 490978"),
    (
        commands.BookTotal(231, 2100, "978", trace_no=975, authorisation="750071"),
        "0624 870231 04000000002100 490978 0b000975 3b3735303037310000",
    ),
    (commands.CancelReservation(231, currency_numeric="978", payment_type=0x40), "0625 870231 490978 1940"),
    (commands.OpenReservationsEnquiry(), "0623 87ffff"),
    (
        commands.ForeignReservationReversal(2500, "978", 975, "750071", 3),
        "0626 04000000002500 490978 0b000975 3b3735303037310000 0604 1f060103",
    ),
    (commands.BookTip(8, 150, "978"), "060c 04000000000150 870008 490978"),
    (
        commands.TelephoneAuthorisation(PASSWORD, 100, "978", "AB12"),
        "0621 123456 04000000000100 490978 3b4142313200000000",
    ),
    (commands.Procurement(1000, "978"), "0605 04000000001000 490978"),
    (commands.BalanceEnquiry(), "0603"),
    (commands.Totals(PASSWORD), "0610 123456"),
    (commands.EndOfDay(PASSWORD), "0650 123456"),
    (commands.SendOffline(PASSWORD), "0651 123456"),
    (commands.Initialisation(PASSWORD), "0693 123456"),
    (commands.Diagnosis(), "0670"),
    (commands.Diagnosis(2), "0670 0603 1b0102"),
    (commands.SetClock(PASSWORD, "240513", "122900"), "0691 123456 aa240513 0c122900"),
    (commands.SetTerminalId(PASSWORD, "52500041"), "061b 123456 2952500041"),
    (commands.ChangePassword(PASSWORD, "654321"), "0695 123456 654321"),
    (commands.Reprint(PASSWORD, 3), "0612 123456 0003"),
    (commands.Reprint(PASSWORD, 3, 9), "0612 123456 0003 0009"),
    (commands.RepeatReceipt(PASSWORD), "0620 123456 0303"),
    (commands.RepeatReceipt(PASSWORD, None, (1, None, 3)), "0620 123456 0608 1f010101 1f030103"),
    (commands.RestartTerminal(), "0618"),
    (commands.PrintConfiguration(), "061a"),
    (commands.SelfTest(), "0679"),
    (commands.AbortByRegister(), "06b0"),
    (commands.StatusEnquiry(), "0501"),
    (commands.StatusEnquiry(PASSWORD, 7), "0501 123456 0307"),
    (commands.ReadCard(1, token_wanted=0xD0), "06c0 01 0604 1f1501d0"),
    (commands.ReadCard(30, 2, 1, technologies=7), "06c0 1e 1902 fc01 0604 1f600107"),
    (commands.DisplayText(("Hallo",), 5, 1), "06e0 f005 f1f0f548616c6c6f f901"),
    (commands.AskKey(("Ja?", "", "x"), 30), "06e1 f01e f1f0f34a613f f3f0f178"),
    (commands.AskNumber(("Nr",), 30, None, 1, 8, 0), "06e2 f01e f1f0f24e72 e001 e908 ea00"),
    (commands.SelectLanguage(), "0830"),
    (commands.SelectLanguage("de"), "0830 0604 15026465"),
    (commands.ChangeSpeed(115200), "0840 07"),
    (commands.PrintLine(PrintJob((ReceiptLine("Hallo", centred=True),))), "06d1 4048616c6c6f"),
    (
        commands.PrintBlock(PrintJob((ReceiptLine("A"),), ReceiptKind.CUSTOMER, ends=True)),
        "06d3 060c 1f070102 2506 070141 090181",
    ),
]


@pytest.mark.parametrize(("command", "expected"), EXAMPLES, ids=lambda value: "" if isinstance(value, str) else None)
def test_command_when_written_then_as_documented_and_read_as_meant(command: Command, expected: str) -> None:
    assert not isinstance(command, commands.OtherCommand)
    block = command.encode().encode()

    assert block.hex() == with_length(expected)
    assert decode_command(decode_apdu(block)) == command


def test_examples_when_counted_then_every_command_class_has_one() -> None:
    shown = {type(command) for command, _ in EXAMPLES}

    assert set(commands.Command.__args__) - {commands.OtherCommand} == shown


def test_registration_when_everything_is_offered_then_read_as_sent() -> None:
    offers = Offers(
        commands=(0x06D3, 0x06D0),
        register_no="00000042",
        cashier_display=(16, 2),
        customer_display=(20, 4),
        printer_columns=40,
        character_set=CharacterSet.LATIN_1,
        languages=("de", "en"),
        apdu_bytes_max=4096,
        emv_texts=0xC000,
        receipts_needed="12000000",
        receipt_bits=0xF100,
        transaction_bits=0,
        message_no=0,
    )
    command = commands.Registration(PASSWORD, 0x8E, "978", service_byte=2, offers=offers)

    assert decode_command(command.encode()) == command


def test_command_when_it_carries_more_than_its_attributes_then_written_again_in_the_order_of_the_wire() -> None:
    block = bytes.fromhex("06221e1940490978040000000025000610e90e1f620241431f6306333834484832")

    command = decode_command(decode_apdu(block))

    assert isinstance(command, commands.PreAuthorisation)
    assert command.amount_minor == 2500
    assert command.encode().encode() == block


def test_command_when_it_carries_card_data_then_they_are_not_taken_over() -> None:
    """C1: number, expiry, tracks and verification value of a sale keyed at the register."""
    card = "22f0f84111111111111111 0e3012 23f0f5411111111d 3a123f 0604 5a02 4111".replace(" ", "")
    data = "04000000001200" + card
    command = decode_command(decode_apdu(bytes.fromhex("0601" + f"{len(data) // 2:02x}" + data)))

    assert isinstance(command, commands.Sale)
    assert command.encode() == commands.Sale(1200).encode()


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("060103490978", "amount_missing"),
        ("063003123456", "receipt_missing"),
        ("06240704000000001200", "receipt_missing"),
        ("0622 00", "amount_missing"),
        ("08400103", "bad_speed"),
        ("060107040000000012ff", "not_bcd"),
        ("06310212 34", "message_cut_off"),
        ("060101 6c", "unknown_bitmap"),
    ],
)
def test_command_when_something_is_missing_or_wrong_then_refused_by_name(block: str, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode_command(decode_apdu(bytes.fromhex(block.replace(" ", ""))))

    assert refusal.value.code == code


@pytest.mark.parametrize(
    "command",
    [
        commands.Sale(-1),
        commands.Sale(10**12),
        commands.Refund("12345x", 1),
        commands.Reversal(PASSWORD, 10_000),
        commands.ChangeSpeed(300),
        commands.DisplayText(("x",) * 9),
        commands.DisplayText(("x" * 100,)),
        commands.AskNumber(("x",) * 9),
        commands.AskKey(("x",), 256),
        commands.ReadCard(300),
        commands.Registration(PASSWORD, 0x8E, "978", offers=Offers(apdu_bytes_max=70_000)),
    ],
)
def test_command_when_value_does_not_fit_then_our_fault(command: Command) -> None:
    assert not isinstance(command, commands.OtherCommand)
    with pytest.raises(LocalProtocolError):
        command.encode()


def test_command_when_shown_then_without_password() -> None:
    for command, _ in EXAMPLES:
        assert PASSWORD not in repr(command)


def test_command_when_unknown_then_named_by_its_control_field() -> None:
    assert decode_command(decode_apdu(bytes.fromhex("0fa1020001"))) == commands.OtherCommand(0x0FA1)
