"""Feeds of alerts: the token in the address is the key, on every installation, also where each page needs a login."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import format_datetime
from hashlib import sha256

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from app.alerts import feeds
from app.db import snapshot
from app.domain.access.roles import Act
from app.domain.feeds import document
from app.errors import UserError
from app.web.admission import needs

router = APIRouter()

PRIVATE = {
    "Referrer-Policy": "no-referrer",  # a link of the feed must not tell its address to the site behind it
    "X-Robots-Tag": "noindex",
}
UNKNOWN = "no feed has this address: it may have been revoked, or its alert removed\n"
LATER = "the search of this feed cannot be asked now: `media-audit alerts list` tells why\n"
PAUSE = 600  # seconds after which a reader should try again


@router.api_route("/feeds/{token}.atom", methods=["GET", "HEAD"], include_in_schema=False)
@needs(Act.ENTER)
def atom(request: Request, token: str) -> Response:
    """The newest hits of one saved search."""
    try:
        with snapshot() as session:
            feed = feeds.fetch(session, token)
    except UserError:
        return PlainTextResponse(LATER, 503, PRIVATE | {"Retry-After": str(PAUSE)})
    if feed is None:
        return PlainTextResponse(UNKNOWN, 404, PRIVATE)
    body = document(feed, request.app.state.url)
    tag = f'W/"{sha256(body).hexdigest()[:32]}"'  # weak: GZip gives the answer other bytes
    modified = format_datetime(feed.updated_at, usegmt=True)
    headers = PRIVATE | {"ETag": tag, "Last-Modified": modified}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/atom+xml; charset=utf-8")


@dataclass(frozen=True)
class NewFeed:
    """A new address of a feed, shown once. linked: whether its entries can lead to pages here."""

    address: str
    linked: bool


def new_feed(request: Request, path: str) -> NewFeed:
    """The address at this path. Without WEB_URL it is that under which the request came."""
    url: str | None = request.app.state.url
    return NewFeed((url or str(request.base_url)).rstrip("/") + path, url is not None)


def _has(known: str, tag: str) -> bool:
    """Whether the client names the document as one that it has."""
    bare = tag.removeprefix("W/")
    return known.strip() == "*" or bare in (one.strip().removeprefix("W/") for one in known.split(","))
