"""Tells the clients of the page apart."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from starlette.types import Scope

UNKNOWN = "unknown"
SITE = 64  # bits of an IPv6 address that name a network: its owner has all addresses below


def address_of(scope: Scope) -> str:
    """The address from which a request came: that of the connection, whatever the request says of itself."""
    peer = scope.get("client")
    return str(peer[0]) if peer else UNKNOWN


def client_of(scope: Scope) -> str:
    """The name under which requests are counted: the address, of IPv6 its network."""
    address = address_of(scope)
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and not parsed.is_loopback:
        return str(ip_network((parsed, SITE), strict=False))
    return address
