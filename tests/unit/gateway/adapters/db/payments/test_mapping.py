"""Documents in the database: whole in, strictly out."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.db.column_types import to_json
from gateway.adapters.db.payments.mapping import (
    lines_from_document,
    lines_to_document,
    result_from_document,
    result_to_document,
)
from gateway.domain.cards.payment import EftLine, EftReceipt, TerminalResult, TransactionNumbers
from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import SaleLine

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
NUMBERS = st.none() | st.integers(0, 999_999)
RESULTS = st.builds(
    TerminalResult,
    amount_minor=st.none() | st.integers(0, 10**12),
    numbers=st.builds(TransactionNumbers, NUMBERS, NUMBERS, NUMBERS),
    code=st.none() | TEXTS,
    acquirer_terminal_id=st.none() | TEXTS,
    authorisation=st.none() | TEXTS,
    card_name=st.none() | TEXTS,
    card_masked=st.none() | TEXTS,
    text=st.none() | TEXTS,
    date_mmdd=st.none() | TEXTS,
    time_hhmmss=st.none() | TEXTS,
    receipts=st.lists(
        st.builds(
            EftReceipt,
            st.sampled_from(("merchant", "customer", "administration")),
            st.lists(st.builds(EftLine, TEXTS, st.booleans(), st.booleans(), st.booleans()), max_size=4).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
)


@given(RESULTS)
def test_result_when_stored_as_json_then_read_back_equal(result: TerminalResult) -> None:
    assert result_from_document(json.loads(to_json(result_to_document(result)))) == result


def test_result_when_empty_then_an_empty_document() -> None:
    assert result_to_document(TerminalResult()) == {}
    assert result_from_document({}) == TerminalResult()


@pytest.mark.parametrize(
    "document",
    [
        {"colour": "red"},
        {"numbers": {"batch": 1}},
        {"receipts": [{"kind": "customer", "lines": [{"text": "a", "bold": True}]}]},
        {"receipts": [{"kind": "customer", "lines": [{}]}]},
    ],
)
def test_result_when_a_field_is_unknown_or_missing_then_refused(document: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        result_from_document(document)


@given(
    st.lists(
        st.tuples(
            TEXTS,
            st.decimals("-99999", "99999", places=3),
            st.integers(-(10**9), 10**9),
            st.integers(-(10**12), 10**12),
        ),
        max_size=5,
    )
)
def test_lines_when_stored_as_json_then_read_back_equal_with_their_decimals(
    rows: list[tuple[str, Decimal, int, int]],
) -> None:
    currency = Currency.of("JPY")
    lines = tuple(
        SaleLine(text, quantity, Money(price, currency), Money(amount, currency))
        for text, quantity, price, amount in rows
    )

    read = lines_from_document(json.loads(to_json(lines_to_document(lines))), currency)

    assert read == lines
    assert [str(line.quantity) for line in read] == [str(line.quantity) for line in lines]
