"""The fixed fields of the messages, by position: cut and joined byte for byte, without a meaning.

A request has 34 characters, an answer 25, or 80 with the answer field. Values of fields are text as on the wire.
"""

from dataclasses import dataclass, field

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

ANSWER_FIELD = "answer_field"
"""Name of the field that begins with the card number in clear."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of one message in order: name and number of characters."""

    name: str
    fields: tuple[tuple[str, int], ...]

    @property
    def length(self) -> int:
        """Characters of the whole message."""
        return sum(length for _, length in self.fields)


REQUEST = Layout(
    "request",
    (
        ("register_no", 2),
        ("amount_minor", 8),
        ("answer_wanted", 1),
        ("means", 1),
        ("action", 1),
        ("currency", 3),
        ("private", 10),
        ("delay", 4),
        ("authorisation", 4),
    ),
)
_HEAD = (("register_no", 2), ("result", 1), ("amount_minor", 8), ("means", 1))
_TAIL = (("currency", 3), ("private", 10))
SHORT_ANSWER = Layout("answer", (*_HEAD, *_TAIL))
LONG_ANSWER = Layout("answer", (*_HEAD, (ANSWER_FIELD, 55), *_TAIL))

_BY_LENGTH = {layout.length: layout for layout in (REQUEST, SHORT_ANSWER, LONG_ANSWER)}


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one message as they stand on the wire; never shown: they may hold a card number."""

    layout: Layout
    values: tuple[str, ...] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        for (known, _), value in zip(self.layout.fields, self.values, strict=True):
            if known == name:
                return value
        raise KeyError(name)

    def encode(self) -> bytes:
        """Return the message.

        Raises:
            LocalProtocolError: ``bad_field``, a value has not the length of its field or is no ASCII.
        """
        for (name, length), value in zip(self.layout.fields, self.values, strict=True):
            if len(value) != length or not value.isascii():
                raise LocalProtocolError("bad_field", f"{name} needs exactly {length} ASCII characters")
        return "".join(self.values).encode("ascii")


def cut(message: bytes) -> Fields:
    """Cut a message into its fields; its length tells which it is.

    Raises:
        RemoteProtocolError: ``bad_length``, no message has this length; ``bad_character``.
    """
    layout = _BY_LENGTH.get(len(message))
    if layout is None:
        known = ", ".join(str(length) for length in sorted(_BY_LENGTH))
        raise RemoteProtocolError("bad_length", f"a message has {known} characters, not {len(message)}")
    try:
        text = message.decode("ascii")
    except UnicodeDecodeError as error:
        raise RemoteProtocolError("bad_character", "the message holds bytes that are no ASCII") from error
    values: list[str] = []
    at = 0
    for _, length in layout.fields:
        values.append(text[at : at + length])
        at += length
    return Fields(layout, tuple(values))
