"""Receipts of a till: company, address, date, total and what goes with them, without a template of any supplier."""

from invoice_capture.receipts.extraction import extract_receipt

__all__ = ["extract_receipt"]
