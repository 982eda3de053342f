"""Till sales and the catalogue."""
