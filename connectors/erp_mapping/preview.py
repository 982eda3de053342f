"""What a document would become, without asking anybody: its values by the mapping, and what of them fits nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.erp_mapping.document_values import values_of
from connectors.erp_mapping.mapping_file import MappingFile
from gateway.domain.erp.documents import VendorBill, VendorPayment
from gateway.domain.erp.failure import ErpFailure
from gateway.ports.erp import CheckFinding, ErpDocument

MARK = "⟨?⟩"
"""Stands in a preview for what is not known."""
_FIELDS_MAX = 500
"""More fields than a document has: the search for those that fit nothing ends."""


def previewed(document: ErpDocument, mapping: MappingFile) -> tuple[dict[str, Any], tuple[CheckFinding, ...]]:
    """Return the values of a document, with a mark for each that fits nothing, and those as findings.

    Raises:
        ErpFailure: where what does not fit is no field of a table of the mapping.
    """
    content = {name: dict(table) if isinstance(table, Mapping) else table for name, table in mapping.content.items()}
    findings: list[CheckFinding] = []
    known = _with_partner(document)
    while True:
        try:
            return values_of(known, MappingFile(content)), tuple(findings)
        except ErpFailure as failure:
            table, _, name = (failure.field or "").partition(".")
            if not name or len(findings) >= _FIELDS_MAX or not isinstance(content.setdefault(table, {}), dict):
                raise
            findings.append(CheckFinding(f"{table}.{name}", failure.detail, failure.words))
            # Each its own: amounts on the same account would be one.
            content[table][name] = f"{MARK} {table}.{name}"


def _with_partner(document: ErpDocument) -> ErpDocument:
    """Return a document whose partner is marked where the ERP's id of it is looked up when it is sent."""
    if isinstance(document, VendorBill | VendorPayment) and not document.vendor.erp_id:
        return replace(document, vendor=replace(document.vendor, erp_id=MARK))
    return document
