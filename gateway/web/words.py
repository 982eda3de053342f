"""Every text for people, in tables per language: the files `words/<language>.toml` and `words/<language>/*.toml`.

A further language is one further file and folder; tests hold it to the same keys and the same placeholders. Texts that
come from a device or a service carry a stable code: where a table knows the code it speaks in the reader's language.
What is stored without a code is stored in English; the group ``said`` knows those sentences. All else, such as a
terminal's own text, is shown as it came. May be imported by the screens only.
"""

import re
import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib import resources

from gateway.domain.money import Money

DEFAULT_LANGUAGE = "en"
_SAID = "said."


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language, by dotted key.

    ``language``: a tag of two letters, as in ``<html lang>``; ``heard``: shapes of stored sentences with their keys.
    """

    language: str
    table: Mapping[str, str]
    heard: tuple[tuple[re.Pattern[str], str], ...] = ()

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
        return self.table.get(f"{group}.{code}") or self.retold(original or "") or (code or "").replace("_", " ")

    def retold(self, original: str) -> str:
        """Return a sentence stored in English in this language; one that no table knows stays as it is.

        What stands in a placeholder is retold as well, as a whole or as a list: it is always shorter, so this ends.
        """
        for shape, key in self.heard:
            if found := shape.fullmatch(original):
                return self(key, **{name: self._retold_list(part) for name, part in found.groupdict().items()})
        return original

    def _retold_list(self, original: str) -> str:
        whole = self.retold(original)
        return whole if whole != original else ", ".join(self.retold(part) for part in original.split(", "))

    def count(self, key: str, number: int) -> str:
        """Return the text for a number of things: ``key.one`` or ``key.other``, with ``{n}`` filled."""
        return self(f"{key}.{'one' if number == 1 else 'other'}", n=number)

    def figure(self, money: Money) -> str:
        """Return the amount without its currency, as this language writes it: ``1,234.50`` or ``1.234,50``."""
        whole, _, fraction = money.to_decimal().lstrip("-").partition(".")
        grouped = f"{int(whole):,}".replace(",", self.table["format.thousands"])
        sign = "−" if money.minor < 0 else ""
        return sign + grouped + (self.table["format.decimal"] + fraction if fraction else "")

    def plain_figure(self, money: Money) -> str:
        """Return the amount as it is typed: without separators of thousands, in this language's decimal sign."""
        return money.to_decimal().replace(".", self.table["format.decimal"])

    def money(self, money: Money) -> str:
        """Return currency and amount in one line of text, kept together: ``EUR 23.40``."""
        return f"{money.currency.code}\N{NO-BREAK SPACE}{self.figure(money)}"

    def quantity(self, quantity: Decimal) -> str:
        """Return a quantity without idle zeros: ``2`` or ``0,35``."""
        plain = format(quantity, "f")
        short = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return short.replace(".", self.table["format.decimal"])

    def price(self, price: Decimal | str) -> str:
        """Return a unit price with at least two decimal places: ``16,50`` or ``0,0125``."""
        plain = format(Decimal(price), "f")
        whole, _, fraction = plain.partition(".")
        return whole + self.table["format.decimal"] + fraction.rstrip("0").ljust(2, "0")

    def unit(self, code: str) -> str:
        """Return the sign of a unit (UN/ECE recommendation 20): ``kg`` for ``KGM``; nothing for pieces."""
        return _UNITS.get(code.upper(), code)

    def day(self, when: date) -> str:
        """Return a date as this language writes it."""
        return self("format.day", day=f"{when.day:02}", month=f"{when.month:02}", year=when.year)

    def time(self, when: datetime) -> str:
        """Return hours, minutes and seconds of a local instant."""
        return f"{when:%H:%M:%S}"

    def part(self, *prefixes: str) -> dict[str, str]:
        """Return the texts whose keys begin with one of the prefixes, for a script of the page."""
        return {key: text for key, text in self.table.items() if key.startswith(prefixes)}


_UNITS = {
    "C62": "",
    "EA": "",
    "H87": "",
    "DAY": "d",
    "GRM": "g",
    "HUR": "h",
    "KGM": "kg",
    "KMT": "km",
    "KWH": "kWh",
    "LTR": "l",
    "MIN": "min",
    "MLT": "ml",
    "MTK": "m²",
    "MTQ": "m³",
    "MTR": "m",
    "P1": "%",
    "TNE": "t",
}


@cache
def load_words() -> Mapping[str, Words]:
    """Read all tables, keyed by language; once a process, since they are shipped with the program.

    Raises:
        TypeError: a table holds something else than texts.
        ValueError: two files of a language have the same key.
    """
    folder = resources.files("gateway.web") / "templates" / "words"
    texts: dict[str, dict[str, str]] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        own = texts.setdefault(entry.name.removesuffix(".toml"), {})
        for file in (entry,) if entry.is_file() else entry.iterdir():
            further = dict(_flat(tomllib.loads(file.read_text("utf-8")), ""))
            if twice := own.keys() & further.keys():
                message = f"{file.name} repeats {', '.join(sorted(twice))}"
                raise ValueError(message)
            own |= further
    heard = _shapes(texts[DEFAULT_LANGUAGE])
    return {language: Words(language, table, heard) for language, table in texts.items()}


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


def _shapes(table: Mapping[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return a pattern for each stored sentence, those without a placeholder first: they say more."""
    said = [(text, key) for key, text in table.items() if key.startswith(_SAID)]
    return tuple((_shape(text), key) for text, key in sorted(said, key=lambda one: bool(placeholders(one[0]))))


def _shape(text: str) -> re.Pattern[str]:
    parts = (
        re.escape(literal) + (f"(?P<{name}>.+)" if name else "")
        for literal, name, _, _ in string.Formatter().parse(text)
    )
    return re.compile("".join(parts), re.DOTALL)


def _flat(table: Mapping[str, object], prefix: str) -> Iterable[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            message = f"{prefix}{key} is not a text"
            raise TypeError(message)
