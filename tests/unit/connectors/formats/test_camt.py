"""Account messages: statements, balances, entries, and what they mean for payments."""

from datetime import UTC, date, datetime

import pytest

from connectors.formats.camt import read_camt
from connectors.formats.camt_report import report_of
from gateway.domain.errors import InputError
from gateway.domain.money import Money
from gateway.ports.bank_files import BankEntry
from tests.support.bank_orders import GERMAN_IBAN, money

_DATES = "<BookgDt><Dt>2026-11-25</Dt></BookgDt><ValDt><Dt>2026-11-26</Dt></ValDt>"


def _notification(entries: str, *, version: str = "08", balances: str = "") -> bytes:
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><GrpHdr><MsgId>S1'
        "</MsgId><CreDtTm>2026-11-25T20:00:00Z</CreDtTm></GrpHdr><Stmt><Id>ST1</Id><ElctrncSeqNb>7</ElctrncSeqNb>"
        f"<Acct><Id><IBAN>{GERMAN_IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _entry(
    amount: str, direction: str, inside: str, *, status: str = "<Sts><Cd>BOOK</Cd></Sts>", more: str = ""
) -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>{more}{status}{_DATES}'
        f"<AcctSvcrRef>REF9</AcctSvcrRef>{inside}</Ntry>"
    )


def _detail(identifier: str, inside: str) -> str:
    return f"<TxDtls><Refs><EndToEndId>{identifier}</EndToEndId></Refs>{inside}</TxDtls>"


def _batch(count: int, *details: str) -> str:
    batch = f"<Btch><PmtInfId>B1</PmtInfId><NbOfTxs>{count}</NbOfTxs></Btch>"
    return f"<NtryDtls>{batch}{''.join(details)}</NtryDtls>"


def _lines(entries: str) -> tuple[BankEntry, ...]:
    return report_of(read_camt(_notification(entries))).entries


def _balance_of(lines: tuple[BankEntry, ...]) -> int:
    charges = sum(line.charges.minor for line in lines if line.charges is not None)
    return sum(line.amount.minor for line in lines) + charges


def test_batch_when_its_payments_are_listed_then_each_is_a_line() -> None:
    details = _detail("E1", '<Amt Ccy="EUR">10.00</Amt>') + _detail("E2", '<Amt Ccy="EUR">20.00</Amt>')

    lines = _lines(_entry("30.00", "DBIT", _batch(2, details)))

    assert [(line.end_to_end_id, line.amount, line.batch_id) for line in lines] == [
        ("E1", money(-1000), "B1"),
        ("E2", money(-2000), "B1"),
    ]
    assert all(line.booked and not line.is_return and not line.is_rest for line in lines)
    assert {(line.booked_on, line.value_on) for line in lines} == {(date(2026, 11, 25), date(2026, 11, 26))}
    assert {line.account for line in lines} == {GERMAN_IBAN}


def test_batch_when_booked_in_one_sum_then_the_block_names_it() -> None:
    only = _lines(_entry("30.00", "DBIT", _batch(2)))

    assert [(line.end_to_end_id, line.batch_id, line.amount) for line in only] == [("", "B1", money(-3000))]


def test_batch_when_details_do_not_explain_all_then_the_rest_is_a_line_of_its_own() -> None:
    details = _detail("E1", '<Amt Ccy="EUR">10.00</Amt>')

    lines = _lines(_entry("30.00", "DBIT", _batch(2, details, _detail("E2", '<Amt Ccy="EUR">15.00</Amt>'))))

    assert [(line.end_to_end_id, line.amount.minor, line.is_rest) for line in lines] == [
        ("E1", -1000, False),
        ("E2", -1500, False),
        ("", -500, True),
    ]
    assert lines[2].batch_id == ""


