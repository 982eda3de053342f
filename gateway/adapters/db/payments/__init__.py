"""Payments, refunds and reservations: the money path."""
