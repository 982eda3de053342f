"""Elements of a message: a tag of two letters, a length of three digits, the value; one after the other, all ASCII.

Nothing frames a message and nothing says how long it is: an element ends where its length says, the message when no
further element comes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

TAG_CHARACTERS = 2
LENGTH_DIGITS = 3
VALUE_CHARACTERS_MAX = 999
MESSAGE_BYTES_MAX = 16_384  # all known tags at their longest, and more tickets than anybody prints
_HEAD = TAG_CHARACTERS + LENGTH_DIGITS
_PRINTABLE = frozenset(range(0x20, 0x7F))


@dataclass(frozen=True, slots=True)
class Element:
    """One tag with its value; the value is never shown: it may be a card number."""

    tag: str
    value: str = field(repr=False)


def encode(elements: Iterable[Element]) -> bytes:
    """Return the message of the elements, in their order.

    Raises:
        LocalProtocolError: ``bad_tag``, not two capital letters; ``bad_value``, not 1 to 999 printable ASCII signs.
    """
    out = bytearray()
    for element in elements:
        if not _is_tag(element.tag):
            raise LocalProtocolError("bad_tag", "a tag is two capital letters")
        value = element.value.encode("ascii", "replace")
        if not 0 < len(value) <= VALUE_CHARACTERS_MAX or not (element.value.isascii() and element.value.isprintable()):
            raise LocalProtocolError("bad_value", f"{element.tag} needs 1 to 999 printable ASCII characters")
        out += f"{element.tag}{len(value):03d}".encode("ascii") + value
    return bytes(out)


def decode(data: bytes) -> tuple[Element, ...]:
    """Read exactly one message.

    Raises:
        RemoteProtocolError: ``cut_off`` when the last element is not whole, ``empty``, ``bad_tag``, ``bad_length``,
            ``bad_character`` or ``message_too_long``.
    """
    reader = TlvReader()
    reader.feed(data)
    if not reader.at_boundary:
        raise RemoteProtocolError("cut_off", "the last element is shorter than its length says")
    if not reader.elements:
        raise RemoteProtocolError("empty", "there is no element")
    return reader.elements


class TlvReader:
    """Gathers the elements of one message from pieces of any size."""

    def __init__(self) -> None:
        self._rest = b""
        self._elements: list[Element] = []
        self._size = 0

    @property
    def elements(self) -> tuple[Element, ...]:
        """The whole elements so far."""
        return tuple(self._elements)

    @property
    def at_boundary(self) -> bool:
        """True when nothing is left over behind the last whole element."""
        return not self._rest

    @property
    def started(self) -> bool:
        """True once anything has come."""
        return self._size > 0

    def feed(self, data: bytes) -> None:
        """Take bytes.

        Raises:
            RemoteProtocolError: ``bad_tag``, ``bad_length``, ``bad_character``, ``message_too_long``; the message is
                lost then, since nothing tells where the next element begins.
        """
        self._size += len(data)
        if self._size > MESSAGE_BYTES_MAX:
            raise RemoteProtocolError("message_too_long", f"a message has at most {MESSAGE_BYTES_MAX} bytes")
        rest = self._rest + data
        at = 0
        while (found := _element_at(rest, at)) is not None:
            self._elements.append(found)
            at += _HEAD + len(found.value)
        self._rest = rest[at:]

    def reset(self) -> None:
        """Forget everything."""
        self._rest, self._size = b"", 0
        self._elements.clear()


def _element_at(data: bytes, at: int) -> Element | None:
    """Return the whole element at this place, None while a part of it is missing."""
    tag = data[at : at + TAG_CHARACTERS].decode("latin-1")
    digits = data[at + TAG_CHARACTERS : at + _HEAD]
    if not _is_tag(tag.ljust(TAG_CHARACTERS, "A")):
        raise RemoteProtocolError("bad_tag", "a tag is two capital letters")
    if not digits.ljust(LENGTH_DIGITS, b"1").isdigit() or digits == b"0" * LENGTH_DIGITS:
        raise RemoteProtocolError("bad_length", f"the length of {tag} is not 001 to 999")
    if len(digits) < LENGTH_DIGITS:
        return None
    value = data[at + _HEAD : at + _HEAD + int(digits)]
    if not _PRINTABLE.issuperset(value):
        raise RemoteProtocolError("bad_character", f"the value of {tag} is no printable ASCII")
    return Element(tag, value.decode("ascii")) if len(value) == int(digits) else None


def _is_tag(tag: str) -> bool:
    return len(tag) == TAG_CHARACTERS and tag.isascii() and tag.isalpha() and tag.isupper()
