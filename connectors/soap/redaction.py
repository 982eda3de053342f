"""Exchanges as they may be kept: the same XML without passwords, keys, card numbers and account numbers."""

from __future__ import annotations

import re

from lxml import etree

from connectors.erp_http.redaction import HIDDEN, SECRET_NAMES, numbers_hidden, shortened, text_kept
from connectors.soap.safe_xml import parse_safely

_NOT_SECRET = re.compile(r"^(UsernameToken|SecurityTokenReference)$")


def redacted(message: bytes) -> str:
    """Return a message as text to keep; one that is no XML gives only its size."""
    if not message:
        return ""
    try:
        root = parse_safely(message)
    except ValueError:
        return f"{len(message)} bytes that are no XML"
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        hidden = SECRET_NAMES.search(name) is not None and _NOT_SECRET.match(name) is None
        if hidden and len(element) == 0:
            element.text = HIDDEN if element.text and element.text.strip() else element.text
        elif hidden:
            for inner in element.iter(etree.Element):
                inner.text = HIDDEN if inner.text and inner.text.strip() else inner.text
        elif element.text:
            element.text = text_kept(name, element.text)
        for attribute, value in element.attrib.items():
            secret = SECRET_NAMES.search(etree.QName(attribute).localname) is not None
            element.attrib[attribute] = HIDDEN if secret else numbers_hidden(str(value))
        if element.tail:
            element.tail = numbers_hidden(element.tail)
    text: str = etree.tostring(root, encoding="unicode")
    return shortened(text)
