"""From the pages of an invoice to its fields: labels, layout, candidates. Knows no supplier by heart."""

from invoice_capture.extract.invoice import extract_invoice
from invoice_capture.extract.kinds import document_type

__all__ = ["document_type", "extract_invoice"]
