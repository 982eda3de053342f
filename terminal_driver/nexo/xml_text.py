"""The XML text of a message: single values are attributes, structures are elements in the order of the model.

Reading takes either form for a single value. Document types and entities are refused before anything is expanded,
other encodings than UTF-8 as well; names of namespaces are passed over.
"""

import html
from dataclasses import dataclass, field
from decimal import Decimal
from xml.parsers import expat

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.nexo.tree import DEPTH_MAX, Tree, Value, bad

ELEMENTS_MAX = 20_000
"""A long receipt has some hundred; bounds the memory a hostile message of many tiny elements can take."""

TEXT = "Text"
"""Name under which the text of an element with attributes stands in the tree; JSON calls it so as well."""

# Single values that are elements of their own: times of the machine and free text.
_AS_ELEMENT = frozenset({"DateTime", "AdditionalResponse", "EventDetails"})
_ENCODINGS = frozenset({"utf-8", "us-ascii"})


@dataclass(slots=True)
class _Open:
    """An element whose end has not come yet."""

    name: str
    values: Tree
    attributes: frozenset[str]
    texts: list[str] = field(default_factory=list)
    has_children: bool = False


class _Builder:
    """Gathers what the parser reports."""

    def __init__(self) -> None:
        self.root: Tree | None = None
        self._open: list[_Open] = []
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > ELEMENTS_MAX:
            raise bad("too_many_elements", f"more than {ELEMENTS_MAX} elements")
        if len(self._open) >= DEPTH_MAX:
            raise bad("nested_too_deep", f"more than {DEPTH_MAX} levels")
        if self._open:
            self._open[-1].has_children = True
        own = {key: text for key, text in attributes.items() if ":" not in key and key != "xmlns"}
        self._open.append(_Open(name.rpartition(":")[2], dict(own), frozenset(own)))

    def text(self, text: str) -> None:
        if self._open:
            self._open[-1].texts.append(text)

    def end(self, _name: str) -> None:
        element = self._open.pop()
        value = _value_of(element)
        if not self._open:
            self.root = {element.name: value}
            return
        if element.name in self._open[-1].attributes:
            raise bad("duplicate_key", f"{element.name[:40]!r} is an attribute and an element")
        parent = self._open[-1].values
        before = parent.get(element.name)
        if before is None:
            parent[element.name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            parent[element.name] = [before, value]


def parse_xml(data: bytes) -> Tree:
    """Read one message.

    Raises:
        RemoteProtocolError: ``bad_xml``, ``doctype_refused``, ``foreign_encoding``, ``duplicate_key``,
            ``nested_too_deep``, ``too_many_elements``.
    """
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.XmlDeclHandler = _declaration
    parser.StartDoctypeDeclHandler = _document_type
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise bad("bad_xml", f"no XML: {error}") from error
    if builder.root is None:
        raise bad("bad_xml", "no element")
    return builder.root


def write_xml(tree: Tree) -> bytes:
    """Write one message; ``tree`` has one name, that of the outermost element."""
    [(name, value)] = tree.items()
    return f'<?xml version="1.0" encoding="UTF-8"?>{_element(name, value)}'.encode("utf-8", "replace")


def _declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise bad("foreign_encoding", f"the encoding {encoding[:40]!r} is not UTF-8")


def _document_type(_name: str, _system: str | None, _public: str | None, _subset: int) -> None:
    raise RemoteProtocolError("doctype_refused", "a message has no document type")


def _value_of(element: _Open) -> Value:
    text = "".join(element.texts)
    if not element.values and not element.has_children:
        return text
    if not element.has_children and text.strip():
        element.values[TEXT] = text
    return element.values


def _element(name: str, value: Value) -> str:
    if isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return f"<{name}>{_escaped(' '.join(str(item) for item in value))}</{name}>"
        return "".join(_element(name, item) for item in value)
    if not isinstance(value, dict):
        return f"<{name}>{_escaped(_scalar(value))}</{name}>"
    attributes = "".join(
        f' {key}="{_escaped(_scalar(item))}"' for key, item in value.items() if _is_attribute(key, item)
    )
    inner = _escaped(str(value.get(TEXT, ""))) + "".join(
        _element(key, item) for key, item in value.items() if not _is_attribute(key, item) and key != TEXT
    )
    return f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"


def _is_attribute(key: str, value: Value) -> bool:
    return not isinstance(value, dict | list) and key not in _AS_ELEMENT and key != TEXT


def _scalar(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def _escaped(text: str) -> str:
    """Escape, and keep line ends that a reader would otherwise turn into blanks; XML has no other control signs."""
    signs = (sign if sign.isprintable() or sign in "\n\t" else "?" for sign in text)
    return html.escape("".join(signs)).replace("\n", "&#10;").replace("\t", "&#9;")
