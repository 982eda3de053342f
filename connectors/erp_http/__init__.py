"""HTTP for connectors: bounded in time and size, never repeated by itself, kept without secrets."""
