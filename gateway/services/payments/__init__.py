"""Payments, refunds and reservations at terminals."""
