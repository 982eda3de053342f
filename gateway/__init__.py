"""Tillbridge: a payment gateway that a shop runs itself, between its registers, card terminals, printers and books.

`domain`, `ports` and `services` hold the rules; `web`, `jobs` and `adapters` touch the world; `bootstrap` joins them.
Importing this package has no effect.
"""
