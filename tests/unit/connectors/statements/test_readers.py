"""What statements of every format say, in one shape; what does not fit is told, never guessed."""

import io
import zipfile
from datetime import date

import pytest

from connectors.statements.csv_description import description_of
from connectors.statements.detect import read_statements
from connectors.statements.statement import EntryStatus
from gateway.domain.errors import ConfigurationError, InputError
from tests.support.bank_statements import IBAN, OTHER, camt, camt_entry, mt940, nacha, ofx, table

_BATCH = (
    "<NtryDtls><Btch><PmtInfId>RUN-1</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>"
    '<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs><Amt Ccy="EUR">{first}</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>'
    '<TxDtls><Refs><EndToEndId>E2</EndToEndId></Refs><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>'
    "</NtryDtls>"
)
_RETURN = (
    "<NtryDtls><TxDtls><Refs><EndToEndId>E9</EndToEndId><MndtId>M7</MndtId></Refs><RltdPties><Cdtr><Pty><Nm>Payee</Nm>"
    f"</Pty></Cdtr><CdtrAcct><Id><IBAN>{OTHER}</IBAN></Id></CdtrAcct></RltdPties><RltdAgts><CdtrAgt><FinInstnId>"
    "<BICFI>ABNANL2A</BICFI></FinInstnId></CdtrAgt></RltdAgts><RmtInf><Ustrd>{long}</Ustrd><Ustrd>end</Ustrd>"
    "<Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    "</TxDtls></NtryDtls>"
)


def test_camt_when_opening_and_entries_give_the_closing_balance_then_balanced() -> None:
    (found,) = read_statements(camt([camt_entry("10.00"), camt_entry("-2.50")], "5.00", "12.50"))

    assert (found.balanced, found.defects) == (True, ())
    assert found.credit_sum is not None
    assert found.debit_sum is not None
    assert (found.credit_sum.minor, found.debit_sum.minor) == (1000, 250)


def test_camt_when_it_does_not_add_up_then_the_difference_is_told() -> None:
    (found,) = read_statements(camt([camt_entry("10.00")], "5.00", "15.01"))

    assert found.balanced is False
    assert "a difference of 0.01" in found.defects[0].text


def test_camt_when_an_entry_is_pending_then_it_does_not_move_the_balance() -> None:
    (found,) = read_statements(camt([camt_entry("10.00"), camt_entry("7.00", status="PDNG")], "0.00", "10.00"))

    assert [entry.status for entry in found.entries] == [EntryStatus.BOOKED, EntryStatus.PENDING]
    assert found.balanced is True


@pytest.mark.parametrize("amount", ["1.005", "ten", "1e3", "9" * 40])
def test_camt_when_an_amount_cannot_be_taken_exactly_then_it_is_left_out_and_told(amount: str) -> None:
    (found,) = read_statements(camt([camt_entry("10.00"), camt_entry(amount)], "0.00", "10.00"))

    assert len(found.entries) == 1
    assert [(one.code, one.position) for one in found.defects] == [("entry_left_out", "entry 2")]
    assert found.balanced is False


def test_camt_when_a_batch_lists_its_payments_then_they_are_details() -> None:
    (found,) = read_statements(camt([camt_entry("-50.00", inside=_BATCH.format(first="20.00"))], "0.00", "-50.00"))

    (entry,) = found.entries
    assert (entry.facts.batch_id, entry.batch_count) == ("RUN-1", 2)
    assert [one.end_to_end_id for one in entry.details] == ["E1", "E2"]
    assert found.defects == ()


def test_camt_when_the_payments_do_not_give_the_entry_then_told() -> None:
    (found,) = read_statements(camt([camt_entry("-50.00", inside=_BATCH.format(first="20.01"))], "0.00", "-50.00"))

    assert [one.code for one in found.defects] == ["details_differ"]


def test_camt_when_a_payment_is_returned_then_reason_parties_and_references_are_kept() -> None:
    inside = _RETURN.format(long="x" * 140)

    (found,) = read_statements(camt([camt_entry("20.00", ref="B1", inside=inside)], "0.00", "20.00"))

    facts = found.entries[0].facts
    assert (facts.is_return, facts.return_reason, facts.mandate_id) == (True, "AC04", "M7")
    assert (facts.counterparty, facts.account, facts.bic) == ("Payee", OTHER, "ABNANL2A")
    assert facts.references == ("RF18539007547034",)
    assert facts.text == "x" * 140 + "end"


