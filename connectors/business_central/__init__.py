"""Dynamics 365 Business Central over its API v2.0, and page services in SOAP."""
