"""Webhooks, what waits, and receipts by link."""