@pytest.mark.parametrize(
    ("mark", "signed", "reversal"), [("C", 500, False), ("D", -500, False), ("RC", -500, True), ("RD", 500, True)]
)
def test_mt940_when_a_line_has_a_mark_then_the_sign_is_right(*, mark: str, signed: int, reversal: bool) -> None:
    (found,) = read_statements(mt940([f":61:2603020302{mark}5,00NTRFNONREF//B1"]))

    assert (found.entries[0].amount.minor, found.entries[0].reversal) == (signed, reversal)


def test_mt940_when_the_year_turns_between_value_and_entry_then_the_entry_is_in_the_old_year() -> None:
    (found,) = read_statements(mt940([":61:2601021231C5,00NTRFNONREF"]))

    assert (found.entries[0].value_on, found.entries[0].booked_on) == (date(2026, 1, 2), date(2025, 12, 31))


def test_mt940_when_a_day_is_not_in_the_calendar_then_the_last_one_of_the_month_and_told() -> None:
    (found,) = read_statements(mt940([":61:2602300301D6,00NCHGNONREF"], closing="D260302EUR6,00"))

    assert found.entries[0].value_on == date(2026, 2, 28)
    assert [one.code for one in found.defects] == ["day_not_in_calendar"]
    assert found.balanced is True


def test_mt940_when_words_are_cut_by_fields_then_they_are_put_together() -> None:
    details = (
        ":86:166?00GUTSCHRIFT?20EREF+ORDER-2026-00017?21MREF+M-1 CRED+DE98ZZZ099?2299999999 S?23VWZ+Invoice 4711 of"
        f"?30ABNANL2A?31{OTHER}?32Payer of long na?33me"
    )

    (found,) = read_statements(mt940([":61:2603020302C5,00NTRFNONREF//B1", details]))

    facts = found.entries[0].facts
    assert (facts.end_to_end_id, facts.mandate_id, facts.party_id) == ("ORDER-2026-00017", "M-1", "DE98ZZZ09999999999")
    assert (facts.text, facts.account, facts.bic) == ("Invoice 4711 of", OTHER, "ABNANL2A")
    assert found.entries[0].bank_code == "NTRF/166"


def test_mt940_when_words_stand_between_slashes_then_they_are_told_apart() -> None:
    details = f":86:/RTRN/MS03//EREF/E-1//CNTP/{OTHER}/ABNANL2A/Payee///REMI/STRD/CUR/9001123412341234/"

    (found,) = read_statements(mt940([":61:2603020302C5,00NRTIEREF//B1", details]))

    facts = found.entries[0].facts
    assert (facts.return_reason, facts.is_return, facts.end_to_end_id) == ("MS03", True, "E-1")
    assert (facts.account, facts.counterparty, facts.references) == (OTHER, "Payee", ("9001123412341234",))


def test_mt940_when_bytes_are_of_windows_then_letters_are_right() -> None:
    content = mt940([":61:2603020302C5,00NTRFNONREF", ":86:Grüße aus Köln"]).decode().encode("cp1252")

    (found,) = read_statements(content)

    assert found.entries[0].facts.text == "Grüße aus Köln"


def test_mt940_when_it_lies_in_an_envelope_then_the_same_is_read() -> None:
    plain = mt940([":61:2603020302C5,00NTRFNONREF//B1"], closing="C260302EUR5,00")
    wrapped = b"{1:F01BANKDEFFAAAA0000000000}{2:I940BANKDEFFAAAAN}{4:\r\n" + plain.removesuffix(b"-") + b"-}"

    assert read_statements(wrapped)[0].entries[0].amount == read_statements(plain)[0].entries[0].amount
    assert read_statements(wrapped)[0].balanced is True


def test_mt940_when_a_line_is_not_understood_then_it_is_told_with_its_place() -> None:
    (found,) = read_statements(mt940([":61:somethingelse"]))

    assert [(one.code, one.position) for one in found.defects] == [("entry_left_out", "line 5")]
    assert found.balanced is False


def test_mt942_when_totals_do_not_fit_then_told() -> None:
    (found,) = read_statements(mt940([":34F:EUR0,00", ":61:2603020302C5,00NTRFNONREF//B1", ":90C:2EUR10,00"]))

    assert found.format == "MT942"
    assert "totals_differ" in {one.code for one in found.defects}


