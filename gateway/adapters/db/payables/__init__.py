"""Stores of suppliers, payables, approvals, payment runs and messages of banks."""
