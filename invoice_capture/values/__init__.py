"""Printed values and what they mean: dates, amounts, currencies, bank accounts, tax ids, references. Pure functions.

Anybody may import it. A text that is no such value gives None or False, never an exception.
"""

from invoice_capture.values.amounts import FoundAmount, amount_text, find_amounts, parse_amount
from invoice_capture.values.bank import bic_ok, find_bics, find_ibans, iban_form, iban_ok, normal_iban
from invoice_capture.values.currencies import CODES, currency_of, find_currencies
from invoice_capture.values.dates import FoundDate, find_dates, parse_date
from invoice_capture.values.found import Found
from invoice_capture.values.references import luhn_ok, normal_id, qrr_ok, rf_ok
from invoice_capture.values.vat_ids import find_vat_ids, normal_vat_id, vat_id_form, vat_id_ok

__all__ = [
    "CODES",
    "Found",
    "FoundAmount",
    "FoundDate",
    "amount_text",
    "bic_ok",
    "currency_of",
    "find_amounts",
    "find_bics",
    "find_currencies",
    "find_dates",
    "find_ibans",
    "find_vat_ids",
    "iban_form",
    "iban_ok",
    "luhn_ok",
    "normal_iban",
    "normal_id",
    "normal_vat_id",
    "parse_amount",
    "parse_date",
    "qrr_ok",
    "rf_ok",
    "vat_id_form",
    "vat_id_ok",
]
