"""Where suppliers, orders, receipts and codes come from beside people and files: the seam for ERP connectors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.payables.import_fields import ImportKind


@dataclass(frozen=True, slots=True)
class MasterPage:
    """One page. ``rows``: text by field, named as in ``import_fields``; ``next_cursor``: None at the end."""

    rows: tuple[Mapping[str, str], ...]
    next_cursor: str | None


class MasterSource(Protocol):
    """A system that knows master data. ``name``: shown in journals."""

    @property
    def name(self) -> str:
        """Its name."""

    def fetch(self, kind: ImportKind, cursor: str) -> MasterPage:
        """Return what comes behind a cursor, from the beginning for an empty one.

        Raises:
            OperationalError: ``erp_unavailable``.
        """
