"""The memory of suppliers: what a correction teaches, who is known again, and what is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from invoice_capture.memory import Correction, KeyKind, Sample, SupplierKey, SupplierMemory, measure, recalled
from invoice_capture.model import CapturedField, CapturedInvoice, DocumentType, FieldName, Mark, Method, Reason

_NAME, _ADDRESS = "Northwind Paper & Ink", "12 Quay Street, 4000 Harbourtown"


def _captured(values: Mapping[FieldName, str], *reasons: Reason) -> CapturedInvoice:
    fields = {
        name: CapturedField(value, value, (), 0.5, Mark.CHECK, Method.MODEL, reasons) for name, value in values.items()
    }
    return CapturedInvoice(DocumentType.INVOICE, (1,), fields)


def _told(document: str, approved: Mapping[FieldName, str], read: Mapping[FieldName, str] | None = None) -> Correction:
    return Correction(document, "2026-03-01", _captured(read if read is not None else approved), approved)


def test_memory_when_a_name_is_corrected_then_the_misreading_is_known_again() -> None:
    read = {FieldName.COMPANY: "N0rthwlnd Papr INC", FieldName.ADDRESS: "12 Quay Street,4000Harbourtown"}
    memory = SupplierMemory.empty().learn(_told("d1", {FieldName.COMPANY: _NAME, FieldName.ADDRESS: _ADDRESS}, read))

    again = recalled(_captured(read), memory)

    assert again.fields[FieldName.COMPANY].value == _NAME
    assert again.fields[FieldName.COMPANY].text == read[FieldName.COMPANY]
    assert again.fields[FieldName.COMPANY].method is Method.MEMORY
    assert again.fields[FieldName.ADDRESS].value == _ADDRESS
    assert again.memory_key == next(iter(memory)).entry_id


def test_memory_when_nothing_is_alike_then_the_document_stays_as_it_is() -> None:
    memory = SupplierMemory.empty().learn(_told("d1", {FieldName.COMPANY: _NAME}))
    captured = _captured({FieldName.COMPANY: "Bluebird Gardens"})

    assert recalled(captured, memory) == captured
    assert recalled(captured, SupplierMemory.empty()) is captured


def test_memory_when_firms_of_one_group_differ_in_brackets_then_they_stay_apart() -> None:
    memory = SupplierMemory.empty().learn(_told("d1", {FieldName.COMPANY: "Northwind Paper (East) Ltd"}))
    captured = _captured({FieldName.COMPANY: "Northwind Paper (West) Ltd"})

    assert recalled(captured, memory) == captured


def test_memory_when_applied_twice_then_it_writes_the_same() -> None:
    memory = SupplierMemory.empty().learn(_told("d1", {FieldName.COMPANY: _NAME}))
    once = recalled(_captured({FieldName.COMPANY: "Northwind Papr & Ink"}), memory)

    twice = recalled(once, memory)

    assert twice.fields[FieldName.COMPANY].value == once.fields[FieldName.COMPANY].value == _NAME


def test_memory_when_tax_ids_differ_then_one_name_is_two_suppliers() -> None:
    memory = SupplierMemory.empty()
    for document, vat_id in (("d1", "DE111111111"), ("d2", "DE222222222")):
        memory = memory.learn(_told(document, {FieldName.COMPANY: _NAME, FieldName.VAT_ID: vat_id}))

    found = memory.find(SupplierKey.of(KeyKind.VAT_ID, "DE 111 111 111"))

    assert len(memory) == 2
    assert found is not None
    assert found.evidence[0].document == "d1"


def test_memory_when_the_tax_id_is_known_then_it_beats_the_name() -> None:
    memory = SupplierMemory.empty().learn(_told("d1", {FieldName.COMPANY: _NAME, FieldName.VAT_ID: "DE111111111"}))
    memory = memory.learn(_told("d2", {FieldName.COMPANY: "Bluebird Gardens"}))
    captured = _captured({FieldName.COMPANY: "Bluebird Gardens", FieldName.VAT_ID: "DE111111111"})

    assert recalled(captured, memory).fields[FieldName.COMPANY].value == _NAME


def test_memory_when_one_document_is_told_twice_then_it_counts_once() -> None:
    memory = SupplierMemory.empty()
    for _ in range(2):
        memory = memory.learn(_told("d1", {FieldName.COMPANY: _NAME}))

    entry = next(iter(memory))

    assert entry.names == ((_NAME, 1),)
    assert [one.document for one in entry.evidence] == ["d1"]


def test_memory_when_a_date_was_printed_then_its_order_is_learned() -> None:
    read = replace(
        _captured({FieldName.COMPANY: _NAME}),
        fields={
            FieldName.COMPANY: CapturedField(_NAME, _NAME, (), 0.9, Mark.CHECK, Method.LABEL),
            FieldName.DATE: CapturedField("2024-04-03", "03/04/2024", (), 0.9, Mark.CHECK, Method.LABEL),
        },
    )
    approved = {FieldName.COMPANY: _NAME, FieldName.DATE: "2024-03-04"}

    memory = SupplierMemory.empty().learn(Correction("d1", "2026-03-01", read, approved))

    assert next(iter(memory)).day_first is False


def test_memory_when_a_labelled_value_was_right_then_its_label_is_learned() -> None:
    approved = {FieldName.COMPANY: _NAME, FieldName.INVOICE_NUMBER: "R-2024-17"}
    captured = _captured(approved, Reason("label", {"label": "Our number"}))

    entry = next(iter(SupplierMemory.empty().learn(Correction("d1", "2026-03-01", captured, approved))))

    assert entry.labels[FieldName.INVOICE_NUMBER] == ("Our number",)
    assert entry.number_pattern == "A-9999-99"


def test_memory_when_an_entry_is_forgotten_then_it_is_not_found() -> None:
    memory = SupplierMemory.empty().learn(_told("d1", {FieldName.COMPANY: _NAME}))

    after = memory.forget(next(iter(memory)).entry_id)

    assert len(after) == 0
    assert after.find(SupplierKey.of(KeyKind.NAME, _NAME)) is None
    assert len(memory) == 1


def test_memory_when_the_document_names_nobody_then_nothing_is_learned() -> None:
    memory = SupplierMemory.empty()

    assert memory.learn(_told("d1", {FieldName.TOTAL: "12.00"})) is memory


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": 9, "entries": []}', '{"format": 1, "entries": [{}]}', "{"])
def test_memory_when_the_json_is_another_then_it_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        SupplierMemory.from_json(text)


def test_effect_when_the_memory_makes_values_worse_then_it_does_not_serve() -> None:
    good = _captured({FieldName.COMPANY: "Northwind Papers & Ink"})
    wrong = SupplierMemory.empty().learn(_told("d1", {FieldName.COMPANY: _NAME}))
    samples = [Sample("d2", good, {FieldName.COMPANY: "Northwind Papers & Ink"})]

    effect = measure(SupplierMemory.empty(), wrong, samples)

    assert effect.right_before == 1
    assert effect.right_after == 0
    assert effect.worse == (("d2", FieldName.COMPANY),)
    assert not effect.serves


def test_effect_when_a_misreading_is_put_right_then_the_memory_serves() -> None:
    memory = SupplierMemory.empty().learn(_told("d1", {FieldName.COMPANY: _NAME}))
    samples = [Sample("d2", _captured({FieldName.COMPANY: "Northwlnd Paper & Ink"}), {FieldName.COMPANY: _NAME})]

    effect = measure(SupplierMemory.empty(), memory, samples)

    assert (effect.values, effect.right_before, effect.right_after) == (1, 0, 1)
    assert effect.serves
