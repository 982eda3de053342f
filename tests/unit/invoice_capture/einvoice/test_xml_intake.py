"""Hostile and broken XML is refused by name before it costs anything."""

import time

import pytest

from invoice_capture.einvoice import fields_of_xml, is_einvoice
from invoice_capture.einvoice.xml_intake import BYTES_MAX, DEPTH_MAX, ELEMENTS_MAX, parse_untrusted
from invoice_capture.errors import Refused
from tests.support.einvoices import Sample, cii, ubl

_BOMB = (
    "<!DOCTYPE x ["
    '<!ENTITY a0 "haha">'
    + "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 12))
    + "]><x>&a11;</x>"
)
_EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("text", [_BOMB, _EXTERNAL, "<!DOCTYPE x><x/>", "\n<!-- x --><!DOCTYPE x SYSTEM 'a'><x/>"])
def test_document_type_when_declared_in_any_encoding_then_refused_at_once(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    started = time.process_time()

    with pytest.raises(Refused) as refusal:
        parse_untrusted(data)

    assert refusal.value.code == "xml_dtd"
    assert time.process_time() - started < 0.1


def test_document_type_when_in_an_encoding_the_scan_does_not_know_then_refused_all_the_same() -> None:
    data = f'<?xml version="1.0" encoding="IBM037"?>{_BOMB}'.encode("cp037")

    with pytest.raises(Refused) as refusal:
        parse_untrusted(data)

    assert refusal.value.code in {"xml_dtd", "xml_broken"}


def test_document_type_when_it_only_stands_in_a_word_then_it_is_no_declaration() -> None:
    root = parse_untrusted(b"<x>&lt;!DOCTYPE x></x>")

    assert root.text == "<!DOCTYPE x>"


@pytest.mark.parametrize("depth", [DEPTH_MAX + 1, 300, 100_000])
def test_depth_when_beyond_the_limit_then_refused(depth: int) -> None:
    with pytest.raises(Refused) as refusal:
        parse_untrusted(b"<a>" * depth + b"</a>" * depth)

    assert refusal.value.code == "xml_too_deep"


def test_depth_when_at_the_limit_then_read() -> None:
    assert parse_untrusted(b"<a>" * DEPTH_MAX + b"</a>" * DEPTH_MAX).tag == "a"


def test_elements_when_beyond_the_limit_then_refused() -> None:
    with pytest.raises(Refused) as refusal:
        parse_untrusted(b"<a>" + b"<b/>" * ELEMENTS_MAX + b"</a>")

    assert refusal.value.code == "xml_too_many_elements"


def test_size_when_beyond_the_limit_then_refused() -> None:
    with pytest.raises(Refused) as refusal:
        parse_untrusted(b"<a>" + b" " * BYTES_MAX + b"</a>")

    assert refusal.value.code == "xml_too_large"


@pytest.mark.parametrize(("data", "code"), [(b"", "xml_empty"), (b" \n\t", "xml_empty"), (b"<a>", "xml_broken")])
def test_nothing_when_read_then_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_untrusted(data)

    assert refusal.value.code == code


def test_undeclared_entity_when_read_then_broken() -> None:
    with pytest.raises(Refused) as refusal:
        parse_untrusted(b"<a>&nope;</a>")

    assert refusal.value.code == "xml_broken"


@pytest.mark.parametrize("encoding", ["no-such-thing", "idna", "utf-7"])
def test_unknown_encoding_when_declared_then_broken(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + b"<x>+ADw-</x>"

    with pytest.raises(Refused) as refusal:
        fields_of_xml(data)

    assert refusal.value.code in {"xml_broken", "xml_not_invoice"}


def test_refusal_when_told_then_nothing_of_the_document_is_in_it() -> None:
    with pytest.raises(Refused) as refusal:
        parse_untrusted(b"<a><secret-4711></a>")

    assert "4711" not in refusal.value.message + refusal.value.hint + str(refusal.value.__cause__)


@pytest.mark.parametrize("xml", [ubl(Sample()), cii(Sample())], ids=["ubl", "cii"])
def test_invoice_when_cut_anywhere_then_refused_or_read_never_another_error(xml: bytes) -> None:
    for length in range(0, len(xml), 7):
        if is_einvoice(xml[:length]):
            fields_of_xml(xml[:length])
        else:
            with pytest.raises(Refused):
                fields_of_xml(xml[:length])


@pytest.mark.parametrize("xml", [ubl(Sample()), cii(Sample())], ids=["ubl", "cii"])
def test_invoice_when_a_bit_is_flipped_then_refused_or_read_never_another_error(xml: bytes) -> None:
    read = 0
    for place in range(0, len(xml), 5):
        damaged = bytearray(xml)
        damaged[place] ^= 1 << (place % 8)
        try:
            fields_of_xml(bytes(damaged))
        except Refused:
            continue
        read += 1

    assert read > 0