def test_return_when_it_comes_then_its_reason_and_payee_are_told() -> None:
    inside = (
        '<Amt Ccy="EUR">10.00</Amt><RltdPties><Dbtr><Pty><Nm>Shop</Nm></Pty></Dbtr>'
        "<Cdtr><Pty><Nm>Payee</Nm></Pty></Cdtr>"
        "</RltdPties><RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></RtrInf>"
    )

    (line,) = _lines(_entry("10.00", "CRDT", f"<NtryDtls>{_detail('E1', inside)}</NtryDtls>"))

    assert (line.is_return, line.reason_code, line.reason_text, line.amount.minor) == (True, "AC04", "closed", 1000)
    assert line.counterparty == "Payee"


def test_return_when_only_the_bank_code_tells_then_it_is_one() -> None:
    code = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>"

    with_detail = _lines(_entry("1.00", "CRDT", f"<NtryDtls>{_detail('E1', code)}</NtryDtls>"))
    without = _lines(_entry("1.00", "CRDT", code))

    assert with_detail[0].is_return
    assert without[0].is_return


def test_reversal_when_marked_then_the_direction_is_already_right() -> None:
    (line,) = _lines(_entry("10.00", "CRDT", "", more="<RvslInd>true</RvslInd>"))

    assert (line.reversal, line.amount.minor) == (True, 1000)


def test_charges_when_beside_the_payment_then_they_are_told_apart() -> None:
    charges = '<Chrgs><Rcrd><Amt Ccy="EUR">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>'
    detail = _detail("E1", f'<Amt Ccy="EUR">100.00</Amt>{charges}')

    lines = _lines(_entry("101.50", "DBIT", f"<NtryDtls>{detail}</NtryDtls>"))

    assert [(line.amount.minor, line.charges) for line in lines] == [(-10000, money(-150))]


def test_charges_when_inside_the_amount_then_they_are_taken_out() -> None:
    amounts = '<Amt Ccy="EUR">101.50</Amt><AmtDtls><InstdAmt><Amt Ccy="EUR">100.00</Amt></InstdAmt></AmtDtls>'
    charges = '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">1.50</TtlChrgsAndTaxAmt></Chrgs>'

    lines = _lines(_entry("101.50", "DBIT", f"<NtryDtls>{_detail('E1', amounts + charges)}</NtryDtls>"))

    assert [(line.amount.minor, line.charges) for line in lines] == [(-10000, money(-150))]


def test_charges_when_taken_elsewhere_then_they_are_no_part_of_the_entry() -> None:
    charges = '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">1.50</TtlChrgsAndTaxAmt></Chrgs>'
    detail = _detail("E1", f'<Amt Ccy="EUR">100.00</Amt>{charges}')

    lines = _lines(_entry("100.00", "DBIT", f"<NtryDtls>{detail}</NtryDtls>"))

    assert [(line.amount.minor, line.charges) for line in lines] == [(-10000, None)]


def test_charges_when_of_the_whole_entry_then_they_have_a_line() -> None:
    details = _detail("E1", '<Amt Ccy="EUR">10.00</Amt>') + _detail("E2", '<Amt Ccy="EUR">20.00</Amt>')
    charges = '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.40</TtlChrgsAndTaxAmt></Chrgs>'

    lines = _lines(_entry("30.40", "DBIT", f"{charges}{_batch(2, details)}"))

    assert [(line.amount.minor, line.charges, line.is_rest) for line in lines] == [
        (-1000, None, False),
        (-2000, None, False),
        (0, money(-40), True),
    ]
    assert _balance_of(lines) == -3040


def test_amount_when_ordered_in_another_currency_then_both_are_told() -> None:
    amounts = (
        '<Amt Ccy="EUR">92.00</Amt><AmtDtls><InstdAmt><Amt Ccy="USD">100.00</Amt></InstdAmt><TxAmt>'
        '<Amt Ccy="EUR">92.00</Amt></TxAmt></AmtDtls>'
    )

    (line,) = _lines(_entry("92.00", "DBIT", f"<NtryDtls>{_detail('E1', amounts)}</NtryDtls>"))

    assert (line.amount, line.instructed) == (money(-9200), money(-10000, "USD"))


def test_details_when_in_the_direction_of_the_other_side_then_the_entry_decides() -> None:
    details = "".join(
        _detail(f"E{number}", f'<Amt Ccy="EUR">{number}.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>') for number in (1, 2)
    )

    lines = _lines(_entry("3.00", "DBIT", _batch(2, details)))

    assert [line.amount.minor for line in lines] == [-100, -200]


