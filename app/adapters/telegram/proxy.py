"""Connects Telethon through a proxy, and keeps the reason why the proxy gave no connection.

Telegram's data centres are known by their addresses, so no name is looked up on the way to them: socks5 and socks5h are
the same. The proxy's own name is looked up by this machine.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from python_socks import ProxyError, ProxyType
from python_socks.async_.asyncio import Proxy as Through
from python_socks.sync import Proxy as Blocking
from telethon.network import ConnectionTcpFull, ConnectionTcpMTProxyRandomizedIntermediate

from app.domain.proxies import Proxy

OUTAGES = ("no connection to Telegram", "Telegram closed", "Telegram did not accept")  # possible faults of a proxy
TYPES = {"socks5": ProxyType.SOCKS5, "http": ProxyType.HTTP}


class Route:
    """The way of one client to Telegram: direct, or through a proxy for each of its connections."""

    def __init__(self, proxy: Proxy | None) -> None:
        self.proxy = proxy
        self.trouble: str | None = None  # of the last connection; None after one that was made

    def options(self) -> dict[str, Any]:
        """Arguments for TelegramClient; connections to all data centres are made with them."""
        if self.proxy is None:
            return {}
        if self.proxy.kind == "mtproto":
            # Telethon takes two digits off that look like a prefix, so a prefix has to be there.
            where = (self.proxy.host, self.proxy.port, "dd" + self.proxy.secret.hex())
            return {"proxy": where, "connection": _mtproto(self)}
        return {"proxy": (self.proxy.kind, self.proxy.host, self.proxy.port), "connection": _tunnel(self)}

    def told(self, reason: str) -> str:
        """The reason of a lost connection, with the proxy and its own reason; unchanged without a proxy."""
        if self.proxy is None or self.proxy.name in reason:
            return reason
        if not reason.startswith(OUTAGES):
            return reason
        why = self.trouble or "the proxy or the line behind it gave way"
        return f"no connection to Telegram through {self.proxy.name} ({why}): check the proxy and TELEGRAM_PROXY"


def reach(proxy: Proxy | None, host: str, port: int, seconds: float) -> None:
    """Opens a TCP connection to an address on the way that the settings name, and closes it. OSError if it fails.

    An MTProto proxy shows no connection behind it, so only the proxy itself is reached.
    """
    if proxy is None or proxy.kind == "mtproto":
        with socket.create_connection((proxy.host, proxy.port) if proxy else (host, port), seconds):
            return
    try:
        tunnel = Blocking(TYPES[proxy.kind], proxy.host, proxy.port, proxy.username, proxy.password, rdns=True)
        with tunnel.connect(host, port, timeout=seconds):
            return
    except ProxyError as error:
        raise ConnectionError(_why(error)) from None


def _tunnel(route: Route) -> type:
    class Tunnel(ConnectionTcpFull):  # type: ignore[misc]
        """A connection of its own class, since Telethon's own loses the reason of a proxy."""

        async def _proxy_connect(self, timeout: float, local_addr: Any = None) -> socket.socket:  # noqa: ASYNC109
            proxy = route.proxy
            assert proxy is not None
            route.trouble = "it does not answer"  # stays where a caller has less patience than this timeout
            try:
                made = await Through(
                    TYPES[proxy.kind], proxy.host, proxy.port, proxy.username, proxy.password, rdns=True
                ).connect(self._ip, self._port, timeout=timeout)
            except (ProxyError, OSError) as error:
                route.trouble = _why(error)
                raise ConnectionError(route.trouble) from None
            route.trouble = None
            return made

    return Tunnel


def _mtproto(route: Route) -> type:
    class Disguised(ConnectionTcpMTProxyRandomizedIntermediate):  # type: ignore[misc]
        """A connection that keeps the reason for which an MTProto proxy closed it."""

        async def _connect(self, timeout: float, ssl: Any = None) -> None:  # noqa: ASYNC109
            # A proxy that does not know the secret stays silent, so this is the reason until an answer came.
            route.trouble = "it answers nothing that belongs to the secret"
            try:
                await super()._connect(timeout=timeout, ssl=ssl)
            except (OSError, EOFError) as error:
                refused = "closed the connection" in str(error)
                route.trouble = "it closed the connection: is its secret right?" if refused else _why(error)
                self._abort()
                raise
            except asyncio.CancelledError:  # the caller gave up during the two seconds in which Telethon listens
                self._abort()
                raise

        def _abort(self) -> None:
            if self._writer is not None:  # Telethon leaves the socket of a failed attempt open
                self._writer.transport.abort()

        async def _recv(self) -> Any:
            answer = await super()._recv()
            route.trouble = None
            return answer

    return Disguised


def _why(error: BaseException) -> str:
    """The reason without anything that a proxy or a user wrote: it could repeat a password."""
    if isinstance(error, ProxyError):
        text = str(error).lower()
        if "auth" in text or error.error_code == 407:
            return "it refuses the user or password, or wants one"
        return f"it refuses the connection{f', code {error.error_code}' if error.error_code else ''}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    return f"it cannot be reached: {getattr(cause, 'strerror', None) or type(cause).__name__}"
