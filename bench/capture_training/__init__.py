"""Training of the small models of the capture library, from a corpus that is read in place."""
