"""Virtual devices: the other side of the drivers, for the demo, the tests and previews."""
