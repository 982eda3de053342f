"""A folder as an ERP: every document is one file, named by its key, written whole and once. See README.md."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from connectors.erp_mapping.document_values import sums_of, values_of
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.files.datev_batch import BatchHead, batch_of, check_accounts
from connectors.files.plain_table import csv_of, rows_of, xlsx_of
from connectors.files.tables_in import file_in, page_of
from connectors.files.written_file import hash_of, write_once
from gateway.domain.erp.documents import Attachment, DocumentKind, VendorBill, VendorPayment
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.put_result import Found, FoundState, PutResult, PutState
from gateway.domain.erp.records import RecordKind
from gateway.domain.money import Money
from gateway.ports.erp import (
    GIVES,
    TAKES,
    Capability,
    CheckFinding,
    CheckReport,
    ErpAccount,
    ErpConnector,
    ErpDocument,
    FindHints,
    Page,
)

_ENDINGS = {"csv": "csv", "xlsx": "xlsx", "datev": "csv"}


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    return FilesConnector(account)


class FilesConnector:
    """One folder. Safe for several threads and processes."""

    def __init__(self, account: ErpAccount) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._mapping = MappingFile(account.mapping)
        self._format = self._mapping.text("erp", "format")
        if self._format not in _ENDINGS:
            raise wrong("erp.format", f"“{self._format}” is none of {', '.join(_ENDINGS)}.")
        if self._format == "datev":
            BatchHead.of(self._mapping)
        self._out = Path(account.folder) / self._mapping.text("erp", "folder")
        inbox = self._mapping.text("erp", "inbox", "")
        self._inbox = Path(account.folder) / inbox if inbox else None
        self._tables = account.tables

    def check(self) -> CheckReport:
        """Look whether the folders are there and every account can stand in the format. Writes nothing."""
        findings = []
        for field, folder, right in (("erp.folder", self._out, os.W_OK), ("erp.inbox", self._inbox, os.R_OK)):
            if folder is not None and not (folder.is_dir() and os.access(folder, right | os.X_OK)):
                remedy = "Create it, or give the gateway the right."
                findings.append(CheckFinding(field, "The folder is not there, or may not be used.", remedy))
        if self._format == "datev":
            odd = check_accounts([*self._mapping.accounts_named().values()])
            findings += [
                CheckFinding(field, f"“{code}” is no account number of DATEV.", "Use up to nine digits.")
                for field, code in self._mapping.accounts_named().items()
                if code in odd
            ]
        able = {*TAKES.values(), Capability.ATTACHMENTS, Capability.STORES_OUR_KEY, Capability.REFUSES_DUPLICATES}
        able |= {GIVES[kind] for kind in RecordKind if self._inbox is not None and file_in(self._inbox, kind)}
        company = self._mapping.text("company", "name", "")
        currency = self._mapping.text("erp", "currency", "EUR")
        return CheckReport(company, f"{self._format} 1", currency, frozenset(able), tuple(findings))

    def fetch(self, kind: RecordKind, cursor: str, limit: int) -> Page:
        """Return records of the table of this kind."""
        path = file_in(self._inbox, kind) if self._inbox is not None else None
        if path is None or self._tables is None:
            raise ErpFailure(FailureCode.NOT_SUPPORTED, f"There is no table of {kind.value}.")
        decimal = self._mapping.text("erp", "decimal", ".")
        return page_of(path, kind, self._tables, cursor=cursor, limit=limit, decimal=decimal)

    def find(self, kind: DocumentKind, key: str, hints: FindHints) -> Found | None:  # noqa: ARG002 - of the port
        """Return the file of this key; its hash is its version."""
        path = self._path(kind, key)
        found = hash_of(path)
        return None if found is None else Found(FoundState.POSTED, path.name, path.name, version=found)

    def put(self, document: ErpDocument, *, absent: bool = False) -> PutResult:  # noqa: ARG002 - of the port
        """Write the files that belong to it, then itself; a file that is there stays."""
        content = self._content(document)
        path = self._path(document.kind, document.key)
        for file in document.attachments if isinstance(document, VendorBill) else ():
            write_once(self._attachment_path(path, file), file.content)
        state = PutState.POSTED if write_once(path, content) else PutState.DUPLICATE
        wanted, there = hashlib.sha256(content).hexdigest(), hash_of(path)
        note = "" if there == wanted else "It was written before with other content, and was left as it is."
        return PutResult(state, path.name, path.name, version=there or "", note=note)

    def reverse(self, kind: DocumentKind, key: str, reason: str, on: date) -> PutResult:  # noqa: ARG002 - of the port
        """Refuse: a file that somebody may have read cannot be taken back."""
        raise ErpFailure(FailureCode.NOT_SUPPORTED, f"Reverse the {kind.value} where the file was imported.")

    def close(self) -> None:
        """Nothing is held."""

    def _content(self, document: ErpDocument) -> bytes:
        if isinstance(document, VendorBill | VendorPayment) and not document.vendor.erp_id:
            raise ErpFailure(FailureCode.UNKNOWN_PARTY, f"“{document.vendor.name}” has no number there.")
        if self._format == "datev":
            return batch_of(document, self._mapping)
        sums = sums_of(document, self._mapping)
        total = {
            name: Money(amount, document.currency).to_decimal()
            for name, amount in (("net", sums.net_minor), ("tax", sums.tax_minor), ("gross", sums.gross_minor))
        }
        rows = rows_of(document.kind.value, values_of(document, self._mapping), total)
        writers: Mapping[str, Callable[..., bytes]] = {"csv": csv_of, "xlsx": xlsx_of}
        return writers[self._format](rows)

    def _path(self, kind: DocumentKind, key: str) -> Path:
        prefix = "EXTF_" if self._format == "datev" else ""
        return self._out / f"{prefix}{kind.value}_{key}.{_ENDINGS[self._format]}"

    def _attachment_path(self, path: Path, file: Attachment) -> Path:
        # Names come from outside: only the kind of the file is taken from them.
        ending = mimetypes.guess_extension(file.media_type) or ".bin"
        return path.with_name(f"{path.stem}_{file.sha256[:12]}{ending}")
