"""Reads account statements of every format into one shape. Pure: bytes in, shapes out; no port, database or clock."""
