"""Tryton 7 and 8 over JSON-RPC."""
