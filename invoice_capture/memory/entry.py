"""One remembered supplier: its keys, how it writes itself, and what is usual on its documents."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from invoice_capture.model import FieldName

_NOT_ALNUM = re.compile(r"[\W_]+")
_ID_LENGTH = 16


class KeyKind(StrEnum):
    """By what a supplier is known; the order is the order of trust."""

    VAT_ID = "vat_id"
    IBAN = "iban"
    REGISTRATION = "registration"
    NAME = "name"


_KEY_FIELDS = (
    (FieldName.VAT_ID, KeyKind.VAT_ID),
    (FieldName.IBAN, KeyKind.IBAN),
    (FieldName.REGISTRATION_NUMBER, KeyKind.REGISTRATION),
    (FieldName.COMPANY, KeyKind.NAME),
)


@dataclass(frozen=True, slots=True, order=True)
class SupplierKey:
    """A key of a supplier. ``value``: letters and digits alone, folded; made by `SupplierKey.of`."""

    kind: KeyKind
    value: str

    @classmethod
    def of(cls, kind: KeyKind, text: str) -> SupplierKey:
        """Return the key of a printed value."""
        return cls(kind, loose(text))


@dataclass(frozen=True, slots=True)
class Evidence:
    """From what something was learned. ``document``: the caller's id; ``learned_on``: ISO date; ``taught``: fields."""

    document: str
    learned_on: str
    taught: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remembered:
    """A supplier as remembered.

    ``names``, ``addresses``: writings a person approved with how often, the most frequent first; ``read_names``: how a
    reader misread the name before it was corrected; ``labels``: the printed label that stood at the right value of a
    field; ``number_pattern``: shape of its invoice numbers (9 for a digit, A for a letter), empty when they differ;
    ``day_first``: how it writes dates, None when not known.
    """

    keys: frozenset[SupplierKey]
    names: tuple[tuple[str, int], ...] = ()
    addresses: tuple[tuple[str, int], ...] = ()
    read_names: tuple[str, ...] = ()
    values: Mapping[FieldName, str] = field(default_factory=dict)
    labels: Mapping[FieldName, tuple[str, ...]] = field(default_factory=dict)
    currency: str = ""
    day_first: bool | None = None
    number_pattern: str = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def entry_id(self) -> str:
        """A name of the entry that stays while its first evidence stays; 16 hexadecimal digits."""
        first = self.evidence[0] if self.evidence else Evidence("", "")
        strongest = min(self.keys, key=strength, default=SupplierKey(KeyKind.NAME, ""))
        basis = f"{first.document}|{first.learned_on}|{strongest.kind}|{strongest.value}"
        return hashlib.sha256(basis.encode()).hexdigest()[:_ID_LENGTH]

    @property
    def name(self) -> str:
        """The usual writing of the name, empty when none was approved."""
        return self.names[0][0] if self.names else ""

    @property
    def address(self) -> str:
        """The usual writing of the address, empty when none was approved."""
        return self.addresses[0][0] if self.addresses else ""


def loose(text: str) -> str:
    """Return letters and digits alone, without accents, folded."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _NOT_ALNUM.sub("", plain.casefold())


def strength(key: SupplierKey) -> tuple[int, str]:
    """Order keys by trust, the strongest first."""
    return list(KeyKind).index(key.kind), key.value


def keys_of(values: Mapping[FieldName, str]) -> tuple[SupplierKey, ...]:
    """Return the keys that these values of a document hold, the strongest first; empty values give none."""
    found = [SupplierKey.of(kind, values[name]) for name, kind in _KEY_FIELDS if values.get(name)]
    return tuple(sorted((key for key in found if key.value), key=strength))


def to_dict(entry: Remembered) -> dict[str, Any]:
    """Return plain JSON types, in a fixed order."""
    return {
        "id": entry.entry_id,
        "keys": [[str(key.kind), key.value] for key in sorted(entry.keys, key=strength)],
        "names": [list(one) for one in entry.names],
        "addresses": [list(one) for one in entry.addresses],
        "read_names": list(entry.read_names),
        "values": {str(name): value for name, value in sorted(entry.values.items())},
        "labels": {str(name): list(value) for name, value in sorted(entry.labels.items())},
        "currency": entry.currency,
        "day_first": entry.day_first,
        "number_pattern": entry.number_pattern,
        "evidence": [[one.document, one.learned_on, list(one.taught)] for one in entry.evidence],
    }


def from_dict(found: Mapping[str, Any]) -> Remembered:
    """Return the entry of its JSON types; KeyError, TypeError or ValueError for anything else."""
    return Remembered(
        keys=frozenset(SupplierKey(KeyKind(kind), value) for kind, value in found["keys"]),
        names=tuple((text, int(count)) for text, count in found["names"]),
        addresses=tuple((text, int(count)) for text, count in found["addresses"]),
        read_names=tuple(found["read_names"]),
        values={FieldName(name): value for name, value in found["values"].items()},
        labels={FieldName(name): tuple(value) for name, value in found["labels"].items()},
        currency=found["currency"],
        day_first=found["day_first"],
        number_pattern=found["number_pattern"],
        evidence=tuple(Evidence(document, on, tuple(taught)) for document, on, taught in found["evidence"]),
    )
