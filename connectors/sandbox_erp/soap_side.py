"""Messages of SOAP 1.1 as dictionaries and back, by the shapes of ``sandbox.wsdl``.

Elements have the names of the fields; lists are repeated elements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree

NAMESPACE = "urn:tillbridge:sandbox-erp:1"
DESCRIPTION = Path(__file__).with_name("sandbox.wsdl")
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_LISTS = frozenset({"lines", "pays", "items", "attachments", "accounts", "taxes"})


def read_message(content: bytes) -> tuple[str, dict[str, Any]]:
    """Return the operation of a message (``create_bill`` for ``CreateBill``) and its values.

    Raises:
        ValueError: it is no message of ours; document types and entities are refused.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError("not well-formed") from error
    if root.getroottree().docinfo.doctype:
        raise ValueError("a document type is not allowed")
    body = root.find(f"{{{_ENVELOPE}}}Body")
    message = next(iter(body), None) if body is not None else None
    if message is None or etree.QName(message).namespace != NAMESPACE:
        raise ValueError("no message of this service")
    return _snake(etree.QName(message).localname), _values(message)


def answer(operation: str, values: Mapping[str, Any]) -> bytes:
    """Return the answer to an operation."""
    name = "".join(part.capitalize() for part in operation.split("_"))
    message = etree.Element(f"{{{NAMESPACE}}}{name}Response", nsmap={None: NAMESPACE})
    _fill(message, values)
    return _envelope(message)


def fault(code: str, message: str, *, sender: bool, id_: str = "") -> bytes:
    """Return a fault; ``sender``: it blames the caller, and nothing was done."""
    told = etree.Element(f"{{{_ENVELOPE}}}Fault", nsmap={"e": _ENVELOPE})
    etree.SubElement(told, "faultcode").text = "e:Client" if sender else "e:Server"
    etree.SubElement(told, "faultstring").text = message
    detail = etree.SubElement(etree.SubElement(told, "detail"), f"{{{NAMESPACE}}}Refusal", nsmap={None: NAMESPACE})
    etree.SubElement(detail, f"{{{NAMESPACE}}}code").text = code
    etree.SubElement(detail, f"{{{NAMESPACE}}}id").text = id_
    return _envelope(told)


def _envelope(content: Any) -> bytes:  # noqa: ANN401 - elements of lxml are untyped
    envelope = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap={"e": _ENVELOPE})
    etree.SubElement(envelope, f"{{{_ENVELOPE}}}Body").append(content)
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding="utf-8"))


def _values(element: Any) -> dict[str, Any]:  # noqa: ANN401 - see above
    found: dict[str, Any] = {}
    for child in element.iterchildren(etree.Element):
        name = etree.QName(child).localname
        value = _values(child) if len(child) else (child.text or "")
        if name in _LISTS:
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def _fill(element: Any, values: Mapping[str, Any]) -> None:  # noqa: ANN401 - see above
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            child = etree.SubElement(element, f"{{{NAMESPACE}}}{name}")
            if isinstance(one, Mapping):
                _fill(child, one)
            else:
                child.text = str(one).lower() if isinstance(one, bool) else str(one)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
