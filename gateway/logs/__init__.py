"""The log: its form, its ids, and what never gets into it. Standard library only."""
