"""Dolibarr over REST."""
