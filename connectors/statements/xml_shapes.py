"""Finds texts in elements that were cut out of a message: where each stands is worked out once for each shape.

The entries of a statement look alike: the same tags in the same order, other texts between them. The place of each
path among the texts is kept by the sequence of tags, so that an entry costs one split and some look-ups.
"""

import re
from collections.abc import Mapping, Sequence

from connectors.formats.message_xml import DEPTH_MAX, unreadable
from connectors.statements.xml_stream import unescaped

SHAPES_MAX = 2_000
"""Shapes kept at a time; a bank has a few dozens."""
TAGS_MAX = 1_000
"""Tags of a shape that is kept; longer ones do not come twice."""
_ATTRIBUTE = re.compile(r"""([^\s=<>"']+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")

PathTable = Mapping[str, tuple[str, ...]]
"""Paths by the name of what they hold, each tried in its order."""


class Shape:
    """Where texts stand in elements with one sequence of tags. Paths begin below the element itself."""

    __slots__ = ("_first", "_parts", "_tables", "_tags", "inside", "leaves")

    def __init__(self, tags: Sequence[str], first: int) -> None:
        """Work it out. ``tags``: those of the element, its own first; ``first``: the number of that one."""
        self._tags = tags
        self._first = first
        self._parts: dict[str, list[Shape]] = {}
        self.leaves: dict[str, list[tuple[int, str]]] = {}
        """By path: the place of its text among the pieces, and the tag with its attributes."""
        self.inside: dict[str, list[tuple[int, int]]] = {}
        """By path of what has elements in it: its first and last tag."""
        self._tables: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
        stack: list[tuple[str, int]] = []
        for at, tag in enumerate(tags):
            if tag[:1] != "/":
                name = tag.split(None, 1)[0].rpartition(":")[2]
                stack.append((f"{stack[-1][0]}/{name}" if len(stack) > 1 else name if stack else "", at))
                if len(stack) > DEPTH_MAX:
                    raise unreadable("it is nested too deeply")
            elif stack:
                path, opened = stack.pop()
                if opened == at - 1:
                    self.leaves.setdefault(path, []).append((2 * (first + opened) + 2, tags[opened]))
                else:
                    self.inside.setdefault(path, []).append((opened, at))

    def parts(self, path: str) -> list["Shape"]:
        """Return the shapes of the elements at a path that have elements in them."""
        found = self._parts.get(path)
        if found is None:
            found = [
                Shape(self._tags[first : last + 1], self._first + first) for first, last in self.inside.get(path, ())
            ]
            self._parts[path] = found
        return found

    def places(self, table: PathTable) -> list[tuple[str, tuple[int, ...]]]:
        """Return where the texts of a table may stand, without those of which there is none."""
        found = self._tables.get(id(table))
        if found is None:
            found = []
            for name, paths in table.items():
                places = tuple(place for path in paths for place, _ in self.leaves.get(path, ()))
                if places:
                    found.append((name, places))
            self._tables[id(table)] = found
        return found


class Part:
    """One element that was cut out."""

    __slots__ = ("_pieces", "_shape")

    def __init__(self, pieces: list[str], shape: Shape) -> None:
        """Take the texts and tags of an element in turns, and its shape."""
        self._pieces = pieces
        self._shape = shape

    def has(self, path: str) -> bool:
        """Return whether there is an element at a path."""
        return path in self._shape.leaves or path in self._shape.inside

    def words(self, *paths: str) -> str:
        """Return the text at the first of the paths that has any."""
        for path in paths:
            for place, _ in self._shape.leaves.get(path, ()):
                text = self._pieces[place].strip()
                if text:
                    return text
        return ""

    def all(self, path: str) -> list[str]:
        """Return every text at a path as it is written."""
        return [self._pieces[place] for place, _ in self._shape.leaves.get(path, ())]

    def named(self, table: PathTable) -> dict[str, str]:
        """Return the texts of a table by name, each from the first of its paths that has any; the rest is left out.

        Args:
            table: has to live as long as the program, since its places are kept.
        """
        found = {}
        pieces = self._pieces
        for name, places in self._shape.places(table):
            for place in places:
                text = pieces[place].strip()
                if text:
                    found[name] = text
                    break
        return found

    def amount(self, *paths: str) -> tuple[str, str] | None:
        """Return the first amount at one of the paths with the code of its currency as written, None without any."""
        for path in paths:
            for place, tag in self._shape.leaves.get(path, ()):
                return self._pieces[place].strip(), attributes_of(tag).get("Ccy", "")
        return None

    def parts(self, path: str) -> list["Part"]:
        """Return every element at a path that has elements in it."""
        return [Part(self._pieces, shape) for shape in self._shape.parts(path)]


def read_part(text: str) -> Part:
    """Return an element in plain form (``xml_stream``); one that is cut off has what stands in it so far.

    Raises:
        InputError: ``bank_message_unreadable``: nested too deeply.
    """
    pieces = text.replace(">", "<").split("<")
    shape = _shape_of(pieces[1::2])
    return Part([unescaped(piece) for piece in pieces] if "&" in text else pieces, shape)


_SHAPES: dict[str, Shape] = {}
_ATTRIBUTES: dict[str, dict[str, str]] = {}


def _shape_of(tags: Sequence[str]) -> Shape:
    # One long text is compared far quicker than many short ones; no tag has the bracket in it.
    key = "<".join(tags)
    shape = _SHAPES.get(key)
    if shape is None:
        shape = Shape(tags, 0)
        if len(tags) <= TAGS_MAX:
            if len(_SHAPES) >= SHAPES_MAX:
                _SHAPES.clear()
            _SHAPES[key] = shape
    return shape


def attributes_of(tag: str) -> dict[str, str]:
    """Return the attributes of a tag."""
    found = _ATTRIBUTES.get(tag)
    if found is None:
        if len(_ATTRIBUTES) >= SHAPES_MAX:
            _ATTRIBUTES.clear()
        found = {name: unescaped(one or two) for name, one, two in _ATTRIBUTE.findall(tag)}
        _ATTRIBUTES[tag] = found
    return found
