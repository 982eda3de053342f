"""Documents for an ERP: what does not add up is never made."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from gateway.domain.erp.documents import Attachment, EntryLine, PartyRef
from gateway.domain.errors import InputError
from gateway.ports.erp import ErpDocument, hints_of
from tests.support.erp_documents import bill, entry, payment, sales_day


@pytest.mark.parametrize(
    ("document", "changes", "code"),
    [
        (bill(), {"net_minor": 9_999}, "totals_do_not_add_up"),
        (bill(), {"tax_minor": 1_901, "gross_minor": 11_901}, "totals_do_not_add_up"),
        (bill(), {"gross_minor": 11_899}, "totals_do_not_add_up"),
        (bill(), {"key": "R-1"}, "invalid_key"),
        (bill(), {"key": bill().key.upper().replace("-", "")}, "invalid_key"),
        (payment(), {"amount_minor": 1}, "totals_do_not_add_up"),
        (payment(), {"amount_minor": 0, "pays": ()}, "invalid_amount"),
        (entry(), {"lines": entry().lines[:1]}, "totals_do_not_add_up"),
        (entry(), {"lines": ()}, "entry_without_lines"),
        (sales_day(), {"tips_minor": 0}, "totals_do_not_add_up"),
        (sales_day(), {"rounding_minor": 1}, "totals_do_not_add_up"),
    ],
)
def test_document_when_it_does_not_add_up_then_it_is_refused(
    document: Any, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(InputError) as refused:
        dataclasses.replace(document, **changes)

    assert refused.value.code == code


@pytest.mark.parametrize(("debit", "credit"), [(0, 0), (1, 1), (-1, 0), (0, -1), (5, -5)])
def test_entry_line_when_not_of_one_side_then_refused(debit: int, credit: int) -> None:
    with pytest.raises(InputError, match="either a debit or a credit"):
        EntryLine("cash", debit_minor=debit, credit_minor=credit)


def test_attachment_when_changed_and_party_with_a_whole_iban_then_refused() -> None:
    with pytest.raises(InputError, match="not the one"):
        Attachment("bill.pdf", "application/pdf", "0" * 64, b"x")
    with pytest.raises(InputError, match="last four"):
        PartyRef("s-1", "Mill", iban_end="DE02120300000000202051")


@pytest.mark.parametrize(
    ("document", "number"), [(bill(), "R-1"), (payment(), "E2E-2"), (entry(), "J-3"), (sales_day(), "Z-4")]
)
def test_hints_when_taken_then_the_natural_key(document: ErpDocument, number: str) -> None:
    assert hints_of(document).number == number
