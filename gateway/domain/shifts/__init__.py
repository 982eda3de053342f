"""Shifts, their reports, numbers without a gap."""
