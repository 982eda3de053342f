"""Text as it is compared: no case, accents, blanks or punctuation."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_KEPT = "#%"
_CACHE = 20_000


@lru_cache(maxsize=_CACHE)
def compact(text: str) -> str:
    """Return folded letters and digits, `#` and `%`, nothing else."""
    plain = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "l").replace("ø", "o").replace("Ø", "o"))
    return "".join(one for one in plain.casefold() if one.isalnum() or one in _KEPT)
