"""The documents in a ZIP or a mail, within the limits; nothing is written to a disk and no name leads to a path."""

from __future__ import annotations

import email
import email.policy
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message

from invoice_capture.errors import CaptureError, Refused
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sniff import Kind, kind_of

_CHUNK = 1 << 16
_ENCRYPTED = 0x1
"""General purpose bit 0, APPNOTE 6.3.10 section 4.4.4."""
_SMALL_PICTURE = 12 * 1024
"""A picture in a mail below this size is a logo of the signature."""
_PARTS_MAX = 1000
_NAME_MAX = 200
_PICTURES = frozenset({Kind.JPEG, Kind.PNG, Kind.TIFF, Kind.HEIC})


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a file. ``container``: names of the archives and mails around it, outermost first."""

    name: str
    kind: Kind
    data: bytes
    container: tuple[str, ...] = ()


def documents_in(data: bytes, name: str, limits: Limits) -> tuple[Part, ...]:
    """Return the file itself, or the documents in it when it is an archive or a mail.

    Files inside that are no documents (texts, sheets, logos) are left out.

    Raises:
        Refused: `empty`, `unknown_kind`, `too_large`, `zip_broken`, `zip_encrypted`, `nested_archive`,
            `unpacks_too_large`, `too_many_files`, `mail_broken`, `no_document_inside`.
    """
    if len(data) > limits.bytes_max:
        raise Refused("too_large", f"the file has {len(data)} bytes; {limits.bytes_max} are allowed")
    kind = kind_of(data)
    if kind not in {Kind.ZIP, Kind.MAIL}:
        return (Part(clean_name(name), kind, data),)
    found = tuple(_inside(data, clean_name(name), kind, (), _Budget(limits)))
    if not found:
        raise Refused("no_document_inside", "there is no document in it that can be read")
    return found


def clean_name(name: str) -> str:
    """Return the last part of a name without control characters, for people to read; never a path."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:_NAME_MAX]


class _Budget:
    """What the unpacked files may still cost together."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = 0
        self._files = 0

    def spend(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._limits.unpacked_bytes_max:
            raise Refused(
                "unpacks_too_large",
                f"what is inside has more than {self._limits.unpacked_bytes_max} bytes",
                "send the documents in several files",
            )

    def count(self) -> None:
        self._files += 1
        if self._files > self._limits.files_max:
            raise Refused(
                "too_many_files",
                f"there are more than {self._limits.files_max} files inside",
                "send the documents in several files",
            )


def _inside(data: bytes, name: str, kind: Kind, around: tuple[str, ...], budget: _Budget) -> Iterator[Part]:
    members = _zip_members(data, budget) if kind is Kind.ZIP else _mail_members(data, budget)
    container = (*around, name)
    for member, content in members:
        try:
            inner = kind_of(content)
        except CaptureError:
            continue
        if inner is Kind.ZIP and kind is Kind.ZIP:
            raise Refused("nested_archive", "there is an archive inside the archive", "send the documents themselves")
        if inner in {Kind.ZIP, Kind.MAIL}:
            if len(container) > 1:
                raise Refused("nested_archive", "archives and mails lie inside one another too deep")
            yield from _inside(content, clean_name(member), inner, container, budget)
        elif not (kind is Kind.MAIL and inner in _PICTURES and len(content) < _SMALL_PICTURE):
            budget.count()
            yield Part(clean_name(member), inner, content, container)


def _zip_members(data: bytes, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and not _is_shadow(one.filename)]
            if len(members) > _PARTS_MAX:
                raise Refused("too_many_files", f"there are more than {_PARTS_MAX} files inside")
            for member in members:
                if member.flag_bits & _ENCRYPTED:
                    raise Refused(
                        "zip_encrypted", "the archive is locked with a password", "ask for it without a password"
                    )
                yield member.filename, _unpacked(archive, member, budget)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, struct.error) as error:
        raise Refused("zip_broken", "the archive is damaged or cut off", "ask for it again") from error
    except RuntimeError as error:
        raise Refused(
            "zip_broken", "the archive is packed in a way that is not read", "pack it as plain ZIP"
        ) from error


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget) -> bytes:
    """Return a member; counts what really comes out, whatever the archive says of it."""
    chunks = []
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            budget.spend(len(chunk))
            chunks.append(chunk)
    return b"".join(chunks)


def _is_shadow(name: str) -> bool:
    return name.startswith("__MACOSX/") or clean_name(name).startswith(".")


def _mail_members(data: bytes, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        parts = list(_leaves(message))
    except (ValueError, LookupError, RecursionError, AttributeError, TypeError, IndexError) as error:
        raise Refused("mail_broken", "the mail is damaged", "send the attachment itself") from error
    for number, part in enumerate(parts, start=1):
        try:
            content = part.get_payload(decode=True)
            name = part.get_filename() or f"part-{number}"
        except (ValueError, LookupError, AttributeError, TypeError, IndexError):
            # One part that nobody can decode must not hide the invoice in the next.
            continue
        if isinstance(content, bytes) and content:
            budget.spend(len(content))
            yield str(name), content


def _leaves(message: Message | EmailMessage) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= _PARTS_MAX:
            raise Refused("too_many_files", f"the mail has more than {_PARTS_MAX} parts")
        if not part.is_multipart():
            yield part
