"""Pairing by text looks only at lines that can still win; what it chooses is what looking at all of them would."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.payables.matching_book import BookLine, tokens_of
from gateway.domain.payables.matching_pairs import CANDIDATES_SHOWN, MARGIN, TEXT_MIN, TEXT_SURE, Pairer
from gateway.domain.payables.payable import PayableLine
from gateway.domain.payables.purchase import MatchWays
from tests.support.purchase_rows import billed, book, order, order_id_of, order_line, received

WORDS = ("coffee", "beans", "blue", "cup", "200", "lid")
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
ORDERED = st.tuples(TEXTS, st.integers(1, 4), st.sampled_from(("1.00", "1.04", "3.00")), st.integers(0, 4))
NEAR = Decimal("0.05")


def _everything(line: PayableLine, lines: list[BookLine]) -> list[tuple[int, int, BookLine]]:
    """Points and likeness of each order line that may be meant."""
    found = []
    own = tokens_of(line.text)
    for one in lines:
        other = tokens_of(one.line.text)
        likeness = 200 * len(own & other) // (len(own) + len(other))
        near = abs(line.price - one.unit_price) <= one.unit_price * NEAR
        if one.line.ways is MatchWays.CONSIGNMENT or likeness < TEXT_MIN or not (near or likeness >= TEXT_SURE):
            continue
        room = 0 if line.quantity > one.open_quantity else 15 if line.quantity == one.open_quantity else 5
        found.append((likeness + (15 if near else 0) + room, likeness, one))
    return found


@given(st.lists(ORDERED, min_size=1, max_size=12), TEXTS, st.integers(1, 4), st.sampled_from(("1.00", "1.05", "3.00")))
def test_text_when_lines_are_many_then_the_choice_is_that_of_looking_at_all(
    ordered: list[tuple[str, int, str, int]], text: str, quantity: int, price: str
) -> None:
    rows = [
        order_line(number, str(count), each, said) for number, (said, count, each, _) in enumerate(ordered, start=1)
    ]
    arrived = [(number, str(come)) for number, (_, _, _, come) in enumerate(ordered, start=1) if come]
    known = list(book([order("P-1", *rows)], list(received("P-1", *arrived)), {}).lines(order_id_of("P-1")))
    line = billed(1, str(quantity), price, text)

    found = Pairer(known, named=True, gives_back=False).by_text(line)

    everything = _everything(line, known)
    if not everything:
        assert found is None
        return
    assert found is not None
    top = max(points for points, _, _ in everything)
    close = [one for points, _, one in everything if points > top - MARGIN]
    # Among texts that are equally good price and quantity alone decide.
    told = [(points - likeness, one) for points, likeness, one in everything if points > top - MARGIN]
    best = [one for points, one in told if points == max(told, key=lambda each: each[0])[0]]
    assert found.score == max(likeness for points, likeness, _ in everything if points == top)
    if len(close) == 1:
        assert found.lines == (close[0],)
    elif all(one.is_alike(best[0]) for one in best):
        assert found.lines == tuple(one for one in close if one.is_alike(best[0]))
    else:
        assert (found.lines, found.candidates) == ((), tuple(best[:CANDIDATES_SHOWN]))
