"""Status reports: every level, every version, checks of the payee."""

from datetime import UTC, date, datetime

import pytest

from connectors.formats.pain002 import read_pain002
from gateway.domain.errors import InputError

_HEAD = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId>'
    "<CreDtTm>2026-11-25T10:00:00+01:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId>"
)
_TAIL = "</CstmrPmtStsRpt></Document>"


def _report(group: str, blocks: str = "", version: str = "10") -> bytes:
    return f"{_HEAD.format(version=version)}{group}</OrgnlGrpInfAndSts>{blocks}{_TAIL}".encode()


@pytest.mark.parametrize("version", ["03", "10", "12", "14"])
def test_report_when_every_level_has_a_status_then_all_are_told_outermost_first(version: str) -> None:
    payment = "<TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>{}</TxSts>{}</TxInfAndSts>"
    reason = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf><AddtlInf>account</AddtlInf></StsRsnInf>"
    block = (
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>B1</OrgnlPmtInfId><PmtInfSts>PART</PmtInfSts>"
        "<StsRsnInf><Rsn><Prtry>X9</Prtry></Rsn></StsRsnInf>"
        f"{payment.format('E1', 'ACCP', '')}{payment.format('E2', 'RJCT', reason)}</OrgnlPmtInfAndSts>"
    )

    report = read_pain002(_report("<GrpSts>PART</GrpSts>", block, version))

    assert (report.kind, report.id, report.defects) == ("pain.002", "R1", ())
    assert report.created_at == datetime(2026, 11, 25, 9, tzinfo=UTC)
    told = [(s.status, s.block_id, s.end_to_end_id, s.reason_code, s.reason_text) for s in report.statuses]
    assert told == [
        ("PART", "", "", "", ""),
        ("PART", "B1", "", "X9", ""),
        ("ACCP", "B1", "E1", "", ""),
        ("RJCT", "B1", "E2", "AC04", "closed account"),
    ]
    assert {status.message_id for status in report.statuses} == {"M1"}


def test_payee_check_when_close_then_the_name_of_the_account_is_told() -> None:
    payment = (
        "<TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>{}</TxSts>"
        "<StsRsnInf><AddtlInf>{}</AddtlInf></StsRsnInf>{}</TxInfAndSts>"
    )
    named = "<OrgnlTxRef><Cdtr><Pty><Nm>Holder Ltd</Nm></Pty></Cdtr></OrgnlTxRef>"
    inside = (
        payment.format("E1", "RVMC", "Timber Sons Ltd", "")
        + payment.format("E2", "RVMC", "see name", named)
        + payment.format("E3", "RVNM", "no match", "")
    )
    block = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>B1</OrgnlPmtInfId>{inside}</OrgnlPmtInfAndSts>"

    report = read_pain002(_report("<GrpSts>RVCM</GrpSts>", block))

    assert [(s.status, s.payee_name) for s in report.statuses] == [
        ("RVCM", ""),
        ("RVMC", "Timber Sons Ltd"),
        ("RVMC", "Holder Ltd"),
        ("RVNM", ""),
    ]


def test_status_when_the_bank_changed_the_date_then_it_is_told() -> None:
    payment = (
        "<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId><TxSts>ACWC</TxSts>"
        "<OrgnlTxRef><ReqdExctnDt><Dt>2026-11-30</Dt></ReqdExctnDt></OrgnlTxRef></TxInfAndSts>"
    )
    block = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>B1</OrgnlPmtInfId>{payment}</OrgnlPmtInfAndSts>"

    report = read_pain002(_report("", block))

    assert [(s.status, s.execute_on) for s in report.statuses] == [("ACWC", date(2026, 11, 30))]


def test_report_when_it_does_not_say_of_what_then_it_is_a_defect() -> None:
    lonely = "<OrgnlPmtInfAndSts><TxInfAndSts><TxSts>RJCT</TxSts></TxInfAndSts></OrgnlPmtInfAndSts>"
    nameless = _report("<GrpSts>RJCT</GrpSts>", lonely).replace(b"<OrgnlMsgId>M1</OrgnlMsgId>", b"")

    report = read_pain002(nameless)

    assert len(report.defects) == 2
    assert [status.status for status in report.statuses] == ["RJCT"]


def test_other_message_when_read_as_a_report_then_it_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        read_pain002(b"<Document><Other/></Document>")

    assert caught.value.code == "bank_message_unreadable"
