"""What is remembered of suppliers: learned from corrections, found by their keys, shown, measured, forgotten.

Pure values: nothing here reads or writes a file; `to_json` and `from_json` are for the one who stores it.
"""

from invoice_capture.memory.effect import Effect, Sample, measure
from invoice_capture.memory.entry import Evidence, KeyKind, Remembered, SupplierKey, keys_of
from invoice_capture.memory.learning import Correction
from invoice_capture.memory.recall import recalled
from invoice_capture.memory.supplier_memory import Recognised, SupplierMemory

__all__ = [
    "Correction",
    "Effect",
    "Evidence",
    "KeyKind",
    "Recognised",
    "Remembered",
    "Sample",
    "SupplierKey",
    "SupplierMemory",
    "keys_of",
    "measure",
    "recalled",
]
