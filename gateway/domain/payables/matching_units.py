"""Units of quantity as invoices and orders write them, and how they are turned into each other."""

from decimal import Decimal
from functools import lru_cache

_ONE = Decimal(1)
_MILLIONTH = Decimal("0.000001")
_GROUPS: tuple[tuple[tuple[Decimal, tuple[str, ...]], ...], ...] = (
    (
        (_ONE, ("pc", "pcs", "pce", "piece", "pieces", "ea", "each", "unit", "units", "c62", "h87", "stk", "stck")),
        (_ONE, ("st", "stück", "stueck", "ks", "szt", "pz", "u", "ud", "xpp", "qty")),
        (Decimal(2), ("pr", "pair", "pairs", "paar")),
        (Decimal(12), ("dz", "dzn", "dozen", "dutzend")),
        (Decimal(1000), ("mil", "thousand", "tsd")),
    ),
    (
        (_ONE, ("g", "grm", "gram", "gramm")),
        (Decimal(1000), ("kg", "kgm", "kilo", "kilogram", "kilogramm")),
        (Decimal(1_000_000), ("t", "tne", "to", "ton", "tonne", "tonnes")),
    ),
    (
        (_ONE, ("ml", "mlt")),
        (Decimal(10), ("cl", "clt")),
        (Decimal(1000), ("l", "ltr", "lt", "liter", "litre", "litres")),
        (Decimal(100_000), ("hl", "hlt")),
        (Decimal(1_000_000), ("m3", "mtq", "cbm", "m³")),
    ),
    (
        (_ONE, ("mm", "mmt")),
        (Decimal(10), ("cm", "cmt")),
        (Decimal(1000), ("m", "mtr", "meter", "metre", "lfm")),
        (Decimal(1_000_000), ("km", "kmt")),
    ),
    ((_ONE, ("m2", "mtk", "qm", "sqm", "m²")),),
    (
        (_ONE, ("min", "minute", "minutes", "minuten")),
        (Decimal(60), ("h", "hur", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden")),
    ),
    ((_ONE, ("d", "day", "days", "tag", "tage", "pt")),),
    ((_ONE, ("mon", "month", "months", "monat", "monate")),),
    ((_ONE, ("kwh", "kilowattstunde")), (Decimal(1000), ("mwh",))),
    ((_ONE, ("ls", "pauschal", "psch", "pau", "lump", "lumpsum")),),
)
"""Groups of units that measure the same; factors lead to the first of a group. UN/ECE Recommendation 20 codes are
among the words, with the abbreviations of printed invoices."""

_KNOWN = {word: (group, factor) for group, units in enumerate(_GROUPS) for factor, words in units for word in words}


@lru_cache(maxsize=4096)
def factor_between(unit: str, order_unit: str) -> Decimal | None:
    """Return by what a quantity in ``unit`` is multiplied to be in ``order_unit``; None when nobody can say.

    An empty unit counts as the other one: most invoices leave it out where it is obvious.
    """
    own, other = (text.strip().rstrip(".").casefold() for text in (unit, order_unit))
    if own == other or not own or not other:
        return _ONE
    known, wanted = _KNOWN.get(own), _KNOWN.get(other)
    if known is None or wanted is None or known[0] != wanted[0]:
        return None
    return known[1] / wanted[1]


def converted(quantity: Decimal, factor: Decimal | None) -> Decimal:
    """Return a quantity in the unit of the order; unchanged where nobody can say.

    Rounded to a millionth: 60 minutes are an hour, and not a little more because a sixtieth has no end.
    """
    if factor is None or factor == _ONE:
        return quantity
    return (quantity * factor).quantize(_MILLIONTH).normalize()
