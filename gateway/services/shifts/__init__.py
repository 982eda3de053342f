"""Shifts, reports, numbers, terminals' days against the books."""
