"""The books of the sandbox ERP: one SQLite file or memory, everything of a call in one transaction.

Records of all kinds and documents are kept as JSON; amounts inside are decimal text, ids are counted. A change gives a
record the next number of one sequence, which is its version and the cursor of lists.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE INDEX IF NOT EXISTS record_by_change ON record (kind, seq);
CREATE TABLE IF NOT EXISTS document (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, vendor TEXT NOT NULL, number TEXT NOT NULL,
    state TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (kind, key));
CREATE UNIQUE INDEX IF NOT EXISTS bill_once ON document (vendor, number) WHERE kind = 'bill';
CREATE TABLE IF NOT EXISTS file (
    document_id TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, sha256 TEXT NOT NULL,
    content BLOB NOT NULL, PRIMARY KEY (document_id, sha256));
CREATE TABLE IF NOT EXISTS journal (no INTEGER PRIMARY KEY, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class Refusal(Exception):
    """The books say no; nothing was changed.

    Attributes:
        code: snake_case, such as ``duplicate`` or ``unknown_party``.
        message: one sentence.
        id: of the document that is there already, else empty.
    """

    def __init__(self, code: str, message: str, id_: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.id = id_


class Books:
    """Everything the ERP knows. Safe for several threads; one transaction at a time."""

    def __init__(self, path: str = ":memory:") -> None:
        """Open or make the books. ``path``: of the SQLite file, or ``:memory:``."""
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.RLock()
        self._depth = 0
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block, or nothing."""
        with self._lock:
            outermost = self._depth == 0
            self._depth += 1
            try:
                if outermost:
                    self._database.execute("BEGIN IMMEDIATE")
                yield
            except BaseException:
                if outermost:
                    self._database.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._database.execute("COMMIT")
            finally:
                self._depth -= 1

    def next_of(self, counter: str) -> int:
        """Return the next number of a counter, from 1. Inside a transaction."""
        found = self._database.execute(
            "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (counter,),
        ).fetchone()
        return int(found[0])

    def keep(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Store a record under its ``id``, with a new version; return it."""
        with self.transaction():
            seq = self.next_of("change")
            kept = {**body, "version": str(seq)}
            self._database.execute(
                "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)",
                (kind, kept["id"], seq, _json(kept)),
            )
        return kept

    def record(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return one record."""
        with self._lock:
            row = self._database.execute("SELECT body FROM record WHERE kind = ? AND id = ?", (kind, id_)).fetchone()
        return json.loads(row[0]) if row else None

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Return all records of a kind, in the order of their change."""
        return list(self.page(kind, "", -1)["items"])

    def page(self, kind: str, after: str, limit: int) -> dict[str, Any]:
        """Return records that changed behind a cursor, at most ``limit`` (below zero: all)."""
        start = int(after) if after.isascii() and after.isdigit() else 0
        wanted = limit + 1 if limit >= 0 else -1
        with self._lock:
            rows = self._database.execute(
                "SELECT seq, body FROM record WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ?", (kind, start, wanted)
            ).fetchall()
        taken = rows[:limit] if limit >= 0 else rows
        last = taken[-1][0] if taken else start
        return {
            "items": [json.loads(body) for _, body in taken],
            "next": str(last),
            "complete": len(taken) == len(rows),
        }

    def add_document(self, kind: str, body: Mapping[str, Any], state: str) -> dict[str, Any]:
        """Store a new document and return it.

        Raises:
            Refusal: ``duplicate``: its key is there, or a bill of the same vendor with the same number.
        """
        there = self.documents(kind, key=body["key"])
        if not there and kind == "bill":
            there = self.documents(kind, vendor=body["vendor"], number=body["number"])
        if there:
            raise Refusal("duplicate", "This document is there already.", there[0]["id"])
        with self.transaction():
            number = self.next_of(kind)
            id_ = f"{kind[0].upper()}{number:06d}"
            return self._store_document(id_, kind, {**body, "document_number": f"{kind.upper()}-{number}"}, state)

    def change_document(self, id_: str, changes: Mapping[str, Any], state: str) -> dict[str, Any]:
        """Change a document and return it."""
        with self.transaction():
            now = self.document(id_)
            return self._store_document(id_, now["kind"], {**now, **changes}, state)

    def _store_document(self, id_: str, kind: str, body: Mapping[str, Any], state: str) -> dict[str, Any]:
        seq = self.next_of("change")
        stored = {**body, "id": id_, "kind": kind, "state": state, "version": str(seq)}
        stored.pop("attachments", None)
        self._database.execute(
            "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                id_,
                kind,
                stored["key"],
                stored["vendor"],
                stored["number"],
                state,
                seq,
                _json(stored),
            ),
        )
        return self.document(id_)

    def document(self, id_: str) -> dict[str, Any]:
        """Return one document, with its attachments but not their content.

        Raises:
            Refusal: ``not_found``.
        """
        with self._lock:
            row = self._database.execute("SELECT body FROM document WHERE id = ?", (id_,)).fetchone()
            files = self._database.execute(
                "SELECT name, media_type, sha256 FROM file WHERE document_id = ? ORDER BY name, sha256", (id_,)
            ).fetchall()
        if row is None:
            raise Refusal("not_found", f"There is no document {id_}.")
        named = [{"name": name, "media_type": media_type, "sha256": sha256} for name, media_type, sha256 in files]
        return {**json.loads(row[0]), "attachments": named}

    def documents(self, kind: str, *, key: str = "", vendor: str = "", number: str = "") -> list[dict[str, Any]]:
        """Return the documents that agree in everything that is given; at most a hundred."""
        where = [("kind", kind), ("key", key), ("vendor", vendor), ("number", number)]
        given: Sequence[tuple[str, str]] = [(name, value) for name, value in where if value]
        asked = " AND ".join(f"{name} = ?" for name, _ in given)
        with self._lock:
            rows = self._database.execute(
                f"SELECT id FROM document WHERE {asked} ORDER BY id LIMIT 100",  # noqa: S608 - names of our own
                [value for _, value in given],
            ).fetchall()
        return [self.document(id_) for (id_,) in rows]

    def add_file(self, document_id: str, name: str, media_type: str, content: bytes) -> dict[str, str]:
        """Store a file of a document; the same content again changes nothing."""
        sha256 = hashlib.sha256(content).hexdigest()
        with self.transaction():
            self._database.execute(
                "INSERT OR IGNORE INTO file VALUES (?, ?, ?, ?, ?)", (document_id, name, media_type, sha256, content)
            )
        return {"name": name, "media_type": media_type, "sha256": sha256}

    def file_content(self, document_id: str, sha256: str) -> bytes:
        """Return the content of a file.

        Raises:
            Refusal: ``not_found``.
        """
        with self._lock:
            row = self._database.execute(
                "SELECT content FROM file WHERE document_id = ? AND sha256 = ?", (document_id, sha256)
            ).fetchone()
        if row is None:
            raise Refusal("not_found", "There is no such file.")
        return bytes(row[0])

    def write_journal(self, line: Mapping[str, Any]) -> None:
        """Add a line to the journal of what was booked. Inside a transaction."""
        no = self.next_of("journal")
        told = _json({"no": no, **line})
        self._database.execute("INSERT INTO journal VALUES (?, ?)", (no, told))

    def journal(self) -> list[dict[str, Any]]:
        """Return all that was booked, in its order."""
        with self._lock:
            rows = self._database.execute("SELECT line FROM journal ORDER BY no").fetchall()
        return [json.loads(line) for (line,) in rows]


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(type(value).__name__)
