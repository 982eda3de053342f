# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""Documents in SQL: content in parts beside its row, one reader at a time by a lease, nothing half stored."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, text, tuple_, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.documents.document_tables import (
    document,
    document_arrival,
    document_part,
    document_reading,
    page_picture,
)
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.documents.document import Arrival, Document, DocumentSource, DocumentState, Reading
from gateway.domain.ids import DocumentId, StoreId, TenantId
from gateway.ports.document_store import ARRIVALS_SHOWN

PART_BYTES = 256 * 1024
"""Bytes of one part: no statement carries a whole file, and SQLite keeps its pages small."""

# A lease lives by the database's clock. SQLite tells milliseconds and stores microseconds.
_NOW = {
    False: "(CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)",
    True: "clock_timestamp()",
}
_LATER = {
    False: _NOW[False] + " + :lease_s * 1000000",
    True: "clock_timestamp() + CAST(:lease_s AS integer) * interval '1 second'",
}
_AT = "tenant_id = :tenant AND store_id = :store"
_COLUMNS = ", ".join(column.name for column in document.c)
_TAKE = {
    postgresql: text(
        "UPDATE document SET crashes = crashes + CASE WHEN state = 'reading' THEN 1 ELSE 0 END, state = 'reading',"
        f" holder = :holder, epoch = epoch + 1, expires_at = {_LATER[postgresql]}, pages_done = 0, pages = 0"
        f" WHERE {_AT} AND document_id = (SELECT document_id FROM document WHERE {_AT} AND (state = 'received'"
        f" OR (state = 'reading' AND expires_at <= {_NOW[postgresql]})) ORDER BY received_at, document_id LIMIT 1"
        f"{' FOR UPDATE SKIP LOCKED' if postgresql else ''}) RETURNING {_COLUMNS}"
    ).columns(*document.c)
    for postgresql in (False, True)
}
_ONE = f"{_AT} AND document_id = :document AND state = 'reading' AND epoch = :fence"
_HOLD = {
    postgresql: text(
        f"UPDATE document SET expires_at = {_LATER[postgresql]}, pages_done = :done, pages = :pages"
        f" WHERE {_ONE} AND holder = :holder"
    ).bindparams(bindparam("document", type_=document.c.document_id.type))
    for postgresql in (False, True)
}
_RELEASE = text(
    "UPDATE document SET state = 'received', crashes = crashes + 1, holder = NULL, expires_at = NULL"
    " WHERE state = 'reading' AND holder = :holder"
)
_HERE = (document.c.tenant_id == bindparam("tenant"), document.c.store_id == bindparam("store"))
_THIS = (*_HERE, document.c.document_id == bindparam("document"))
_LOAD = select(document).where(*_THIS)
_WITH_CONTENT = select(document).where(*_HERE, document.c.sha256 == bindparam("digest"))
_CHILDREN = (
    select(document)
    .where(*_HERE, document.c.parent_id == bindparam("document"))
    .order_by(document.c.received_at, document.c.name, document.c.document_id)
)
_PARTS = (
    select(document_part.c.data)
    .where(
        document_part.c.tenant_id == bindparam("tenant"),
        document_part.c.store_id == bindparam("store"),
        document_part.c.document_id == bindparam("document"),
    )
    .order_by(document_part.c.part_no)
)
_ARRIVALS = (
    select(document_arrival)
    .where(
        document_arrival.c.tenant_id == bindparam("tenant"),
        document_arrival.c.store_id == bindparam("store"),
    )
    .order_by(document_arrival.c.arrived_at, document_arrival.c.arrival_id)
)
_COUNTS = select(document.c.state, func.count().label("number")).where(*_HERE).group_by(document.c.state)
_CONCLUDE = (
    update(document)
    .where(*_THIS, document.c.state == "reading", document.c.epoch == bindparam("fence"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("state", "code", "words", "kind", "crashes", "pages_done", "pages", "reading_no", "read_at")
        }
        | {"holder": None, "expires_at": None}
    )
)
_REOPEN = (
    update(document)
    .where(*_THIS, document.c.state.in_(("read", "refused", "waiting")))
    .values(state="received", code="", words="", crashes=0, pages_done=0)
)
_WAKE = (
    update(document)
    .where(*_HERE, document.c.state == "waiting", document.c.code.in_(bindparam("codes", expanding=True)))
    .values(state="received", code="", words="", crashes=0)
)
_READING = select(document_reading).where(
    document_reading.c.tenant_id == bindparam("tenant"),
    document_reading.c.store_id == bindparam("store"),
    document_reading.c.document_id == bindparam("document"),
    document_reading.c.reading_no == bindparam("reading"),
)
_PICTURES = (
    page_picture.c.tenant_id == bindparam("tenant"),
    page_picture.c.store_id == bindparam("store"),
    page_picture.c.document_id == bindparam("document"),
)
_PICTURE = select(page_picture.c.png).where(
    *_PICTURES, page_picture.c.page == bindparam("page"), page_picture.c.width == bindparam("width")
)
_KEEP_PICTURE = text(
    "INSERT INTO page_picture (tenant_id, store_id, document_id, page, width, png)"
    " VALUES (:tenant, :store, :document, :page, :width, :png) ON CONFLICT DO NOTHING"
).bindparams(bindparam("document", type_=document.c.document_id.type), bindparam("png", type_=page_picture.c.png.type))


