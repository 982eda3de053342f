"""What comes in: its kind by content, the limits it must keep, what it contains, and the process that reads it."""
