"""What became of a document in an ERP, told by a write or found by a look."""

from dataclasses import dataclass
from enum import StrEnum


class PutState(StrEnum):
    """What a ``put`` gave. ``UNKNOWN`` is resolved by ``find`` alone, never by another write."""

    POSTED = "posted"
    DRAFT = "draft"
    """It is there and not in the books; a person there has to post it."""
    ACCEPTED = "accepted"
    """The ERP took it and posts it later; ``find`` tells when."""
    DUPLICATE = "duplicate"
    """The ERP has it: under our key, or as another document with the same vendor and number."""
    UNKNOWN = "unknown"


class FoundState(StrEnum):
    """Where a document stands that was found."""

    POSTED = "posted"
    DRAFT = "draft"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Sums:
    """As the ERP has them, in minor units. An entry and a payment have the same net and gross, and no tax."""

    net_minor: int
    tax_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class PutResult:
    """Result of a write. ``number``: the ERP's own; ``missing``: parts that are not there yet, such as ``attachment``.

    ``note``: for the clerk, empty where all is well.
    """

    state: PutState
    erp_id: str = ""
    number: str = ""
    version: str = ""
    missing: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A document in the ERP. ``sums``: None where the ERP does not tell them.

    ``ours``: it carries our key; else only vendor and number agree, and it may be somebody else's entry.
    """

    state: FoundState
    erp_id: str
    number: str
    version: str = ""
    sums: Sums | None = None
    missing: tuple[str, ...] = ()
    ours: bool = True
