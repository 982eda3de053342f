"""Credit transfer files, part by part; whole ones are among the golden files."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors.formats.bank_profiles import BankProfile, BankProfiles
from connectors.formats.file_plan import block_ids, files_of
from connectors.formats.pain001 import pain001_blocks, write_pain001
from connectors.formats.pain001_reader import read_pain001
from gateway.domain.payables.payment_order import BankAccount, Instrument, PaymentOrder
from gateway.domain.payables.supplier import PostalAddress
from tests.support.bank_file_cases import FILE_CASES, PARIS
from tests.support.bank_orders import (
    CREATED_AT,
    EURO_ACCOUNT,
    PAY_ON,
    SWISS_ACCOUNT,
    SWISS_IBAN,
    cross_border,
    money,
    order,
    payee,
    swiss,
)


def _profile(account: BankAccount) -> BankProfile:
    return BankProfiles().named(account.profile)


def _write(account: BankAccount, orders: Sequence[PaymentOrder]) -> bytes:
    return write_pain001(_profile(account), "RUN7", CREATED_AT, account, orders)


@pytest.mark.parametrize("case", sorted(FILE_CASES))
def test_file_when_read_back_then_payments_and_sums_are_those_ordered(case: str) -> None:
    account, orders = FILE_CASES[case]

    read = read_pain001(_write(account, orders))

    assert read.defects == ()
    assert read.message_id == "RUN7"
    assert read.created_at == CREATED_AT
    expected = {(item.end_to_end_id, item.amount, item.payee.iban or item.payee.other_id) for item in orders}
    assert {(payment.end_to_end_id, payment.amount, payment.account) for payment in read.payments} == expected
    assert {block.execute_on for block in read.blocks} == {PAY_ON}


def test_address_when_the_payee_is_inside_the_eea_then_it_is_left_out() -> None:
    inside = order(1, payee=payee(address=PARIS))
    outside = order(2, payee=payee(iban=SWISS_IBAN, address=PostalAddress("Weg", "1", "8001", "Zürich", "CH")))

    first, second = read_pain001(_write(EURO_ACCOUNT, [inside, outside])).payments

    assert (first.address.town, second.address.town) == ("", "Zurich")


def test_address_when_hybrid_and_long_then_it_has_two_lines_at_most() -> None:
    account = replace(EURO_ACCOUNT, profile="sepa_hybrid")
    far = order(1, payee=payee(address=PostalAddress("S" * 70, "16", "75001", "Paris", "FR")))

    only = read_pain001(_write(account, [far])).payments[0]

    assert only.lines == ("S" * 70, "16")
    assert (only.address.street, only.address.town, only.address.country) == ("", "Paris", "FR")


def test_text_when_there_is_a_reference_then_only_the_reference_is_written() -> None:
    read = read_pain001(_write(EURO_ACCOUNT, [order(1, reference="RF18 5390 0754 7034", text="Invoice 1")]))

    assert (read.payments[0].reference, read.payments[0].text) == ("RF18539007547034", "")


def test_text_when_beside_a_qr_reference_then_both_are_written() -> None:
    read = read_pain001(_write(SWISS_ACCOUNT, [swiss(1)]))

    assert (read.payments[0].reference_kind, read.payments[0].text) == ("QRR", "Invoice 1")


def test_sum_when_the_file_has_two_currencies_then_only_blocks_have_one() -> None:
    account = replace(EURO_ACCOUNT, profile="international")

    written = _write(account, [cross_border(1), cross_border(2, amount=money(1_000, "JPY"))]).decode()

    assert "<CtrlSum>" not in written.partition("<PmtInf>")[0]
    assert written.count("<CtrlSum>") == 2
    assert '<InstdAmt Ccy="JPY">1000</InstdAmt>' in written


def test_blocks_when_instrument_day_currency_or_charges_differ_then_they_are_apart() -> None:
    orders = [
        order(1),
        order(2, instrument=Instrument.SEPA_INSTANT),
        order(3, execute_on=PAY_ON.replace(day=26)),
        cross_border(4),
        cross_border(5, charges="DEBT"),
        order(6),
    ]

    blocks = pain001_blocks("M", orders)

    assert [(name, [item.position for item in members]) for name, members in blocks] == [
        ("M-001", [1, 6]),
        ("M-002", [2]),
        ("M-003", [3]),
        ("M-004", [4]),
        ("M-005", [5]),
    ]


def test_block_ids_when_the_id_of_the_file_is_long_then_they_still_fit_and_differ() -> None:
    first, second = block_ids("A" * 35, 2), block_ids("A" * 34 + "B", 2)

    assert len({*first, *second}) == 4
    assert all(len(name) == 35 for name in (*first, *second))
    assert block_ids("A" * 35, 2) == first


def test_files_when_planned_then_days_currencies_and_instant_payments_are_apart() -> None:
    profile = replace(_profile(EURO_ACCOUNT), orders_max=2)
    later = PAY_ON.replace(day=26)
    orders = [
        order(5, execute_on=later),
        order(4, amount=money(5, "USD")),
        order(3),
        order(2),
        order(1),
        order(6, instrument=Instrument.SEPA_INSTANT),
    ]

    planned = files_of(profile, orders)

    assert [[item.position for item in members] for _, members in planned] == [[1, 2], [3], [6], [4], [5]]
    assert files_of(profile, orders[::-1]) == planned
    assert {name for name, _ in planned} == {"pain.001.001.09"}


def test_file_when_instant_payments_need_no_own_then_they_are_in_it() -> None:
    profile = _profile(replace(EURO_ACCOUNT, profile="sepa_hybrid"))

    assert len(files_of(profile, [order(1), order(2, instrument=Instrument.SEPA_INSTANT)])) == 1
