"""The gallery: the newest posting of each cluster of look-alikes, of all channels or one, of all kinds or one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app.browse.shown import ChannelName, channel_name
from app.db import snapshot
from app.domain.access.roles import Act
from app.domain.query.values import MEDIA_KINDS
from app.errors import UserError
from app.models import Channel
from app.search import gallery as search
from app.search.filters import find_channels
from app.search.gallery import Tile
from app.web.admission import needs
from app.web.errors import looked_up
from app.web.pages.feed import News
from app.web.views import Views

views = Views()

TILES = 48  # of a page: full rows of 2, 3, 4 and 6


@dataclass(frozen=True)
class GalleryPage:
    """A page of the gallery. channel, kind: of its filter. address: of its first page; first: whether it is that.

    cursor: of the next page. newer: the address that counts media which came since its walk began.
    """

    tiles: tuple[Tile, ...]
    channel: ChannelName | None
    kind: str
    address: str
    first: bool
    cursor: str | None
    newer: str


@views.view("/gallery", "gallery.html")
def gallery(channel: str = "", kind: str = "", cursor: str | None = None) -> GalleryPage:
    """The pictures, films, sounds and files of the archive. channel, kind: empty for all."""
    only = _kind(kind)
    with snapshot() as session:
        named = _channel(session, channel)
        found = search.tiles(session, channel=named.id if named else None, kind=only, limit=TILES, cursor=cursor)
    given = {"channel": named.key if named else "", "kind": kind}
    asked = urlencode({name: value for name, value in given.items() if value})
    return GalleryPage(
        tiles=found.tiles,
        channel=named,
        kind=kind,
        address=f"/gallery?{asked}" if asked else "/gallery",
        first=cursor is None,
        cursor=found.cursor,
        newer=f"/gallery/newer.json?{asked}{'&' if asked else ''}top={found.top}",
    )


@views.router.get("/gallery/newer.json")
@needs(Act.READ)
def newer(top: str, channel: str = "", kind: str = "") -> News:
    """How many media came since a page was made, for its announcement of new ones."""
    only = _kind(kind)
    with snapshot() as session:
        named = _channel(session, channel)
        return News(search.newer_than(session, top, channel=named.id if named else None, kind=only))


def _kind(name: str) -> str | None:
    """The kind of media of a filter. UserError for one that is none."""
    if name and name not in MEDIA_KINDS:
        raise UserError(f"kind {name!r} is none of {', '.join(MEDIA_KINDS)}")
    return MEDIA_KINDS[name].value if name else None


def _channel(session: Session, name: str) -> ChannelName | None:
    if not name.strip():
        return None
    with looked_up():
        [id_, *_] = find_channels(session, name.strip())
    return channel_name(session.get_one(Channel, id_))
