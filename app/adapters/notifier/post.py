"""One request to a receiver: no redirect is followed, no proxy is asked, the answer is read up to a bound."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import httpcore

from app.adapters.notifier.guarded import Guarded, Resolve, resolved
from app.adapters.waits import retry_after
from app.domain.delivery.target import PORTS, Target
from app.domain.networks import Network
from app.errors import Unanswered, Unavailable

SECONDS = 20.0  # for the whole request; the standard advises 15 to 30
MOST = 64 * 1024  # bytes of an answer that are read
AGENT = "media-audit"
CONNECTING = 6.0  # of them for each address of the receiver, and for each step of the handshake of TLS
NOT_SENT = (httpcore.ConnectError, httpcore.ConnectTimeout)
BROKEN = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)


@dataclass(frozen=True)
class Answer:
    """The receiver's answer. retry_after: seconds that it asks to wait. body: at most MOST bytes, for no log."""

    status: int
    retry_after: float | None = None
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Post:
    """Sends requests. allowed: own networks that may be reached. tls: with the CAs that are trusted."""

    allowed: tuple[Network, ...] = ()
    resolve: Resolve = resolved
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    seconds: float = SECONDS

    def __call__(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        """Posts the body. Unavailable if nothing was sent; Unanswered if it may have arrived; Permanent by the guard.

        No error tells anything of an answer, nor which address a name has: both may be secrets of a network.
        """
        guard = Guarded(self.allowed, self.resolve, encrypted=target.scheme == "https", seconds=self.seconds)
        with guard, httpcore.ConnectionPool(ssl_context=self.tls, network_backend=guard) as pool:
            try:
                return self._sent(pool, target, headers, body)
            except NOT_SENT as error:
                raise _not_sent(error, over=guard.is_over) from None
            except BROKEN as error:
                name = "no answer in time" if guard.is_over else type(error).__name__
                raise Unanswered(f"the receiver did not answer: {name}") from None

    def _sent(self, pool: httpcore.ConnectionPool, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        host = f"[{target.host}]" if ":" in target.host else target.host
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        port = "" if target.port == PORTS[target.scheme] else f":{target.port}"
        fixed = {"Host": host + port, "User-Agent": AGENT, "Content-Type": "application/json", "Connection": "close"}
        pauses = {"connect": min(CONNECTING, self.seconds), "read": self.seconds, "write": self.seconds}
        sent = list({**fixed, **headers}.items())
        with pool.stream("POST", url, headers=sent, content=body, extensions={"timeout": pauses}) as answer:
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Answer(answer.status, retry_after(told), _begin(answer))


def _begin(answer: httpcore.Response) -> bytes:
    """The begin of a body. A body that breaks off does not take back the status."""
    read = bytearray()
    with suppress(*BROKEN):
        for piece in answer.iter_stream():
            read += piece
            if len(read) >= MOST:
                break
    return bytes(read[:MOST])


def _not_sent(error: Exception, *, over: bool) -> Unavailable:
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in error.args):
        return Unavailable("the receiver's certificate is not trusted")
    return Unavailable("the receiver is not reached: " + ("no answer in time" if over else type(error).__name__))
