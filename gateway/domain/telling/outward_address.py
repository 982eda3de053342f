"""Which addresses the gateway may connect to by itself: no way into the shop's own network through a webhook."""

import ipaddress

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
# Shared address space of providers (RFC 6598) and the protocol assignments (RFC 6890) lead to somebody's inside.
_INSIDE = tuple(
    ipaddress.ip_network(one)
    for one in ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "fec0::/10")
)


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet: not private, loopback, link-local or reserved.

    An IPv4 address inside of an IPv6 one is looked at, too. Cloud metadata services live on link-local and unique local
    addresses and are thereby out of reach.

    Raises:
        ValueError: it is not an IP address.
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = _embedded(found)
        if inner is not None:
            return is_public(str(inner))
        if found in _LOCAL_NAT64 or found.is_site_local:
            return False
    if any(found.version == network.version and found in network for network in _INSIDE):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    return ipaddress.IPv4Address(address.packed[-4:]) if address in _NAT64 else None
