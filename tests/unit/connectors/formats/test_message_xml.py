"""Messages piece by piece: hostile ones are refused, memory is let go."""

import pytest

from connectors.formats.message_xml import DEPTH_MAX, TEXT_MAX, Piece, read_pieces
from gateway.domain.errors import InputError


def _refused(content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read_pieces(content, {})
    assert caught.value.code == "bank_message_unreadable"
    return caught.value.message


def test_message_when_it_declares_a_document_type_then_it_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'

    assert "document type" in _refused(bomb)
    assert "document type" in _refused(outside)


@pytest.mark.parametrize(
    "content",
    [b"", b"   ", b"<a>", b"<a></b>", b"plain", b"<a>\x00</a>", b"<a>&x;</a>", b"\xff\xfe<a/>", b"<a>\xe4</a>"],
)
def test_message_when_it_is_no_xml_then_it_is_refused(content: bytes) -> None:
    assert "cannot be read" in _refused(content)


def test_message_when_nested_too_deeply_then_it_is_refused() -> None:
    assert "deeply" in _refused(b"<a>" * (DEPTH_MAX + 1))


def test_text_when_too_long_then_it_is_refused() -> None:
    assert "too long" in _refused(b"<a>" + b"x" * (TEXT_MAX + 1) + b"</a>")


def test_pieces_when_too_many_are_held_then_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.formats.message_xml.NODES_MAX", 50)
    content = b"<a>" + b"<b/>" * 60 + b"</a>"

    assert "too large" in _refused(content)
    # Handed over and dropped, any number passes.
    seen: list[Piece] = []
    read_pieces(content, {"b": seen.append}, drop=frozenset({"b"}))
    assert len(seen) == 60


def test_character_set_when_not_in_the_list_then_it_is_refused() -> None:
    assert "character set" in _refused(b'<?xml version="1.0" encoding="utf-7"?><a/>')


@pytest.mark.parametrize(
    ("declared", "encoded"),
    [("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252"), ("UTF-8", "utf-8"), ("UTF-16", "utf-16")],
)
def test_character_set_when_known_then_letters_are_right(declared: str, encoded: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><a>Zürich</a>'

    assert read_pieces(text.encode(encoded), {}).text == "Zürich"


def test_piece_when_asked_by_path_then_the_first_with_words_answers() -> None:
    root = read_pieces(b'<x:a xmlns:x="urn:any"><b> </b><b><c>one</c></b><d k="v">two</d></x:a>', {})

    assert root.words("b/c", "d") == "one"
    assert root.words("missing", "b", "d") == "two"
    found = root.first("missing", "d")
    assert found is not None
    assert found.attributes == {"k": "v"}
    assert root.first("b/none") is None
