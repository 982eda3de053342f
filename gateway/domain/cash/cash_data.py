"""Coins and notes as data: the smallest step a cash amount is rounded to, and the notes people hand over.

Only where a rule or a withdrawn coin forces it is there a step above the minor unit. Where shops may choose (the euro),
there is none here: a store's setting says so.
"""

from dataclasses import dataclass

from gateway.domain.rounding import Rounding


@dataclass(frozen=True, slots=True)
class CashRule:
    """How a total becomes payable in coins: multiples of ``step_minor``, ties by ``rounding``; ``source`` says why."""

    step_minor: int
    rounding: Rounding
    source: str


EXACT = CashRule(1, Rounding.HALF_UP, "the minor unit is a coin, or no rule asks for rounding")

CASH_RULES: dict[str, CashRule] = {
    "AUD": CashRule(5, Rounding.HALF_UP, "Royal Australian Mint: 1 and 2 cents withdrawn from February 1992"),
    "CAD": CashRule(5, Rounding.HALF_UP, "Royal Canadian Mint: the cent is no longer given out since 2013-02-04"),
    "CHF": CashRule(5, Rounding.HALF_UP, "Swiss coinage ordinance SR 941.101: the smallest coin is 5 centimes"),
    "CZK": CashRule(100, Rounding.HALF_UP, "Czech National Bank: 50 haléř withdrawn 2008-08-31; act 634/1992 § 3"),
    "DKK": CashRule(50, Rounding.HALF_UP, "Danmarks Nationalbank: 25 øre withdrawn 2008-10-01"),
    "HUF": CashRule(500, Rounding.HALF_UP, "Hungary, act III of 2008: 1 and 2 forint withdrawn 2008-03-01"),
    "ILS": CashRule(10, Rounding.HALF_UP, "Bank of Israel: 5 agorot withdrawn 2008-01-01"),
    "MYR": CashRule(5, Rounding.HALF_UP, "Bank Negara Malaysia: rounding mechanism since 2008-04-01"),
    "NOK": CashRule(100, Rounding.HALF_UP, "Norway, regulation no. 294 of 2011-03-16, in force 2012-05-01"),
    # The Reserve Bank leaves five cents to the shop; most round them down, in the customer's favour.
    "NZD": CashRule(10, Rounding.HALF_DOWN, "Reserve Bank of New Zealand: 5 cents withdrawn 2006-11-01"),
    "SEK": CashRule(100, Rounding.HALF_UP, "Sveriges Riksbank: 50 öre invalid since 2010-09-30; act 1970:1029"),
}

NOTES_MINOR: dict[str, tuple[int, ...]] = {
    "AUD": (500, 1000, 2000, 5000, 10000),
    "CAD": (500, 1000, 2000, 5000, 10000),
    "CHF": (1000, 2000, 5000, 10000, 20000, 100000),
    "CZK": (10000, 20000, 50000, 100000, 200000, 500000),
    "DKK": (5000, 10000, 20000, 50000),
    "EUR": (500, 1000, 2000, 5000, 10000, 20000, 50000),
    "GBP": (500, 1000, 2000, 5000),
    "HUF": (50000, 100000, 200000, 500000, 1000000, 2000000),
    "ILS": (2000, 5000, 10000, 20000),
    "JPY": (1000, 5000, 10000),
    "MYR": (100, 500, 1000, 2000, 5000, 10000),
    "NOK": (5000, 10000, 20000, 50000, 100000),
    "NZD": (500, 1000, 2000, 5000, 10000),
    "PLN": (1000, 2000, 5000, 10000, 20000, 50000),
    "RON": (100, 500, 1000, 2000, 5000, 10000, 20000, 50000),
    "SEK": (2000, 5000, 10000, 20000, 50000, 100000),
    "USD": (100, 500, 1000, 2000, 5000, 10000),
}
"""Banknotes in circulation by the issuing central bank, smallest first; a currency not listed gets no suggestions."""
