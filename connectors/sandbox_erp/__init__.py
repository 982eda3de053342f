"""A small ERP to try things out, over REST and SOAP on the loopback address, with faults on demand.

It shares no code with the connectors, so that both can be held against each other.
"""
