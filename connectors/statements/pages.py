"""Puts the pages of a statement together: banks cut long ones, each page with a balance of its own in between."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from connectors.statements.entry_keys import account_key
from connectors.statements.statement import Defect, Statement, difference_defects

_RECKONED_ANEW = frozenset({"not_balanced", "currencies_mixed"})


def join_pages(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Return statements with their pages as one: entries in the order of pages, the first opening, the last closing.

    A page that comes twice counts once. Where one is missing, the whole has the defect ``page_missing`` and does not
    count as balanced. Statements of one page are given back as they are, in the place of their first page.
    """
    found: list[list[Statement]] = []
    by_place: dict[tuple[str, ...], list[list[Statement]]] = {}
    for given in statements:
        statement = given
        if not _is_parted(statement):
            found.append([statement])
            continue
        groups = by_place.setdefault(_place(statement), [])
        statement = _numbered(statement, groups)
        if any(_same(statement, page) for pages in groups for page in pages):
            continue
        group = _group_of(statement, groups)
        if group is None:
            groups.append(group := [])
            found.append(group)
        group.append(statement)
    return tuple(_joined(pages) if _is_parted(pages[0]) else pages[0] for pages in found)


def _is_parted(statement: Statement) -> bool:
    return not statement.is_last_page or statement.is_continued


def _same(one: Statement, two: Statement) -> bool:
    told = [(entry.amount, entry.booked_on, entry.entry_ref) for entry in one.entries]
    return (one.page, one.opening, one.closing) == (two.page, two.opening, two.closing) and told == [
        (entry.amount, entry.booked_on, entry.entry_ref) for entry in two.entries
    ]


def _numbered(statement: Statement, groups: Sequence[list[Statement]]) -> Statement:
    """Return a page that goes on with another and has no number with the number after it: the balance tells."""
    if not statement.is_continued or statement.page != 1:
        return statement
    for pages in groups:
        last = max(pages, key=lambda page: page.page)
        if not last.is_last_page and last.closing is not None and last.closing == statement.opening:
            return replace(statement, page=last.page + 1)
    return statement


def _group_of(statement: Statement, groups: Sequence[list[Statement]]) -> list[Statement] | None:
    """Return the pages that lack this one: those whose balance it goes on with, else the last ones begun.

    Banks number anew each year, so that one number may name several statements.
    """
    lacking = [pages for pages in groups if all(page.page != statement.page for page in pages)]
    fitting = [
        pages
        for pages in lacking
        for page in pages
        if (page.page + 1 == statement.page and page.closing is not None and page.closing == statement.opening)
        or (page.page == statement.page + 1 and page.opening is not None and page.opening == statement.closing)
    ]
    return next(reversed(fitting or lacking), None)


def _place(statement: Statement) -> tuple[str, ...]:
    """Return what the pages of one statement have in common: the number before the page, or the name without."""
    number = statement.sequence.partition("/")[0]
    currency = statement.currency.code if statement.currency else ""
    kind = statement.format.partition(".001.")[0]
    return ("pages", kind, account_key(statement), currency, number or statement.id)


def _joined(found: Sequence[Statement]) -> Statement:
    ordered = sorted(found, key=lambda one: one.page)
    first, last = ordered[0], ordered[-1]
    defects = [
        replace(defect, position=f"page {page.page}, {defect.position}" if defect.position else f"page {page.page}")
        for page in ordered
        for defect in page.defects
        if defect.code not in _RECKONED_ANEW
    ]
    missing = sorted(set(range(1, last.page + 1)) - {page.page for page in ordered})
    if missing:
        text = f"Of statement {first.id}, page {', '.join(map(str, missing))} is missing."
        defects.append(Defect("page_missing", text))
    if not last.is_last_page:
        defects.append(Defect("page_missing", f"Statement {first.id} goes on after page {last.page}."))
    defects += _broken(ordered)
    lost = missing or not last.is_last_page or any(page.controls_agree is False for page in ordered)
    days = [day for page in ordered for day in (page.first_day, page.last_day) if day is not None]
    whole = replace(
        first,
        entries=tuple(
            replace(entry, position=f"page {page.page}, {entry.position}") for page in ordered for entry in page.entries
        ),
        closing=last.closing,
        closing_on=last.closing_on,
        page=first.page,
        is_continued=first.is_continued,
        is_last_page=last.is_last_page,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        controls_agree=False if lost else None,
        defects=(),
        info=" ".join(page.info for page in ordered if page.info),
    )
    return replace(whole, defects=(*defects, *difference_defects(whole)))


def _broken(pages: Sequence[Statement]) -> list[Defect]:
    """Return where a page does not open with what the one before it closed with."""
    found = []
    for before, after in pairwise(pages):
        if before.closing is None or after.opening is None or after.page != before.page + 1:
            continue
        if before.closing != after.opening:
            text = (
                f"Page {after.page} opens with {after.opening.to_decimal()}, "
                f"page {before.page} closed with {before.closing.to_decimal()}."
            )
            found.append(Defect("chain_broken", text))
    return found
