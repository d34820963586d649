"""Guards around every page: headers that keep a browser to this server, and no change at the word of another site."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    [
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "media", "connect")),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
API = "/api/"
SAFE = ("GET", "HEAD", "OPTIONS")  # change nothing
FOREIGN = "this came from another page; open the page itself and try there"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # An address may hold a search, which no other site needs to know. Not `no-referrer`: under it browsers send the
    # forms of our own pages with `Origin: null`, as those of a stranger.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",  # no other site may show a picture of the archive as its own
    # Pages are of the moment: one that is asked for again is read again. Going back is not asking again: the browser
    # shows the page as it was left, at its place and with its open parts. `no-store` would forbid it that.
    "Cache-Control": "private, no-cache",
}


class SafeHeaders:
    """Adds the headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sent)


class HeadAsGet:
    """Answers HEAD at each address that answers GET: the same head, no body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        ended = False

        async def sent(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                await send(message)
            elif not ended:  # the first part of a body is the end of an answer without one
                ended = True
                await send({"type": "http.response.body"})

        await self._app({**scope, "method": "GET"}, receive, sent)


class OwnPagesOnly:
    """Refuses each request that changes something and that a page of this server did not send (CSRF).

    No browser sends a token by itself, so the API is open to programs of any origin.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        by_cookie = scope["type"] == "http" and not is_api(scope["path"])
        if by_cookie and scope["method"] not in SAFE and not is_own(Headers(scope=scope)):
            refusal = PlainTextResponse(f"refused: {FOREIGN}\n", 403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_own(headers: Headers) -> bool:
    """Whether a page of this server sent the request: browsers name the origin of each one that is not a GET."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "same-origin"
    return bool(origin) and urlsplit(origin).netloc == headers.get("host")


def is_api(path: str) -> bool:
    """Whether an address is one of the API, which counts tokens alone and speaks JSON alone."""
    return path.startswith(API)


def own_address(address: str) -> str:
    """The address, if it is one of this server: a link must lead nowhere else."""
    parts = urlsplit(address)
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if plain and not (parts.scheme or parts.netloc) else "/"
