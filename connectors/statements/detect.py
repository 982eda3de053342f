"""Reads any statement: what a file is, is told by its content, never by its name."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto
from io import BytesIO
from itertools import chain
from typing import BinaryIO

from connectors.statements import acquirer_adyen, acquirer_others, acquirer_paypal, acquirer_stripe
from connectors.statements.acquirer import ReportRead, statements_of
from connectors.statements.acquirer_described import AcquirerDescription, read_described
from connectors.statements.amounts import not_readable
from connectors.statements.bank_words import decoded
from connectors.statements.camt import camt_parts, read_camt_statements
from connectors.statements.csv_assistant import CsvProposal, propose
from connectors.statements.csv_description import built_in_descriptions
from connectors.statements.csv_reader import fits_without_headings, header_of, read_csv
from connectors.statements.mt940 import mt940_statements, read_mt940_statements
from connectors.statements.mt940_fields import looks_like_mt940
from connectors.statements.nacha import looks_like_nacha, read_nacha_statements
from connectors.statements.ofx import read_ofx_statements
from connectors.statements.statement import Defect, Statement
from connectors.statements.statement_parts import StatementPart, parts_of
from connectors.statements.table_assistant import TableDescription
from connectors.statements.tables import TableRow, header_key, read_rows

BYTES_MAX = 128 * 1024 * 1024
_HEAD = 4096
_CHUNK = 64 * 1024
_UTF16 = frozenset({b"\xff\xfe", b"\xfe\xff"})
_ZIP_FILES_MAX, _ZIP_RATIO_MAX = 200, 200
_NO_STATEMENTS = (
    (b"CstmrCdtTrfInitn", "it is a payment order (pain.001)"),
    (b"pain.001.001.02", "it is a payment order (pain.001)"),
    (b"CstmrPmtStsRpt", "it is a payment status report (pain.002)"),
    (b"CstmrDrctDbtInitn", "it is a direct debit order (pain.008)"),
)
_Reports = Callable[[Sequence[str], Sequence[TableRow]], ReportRead]
_REPORTS: tuple[tuple[frozenset[str], _Reports], ...] = (
    (acquirer_adyen.SETTLEMENT_HEADER, acquirer_adyen.read_adyen_settlement),
    (acquirer_adyen.ACCOUNTING_HEADER, acquirer_adyen.read_adyen_accounting),
    (acquirer_stripe.HEADER, acquirer_stripe.read_stripe),
    (acquirer_others.CHECKOUT_HEADER, acquirer_others.read_checkout),
)


def read_statements(content: bytes, descriptions: Sequence[TableDescription] = ()) -> tuple[Statement, ...]:
    """Read a file of any known format; a zip of such files is opened, within limits.

    Args:
        content: the file.
        descriptions: of tables, before those that come with the package.

    Returns:
        At least one statement. A table read by a proposal alone says so in its defects.

    Raises:
        InputError: ``not_a_statement``, ``statement_empty``, ``statement_too_large``, ``statement_hostile``,
            ``statement_commented_out``, ``bank_message_unreadable``, ``table_not_described``.
    """
    kind = _kind_of(content)
    if kind is _Kind.ZIP:
        return tuple(found for inside in _unzipped(content) for found in read_statements(inside, descriptions))
    if len(content) > BYTES_MAX:
        raise not_readable("statement_too_large", f"it has more than {BYTES_MAX} bytes", "Ask for a shorter period.")
    if not content.strip():
        raise not_readable("statement_empty", "it is empty", "Ask the bank for the file again.")
    if kind is _Kind.CAMT:
        _refuse_orders(content)
        return read_camt_statements(content)
    read = {_Kind.OFX: read_ofx_statements, _Kind.MT940: read_mt940_statements, _Kind.NACHA: read_nacha_statements}
    return read[kind](content) if kind in read else _table(content, descriptions)


def open_statements(source: BinaryIO, descriptions: Sequence[TableDescription] = ()) -> Iterator[StatementPart]:
    """Give the parts of each statement of a file as it is read.

    Account messages (camt) of any length need the memory of one entry with its payments, MT940 and MT942 that of one
    statement; other formats are read as a whole, up to ``BYTES_MAX``.

    Args:
        source: the file, read from where it stands to its end.
        descriptions: of tables, before those that come with the package.

    Raises:
        InputError: as :func:`read_statements`, at any point; what was given before belongs to a file that is refused.
    """
    head = source.read(_CHUNK)
    chunks = chain([head], iter(lambda: source.read(_CHUNK), b""))
    match _kind_of(head):
        case _Kind.CAMT:
            _refuse_orders(head)
            yield from camt_parts(chunks)
        case _Kind.MT940 if head[:2] not in _UTF16:
            for statement in mt940_statements(chunks):
                yield from parts_of([statement])
        case _:
            content = head + source.read(BYTES_MAX + 1 - len(head))
            yield from parts_of(read_statements(content, descriptions))


class _Kind(Enum):
    """What a file is by its first bytes."""

    ZIP = auto()
    OFX = auto()
    CAMT = auto()
    MT940 = auto()
    NACHA = auto()
    TABLE = auto()


def _kind_of(content: bytes) -> _Kind:
    """Return what a file is, or a table where nothing else fits."""
    if content[:4] == b"PK\x03\x04":
        return _Kind.ZIP
    head = _plain_head(content)
    if b"<OFX>" in content[: _HEAD * 4].upper() or b"OFXHEADER" in head.upper():
        return _Kind.OFX
    if head.lstrip().startswith(b"<"):
        return _Kind.CAMT
    text = decoded(content[: _HEAD * 16])
    if looks_like_mt940(text):
        return _Kind.MT940
    return _Kind.NACHA if looks_like_nacha(text) else _Kind.TABLE


def _plain_head(content: bytes) -> bytes:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content[:_HEAD].replace(b"\x00", b"")[2:]
    return content[:_HEAD].removeprefix(b"\xef\xbb\xbf")


def _refuse_orders(content: bytes) -> None:
    head = _plain_head(content)
    for mark, words in _NO_STATEMENTS:
        if mark in head:
            hint = "Give account statements here; orders and their status belong to the loop with the bank."
            raise not_readable("not_a_statement", words, hint)


def _unzipped(content: bytes) -> list[bytes]:
    """Return the files of a zip: none inside another, none larger than a statement can be."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            total = sum(info.file_size for info in files)
            if len(files) > _ZIP_FILES_MAX or total > BYTES_MAX or total > _ZIP_RATIO_MAX * max(len(content), 1):
                raise not_readable("statement_hostile", "the archive grows beyond reason", "Unpack it and look inside.")
            found = []
            for info in files:
                with archive.open(info) as opened:
                    found.append(opened.read(info.file_size + 1)[: info.file_size])
    except (zipfile.BadZipFile, RuntimeError, EOFError, zlib.error, OSError) as error:
        raise not_readable("not_a_statement", "the archive cannot be opened", "Unpack it first.") from error
    if not found or any(inside[:4] == b"PK\x03\x04" for inside in found):
        raise not_readable("not_a_statement", "the archive holds no statements", "Unpack it first.")
    return found


