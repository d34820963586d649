"""Connections to receivers: to public addresses alone, checked at the moment of connecting.

The name is resolved once and the connection goes to the very address that was checked, so that a name that changes
between check and connection leads nowhere (DNS rebinding). TLS and the header Host still have the name.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import httpcore

from app.domain.delivery.target import LEADS_INSIDE, NEEDS_TLS
from app.domain.networks import Network, is_in, is_public
from app.errors import Permanent, Unavailable

Resolve = Callable[[str, int], Sequence[str]]

NO_ADDRESS = "the receiver's name has no address now"


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, by the system's resolver, in its order. OSError if there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Guarded(httpcore.NetworkBackend):
    """Connects for one request, and ends its connection when the time is up, whatever the receiver does meanwhile."""

    def __init__(self, allowed: tuple[Network, ...], resolve: Resolve, *, encrypted: bool, seconds: float) -> None:
        """allowed: networks that are no part of the Internet and may be reached, also without encryption."""
        self._allowed, self._resolve, self._encrypted = allowed, resolve, encrypted
        self._plain = httpcore.SyncBackend()
        self._end = threading.Timer(seconds, self._cut)
        self._lock = threading.Lock()
        self._twin: socket.socket | None = None
        self.is_over = False

    def __enter__(self) -> Guarded:
        self._end.daemon = True
        self._end.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.cancel()
        with self._lock:
            if self._twin is not None:
                self._twin.close()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connects to the first address that answers. Permanent if any of them lies inside."""
        failed: Exception | None = None
        for address in self.addresses(host, port):
            try:
                made = self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
                if self.is_over:
                    break
            else:
                self._watch(made)
                return made
        raise failed or Unavailable(NO_ADDRESS)

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, each of them checked. A name with addresses of both sides is refused as a whole."""
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError):
            raise Unavailable(NO_ADDRESS) from None
        for address in map(ip_address, found):
            is_allowed = is_in(address, self._allowed)
            if not (is_allowed or is_public(address)):
                raise Permanent(LEADS_INSIDE)
            if not (is_allowed or self._encrypted):
                raise Permanent(NEEDS_TLS)
        return list(found)

    def _watch(self, made: httpcore.NetworkStream) -> None:
        with self._lock:
            # A twin: the handshake of TLS takes the socket itself into another object.
            self._twin = made.get_extra_info("socket").dup()
        if self.is_over:
            self._cut()

    def _cut(self) -> None:
        """Ends the connection: each read and write of it fails at once."""
        with self._lock:
            self.is_over = True
            if self._twin is not None and self._twin.fileno() >= 0:
                with suppress(OSError):  # the receiver was faster
                    self._twin.shutdown(socket.SHUT_RDWR)
