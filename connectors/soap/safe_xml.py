"""XML of strangers: no document type, no entities, nothing from outside, no recovery of what is broken."""

from __future__ import annotations

from typing import Any

from lxml import etree


def parse_safely(content: bytes) -> Any:  # noqa: ANN401 - elements of lxml are untyped
    """Return the root element.

    Raises:
        ValueError: it is no well-formed XML, or has a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError("not well-formed") from error
    if root.getroottree().docinfo.doctype:
        raise ValueError("a document type is not allowed")
    return root
