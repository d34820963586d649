"""Networks in settings, and which addresses lie in the public network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from app.errors import UserError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IPv6: the IANA has given out addresses of this network alone, so that all others (loopback, link-local, unique local,
# multicast, discard, `::1.2.3.4`) are out without a list. Inside of it, these are none of a host on the Internet.
GLOBAL_UNICAST = IPv6Network("2000::/3")
SPECIAL_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols of the IETF, Teredo (2001::/32) among them: it stands for an address of IPv4
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4 stands for an address of IPv4
            "3fff::/20",  # documentation
        ),
    )
)
# The registry of special addresses of IPv4 (RFC 6890), and one of a cloud.
SPECIAL_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host
            "10.0.0.0/8",
            "100.64.0.0/10",  # between a provider and its customers; metadata of clouds
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's own server beside each machine, in a public network
            "169.254.0.0/16",  # link-local; metadata of clouds
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved; broadcast
        ),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")  # where a network of IPv6 alone reaches IPv4, its resolver makes such addresses


def meant(address: Address) -> Address:
    """The address of IPv4 that an address of IPv6 leads to, by mapping or NAT64; else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address


def is_public(address: Address) -> bool:
    """Whether it is an address of one host in the public Internet."""
    real = meant(address)
    if isinstance(real, IPv4Address):
        return not any(real in network for network in SPECIAL_IPV4)
    return real.scope_id is None and real in GLOBAL_UNICAST and not any(real in network for network in SPECIAL_IPV6)


def is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether one of the networks has the address, as it is written or as it is meant."""
    return any(one in network for network in networks for one in (address, meant(address)))


def parse(setting: str, text: str, instead: str) -> tuple[Network, ...]:
    """The networks in a setting, with commas between. UserError for a wrong one.

    instead: the advice to a user who wrote the network of all addresses.
    """
    found = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        try:
            found.append(ip_network(part))
        except ValueError:
            raise UserError(f"{setting} has {part}: write networks such as 10.0.0.0/24 or 10.0.0.5") from None
        if found[-1].prefixlen == 0:
            raise UserError(f"{setting} has {part}, which is everyone: {instead}")
    return tuple(found)
