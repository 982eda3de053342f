"""SOAP clients made safe: descriptions read offline, both timeouts always, nothing dropped in silence."""
