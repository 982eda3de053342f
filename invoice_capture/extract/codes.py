"""What the payment codes on the pages say, as evidence beside the print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from invoice_capture.codes import PaymentCode, payment_code
from invoice_capture.extract.candidate import Candidate, choose
from invoice_capture.model import Code, FieldName, Method, Reason
from invoice_capture.values import normal_id

_SURE = 0.98
Candidates = Mapping[FieldName, tuple[Candidate, ...]]


def code_candidates(codes: Iterable[Code]) -> dict[FieldName, tuple[Candidate, ...]]:
    """Return the fields that payment codes hold; amounts are decided with the other sums."""
    found: dict[FieldName, tuple[Candidate, ...]] = {}
    for code in codes:
        read = payment_code(code)
        if read is None:
            continue
        for name, value in _values(read).items():
            one = Candidate(value, value, (), _SURE, Method.CODE, (Reason("code", {"kind": str(code.kind)}),))
            found[name] = (*found.get(name, ()), one)
    return found


def _values(read: PaymentCode) -> dict[FieldName, str]:
    values = {
        FieldName.IBAN: read.iban,
        FieldName.BIC: read.bic,
        FieldName.CURRENCY: read.currency,
        FieldName.PAYMENT_REF: read.reference,
        FieldName.VAT_ID: read.vat_id,
        FieldName.DATE: read.issued_on.isoformat() if read.issued_on is not None else "",
    }
    return {name: value for name, value in values.items() if value}


def with_codes(printed: Candidates, coded: Candidates) -> dict[FieldName, tuple[Candidate, ...]]:
    """Return the candidates with those of codes; where print and code differ the code wins and the doubt is named."""
    found = dict(printed)
    for name, codes in coded.items():
        best = choose(printed.get(name, ()))
        if best is not None and all(normal_id(best.value) != normal_id(one.value) for one in codes):
            differs = Reason("code_differs", {"printed": best.text or best.value})
            found[name] = tuple(replace(one, reasons=(*one.reasons, differs)) for one in codes)
        elif best is not None:
            found[name] = tuple(replace(one, text=best.text, places=best.places) for one in codes)
        else:
            found[name] = codes
    return found
