"""The stores of a unit of work that payables need."""

from gateway.adapters.db.payables.approval_store import SqlApprovalStore
from gateway.adapters.db.payables.bank_message_store import SqlBankMessageStore
from gateway.adapters.db.payables.bank_task_store import SqlBankTaskStore
from gateway.adapters.db.payables.dated_job_store import SqlDatedJobStore
from gateway.adapters.db.payables.match_store import SqlMatchStore
from gateway.adapters.db.payables.payable_store import SqlPayableStore
from gateway.adapters.db.payables.payment_run_store import SqlPaymentRunStore
from gateway.adapters.db.payables.purchase_store import SqlPurchaseStore
from gateway.adapters.db.payables.supplier_store import SqlSupplierStore
from gateway.adapters.db.statements import Statements


class PayableUnit:
    """A part of a unit of work; its statements belong to the unit."""

    __slots__ = ()
    _statements: Statements

    @property
    def suppliers(self) -> SqlSupplierStore:
        """Suppliers and their accounts."""
        return SqlSupplierStore(self._statements)

    @property
    def purchases(self) -> SqlPurchaseStore:
        """Orders, receipts and codes of the books."""
        return SqlPurchaseStore(self._statements)

    @property
    def payables(self) -> SqlPayableStore:
        """Payables and their journals."""
        return SqlPayableStore(self._statements)

    @property
    def matches(self) -> SqlMatchStore:
        """What matching found, and what orders are billed already."""
        return SqlMatchStore(self._statements)

    @property
    def approvals(self) -> SqlApprovalStore:
        """Approvals, their rules and delegations, signs, comments."""
        return SqlApprovalStore(self._statements)

    @property
    def payment_runs(self) -> SqlPaymentRunStore:
        """Payment runs with orders and files."""
        return SqlPaymentRunStore(self._statements)

    @property
    def dated_jobs(self) -> SqlDatedJobStore:
        """Jobs that run once for each business date."""
        return SqlDatedJobStore(self._statements)

    @property
    def bank_messages(self) -> SqlBankMessageStore:
        """Messages of banks."""
        return SqlBankMessageStore(self._statements)

    @property
    def bank_tasks(self) -> SqlBankTaskStore:
        """Tasks and decisions about payments with a bank."""
        return SqlBankTaskStore(self._statements)
