"""What a file is, by its content; its name and what the sender calls it say nothing."""

from __future__ import annotations

import re
from enum import StrEnum

from invoice_capture.errors import Refused

_PDF_WITHIN = 1024
"""A PDF may begin with a few bytes of something else; readers look this far."""
_HEAD = 16 * 1024
_MAIL_LINE = re.compile(rb"^[!-9;-~]{1,76}:[ \t\r\n]", re.ASCII)
_MAIL_NAMES = re.compile(
    rb"^(?:from|to|received|return-path|mime-version|message-id|subject|date|content-type|delivered-to):",
    re.IGNORECASE | re.MULTILINE,
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_XML_START = re.compile(r"^\s*<(?:\?xml|[A-Za-z_][\w.-]*(?::[\w.-]+)?[\s/>]|!--|!DOCTYPE)")
_PAGE_OF_THE_WEB = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_OFFICE = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis")
_OFFICE_MEMBERS = (b"word/", b"xl/", b"ppt/")
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UNSUPPORTED = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{\\rtf", "an RTF text"),
    (b"%!PS", "a PostScript file"),
    (b"\xd0\xcf\x11\xe0", "an old Office file or Outlook message"),
)


class Kind(StrEnum):
    """What a file is."""

    PDF = "pdf"
    TIFF = "tiff"
    JPEG = "jpeg"
    PNG = "png"
    HEIC = "heic"
    XML = "xml"
    ZIP = "zip"
    MAIL = "mail"


def kind_of(data: bytes) -> Kind:
    """Return what a file is.

    Raises:
        Refused: `empty`, or `unknown_kind` with what to send instead.
    """
    if not data.strip(b"\x00\t\n\x0b\x0c\r "):
        raise Refused("empty", "the file is empty", "ask for it again")
    if (known := _by_mark(data)) is not None:
        return known
    if _is_xml(data):
        return Kind.XML
    if data.find(b"%PDF-", 0, _PDF_WITHIN) >= 0:
        return Kind.PDF
    if _is_mail(data):
        return Kind.MAIL
    what = next((words for mark, words in _UNSUPPORTED if data.startswith(mark)), "of a kind that is not read")
    raise Refused("unknown_kind", f"the file is {what}", "send a PDF, a picture, an e-invoice, a ZIP or a mail")


def _by_mark(data: bytes) -> Kind | None:
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data[:4] in {b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"}:
        return Kind.TIFF
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return Kind.HEIC
    if data[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return _zip_or_office(data)
    return None


def _zip_or_office(data: bytes) -> Kind:
    head = data[: _HEAD // 4]
    if any(mark in head for mark in _OFFICE) and any(
        word in data for word in (*_OFFICE_MEMBERS, b"application/vnd.oasis")
    ):
        raise Refused("unknown_kind", "the file is an Office document", "save it as PDF and send that")
    return Kind.ZIP


def _is_xml(data: bytes) -> bool:
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "")
    if not encoding:
        encoding = {b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}.get(data[:2], "utf-8")
    text = data[:_HEAD].decode(encoding, errors="replace").lstrip("\ufeff")
    if _PAGE_OF_THE_WEB.search(text[:2048]):
        return False
    return _XML_START.match(text) is not None


def _is_mail(data: bytes) -> bool:
    """Whether it begins like RFC 5322 section 2.1: named header lines, some of them those of every mail."""
    head = data[:_HEAD].lstrip(b"\r\n")
    if head.startswith(b"From "):  # the first line of a mailbox file
        head = head.partition(b"\n")[2]
    header = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    return _MAIL_LINE.match(header) is not None and len(set(_MAIL_NAMES.findall(header.lower()))) >= 2
