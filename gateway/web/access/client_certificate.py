"""Mutual TLS: programs that show a certificate to the proxy have the rights of one API key, at the addresses for ERPs.

A key that expires or is revoked takes the certificate's rights along.
"""

from flask import request

from gateway.domain.access import Caller
from gateway.services.access.manage_api_keys import ManageApiKeys

KEY_PREFIX = "tillbridge.key_prefix"
"""Where the server puts the prefix of the key that belongs to a certificate; no header can reach this name."""


def by_certificate(keys: ManageApiKeys) -> Caller | None:
    """Return whose certificate the proxy has verified for this request; None without one."""
    prefix = request.environ.get(KEY_PREFIX)
    return None if prefix is None else keys.caller_of_prefix(prefix)
