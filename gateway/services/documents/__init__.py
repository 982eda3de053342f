"""Supplier documents: receive, read, review, find; what is remembered of suppliers."""
