"""The stores of a unit of work that supplier documents need."""

from gateway.adapters.db.documents.document_store import SqlDocumentStore
from gateway.adapters.db.documents.invoice_store import SqlInvoiceStore
from gateway.adapters.db.documents.memory_store import SqlMemoryStore
from gateway.adapters.db.statements import Statements


class DocumentUnit:
    """A part of a unit of work; its statements belong to the unit."""

    __slots__ = ()
    _statements: Statements

    @property
    def documents(self) -> SqlDocumentStore:
        """Supplier documents."""
        return SqlDocumentStore(self._statements)

    @property
    def invoices(self) -> SqlInvoiceStore:
        """Invoices captured from documents."""
        return SqlInvoiceStore(self._statements)

    @property
    def supplier_memory(self) -> SqlMemoryStore:
        """What was learned of suppliers."""
        return SqlMemoryStore(self._statements)
