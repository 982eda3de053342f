"""Attacks and damaged documents through the reading process: each is read or refused by name, and nothing ends it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoice_capture.errors import CaptureError
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sandbox import CaptureWorker
from invoice_capture.ocr.engine import OcrChoice
from tests.support.hostile_documents import hostile_documents, valid_documents

pytestmark = pytest.mark.ocr
_ATTACKS = hostile_documents()
_VALID = valid_documents()
_NAMES_OF_FAILURE = {"reader_crashed", "took_too_long"}
_REASONS = {
    "xml_billion_laughs": {"xml_dtd"},
    "xml_billion_laughs_utf16": {"xml_dtd"},
    "xml_external_entity": {"xml_dtd"},
    "xml_deep": {"xml_too_deep", "xml_broken"},
    "zip_bomb": {"unpacks_too_large"},
    "zip_in_zip": {"nested_archive"},
    "zip_same_bytes_many_times": {"zip_broken", "unpacks_too_large"},
    "png_huge": {"too_many_pixels"},
    "tiff_huge": {"too_many_pixels", "image_broken"},
    "pdf_huge_page": {"page_too_large"},
    # A form that draws itself twice costs the PDF library without end: only the limits of the process end it.
    "pdf_form_loop": _NAMES_OF_FAILURE,
}


@pytest.fixture(scope="module")
def worker() -> Iterator[CaptureWorker]:
    with CaptureWorker(Limits(seconds_max=60), OcrChoice(engine="none")) as found:
        yield found


def _code(worker: CaptureWorker, data: bytes) -> str:
    try:
        worker.capture(data, "document")
    except CaptureError as error:
        return error.code
    return "read"


@pytest.mark.parametrize("name", sorted(_ATTACKS))
def test_attack_when_it_is_sent_then_it_is_refused_by_name_or_read_for_what_it_is(
    worker: CaptureWorker, name: str
) -> None:
    code = _code(worker, _ATTACKS[name])

    assert code in _REASONS.get(name, {code} - _NAMES_OF_FAILURE)
    assert _code(worker, _VALID["pdf"]) == "read"


_SHARED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_SHARED
@given(kind=st.sampled_from(sorted(_VALID)), share=st.floats(0, 1))
def test_document_when_it_is_cut_off_then_it_is_refused_by_name_or_read(
    worker: CaptureWorker, kind: str, share: float
) -> None:
    whole = _VALID[kind]

    assert _code(worker, whole[: int(len(whole) * share)]) not in _NAMES_OF_FAILURE


@_SHARED
@given(kind=st.sampled_from(sorted(_VALID)), places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), min_size=1))
def test_document_when_bits_are_flipped_then_it_is_refused_by_name_or_read(
    worker: CaptureWorker, kind: str, places: list[tuple[float, int]]
) -> None:
    data = bytearray(_VALID[kind])
    for share, bit in places:
        data[min(int(len(data) * share), len(data) - 1)] ^= 1 << bit

    assert _code(worker, bytes(data)) not in _NAMES_OF_FAILURE
