"""Webhook endpoints, queues and links to receipts."""
