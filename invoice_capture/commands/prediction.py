"""What was captured as lines of a predictions file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from invoice_capture.errors import CaptureError
from invoice_capture.model import CapturedFile, CapturedInvoice, Mark
from invoice_capture.result_json import field_to_dict, invoice_to_dict


def lines_of_file(identity: str, captured: list[CapturedFile]) -> Iterator[dict[str, Any]]:
    """Yield one line an invoice; the second of a file gets the id `name#2`, and so on."""
    number = 0
    for one in captured:
        for invoice in one.invoices:
            number += 1
            yield line_of_invoice(identity if number == 1 else f"{identity}#{number}", invoice)
        for note in one.notes:
            if note.code == "refused":
                number += 1
                error = {"code": note.values["code"], "message": note.values["message"], "file": note.values["name"]}
                yield _empty(identity if number == 1 else f"{identity}#{number}", error)


def line_of_invoice(identity: str, invoice: CapturedInvoice) -> dict[str, Any]:
    """Return the line of one invoice: values, how sure they are, and where they come from."""
    found = {name: field for name, field in invoice.fields.items() if field.mark is not Mark.MISSING and field.value}
    whole = invoice_to_dict(invoice)
    line: dict[str, Any] = {
        "id": identity,
        "fields": {str(name): field.value for name, field in found.items()},
        "confidence": {str(name): round(field.confidence, 4) for name, field in found.items()},
        "evidence": {
            str(name): {key: value for key, value in field_to_dict(field).items() if key not in {"value", "confidence"}}
            for name, field in found.items()
        },
    }
    line |= {key: whole[key] for key in ("type", "pages", "lines", "taxes", "checks", "differences", "profile")}
    if invoice.verdict is not None:
        line["valid"] = invoice.verdict.valid
        line["failed_rules"] = [one.rule for one in invoice.verdict.failed]
        line["warnings"] = [one.rule for one in invoice.verdict.warnings]
    return line


def line_of_error(identity: str, error: CaptureError) -> dict[str, Any]:
    """Return the line of a file that could not be read."""
    return _empty(identity, {"code": error.code, "message": error.message, "hint": error.hint})


def _empty(identity: str, error: dict[str, str]) -> dict[str, Any]:
    return {"id": identity, "fields": {}, "confidence": {}, "evidence": {}, "error": error}
