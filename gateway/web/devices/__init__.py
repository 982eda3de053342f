"""Terminals, printers, drawers and orders of the kitchen."""
