"""Library that reads supplier invoices into fields with their evidence.

It stands alone: it knows nothing of the gateway, a database or a web server.
"""
