"""Shifts and terminals' days."""
