"""Elements of a message: lengths, damage, pieces."""

import pytest

from terminal_driver.caisse_ap.tlv import MESSAGE_BYTES_MAX, Element, TlvReader, decode, encode
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

_ELEMENTS = (Element("CZ", "0300"), Element("CB", "1250"), Element("ZT", "x" * 999))


def test_elements_when_written_and_read_then_the_same() -> None:
    assert decode(encode(_ELEMENTS)) == _ELEMENTS
    assert encode(_ELEMENTS[:2]) == b"CZ0040300CB0041250"


def test_elements_when_cut_anywhere_then_read_the_same() -> None:
    data = encode(_ELEMENTS[:2])

    for cut in range(len(data) + 1):
        reader = TlvReader()
        reader.feed(data[:cut])
        assert reader.at_boundary is (cut in (0, 9, 18))
        reader.feed(data[cut:])
        assert (reader.elements, reader.at_boundary) == (_ELEMENTS[:2], True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"C", "cut_off"),
        (b"CZ00", "cut_off"),
        (b"CZ004030", "cut_off"),
        (b"AA016***********0674", "cut_off"),
        (b"CZ0030300", "bad_tag"),
        (b"cz0040300", "bad_tag"),
        (b"HTTP/1.1 400", "bad_length"),
        (b"CZ 040300", "bad_length"),
        (b"CZ-040300", "bad_length"),
        (b"CZ000", "bad_length"),
        (b"CZ00\xb2030", "bad_length"),
        (b"CZ0040\x0000", "bad_character"),
        (b"CZ0040\xe900", "bad_character"),
    ],
)
def test_elements_when_damaged_then_refused_by_name(data: bytes, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode(data)

    assert refusal.value.code == code


def test_message_when_endless_then_refused() -> None:
    reader = TlvReader()

    reader.feed(b"AC001A" * (MESSAGE_BYTES_MAX // 6))

    with pytest.raises(RemoteProtocolError) as refusal:
        reader.feed(b"AC001A")

    assert refusal.value.code == "message_too_long"


@pytest.mark.parametrize(
    ("element", "code"),
    [
        (Element("C", "1"), "bad_tag"),
        (Element("c1", "1"), "bad_tag"),
        (Element("ÄÖ", "1"), "bad_tag"),
        (Element("CZ", ""), "bad_value"),
        (Element("CZ", "x" * 1000), "bad_value"),
        (Element("CZ", "é"), "bad_value"),
        (Element("CZ", "\n"), "bad_value"),
    ],
)
def test_element_when_it_cannot_be_written_then_refused(element: Element, code: str) -> None:
    with pytest.raises(LocalProtocolError) as refusal:
        encode([element])

    assert refusal.value.code == code


def test_element_when_shown_then_without_its_value() -> None:
    assert "4970" not in repr(Element("AA", "4970109999990003"))
