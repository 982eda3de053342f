"""Tickets in an answer: containers of base64 become receipts, and never show a card number."""

import pytest

from terminal_driver.caisse_ap.descriptions import describe_tag, describe_value, shown_value
from terminal_driver.caisse_ap.tickets import TicketsWanted, encode_ticket, receipts_of
from terminal_driver.caisse_ap.tlv import Element, encode
from terminal_driver.outcome import ReceiptKind


def test_ticket_when_packed_then_a_receipt_with_its_lines() -> None:
    ticket = encode_ticket(TicketsWanted.MERCHANT, "CARTE BANCAIRE\r\nMontant \xe9crit\n\nMERCI\x07")

    [receipt] = receipts_of([Element("CZ", "0300"), ticket], approved=True)

    assert receipt.kind is ReceiptKind.MERCHANT
    assert receipt.approved
    assert [line.text for line in receipt.lines] == ["CARTE BANCAIRE", "Montant \xe9crit", "", "MERCI"]


def test_tickets_when_both_come_in_two_containers_then_the_customers_first() -> None:
    tickets = [encode_ticket(TicketsWanted.BOTH, text) for text in ("first", "second")]

    assert [receipt.kind for receipt in receipts_of(tickets, approved=True)] == [
        ReceiptKind.CUSTOMER,
        ReceiptKind.MERCHANT,
    ]


def test_ticket_when_it_holds_a_card_number_then_cut() -> None:
    [receipt] = receipts_of([encode_ticket(TicketsWanted.CUSTOMER, "No 5555 5555 5555 4444")], approved=True)

    assert receipt.lines[0].text == "No 555555******4444"


@pytest.mark.parametrize(
    "value",
    [
        "no elements",
        "CK003100",
        encode([Element("CK", "100"), Element("AK", "not base64!")]).decode("ascii"),
        encode([Element("CK", "101"), Element("AK", "PGI+")]).decode("ascii"),
        "CK003100AK900short",
    ],
)
def test_ticket_when_it_cannot_be_read_then_left_out(value: str) -> None:
    assert receipts_of([Element("ZT", value)], approved=True) == ()


def test_elements_when_described_then_in_words_and_without_secrets() -> None:
    assert describe_tag("CB") == "amount in minor units"
    assert describe_tag("QQ") == ""
    assert describe_value(Element("AF", "04")) == "refused"
    assert shown_value(Element("AA", "5555555555554444")) == "555555******4444"
    assert shown_value(Element("CF", "5555555555554444")) == "555555******4444"
    assert "@" not in shown_value(Element("BI", "name@example.org"))