def test_ofx_when_leaves_have_no_closing_tags_then_read() -> None:
    moved = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260302120000[+1:CET]<TRNAMT>-12,50<FITID>F1<NAME>Caf\xe9 &amp; Bar"

    (found,) = read_statements(ofx([moved, moved.replace("F1", "F2")], "100.00"))

    assert [entry.entry_ref for entry in found.entries] == ["F1", "F2"]
    assert found.entries[0].amount.minor == -1250
    assert found.entries[0].facts.counterparty == "Caf\xe9 & Bar"
    assert (found.account, found.closing and found.closing.minor) == ("202051", 10000)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "statement_empty"),
        (b"just words", "not_a_statement"),
        (b"<OFX><!-- <STMTTRN><TRNAMT>1 --></OFX>", "statement_commented_out"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><Document/>', "bank_message_unreadable"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><OFX></OFX>', "statement_hostile"),
        (b"<Document><CstmrPmtStsRpt/></Document>", "not_a_statement"),
        (b"PK\x03\x04broken", "not_a_statement"),
        (b"a;b\nc;d\n", "table_not_described"),
    ],
)
def test_files_when_no_statement_then_refused_by_name_with_advice(content: bytes, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read_statements(content)

    assert refused.value.code == code
    assert refused.value.hint or code == "bank_message_unreadable"


def test_nacha_when_a_payment_is_returned_then_reason_and_original_trace_are_kept() -> None:
    (found,) = read_statements(nacha())

    (entry,) = found.entries
    assert (entry.kind, entry.facts.return_reason, entry.amount.to_decimal()) == ("return", "R03", "12.34")
    assert (entry.facts.end_to_end_id, entry.facts.instruction_id) == ("PAYMENT-1", "091000010000007")
    assert (found.balanced, found.defects) == (True, ())


def test_nacha_when_a_total_is_changed_then_told() -> None:
    (found,) = read_statements(nacha().replace(b"000000001234 ", b"000000001235 "))

    assert found.balanced is False


def test_archive_when_it_holds_statements_then_each_is_read() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.sta", mt940([]))
        archive.writestr("b.xml", camt([], "0.00", "0.00"))

    assert [one.format for one in read_statements(packed.getvalue())] == ["MT940", "camt.053.001.08"]


def test_archive_when_it_grows_beyond_reason_then_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.sta", b" " * 5_000_000)

    with pytest.raises(InputError) as refused:
        read_statements(packed.getvalue())

    assert refused.value.code == "statement_hostile"


_TABLE = [
    "Buchungstag;Valuta;Name;IBAN;Verwendungszweck;Betrag;Saldo",
    f"03.03.2026;03.03.2026;Payee;{OTHER};Invoice 1;-1.000,50;99,50",
    f"02.03.2026;02.03.2026;Payer;{IBAN};Order 7;100,00;1.100,00",
    f"28.02.2026;28.02.2026;Payer;{IBAN};Order 6;1.000,00;1.000,00",
]


def test_table_when_the_balance_runs_then_the_proposal_is_certain_and_opening_is_known() -> None:
    (found,) = read_statements(table(_TABLE))

    assert "read_by_proposal" not in {one.code for one in found.defects}
    assert found.opening is not None
    assert found.closing is not None
    assert (found.opening.minor, found.closing.minor, found.balanced) == (0, 9950, True)
    assert found.entries[0].facts.account == OTHER


def test_table_when_nothing_proves_it_then_a_person_is_asked() -> None:
    (found,) = read_statements(table([row.rpartition(";")[0] for row in _TABLE]))

    assert found.defects[0].code == "read_by_proposal"
    assert [entry.amount.minor for entry in found.entries] == [-100050, 10000, 100000]


def test_table_when_described_then_its_columns_and_signs_are_followed() -> None:
    rows = ["Datum;Soll/Haben;Umsatz;Text", "02.03.2026;S;5,00;Fee", "02.03.2026;H;7,00;Sale", "never;H;1,00;x"]
    described = description_of(
        "bank",
        {
            "header": ["datum", "umsatz"],
            "delimiter": ";",
            "decimal": ",",
            "dates": ["%d.%m.%Y"],
            "currency": "EUR",
            "columns": {"booked": "datum", "amount": "umsatz", "sign": "soll/haben", "text": ["text"]},
        },
    )

    (found,) = read_statements(table(rows), [described])

    assert [entry.amount.minor for entry in found.entries] == [-500, 700]
    assert [(one.code, one.position) for one in found.defects] == [("entry_left_out", "line 4")]


@pytest.mark.parametrize("data", [{}, {"columns": {"booked": "a"}}, {"columns": {"booked": "a", "nothing": "b"}}])
def test_description_when_it_lacks_amounts_or_names_what_is_not_there_then_refused(data: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        description_of("bank", data)

    assert refused.value.code == "invalid_csv_description"
