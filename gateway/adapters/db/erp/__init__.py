"""Documents on their way into ERPs in SQL."""
