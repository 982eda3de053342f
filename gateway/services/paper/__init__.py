"""Receipts, slips, drawers and printers."""
