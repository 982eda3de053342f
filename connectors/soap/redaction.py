"""Exchanges as they may be kept: the same XML without passwords, keys, card numbers and account numbers."""

from __future__ import annotations

import re

from lxml import etree

from connectors.soap.safe_xml import parse_safely

KEPT_CHARACTERS = 200_000
HIDDEN = "***"
_SECRET_NAMES = re.compile(
    r"passw|secret|token|nonce|api.?key|dolibarrkey|signature|binarysecurity|authori[sz]ation|passport|credential",
    re.IGNORECASE,
)
"""Names of elements and attributes whose content is never kept."""
_NOT_SECRET = re.compile(r"^(UsernameToken|SecurityTokenReference)$")
_ACCOUNT_NAMES = re.compile(r"iban|accountnumber|account_?no\b|bankaccount", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_LONG_NUMBER = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")


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
        hidden = _SECRET_NAMES.search(name) is not None and _NOT_SECRET.match(name) is None
        if hidden and len(element) == 0:
            element.text = HIDDEN if element.text and element.text.strip() else element.text
        elif hidden:
            for inner in element.iter(etree.Element):
                inner.text = HIDDEN if inner.text and inner.text.strip() else inner.text
        elif element.text:
            element.text = _ended(element.text) if _ACCOUNT_NAMES.search(name) else _numbers_hidden(element.text)
        for attribute, value in element.attrib.items():
            secret = _SECRET_NAMES.search(etree.QName(attribute).localname) is not None
            element.attrib[attribute] = HIDDEN if secret else _numbers_hidden(str(value))
        if element.tail:
            element.tail = _numbers_hidden(element.tail)
    text: str = etree.tostring(root, encoding="unicode")
    return text if len(text) <= KEPT_CHARACTERS else f"{text[:KEPT_CHARACTERS]} [{len(text)} characters]"


def _numbers_hidden(text: str) -> str:
    return _LONG_NUMBER.sub(lambda found: _ended(found[0]), _IBAN.sub(lambda found: _ended(found[0]), text))


def _ended(value: str) -> str:
    """Keep the last four characters."""
    plain = re.sub(r"\W", "", value)
    return f"{HIDDEN}{plain[-4:]}" if len(plain) > 4 else HIDDEN
