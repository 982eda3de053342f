"""What ERPs call on us: records in, documents out."""
