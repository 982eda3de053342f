"""Revisions in their order. A released one is never edited."""
