"""Judges e-invoices by the rules of EN 16931: the official rule sets, run by Saxon in a process of its own."""
