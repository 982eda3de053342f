"""Electronic invoices: found in PDFs, read into fields, judged by the official rules, compared with the page."""

from invoice_capture.einvoice.compare import differences, not_shown
from invoice_capture.einvoice.embedded import find_xml
from invoice_capture.einvoice.reading import fields_of_xml, is_einvoice
from invoice_capture.einvoice.validation.judge import Validator, validate

__all__ = ["Validator", "differences", "fields_of_xml", "find_xml", "is_einvoice", "not_shown", "validate"]
