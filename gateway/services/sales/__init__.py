"""Sales, tenders, splits and what goes back."""
