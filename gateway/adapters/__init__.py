"""Implementations of the ports over real libraries and devices."""
