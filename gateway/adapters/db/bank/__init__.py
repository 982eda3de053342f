"""Statements, matches and settlement in SQL."""
