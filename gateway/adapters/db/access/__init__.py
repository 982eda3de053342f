"""People, sessions and keys."""