class SqlDocumentStore:
    """Documents of all stores; see ``DocumentStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, one: Document, content: Iterable[bytes]) -> bool:
        """Store a document with its content; False, and nothing stored, when this content is there."""
        if self.with_content(one.tenant_id, one.store_id, one.sha256) is not None:
            return False
        self._statements.change(insert(document), _row(one))
        place = {"tenant_id": one.tenant_id, "store_id": one.store_id, "document_id": one.id}
        number = 0
        for piece in content:
            for start in range(0, len(piece), PART_BYTES):
                part = {"part_no": number, "data": bytes(piece[start : start + PART_BYTES])}
                self._statements.change(insert(document_part), place | part)
                number += 1
        return True

    def arrive(self, tenant_id: TenantId, store_id: StoreId, arrival: Arrival) -> bool:
        """Store an arrival; False, and nothing stored, when its id is there."""
        if self.arrival(tenant_id, store_id, arrival.id) is not None:
            return False
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "arrival_id": arrival.id,
            "document_id": arrival.document_id,
            "sha256": arrival.sha256,
            "name": storable(arrival.name),
            "source": arrival.source.value,
            "origin": storable(arrival.origin),
            "arrived_at": arrival.arrived_at,
            "arrived_by": storable(arrival.arrived_by),
        }
        self._statements.change(insert(document_arrival), row)
        return True

    def arrival(self, tenant_id: TenantId, store_id: StoreId, arrival_id: uuid.UUID) -> Arrival | None:
        """Return one arrival."""
        statement = _ARRIVALS.where(document_arrival.c.arrival_id == bindparam("arrival"))
        row = self._statements.first(statement, {"tenant": tenant_id, "store": store_id, "arrival": arrival_id})
        return None if row is None else _arrival_of(row)

    def arrivals(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> tuple[Arrival, ...]:
        """Return when a document arrived, oldest first, at most 20."""
        statement = _ARRIVALS.where(document_arrival.c.document_id == bindparam("document")).limit(ARRIVALS_SHOWN)
        return tuple(
            _arrival_of(row) for row in self._statements.rows(statement, _at(tenant_id, store_id, document_id))
        )

    def load(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> Document | None:
        """Return one document."""
        return _maybe(self._statements.first(_LOAD, _at(tenant_id, store_id, document_id)))

    def with_content(self, tenant_id: TenantId, store_id: StoreId, sha256: str) -> Document | None:
        """Return the document of this content."""
        return _maybe(self._statements.first(_WITH_CONTENT, {"tenant": tenant_id, "store": store_id, "digest": sha256}))

    def content(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> bytes:
        """Return the content; empty when there is none."""
        rows = self._statements.rows(_PARTS, _at(tenant_id, store_id, document_id))
        return b"".join(bytes(row.data) for row in rows)

    def children(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> tuple[Document, ...]:
        """Return the documents that were inside of this one, by arrival and name."""
        rows = self._statements.rows(_CHILDREN, _at(tenant_id, store_id, document_id))
        return tuple(_document_of(row) for row in rows)

    def list(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        states: Sequence[DocumentState],
        before: DocumentId | None,
        limit: int,
    ) -> tuple[Document, ...]:
        """Return documents, newest arrival first."""
        wish: dict[str, Any] = {"tenant": tenant_id, "store": store_id, "states": [str(state) for state in states]}
        statement = select(document).where(*_HERE, document.c.state.in_(bindparam("states", expanding=True)))
        if before is not None:
            cursor = self.load(tenant_id, store_id, before)
            if cursor is None:
                return ()
            place = (document.c.received_at, document.c.document_id)
            statement = statement.where(
                tuple_(*place) < tuple_(bindparam("at", type_=place[0].type), bindparam("id", type_=place[1].type))
            )
            wish |= {"at": cursor.received_at, "id": before}
        statement = statement.order_by(document.c.received_at.desc(), document.c.document_id.desc()).limit(limit)
        return tuple(_document_of(row) for row in self._statements.rows(statement, wish))

    def counts(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[DocumentState, int]:
        """Return how many documents stand in each state."""
        rows = self._statements.rows(_COUNTS, {"tenant": tenant_id, "store": store_id})
        return {DocumentState(row.state): int(row.number) for row in rows}

    def take(self, tenant_id: TenantId, store_id: StoreId, holder: str, lease_s: int) -> Document | None:
        """Mark the oldest waiting document, or one whose reader is gone, as being read by ``holder``."""
        wish = {"tenant": tenant_id, "store": store_id, "holder": holder, "lease_s": lease_s}
        return _maybe(self._statements.first(_TAKE[self._statements.postgresql], wish))

    def hold(self, one: Document, holder: str, lease_s: int, *, done: int, pages: int) -> bool:
        """Extend the lease and store how far the reading is; False when another has it."""
        wish = _of(one) | {"fence": one.epoch, "holder": holder, "lease_s": lease_s, "done": done, "pages": pages}
        return self._statements.change(_HOLD[self._statements.postgresql], wish) == 1

    def conclude(self, one: Document) -> bool:
        """Store what became of a reading; False when the document is not being read under this epoch any more."""
        change = {
            "fence": one.epoch,
            "new_state": one.state.value,
            "new_code": one.code,
            "new_words": storable(one.words),
            "new_kind": one.kind,
            "new_crashes": one.crashes,
            "new_pages_done": one.pages_done,
            "new_pages": one.pages,
            "new_reading_no": one.reading_no,
            "new_read_at": one.read_at,
        }
        return self._statements.change(_CONCLUDE, _of(one) | change) == 1

    def reopen(self, one: Document) -> bool:
        """Put a document that is not being read back to ``received``; False when its state has changed."""
        return self._statements.change(_REOPEN, _of(one)) == 1

    def release(self, holder: str) -> int:
        """Put back what a process that died was reading, as a crash; return how many."""
        return self._statements.change(_RELEASE, {"holder": holder})

    def wake_waiting(self, tenant_id: TenantId, store_id: StoreId, codes: Sequence[str]) -> int:
        """Put documents that wait for one of these back to ``received``; return how many."""
        return self._statements.change(_WAKE, {"tenant": tenant_id, "store": store_id, "codes": list(codes)})

    def add_reading(self, one: Document, reading: Reading) -> None:
        """Store what a reading gave."""
        row = {
            "tenant_id": one.tenant_id,
            "store_id": one.store_id,
            "document_id": one.id,
            "reading_no": reading.number,
            "result": storable(reading.result),
            "read_at": reading.read_at,
        }
        self._statements.change(insert(document_reading), row)

    def reading(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId, number: int) -> Reading | None:
        """Return one reading."""
        row = self._statements.first(_READING, _at(tenant_id, store_id, document_id) | {"reading": number})
        return None if row is None else Reading(row.reading_no, row.result, row.read_at)

    def picture(
        self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId, *, page: int, width: int
    ) -> bytes | None:
        """Return a stored picture of a page."""
        row = self._statements.first(_PICTURE, _at(tenant_id, store_id, document_id) | {"page": page, "width": width})
        return None if row is None else bytes(row.png)

    def keep_picture(self, one: Document, *, page: int, width: int, png: bytes) -> None:
        """Store a picture of a page, unless it is there."""
        self._statements.change(_KEEP_PICTURE, _of(one) | {"page": page, "width": width, "png": png})

    def drop_pictures(self, one: Document) -> None:
        """Remove the stored pictures of a document."""
        self._statements.change(delete(page_picture).where(*_PICTURES), _of(one))


def _at(tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id, "document": document_id}


def _of(one: Document) -> dict[str, Any]:
    return _at(one.tenant_id, one.store_id, one.id)


def _row(one: Document) -> dict[str, Any]:
    return {
        "tenant_id": one.tenant_id,
        "store_id": one.store_id,
        "document_id": one.id,
        "sha256": one.sha256,
        "name": storable(one.name),
        "kind": one.kind,
        "size": one.size,
        "source": one.source.value,
        "parent_id": one.parent_id,
        "received_at": one.received_at,
        "received_by": storable(one.received_by),
        "state": one.state.value,
        "code": one.code,
        "words": storable(one.words),
        "crashes": one.crashes,
        "pages_done": one.pages_done,
        "pages": one.pages,
        "reading_no": one.reading_no,
        "read_at": one.read_at,
        "holder": None,
        "epoch": one.epoch,
        "expires_at": None,
    }


def _maybe(row: AnyRow | None) -> Document | None:
    return None if row is None else _document_of(row)


def _document_of(row: AnyRow) -> Document:
    return Document(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=DocumentId(row.document_id),
        sha256=row.sha256,
        name=row.name,
        kind=row.kind,
        size=row.size,
        source=DocumentSource(row.source),
        received_at=row.received_at,
        received_by=row.received_by,
        state=DocumentState(row.state),
        parent_id=None if row.parent_id is None else DocumentId(row.parent_id),
        code=row.code,
        words=row.words,
        crashes=row.crashes,
        pages_done=row.pages_done,
        pages=row.pages,
        reading_no=row.reading_no,
        read_at=row.read_at,
        epoch=row.epoch,
    )


def _arrival_of(row: AnyRow) -> Arrival:
    return Arrival(
        id=row.arrival_id,
        document_id=DocumentId(row.document_id),
        sha256=row.sha256,
        name=row.name,
        source=DocumentSource(row.source),
        origin=row.origin,
        arrived_at=row.arrived_at,
        arrived_by=row.arrived_by,
    )
