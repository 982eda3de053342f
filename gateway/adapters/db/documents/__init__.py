"""Supplier documents, their content, the invoices captured from them and the supplier memory, in SQL."""
