"""Comments, attachments and reminders of approvals in SQL. Nothing here is changed once it is stored."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.outward.outward_store import adding
from gateway.adapters.db.payables.approval_tables import (
    approval_reminder,
    payable_attachment,
    payable_attachment_part,
    payable_comment,
)
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import PayableId, PersonId, StoreId, TenantId
from gateway.domain.payables.approval import Attachment, Comment, CommentKind

PART_BYTES = 256 * 1024
"""Bytes of one part: no statement carries a whole file."""

_COMMENT, _FILE, _PART = payable_comment.c, payable_attachment.c, payable_attachment_part.c
_ADD_COMMENT = adding(payable_comment)
_COMMENTS = (
    select(payable_comment)
    .where(
        _COMMENT.tenant_id == bindparam("tenant"),
        _COMMENT.store_id == bindparam("store"),
        _COMMENT.payable_id == bindparam("payable"),
    )
    .order_by(_COMMENT.recorded_at, _COMMENT.comment_id)
)
_ADD_FILE = adding(payable_attachment)
_FILES = (
    select(payable_attachment)
    .where(
        _FILE.tenant_id == bindparam("tenant"),
        _FILE.store_id == bindparam("store"),
        _FILE.payable_id == bindparam("payable"),
    )
    .order_by(_FILE.recorded_at, _FILE.attachment_id)
)
_PARTS = (
    select(_PART.data)
    .where(
        _PART.tenant_id == bindparam("tenant"),
        _PART.store_id == bindparam("store"),
        _PART.attachment_id == bindparam("attachment"),
    )
    .order_by(_PART.part_no)
)
_REMIND = adding(approval_reminder)


class SqlApprovalTalk:
    """Comments, attachments and reminders; see ``ApprovalTalkStore``."""

    __slots__ = ()
    _statements: Statements

    def add_comment(self, tenant_id: TenantId, store_id: StoreId, comment: Comment) -> bool:
        """Store a comment; False, and nothing stored, when its id is there."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "comment_id": comment.id,
            "payable_id": comment.payable_id,
            "kind": comment.kind.value,
            "words": storable(comment.text),
            "person_id": comment.person_id,
            "actor": storable(comment.actor),
            "recorded_at": comment.at,
        }
        return self._statements.first(_ADD_COMMENT, row) is not None

    def comments(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> tuple[Comment, ...]:
        """Return the comments of a payable, oldest first."""
        return tuple(_comment_of(row) for row in self._statements.rows(_COMMENTS, _at(tenant_id, store_id, payable_id)))

    def attach(self, tenant_id: TenantId, store_id: StoreId, attachment: Attachment, content: bytes) -> bool:
        """Store a file; False, and nothing stored, when its id is there."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "attachment_id": attachment.id,
            "payable_id": attachment.payable_id,
            "name": storable(attachment.name),
            "media_type": attachment.media_type,
            "size": attachment.size,
            "sha256": attachment.sha256,
            "person_id": attachment.person_id,
            "actor": storable(attachment.actor),
            "recorded_at": attachment.at,
        }
        if self._statements.first(_ADD_FILE, row) is None:
            return False
        place = {"tenant_id": tenant_id, "store_id": store_id, "attachment_id": attachment.id}
        for number, start in enumerate(range(0, len(content), PART_BYTES)):
            part = {"part_no": number, "data": content[start : start + PART_BYTES]}
            self._statements.change(insert(payable_attachment_part), place | part)
        return True

    def attachments(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> tuple[Attachment, ...]:
        """Return the files of a payable, oldest first, without their content."""
        return tuple(_attachment_of(row) for row in self._statements.rows(_FILES, _at(tenant_id, store_id, payable_id)))

    def attachment_content(self, tenant_id: TenantId, store_id: StoreId, attachment_id: uuid.UUID) -> bytes:
        """Return the content of a file; empty when there is none."""
        wish = {"tenant": tenant_id, "store": store_id, "attachment": attachment_id}
        return b"".join(bytes(row.data) for row in self._statements.rows(_PARTS, wish))

    def remind(self, tenant_id: TenantId, store_id: StoreId, person_id: PersonId, on: date, at: datetime) -> bool:
        """Note that a person is reminded on a day; False when they were already."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "person_id": person_id,
            "on_day": on.isoformat(),
            "recorded_at": at,
        }
        return self._statements.first(_REMIND, row) is not None


def _at(tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id, "payable": payable_id}


def _comment_of(row: AnyRow) -> Comment:
    return Comment(
        id=uuid.UUID(str(row.comment_id)),
        payable_id=PayableId(row.payable_id),
        kind=CommentKind(row.kind),
        text=row.words,
        person_id=uuid.UUID(str(row.person_id)),
        actor=row.actor,
        at=row.recorded_at,
    )


def _attachment_of(row: AnyRow) -> Attachment:
    return Attachment(
        id=uuid.UUID(str(row.attachment_id)),
        payable_id=PayableId(row.payable_id),
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        person_id=uuid.UUID(str(row.person_id)),
        actor=row.actor,
        at=row.recorded_at,
    )
