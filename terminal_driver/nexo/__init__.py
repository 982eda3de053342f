"""nexo Retailer (Sale to POI) over TCP, without any I/O: framing, two bindings, one message model, the engine.

Written after public pages of providers of such terminals, not after the standard itself: it is shape-compatible with
nexo Retailer 3.1, and certified by nobody.
"""
