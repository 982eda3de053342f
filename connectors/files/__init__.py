"""Accounting by files: documents go out as CSV, XLSX or DATEV batches, lists come in as CSV or XLSX."""
