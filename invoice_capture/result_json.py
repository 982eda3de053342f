"""The JSON of a capture, and back: what a worker process hands over and what the gateway stores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from invoice_capture.model import (
    Box,
    CapturedField,
    CapturedFile,
    CapturedInvoice,
    CapturedLine,
    CapturedTax,
    Check,
    Difference,
    DocumentType,
    FieldName,
    Mark,
    Method,
    Place,
    Reason,
    RuleFailure,
    Verdict,
)

FORMAT = 1
"""Raised when the shape changes; a reader refuses what it does not know."""
_DECIMALS = 4
_CELLS = ("text", "quantity", "unit", "price", "rate", "amount")
_TAX_CELLS = ("rate", "base", "tax")


def dumps(captured: CapturedFile) -> str:
    """Return the JSON of a capture: deterministic, compact, boxes with four decimals."""
    return json.dumps(file_to_dict(captured), ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> CapturedFile:
    """Return the capture of its JSON.

    Raises:
        ValueError: it is no JSON of this format.
    """
    found = json.loads(text)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError("this is no capture of a known format")
    try:
        return file_from_dict(found)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError("this capture is incomplete") from error


def file_to_dict(captured: CapturedFile) -> dict[str, Any]:
    """Return plain JSON types."""
    return {
        "format": FORMAT,
        "kind": captured.kind,
        "pages": [
            {"number": number, "width": width, "height": height, "source": source}
            for number, width, height, source in captured.facts
        ],
        "notes": [_reason(note) for note in captured.notes],
        "invoices": [invoice_to_dict(invoice) for invoice in captured.invoices],
    }


def invoice_to_dict(invoice: CapturedInvoice) -> dict[str, Any]:
    """Return plain JSON types."""
    return {
        "type": str(invoice.document_type),
        "pages": list(invoice.pages),
        "fields": {str(name): field_to_dict(field) for name, field in invoice.fields.items()},
        "lines": [_cells(line, _CELLS) for line in invoice.lines],
        "taxes": [_cells(tax, _TAX_CELLS) for tax in invoice.taxes],
        "checks": [
            {"code": one.code, "holds": one.holds, "terms": [list(term) for term in one.terms], "off": one.difference}
            for one in invoice.checks
        ],
        "differences": [
            {"name": str(one.name), "xml": one.in_xml, "page": one.on_page, "places": _places(one.places)}
            for one in invoice.differences
        ],
        "verdict": None if invoice.verdict is None else verdict_to_dict(invoice.verdict),
        "syntax": invoice.syntax,
        "profile": invoice.profile,
        "language": invoice.language,
        "memory_key": invoice.memory_key,
        "adjustments": [_cells(one, _CELLS) for one in invoice.adjustments],
    }


def field_to_dict(field: CapturedField) -> dict[str, Any]:
    """Return plain JSON types."""
    return {
        "value": field.value,
        "text": field.text,
        "places": _places(field.places),
        "confidence": round(field.confidence, _DECIMALS),
        "mark": str(field.mark),
        "method": str(field.method),
        "reasons": [_reason(reason) for reason in field.reasons],
    }


def file_from_dict(found: Mapping[str, Any]) -> CapturedFile:
    """Return what ``file_to_dict`` was given; KeyError, TypeError or ValueError for anything else."""
    return CapturedFile(
        kind=found["kind"],
        invoices=tuple(invoice_from_dict(one) for one in found["invoices"]),
        facts=tuple((one["number"], one["width"], one["height"], one["source"]) for one in found["pages"]),
        notes=tuple(_reason_of(one) for one in found["notes"]),
    )


def invoice_from_dict(found: Mapping[str, Any]) -> CapturedInvoice:
    """Return what ``invoice_to_dict`` was given."""
    return CapturedInvoice(
        document_type=DocumentType(found["type"]),
        pages=tuple(found["pages"]),
        fields={FieldName(name): field_from_dict(one) for name, one in found["fields"].items()},
        lines=tuple(CapturedLine(**_cells_of(one, _CELLS)) for one in found["lines"]),
        taxes=tuple(CapturedTax(**_cells_of(one, _TAX_CELLS)) for one in found["taxes"]),
        checks=tuple(
            Check(one["code"], one["holds"], tuple((name, value) for name, value in one["terms"]), one["off"])
            for one in found["checks"]
        ),
        differences=tuple(
            Difference(FieldName(one["name"]), one["xml"], one["page"], _places_of(one["places"]))
            for one in found["differences"]
        ),
        verdict=None if found["verdict"] is None else verdict_from_dict(found["verdict"]),
        syntax=found["syntax"],
        profile=found["profile"],
        language=found["language"],
        memory_key=found["memory_key"],
        # Captures stored before have none.
        adjustments=tuple(CapturedLine(**_cells_of(one, _CELLS)) for one in found.get("adjustments", ())),
    )


def field_from_dict(found: Mapping[str, Any]) -> CapturedField:
    """Return what ``field_to_dict`` was given."""
    return CapturedField(
        value=found["value"],
        text=found["text"],
        places=_places_of(found["places"]),
        confidence=found["confidence"],
        mark=Mark(found["mark"]),
        method=Method(found["method"]),
        reasons=tuple(_reason_of(one) for one in found["reasons"]),
    )


def _cells(row: CapturedLine | CapturedTax, names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in names}
    return {name: field_to_dict(cell) for name, cell in found.items() if cell is not None}


def _cells_of(found: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, CapturedField | None]:
    return {name: field_from_dict(found[name]) if name in found else None for name in names}


def _places(places: tuple[Place, ...]) -> list[dict[str, Any]]:
    return [
        {
            "page": place.page,
            "box": [round(one, _DECIMALS) for one in (place.box.x0, place.box.y0, place.box.x1, place.box.y1)],
        }
        for place in places
    ]


def _places_of(found: list[Mapping[str, Any]]) -> tuple[Place, ...]:
    return tuple(Place(one["page"], Box(*one["box"])) for one in found)


def _reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "values": dict(reason.values)}


def _reason_of(found: Mapping[str, Any]) -> Reason:
    return Reason(found["code"], dict(found["values"]))


def verdict_to_dict(verdict: Verdict) -> dict[str, Any]:
    """Return plain JSON types."""
    return {
        "valid": verdict.valid,
        "failed": [_failure(one) for one in verdict.failed],
        "warnings": [_failure(one) for one in verdict.warnings],
        "not_judged": verdict.not_judged,
        "judged_by": verdict.judged_by,
    }


def _failure(failure: RuleFailure) -> dict[str, str]:
    return {"rule": failure.rule, "text": failure.text, "where": failure.where}


def verdict_from_dict(found: Mapping[str, Any]) -> Verdict:
    """Return what ``verdict_to_dict`` was given."""
    return Verdict(
        valid=found["valid"],
        failed=tuple(RuleFailure(**one) for one in found["failed"]),
        warnings=tuple(RuleFailure(**one) for one in found["warnings"]),
        not_judged=found["not_judged"],
        judged_by=found["judged_by"],
    )
