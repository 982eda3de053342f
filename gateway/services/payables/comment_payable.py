"""Comments and attachments on a payable: kept with who and when, never changed, and no part of what is approved."""

import hashlib
import logging
import uuid
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import PayableId
from gateway.domain.payables.approval import Attachment, Comment, CommentKind
from gateway.domain.payables.payable import Payable
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork

_log = logging.getLogger(__name__)

COMMENT_MAX = 1000
COMMENTS_MAX = 200
ATTACHMENTS_MAX = 20
NAME_MAX = 200
_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
)
"""First bytes by which the formats that are taken are told (PDF 32000-1 7.5.2, PNG 5.2, JFIF, TIFF 6.0, ZIP)."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What was written and attached, oldest first. ``open_question``: the last question nobody has answered."""

    comments: tuple[Comment, ...]
    attachments: tuple[Attachment, ...]
    open_question: Comment | None


class CommentPayable:
    """Comments and attachments of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, bytes_max: int) -> None:
        """``bytes_max``: of one attachment."""
        self._storage = storage
        self._clock = clock
        self.bytes_max = bytes_max

    def talk(self, caller: Caller, payable_id: PayableId) -> Talk:
        """Return comments and attachments of a payable.

        Raises:
            NotFound: ``payable_not_found``.
        """
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            return talk_in(unit, _payable(unit, caller, payable_id))

    def comment(
        self, caller: Caller, comment_id: uuid.UUID, payable_id: PayableId, kind: CommentKind, text: str
    ) -> Comment:
        """Write a comment, ask, or answer; the same id again is the same comment.

        Raises:
            NotPermitted: without ``payables:read``; to ask one has to be an approver.
            NotFound: ``payable_not_found``.
            InputError: ``invalid_comment``.
            RuleError: ``too_many_comments``; ``comment_id_taken``.
        """
        caller.require(Permission.PAYABLES_READ)
        if kind is CommentKind.QUESTION:
            caller.require(Permission.PAYABLES_APPROVE)
        words = text.strip()
        if not words or len(words) > COMMENT_MAX:
            message = f"A comment has 1 to {COMMENT_MAX} characters."
            raise InputError("invalid_comment", message, "Write it shorter, or attach a file.", "/text")
        comment = Comment(comment_id, payable_id, kind, words, caller.id, caller.name, self._clock.now())

        def work(unit: UnitOfWork) -> Comment:
            payable = _payable(unit, caller, payable_id)
            place = (payable.tenant_id, payable.store_id)
            told = unit.approvals.comments(*place, payable_id)
            same = next((one for one in told if one.id == comment_id), None)
            if same is not None:
                return same
            if len(told) >= COMMENTS_MAX:
                raise RuleError("too_many_comments", "There are too many comments.", "Talk to each other.")
            if not unit.approvals.add_comment(*place, comment):
                raise RuleError("comment_id_taken", "This id was used before.", "Make a new id.")
            return comment

        kept = self._storage.write_retrying(work)
        log_event(_log, "payable.commented", payable_id=payable_id, kind=kind.value, actor=caller.name)
        return kept

    def attach(
        self, caller: Caller, attachment_id: uuid.UUID, payable_id: PayableId, name: str, content: bytes
    ) -> Attachment:
        """Attach a file; what it is, is told by its content, whatever it is called.

        Raises:
            NotPermitted: with neither ``payables:work`` nor ``payables:approve``.
            NotFound: ``payable_not_found``.
            InputError: ``empty_file``, ``file_too_large``, ``unsupported_file``.
            RuleError: ``too_many_attachments``; ``attachment_id_taken``.
        """
        if Permission.PAYABLES_APPROVE not in caller.permissions:
            caller.require(Permission.PAYABLES_WORK)
        digest = hashlib.sha256(content).hexdigest()
        attachment = Attachment(
            attachment_id,
            payable_id,
            name.strip()[:NAME_MAX],
            self._kind(content),
            len(content),
            digest,
            caller.id,
            caller.name,
            self._clock.now(),
        )

        def work(unit: UnitOfWork) -> Attachment:
            payable = _payable(unit, caller, payable_id)
            place = (payable.tenant_id, payable.store_id)
            there = unit.approvals.attachments(*place, payable_id)
            same = next((one for one in there if one.id == attachment_id), None)
            if same is not None and same.sha256 == digest:
                return same
            if same is None and len(there) >= ATTACHMENTS_MAX:
                message = f"A payable has at most {ATTACHMENTS_MAX} attachments."
                raise RuleError("too_many_attachments", message, "Put several pages into one file.")
            if not unit.approvals.attach(*place, attachment, content):
                raise RuleError("attachment_id_taken", "This id was used before.", "Make a new id.")
            return attachment

        kept = self._storage.write_retrying(work)
        log_event(_log, "payable.attached", payable_id=payable_id, size=attachment.size, actor=caller.name)
        return kept

    def content(self, caller: Caller, payable_id: PayableId, attachment_id: uuid.UUID) -> tuple[Attachment, bytes]:
        """Return an attachment with its content.

        Raises:
            NotFound: ``payable_not_found``, ``attachment_not_found``.
        """
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            payable = _payable(unit, caller, payable_id)
            place = (payable.tenant_id, payable.store_id)
            there = unit.approvals.attachments(*place, payable_id)
            found = next((one for one in there if one.id == attachment_id), None)
            if found is None:
                raise NotFound("attachment_not_found", "There is no such file at this payable.", "Load it again.")
            return found, unit.approvals.attachment_content(*place, attachment_id)

    def _kind(self, content: bytes) -> str:
        if not content:
            raise InputError("empty_file", "The file is empty.", "Choose another one.")
        if len(content) > self.bytes_max:
            message = f"The file has more than {self.bytes_max // 1024**2} MB."
            raise InputError("file_too_large", message, "Make it smaller, or attach a part of it.")
        for mark, media_type in _MARKS:
            if content.startswith(mark):
                return media_type
        if b"\x00" not in content and _is_text(content):
            return "text/plain"
        hint = "Attach a PDF, a PNG, JPEG or TIFF picture, a text, or an office file."
        raise InputError("unsupported_file", "Files of this kind are not taken.", hint)


def talk_in(unit: UnitOfWork, payable: Payable) -> Talk:
    """Return what was written and attached, inside of a unit of work."""
    place = (payable.tenant_id, payable.store_id)
    comments = unit.approvals.comments(*place, payable.id)
    asked: Comment | None = None
    for one in comments:
        if one.kind is CommentKind.QUESTION:
            asked = one
        elif one.kind is CommentKind.ANSWER:
            asked = None
    return Talk(comments, unit.approvals.attachments(*place, payable.id), asked)


def _payable(unit: UnitOfWork, caller: Caller, payable_id: PayableId) -> Payable:
    payable = unit.payables.load(caller.tenant_id, caller.store_id, payable_id)
    if payable is None:
        raise NotFound("payable_not_found", "There is no such payable in this store.", "Check the id.")
    return payable


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
