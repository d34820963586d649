"""Reads the address of a proxy for Telegram: SOCKS5, HTTP, MTProto, and the links by which Telegram shares them."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, quote, unquote, urlsplit

Kind = Literal["socks5", "http", "mtproto"]

FORMS = (
    "write socks5://USER:PASSWORD@HOST:PORT, http://HOST:PORT or mtproxy://HOST:PORT/SECRET, or a link that begins"
    " with tg://proxy? or tg://socks?"
)
ESCAPED = f"write / ? # @ of a password as {quote('/?#@', safe='')}"
SCHEMES: dict[str, Kind] = {
    "socks5": "socks5",
    "socks5h": "socks5",
    "http": "http",
    "mtproxy": "mtproto",
    "mtproto": "mtproto",
}
_HOST = re.compile(r"(?!-)[A-Za-z0-9.-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}\]?")
_LINK = re.compile(r"(?:tg:/{0,2}|(?:https?://)?(?:www\.)?(?:t|telegram)\.(?:me|dog)/)(proxy|socks)/?\?(.*)", re.I)
_FAKE_TLS, _PADDED = 0xEE, 0xDD
_BASE64 = (22, 24)  # characters of a secret in Base64, which may all be hexadecimal digits


class WrongProxy(ValueError):
    """The address is no proxy that can be used; the text names the remedy and shows nothing of the address."""


@dataclass(frozen=True)
class Proxy:
    """One proxy. No repr shows its password or secret."""

    kind: Kind
    host: str
    port: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    secret: bytes = field(default=b"", repr=False)  # 16 bytes, of an MTProto proxy alone

    @property
    def name(self) -> str:
        """What errors and `doctor` call it."""
        named = {"socks5": "SOCKS5", "http": "HTTP", "mtproto": "MTProto"}[self.kind]
        return f"the {named} proxy {f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def parse(text: str) -> Proxy:
    """The proxy of an address. WrongProxy if it is malformed or of a kind that Telethon does not speak."""
    written = text.strip()
    if link := _LINK.fullmatch(written):
        return _shared(link[1].lower(), {name: values[0] for name, values in parse_qs(link[2]).items()})
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        raise WrongProxy(f"the host or port is malformed; {ESCAPED}: {FORMS}") from None
    if parts.scheme == "https":
        raise WrongProxy("Telethon speaks no TLS to a proxy: write http:// if the proxy takes it, else socks5://")
    if parts.scheme not in SCHEMES:
        raise WrongProxy(f"it names no kind of proxy that is known: {FORMS}")
    kind = SCHEMES[parts.scheme]
    if kind == "mtproto":
        return Proxy(kind, _host(parts.hostname), _port(port), secret=secret(unquote(parts.path.strip("/"))))
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise WrongProxy(
            f"something follows the port; write / ? # @ of a password as {quote('/?#@', safe='')}: {FORMS}"
        )
    username, password = (unquote(one) if one is not None else None for one in (parts.username, parts.password))
    return Proxy(kind, _host(parts.hostname), _port(port), username or None, _password(username, password))


def secret(text: str) -> bytes:
    """The 16 bytes of an MTProto proxy's secret, from hexadecimal digits or Base64, with or without the prefix dd."""
    data = _bytes(text)
    if data[:1] == bytes([_FAKE_TLS]) and len(data) > 16:
        raise WrongProxy(
            "its secret begins with ee, which asks for fake TLS; Telethon does not speak that: ask the proxy's owner"
            " for a secret that begins with dd, or take a SOCKS5 proxy"
        )
    if data[:1] == bytes([_PADDED]) and len(data) == 17:
        data = data[1:]
    if len(data) != 16:
        raise WrongProxy(
            f"its secret has {len(data)} bytes, not 16: copy all of it, 32 hexadecimal digits, or 34 that begin with dd"
        )
    return data


def _shared(kind: str, values: dict[str, str]) -> Proxy:
    port = values.get("port", "")
    where = _host(values.get("server")), _port(int(port) if re.fullmatch(r"[0-9]{1,5}", port) else None)
    if kind == "proxy":
        # A + of Base64 in a link stands for a blank, which no secret has.
        return Proxy("mtproto", *where, secret=secret(values.get("secret", "").replace(" ", "+")))
    user, password = values.get("user") or None, values.get("pass") or None
    return Proxy("socks5", *where, user, _password(user, password))


def _password(username: str | None, password: str | None) -> str | None:
    if any(len((one or "").encode()) > 255 for one in (username, password)):
        raise WrongProxy("its user or password is longer than 255 bytes, the most that a proxy takes")
    if password and not username:
        raise WrongProxy(f"it has a password and no user: {FORMS}")
    return (password or "") if username else None


def _host(host: str | None) -> str:
    if not host or not _HOST.fullmatch(host):
        raise WrongProxy(f"it names no host: {FORMS}")
    return host.strip("[]")


def _port(port: int | None) -> int:
    if port is None or not 0 < port < 65536:
        raise WrongProxy(f"it names no port from 1 to 65535: {FORMS}")
    return port


def _bytes(text: str) -> bytes:
    try:
        if re.fullmatch(r"[0-9a-fA-F]+", text) and not len(text) % 2 and len(text) not in _BASE64:
            return bytes.fromhex(text)
        plain = text.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise WrongProxy("its secret is neither hexadecimal nor Base64: copy all of it") from None
