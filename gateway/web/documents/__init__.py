"""Supplier documents and invoices over the API and on the screens."""
