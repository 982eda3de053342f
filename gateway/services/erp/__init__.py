"""Use cases of documents on their way into ERPs."""
