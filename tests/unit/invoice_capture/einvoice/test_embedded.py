"""E-invoices inside PDFs: under any name, in any place, in damaged files too."""

import resource

import pytest

from invoice_capture.einvoice import find_xml
from invoice_capture.errors import Refused
from tests.support.einvoices import Sample, cii, pdf_associated, pdf_bomb, pdf_with, pdf_with_circle, ubl, zugferd1

_XML = cii(Sample())


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "zugferd-invoice.xml", "xrechnung.xml", "Rechnung 17.XML", "daten"]
)
def test_einvoice_when_attached_under_any_name_then_found(name: str) -> None:
    found, attachments = find_xml(pdf_with(("notes.txt", b"hello"), (name, _XML)))

    assert found is not None
    assert (found.name, found.data) == (name, _XML)
    assert {one.name for one in attachments} == {"notes.txt", name}


def test_einvoice_when_only_an_associated_file_then_found() -> None:
    found, attachments = find_xml(pdf_associated("factur-x.xml", _XML))

    assert found is not None
    assert found.data == _XML
    assert attachments == (found,)


def test_einvoice_when_the_tree_of_attachments_is_broken_then_found() -> None:
    pdf = pdf_with(("factur-x.xml", _XML))
    damaged = pdf.replace(b"/EmbeddedFiles", b"/EmbeddedFilez")
    assert damaged != pdf

    found, _ = find_xml(damaged)

    assert found is not None
    assert found.data == _XML


def test_einvoices_when_several_then_the_one_with_the_agreed_name() -> None:
    found, attachments = find_xml(pdf_with(("a.xml", ubl(Sample())), ("zugferd-invoice.xml", zugferd1(Sample()))))

    assert found is not None
    assert found.name == "zugferd-invoice.xml"
    assert len(attachments) == 2


@pytest.mark.parametrize("data", [b"<a/>", b"<!DOCTYPE x><x/>", b"", b"not xml", b"<SCRDMCCBDACIOMessageStructure/>"])
def test_attachment_when_no_einvoice_then_only_listed(data: bytes) -> None:
    found, attachments = find_xml(pdf_with(("factur-x.xml", data)))

    assert found is None
    assert all(one.name == "factur-x.xml" for one in attachments)


def test_pdf_when_without_attachments_then_nothing() -> None:
    assert find_xml(pdf_with()) == (None, ())


@pytest.mark.parametrize(
    ("pdf", "code"),
    [(b"", "pdf_broken"), (b"%PDF-1.7 nothing", "pdf_broken"), (pdf_with(("a", _XML), password="x"), "pdf_encrypted")],
)
def test_pdf_when_not_readable_then_refused_by_name(pdf: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        find_xml(pdf)

    assert refusal.value.code == code


def test_pdf_when_cut_or_damaged_then_refused_or_read_never_another_error() -> None:
    pdf = pdf_with(("factur-x.xml", _XML))
    found = 0
    for place in range(0, len(pdf), 97):
        damaged = bytearray(pdf)
        damaged[place] ^= 0x10
        for data in (bytes(damaged), pdf[:place]):
            try:
                found += find_xml(data)[0] is not None
            except Refused:
                continue

    assert found > 0


def test_attachment_when_it_unpacks_without_end_then_left_out_before_it_costs_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pdf = pdf_bomb("factur-x.xml", 1 << 30)
    assert len(pdf) < 1 << 21

    assert find_xml(pdf) == (None, ())

    # Kibibytes: far below what is inside.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024


def test_tree_of_attachments_when_it_goes_round_in_circles_then_it_ends() -> None:
    assert find_xml(pdf_with_circle()) == (None, ())
