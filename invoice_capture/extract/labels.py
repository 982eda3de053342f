"""Printed words that say what stands beside them, read from the TOML files of `invoice_capture/hints`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from invoice_capture.extract.folding import compact

_PACKAGE = "invoice_capture"
_FOLDER = "hints"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label says. ``kind``: for example `invoice_number`; ``strong``: it says so by itself."""

    kind: str
    strong: bool
    language: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All labels. ``meanings``: by folded text; ``longest``: characters of the longest; ``words``: by language."""

    meanings: Mapping[str, tuple[Meaning, ...]]
    longest: int
    words: Mapping[str, frozenset[str]]
    salutations: frozenset[str]
    tax_free: tuple[str, ...]

    def language_of(self, keys: Iterable[str]) -> str:
        """Return the language most of these folded words belong to, empty when none does."""
        counts = dict.fromkeys(self.words, 0)
        for key in keys:
            for language, words in self.words.items():
                counts[language] += key in words
        best = max(counts, key=lambda one: counts[one], default="")
        return best if counts.get(best) else ""


@cache
def lexicon() -> Lexicon:
    """Return the labels of all languages."""
    folder = resources.files(_PACKAGE).joinpath(_FOLDER)
    files = sorted((one for one in folder.iterdir() if one.name.startswith("labels_")), key=lambda one: one.name)
    return lexicon_of([tomllib.loads(one.read_text(encoding="utf-8")) for one in files])


def lexicon_of(files: Iterable[Mapping[str, object]]) -> Lexicon:
    """Return the labels of parsed files.

    Raises:
        ValueError: a file has not the tables `labels`, `weak` and `phrases`.
    """
    meanings: dict[str, dict[str, Meaning]] = {}
    words: dict[str, frozenset[str]] = {}
    salutations: set[str] = set()
    tax_free: list[str] = []
    for file in files:
        language, common, phrases = file.get("language"), file.get("words"), file.get("phrases")
        if not isinstance(language, str) or not isinstance(common, list) or not isinstance(phrases, dict):
            raise ValueError("a file of labels lacks its language, words or phrases")  # noqa: TRY004 - it is the content that is wrong
        if language:
            words[language] = frozenset(compact(str(word)) for word in common)
        salutations |= {compact(one) for one in phrases["salutations"]}
        tax_free += [compact(one) for one in phrases["tax_free"]]
        for table, strong in (("labels", True), ("weak", False)):
            rows = file.get(table)
            if not isinstance(rows, dict):
                raise ValueError(f"a file of labels lacks its table {table}")  # noqa: TRY004 - as above
            for kind, texts in rows.items():
                for text in texts:
                    known = meanings.setdefault(compact(text), {})
                    if kind not in known or (strong and not known[kind].strong):
                        known[kind] = Meaning(kind, strong, language)
    flat = {key: tuple(kinds.values()) for key, kinds in meanings.items() if key}
    return Lexicon(flat, max(map(len, flat), default=0), words, frozenset(salutations), tuple(tax_free))


def with_learned(base: Lexicon, learned: Mapping[str, Iterable[str]]) -> Lexicon:
    """Return the lexicon with labels of one supplier, by kind; they count as strong."""
    meanings = dict(base.meanings)
    for kind, texts in learned.items():
        for text in texts:
            key = compact(text)
            if key:
                others = tuple(one for one in meanings.get(key, ()) if one.kind != kind)
                meanings[key] = (*others, Meaning(kind, strong=True, language=""))
    return Lexicon(meanings, max(map(len, meanings), default=0), base.words, base.salutations, base.tax_free)
