"""A connector that is described and not programmed: which operation does what, and where its answers hold what.

It knows the order of things: look, make a draft, compare its sums, add files, post. How an operation is called is the
matter of a :class:`Caller`. No write is repeated; after a refusal that says "it is there" it looks, and goes on.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from connectors.erp_mapping.answers import Fields, found_in, money_text, record_in, value_at
from connectors.erp_mapping.document_values import file_values, party_values, sums_of, values_of
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.erp_mapping.preview import previewed
from gateway.domain.erp.documents import Attachment, DocumentKind, VendorBill
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.domain.erp.put_result import Found, FoundState, PutResult, PutState, Sums
from gateway.domain.erp.records import RecordKind
from gateway.domain.errors import InputError
from gateway.domain.money import Currency
from gateway.ports.erp import (
    GIVES,
    TAKES,
    Capability,
    CheckFinding,
    CheckReport,
    ErpDocument,
    FindHints,
    Page,
    Preview,
    hints_of,
)

_DESCRIPTION_BYTES_MAX = 1024 * 1024
_STATES = {state.value: state.value for state in FoundState}
_THERE = frozenset({"duplicate", "not_a_draft"})
"""Refusals that mean: look, it may be ours."""


class Refused(Exception):
    """The ERP refused, and surely did nothing. ``code``: of ``[refusals]``, or empty; ``detail``: its words."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Caller(Protocol):
    """Calls the operations of one account by name."""

    def has(self, operation: str) -> bool:
        """Whether the description has it."""

    def call(self, operation: str, values: Mapping[str, Any], *, effect: Effect) -> object:
        """Call it once and return its answer as tables, lists and plain values.

        Raises:
            ErpFailure: with ``effect`` where nobody knows.
            Refused: the ERP said no.
        """

    def findings(self) -> list[CheckFinding]:
        """Return what of the operations does not fit the ERP's own description."""

    def close(self) -> None:
        """Let go of connections."""