def _table(content: bytes, descriptions: Sequence[TableDescription]) -> tuple[Statement, ...]:
    rows = read_rows(content)
    if not rows or max(len(row.cells) for row in rows) == 1:
        raise not_readable("not_a_statement", "no known format fits", "docs/statements.md lists the formats.")
    found = _described(content, rows, descriptions)
    if found:
        return found
    first = {row.cells[0] for row in rows[:4]}
    if "CH" in first and "SH" in first:
        return statements_of(acquirer_paypal.read_paypal_settlement(rows))
    if rows[0].cells[0] == "H" and len(rows[0].cells) >= 6 and {row.cells[0] for row in rows} <= set("HIFL"):
        return statements_of(acquirer_others.read_trustly(rows))
    header = rows[0].cells
    keys = {header_key(cell) for cell in header}
    for wanted, read in _REPORTS:
        if wanted <= keys:
            return statements_of(read(header, rows[1:]))
    if set(acquirer_paypal.paypal_names(header)) >= acquirer_paypal.TABLE_HEADER:
        return statements_of(acquirer_paypal.read_paypal_table(header, rows[1:]))
    return _described(content, rows, built_in_descriptions()) or _proposed(rows, propose(rows))


def _described(
    content: bytes, rows: Sequence[TableRow], descriptions: Sequence[TableDescription]
) -> tuple[Statement, ...]:
    """Read a table by the first description that fits; nothing where none does."""
    for description in descriptions:
        described = read_rows(content, description.delimiter) if description.delimiter else rows
        at = header_of(described, description.header)
        if isinstance(description, AcquirerDescription):
            if at is not None:
                return statements_of(read_described(described, description, header_at=at))
        elif at is not None or fits_without_headings(described, description):
            return read_csv(described, description, header_at=at)
    return ()


def _proposed(rows: Sequence[TableRow], proposal: CsvProposal | None) -> tuple[Statement, ...]:
    if proposal is None:
        hint = "Describe its columns (docs/statements.md), or let the assistant propose a description."
        raise not_readable("table_not_described", "no column holds days, or none holds amounts", hint)
    found = read_csv(rows, proposal.description, header_at=proposal.header_at)
    if proposal.certain:
        return found
    told = Defect(
        "read_by_proposal", "Read by a proposed description. " + " ".join(one.text for one in proposal.questions)
    )
    return tuple(replace(one, defects=(told, *one.defects)) for one in found)
