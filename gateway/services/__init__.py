"""Use cases, one file each: they decide, through ports, what is stored and what is sent."""
