"""The sums are chosen together."""

from __future__ import annotations

from decimal import Decimal

from invoice_capture.decide.checks import sum_checks
from invoice_capture.decide.totals import Option, Options, Totals, decide


def _options(*pairs: tuple[str, float]) -> tuple[Option, ...]:
    return tuple(Option(Decimal(value), score) for value, score in pairs)


def _values(totals: Totals) -> tuple[str | None, ...]:
    parts = (totals.net, totals.tax, totals.total, totals.payable)
    return tuple(None if one is None else str(one.value) for one in parts)


def test_sums_when_one_label_misleads_then_arithmetic_decides() -> None:
    found = decide(
        Options(
            net=_options(("100.00", 0.6), ("70.00", 0.8)),
            tax=_options(("19.00", 0.7)),
            total=_options(("119.00", 0.7), ("120.00", 0.75)),
        )
    )

    assert _values(found) == ("100.00", "19.00", "119.00", "119.00")
    assert found.holds


def test_sums_when_the_tax_has_no_label_then_it_is_computed() -> None:
    found = decide(
        Options(net=_options(("100.00", 0.8)), total=_options(("119.00", 0.8)), printed=frozenset([Decimal(19)]))
    )

    assert _values(found) == ("100.00", "19.00", "119.00", "119.00")


def test_sums_when_a_tax_would_be_too_high_then_it_is_none() -> None:
    found = decide(Options(net=_options(("10.00", 0.8)), total=_options(("119.00", 0.8))))

    assert found.tax is None


def test_payable_when_paid_before_then_the_rest() -> None:
    found = decide(
        Options(
            total=_options(("119.00", 0.9)),
            payable=_options(("19.00", 0.9), ("119.00", 0.5)),
            prepaid=_options(("100", 0.9)),
        )
    )

    assert _values(found)[3] == "19.00"
    assert found.payable_holds


def test_payable_when_only_a_deposit_is_named_then_it_is_computed() -> None:
    found = decide(Options(total=_options(("119.00", 0.9)), prepaid=_options(("-19.00", 0.9))))

    assert _values(found)[3] == "100.00"


def test_nothing_when_there_is_nothing_then_nothing_is_decided() -> None:
    assert decide(Options()) == Totals()


def test_checks_when_a_rate_does_not_fit_then_its_difference_is_told() -> None:
    checks = sum_checks(Totals(), [(Decimal(19), Decimal(100), Decimal("18.00"))], [], [])

    assert [(one.code, one.holds, one.difference) for one in checks] == [("rate_times_base", False, "1.00")]


def test_checks_when_lines_are_gross_then_they_are_held_against_the_total() -> None:
    totals = Totals(net=Option(Decimal(100), 1.0), total=Option(Decimal(119), 1.0))

    check = sum_checks(totals, [], [Decimal(119)], [])[0]

    assert (check.code, check.holds, check.terms[-1]) == ("lines_sum", True, ("total", "119.00"))
