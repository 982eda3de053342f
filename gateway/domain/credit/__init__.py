"""Vouchers, store credit, customers on account, pay links."""
