"""Whether statements of an account follow one another: each opens with what the one before closed with."""

from collections.abc import Iterable
from datetime import date

from connectors.statements.entry_keys import account_key
from connectors.statements.statement import Defect, Statement


def chain_order(statement: Statement) -> tuple[date, str, int]:
    """Return by what statements of one account are put in order: day, the bank's number, page."""
    day = statement.opening_on or statement.first_day or statement.closing_on or date.min
    return (day, statement.sequence.rjust(20, "0"), statement.page)


def chain_gaps(statements: Iterable[Statement]) -> tuple[Defect, ...]:
    """Return where a statement does not open with the closing balance of the one before it.

    The same statement told twice is no gap. Statements without both balances take no part.
    """
    found: list[Defect] = []
    last: dict[tuple[str, str], Statement] = {}
    for statement in sorted(statements, key=chain_order):
        opening, closing = statement.opening, statement.closing
        if opening is None or closing is None:
            continue
        place = (account_key(statement), opening.currency.code)
        before = last.get(place)
        last[place] = statement
        if before is None or before.closing is None or before.closing == opening:
            continue
        if (before.opening, before.closing) == (opening, closing):
            continue
        text = (
            f"Statement {statement.id} of {statement.account} opens with {opening.to_decimal()}, "
            f"statement {before.id} closed with {before.closing.to_decimal()}: one may be missing."
        )
        found.append(Defect("chain_broken", text))
    return tuple(found)
