"""The envelope of a message, and the two texts it can be written in."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.nexo import messages, payment_messages
from terminal_driver.nexo.json_text import parse_json, write_json
from terminal_driver.nexo.messages import MessageHeader
from terminal_driver.nexo.shape import from_tree, to_tree
from terminal_driver.nexo.tree import Tree, bad
from terminal_driver.nexo.vocabulary import MessageType
from terminal_driver.nexo.xml_text import parse_xml, write_xml

REQUEST, RESPONSE = "SaleToPOIRequest", "SaleToPOIResponse"

Body = (
    messages.LoginRequest
    | messages.LoginResponse
    | messages.LogoutRequest
    | messages.LogoutResponse
    | messages.DiagnosisRequest
    | messages.DiagnosisResponse
    | messages.ReconciliationRequest
    | messages.ReconciliationResponse
    | messages.GetTotalsRequest
    | messages.GetTotalsResponse
    | messages.AbortRequest
    | messages.DisplayRequest
    | messages.DisplayResponse
    | messages.PrintRequest
    | messages.PrintResponse
    | messages.InputRequest
    | messages.InputResponse
    | messages.EventNotification
    | payment_messages.PaymentRequest
    | payment_messages.PaymentResponse
    | payment_messages.ReversalRequest
    | payment_messages.ReversalResponse
    | payment_messages.TransactionStatusRequest
    | payment_messages.TransactionStatusResponse
)

BODIES: dict[str, type[Body]] = {kind.__name__: kind for kind in Body.__args__}
"""Each body by its name on the wire: category and type."""


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message. ``body`` is None for a category this driver does not know."""

    header: MessageHeader
    body: Body | None


class UnreadableBody(RemoteProtocolError):
    """The header could be read, what it announces could not.

    Attributes:
        header: of the message.
    """

    def __init__(self, code: str, message: str, header: MessageHeader) -> None:
        super().__init__(code, message)
        self.header = header


class MessageFormat(StrEnum):
    """The text a message is written in."""

    JSON = "json"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class Binding:
    """Writes and reads messages in one text."""

    write: Callable[[Tree], bytes]
    parse: Callable[[bytes], Tree]

    def encode(self, message: Message) -> bytes:
        """Return the text of a message."""
        header = message.header
        envelope = RESPONSE if header.message_type == MessageType.RESPONSE else REQUEST
        content: Tree = {"MessageHeader": to_tree(header)}
        if message.body is not None:
            content[_body_name(header)] = to_tree(message.body)
        return self.write({envelope: content})

    def decode(self, data: bytes) -> Message:
        """Read a message.

        Raises:
            UnreadableBody: its body is missing or wrong; the header is in the error.
            RemoteProtocolError: it is no message at all: what the text's reader says, ``no_envelope``, ``encrypted`` or
                a fault of the header.
        """
        tree = self.parse(data)
        names = [name for name in (REQUEST, RESPONSE) if name in tree]
        if len(names) != 1 or not isinstance(content := tree[names[0]], dict):
            raise bad("no_envelope", f"the message is neither {REQUEST} nor {RESPONSE}")
        header = from_tree(MessageHeader, content.get("MessageHeader", ""), "MessageHeader")
        if (header.message_type == MessageType.RESPONSE) != (names[0] == RESPONSE):
            raise bad("no_envelope", f"a {header.message_type} stands in {names[0]}")
        if "NexoBlob" in content:
            raise UnreadableBody("encrypted", "the terminal encrypts its messages", header)
        name = _body_name(header)
        kind = BODIES.get(name)
        if kind is None:
            return Message(header, None)
        try:
            if name not in content:
                raise bad("missing_field", f"{name} is missing")
            return Message(header, from_tree(kind, content[name], name))
        except RemoteProtocolError as error:
            raise UnreadableBody(error.code, str(error), header) from error


BINDINGS: dict[MessageFormat, Binding] = {
    MessageFormat.JSON: Binding(write_json, parse_json),
    MessageFormat.XML: Binding(write_xml, parse_xml),
}


def _body_name(header: MessageHeader) -> str:
    return header.message_category + header.message_type
