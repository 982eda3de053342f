"""Shifts, reports and numbers."""
