"""What is written into an e-invoice comes out again, whatever the prefixes and the syntax."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_capture.einvoice import differences, fields_of_xml, is_einvoice
from invoice_capture.errors import Refused
from invoice_capture.model import FieldName
from tests.support.einvoices import Sample, cii, ubl, zugferd1

_PREFIXES = sorted(permutations(("ram", "rsm", "udt", "cbc", "cac", "n0", "_x", "Ä"), 3))
_words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=12)
_text = st.lists(_words, min_size=1, max_size=4).map(" ".join)
_line = st.tuples(
    _text,
    st.decimals("0.01", "500", places=2).map(str),
    st.decimals("0.01", "9999.99", places=2).map(str),
)
_samples = st.builds(
    Sample,
    number=_text,
    date=st.dates().map(lambda one: one.isoformat()),
    due=st.dates().map(lambda one: one.isoformat()),
    seller=_text,
    buyer=_text,
    order=_text,
    reference=_text,
    rate=st.sampled_from(["0", "5.5", "7", "19", "21.00"]),
    lines=st.lists(_line, min_size=1, max_size=5).map(tuple),
    prepaid=st.sampled_from(["", "1.00", "0.5"]),
    rounding=st.sampled_from(["", "0.01", "-0.04"]),
    type_code=st.sampled_from(["380", "381", "384", "389"]),
)


@given(_samples, st.sampled_from(_PREFIXES))
def test_invoice_when_written_in_each_syntax_then_the_same_fields_come_out(
    sample: Sample, prefixes: tuple[str, str, str]
) -> None:
    read = [fields_of_xml(xml) for xml in (ubl(sample, prefixes), cii(sample, prefixes), zugferd1(sample))]

    first = {name: field.value for name, field in read[0].fields.items()}
    assert first[FieldName.COMPANY] == sample.seller
    assert first[FieldName.INVOICE_NUMBER] == sample.number
    assert first[FieldName.DATE] == sample.date
    assert first[FieldName.DUE_DATE] == sample.due
    assert Decimal(first[FieldName.TOTAL]) == Decimal(sample.total)
    assert Decimal(first[FieldName.PAYABLE]) == Decimal(sample.payable)
    for other in read[1:]:
        assert {name: field.value for name, field in other.fields.items()} == first
        assert other.lines == read[0].lines
        assert other.document_type is read[0].document_type
    assert all(check.holds for one in read for check in one.checks)
    assert differences(read[0], read[1]) == ()


@given(st.binary(max_size=300))
def test_bytes_when_any_then_no_einvoice_and_refused_by_name(data: bytes) -> None:
    assert not is_einvoice(data)
    with pytest.raises(Refused) as refusal:
        fields_of_xml(data)

    assert refusal.value.code.startswith("xml_")
