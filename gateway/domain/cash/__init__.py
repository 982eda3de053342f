"""Coins, notes and other currencies."""
