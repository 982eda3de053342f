"""The bench of bank files: both writers write the same, and figures come out."""

import pytest

from bench.bank_files import same_payments, writer_figures


def test_writers_when_measured_then_they_wrote_the_same_payments() -> None:
    pytest.importorskip("sepaxml")

    assert same_payments(20)


def test_figures_when_measured_then_both_are_there() -> None:
    pytest.importorskip("sepaxml")

    figures = writer_figures(payments=20, orders=20, rounds=1)

    assert [figure.key for figure in figures] == ["bank_file", "bank_file_ratio"]
    assert all(figure.value is not None and figure.value > 0 for figure in figures)