@runtime_checkable
class Rendering(Protocol):
    """A caller whose messages are templates."""

    def rendered(self, operation: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the message of an operation, and send nothing."""


def read_description(name: str, folder: str, shipped: Path) -> dict[str, Any]:
    """Return a description: the one that comes with the connector under this name, or a file.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    own = shipped / f"{name}.toml"
    path = own if name.isidentifier() and own.is_file() else Path(folder) / name
    try:
        if path.stat().st_size > _DESCRIPTION_BYTES_MAX:
            raise wrong("erp.description", "The file is too large.")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise wrong("erp.description", f"There is no file {path.name}.") from error
    except ValueError as error:
        raise wrong("erp.description", f"{path.name} is no TOML: {error}.") from error


class DescribedConnector:
    """One account of an ERP by its description and mapping. Safe for several threads, as far as its caller is."""

    def __init__(self, mapping: MappingFile, description: Mapping[str, Any], caller: Caller) -> None:
        """Bind them.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._mapping = mapping
        self._caller = caller
        self._description = MappingFile(description)
        self._tolerance_minor = mapping.number("erp", "tolerance_minor", 0)
        try:
            self._usual = Currency.of(mapping.text("erp", "currency", "EUR"))
        except InputError as error:
            raise wrong("erp.currency", error.hint) from error
        self._states = {**_STATES, **self._description.table("states")}
        self._found_paths = self._description.table("found")
        self._codes = self._description.table("refusal_codes")

    def check(self) -> CheckReport:
        """Ask who it is, and compare what the mapping names with what the ERP has."""
        paths = self._description.table("company")
        answer = self._read("company", {})
        company = Fields(answer, paths)
        findings = [*self._caller.findings()]
        named = {"accounts": self._mapping.accounts_named(), "taxes": self._taxes_named()}
        for table, codes in named.items():
            if not company.names(table):
                continue
            known = {str(value_at(row, paths.get(f"{table}_code", "code"))) for row in company.rows(table)}
            findings += [
                CheckFinding(field, f"The ERP has no “{code}”.", "Name one of its own, or create it there.")
                for field, code in codes.items()
                if code not in known
            ]
        wanted = self._mapping.text("company", "name", "")
        if wanted and wanted != company.needed("name"):
            said = f"This is “{company.needed('name')}”."
            findings.append(CheckFinding("company.name", said, "Correct the name, or the address of the ERP."))
        return CheckReport(
            company.needed("name"),
            company.text("version"),
            company.text("currency"),
            self._capabilities(),
            tuple(findings),
        )

    def fetch(self, kind: RecordKind, cursor: str, limit: int) -> Page:
        """Return records behind a cursor."""
        paths = self._description.content.get("records", {}).get(kind.value)
        if not isinstance(paths, Mapping) or not self._caller.has(f"list_{kind.value}"):
            raise ErpFailure(FailureCode.NOT_SUPPORTED, f"The description has no list of {kind.value}.")
        answer = self._read(f"list_{kind.value}", {"cursor": cursor, "limit": str(limit)})
        page = Fields(answer, self._description.table("pages"))
        lines = paths.get("line_fields", {})
        records = tuple(record_in(kind, Fields(row, paths), lines) for row in page.rows("items"))
        return Page(records, page.text("next") or cursor, complete=page.needed("complete") == "true")

    def find(self, kind: DocumentKind, key: str, hints: FindHints) -> Found | None:
        """Look by our key, then by vendor and number."""
        return self._looked_up(kind, key, hints)[0]

    def put(self, document: ErpDocument, *, absent: bool = False) -> PutResult:
        """Make it, compare, add files, post; go on from a draft of ours."""
        if not self._caller.has(f"create_{self._family(document.kind)}"):
            raise ErpFailure(FailureCode.NOT_SUPPORTED, f"The description cannot create a {document.kind.value}.")
        values = values_of(document, self._mapping)
        made: Found | None = None
        found, answer = None, None
        if not absent and self._caller.has(f"post_{self._family(document.kind)}"):
            found, answer = self._looked_up(document.kind, document.key, hints_of(document), document.currency)
        if found is None:
            found, answer, made = self._made(document, values)
        if found.state is not FoundState.DRAFT or not found.ours:
            return _result(found, PutState.POSTED if made and found.state is FoundState.POSTED else PutState.DUPLICATE)
        return self._finished(document, values, found, answer, fresh=made is not None)

    def preview(self, document: ErpDocument, tables: Mapping[str, Mapping[str, str]] | None = None) -> Preview:
        """Return what would be sent, without its files; where the operation is programmed, the values it gets."""
        operation = f"create_{self._family(document.kind)}"
        if not self._caller.has(operation):
            raise ErpFailure(FailureCode.NOT_SUPPORTED, f"The description cannot create a {document.kind.value}.")
        values, findings = previewed(document, MappingFile({**self._mapping.content, **(tables or {})}))
        if isinstance(self._caller, Rendering):
            with suppress(ArithmeticError):  # a mark where the message has a number
                return Preview(self._caller.rendered(operation, values), rendered=True, findings=findings)
        return Preview(values, rendered=False, findings=findings)

    def reverse(self, kind: DocumentKind, key: str, reason: str, on: date) -> PutResult:  # noqa: ARG002 - of the port
        """Refuse: a description has no operation for it."""
        raise ErpFailure(FailureCode.NOT_SUPPORTED, f"Reverse the {kind.value} in the ERP.")

    def close(self) -> None:
        """Let go of connections."""
        self._caller.close()

    def _made(self, document: ErpDocument, values: Mapping[str, Any]) -> tuple[Found, object, Found | None]:
        """Create it; return what is there, its answer, and the same again only where this call made it."""
        try:
            answer = self._write(f"create_{self._family(document.kind)}", values)
        except Refused as refused:
            found, answer = self._after(refused, document)
            return found, answer, None
        found = self._document(answer, document.currency, document.key, Effect.UNKNOWN)
        return found, answer, found

    def _finished(
        self, document: ErpDocument, values: Mapping[str, Any], found: Found, answer: object, *, fresh: bool
    ) -> PutResult:
        """Bring a draft of ours to its end."""
        family, wanted = self._family(document.kind), sums_of(document, self._mapping)
        known = {**values, "id": found.erp_id}
        try:
            if not fresh and not self._agree(found.sums, wanted) and self._caller.has(f"replace_{family}"):
                # Only a part of its lines had been written.
                answer = self._write(f"replace_{family}", known)
                found = self._document(answer, document.currency, document.key, Effect.UNKNOWN)
            self._check_sums(found, wanted, document.currency)
            for file in self._lacking(document, answer):
                self._write(f"attach_{family}", {"id": found.erp_id, **file_values(file)})
            answer = self._write(f"post_{family}", known)
        except Refused as refused:
            found, _ = self._after(refused, document)
            state = PutState.POSTED if found.ours and found.state is FoundState.POSTED else PutState.DUPLICATE
            return _result(found, state)
        posted = self._document(answer, document.currency, document.key, Effect.UNKNOWN)
        return _result(posted, PutState(posted.state.value))

    def _lacking(self, document: ErpDocument, answer: object) -> list[Attachment]:
        """Return the files that are not there yet, by hash, else by the name that holds it, else by name."""
        if not isinstance(document, VendorBill) or not self._caller.has("attach_vendor_bill"):
            return []
        rows = Fields(answer, self._found_paths).rows("attachments")
        known = {"attachment_hash": "sha256", "attachment_kept_name": "kept_name", "attachment_name": "name"}
        by = next((one for one in known if one in self._found_paths), "attachment_name")
        there = {str(value_at(row, self._found_paths.get(by, "name"))) for row in rows}
        return [file for file in document.attachments if file_values(file)[known[by]] not in there]

    def _looked_up(
        self, kind: DocumentKind, key: str, hints: FindHints, currency: Currency | None = None
    ) -> tuple[Found | None, object]:
        family = self._family(kind)
        values = {"key": key, "number": hints.number, "vendor": party_values(hints.vendor)}
        for operation in (f"find_{family}", f"find_{family}_by_number"):
            if not self._caller.has(operation) or (operation.endswith("number") and not hints.number):
                continue
            rows = Fields(self._read(operation, values), self._description.table("pages")).rows("items")
            if rows:
                return self._document(rows[0], currency or self._currency(rows[0]), key, Effect.NONE), rows[0]
        if not self._caller.has(f"find_{family}"):
            raise ErpFailure(FailureCode.NOT_SUPPORTED, f"The description cannot find a {kind.value}.")
        return None, None

    def _currency(self, row: object) -> Currency:
        """Return the currency of a document that was found: as told, else that of the account."""
        fields = Fields(row, self._found_paths)
        return fields.currency("currency") if fields.names("currency") else self._usual

    def _after(self, refused: Refused, document: ErpDocument) -> tuple[Found, object]:
        """Return what is there where the ERP says so; else tell on why it refused."""
        if refused.code in _THERE:
            found, answer = self._looked_up(document.kind, document.key, hints_of(document), document.currency)
            if found is not None:
                return found, answer
        raise _refusal(refused)

    def _document(self, answer: object, currency: Currency, key: str, effect: Effect) -> Found:
        return found_in(Fields(answer, self._found_paths, effect), self._states, currency, key)

    def _check_sums(self, found: Found, wanted: Sums, currency: Currency) -> None:
        if found.sums is None or self._agree(found.sums, wanted):
            return
        pairs = (
            (name, getattr(found.sums, f"{name}_minor"), getattr(wanted, f"{name}_minor"))
            for name in ("net", "tax", "gross")
        )
        told = [
            f"{name} {money_text(theirs, currency)} there, {money_text(ours, currency)} here"
            for name, theirs, ours in pairs
            if theirs != ours
        ]
        raise ErpFailure(FailureCode.SUM_DIFFERS, f"{'; '.join(told)}. The draft {found.number or found.erp_id} stays.")

    def _agree(self, found: Sums | None, wanted: Sums) -> bool:
        if found is None:
            return True
        pairs = zip(dataclasses.astuple(found), dataclasses.astuple(wanted), strict=True)
        return all(abs(theirs - ours) <= self._tolerance_minor for theirs, ours in pairs)

    def _read(self, operation: str, values: Mapping[str, Any]) -> object:
        try:
            return self._caller.call(operation, values, effect=Effect.NONE)
        except Refused as refused:
            raise _refusal(refused) from refused

    def _write(self, operation: str, values: Mapping[str, Any]) -> object:
        try:
            return self._caller.call(operation, values, effect=Effect.UNKNOWN)
        except Refused as refused:
            raise Refused(self._codes.get(refused.code, refused.code), refused.detail) from refused

    def _family(self, kind: DocumentKind) -> str:
        """Return the name in operations: a sales day is an entry where there is nothing of its own."""
        if kind is DocumentKind.SALES_DAY and not self._caller.has("create_sales_day"):
            return DocumentKind.JOURNAL_ENTRY.value
        return kind.value

    def _taxes_named(self) -> dict[str, str]:
        return {f"taxes.{code}": told for code, told in self._mapping.table("taxes").items()}

    def _capabilities(self) -> frozenset[Capability]:
        found = {able for kind, able in TAKES.items() if self._caller.has(f"create_{self._family(kind)}")}
        found |= {able for kind, able in GIVES.items() if self._caller.has(f"list_{kind.value}")}
        conditions = {
            Capability.ATTACHMENTS: self._caller.has("attach_vendor_bill"),
            Capability.DRAFTS: self._caller.has("post_vendor_bill"),
            Capability.STORES_OUR_KEY: "key" in self._found_paths,
            Capability.REFUSES_DUPLICATES: "duplicate" in self._codes.values(),
        }
        return frozenset(found | {able for able, true in conditions.items() if true})


def _result(found: Found, state: PutState) -> PutResult:
    return PutResult(state, found.erp_id, found.number, found.version, found.missing)


def _refusal(refused: Refused) -> ErpFailure:
    known = refused.code in {code.value for code in FailureCode}
    code = FailureCode(refused.code) if known else FailureCode.REFUSED
    return ErpFailure(code, refused.detail, effect=Effect.NONE)
