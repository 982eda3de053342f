"""Templates of messages, and what a wrong one says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.erp_mapping.templates import filled
from gateway.domain.erp.failure import ErpFailure, FailureCode

_VALUES = {
    "number": "R-1",
    "net": "10.50",
    "on": date(2026, 11, 3),
    "credit": False,
    "note": "",
    "vendor": {"id": "V1"},
    "lines": [{"net": "1.00"}, {"net": "9.50"}],
}


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("{number}", "R-1"),
        ("no {number} of {vendor.id}", "no R-1 of V1"),
        ("{net:number}", Decimal("10.50")),
        ("{on}", "2026-11-03"),
        ("{on:%d.%m.%Y}", "03.11.2026"),
        ("{credit}", False),
        ({"a": "{note?}", "b": "{note}", "c": 1}, {"b": "", "c": 1}),
        ({"x": {"each": "lines", "item": {"n": "{net}"}}}, {"x": [{"n": "1.00"}, {"n": "9.50"}]}),
        (["{number}", True], ["R-1", True]),
    ],
)
def test_template_when_filled_then_its_values(template: Any, made: object) -> None:
    assert filled(template, _VALUES, "operations.x") == made


@pytest.mark.parametrize(
    "template",
    ["{nobody}", "{vendor.nobody}", "{lines}", "{number:%d}", {"b": "{vendor}"}, {"each": "on.x", "item": ""}],
)
def test_template_when_a_name_is_no_value_then_the_field_is_named(template: Any) -> None:
    with pytest.raises(ErpFailure) as failed:
        filled(template, _VALUES, "operations.x")

    assert failed.value.failure is FailureCode.MAPPING_WRONG
    assert (failed.value.field or "").startswith("operations.x")
