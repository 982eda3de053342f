"""Statements read in parts say the same as read whole, however the file is cut and however its XML is written."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.statements.camt import camt_parts
from connectors.statements.detect import open_statements, read_statements
from connectors.statements.mt940 import mt940_statements
from connectors.statements.statement import Statement
from connectors.statements.statement_parts import BATCH, EntriesRead, whole_statements
from connectors.statements.xml_stream import LONG
from gateway.domain.errors import InputError
from tests.support.bank_statements import IBAN, camt, camt_entry, mt940, nacha, table

_PAYMENT = (
    "<NtryDtls><TxDtls><Refs><EndToEndId>E{0}</EndToEndId></Refs><RltdPties><Dbtr><Nm>Payer &amp; {0}</Nm></Dbtr>"
    "</RltdPties><RmtInf><Ustrd>Text {0}</Ustrd></RmtInf></TxDtls></NtryDtls>"
)
_CAMT = camt([camt_entry(f"{n}.00", ref=f"R{n}", inside=_PAYMENT.format(n)) for n in range(1, 4)], "0.00", "6.00")
_MT940 = mt940([":61:2603020302C10,00NTRFNONREF//A", ":86:166?20EREF+E1?21SVWZ+Text"]) + b"\r\n" + mt940([])


def _cut(content: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(at % (len(content) + 1) for at in cuts), len(content)]
    return [content[first:last] for first, last in pairwise(places)]


@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_parts_when_the_file_is_cut_anywhere_then_the_same_is_read(cuts: list[int]) -> None:
    assert tuple(whole_statements(camt_parts(_cut(_CAMT, cuts)))) == read_statements(_CAMT)
    assert tuple(mt940_statements(_cut(_MT940, cuts))) == read_statements(_MT940)


_WRITTEN: dict[str, Callable[[str], str]] = {
    "with a prefix": lambda text: re.sub(r"<(/?)([A-Z])", r"<\1b:\2", text).replace("xmlns=", "xmlns:b="),
    "with comments": lambda text: text.replace("<Ntry>", "<!-- <Ntry> > --><Ntry><!-- -->").replace(
        "Text", "Te<!---->xt"
    ),
    "with instructions": lambda text: text.replace("<TxDtls>", "<?stop </Ntry>?><TxDtls>"),
    "as character data": lambda text: re.sub(r"Payer &amp; ([0-9])", r"<![CDATA[Payer & \1]]>", text),
    "by numbers": lambda text: text.replace("&amp;", "&#38;").replace("Text", "&#x54;ext"),
    "with empty elements": lambda text: text.replace("<Refs>", "<Refs><MsgId/><PmtInfId />"),
    "with attributes": lambda text: text.replace("<Refs>", """<Refs a="x > y" b='"/>'>"""),
    "with blanks in tags": lambda text: re.sub(r"</([A-Za-z]+)>", "</\\1\n>", text),
    "in wide signs": lambda text: text.encode("utf-16").decode("latin-1"),
    "with a mark": lambda text: "\ufeff".encode().decode("latin-1") + text,
}


@pytest.mark.parametrize("way", _WRITTEN)
@given(cuts=st.lists(st.integers(0, 20_000), max_size=8))
def test_parts_when_xml_is_written_in_another_way_then_the_same_is_read(way: str, cuts: list[int]) -> None:
    content = _WRITTEN[way](_CAMT.decode()).encode("latin-1")

    (found,) = whole_statements(camt_parts(_cut(content, cuts)))

    (plain,) = read_statements(_CAMT)
    assert (found.entries, found.balanced, found.defects) == (plain.entries, True, ())


@given(st.text(alphabet="ab<>/&\"'!-?[]= NtryTxDls", max_size=60))
def test_texts_when_they_look_like_elements_then_they_stay_texts(text: str) -> None:
    # A payer writes what they like into a text: nothing in it may become an amount, a party or another entry.
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")
    inside = f"<NtryDtls><TxDtls><RmtInf><Ustrd>{escaped}</Ustrd></RmtInf></TxDtls></NtryDtls>"

    (found,) = read_statements(camt([camt_entry("1.00", inside=inside), camt_entry("2.00")], "0.00", "3.00"))

    assert [entry.amount.minor for entry in found.entries] == [100, 200]
    assert found.entries[0].facts.text == text.strip()
    assert found.entries[0].facts.counterparty == ""


def test_texts_when_brackets_stand_in_them_as_they_are_then_no_element_begins() -> None:
    text = "a>/Ustrd>x>/RmtInf>Refs>EndToEndId>EVIL>/EndToEndId>/Refs>RmtInf>Ustrd>b"
    inside = f"<NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"

    (found,) = read_statements(camt([camt_entry("1.00", inside=inside)], "0.00", "1.00"))

    assert (found.entries[0].facts.end_to_end_id, found.entries[0].facts.text) == ("", text)


def test_parts_when_a_statement_is_long_then_entries_come_a_few_at_a_time_with_sums_at_the_end() -> None:
    content = camt([camt_entry("1.00", ref=f"R{n}") for n in range(BATCH + 1)], "0.00", f"{BATCH + 1}.00")

    parts = list(open_statements(io.BytesIO(content)))

    assert [len(part.entries) for part in parts if isinstance(part, EntriesRead)] == [BATCH, 1]
    assert tuple(whole_statements(parts)) == read_statements(content)


def test_parts_when_an_entry_is_a_long_batch_then_its_payments_are_let_go_before_it_ends() -> None:
    one = '<TxDtls><Refs><EndToEndId>E{}</EndToEndId></Refs><Amt Ccy="EUR">1.00</Amt></TxDtls>'
    number = 2 * LONG // len(one)
    payments = "".join(one.format(n) for n in range(number))
    content = camt([camt_entry(f"-{number}.00", inside=f"<NtryDtls>{payments}</NtryDtls>")], "0.00", f"-{number}.00")

    (found,) = whole_statements(camt_parts(_cut(content, list(range(0, len(content), 50_000)))))

    (entry,) = found.entries
    assert [fact.end_to_end_id for fact in entry.details] == [f"E{n}" for n in range(number)]
    assert {fact.amount.minor for fact in entry.details if fact.amount is not None} == {-100}
    assert (found.balanced, found.defects) == (True, ())


@pytest.mark.parametrize(
    "inside",
    [
        "<NtryDtls><TxDtls/></NtryDtls>",
        "<NtryDtls><TxDtls ></TxDtls ></NtryDtls>",
        '<NtryDtls><TxDtls a="b"><Purp/></TxDtls></NtryDtls>',
        "<NtryDtls/><TxDtls><Purp><Cd>TxDtls</Cd></Purp></TxDtls>",
    ],
)
def test_entry_when_its_payment_is_written_oddly_then_it_is_still_there(inside: str) -> None:
    (found,) = read_statements(camt([camt_entry("1.00", inside=inside)], "0.00", "1.00"))

    assert len(found.entries[0].details) == 1


@pytest.mark.parametrize("content", [nacha(), _MT940, table(["Datum;Betrag;Saldo", "02.03.2026;1,00;1,00"]), _CAMT])
def test_parts_when_a_file_of_any_format_is_opened_then_the_same_is_read(content: bytes) -> None:
    assert tuple(whole_statements(open_statements(io.BytesIO(content)))) == read_statements(content)


@pytest.mark.parametrize(
    "content",
    [
        _CAMT[:-40],
        _CAMT.replace(b"</Ntry>", b"</Ntri>", 1),
        _CAMT.replace(b"<GrpHdr>", b"<!DOCTYPE a><GrpHdr>"),
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + _CAMT,
        _CAMT.replace(b"Text 2", b"Text \xff"),
        b'<?xml version="1.0" encoding="EBCDIC"?>' + _CAMT,
        _CAMT.replace(b"<Stmt>", b"<Stmt>" + b"<x>" * 60 + b"</x>" * 60),
        _CAMT.replace(b"<Stmt>", b"<Other>").replace(b"</Stmt>", b"</Other>"),
    ],
)
def test_message_when_it_is_broken_or_hostile_then_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(InputError) as refused:
        list(open_statements(io.BytesIO(content)))

    assert refused.value.code == "bank_message_unreadable"


def test_message_when_its_statement_has_no_entries_then_read() -> None:
    (found,) = read_statements(camt([], "1.00", "1.00"))

    assert (found.account, found.entries, found.balanced) == (IBAN, (), True)
    assert isinstance(found, Statement)
