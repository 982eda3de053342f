"""Vouchers and their codes for any course of events: never below zero, nothing lost, no mistyped code accepted."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bank.creditor_reference import check_creditor_reference
from gateway.domain.bank.epc_qr import parse_epc
from gateway.domain.bank.iban import Iban
from gateway.domain.bank.transfer_order import (
    TRANSFER_STATES,
    Creditor,
    TransferEvent,
    TransferOrderId,
    TransferState,
    make_code,
    next_state,
)
from gateway.domain.credit.voucher import MovementKind, VoucherId, VoucherMovement, check_movement, sums
from gateway.domain.credit.voucher_code import (
    ALPHABET,
    CODE_SIGNS,
    CodeMaker,
    in_groups,
    read_code,
    till_code,
    with_check_signs,
)
from gateway.domain.errors import RuleError
from gateway.domain.money import Currency, Money

EUR = Currency.of("EUR")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CREDITOR = Creditor("Corner Shop", Iban("DE02120300000000202051"))

secrets = st.text(ALPHABET, min_size=CODE_SIGNS - 2, max_size=CODE_SIGNS - 2)
steps = st.lists(st.tuples(st.sampled_from(MovementKind), st.integers(-400, 400)), max_size=40)


@given(steps)
def test_voucher_then_what_is_left_is_never_below_zero_and_nothing_is_lost(
    wanted: list[tuple[MovementKind, int]],
) -> None:
    left = Money(0, EUR)
    done: list[VoucherMovement] = []
    for kind, minor in wanted:
        amount = Money(minor, EUR)
        try:
            left = check_movement(kind, amount, left)
        except RuleError:
            continue
        number = len(done) + 1
        done.append(VoucherMovement(VoucherId(uuid.UUID(int=1)), number, kind, amount, uuid.uuid4(), "", "", NOON))
        assert left.minor >= 0

    found = sums(done, EUR)

    assert found.left == left
    assert found.issued == found.redeemed + found.expired + found.left


@given(secrets)
def test_code_then_read_back_however_it_is_typed(secret: str) -> None:
    code = with_check_signs(secret)

    assert read_code(code) == code
    assert read_code(in_groups(code)) == code
    assert read_code(f" {in_groups(code).lower()} ") == code
    assert read_code(code.replace("0", "O").replace("1", "l")) == code


@given(secrets, st.integers(0, CODE_SIGNS - 1), st.sampled_from(ALPHABET))
def test_code_with_one_wrong_sign_then_never_accepted(secret: str, place: int, sign: str) -> None:
    code = with_check_signs(secret)
    wrong = code[:place] + sign + code[place + 1 :]

    assert (read_code(wrong) is None) == (wrong != code)


@given(secrets, st.integers(0, CODE_SIGNS - 2))
def test_code_with_two_neighbours_swapped_then_never_accepted(secret: str, place: int) -> None:
    code = with_check_signs(secret)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    assert (read_code(swapped) is None) == (swapped != code)


@given(st.text(max_size=40))
def test_any_text_as_a_code_then_a_code_or_nothing(text: str) -> None:
    found = read_code(text)

    assert found is None or len(found) == CODE_SIGNS


@given(st.binary(min_size=32, max_size=32), st.uuids(), st.binary(min_size=16, max_size=16), st.integers(0, 2**64))
def test_code_of_the_house_then_the_same_again_and_only_with_its_key(
    key: bytes, own: uuid.UUID, salt: bytes, noise: int
) -> None:
    maker = CodeMaker(key)

    code = maker.voucher(own.bytes, salt)

    assert read_code(code) == code == maker.voucher(own.bytes, salt)
    assert CodeMaker(key[::-1] + b"x").voucher(own.bytes, salt) != code
    assert maker.token(own.bytes, salt) != code.lower()
    assert key.hex() not in repr(maker)
    short = till_code(noise)
    assert read_code(short, len(short)) == short


@given(st.uuids(), st.integers(1, 99_999_999_999))
def test_transfer_code_then_it_carries_amount_and_a_reference_of_its_own(order: uuid.UUID, minor: int) -> None:
    code = make_code(CREDITOR, TransferOrderId(order), Money(minor, EUR))

    read = parse_epc(code.payload)

    assert read.amount == Money(minor, EUR)
    assert read.reference == code.reference == check_creditor_reference(code.reference)


@given(st.lists(st.sampled_from(TransferEvent), max_size=6))
def test_transfer_then_money_that_came_is_arrived_late_or_cleared_and_never_comes_twice(
    events: list[TransferEvent],
) -> None:
    state, came = TransferState.OPEN, 0
    for event in events:
        if event not in TRANSFER_STATES[state]:
            with pytest.raises(RuleError, match="transfer"):
                next_state(state, event)
            continue
        state = next_state(state, event)
        came += event is TransferEvent.ARRIVE

    assert came == (state in (TransferState.ARRIVED, TransferState.LATE, TransferState.CLEARED))
