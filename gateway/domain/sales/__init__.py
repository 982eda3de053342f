"""Bills, sales, tenders, and what goes back."""
