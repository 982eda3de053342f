"""What the columns of an unknown table mean: shown with samples, named once by a person, remembered by the headings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError
from gateway.domain.payables.import_fields import FIELDS, ImportKind, field_places, fingerprint_of, missing_fields
from gateway.ports.clock import Clock
from gateway.ports.table_reader import TableReader
from gateway.ports.unit_of_work import Storage, UnitOfWork

SAMPLES = 3
SAMPLE_MAX = 60


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """One column of a table. ``place`` from 0; ``field``: what it is taken for, or empty; ``samples``: first cells."""

    place: int
    heading: str
    field: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableSeen:
    """The columns of a table. ``fingerprint``: of its headings, hex; ``missing``: needed fields without a column."""

    kind: ImportKind
    fingerprint: str
    columns: tuple[ColumnSeen, ...]
    missing: tuple[str, ...]


class NameColumns:
    """Columns of the caller's imports."""

    def __init__(self, *, storage: Storage, clock: Clock, reader: TableReader) -> None:
        self._storage = storage
        self._clock = clock
        self._reader = reader

    def look(self, caller: Caller, kind: ImportKind, data: bytes) -> TableSeen:
        """Return the columns of a file as they would be taken; nothing is stored.

        Raises:
            NotPermitted: without ``payables:work``.
            InputError: ``unreadable_table``, ``table_too_large``, ``table_empty``.
        """
        caller.require(Permission.PAYABLES_WORK)
        table = self._reader.read(data)
        if not table:
            raise InputError("table_empty", "The table holds nothing.", "The first row holds the headings.")
        headings = table[0].cells
        with self._storage.read() as unit:
            named = named_in(unit, caller, kind, headings)
        places = field_places(kind, headings, named)
        columns = tuple(
            ColumnSeen(
                place=place,
                heading=heading.strip(),
                field=places.get(place, ""),
                samples=tuple(
                    row.cells[place].strip()[:SAMPLE_MAX] for row in table[1 : SAMPLES + 1] if place < len(row.cells)
                ),
            )
            for place, heading in enumerate(headings)
        )
        return TableSeen(kind, fingerprint_of(headings), columns, missing_fields(kind, places.values()))

    def name(self, caller: Caller, kind: ImportKind, fingerprint: str, columns: Mapping[int, str]) -> None:
        """Remember what the columns of tables with these headings mean, in place of what was said before.

        ``columns``: place to field, an empty one for a column that means nothing here.

        Raises:
            NotPermitted: without ``payables:work``.
            InputError: ``unknown_field``, ``column_repeated``, ``columns_missing``.
        """
        caller.require(Permission.PAYABLES_WORK)
        known = {field.name for field in FIELDS[kind]}
        chosen = [name for name in columns.values() if name]
        for place, name in columns.items():
            if name and name not in known:
                raise InputError("unknown_field", f"There is no field {name}.", "Choose one.", f"/columns/{place}")
        if len(set(chosen)) != len(chosen):
            raise InputError("column_repeated", "Two columns mean the same.", "Choose one of them.", "/columns")
        missing = missing_fields(kind, chosen)
        if missing:
            message = f"These columns are missing: {', '.join(missing)}."
            raise InputError("columns_missing", message, "Say which columns hold them.", "/columns")
        here, now = (caller.tenant_id, caller.store_id), self._clock.now()
        self._storage.write_retrying(
            lambda unit: unit.purchases.put_import_columns(*here, kind, fingerprint, columns, by=caller.name, at=now)
        )


def named_in(unit: UnitOfWork, caller: Caller, kind: ImportKind, headings: Sequence[str]) -> Mapping[int, str]:
    """Return what was said about the columns of tables with these headings; empty when nobody said anything."""
    return unit.purchases.import_columns(caller.tenant_id, caller.store_id, kind, fingerprint_of(headings))
