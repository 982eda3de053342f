"""Payments, refunds and reservations over the API and on screens."""
