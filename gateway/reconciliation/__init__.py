"""Reconciliation: which open items a bank line settles, why, and how sure that is.

A pure package: no files, no clock, no database. It may import the domain and rapidfuzz; the product and the command
`reconcile` drive it through `reconciler.Reconciler`.
"""
