"""Odoo over JSON-RPC (up to 18, and 19 to 21 as long as it is there) and JSON-2 (from 19)."""
