"""NetSuite over its REST web services."""
