"""What programmed connectors share: prices that an ERP can keep, pages by moments of change, names of files."""

from __future__ import annotations

import hashlib
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.erp_http.redaction import without_secret
from connectors.erp_mapping.change_cursor import ChangeCursor
from connectors.erp_mapping.document_values import file_values
from connectors.erp_mapping.line_prices import quantity_and_price
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.programmed import ProgrammedCaller, programmed
from gateway.domain.erp.documents import Attachment
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.domain.erp.records import RecordKind


def _line(quantity: str, price: str, net: str, order: str = "") -> dict[str, str]:
    return {"quantity": quantity, "unit_price": price, "net": net, "order": order}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (_line("2", "4.50", "9.00"), ("2", "4.50")),
        (_line("7", "3.335", "23.35"), ("1", "23.35")),
        (_line("3", "1", "10.00"), ("1", "10.00")),
        (_line("3", "3.33", "10.00", order="PO-1"), ("3", "3.33")),
        (_line("0", "5", "5.00"), ("1", "5.00")),
        (_line("4", "9", "-10.00"), ("4", "-2.50")),
    ],
)
def test_price_when_the_erp_has_two_digits_then_the_net_comes_out(line: dict[str, str], told: tuple[str, str]) -> None:
    assert quantity_and_price(line, 2) == (Decimal(told[0]), Decimal(told[1]))


@given(
    quantity=st.decimals(min_value="0.001", max_value=9999, places=3),
    net_minor=st.integers(min_value=-(10**9), max_value=10**9),
    digits=st.integers(min_value=0, max_value=6),
)
def test_price_when_no_order_is_named_then_quantity_times_price_is_the_net(
    quantity: Decimal, net_minor: int, digits: int
) -> None:
    net = Decimal(net_minor).scaleb(-2)
    count, price = quantity_and_price(_line(f"{quantity}", "1", f"{net:.2f}"), digits)

    assert (count * price).quantize(Decimal("0.01"), ROUND_HALF_UP) == net


def test_cursor_when_many_changed_at_one_moment_then_each_is_told_and_the_end_steps_back() -> None:
    rows = [("2026-11-03 09:00:00", str(number)) for number in range(1, 6)]
    seen: list[str] = []
    cursor, complete = "", False
    while not complete:
        at = ChangeCursor.read(cursor)
        page = [row for row in rows if row[0] >= at.moment and row[1] not in at.told][:2]
        seen += [id_ for _, id_ in page]
        cursor, complete = at.after(page, 2)

    assert seen == ["1", "2", "3", "4", "5"]
    assert cursor == "2026-11-03 08:55:00|"


def test_cursor_when_it_is_none_of_ours_then_refused() -> None:
    with pytest.raises(ErpFailure) as failed:
        ChangeCursor.read("' or 1=1|")

    assert failed.value.failure is FailureCode.REFUSED


def test_file_when_two_have_the_same_name_then_they_are_kept_under_two() -> None:
    names = set()
    for content in (b"one", b"two"):
        file = Attachment("Rechnung März/4.PDF", "application/pdf", hashlib.sha256(content).hexdigest(), content)
        names.add(file_values(file)["kept_name"])

    assert len(names) == 2
    assert all(name.startswith("Rechnung-M-rz-4-") and name.endswith(".pdf") for name in names)


def test_operation_when_a_row_lacks_a_field_then_answer_not_understood_with_the_effect() -> None:
    caller = ProgrammedCaller({"list_vendor": lambda values, _effect: {"items": values["nothing"]}})

    with pytest.raises(ErpFailure) as failed:
        programmed(MappingFile({}), caller, {}).fetch(RecordKind.VENDOR, "", 1)

    assert (failed.value.failure, failed.value.effect) == (FailureCode.ANSWER_NOT_UNDERSTOOD, Effect.NONE)


def test_kept_when_the_secret_stands_without_a_name_then_it_is_hidden() -> None:
    assert without_secret('["books",7,"a\\"b-2718"]', 'a"b-2718') == '["books",7,"***"]'
