"""People, keys and signing in."""
