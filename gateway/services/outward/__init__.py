"""Webhooks, mails and links to receipts."""
