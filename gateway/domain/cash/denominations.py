"""Coins and notes by which a drawer is counted, biggest first. A currency that is not listed is counted as a sum."""

from gateway.domain.cash.cash_data import NOTES_MINOR
from gateway.domain.money import Currency, Money

COINS_MINOR: dict[str, tuple[int, ...]] = {
    "AUD": (5, 10, 20, 50, 100, 200),
    "CAD": (5, 10, 25, 100, 200),
    "CHF": (5, 10, 20, 50, 100, 200, 500),
    "CZK": (100, 200, 500, 1000, 2000, 5000),
    "DKK": (50, 100, 200, 500, 1000, 2000),
    "EUR": (1, 2, 5, 10, 20, 50, 100, 200),
    "GBP": (1, 2, 5, 10, 20, 50, 100, 200),
    "HUF": (500, 1000, 2000, 5000, 10000, 20000),
    "ILS": (10, 50, 100, 200, 500, 1000),
    "JPY": (1, 5, 10, 50, 100, 500),
    "MYR": (5, 10, 20, 50),
    "NOK": (100, 500, 1000, 2000),
    "NZD": (10, 20, 50, 100, 200),
    "PLN": (1, 2, 5, 10, 20, 50, 100, 200, 500),
    "RON": (1, 5, 10, 50),
    "SEK": (100, 200, 500, 1000),
    "USD": (1, 5, 10, 25, 50, 100),
}
"""Coins in circulation by the issuing central bank or mint, in minor units, smallest first."""


def denominations(currency: Currency) -> tuple[Money, ...]:
    """Return the notes and coins of a currency, biggest first; empty when they are not known here."""
    found = {*NOTES_MINOR.get(currency.code, ()), *COINS_MINOR.get(currency.code, ())}
    return tuple(Money(minor, currency) for minor in sorted(found, reverse=True))
