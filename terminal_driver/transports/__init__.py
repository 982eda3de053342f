"""Transports: they move bytes between a protocol engine and a device, and know nothing of any protocol."""
