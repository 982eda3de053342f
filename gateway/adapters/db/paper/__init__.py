"""Orders of the kitchen, drawers, and the search over it all."""