def test_identifier_when_not_provided_then_it_is_empty() -> None:
    (line,) = _lines(_entry("1.00", "DBIT", f"<NtryDtls>{_detail('NOTPROVIDED', '')}</NtryDtls>"))

    assert line.end_to_end_id == ""


@pytest.mark.parametrize(
    ("status", "booked"),
    [("<Sts>BOOK</Sts>", True), ("<Sts><Cd>PDNG</Cd></Sts>", False), ("<Sts><Cd>INFO</Cd></Sts>", False), ("", False)],
)
def test_entry_when_not_booked_then_it_is_not_final(status: str, booked: bool) -> None:  # noqa: FBT001  # a table value
    assert _lines(_entry("1.00", "DBIT", "", status=status))[0].booked is booked


def test_statement_when_balances_do_not_fit_then_it_is_a_defect() -> None:
    balance = (
        "<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{}</Amt><CdtDbtInd>{}</CdtDbtInd>"
        "<Dt><Dt>2026-11-25</Dt></Dt></Bal>"
    )
    right = balance.format("OPBD", "10.00", "CRDT") + balance.format("CLBD", "20.00", "DBIT")
    wrong = balance.format("PRCD", "10.00", "CRDT") + balance.format("CLBD", "20.00", "CRDT")
    entry = _entry("30.00", "DBIT", "")

    good = read_camt(_notification(entry, balances=right)).statements[0]
    bad = report_of(read_camt(_notification(entry, balances=wrong)))

    assert good.defects == ()
    closing = good.balance("CLBD")
    assert closing is not None
    assert closing.amount == money(-2000)
    assert good.balance("FWAV") is None
    assert "-20.00 EUR" in bad.defects[0]


def test_statement_when_read_then_its_frame_is_known() -> None:
    message = read_camt(_notification(_entry("1.00", "DBIT", "")))

    assert (message.kind, message.id) == ("camt.053", "S1")
    assert message.created_at == datetime(2026, 11, 25, 20, tzinfo=UTC)
    statement = message.statements[0]
    assert (statement.sequence, statement.page, statement.is_last_page, statement.currency) == ("7", 1, True, "EUR")


@pytest.mark.parametrize(
    "amount",
    [
        "1.001",
        "abc",
        "",
        "NaN",
        "Infinity",
        "1e3000",
        "1e999999999",
        "1,00",
        "--1",
        "9" * 30,
        "9" * 15 + "." + "9" * 17,
        "１",
    ],
)
def test_amount_when_it_cannot_be_kept_exactly_then_the_message_is_refused(amount: str) -> None:
    with pytest.raises(InputError) as caught:
        read_camt(_notification(_entry(amount, "DBIT", "")))

    assert caught.value.code == "bank_message_unreadable"


def test_amount_when_it_has_zeros_more_then_they_mean_nothing() -> None:
    assert _lines(_entry("1.50000", "CRDT", ""))[0].amount == Money(150, money(0).currency)


def test_amount_when_ordered_in_a_currency_of_old_then_the_statement_is_read() -> None:
    amounts = '<Amt Ccy="EUR">1.00</Amt><AmtDtls><InstdAmt><Amt Ccy="DEM">1.96</Amt></InstdAmt></AmtDtls>'

    (line,) = _lines(_entry("1.00", "DBIT", f"<NtryDtls>{_detail('E1', amounts)}</NtryDtls>"))

    assert (line.amount.minor, line.instructed) == (-100, None)


def test_statement_when_it_is_long_and_laid_out_then_it_is_read() -> None:
    entries = ("\n" + " " * 12 + _entry("1.00", "DBIT", "")) * 12_000

    assert len(_lines(entries)) == 12_000


@pytest.mark.parametrize(
    "content", [b"<Document><Other/></Document>", b"<Document><BkToCstmrStmt><Ntry/></BkToCstmrStmt></Document>"]
)
def test_message_when_it_is_no_account_message_then_it_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        read_camt(content)
