"""Storage as the services see it: one unit of work is one database transaction."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from gateway.domain.cards.payment import Attempt
from gateway.ports.access_store import AccessStore, ApiKey, Person, WebSession
from gateway.ports.approval_store import ApprovalStore
from gateway.ports.bank_task_store import BankTaskStore
from gateway.ports.catalogue_store import CatalogueStore, DisplayStore, ParkedStore
from gateway.ports.change_store import ChangeStore
from gateway.ports.credit_store import CustomerStore, PayLinkStore, TransferOrderStore, VoucherStore
from gateway.ports.day_close_store import DayCloseStore
from gateway.ports.device_store import DeviceRow, DeviceStore, Lease, LedgerStore, OutboxStore
from gateway.ports.document_store import DocumentStore, InvoiceStore, MemoryStore
from gateway.ports.erp_bindings import ErpBindings
from gateway.ports.erp_cursors import ErpCursors
from gateway.ports.erp_exchanges import ErpExchanges
from gateway.ports.erp_store import ErpStore
from gateway.ports.journal_search import JournalSearch
from gateway.ports.match_store import MatchStore
from gateway.ports.matching_run_store import MatchingRunStore
from gateway.ports.paper_store import DrawerStore, OrderStore
from gateway.ports.payable_store import PayableStore
from gateway.ports.payment_run_store import BankMessageStore, DatedJobStore, PaymentRunStore
from gateway.ports.payment_store import (
    Conclusion,
    Intent,
    PaymentEvent,
    PaymentRecord,
    PaymentStore,
    StoredAnswer,
)
from gateway.ports.refund_store import RefundEvent, RefundIntent, RefundRecord, RefundStore
from gateway.ports.report_sources import ReportSources
from gateway.ports.reservation_store import ReservationStore
from gateway.ports.sale_store import SaleStore
from gateway.ports.settlement_store import CashFigures, ChargebackStore, SettlementStore
from gateway.ports.shift_store import NumberStore, ShiftStore
from gateway.ports.statement_store import LineMatchStore, OpenItemStore, ReconciliationStore, StatementStore
from gateway.ports.supplier_store import PurchaseStore, SupplierStore
from gateway.ports.terminal_day_store import TerminalDayStore
from gateway.ports.webhook_store import OutwardStore, ReceiptLinkStore, WebhookStore

T = TypeVar("T")


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def payments(self) -> PaymentStore:
        """Payments and attempts."""

    @property
    def refunds(self) -> RefundStore:
        """Refunds."""

    @property
    def reservations(self) -> ReservationStore:
        """Amounts held on cards."""

    @property
    def day_closes(self) -> DayCloseStore:
        """Ends of terminals' days."""

    @property
    def sales(self) -> SaleStore:
        """Till sales, their tenders, and what was given back."""

    @property
    def devices(self) -> DeviceStore:
        """Devices and leases."""

    @property
    def webhooks(self) -> WebhookStore:
        """Endpoints of webhooks."""

    @property
    def outward(self) -> OutwardStore:
        """Queues of the systems outside."""

    @property
    def receipt_links(self) -> ReceiptLinkStore:
        """Links to receipts."""

    @property
    def outbox(self) -> OutboxStore:
        """Messages to deliver."""

    @property
    def drawers(self) -> DrawerStore:
        """Openings of cash drawers."""

    @property
    def orders(self) -> OrderStore:
        """Orders to the kitchen."""

    @property
    def journal(self) -> JournalSearch:
        """The search over everything that moved money."""

    @property
    def ledger(self) -> LedgerStore:
        """The ledger."""

    @property
    def access(self) -> AccessStore:
        """People, sessions and keys."""

    @property
    def catalogue(self) -> CatalogueStore:
        """Items for sale."""

    @property
    def parked(self) -> ParkedStore:
        """Sales put aside."""

    @property
    def displays(self) -> DisplayStore:
        """Customer displays."""

    @property
    def numbers(self) -> NumberStore:
        """Gap-free numbers of documents."""

    @property
    def shifts(self) -> ShiftStore:
        """Shifts, their facts and day reports."""

    @property
    def report_sources(self) -> ReportSources:
        """What day reports read besides the ledger."""

    @property
    def terminal_days(self) -> TerminalDayStore:
        """Ends of terminals' days, compared with the books."""

    @property
    def vouchers(self) -> VoucherStore:
        """Vouchers and store credit."""

    @property
    def customers(self) -> CustomerStore:
        """Customers on account."""

    @property
    def transfer_orders(self) -> TransferOrderStore:
        """Bank transfers that were asked for."""

    @property
    def pay_links(self) -> PayLinkStore:
        """Pay links."""

    @property
    def documents(self) -> DocumentStore:
        """Supplier documents."""

    @property
    def invoices(self) -> InvoiceStore:
        """Invoices captured from documents."""

    @property
    def supplier_memory(self) -> MemoryStore:
        """What was learned of suppliers."""

    @property
    def suppliers(self) -> SupplierStore:
        """Suppliers and their accounts."""

    @property
    def purchases(self) -> PurchaseStore:
        """Orders, receipts and codes of the books."""

    @property
    def payables(self) -> PayableStore:
        """Payables and their journals."""

    @property
    def matches(self) -> MatchStore:
        """What matching found."""

    @property
    def approvals(self) -> ApprovalStore:
        """Approvals, signs and comments."""

    @property
    def payment_runs(self) -> PaymentRunStore:
        """Payment runs with orders and files."""

    @property
    def dated_jobs(self) -> DatedJobStore:
        """Jobs that run once for each business date."""

    @property
    def bank_messages(self) -> BankMessageStore:
        """Messages of banks."""

    @property
    def bank_tasks(self) -> BankTaskStore:
        """Tasks and decisions about payments with a bank."""

    @property
    def bank_statements(self) -> StatementStore:
        """Statements of bank accounts and their lines."""

    @property
    def line_matches(self) -> LineMatchStore:
        """What explains statement lines."""

    @property
    def open_items(self) -> OpenItemStore:
        """Open items."""

    @property
    def reconciliation(self) -> ReconciliationStore:
        """Rules and what was learned of statement lines."""

    @property
    def matching_runs(self) -> MatchingRunStore:
        """Runs of matching."""

    @property
    def settlement(self) -> SettlementStore:
        """Contracts with acquirers, their reports and payouts, and what differs."""

    @property
    def chargebacks(self) -> ChargebackStore:
        """Chargebacks."""

    @property
    def cash_figures(self) -> CashFigures:
        """Sums of the cash view."""

    @property
    def erp(self) -> ErpStore:
        """Documents on their way into ERPs."""

    @property
    def erp_bindings(self) -> ErpBindings:
        """Which records of ERPs are which of ours."""

    @property
    def erp_cursors(self) -> ErpCursors:
        """How far the records of ERPs were read."""

    @property
    def erp_exchanges(self) -> ErpExchanges:
        """What was said between us and ERPs."""

    @property
    def changes(self) -> ChangeStore:
        """The change feed."""


