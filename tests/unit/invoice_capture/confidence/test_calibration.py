"""Calibration: scores become shares of right values, and marks follow the measured threshold."""

from __future__ import annotations

import pytest

from bench.capture_training.invoice_calibration import nested_figures, tables_of
from bench.capture_training.invoice_corpus import ScoredValue
from bench.capture_training.isotonic import accept_from, careful_cut, isotonic
from invoice_capture.confidence import Calibration, calibrated, calibration_of, mark_of
from invoice_capture.confidence.calibration import NEVER, UNMEASURED_CEILING, table_of
from invoice_capture.extract.candidate import Candidate
from invoice_capture.extract.fields import DOUBTS, SCAN, TEXT, field_of, kind_of
from invoice_capture.model import FieldName, Mark, Method, Page, PageSource, Reason


def test_calibration_when_between_two_steps_then_it_is_interpolated() -> None:
    steps = Calibration((0.2, 0.8), (0.5, 0.9), 1.0)

    assert steps.of(0.5) == pytest.approx(0.7)
    assert (steps.of(0.0), steps.of(1.0)) == (0.5, 0.9)


def test_confidence_when_never_measured_then_it_is_not_accepted() -> None:
    assert calibrated(FieldName.IBAN, 1.0, "nothing") == UNMEASURED_CEILING
    assert mark_of(FieldName.IBAN, 1.0 - 0.02, "nothing", "DE00") is Mark.CHECK


def test_mark_when_there_is_no_value_then_it_is_missing() -> None:
    assert mark_of(FieldName.TOTAL, 1.0, "receipt", "") is Mark.MISSING


def test_mark_when_above_the_measured_threshold_then_it_is_accepted() -> None:
    measured = calibration_of(FieldName.DATE, "receipt")
    assert measured is not None

    assert mark_of(FieldName.DATE, measured.accept, "receipt", "2018-03-05") is Mark.ACCEPT
    assert mark_of(FieldName.DATE, measured.accept - 0.01, "receipt", "2018-03-05") is Mark.CHECK


def test_isotonic_when_scores_part_right_from_wrong_then_the_steps_do_too() -> None:
    scores = [(number / 100, number >= 50) for number in range(100)]

    raw, right = isotonic(scores)

    assert right == sorted(right)
    assert Calibration(tuple(raw), tuple(right), 1.0).of(0.95) > 0.9
    assert accept_from(scores) == 0.5


def test_threshold_when_the_surest_is_wrong_then_nothing_is_accepted() -> None:
    assert accept_from([(0.9, False), (0.5, True)]) == NEVER


def test_table_when_read_then_its_kinds_and_fields_are_known() -> None:
    found = table_of({"receipt": {"total": {"raw": [0, 1], "right": [0.1, 1], "accept": 0.9}}})

    assert found["receipt", "total"].accept == 0.9


def test_cut_when_few_values_were_measured_then_there_is_none() -> None:
    assert careful_cut([(number / 100, True) for number in range(50)]) is None


def test_cut_when_many_are_right_then_the_lowest_tenth_stays_out() -> None:
    assert careful_cut([(number / 100, True) for number in range(100)]) == 0.10


def test_cut_when_the_surest_are_wrong_then_there_is_none() -> None:
    assert careful_cut([(number / 1000, number < 190) for number in range(200)]) is None


def _values(count: int, *, family: str, right: bool = True, doubted: bool = False) -> list[ScoredValue]:
    return [ScoredValue(family, FieldName.NET, 0.5 + number / 1000, right, doubted) for number in range(count)]


def test_invoice_tables_when_all_are_right_then_low_scores_are_still_not_accepted() -> None:
    table = table_of({"pdf": tables_of(_values(200, family="a"))})["pdf", "total"]

    assert table.of(0.69) >= table.accept
    assert table.of(0.50) < table.accept
    assert list(table.right) == sorted(table.right)


def test_invoice_tables_when_values_are_doubted_then_they_place_no_threshold() -> None:
    table = tables_of(_values(200, family="a", doubted=True))["net"]

    assert table["accept"] == NEVER


def test_nested_figures_when_one_family_is_wrong_then_tables_of_the_others_are_held_against_it() -> None:
    wrong = [ScoredValue("b", FieldName.NET, 0.69, right=False, doubted=False)] * 20

    figures = nested_figures([*_values(200, family="a"), *wrong])["groups"]["amounts"]

    # Family b is measured with the tables of a, which accept it all; a with those of b, which accept nothing.
    assert figures == {"values": 220, "accepted": 20, "accepted_right": 0, "precision": 0.0}


@pytest.mark.parametrize("name", [FieldName.NET, FieldName.TOTAL, FieldName.IBAN, FieldName.DATE, FieldName.CURRENCY])
def test_installed_invoice_table_when_asked_then_it_rises_and_accepts_only_high_scores(name: FieldName) -> None:
    table = calibration_of(name, TEXT)
    assert table is not None

    shares = [table.of(number / 100) for number in range(101)]

    assert shares == sorted(shares)
    assert shares[-1] >= table.accept > shares[30]


def test_invoice_of_a_picture_when_sure_then_it_is_still_checked() -> None:
    sure = Candidate("100.00", "100,00", (), 0.99, Method.LABEL)

    assert field_of(FieldName.TOTAL, sure, TEXT).mark is Mark.ACCEPT
    assert field_of(FieldName.TOTAL, sure, SCAN).mark is Mark.CHECK


@pytest.mark.parametrize("code", sorted(DOUBTS))
def test_value_with_a_doubt_when_sure_then_it_is_checked(code: str) -> None:
    doubted = Candidate("100.00", "100,00", (), 0.99, Method.LABEL, (Reason(code),))

    assert field_of(FieldName.TOTAL, doubted, TEXT).mark is Mark.CHECK


@pytest.mark.parametrize(
    ("sources", "kind"),
    [
        ((PageSource.TEXT_LAYER,), TEXT),
        ((PageSource.TEXT_LAYER, PageSource.RAPIDOCR), SCAN),
        ((), SCAN),
    ],
)
def test_kind_when_any_page_is_a_picture_then_the_invoice_is_one(sources: tuple[PageSource, ...], kind: str) -> None:
    pages = tuple(Page(number, 595, 842, (), source) for number, source in enumerate(sources, 1))

    assert kind_of(pages) == kind
