"""The address of a webhook, read once: the check and the connection must not read it in two ways."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

import idna

from app.domain.networks import Address, Network, is_in, is_public
from app.errors import UserError

LONGEST = 2_000  # characters
PORTS = {"https": 443, "http": 80}
FREE_PORTS = range(1024, 65_536)  # lower ones but 80 and 443 belong to mail, shells and the like
UNUSABLE = re.compile(r"[\s\\\x00-\x1f\x7f]")  # readers of addresses differ over them
NUMBER = re.compile(r"\d+|0[xX][0-9a-fA-F]*")
NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
KEPT = "/%:@!$&'()*+,;=~-._?"  # characters of a path and query that stay as they are

LEADS_INSIDE = (
    "the address leads into a network of its own, not to the Internet: an operator can allow it with "
    "ALERTS_ALLOWED_NETWORKS"
)
NEEDS_TLS = "write https://: plain http is for the networks of ALERTS_ALLOWED_NETWORKS alone"


@dataclass(frozen=True)
class Target:
    """A receiver. host: in ASCII, without brackets; path: with the query. No password is in it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def literal(self) -> Address | None:
        """The host, where it is an address and no name."""
        return IPv6Address(self.host) if ":" in self.host else _plain(self.host)


def read(address: str) -> Target:
    """Reads the address of a webhook. UserError, without the address, which may hold a secret."""
    if len(address) > LONGEST or UNUSABLE.search(address):
        raise UserError(f"the address has a blank, a backslash, or more than {LONGEST} characters")
    try:
        parts = urlsplit(address)
        host, port = _host(parts), parts.port
    except ValueError:  # brackets without an address of IPv6 inside, or a port that is no number
        raise UserError("the address cannot be read: write https://HOST/PATH") from None
    if parts.scheme not in PORTS or not host:
        raise UserError("the address must begin with https:// and name a host")
    if "@" in parts.netloc:
        raise UserError("the address has a user or password in it: the receiver knows a notice by its signature")
    port = PORTS[parts.scheme] if port is None else port
    if port not in FREE_PORTS and port not in PORTS.values():
        raise UserError("the address has a port that receivers do not have: use 80, 443, or one from 1024 on")
    path = quote(parts.path or "/", KEPT) + (f"?{quote(parts.query, KEPT)}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def checked(address: str, allowed: tuple[Network, ...]) -> Target:
    """The same for a new alert. UserError also for one that no delivery would reach: plain http, or a host that is
    an address of an own network. A name is looked up at each delivery, as it may lead elsewhere by then."""
    target = read(address)
    literal = target.literal
    if literal is not None and not (is_public(literal) or is_in(literal, allowed)):
        raise UserError(LEADS_INSIDE)
    if target.scheme == "http" and not (allowed if literal is None else is_in(literal, allowed)):
        raise UserError(NEEDS_TLS)
    return target


def _host(parts: SplitResult) -> str:
    """The host in lower case and ASCII. ValueError or UserError for one that readers of addresses spell in two ways."""
    host = parts.hostname or ""
    if parts.netloc.rpartition("@")[2].startswith("["):
        return str(IPv6Address(host)) if "%" not in host else ""
    host = _ascii(host)
    if NUMBER.fullmatch(host.rpartition(".")[2]):
        if (plain := _plain(host)) is None:
            raise UserError("write the host's address as four plain numbers, such as 192.0.2.1, or use its name")
        return str(plain)
    return host


def _ascii(host: str) -> str:
    """A name in ASCII, by the rules of browsers, and without the dot of the root."""
    try:
        name = idna.encode(host, uts46=True).decode() if not host.isascii() else host
    except idna.IDNAError:
        return ""
    name = name.lower().removesuffix(".")
    return name if NAME.fullmatch(name) else ""


def _plain(host: str) -> IPv4Address | None:
    try:
        return IPv4Address(host)
    except ValueError:
        return None
