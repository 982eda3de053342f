"""Connectors: stateless translators between the ports of the gateway and other systems, found by entry point.

A connector may import `gateway.domain` and `gateway.ports` and nothing else of the project.
"""
