"""Accounts, references and payment codes of banks."""
