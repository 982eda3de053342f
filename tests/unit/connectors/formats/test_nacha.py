"""NACHA files: totals, entry classes, addenda, balanced batches; returns and corrections read."""

from dataclasses import replace

import pytest

from connectors.formats.bank_profiles import BankProfiles
from connectors.formats.nacha import entry_class, nacha_blocks, write_nacha
from connectors.formats.nacha_reader import read_nacha, read_nacha_file
from connectors.formats.rules_nacha import is_routing_number
from gateway.domain.errors import InputError
from gateway.domain.payables.payment_order import PaymentOrder
from tests.support.bank_orders import CREATED_AT, DOLLAR_ACCOUNT, PAY_ON, ach, allocation, money, payee

_TWO = (allocation("R-1", 300_000), allocation("R-2", 250_000, discount=5_000), allocation("C-1", 50_000, credit=True))
_ORDERS = [
    ach(1, allocations=(allocation("INV 9", 500_000),), text=""),
    ach(2, allocations=_TWO),
    ach(3, purpose="SALA", text="Wages November"),
    ach(4, payee=replace(ach(1).payee, account_type="SVGS"), text="", amount=money(1, "USD")),
]


def _written(profile: str, orders: list[PaymentOrder]) -> bytes:
    return write_nacha(BankProfiles().named(profile), "MESSAGE-1", CREATED_AT, DOLLAR_ACCOUNT, orders)


def _records(content: bytes) -> list[str]:
    return content.decode("ascii").split("\r\n")[:-1]


def test_file_when_written_then_records_and_blocks_have_their_size() -> None:
    records = _records(_written("us_ach", _ORDERS))

    assert len(records) % 10 == 0
    assert {len(record) for record in records} == {94}
    assert records[0].startswith("101 021000021")
    assert int(next(record for record in records if record[0] == "9")[7:13]) == len(records) // 10


def test_file_when_read_back_then_entries_and_totals_are_those_ordered() -> None:
    file = read_nacha_file(_written("us_ach", _ORDERS))

    assert file.defects == ()
    assert file.reference == "MESSAGE-"
    told = {(entry.identifier, entry.amount_minor, entry.account, entry.credit) for entry in file.entries}
    assert told == {(o.end_to_end_id, o.amount.minor, o.payee.other_id, True) for o in _ORDERS}
    assert {entry.effective_on for entry in file.entries} == {PAY_ON}
    assert {entry.entry_class for entry in file.entries} == {"CCD", "CTX", "PPD"}


def test_entry_when_it_explains_one_invoice_then_one_addenda_names_it() -> None:
    entry = read_nacha_file(_written("us_ach", _ORDERS)).entries[0]

    assert entry.texts == ("RMR*IV*INV 9**5000.00\\",)


def test_entry_when_it_explains_several_invoices_then_an_interchange_names_them() -> None:
    entry = next(e for e in read_nacha_file(_written("us_ach", _ORDERS)).entries if e.entry_class == "CTX")

    whole = "".join(text.ljust(80) for text in entry.texts).strip()
    segments = whole.split("\\")
    assert len(segments[0]) == 105
    assert segments[0].startswith("ISA*00*")
    assert "RMR*IV*R-2**2500.00*2550.00*50.00" in segments
    assert "RMR*CM*C-1**-500.00" in segments
    inside = segments[segments.index(next(s for s in segments if s.startswith("ST*"))) :]
    count = next(index for index, s in enumerate(inside) if s.startswith("SE*")) + 1
    assert inside[count - 1] == f"SE*{count}*{inside[0].split('*')[2]}"
    assert entry.name == "Acme Supplies"


def test_savings_account_when_paid_then_its_code_says_so() -> None:
    codes = [record[1:3] for record in _records(_written("us_ach", _ORDERS)) if record[0] == "6"]

    assert sorted(codes) == ["22", "22", "22", "32"]


def test_batch_when_the_bank_wants_it_balanced_then_it_ends_with_the_own_account() -> None:
    content = _written("us_ach_balanced", _ORDERS[:1])

    file = read_nacha_file(content)

    assert file.defects == ()
    assert [(entry.credit, entry.amount_minor) for entry in file.entries] == [(True, 500_000), (False, 500_000)]
    assert file.entries[1].account == DOLLAR_ACCOUNT.other_id
    assert [record[1:4] for record in _records(content) if record[0] in "58"] == ["200", "200"]


def test_file_when_written_again_then_it_is_the_same_and_another_message_differs() -> None:
    profile = BankProfiles().named("us_ach")

    assert _written("us_ach", _ORDERS) == _written("us_ach", _ORDERS)
    assert write_nacha(profile, "MESSAGE-2", CREATED_AT, DOLLAR_ACCOUNT, _ORDERS) != _written("us_ach", _ORDERS)


def test_batches_when_asked_then_they_are_those_of_the_file() -> None:
    later = ach(5, execute_on=PAY_ON.replace(day=27))

    blocks = nacha_blocks("M", [*_ORDERS, later])

    assert [(name, [o.position for o in members]) for name, members in blocks] == [
        ("0000001", [1, 4]),
        ("0000002", [2]),
        ("0000003", [3]),
        ("0000004", [5]),
    ]
    assert entry_class(later) == "CCD"


def test_hash_when_the_sum_has_more_than_ten_digits_then_the_last_ten_stay() -> None:
    many = [ach(n, payee=payee(name="A", other_id="1", clearing_member="231380104")) for n in range(1, 502)]

    control = next(r for r in _records(_written("us_ach", many)) if r[0] == "9")

    assert control[21:31] == f"{23_138_010 * 501 % 10**10:010}"
    assert 23_138_010 * 501 >= 10**10


@pytest.mark.parametrize(("number", "right"), [("021000021", True), ("021000022", False), ("02100002", False)])
def test_routing_number_when_checked_then_its_last_digit_decides(number: str, right: bool) -> None:  # noqa: FBT001  # a table value
    assert is_routing_number(number) is right


def _answer(kind: str, further: str) -> bytes:
    return "\n".join(
        (
            "101 021000021 2313801042611270930A094101Bank                   Shop                   REF00001",
            f"5200Shop            {'':20}1234567890CCDVENDOR PAY      261127   1231380100000001",
            "621231380104744-5678-99      0000500000E00000000000001Acme Supplies           1231380100000001",
            f"7{kind}{further}".ljust(94),
        )
    ).encode()


def test_return_when_read_then_the_money_is_back_with_its_reason() -> None:
    report = read_nacha(_answer("99", "R03021000020000001      02100002"))

    (entry,) = report.entries
    assert (report.kind, entry.is_return, entry.reason_code, entry.end_to_end_id) == (
        "nacha",
        True,
        "R03",
        "E00000000000001",
    )
    assert (entry.amount, entry.trace_id) == (money(500_000, "USD"), "021000020000001")


def test_correction_when_read_then_it_tells_the_right_data() -> None:
    report = read_nacha(_answer("98", "C01021000020000001      021000021918171614"))

    (status,) = report.statuses
    assert (status.status, status.reason_code, status.reason_text) == ("ACWC", "C01", "1918171614")
    assert report.entries == ()


@pytest.mark.parametrize("content", [b"", b"hello", b"101\n705x", b"101\n6xx", b"101\nX"])
def test_file_when_it_is_damaged_then_it_is_refused(content: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_nacha_file(content)

    assert caught.value.code == "bank_message_unreadable"
