"""The board, the search, the books."""
