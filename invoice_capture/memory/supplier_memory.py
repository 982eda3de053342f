"""The memory of all suppliers: find one by its keys or by what a page says, learn, forget, store."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from invoice_capture.memory.entry import KeyKind, Remembered, SupplierKey, from_dict, keys_of, loose, strength, to_dict
from invoice_capture.memory.learning import Correction, taught
from invoice_capture.memory.likeness import likeness

FORMAT = 1
_BRACKETS = re.compile(r"\(([^()]*)\)")
_SAME_OUTLET = 0.8
_SHORT_NAME = 5
"""A name of fewer letters and digits is no proof of anything but itself."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A supplier known again by its writing. ``likeness``: 0..1 of the name; ``name``: the writing that matched."""

    entry: Remembered
    likeness: float
    name: str


class SupplierMemory:
    """Remembered suppliers; never changed: learning and forgetting return a new memory."""

    __slots__ = ("_by_key", "_entries")

    def __init__(self, entries: Iterable[Remembered] = ()) -> None:
        self._entries = tuple(entries)
        self._by_key = {key: entry for entry in self._entries for key in entry.keys}

    @classmethod
    def empty(cls) -> SupplierMemory:
        """Return a memory that knows nobody."""
        return cls()

    @classmethod
    def from_json(cls, text: str) -> SupplierMemory:
        """Return the memory of its JSON.

        Raises:
            ValueError: it is no memory of this format.
        """
        found = json.loads(text)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ValueError("this is no supplier memory of a known format")
        try:
            return cls(from_dict(one) for one in found["entries"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this supplier memory is incomplete") from error

    def to_json(self) -> str:
        """Return the JSON of the memory: deterministic, compact."""
        found = {"format": FORMAT, "entries": [to_dict(one) for one in self._entries]}
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    def __len__(self) -> int:
        """Number of suppliers."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Remembered]:
        """All entries, the oldest first."""
        return iter(self._entries)

    def find(self, *keys: SupplierKey) -> Remembered | None:
        """Return the supplier of the strongest key that is known, None when none is."""
        for key in sorted(keys, key=strength):
            found = self._by_key.get(key)
            if found is not None:
                return found
        return None

    def recognise(self, names: Sequence[str], likeness_min: float) -> Recognised | None:
        """Return the supplier whose name is most like one of these readings of it.

        Args:
            names: readings of the name, for example the first lines of a page.
            likeness_min: 0..1; below it nobody is recognised.
        """
        best: Recognised | None = None
        readings = [(loose(name), _outlet(name)) for name in names if len(loose(name)) >= _SHORT_NAME]
        for entry in self._entries:
            for writing in (*(name for name, _ in entry.names), *entry.read_names):
                known, outlet = loose(writing), _outlet(writing)
                for reading, other in readings:
                    if outlet != other and likeness(outlet, other) < _SAME_OUTLET:
                        continue
                    found = _likeness(known, reading, likeness_min)
                    if found >= likeness_min and (best is None or found > best.likeness):
                        best = Recognised(entry, found, writing)
        return best

    def learn(self, correction: Correction) -> SupplierMemory:
        """Return the memory after one more approved document; the same when it names no supplier."""
        approved = {name: value.strip() for name, value in correction.approved.items()}
        known = self._same_supplier(keys_of(approved))
        entry = taught(known, correction)
        if entry is None:
            return self
        if known is None:
            return SupplierMemory((*self._entries, entry))
        return SupplierMemory(entry if one is known else one for one in self._entries)

    def forget(self, entry_id: str) -> SupplierMemory:
        """Return the memory without this entry; the same when it is not known."""
        return SupplierMemory(one for one in self._entries if one.entry_id != entry_id)

    def _same_supplier(self, keys: Sequence[SupplierKey]) -> Remembered | None:
        """Like ``find``, but two names are not one supplier when a stronger key tells them apart."""
        found = self.find(*keys)
        if found is None:
            return None
        for kind in (KeyKind.VAT_ID, KeyKind.REGISTRATION):
            mine = {key for key in keys if key.kind is kind}
            theirs = {key for key in found.keys if key.kind is kind}
            if mine and theirs and not mine & theirs:
                return None
        return found


def _outlet(name: str) -> str:
    """Return what stands in brackets without a digit: firms of one group have it to be told apart."""
    return loose(" ".join(part for part in _BRACKETS.findall(name) if not any(one.isdigit() for one in part)))


def _likeness(known: str, reading: str, at_least: float) -> float:
    """Compare two folded names; a short name must be the same."""
    if len(known) < _SHORT_NAME:
        return 1.0 if known == reading else 0.0
    return likeness(known, reading, at_least=at_least)
