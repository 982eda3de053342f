"""Reads untrusted XML: no document type, no entities, no network, and limits on size, depth and elements."""

from __future__ import annotations

from typing import cast

from lxml import etree

from invoice_capture.einvoice.elements import Element
from invoice_capture.errors import Refused

BYTES_MAX = 20 * 1024 * 1024
"""The largest real invoices carry their attachments inside; 20 MiB holds about 15 MiB of them."""
DEPTH_MAX = 64
"""UBL and CII nest about ten deep."""
ELEMENTS_MAX = 400_000
"""About 10,000 invoice lines with everything they may hold."""

_HINT = "Ask the sender for the invoice in a usual form."
_DOCTYPE = b"<!DOCTYPE"
_ENTITY = b"<!ENTITY"


def parse_untrusted(data: bytes) -> Element:
    """Return the root element of an XML document that nobody vouches for; comments and instructions are dropped.

    Raises:
        Refused: `xml_empty`, `xml_too_large`, `xml_dtd`, `xml_too_deep`, `xml_too_many_elements`, `xml_broken`.
    """
    if not data.strip():
        raise Refused("xml_empty", "The XML file is empty.", _HINT)
    if len(data) > BYTES_MAX:
        raise Refused("xml_too_large", f"The XML file is larger than {BYTES_MAX} bytes.", _HINT)
    # Before any parser sees it; without the zero bytes UTF-16 and UTF-32 read like ASCII here.
    plain = data.replace(b"\0", b"") if b"\0" in data else data
    if _DOCTYPE in plain or _ENTITY in plain:
        raise _document_type()
    root = _parse(data)
    _check_shape(root)
    return root


def without_namespaces(root: Element) -> Element:
    """Return the same tree with plain local names, so that any prefix and any version of a namespace reads alike."""
    for element in root.iter():
        tag = element.tag
        if tag[0] == "{":
            element.tag = tag[tag.index("}") + 1 :]
    return root


def _parse(data: bytes) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        if "depth" in str(error).lower():
            raise _too_deep() from None
        # The parser's own message may quote the document: it stays out.
        raise Refused("xml_broken", "The XML cannot be read: it is not well formed.", _HINT) from None
    if root is None:
        raise Refused("xml_empty", "The XML file holds no element.", _HINT)
    if root.getroottree().docinfo.doctype:
        raise _document_type()
    return cast("Element", root)


def _check_shape(root: Element) -> None:
    depth = 0
    count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        count += 1
        if depth > DEPTH_MAX:
            raise _too_deep()
        if count > ELEMENTS_MAX:
            raise Refused("xml_too_many_elements", f"The XML holds more than {ELEMENTS_MAX} elements.", _HINT)


def _too_deep() -> Refused:
    return Refused("xml_too_deep", f"The XML nests deeper than {DEPTH_MAX} elements.", _HINT)


def _document_type() -> Refused:
    return Refused("xml_dtd", "The XML declares a document type; e-invoices never do, attacks do.", _HINT)
