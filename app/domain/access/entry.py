"""How requests come to the page, decided from settings: open to this machine, by login, or through a trusted proxy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from app.domain import networks
from app.domain.networks import Address, Network
from app.errors import UserError

LOOPBACK_NAMES = ("127.0.0.1", "localhost")
NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
HEADER = re.compile(r"[A-Za-z0-9-]+")
# Headers that clients or servers write for other reasons: a name in them would be no proof of anything.
NOT_HEADERS = frozenset(
    {"host", "cookie", "authorization", "origin", "referer", "user-agent", "content-type", "accept"}
)


class Way(StrEnum):
    """How a request gets its user."""

    OPEN = "open"  # every user of this machine reads; a session makes more of one
    LOGIN = "login"  # by a session alone
    PROXY = "proxy"  # a trusted proxy names the user


@dataclass(frozen=True)
class Wanted:
    """The settings of the page, WEB_HOST and so on, as they were written."""

    host: str = "127.0.0.1"
    login: bool = False
    names: str = ""
    url: str | None = None
    networks: str = ""
    header: str | None = None


@dataclass(frozen=True)
class Entry:
    """The way in. beyond: other machines reach the page. names: of hosts that it answers to. secure: it is on https.

    networks, header: of the proxy.
    """

    way: Way = Way.OPEN
    beyond: bool = False
    names: tuple[str, ...] = LOOPBACK_NAMES
    secure: bool = False
    networks: tuple[Network, ...] = ()
    header: str | None = None


def entry(wanted: Wanted) -> Entry:
    """The way in that these settings mean. UserError with the remedy for settings that mean none, or two."""
    beyond = not _address(wanted.host).is_loopback
    proxies = networks.parse("WEB_PROXY_NETWORKS", wanted.networks, "write the addresses of the proxy alone")
    header = _header(wanted.header)
    way = _way(wanted, beyond, proxy=bool(proxies))
    secure, own = _url(wanted.url)
    names = _names(wanted.names) + own
    if beyond and not names:
        raise UserError(
            f"WEB_HOST={wanted.host} needs WEB_NAMES, the host names in the page's addresses: a site of another name "
            "that resolves to this machine reads nothing. Write for example WEB_NAMES=archive.example.org"
        )
    return Entry(way, beyond, tuple(dict.fromkeys((*LOOPBACK_NAMES, *names))), secure, proxies, header)


def _way(wanted: Wanted, beyond: bool, *, proxy: bool) -> Way:
    if proxy != (wanted.header is not None):
        missing = "WEB_PROXY_HEADER" if proxy else "WEB_PROXY_NETWORKS"
        raise UserError(f"{missing} is not set: a trusted proxy needs its networks and the header that names the user")
    if proxy and wanted.login:
        raise UserError("WEB_LOGIN and WEB_PROXY_NETWORKS are both set: choose the page's login or the proxy's")
    if beyond and not (proxy or wanted.login):
        raise UserError(
            f"WEB_HOST={wanted.host} would show the archive to the whole network. Choose one of three: "
            "WEB_HOST=127.0.0.1, and ssh -L from elsewhere; WEB_LOGIN=true, and users by `media-audit users add`; "
            "WEB_PROXY_NETWORKS and WEB_PROXY_HEADER, where a proxy names the user"
        )
    return Way.PROXY if proxy else Way.LOGIN if wanted.login else Way.OPEN


def _address(host: str) -> Address:
    try:
        return ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise UserError(f"WEB_HOST={host} is no address: write 127.0.0.1, 0.0.0.0 or one of this machine") from None


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _names(text: str) -> tuple[str, ...]:
    names = tuple(part.lower() for part in _parts(text))
    if wrong := [name for name in names if not NAME.fullmatch(name)]:
        raise UserError(
            f"WEB_NAMES has {wrong[0]}: write host names without port and path, with commas between; no wildcard"
        )
    return names


def _header(name: str | None) -> str | None:
    if name is not None and (not HEADER.fullmatch(name) or name.lower() in NOT_HEADERS):
        raise UserError(f"WEB_PROXY_HEADER={name} cannot name a user: write the proxy's own, such as X-Forwarded-User")
    return name.lower() if name else None


def _url(url: str | None) -> tuple[bool, tuple[str, ...]]:
    """Whether the address is on https, and its host name."""
    if url is None:
        return False, ()
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not NAME.fullmatch(host) or parts.path not in ("", "/") or parts.query:
        raise UserError("WEB_URL is the page's address as users type it, without path: https://archive.example.org")
    return parts.scheme == "https", (host,)


def believed(networks: tuple[Network, ...], peer: str | None) -> bool:
    """Whether the word of this peer about its user counts. peer: the address of the connection itself."""
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)
