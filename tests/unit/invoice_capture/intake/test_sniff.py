from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_capture.errors import Refused
from invoice_capture.intake.sniff import Kind, kind_of
from tests.support.drawn_documents import encoded, mail_of, pdf_of, receipt_picture, zip_of


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (pdf_of([[(50, 50, "Invoice")]]), Kind.PDF),
        (b"\x00\x01junk before\n" + pdf_of([[(50, 50, "Invoice")]]), Kind.PDF),
        (encoded(receipt_picture(), "JPEG"), Kind.JPEG),
        (encoded(receipt_picture(), "PNG"), Kind.PNG),
        (encoded(receipt_picture(), "TIFF"), Kind.TIFF),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", Kind.HEIC),
        (b'<?xml version="1.0"?><Invoice/>', Kind.XML),
        ('\ufeff<?xml version="1.0"?><Invoice/>'.encode(), Kind.XML),
        ('\ufeff<?xml version="1.0" encoding="UTF-16"?><Invoice/>'.encode("utf-16-le"), Kind.XML),
        ('<?xml version="1.0" encoding="UTF-16"?><Invoice/>'.encode("utf-16-be"), Kind.XML),
        (b"<!-- note --><rsm:CrossIndustryInvoice/>", Kind.XML),
        (zip_of({"a.txt": b"text"}), Kind.ZIP),
        (mail_of({}), Kind.MAIL),
        (b"From sender Thu Mar 14 09:30:00 2024\n" + mail_of({}), Kind.MAIL),
    ],
)
def test_kind_when_the_content_is_known_then_it_is_told(data: bytes, kind: Kind) -> None:
    assert kind_of(data) is kind


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n\x00\x00", "empty"),
        (b"GIF89a....", "unknown_kind"),
        (b"plain words, nothing else", "unknown_kind"),
        (b"<html><body>Invoice</body></html>", "unknown_kind"),
        (b"<!DOCTYPE html><html/>", "unknown_kind"),
        (zip_of({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}), "unknown_kind"),
        (b"note: a line that only looks like one of a mail\n\ntext", "unknown_kind"),
    ],
)
def test_kind_when_it_is_not_read_then_the_reason_has_a_name(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        kind_of(data)

    assert refused.value.code == code
    assert refused.value.hint


@given(st.binary(max_size=400))
def test_kind_when_the_content_is_anything_then_it_is_a_kind_or_refused(data: bytes) -> None:
    assert _answer(data) in {*Kind, "empty", "unknown_kind"}


def _answer(data: bytes) -> str:
    try:
        return kind_of(data)
    except Refused as error:
        return error.code
