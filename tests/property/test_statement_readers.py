"""Damaged statements: every reader answers, refuses by name, and loses no entry without telling."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.statements.amounts import AmountError, exact_minor, plain_number, table_amount
from connectors.statements.detect import read_statements
from connectors.statements.statement import Statement
from connectors.statements.table_assistant import description_from
from gateway.domain.errors import InputError
from gateway.domain.money import Currency
from tests.support.bank_statements import camt, camt_entry, mt940, nacha, ofx, table

_EURO = Currency.of("EUR")
_FIXTURES = {
    "camt": camt([camt_entry("10.00", ref="A"), camt_entry("-2.50", ref="B")], "0.00", "7.50"),
    "mt940": mt940(
        [":61:2603020302C10,00NTRFNONREF//A", ":86:166?20EREF+E1?21SVWZ+Text", ":61:2603020302D2,50NTRFREF//B"],
        closing="C260302EUR7,50",
    ),
    "ofx": ofx(["<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260302<TRNAMT>-2,50<FITID>B<NAME>Name"], "7.50"),
    "nacha": nacha(),
    "table": table(["Datum;Text;Betrag;Saldo", *(f"0{n}.03.2026;Text {n};-1,00;{9 - n},00" for n in range(1, 6))]),
    "paypal": b'"SH","2026/01/06","2026/01/06","ACC"\n"CH","Transaction ID","Gross Transaction Amount",'
    b'"Gross Transaction Currency","Transaction Debit or Credit"\n"SB","T1","1234","EUR","CR"\n',
    "stripe": b"balance_transaction_id,created,currency,gross,fee,net,reporting_category\n"
    b"t1,2026-03-02,eur,10,1,9,charge\n",
    "trustly": b"H,M,1,a,b,7,1\n"
    b"I,1,2026-03-02,2,7,D,1,2,3,ref,Refund,P,2026-03-02,2026-03-02,EUR,-5.00,a,b,c,d,e,f\n"
    b"L,1,-5.00\n",
    "camt in parts": camt(
        [
            camt_entry(
                "-50.00", inside="<NtryDtls>" + 2 * "<TxDtls><RmtInf><Ustrd>T</Ustrd></RmtInf></TxDtls>" + "</NtryDtls>"
            )
        ],
        "50.00",
        "0.00",
        kind="052",
    ),
    "mt942": mt940([":34F:EUR0,00", ":61:2603020302C10,00NTRFNONREF//A", ":90D:0EUR0,00", ":90C:1EUR10,00"])
    .replace(b":60F:C260301EUR0,00\r\n", b"")
    .replace(b":62F:C260302EUR0,00\r\n", b""),
    "adyen settlement": b"Company Account,Merchant Account,Psp Reference,Merchant Reference,Type,Creation Date,"
    b"Gross Currency,Gross Debit (GC),Gross Credit (GC),Net Currency,"
    b"Net Debit (NC),Net Credit (NC),Commission (NC),Batch Number\n"
    b"C,M,P1,O1,Settled,2026-03-02 10:00:00,EUR,,10.00,EUR,,9.75,0.25,7\n"
    b"C,M,,,MerchantPayout,2026-03-03 10:00:00,,,,EUR,9.75,,,7\n",
    "adyen accounting": b"Merchant Account,Psp Reference,Merchant Reference,Record Type,Booking Date,Main Currency,"
    b"Main Amount,Settlement Currency,Payable (SC)\nM,P1,O1,Settled,2026-03-02 10:00:00,EUR,10.00,EUR,9.75\n",
    "checkout": b"Payout ID,Payout Date,Currency Account ID,Holding Currency,Payout Amount,Payments,Refunds,"
    b"Chargebacks,Processing Fees\npo1,2026-03-02,ca1,EUR,7.50,10.00,-2.00,0.00,-0.50\n",
    "paypal table": b"Date,Time,Type,Currency,Gross,Fee,Net,Transaction ID,Balance\n"
    b"02/03/2026,10:00:00,Express Checkout Payment,EUR,10.00,-0.50,9.50,T1,9.50\n",
    "described report": b"day;what;gross;fee;net\n2026-03-02;sale;10.00;0.30;9.70\n2026-03-02;sale;2.50;0.10;2.40\n",
    "described table": b"when;how much;total\n02.03.2026;5,00;5,00\n03.03.2026;-1,00;4,00\n",
}
_ENTRIES = {
    "camt": 2,
    "mt940": 2,
    "ofx": 1,
    "nacha": 1,
    "table": 5,
    "paypal": 1,
    "stripe": 1,
    "trustly": 1,
    "camt in parts": 1,
    "mt942": 1,
    "adyen settlement": 2,
    "adyen accounting": 1,
    "checkout": 1,
    "paypal table": 1,
    "described report": 2,
    "described table": 2,
}
_DESCRIBED = (
    description_from(
        "report",
        'kind = "acquirer"\nheader = ["day", "what", "gross", "fee", "net"]\ncurrency = "EUR"\n[columns]\n'
        'booked = "day"\nkind = "what"\ngross = "gross"\nfee = "fee"\nnet = "net"\n[kinds]\npayment = ["sale"]\n',
    ),
    description_from(
        "table",
        'header = ["when", "how much", "total"]\ncurrency = "EUR"\ndates = ["%d.%m.%Y"]\ndecimal = ","\n[columns]\n'
        'booked = "when"\namount = "how much"\nbalance = "total"\n',
    ),
)


def _answer(content: bytes) -> tuple[Statement, ...]:
    try:
        return read_statements(content, _DESCRIBED)
    except InputError:
        return ()


@pytest.mark.parametrize("name", _FIXTURES)
def test_fixture_when_whole_then_every_entry_is_read(name: str) -> None:
    found = read_statements(_FIXTURES[name], _DESCRIBED)

    assert sum(len(one.entries) for one in found) == _ENTRIES[name]
    assert all(one.balanced is not False for one in found)


@pytest.mark.parametrize("name", _FIXTURES)
@settings(max_examples=40)
@given(data=st.data())
def test_readers_when_bytes_are_changed_then_they_answer(name: str, data: st.DataObject) -> None:
    content = bytearray(_FIXTURES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["change", "cut", "repeat", "put"])):
            case "change":
                content[at] = data.draw(st.integers(0, 255))
            case "cut":
                del content[at : at + data.draw(st.integers(1, 30))]
            case "repeat":
                content[at:at] = content[at : at + 40]
            case _:
                content[at:at] = data.draw(
                    st.sampled_from([b"\x00", b"\n", b":61:", b"<", b"9" * 50, b",", b'"', b"-"])
                )
        content = content or bytearray(b" ")

    found = _answer(bytes(content))

    # Whatever has become of it, sums and defects of what was read say the same as its entries.
    for one in found:
        assert one.balanced is not True or not [defect for defect in one.defects if defect.code == "entry_left_out"]


@given(st.binary(max_size=300))
def test_readers_when_given_any_bytes_then_they_answer(content: bytes) -> None:
    _answer(content)


@given(st.sampled_from(["<", ":20:", "101", "<OFX>", "H,", '"SH",', ""]), st.text(max_size=200))
def test_readers_when_given_any_text_then_they_answer(start: str, text: str) -> None:
    _answer(f"{start}{text}".encode("utf-8", "replace"))


_AMOUNTS = {
    "camt": b"2.50",
    "mt940": b"D2,50",
    "ofx": b"-2,50",
    "nacha": b"0000001234PAY",
    "table": b"-1,00;6",
    "camt in parts": b">50.00",
    "mt942": b"C10,00",
    "adyen settlement": b"9.75,0.25",
    "adyen accounting": b"9.75",
    "checkout": b"7.50",
    "paypal": b"1234",
    "paypal table": b"9.50,T1",
    "stripe": b"10,1,9",
    "trustly": b"-5.00",
    "described report": b"2.40",
    "described table": b"-1,00",
}
"""One amount of each file, as it is written there."""


@pytest.mark.parametrize("name", _AMOUNTS)
@settings(max_examples=10)
@given(data=st.data())
def test_readers_when_an_amount_is_spoilt_then_the_entry_is_told_and_not_dropped(
    name: str, data: st.DataObject
) -> None:
    content = _FIXTURES[name]
    spoilt = data.draw(st.sampled_from([b"x", b"2,5,0", b"0.0.1", b"?"]))
    at = content.index(_AMOUNTS[name])

    found = _answer(content[:at] + spoilt + content[at + len(_AMOUNTS[name]) :])

    entries, told = sum(len(one.entries) for one in found), [code.code for one in found for code in one.defects]
    assert not found or entries == _ENTRIES[name] or told


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_amounts_when_written_by_people_then_read_exactly(minor: int, code: str) -> None:
    currency = Currency.of(code)
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(currency.exponent + 1, "0")
    whole = digits[: len(digits) - currency.exponent]
    parts = digits[len(digits) - currency.exponent :]

    for thousands, mark in ((".", ","), (",", "."), ("'", "."), ("\u00a0", ",")):
        written = f"{sign}{int(whole):,}".replace(",", thousands) + (f"{mark}{parts}" if parts else "")
        assert table_amount(written, currency, mark).minor == minor


@given(st.text(alphabet="0123456789.,-+() '", max_size=30))
def test_amounts_when_they_are_no_numbers_then_refused(text: str) -> None:
    try:
        plain = plain_number(text)
    except AmountError:
        return
    assert plain.lstrip("-").replace(".", "", 1).isdigit()


@pytest.mark.parametrize("text", ["1.005", "0.001", "12.3456"])
def test_amounts_when_they_have_parts_of_a_cent_then_refused(text: str) -> None:
    with pytest.raises(AmountError):
        exact_minor(text, _EURO)
