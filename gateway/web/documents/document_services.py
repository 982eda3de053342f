"""The use cases of supplier documents, as the routes need them."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.services.documents.find_documents import FindDocuments
from gateway.services.documents.read_documents import ReadDocuments
from gateway.services.documents.receive_documents import ReceiveDocuments
from gateway.services.documents.remembered_suppliers import RememberedSuppliers
from gateway.services.documents.review_invoices import ReviewInvoices


@dataclass(frozen=True, slots=True)
class DocumentServices:
    """``lacking``: what is not installed for reading, in words; empty when all is there."""

    receive: ReceiveDocuments
    read: ReadDocuments
    find: FindDocuments
    review: ReviewInvoices
    memory: RememberedSuppliers
    lacking: Callable[[], str]
