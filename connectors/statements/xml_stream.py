"""Reads huge messages of XML: checked by the parser, cut at chosen elements, in the memory of one of them.

A parser in C checks every byte: well formed, no document type and hence no entities of its own. What it has seen is
brought into one plain form (no comments, no character data sections, no empty elements, no closing bracket inside
texts), which can then be cut by plain search. Building each element in Python would cost ten times as much.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from html import unescape
from typing import NamedTuple
from xml.parsers import expat

from connectors.formats.message_xml import charset_of, unreadable

PART_MAX = 8 * 1024 * 1024
"""Characters between two cuts; no single entry or payment needs more."""
LONG = 256 * 1024
"""Characters of an element from which on those in it are cut out before it ends."""

_CLOSED = r"</((?:[^\s<>/:]++:)?+(?:{names}))\s*>"
_SPECIAL = re.compile(r"<!--.*?-->|<!\[CDATA\[(?P<data>.*?)\]\]>|<\?.*?\?>", re.DOTALL)
_UNFINISHED = ("<!--", "<![CDATA[", "<?")
_EMPTY = re.compile(r"""<(?P<name>[^\s<>/!?"']+)(?P<rest>(?:\s+[^\s<>="'/]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*/>""")
_TAG_OR_BRACKET = re.compile(r"""<[^<>"']*(?:(?:"[^"]*"|'[^']*')[^<>"']*)*>|>""")
_REFERENCE = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]{1,8}|#x[0-9A-Fa-f]{1,6});")


class Cut(NamedTuple):
    """One element that ended. ``name``: without its prefix; ``body``: from tag to tag, without what was cut before.

    ``around``: what stands before it in the elements around it, in pieces; it is only good until the next cut.
    """

    name: str
    body: str
    around: list[str]


def cut_elements(chunks: Iterable[bytes], names: Sequence[str], inner: Sequence[str] = ()) -> Iterator[Cut]:
    """Give each element of these names when it ends, cut out of what is around it.

    The last cut has no name: what is left of the message when all others are gone.

    Args:
        chunks: the message, in pieces of any size.
        names: of elements, without prefix.
        inner: of elements in them that are given too where one with all of them would be long.

    Raises:
        InputError: ``bank_message_unreadable``.
    """
    usual, long = _closed(names), _closed((*names, *inner))
    around: list[str] = []
    left = ""
    for piece in plain_text(chunks):
        text = left + piece
        start = 0
        for found in (long if len(left) > LONG else usual).finditer(text):
            name, end = found[1], found.end()
            body = _taken(around, text[start:end], f"<{name}")
            yield Cut(name.rpartition(":")[2], body, around)
            start = end
        left = text[start:]
        if len(left) + sum(map(len, around)) > PART_MAX:
            raise unreadable("one part of it is too large")
    around.append(left)
    yield Cut("", "".join(around), [])


def cut_out(text: str, name: str) -> tuple[str, list[str]]:
    """Return an element in plain form without those of a name in it, and these in their order."""
    around: list[str] = []
    found = []
    start = 0
    for closed in _closed((name,)).finditer(text):
        found.append(_taken(around, text[start : closed.end()], f"<{closed[1]}"))
        start = closed.end()
    return "".join([*around, text[start:]]), found


@lru_cache(maxsize=50)
def _closed(names: Sequence[str]) -> re.Pattern[str]:
    return re.compile(_CLOSED.format(names="|".join(map(re.escape, names))))


def _taken(around: list[str], segment: str, tag: str) -> str:
    """Take an element that ends with a segment out of it, or out of it and the pieces before."""
    at = _begin(segment, tag)
    if at >= 0:
        if segment[:at].strip():
            around.append(segment[:at])
        return segment[at:]
    pieces = [segment]
    while around:
        piece = around.pop()
        at = _begin(piece, tag)
        if at < 0:
            pieces.append(piece)
            continue
        if piece[:at].strip():
            around.append(piece[:at])
        pieces.append(piece[at:])
        break
    return "".join(reversed(pieces))


def _begin(text: str, tag: str) -> int:
    """Return where the last element of a tag begins, which no longer name is; -1 where there is none."""
    at = text.rfind(tag)
    while at >= 0 and text[at + len(tag)] not in "> \t\n":
        at = text.rfind(tag, 0, at)
    return at


def plain_text(chunks: Iterable[bytes]) -> Iterator[str]:
    """Give a checked message in its plain form, each piece up to the begin of a tag.

    Raises:
        InputError: ``bank_message_unreadable``.
    """
    check = _checker()
    raw = ""
    for text in _decoded(chunks):
        _parse(check, text.encode(), final=False)
        raw += text
        raw, done = _plain(raw)
        if done:
            yield done
        if len(raw) > PART_MAX:
            raise unreadable("one part of it is too large")
    _parse(check, b"", final=True)
    if raw:
        # The parser has accepted all of it, so that nothing in it is unfinished.
        yield _plain(raw + "<")[1]


def _plain(raw: str) -> tuple[str, str]:
    """Return what has to wait for more, and the plain form of what stands before."""
    if "<!" in raw or "<?" in raw:
        raw = _SPECIAL.sub(lambda found: _escaped(found["data"] or ""), raw)
    cut = max(raw.rfind("<"), 0)
    for sign in _UNFINISHED:
        at = raw.find(sign)
        cut = min(cut, at) if at >= 0 else cut
    done, left = raw[:cut], raw[cut:]
    if "\r" in done:
        done = done.replace("\r\n", "\n").replace("\r", "\n")
    if "/>" in done:
        done = _EMPTY.sub(r"<\g<name>\g<rest>></\g<name>>", done)
    if done.count("<") != done.count(">"):
        done = _TAG_OR_BRACKET.sub(_without_brackets, done)
    return left, done


def _without_brackets(found: re.Match[str]) -> str:
    """Return a tag without brackets in its attributes, or a bracket of a text by its name."""
    whole = found[0]
    return f"<{whole[1:-1].replace('>', '&gt;')}>" if whole[0] == "<" else "&gt;"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """Return a text with its references as signs; only those of XML itself are known."""
    return _REFERENCE.sub(lambda found: unescape(found[0]), text)


def _checker() -> expat.XMLParserType:
    def refuse(*_: object) -> None:
        raise unreadable("it declares a document type")

    parser = expat.ParserCreate("UTF-8", " ")
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _parse(parser: expat.XMLParserType, content: bytes, *, final: bool) -> None:
    try:
        parser.Parse(content, final)
    except expat.ExpatError as error:
        raise unreadable(f"it is no XML (line {error.lineno})") from error


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """Give the text of a message by its mark or its declared character set."""
    decoder: codecs.IncrementalDecoder | None = None
    head = b""
    try:
        for chunk in chunks:
            if decoder is None:
                head += chunk
                if len(head) < _HEAD:
                    continue
                decoder = _decoder(head)
                yield decoder.decode(head)
                continue
            yield decoder.decode(chunk)
        if decoder is None:
            decoder = _decoder(head)
            yield decoder.decode(head)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise unreadable("its bytes do not fit its character set") from error


_HEAD = 256
"""Bytes that hold the declaration of a message."""


def _decoder(head: bytes) -> codecs.IncrementalDecoder:
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return codecs.getincrementaldecoder("utf-16")("strict")
    name = charset_of(head)
    # Five positions of cp1252 are empty; a sign that means nothing there must not stop a statement.
    errors = "strict" if name == "utf-8-sig" else "replace"
    make: Callable[[str], codecs.IncrementalDecoder] = codecs.getincrementaldecoder(name)
    return make(errors)
