"""Vocabularies of the sets of other makers: names, numbers, words, habits of banks, acquirers and terms of a country.

They stand in `reconciliation_words.toml`. Two were written before the engine was tried on any of them and are looked
at only at the end: what was mended for the others must serve these, too.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Acquirer:
    """How an acquirer pays out.

    Attributes:
        fees: by brand hundredths of a percent and fixed minor units a sale.
        plus_bp: the most that interchange moves the fee of a sale up or down, which no contract tells.
        monthly: fee of a month, minor units.
        reserve_bp: share of a payout that is kept back.
        instant_bp: fee of a payout made at once.
    """

    bank_name: str
    fees: Mapping[str, tuple[int, int]]
    plus_bp: int = 0
    monthly: int = 0
    reserve_bp: int = 0
    instant_bp: int = 0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What one maker of sets writes with.

    Attributes:
        numbers: shapes of our documents; ``{n}`` counts, ``{y}`` is the year, ``{c}`` the customer, ``{k}`` a check
            digit.
        noise: name, text, sign and bank code of lines that settle nothing.
        terms: hundredths of a percent, days of the discount, days net.
        foreign: other currencies, and about how much of ours one unit is worth.
        habits: forms of the text: ``plain``, ``upper``, ``sepa``, ``mt940``, ``remi``, ``ach``, ``wrap27``, ``wrap35``.
        scale: amounts are this many tenths of the usual ones; ``step``: smallest coin in minor units.
        withheld: tax on the net amount and value added tax, both per mille.
        more: weights of kinds that this country sees more or less often.
    """

    name: str
    currency: str
    country: str
    families: str
    firsts: str
    trades: str
    forms: tuple[str, ...]
    cities: str
    numbers: tuple[str, ...]
    credit_number: str
    bill_numbers: tuple[str, ...]
    customer: str
    invoice: tuple[str, ...]
    discount: tuple[str, ...]
    credit: tuple[str, ...]
    back: tuple[str, ...]
    part: tuple[str, ...]
    rest: tuple[str, ...]
    advance: tuple[str, ...]
    free: tuple[str, ...]
    until: str
    noise: tuple[tuple[str, str, int, str], ...]
    acquirers: Mapping[str, Acquirer]
    terms: tuple[tuple[int, int, int], ...]
    foreign: Mapping[str, float]
    vat_permille: int
    habits: tuple[str, ...]
    scale: int = 10
    step: int = 1
    withheld: tuple[int, int] = (200, 220)
    person_share: float = 0.12
    more: Mapping[str, float] = field(default_factory=dict)


HELD_BACK = ("benelux", "pacific")
"""Vocabularies that nothing was mended for."""


def vocabularies() -> dict[str, Vocabulary]:
    """Return all vocabularies by name, the open ones first."""
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    found = {}
    for name, table in tables.items():
        acquirers = {key: Acquirer(**terms) for key, terms in table.pop("acquirers").items()}
        found[name] = Vocabulary(name=name, acquirers=acquirers, **table)
    return found
