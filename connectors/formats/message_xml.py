"""Reads messages of banks piece by piece: hostile or huge ones are refused, and memory holds one piece at a time.

The parser is driven directly: it refuses a document type before any entity exists. Namespaces are dropped, since banks
send every version of a message, and some send none.
"""

import codecs
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

# No document type is accepted, so there are no entities to expand.
from xml.parsers import expat

from gateway.domain.errors import InputError

MESSAGE_BYTES_MAX = 128 * 1024 * 1024
"""A statement with more than a hundred thousand entries; more is no message of one bank for one shop."""

DEPTH_MAX = 48
TEXT_MAX = 100_000
NODES_MAX = 200_000
"""Elements held at a time: those not yet handed over, or kept."""

_CHUNK = 1024 * 1024
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,120}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_EIGHT_BIT = {
    "iso-8859-1": "cp1252",  # what calls itself Latin 1 holds quotation marks of Windows
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "windows-1250": "cp1250",
    "iso-8859-2": "iso-8859-2",
}


class Piece:
    """One element: name without namespace, text, attributes, the element around it and those in it."""

    __slots__ = ("around", "attributes", "before", "inside", "kept", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str], around: "Piece | None", before: int) -> None:
        self.name = name
        self.attributes = attributes
        self.around = around
        self.before = before
        self.inside: list[Piece] = []
        self.text = ""
        self.kept: list[object] = []
        """What was made of pieces in it that were handed over before it ended."""

    def all(self, path: str) -> list["Piece"]:
        """Return every element at a path such as ``Refs/EndToEndId``, in their order."""
        found = [self]
        for name in _steps(path):
            found = [piece for around in found for piece in around.inside if piece.name == name]
            if not found:
                break
        return found

    def first(self, *paths: str) -> "Piece | None":
        """Return the first element found at one of the paths, tried in their order."""
        for path in paths:
            found = self.all(path)
            if found:
                return found[0]
        return None

    def words(self, *paths: str) -> str:
        """Return the text at the first of the paths that has any."""
        for path in paths:
            for found in self.all(path):
                if found.text.strip():
                    return found.text.strip()
        return ""


@lru_cache(maxsize=500)
def _steps(path: str) -> tuple[str, ...]:
    """Return the names of a path; the same few are asked for each of thousands of entries."""
    return tuple(path.split("/"))


Handler = Callable[[Piece], None]


def read_pieces(content: bytes, handlers: Mapping[str, Handler], *, drop: frozenset[str] = frozenset()) -> Piece:
    """Walk a message and hand over each element that has a handler when it ends.

    Args:
        content: the message.
        handlers: by name of element.
        drop: names whose elements are forgotten once handed over.

    Returns:
        The outermost element, with what was not dropped.

    Raises:
        InputError: ``bank_message_unreadable``.
    """
    if len(content) > MESSAGE_BYTES_MAX:
        raise unreadable(f"it has more than {MESSAGE_BYTES_MAX} bytes")
    builder = _Builder(handlers, drop)
    parser = expat.ParserCreate(None if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "UTF-8", " ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.words
    plain = as_utf8(content)
    try:
        for start in range(0, len(plain), _CHUNK):
            parser.Parse(plain[start : start + _CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise unreadable(f"it is no XML (line {error.lineno})") from error
    return builder.whole()


def as_utf8(content: bytes) -> bytes:
    """Return a message in UTF-8 (or UTF-16 with its mark, which the parser knows).

    The declared name of a character set is looked up in a short list here: any codec would be a door for strange input.

    Raises:
        InputError: ``bank_message_unreadable``: another character set.
    """
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content
    name = charset_of(content)
    # Five positions of cp1252 are empty; a sign that means nothing there must not stop a statement.
    return content if name == "utf-8-sig" else content.decode(name, "replace").encode()


def charset_of(content: bytes) -> str:
    """Return the codec of a message that is not in UTF-16, by what its begin declares.

    Raises:
        InputError: ``bank_message_unreadable``: another character set.
    """
    found = _DECLARED.match(content[:200].removeprefix(codecs.BOM_UTF8))
    name = found[1].decode().lower() if found else "utf-8"
    if name in {"utf-8", "utf8", "us-ascii", "ascii"}:
        return "utf-8-sig"
    if name not in _EIGHT_BIT:
        raise unreadable("its character set is not known")
    return _EIGHT_BIT[name]


def unreadable(reason: str) -> InputError:
    """Return the error for a message that cannot be used."""
    hint = "Ask the bank for the message again, or for one in a format of ISO 20022."
    return InputError("bank_message_unreadable", f"The message of the bank cannot be read: {reason}.", hint)


class _Builder:
    """Builds elements and lets go of them."""

    def __init__(self, handlers: Mapping[str, Handler], drop: frozenset[str]) -> None:
        self._handlers = handlers
        self._drop = drop
        self._here: Piece | None = None
        self._whole: Piece | None = None
        self._depth = 0
        self._nodes = 0

    def doctype(self, *_: object) -> None:
        raise unreadable("it declares a document type")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise unreadable("it is nested too deeply")
        if self._nodes >= NODES_MAX:
            raise unreadable("one part of it is too large")
        piece = Piece(name.rpartition(" ")[2], attributes, self._here, self._nodes)
        self._nodes += 1
        if self._here is None:
            self._whole = piece
        else:
            # Words between elements are blanks of the layout: kept, they would grow with every entry.
            self._here.text = ""
            self._here.inside.append(piece)
        self._here = piece

    def words(self, text: str) -> None:
        here = self._here
        if here is None:
            return
        if len(here.text) + len(text) > TEXT_MAX:
            raise unreadable("one text in it is too long")
        here.text += text

    def end(self, _name: str) -> None:
        piece = self._here
        if piece is None:
            return
        self._depth -= 1
        handler = self._handlers.get(piece.name)
        if handler is not None:
            handler(piece)
        self._here = piece.around
        if piece.name in self._drop and piece.around is not None:
            piece.around.inside.pop()
            self._nodes = piece.before

    def whole(self) -> Piece:
        if self._whole is None:
            raise unreadable("it is empty")
        return self._whole
