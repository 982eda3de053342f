"""Requests and answers of Concert as text, and what becomes of a card number in them."""

import pytest

from terminal_driver.concert.descriptions import describe_fields
from terminal_driver.concert.layout import cut
from terminal_driver.concert.messages import (
    Action,
    AnswerToSend,
    AnswerWanted,
    Authorisation,
    Delay,
    Request,
    decode_answer,
    decode_request,
    masked_number,
)
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

_NUMBER = "4970109999990003"
_REQUEST = Request("03", 1250, "978", private="ABCDEFGHIJ")


def test_request_when_written_then_34_characters_and_the_answer_at_the_end() -> None:
    assert _REQUEST.encode() == b"0300001250110978ABCDEFGHIJA010B010"


def test_request_when_read_back_then_the_same() -> None:
    odd = Request(
        "99", 1, "952", Action.CANCELLATION, "C", AnswerWanted.NO, "x" * 10, Delay.AT_ONCE, Authorisation.FORCED
    )

    assert decode_request(odd.encode()) == odd


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Request("01", 100_000_000, "978"), "bad_amount"),
        (Request("01", -1, "978"), "bad_amount"),
        (Request("01", 1, "EUR"), "bad_currency"),
        (Request("1", 1, "978"), "bad_field"),
        (Request("01", 1, "978", private="short"), "bad_field"),
        (Request("01", 1, "978", private="é" * 10), "bad_field"),
    ],
)
def test_request_when_a_value_does_not_fit_then_refused(request_: Request, code: str) -> None:
    with pytest.raises(LocalProtocolError) as refusal:
        request_.encode()

    assert refusal.value.code == code


def test_answer_when_read_then_the_card_number_is_cut() -> None:
    message = AnswerToSend("03", "0", 1250, "1", "978", "ABCDEFGHIJ", _NUMBER).encode()

    answer = decode_answer(message)

    assert len(message) == 80
    assert (answer.result, answer.amount_minor, answer.private) == ("0", 1250, "ABCDEFGHIJ")
    assert answer.card_number_masked == "497010******0003"
    assert _NUMBER not in repr(answer) + repr(cut(message)) + repr(describe_fields(cut(message)))


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        (_NUMBER + "   " + "0" * 36, "497010******0003"),
        (_NUMBER + "0" * 39, "497010*************"),
        ("5555555555554444" + "0" * 39, "555555******4444"),
        ("1" * 55, "111111*************"),
        ("0" * 55, None),
        (" " * 55, None),
        ("12345" + " " * 50, None),
    ],
)
def test_number_when_blanks_or_zeros_follow_then_only_its_own_ends_are_shown(field: str, shown: str | None) -> None:
    assert masked_number(field) == shown


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", "bad_length"),
        (b"0" * 26, "bad_length"),
        (b"0100000x2501978ABCDEFGHIJ", "bad_field"),
        ("010000012501978ABCDEFGHIé".encode("latin-1"), "bad_character"),
        (_REQUEST.encode(), "bad_length"),
    ],
)
def test_answer_when_it_is_none_then_refused_by_name(message: bytes, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode_answer(message)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"0" * 25, "bad_length"),
        (b"0300001250910978ABCDEFGHIJA010B010", "bad_field"),
        (b"0300001250119978ABCDEFGHIJA010B010", "bad_field"),
    ],
)
def test_request_when_it_is_none_then_refused_by_name(message: bytes, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode_request(message)

    assert refusal.value.code == code


def test_fields_when_described_then_named_with_their_meaning() -> None:
    told = {name: (value, meaning) for name, value, meaning in describe_fields(cut(_REQUEST.encode()))}

    assert told["amount in minor units"] == ("00001250", "")
    assert told["transaction"] == ("0", "debit")
    assert told["time of the answer"] == ("A010", "when the payment has ended")
