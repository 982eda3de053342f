from __future__ import annotations

import struct

import pytest

from invoice_capture.errors import Refused
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sniff import Kind
from invoice_capture.intake.unpacking import clean_name, documents_in
from tests.support.drawn_documents import encoded, mail_of, pdf_of, receipt_picture, zip_of

_PDF = pdf_of([[(50, 50, "Invoice")]])
_XML = b'<?xml version="1.0"?><Invoice/>'


def test_documents_when_the_file_is_one_then_it_is_itself() -> None:
    [part] = documents_in(_PDF, "C:\\post\\bill.pdf", Limits())

    assert (part.name, part.kind, part.data, part.container) == ("bill.pdf", Kind.PDF, _PDF, ())


def test_documents_when_in_an_archive_then_all_are_found_and_the_rest_left_out() -> None:
    archive = zip_of({"a/one.pdf": _PDF, "two.xml": _XML, "readme.txt": b"hello", "__MACOSX/._one.pdf": _PDF})

    found = documents_in(archive, "post.zip", Limits())

    assert [(part.name, part.kind, part.container) for part in found] == [
        ("one.pdf", Kind.PDF, ("post.zip",)),
        ("two.xml", Kind.XML, ("post.zip",)),
    ]


def test_documents_when_in_a_mail_then_logos_are_left_out() -> None:
    logo = encoded(receipt_picture(("NORDWIND",), width=90), "PNG")

    found = documents_in(mail_of({"bill.pdf": _PDF, "logo.png": logo}), "mail.eml", Limits())

    assert [part.name for part in found] == ["bill.pdf"]


def test_documents_when_an_archive_lies_in_a_mail_then_it_is_opened() -> None:
    [part] = documents_in(mail_of({"post.zip": zip_of({"bill.pdf": _PDF})}), "mail.eml", Limits())

    assert part.container == ("mail.eml", "post.zip")


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (_PDF, Limits(bytes_max=100), "too_large"),
        (zip_of({"inner.zip": zip_of({"bill.pdf": _PDF})}), Limits(), "nested_archive"),
        (mail_of({"a.eml": mail_of({"b.eml": mail_of({"bill.pdf": _PDF})})}), Limits(), "nested_archive"),
        (zip_of({f"{n}.pdf": _PDF for n in range(4)}), Limits(files_max=3), "too_many_files"),
        (zip_of({f"{n}.txt": b"x" for n in range(1001)}), Limits(), "too_many_files"),
        (zip_of({"bomb.txt": b"\x00" * 3_000_000}), Limits(unpacked_bytes_max=1_000_000), "unpacks_too_large"),
        (zip_of({"readme.txt": b"hello"}), Limits(), "no_document_inside"),
        (mail_of({}), Limits(), "no_document_inside"),
        (zip_of({"bill.pdf": _PDF})[:-30], Limits(), "zip_broken"),
    ],
)
def test_documents_when_a_limit_is_crossed_then_the_reason_has_a_name(data: bytes, limits: Limits, code: str) -> None:
    with pytest.raises(Refused) as refused:
        documents_in(data, "post", limits)

    assert refused.value.code == code


def test_documents_when_the_archive_is_locked_then_it_is_said() -> None:
    archive = bytearray(zip_of({"bill.pdf": _PDF}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", archive, archive.index(mark) + offset, 0x1)

    with pytest.raises(Refused, match="password") as refused:
        documents_in(bytes(archive), "post.zip", Limits())

    assert refused.value.code == "zip_encrypted"


def test_documents_when_the_archive_lies_about_sizes_then_what_comes_out_counts() -> None:
    archive = bytearray(zip_of({"bomb.bin": b"\x00" * 2_000_000}))
    struct.pack_into("<I", archive, archive.index(b"PK\x01\x02") + 24, 10)

    with pytest.raises(Refused) as refused:
        documents_in(bytes(archive), "post.zip", Limits(unpacked_bytes_max=1_000_000))

    assert refused.value.code in {"unpacks_too_large", "zip_broken", "no_document_inside"}


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\\b\\c.pdf", "c.pdf"),
        ("x\x00\n.pdf", "x.pdf"),
        ("", ""),
        ("n" * 500, "n" * 200),
    ],
)
def test_name_when_it_is_hostile_then_only_its_last_part_is_left(name: str, clean: str) -> None:
    assert clean_name(name) == clean
