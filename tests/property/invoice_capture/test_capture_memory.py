"""Laws of the memory and of calibration, whatever the values are."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.capture_training.isotonic import accept_from, isotonic
from invoice_capture.confidence.calibration import NEVER, Calibration
from invoice_capture.memory import Correction, SupplierMemory, recalled
from invoice_capture.model import CapturedField, CapturedInvoice, DocumentType, FieldName, Mark, Method

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)
_FIELDS = st.dictionaries(st.sampled_from(list(FieldName)), _TEXT, max_size=6)
_SCORES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def _captured(values: dict[FieldName, str]) -> CapturedInvoice:
    fields = {name: CapturedField(text, text, (), 0.5, Mark.CHECK, Method.LABEL) for name, text in values.items()}
    return CapturedInvoice(DocumentType.INVOICE, (1,), fields)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(_FIELDS, _FIELDS), max_size=5))
def test_memory_when_stored_then_it_comes_back_the_same(corrections: list[tuple[dict[FieldName, str], ...]]) -> None:
    memory = SupplierMemory.empty()
    for number, (read, approved) in enumerate(corrections):
        memory = memory.learn(Correction(f"d{number}", "2026-01-01", _captured(read), approved))

    back = SupplierMemory.from_json(memory.to_json())

    assert list(back) == list(memory)
    assert back.to_json() == memory.to_json()


@settings(deadline=None, max_examples=50)
@given(_FIELDS, _FIELDS)
def test_memory_when_learned_and_forgotten_then_it_is_empty(
    read: dict[FieldName, str], approved: dict[FieldName, str]
) -> None:
    memory = SupplierMemory.empty().learn(Correction("d", "2026-01-01", _captured(read), approved))

    for entry in memory:
        memory = memory.forget(entry.entry_id)

    assert len(memory) == 0


@settings(deadline=None, max_examples=50)
@given(_FIELDS, _FIELDS)
def test_memory_when_recalled_then_only_name_and_address_change(
    read: dict[FieldName, str], approved: dict[FieldName, str]
) -> None:
    captured = _captured(read)
    memory = SupplierMemory.empty().learn(Correction("d", "2026-01-01", captured, approved))

    known = recalled(captured, memory)

    assert known.fields.keys() == captured.fields.keys()
    for name in captured.fields.keys() - {FieldName.COMPANY, FieldName.ADDRESS}:
        assert known.fields[name] == captured.fields[name]


@settings(deadline=None, max_examples=50)
@given(_SCORES, st.floats(0, 1), st.floats(0, 1))
def test_calibration_when_a_score_is_higher_then_its_confidence_is_not_lower(
    scores: list[tuple[float, bool]], one: float, two: float
) -> None:
    raw, right = isotonic(scores)
    steps = Calibration(tuple(raw), tuple(right), 1.0)

    low, high = sorted((one, two))

    assert steps.of(low) <= steps.of(high)
    assert 0 <= steps.of(low) <= 1


@settings(deadline=None, max_examples=50)
@given(_SCORES)
def test_threshold_when_found_then_what_it_accepts_is_right_often_enough(scores: list[tuple[float, bool]]) -> None:
    accept = accept_from(scores)

    accepted = [right for score, right in scores if score >= accept]

    assert bool(accepted) == (accept != NEVER)
    assert sum(accepted) >= 0.99 * len(accepted) - 0.5
