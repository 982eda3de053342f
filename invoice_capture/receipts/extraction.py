"""The fields of a receipt: the line model finds name and address, two choices find date and total, sums confirm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import dropwhile

from invoice_capture.confidence import calibrated, mark_of
from invoice_capture.memory import SupplierMemory, recalled
from invoice_capture.model import (
    CapturedField,
    CapturedInvoice,
    Check,
    DocumentType,
    FieldName,
    Mark,
    Method,
    PageSource,
    Place,
    ReadDocument,
    Reason,
)
from invoice_capture.receipts.choosing import chances
from invoice_capture.receipts.dates import date_candidates, date_features
from invoice_capture.receipts.details import details_of
from invoice_capture.receipts.segments import Segment, segments_of
from invoice_capture.receipts.totals import Amount, amounts_of, best_amount, total_candidates, total_features
from invoice_capture.receipts.trained import ADDRESS, COMPANY, ReceiptModel, TaggedLine, installed_model
from invoice_capture.receipts.writing import address_of, address_run, may_be_name, name_of, name_run

SCANNED, TYPED, KNOWN = "receipt", "receipt_text", "receipt_known"
"""Kinds of calibration: read from pixels, given as text, and written by the memory."""
_HEAD_LINES = 8
_TWO_CANDIDATES = 0.9
_LEAST_CHANCE = 0.05
_DETAIL = 0.6
_LOOKED_FOR = (
    FieldName.COMPANY,
    FieldName.ADDRESS,
    FieldName.DATE,
    FieldName.TOTAL,
    FieldName.CURRENCY,
    FieldName.INVOICE_NUMBER,
    FieldName.TAX_NUMBER,
    FieldName.REGISTRATION_NUMBER,
)


@dataclass(frozen=True, slots=True)
class RawValue:
    """A value before its score is calibrated. ``score``: 0..1, of its field alone."""

    value: str
    text: str
    segments: tuple[Segment, ...]
    score: float
    method: Method
    reasons: tuple[Reason, ...] = ()


def extract_receipt(
    document: ReadDocument, memory: SupplierMemory, *, as_printed: bool = False, model: ReceiptModel | None = None
) -> CapturedInvoice:
    """Return what a receipt says.

    Args:
        document: the read receipt.
        memory: suppliers whose writing is known; may be empty.
        as_printed: leave date and total as they stand on the paper instead of normalising them.
        model: another model than the installed one.
    """
    segments = segments_of(document.pages)
    typed = is_typed(document)
    raw, amounts = raw_values(segments, model or installed_model(), typed=typed)
    captured = CapturedInvoice(
        document_type=DocumentType.RECEIPT,
        pages=tuple(page.number for page in document.pages),
        fields=fields_of(raw, TYPED if typed else SCANNED, as_printed=as_printed),
        checks=checks_of(raw, amounts),
    )
    return with_memory(captured, memory, segments)


def is_typed(document: ReadDocument) -> bool:
    """Whether the text of a document was given, so that no letter of it is misread."""
    return all(page.source is PageSource.PUBLISHED for page in document.pages)


def fields_of(raw: Mapping[FieldName, RawValue], kind: str, *, as_printed: bool) -> dict[FieldName, CapturedField]:
    """Return an entry for every field that is looked for, with calibrated confidence and mark."""
    fields = {name: CapturedField("", "", (), 0.0, Mark.MISSING, Method.PATTERN) for name in _LOOKED_FOR}
    for name, one in raw.items():
        value = one.text if as_printed and name in (FieldName.DATE, FieldName.TOTAL) else one.value
        confidence = calibrated(name, one.score, kind)
        places = tuple(Place(segment.page, segment.box) for segment in one.segments)
        mark = mark_of(name, confidence, kind, value)
        fields[name] = CapturedField(value, one.text, places, confidence, mark, one.method, one.reasons)
    return fields


def raw_values(
    segments: Sequence[Segment], model: ReceiptModel, *, typed: bool
) -> tuple[dict[FieldName, RawValue], list[Amount]]:
    """Return the values with their uncalibrated scores, and all amounts of the receipt.

    Args:
        segments: the text.
        model: the trained model.
        typed: the text was given, so there are no misread letters to put right.
    """
    amounts, tags = amounts_of(segments), model.tagged(segments)
    found = {
        FieldName.COMPANY: _company(segments, tags, model, typed=typed),
        FieldName.ADDRESS: _address(segments, tags, model, typed=typed),
        FieldName.DATE: _date(segments, model),
        FieldName.TOTAL: _total(amounts, model),
    }
    result = {name: one for name, one in found.items() if one is not None and one.value}
    for detail in details_of(segments):
        reasons = (Reason("label", {"label": detail.label}),) if detail.label else ()
        places = (detail.segment,) if detail.segment is not None else ()
        result[detail.name] = RawValue(detail.value, detail.value, places, _DETAIL, Method.LABEL, reasons)
    return result, amounts


def checks_of(raw: Mapping[FieldName, RawValue], amounts: Sequence[Amount]) -> tuple[Check, ...]:
    """Return the sums of the receipt that can be recomputed with its total."""
    if FieldName.TOTAL not in raw:
        return ()
    total = Decimal(raw[FieldName.TOTAL].value)
    paid = [amount.value for amount in amounts if amount.label == "paid"]
    change = [amount.value for amount in amounts if amount.label == "change"]
    if not paid or not change:
        return ()
    pairs = [(one, two) for one in paid for two in change]
    one, two = next((pair for pair in pairs if pair[0] - pair[1] == total), pairs[-1])
    terms = (("paid", str(one)), ("change", str(two)), (str(FieldName.TOTAL), str(total)))
    return (Check("paid_minus_change", one - two == total, terms, str(one - two - total)),)


def _company(
    segments: Sequence[Segment], tags: Sequence[TaggedLine], model: ReceiptModel, *, typed: bool
) -> RawValue | None:
    labelled = [place for place, tag in enumerate(tags) if tag.label == COMPANY]
    chosen = list(dropwhile(lambda place: not may_be_name(segments[place].text), labelled))
    if not chosen:
        near = _HEAD_LINES if labelled else len(segments)
        rest = [place for place, segment in enumerate(segments[:near]) if may_be_name(segment.text)]
        likely = max(rest, key=lambda place: tags[place].company, default=None)
        # Where the model took a title for the name, the name stands near it, however little is left for it.
        least = 0.0 if labelled else _LEAST_CHANCE
        chosen = [] if likely is None or tags[likely].company < least else [likely]
    run = name_run(segments, chosen)
    if not run:
        return None
    printed = name_of([segments[place].text for place in run])
    value = printed if typed else model.blanks.name(printed)
    parts = tuple(segments[place] for place in run)
    score = max(tags[place].company for place in run) * min(part.confidence for part in parts)
    rivals = max((tag.company for place, tag in enumerate(tags) if place not in run), default=0.0)
    return RawValue(value, printed, parts, score * (1 - rivals / 2), Method.MODEL, _reasons_of_rivals(1 - rivals))


def _address(
    segments: Sequence[Segment], tags: Sequence[TaggedLine], model: ReceiptModel, *, typed: bool
) -> RawValue | None:
    run = address_run(segments, [place for place, tag in enumerate(tags) if tag.label == ADDRESS])
    if not run:
        return None
    printed = address_of([segments[place].text for place in run])
    value = printed if typed else model.blanks.address(printed)
    parts = tuple(segments[place] for place in run)
    score = min(tags[place].address for place in run) * min(part.confidence for part in parts)
    rivals = max((tag.address for place, tag in enumerate(tags) if place not in run), default=0.0)
    return RawValue(value, printed, parts, score * (1 - rivals / 2), Method.MODEL, _reasons_of_rivals(1 - rivals))


def _date(segments: Sequence[Segment], model: ReceiptModel) -> RawValue | None:
    candidates = date_candidates(segments)
    if not candidates:
        return None
    shares = chances(date_features(candidates, segments), model.date_weights)
    best = max(range(len(shares)), key=shares.__getitem__)
    one = candidates[best]
    share = sum(share for share, other in zip(shares, candidates, strict=True) if other.value == one.value)
    score = share * one.segment.confidence
    return RawValue(one.value.isoformat(), one.printed, (one.segment,), score, Method.MODEL, _reasons_of_rivals(share))


def _total(amounts: Sequence[Amount], model: ReceiptModel) -> RawValue | None:
    candidates = total_candidates(amounts)
    if not candidates:
        return None
    features = total_features(candidates, amounts)
    shares = chances(features, model.total_weights)
    best = max(range(len(shares)), key=shares.__getitem__)
    one = best_amount(candidates[best])
    reasons = list(_reasons_of_rivals(shares[best]))
    if one.label not in ("none", "item"):
        reasons.append(Reason("label", {"label": one.label}))
    if any(name.startswith(("paid_less_change", "with_tax", "sum_of_parts")) for name in features[best]):
        reasons.append(Reason("sum_holds"))
    places = tuple(dict.fromkeys(amount.segment for amount in (one, *candidates[best].amounts)))
    score = shares[best] * max(place.confidence for place in places)
    return RawValue(f"{one.value:.2f}", one.printed, places, score, Method.MODEL, tuple(reasons))


def _reasons_of_rivals(share: float) -> tuple[Reason, ...]:
    return (Reason("two_candidates"),) if share < _TWO_CANDIDATES else ()


def with_memory(captured: CapturedInvoice, memory: SupplierMemory, segments: Sequence[Segment]) -> CapturedInvoice:
    """Let the memory write name and address, and say how sure that is."""
    known = recalled(captured, memory, [segment.text for segment in segments[:_HEAD_LINES]])
    if not known.memory_key:
        return known
    fields = dict(known.fields)
    for name in (FieldName.COMPANY, FieldName.ADDRESS):
        field = fields[name]
        likeness = likeness_of(field)
        if likeness is None:
            continue
        confidence = calibrated(name, likeness, KNOWN)
        before = captured.fields[name]
        if field.value == before.value and confidence <= before.confidence:
            # The memory agrees with what is printed: that makes nothing less sure.
            continue
        mark = Mark.ACCEPT if field.value == before.value and before.mark is Mark.ACCEPT else Mark.CHECK
        if mark_of(name, confidence, KNOWN, field.value) is Mark.ACCEPT:
            mark = Mark.ACCEPT
        fields[name] = replace(field, confidence=confidence, mark=mark)
    return replace(known, fields=fields)


def likeness_of(field: CapturedField) -> float | None:
    """Return how like its supplier's writing a field was when the memory knew it, None when it did not."""
    for reason in field.reasons:
        if reason.code in ("known_supplier", "written_as_remembered"):
            return float(reason.values["likeness"])
    return None
