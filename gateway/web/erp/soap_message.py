"""Messages of SOAP 1.1 and 1.2, read and written with lxml: no document type, no entities, nothing from outside.

Imported at the first call only: the library is large and not everywhere. Sources: SOAP 1.1 (W3C note of 2000), SOAP 1.2
part 1 (second edition).
"""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from gateway.web.errors import Problem

TNS = "urn:tillbridge:erp:1"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
CONTENT_TYPES = {"text/xml": SOAP_11, "application/soap+xml": SOAP_12}
_MEDIA_TYPES = {space: content_type for content_type, space in CONTENT_TYPES.items()}
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_OASIS}-wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}-wssecurity-utility-1.0.xsd"
_XS = "http://www.w3.org/2001/XMLSchema"
_NO_XML = re.compile("[^\\t\\n\\r -\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML 1.0 cannot carry (section 2.2)."""


@dataclass(frozen=True, slots=True)
class Message:
    """What came. ``space``: of its version; ``security``: its header of that name, None without; ``call``: the body."""

    space: str
    security: Any
    call: Any


class NotUnderstood(Exception):
    """A message that cannot be served. ``code``: of the fault, in the words of SOAP 1.2."""

    def __init__(self, code: str, problem: Problem) -> None:
        super().__init__(problem.code)
        self.code = code
        self.problem = problem


class Contract:
    """The schema of the service description, by which every body is judged."""

    def __init__(self, wsdl: bytes) -> None:
        self._schema = etree.XMLSchema(etree.fromstring(wsdl, _parser()).find(f".//{{{_XS}}}schema"))

    def read(self, content: bytes, space: str) -> Message:
        """Return the one message in these bytes.

        Raises:
            NotUnderstood: it is none, has a document type, is of another version, or does not fit the schema.
        """
        envelope = _root(content)
        if etree.QName(envelope).localname != "Envelope" or envelope.tag != f"{{{space}}}Envelope":
            raise NotUnderstood("VersionMismatch", _problem("soap_version", "The envelope is of another version."))
        body = envelope.find(f"{{{space}}}Body")
        calls = [] if body is None else [one for one in body if isinstance(one.tag, str)]
        if len(calls) != 1:
            raise NotUnderstood("Sender", _problem("soap_body", "The body has exactly one element."))
        security = None
        for header in envelope.iterfind(f"{{{space}}}Header/*"):
            if header.tag == f"{{{WSSE}}}Security":
                security = header
            elif header.get(f"{{{space}}}mustUnderstand") in ("1", "true"):
                raise NotUnderstood("MustUnderstand", _problem("soap_header", "A header is not understood."))
        return Message(space, security, calls[0])

    def check(self, call: Any) -> None:  # noqa: ANN401  # elements of lxml are untyped
        """Judge a body, once it is known who asks.

        Raises:
            NotUnderstood: it does not fit the schema; the place is told, never the value.
        """
        # A copy: the schema judges whole documents.
        whole = etree.fromstring(etree.tostring(call), _parser())
        if not self._schema.validate(whole):
            fault = self._schema.error_log[0]
            raise NotUnderstood(
                "Sender", _problem("invalid_request", f"{fault.path} is not as described ({fault.type_name}).")
            )


def envelope(space: str, content: Any) -> bytes:  # noqa: ANN401  # elements of lxml are untyped
    """Return a message with this body."""
    made = etree.Element(f"{{{space}}}Envelope", nsmap={"soap": space, "t": TNS})
    etree.SubElement(made, f"{{{space}}}Body").append(content)
    written: bytes = etree.tostring(made, xml_declaration=True, encoding="utf-8")
    return written


def fault(space: str, code: str, problem: Problem) -> tuple[bytes, int]:
    """Return a fault with the problem in its detail, and the HTTP status.

    ``code``: in the words of SOAP 1.2: Sender, Receiver, VersionMismatch, MustUnderstand.
    """
    made = etree.Element(f"{{{space}}}Fault", nsmap={"soap": space, "t": TNS})
    if space == SOAP_11:
        etree.SubElement(made, "faultcode").text = f"soap:{_CODES_11.get(code, code)}"
        etree.SubElement(made, "faultstring").text = problem.detail
        detail = etree.SubElement(made, "detail")
    else:
        value = etree.SubElement(etree.SubElement(made, f"{{{space}}}Code"), f"{{{space}}}Value")
        value.text = f"soap:{code}"
        words = etree.SubElement(etree.SubElement(made, f"{{{space}}}Reason"), f"{{{space}}}Text")
        words.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
        words.text = problem.detail
        detail = etree.SubElement(made, f"{{{space}}}Detail")
    add_problem(detail, "erp_fault", problem)
    usual = 400 if space == SOAP_12 and code == "Sender" else 500
    return envelope(space, made), problem.status if problem.status in (401, 413, 429, 503) else usual


_CODES_11 = {"Sender": "Client", "Receiver": "Server"}


def add(parent: Any, name: str, value: object = None) -> Any:  # noqa: ANN401  # elements of lxml are untyped
    """Add an element of ours; ``value``: None for one with children."""
    made = etree.SubElement(parent, f"{{{TNS}}}{name}")
    if value is not None:
        made.text = ("true" if value else "false") if isinstance(value, bool) else _NO_XML.sub("", str(value))
    return made


def answer_element(name: str) -> Any:  # noqa: ANN401  # elements of lxml are untyped
    """Return an empty answer."""
    return etree.Element(f"{{{TNS}}}{name}", nsmap={"t": TNS})


def add_problem(parent: Any, name: str, problem: Problem) -> None:  # noqa: ANN401  # elements of lxml are untyped
    """Add what went wrong, typed."""
    document = problem.document()
    made = add(parent, name)
    for told, known in (("code", "code"), ("message", "detail"), ("hint", "hint")):
        add(made, told, document[known])
    if problem.errors:
        add(made, "pointer", problem.errors[0][0])
    if problem.stored is not None:
        add(made, "stored_version", problem.stored.text)
        if problem.stored.revision is not None:
            add(made, "stored_revision", problem.stored.revision)
    add(made, "trace_id", document["trace_id"])


def media_type(space: str) -> str:
    """Return the content type of answers in a version."""
    return f"{_MEDIA_TYPES[space]}; charset=utf-8"


def _root(content: bytes) -> Any:  # noqa: ANN401  # elements of lxml are untyped
    try:
        root = etree.fromstring(content, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotUnderstood("Sender", _problem("invalid_xml", "The message is not well-formed.")) from error
    if root.getroottree().docinfo.doctype:
        raise NotUnderstood("Sender", _problem("invalid_xml", "A document type is not allowed."))
    return root


def _parser() -> Any:  # noqa: ANN401  # lxml is untyped
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )


def _problem(code: str, words: str) -> Problem:
    return Problem(400, code, words, "Compare it with the service description.")
