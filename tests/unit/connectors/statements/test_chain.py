"""Statements that follow one another, and where one is missing."""

from connectors.statements.chain import chain_gaps
from connectors.statements.detect import read_statements
from connectors.statements.statement import Statement
from tests.support.bank_statements import mt940


def _day(day: int, opening: str, closing: str) -> Statement:
    opened, closed = f"C2603{day:02}EUR{opening}", f"C2603{day + 1:02}EUR{closing}"
    return read_statements(mt940([], opened, closed))[0]


def test_chain_when_each_opens_as_the_last_closed_then_no_gap_in_any_order() -> None:
    statements = [_day(1, "1,00", "2,00"), _day(2, "2,00", "5,00"), _day(3, "5,00", "4,00")]

    assert chain_gaps(statements) == ()
    assert chain_gaps(reversed(statements)) == ()
    assert chain_gaps([*statements, statements[1]]) == ()


def test_chain_when_one_is_missing_then_both_balances_are_told() -> None:
    (gap,) = chain_gaps([_day(1, "1,00", "2,00"), _day(3, "5,00", "4,00")])

    assert gap.code == "chain_broken"
    assert "5.00" in gap.text
    assert "2.00" in gap.text
