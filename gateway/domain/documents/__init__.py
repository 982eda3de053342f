"""Supplier documents and the invoices captured from them: states, current values, duplicates. Pure rules."""
