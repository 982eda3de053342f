"""How one bank writes its CSV, as data: headings, columns, signs, dates, decimal mark, where the balances stand."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from gateway.domain.errors import ConfigurationError

BUILT_IN = Path(__file__).resolve().parent / "csv_formats"
_HINT = "Compare it with the descriptions in docs/statements.md."


@dataclass(frozen=True, slots=True)
class CsvColumns:
    """Which column holds what, by its heading in lower case (or ``#1``, ``#2`` where there is none); empty: none.

    Either ``amount`` (signed), or ``debit`` and ``credit``. ``text``: joined in their order; ``balance``: running;
    ``sign``: a column that says debit or credit; ``status``: one whose ``pending_words`` mark pending entries.
    """

    booked: str
    value: str = ""
    amount: str = ""
    debit: str = ""
    credit: str = ""
    sign: str = ""
    currency: str = ""
    text: tuple[str, ...] = ()
    kind: str = ""
    name: str = ""
    account: str = ""
    counterparty_account: str = ""
    bic: str = ""
    end_to_end: str = ""
    mandate: str = ""
    party_id: str = ""
    batch: str = ""
    reference: str = ""
    balance: str = ""
    status: str = ""
    pending_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CsvDescription:
    """One description. ``header``: headings that must all be there; ``debit_words``: in the column of signs.

    ``width``: number of columns; a table without headings is known by it and by its days and amounts.
    ``newest_first``: None where the days or the balance have to tell; ``inverse``: the bank writes debits above zero.
    """

    name: str
    columns: CsvColumns
    header: tuple[str, ...] = ()
    width: int = 0
    delimiter: str = ""
    decimal: str = ""
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    currency: str = ""
    opening_words: tuple[str, ...] = ()
    closing_words: tuple[str, ...] = ()
    debit_words: tuple[str, ...] = ("d", "s", "dbit", "debit", "soll", "af")
    newest_first: bool | None = None
    inverse: bool = False
    reasons: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def built_in_descriptions() -> tuple[CsvDescription, ...]:
    """Return the descriptions that come with the package, by name."""
    return tuple(
        description_of(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(BUILT_IN.glob("*.toml"))
    )


def description_of(name: str, data: Mapping[str, object]) -> CsvDescription:
    """Return a description as a TOML file gives it.

    Raises:
        ConfigurationError: ``invalid_csv_description``.
    """
    columns = data.get("columns")
    try:
        if not isinstance(columns, dict):
            message = "it has no [columns]"
            raise TypeError(message)  # noqa: TRY301 - one answer for everything that is wrong with it
        described = CsvColumns(**typed_fields(CsvColumns, columns))
        rest = {key: value for key, value in data.items() if key != "columns"}
        found = CsvDescription(name=name, columns=described, **typed_fields(CsvDescription, rest))
    except TypeError as error:
        message = f"The description “{name}” of a table cannot be used: {error}."
        raise ConfigurationError("invalid_csv_description", message, _HINT) from error
    if not (described.amount or described.debit or described.credit):
        message = f"The description “{name}” of a table names no column with amounts."
        raise ConfigurationError("invalid_csv_description", message, _HINT)
    return found


def typed_fields(kind: type, told: Mapping[str, object]) -> dict[str, Any]:
    """Return what a file says for the fields of a dataclass, lists as tuples of words.

    Raises:
        TypeError: a field that is not there, or a value of another type than its default has.
    """
    known = {one.name: one.default for one in fields(kind)}
    found: dict[str, Any] = {}
    for name, value in told.items():
        if name not in known:
            message = f"“{name}” is no field of it"
            raise TypeError(message)
        plain = tuple(value) if isinstance(value, list) else value
        usual = known[name]
        wanted = str if usual is MISSING else bool if usual is None else type(usual)
        words = not isinstance(plain, tuple) or all(isinstance(one, str) for one in plain)
        if type(plain) is not wanted or not words:
            message = f"“{name}” is of another type"
            raise TypeError(message)
        found[name] = plain
    return found