class Storage(Protocol):
    """The database. ``write`` commits when the block ends well and rolls back on an exception.

    A ``write`` block returns only after its commit is durable. It may be run again by ``write_retrying`` only.
    """

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that may write."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that only reads (a consistent snapshot)."""

    def record_intent(self, intent: Intent) -> Attempt:
        """Store an intent as a unit of its own, durable on return (see ``PaymentStore.record_intent``)."""

    def record_conclusion(self, conclusion: Conclusion) -> int | None:
        """Store a conclusion as a unit of its own, durable on return (see ``PaymentStore.record_conclusion``)."""

    def write_retrying(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in a write transaction; run it again after a serialization failure or deadlock."""


__all__ = [
    "AccessStore",
    "ApiKey",
    "Conclusion",
    "DeviceRow",
    "DeviceStore",
    "DrawerStore",
    "Intent",
    "JournalSearch",
    "Lease",
    "LedgerStore",
    "OrderStore",
    "OutboxStore",
    "PaymentEvent",
    "PaymentRecord",
    "PaymentStore",
    "Person",
    "RefundEvent",
    "RefundIntent",
    "RefundRecord",
    "RefundStore",
    "ReservationStore",
    "SaleStore",
    "Storage",
    "StoredAnswer",
    "UnitOfWork",
    "WebSession",
]
