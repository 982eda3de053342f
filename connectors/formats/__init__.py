"""Formats of banks: pure functions between payment orders or bank messages and bytes. No file, port or clock."""
