"""Vouchers, customers, transfers and pay links."""
