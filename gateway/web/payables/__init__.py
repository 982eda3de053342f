"""Routes and screens of payables."""
