"""Every text for people, in one table per language: `templates/words/<language>.toml`.

A further language is one further file; tests hold it to the same keys and the same placeholders. Texts that come from a
device or a service carry a stable code: where a table knows the code it speaks in the reader's language, else the
original words are shown. May be imported by the screens only.
"""

import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib import resources

from gateway.domain.money import Money

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language, by dotted key. ``language``: a tag of two letters, as in ``<html lang>``."""

    language: str
    table: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text with its ``{placeholders}`` filled.

        Raises:
            KeyError: no such text, or a placeholder without a value: a mistake of ours, found by the tests.
        """
        return self.table[key].format_map(values) if values else self.table[key]

    def known(self, key: str) -> bool:
        """Return whether the table has this text."""
        return key in self.table

    def translated(self, group: str, code: str | None, original: str | None) -> str:
        """Return the text for a code of a device or service, or its original words where the table has none."""
        return self.table.get(f"{group}.{code}") or original or (code or "").replace("_", " ")

    def count(self, key: str, number: int) -> str:
        """Return the text for a number of things: ``key.one`` or ``key.other``, with ``{n}`` filled."""
        return self(f"{key}.{'one' if number == 1 else 'other'}", n=number)

    def figure(self, money: Money) -> str:
        """Return the amount without its currency, as this language writes it: ``1,234.50`` or ``1.234,50``."""
        whole, _, fraction = money.to_decimal().lstrip("-").partition(".")
        grouped = f"{int(whole):,}".replace(",", self.table["format.thousands"])
        sign = "−" if money.minor < 0 else ""
        return sign + grouped + (self.table["format.decimal"] + fraction if fraction else "")

    def money(self, money: Money) -> str:
        """Return currency and amount in one line of text, kept together: ``EUR 23.40``."""
        return f"{money.currency.code}\N{NO-BREAK SPACE}{self.figure(money)}"

    def quantity(self, quantity: Decimal) -> str:
        """Return a quantity without idle zeros: ``2`` or ``0,35``."""
        plain = format(quantity, "f")
        short = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return short.replace(".", self.table["format.decimal"])

    def day(self, when: date) -> str:
        """Return a date as this language writes it."""
        return self("format.day", day=f"{when.day:02}", month=f"{when.month:02}", year=when.year)

    def time(self, when: datetime) -> str:
        """Return hours, minutes and seconds of a local instant."""
        return f"{when:%H:%M:%S}"

    def part(self, *prefixes: str) -> dict[str, str]:
        """Return the texts whose keys begin with one of the prefixes, for a script of the page."""
        return {key: text for key, text in self.table.items() if key.startswith(prefixes)}


def load_words() -> dict[str, Words]:
    """Read all tables, keyed by language.

    Raises:
        TypeError: a table holds something else than texts.
    """
    folder = resources.files("gateway.web") / "templates" / "words"
    found = (entry for entry in folder.iterdir() if entry.name.endswith(".toml"))
    tables = {entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text("utf-8")) for entry in found}
    return {language: Words(language, dict(_flat(table, ""))) for language, table in sorted(tables.items())}


def choose_language(wanted: str | None, accepted: Iterable[str], known: Iterable[str]) -> str:
    """Return the language of a page.

    Args:
        wanted: what the person chose on this device, if anything.
        accepted: language tags of the browser, best first, e.g. ``de-AT``.
        known: languages that have a table.
    """
    languages = frozenset(known)
    for tag in (wanted or "", *accepted):
        short = tag.partition("-")[0].lower()
        if short in languages:
            return short
    return DEFAULT_LANGUAGE


def placeholders(text: str) -> frozenset[str]:
    """Return the names of the placeholders in a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def _flat(table: Mapping[str, object], prefix: str) -> Iterable[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            message = f"{prefix}{key} is not a text"
            raise TypeError(message)
