"""The joint decision keeps arithmetic, whatever it is offered; any page at all is read without an exception."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from invoice_capture.decide.totals import Option, Options, decide
from invoice_capture.extract import extract_invoice
from invoice_capture.memory import SupplierMemory
from invoice_capture.model import Box, CapturedFile, FieldName, Line, Mark, Page, PageSource, ReadDocument, Word
from invoice_capture.result_json import dumps, loads

_CENTS = st.integers(min_value=1, max_value=10**9)
_NOISE = st.lists(st.tuples(st.integers(-(10**6), 10**6), st.floats(0.0, 0.55)), max_size=4)
_SUMS = (FieldName.NET, FieldName.TAX, FieldName.TOTAL)


def _option(cents: int, score: float) -> Option:
    return Option(Decimal(cents) / 100, score)


@given(_CENTS, st.integers(1, 27), st.sampled_from([1, -1]), _NOISE, _NOISE, _NOISE)
def test_sums_when_the_right_ones_are_labelled_best_then_they_are_chosen(
    net: int,
    rate: int,
    sign: int,
    nets: list[tuple[int, float]],
    taxes: list[tuple[int, float]],
    totals: list[tuple[int, float]],
) -> None:
    tax = net * rate // 100
    found = decide(
        Options(
            net=(_option(sign * net, 0.85), *(_option(*one) for one in nets)),
            tax=(_option(sign * tax, 0.85), *(_option(*one) for one in taxes)),
            total=(_option(sign * (net + tax), 0.85), *(_option(*one) for one in totals)),
        )
    )

    assert found.holds
    assert found.total is not None
    assert found.total.value * 100 == sign * (net + tax)


_TEXTS = (
    "Netto MwSt Gesamtbetrag Total VAT IBAN: Datum Rechnung Nr. 19 % 100,00 19,00 119,00 -5,00 € EUR 01.02.2024 Menge "
    "Preis Betrag Bezeichnung Käufer GmbH 12345 : ( ) / DE136695976 Zahlbar 30 Tage Skonto \u200b ß"
)
_WORDS = st.sampled_from(_TEXTS.split())
_PLACED = st.lists(
    st.tuples(_WORDS | st.text(min_size=1, max_size=12), st.integers(0, 580), st.integers(0, 830), st.integers(0, 30)),
    max_size=40,
)


def _document(placed: list[tuple[str, int, int, int]]) -> ReadDocument:
    words = [Word(text, Box(x, y, x + 4.0 * len(text), y + float(size))) for text, x, y, size in placed]
    page = Page(1, 595.0, 842.0, tuple(Line((word,)) for word in words), PageSource.TEXT_LAYER)
    return ReadDocument("pdf", (page,))


@settings(max_examples=150)
@given(_PLACED)
def test_page_when_anything_stands_on_it_then_it_is_read_and_sums_never_contradict(
    placed: list[tuple[str, int, int, int]],
) -> None:
    captured = extract_invoice(_document(placed), SupplierMemory.empty())

    file = CapturedFile("pdf", (captured,), ())
    assert loads(dumps(file)).invoices[0].fields.keys() == captured.fields.keys()
    assert set(captured.fields) == set(FieldName)
    fields = [captured.fields[name] for name in _SUMS]
    if all(one.value for one in fields):
        net, tax, total = (Decimal(one.value) for one in fields)
        assert abs(net + tax - total) <= Decimal("0.02") or Mark.ACCEPT not in {one.mark for one in fields}
    assert all((one.mark is Mark.MISSING) == (not one.value) for one in captured.fields.values())
