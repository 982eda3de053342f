"""Databases that are migrated already: migrating takes half a second of the processor, thousands of tests want one.

SQLite: a copy of a file made once in a process. PostgreSQL: a database made from a template (`tests/conftest.py`).
Whoever tests migrating itself asks for an empty database.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from gateway.adapters.db import schema

_SQLITE = "sqlite:///"


def migrated_sqlite(path: Path) -> str:
    """Make a migrated database at a path where nothing is yet; return its address."""
    path.write_bytes(_image())
    return f"{_SQLITE}{path}"


def migrate(url: str) -> None:
    """Bring a database up to date, the quick way where it does not exist yet."""
    if url.startswith(_SQLITE) and not (path := Path(url.removeprefix(_SQLITE))).exists():
        migrated_sqlite(path)
    else:
        schema.upgrade(url)


@cache
def _image() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.sqlite3"
        schema.upgrade(f"{_SQLITE}{path}")
        return path.read_bytes()
