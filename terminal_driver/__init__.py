"""Driver library for card terminals and receipt printers.

It stands alone: it knows nothing of the gateway, a database or a web server. Protocol code is sans-IO (bytes in, events
out); transports move bytes; a session drives one protocol engine over one transport in the thread that owns the device.
"""
