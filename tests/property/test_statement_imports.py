"""Statements that overlap, come twice, in any order or in another format give every entry once."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.statements.detect import read_statements
from connectors.statements.entry_keys import EntryKey, entry_keys, new_entries, told_entries
from connectors.statements.statement import Statement
from tests.support.bank_statements import camt, camt_entry, mt940

_FIRST = date(2026, 3, 2)
_day_entries = st.lists(st.integers(-3, 3).filter(bool), max_size=5)
_months = st.lists(_day_entries, min_size=1, max_size=6)


def _decimal(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}0.0{abs(cents)}"


def _told(
    month: list[list[int]], first: int, last: int, *, referenced: bool, kind: str = "053", form: str = "R{}N{}"
) -> Statement:
    """Return a statement of whole days. Equal amounts of a day are equal entries unless they have references."""
    entries = [
        camt_entry(
            _decimal(cents),
            ref=form.format(day, number) if referenced else "",
            day=(_FIRST + timedelta(days=day)).isoformat(),
        )
        for day in range(first, last)
        for number, cents in enumerate(month[day])
    ]
    return read_statements(camt(entries, "0.00", "0.00", kind=kind))[0]


def _as_mt940(month: list[list[int]], *, referenced: bool) -> Statement:
    lines = [
        f":61:{_FIRST + timedelta(days=day):%y%m%d%m%d}{'D' if cents < 0 else 'C'}0,0{abs(cents)}NTRFNONREF"
        + (f"//R{day}N{number}" if referenced else "")
        for day, amounts in enumerate(month)
        for number, cents in enumerate(amounts)
    ]
    return read_statements(mt940(lines))[0]


def _imported(statements: list[Statement]) -> list[tuple[EntryKey, int]]:
    taken: dict[EntryKey, int] = {}
    for statement in statements:
        for key, entry in new_entries(taken, statement):
            assert key not in taken
            taken[key] = entry.amount.minor
    return list(taken.items())


@given(month=_months, referenced=st.booleans(), data=st.data())
def test_imports_when_periods_overlap_in_any_order_then_every_entry_is_there_once(
    *, month: list[list[int]], referenced: bool, data: st.DataObject
) -> None:
    spans = st.tuples(st.integers(0, len(month)), st.integers(0, len(month))).map(sorted)
    periods = [*data.draw(st.lists(spans, max_size=5)), [0, len(month)]]
    order = data.draw(st.permutations(periods))

    found = _imported([_told(month, first, last, referenced=referenced) for first, last in order])

    assert sorted(cents for _, cents in found) == sorted(cents for day in month for cents in day)


@given(month=_months, marks=st.tuples(st.booleans(), st.booleans(), st.booleans()), order=st.permutations([0, 1, 2, 3]))
def test_imports_when_told_by_other_formats_then_nothing_doubles(
    month: list[list[int]], marks: tuple[bool, bool, bool], order: list[int]
) -> None:
    first, second, third = marks
    whole = len(month)
    told = [
        _told(month, 0, whole, referenced=first, kind="052"),
        _told(month, 0, whole, referenced=second),
        _as_mt940(month, referenced=third),
        _as_mt940(month, referenced=third),
    ]

    found = _imported([told[index] for index in order])

    assert sorted(cents for _, cents in found) == sorted(cents for day in month for cents in day)


def _part(month: list[list[int]], taken: frozenset[tuple[int, int]], form: str) -> Statement:
    """Return what came in during the day: any entries, each with its reference."""
    entries = [
        camt_entry(_decimal(month[day][number]), ref=form.format(day, number), day=str(_FIRST + timedelta(days=day)))
        for day, number in sorted(taken)
    ]
    return read_statements(camt(entries, "0.00", "0.00", kind="052"))[0]


_FORMS = ["", "R{}N{}", "{:06}{:04}", "BANK-{:04}-{:08}"]
"""Ways in which formats of one bank number the same movements; empty: not at all."""


@given(month=_months, data=st.data())
def test_imports_when_formats_number_differently_and_days_are_cut_then_every_entry_is_there_once(
    month: list[list[int]], data: st.DataObject
) -> None:
    places = [(day, number) for day, amounts in enumerate(month) for number in range(len(amounts))]
    parts = data.draw(st.lists(st.frozensets(st.sampled_from(places)), max_size=4)) if places else []
    spans = st.tuples(st.integers(0, len(month)), st.integers(0, len(month))).map(sorted)
    periods = [
        *data.draw(st.lists(st.tuples(spans, st.sampled_from(_FORMS)), max_size=4)),
        ([0, len(month)], _FORMS[1]),
    ]
    told = [_part(month, part, _FORMS[1]) for part in parts]
    told += [_told(month, *span, referenced=bool(form), form=form) for span, form in periods]

    found = _imported([told[index] for index in data.draw(st.permutations(range(len(told))))])

    assert sorted(cents for _, cents in found) == sorted(cents for day in month for cents in day)


def test_imports_when_parts_of_a_day_have_other_references_then_both_payments_survive() -> None:
    first = _part([[5, 5]], frozenset({(0, 0)}), "B{}{}")
    second = _part([[5, 5]], frozenset({(0, 1)}), "B{}{}")

    assert len(_imported([first, second])) == 2


def test_imports_when_told_again_then_the_known_line_is_named() -> None:
    known = entry_keys(_told([[5]], 0, 1, referenced=True))[0]
    assert known is not None

    (told,) = told_entries([known], _as_mt940([[5]], referenced=False))

    assert told.known == known


@given(_day_entries)
def test_keys_when_entries_are_equal_then_each_has_its_own(amounts: list[int]) -> None:
    keys = entry_keys(_told([amounts], 0, 1, referenced=False))

    assert len(set(keys)) == len(amounts)


def test_keys_when_an_entry_is_pending_then_it_has_none() -> None:
    (statement,) = read_statements(camt([camt_entry("1.00", status="PDNG")], "0.00", "0.00"))

    assert entry_keys(statement) == (None,)
    assert new_entries((), statement) == ()


def test_account_when_written_in_two_ways_then_one_key() -> None:
    as_camt = _told([[1]], 0, 1, referenced=False)
    as_mt940 = _as_mt940([[1]], referenced=False)

    assert as_camt.account != as_mt940.account
    assert entry_keys(as_camt) == entry_keys(as_mt940)
