"""Finds payments by what a person remembers of them: an amount, a time, a state, a card's last digits, a number."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.cards.payment import AttemptState
from gateway.domain.ids import PaymentId
from gateway.ports.unit_of_work import PaymentRecord
from gateway.web.payments.payment_view import PaymentView
from gateway.web.words import Words

SEARCHED_MAX = 1000
"""Payments looked through for one page of hits; the reader is told, and may go on from there."""

_FIGURE = re.compile(r"(\d{1,9})[.,](\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")

Fetch = Callable[[PaymentId | None], tuple[PaymentRecord, ...]]
Show = Callable[[PaymentRecord], PaymentView]


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """One page of a list. ``searched``: payments looked at; ``next_before``: where the next page begins, or None."""

    rows: tuple[PaymentView, ...]
    searched: int
    next_before: str | None


def matches(view: PaymentView, text: str, words: Words) -> bool:
    """Return whether a payment is one the text may mean.

    ``9.30`` means the amount as well as the time: a person asks "where is this 9.30?" without saying which.
    """
    sought = " ".join(text.lower().replace("eur", " ").split())
    if not sought:
        return True
    plain = view.amount.to_decimal()
    figure, clock = _FIGURE.fullmatch(sought), _CLOCK.fullmatch(sought)
    if figure and plain == f"{int(figure[1])}.{figure[2].ljust(2, '0')}":
        return True
    if clock and view.created_at.hour == int(clock[1]) and view.created_at.minute == int(clock[2]):
        return True
    if sought.isdigit() and plain.partition(".")[0] == sought:
        return True
    fields = (view.state, words(f"state.{view.state}"), view.card, view.register, view.reference or "", view.cashier)
    # The name of a state is sought whole: "paid" must not find "not paid".
    if sought in {state.value for state in AttemptState}:
        return view.state == sought
    return any(sought in field.lower() for field in fields) or (len(sought) >= 4 and sought in view.id.replace("-", ""))


def find_page(
    fetch: Fetch, show: Show, *, text: str, before: PaymentId | None, rows_max: int, words: Words
) -> PaymentPage:
    """Return one page of payments, newest first.

    Args:
        fetch: returns the payments before an id, newest first, in the store's own page size; empty at the end.
        show: makes the face of one payment.
        text: what is sought; empty finds all.
        before: where the page begins.
        rows_max: rows of one page, > 0.
        words: the reader's language, in which states are sought too.
    """
    rows: list[PaymentView] = []
    searched, cursor = 0, before
    while searched < SEARCHED_MAX:
        batch = fetch(cursor)
        for record in batch:
            if len(rows) == rows_max:
                return PaymentPage(tuple(rows), searched, str(cursor))
            view = show(record)
            searched, cursor = searched + 1, record.payment.id
            if matches(view, text, words):
                rows.append(view)
        if not batch:
            return PaymentPage(tuple(rows), searched, None)
    return PaymentPage(tuple(rows), searched, str(cursor))
