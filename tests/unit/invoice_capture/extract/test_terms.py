"""Sentences of payment terms."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from invoice_capture.extract.terms import parse_terms


@pytest.mark.parametrize(
    ("text", "days", "rate", "early"),
    [
        ("Zahlbar innerhalb von 30 Tagen netto, 3 % Skonto innerhalb 10 Tagen", 30, "3", 10),
        ("2/10 net 30", 30, "2", 10),
        ("2 % 10, net 45", 45, "2", 10),
        ("Payment within 14 days", 14, None, None),
        ("Paiement à 45 jours, escompte 1,5 % sous 8 jours", 45, "1.5", 8),
        ("Pagamento 60 giorni", 60, None, None),
        ("Betaling binnen 21 dagen", 21, None, None),
        ("Zahlbar sofort ohne Abzug", 0, None, None),
        ("Netto 20 Tage", 20, None, None),
    ],
)
def test_terms_when_days_are_named_then_they_are_read(
    text: str, days: int | None, rate: str | None, early: int | None
) -> None:
    terms = parse_terms(text, (), day_first=True)

    assert (terms.days, terms.discount_days) == (days, early)
    assert terms.rate == (None if rate is None else Decimal(rate))


def test_terms_when_dates_are_named_then_each_has_its_own() -> None:
    text = "Zahlbar bis 04.07.2018 ohne Abzug, 3% Skonto bis 15.06.2018"

    terms = parse_terms(text, (), day_first=True)

    assert (terms.due, terms.discount_due) == (dt.date(2018, 7, 4), dt.date(2018, 6, 15))
