"""Reading documents and judging their values, as the services see it; the library behind it stays in an adapter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from invoice_capture.model import CapturedInvoice, FieldName

Progress = Callable[[int, int], None]
"""Told pages done and pages in all while a document is read."""


class ReadRefused(Exception):
    """Nobody can read this document. ``code``: stable, such as ``pdf_encrypted``; ``words``: without its content."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


class ReadWaits(Exception):
    """This installation lacks what the document needs: ``capture_not_installed``, ``needs_ocr`` and the like."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


class ReaderCrashed(Exception):
    """The process that read the document ended, or did not end in time; the gateway lives on."""


@dataclass(frozen=True, slots=True)
class Contained:
    """A document that was inside of another one. ``name``: as it was called there."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as PNG. ``width``: as it was wished, in pixels."""

    page: int
    width: int
    png: bytes


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What reading gave.

    ``result``: JSON of the capture (format 1), whole, None for a mere container; ``contained``: documents inside;
    ``pictures``: of the first pages, while the reader still knows how they lie.
    """

    kind: str
    pages: int
    result: str | None
    contained: tuple[Contained, ...] = ()
    pictures: tuple[PagePicture, ...] = ()


class DocumentReader(Protocol):
    """Reads documents in a limited process of its own."""

    def lacking(self) -> str:
        """Return what is not installed, in words with the way to install it; empty when all is there."""

    def read(self, data: bytes, name: str, memory: Sequence[Mapping[str, Any]], progress: Progress) -> ReadResult:
        """Read one document; takes seconds to minutes.

        Args:
            data: the content.
            name: the file name; its kind is told by content.
            memory: entries of the supplier memory.
            progress: told how far it is, from this thread or another one.

        Raises:
            ReadRefused: it is broken, encrypted, hostile, empty or too large.
            ReadWaits: this machine lacks what it needs.
            ReaderCrashed: the process ended or took too long.
        """

    def picture(self, data: bytes, name: str, page: int, width_px: int) -> bytes:
        """Return a page as PNG, turned as it was read.

        Args:
            data: the content.
            name: the file name.
            page: from 1.
            width_px: pixels, 50 to 3000.

        Raises:
            ReadRefused: there is no such page or no picture of it.
            ReadWaits, ReaderCrashed: as :meth:`read`.
        """

    def stop(self) -> None:
        """End the process, also in the middle of a document."""


class FieldRules(Protocol):
    """What a value must look like."""

    def normal(self, name: FieldName, text: str, language: str) -> str:
        """Return what a person typed as a value is stored.

        Args:
            name: the field.
            text: as typed, such as ``1.234,50`` or ``3.4.2026``; not empty.
            language: of the document, for dates such as 03/04; empty when not known.

        Raises:
            InputError: ``invalid_field_value`` with what is right, in its hint.
        """

    def normal_cell(self, cell: str, text: str) -> str:
        """Return a cell of a line or of the tax summary as it is stored; raises as :meth:`normal`."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What a person's decision over an invoice teaches.

    ``document``: its id, kept as evidence; ``captured``: as it was read; ``accepted``: as a person accepted it.
    """

    document: str
    learned_on: date
    captured: CapturedInvoice
    accepted: CapturedInvoice


@dataclass(frozen=True, slots=True)
class Lesson:
    """The memory after a lesson. ``refused``: why it is not taken, in words; then ``entries`` are as before."""

    entries: tuple[Mapping[str, Any], ...]
    refused: str = ""


class SupplierLearning(Protocol):
    """Turns decisions into entries of the supplier memory; pure."""

    def learn(self, entries: Sequence[Mapping[str, Any]], taught: Taught, samples: Sequence[Taught]) -> Lesson:
        """Return the memory after this lesson, unless it would make ``samples`` worse on the whole."""
