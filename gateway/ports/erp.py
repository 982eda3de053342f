"""An ERP as the gateway sees it: five verbs, whatever stands behind them.

A connector is found by its entry point in the group ``tillbridge.connectors``. It translates and calls; it keeps
nothing over a restart, decides nothing, and repeats no write. What a call did not tell is ``unknown``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from gateway.domain.erp.documents import DocumentKind, JournalEntry, PartyRef, VendorBill, VendorPayment
from gateway.domain.erp.put_result import Found, PutResult
from gateway.domain.erp.records import ErpRecord, RecordKind
from gateway.domain.erp.sales_day import SalesDay
from gateway.ports.clock import Clock
from gateway.ports.table_reader import TableReader

ErpDocument = VendorBill | VendorPayment | JournalEntry | SalesDay


class Capability(StrEnum):
    """What a connector, or this account of it, can do."""

    VENDORS_IN = "vendors_in"
    CUSTOMERS_IN = "customers_in"
    ORDERS_IN = "orders_in"
    OPEN_ITEMS_IN = "open_items_in"
    BILLS_OUT = "bills_out"
    PAYMENTS_OUT = "payments_out"
    ENTRIES_OUT = "entries_out"
    SALES_DAYS_OUT = "sales_days_out"
    ATTACHMENTS = "attachments"
    REVERSE = "reverse"
    STORES_OUR_KEY = "stores_our_key"
    REFUSES_DUPLICATES = "refuses_duplicates"
    DRAFTS = "drafts"


TAKES: Mapping[DocumentKind, Capability] = {
    DocumentKind.VENDOR_BILL: Capability.BILLS_OUT,
    DocumentKind.VENDOR_PAYMENT: Capability.PAYMENTS_OUT,
    DocumentKind.JOURNAL_ENTRY: Capability.ENTRIES_OUT,
    DocumentKind.SALES_DAY: Capability.SALES_DAYS_OUT,
}
GIVES: Mapping[RecordKind, Capability] = {
    RecordKind.VENDOR: Capability.VENDORS_IN,
    RecordKind.CUSTOMER: Capability.CUSTOMERS_IN,
    RecordKind.ORDER: Capability.ORDERS_IN,
    RecordKind.OPEN_ITEM: Capability.OPEN_ITEMS_IN,
}


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """Something at set-up that has to be corrected. ``field``: of the mapping, such as ``accounts.supplies``."""

    field: str
    wrong: str
    remedy: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What answered. ``findings``: empty where everything fits. ``version``: of the ERP, empty where it is not told."""

    company: str
    version: str
    currency: str
    capabilities: frozenset[Capability]
    findings: tuple[CheckFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some records. ``next_cursor``: where to go on, now or after a restart; ``complete``: nothing more at present."""

    records: tuple[ErpRecord, ...]
    next_cursor: str
    complete: bool


@dataclass(frozen=True, slots=True)
class FindHints:
    """The natural key of a document, for an ERP that cannot keep ours. ``number``: of the supplier, or a reference."""

    vendor: PartyRef | None = None
    number: str = ""
    erp_id: str = ""


def hints_of(document: ErpDocument) -> FindHints:
    """Return by what else than its key a document can be found."""
    match document:
        case VendorBill():
            return FindHints(document.vendor, document.number)
        case VendorPayment():
            return FindHints(document.vendor, document.end_to_end_id)
        case JournalEntry():
            return FindHints(None, document.reference)
        case SalesDay():
            return FindHints(None, document.number)


@dataclass(frozen=True, slots=True)
class ErpExchange:
    """One call as it may be kept: no secrets, account numbers by their last four, bounded.

    ``outcome``: ``answered`` or a failure's code.
    """

    account_id: str
    operation: str
    address: str
    seconds: float
    outcome: str
    request: str
    answer: str


def _at_once() -> None:
    """Wait for nothing."""


def _keep_nothing(_exchange: ErpExchange) -> None:
    """Forget an exchange."""


@dataclass(frozen=True, slots=True)
class ErpAccount:
    """How one account is reached.

    Attributes:
        id: ours.
        mapping: the mapping file as TOML gives it.
        secret: password or key; the runner reads it from where the mapping says.
        clock: the only one a connector may read.
        keep: told every exchange.
        wait: asked before every call; returns when another one may be made.
        folder: for paths in the mapping that are relative; empty for none.
        tables: reads CSV and XLSX, for connectors that take files in.
    """

    id: str
    mapping: Mapping[str, object]
    secret: str = field(repr=False)
    clock: Clock
    keep: Callable[[ErpExchange], None] = _keep_nothing
    folder: str = ""
    tables: TableReader | None = None
    wait: Callable[[], None] = _at_once


class ErpConnector(Protocol):
    """One account of an ERP. Safe for several threads. Every verb raises :class:`ErpFailure` and nothing else."""

    def check(self) -> CheckReport:
        """Try the connection and hold the mapping against the ERP's own description. Writes nothing."""

    def fetch(self, kind: RecordKind, cursor: str, limit: int) -> Page:
        """Return records behind ``cursor`` (empty: from the beginning), at most ``limit`` (> 0).

        The same cursor gives the same records or newer ones, and never skips one.
        """

    def find(self, kind: DocumentKind, key: str, hints: FindHints) -> Found | None:
        """Look a document up: by our key where the ERP can keep it, else by its natural key. Writes nothing."""

    def put(self, document: ErpDocument, *, absent: bool = False) -> PutResult:
        """Bring a document into the ERP, whole, or as far as a draft of ours lacks it. No write is ever repeated.

        ``absent``: the caller has just looked it up and there is nothing of it; a second look is spared.
        A failure whose ``effect`` is unknown leaves it to ``find``. A warning of the ERP is never overridden.
        """

    def reverse(self, kind: DocumentKind, key: str, reason: str, on: date) -> PutResult:
        """Cancel a posted document by a counter entry of that day; ``not_supported`` without the capability."""

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent of a document. ``message``: as the ERP would get it, or the values it is made of.

    ``rendered``: whether it is the message itself; ``findings``: what of the document fits nothing in the mapping.
    """

    message: Mapping[str, Any]
    rendered: bool
    findings: tuple[CheckFinding, ...] = ()


@runtime_checkable
class Previewing(Protocol):
    """A connector that can tell what it would send, and asks nobody for it."""

    def preview(self, document: ErpDocument, tables: Mapping[str, Mapping[str, str]] | None = None) -> Preview:
        """Return what would be sent. ``tables``: stand for those of the mapping with the same names, for a trial.

        Raises:
            ErpFailure: ``mapping_wrong``, ``not_supported``.
        """


class ConnectorFactory(Protocol):
    """What an entry point names."""

    def __call__(self, account: ErpAccount) -> ErpConnector:
        """Return the connector of an account; opens nothing.

        Raises:
            ErpFailure: ``mapping_wrong`` with the field.
        """
