"""The feed of all channels, and of one."""

from __future__ import annotations

from dataclasses import dataclass

from app.browse import feed as browse
from app.browse.shown import ChannelName, Shown, channel_name
from app.db import snapshot
from app.domain.access.roles import Act
from app.models import Channel
from app.search.filters import find_channels
from app.web.admission import needs
from app.web.errors import looked_up
from app.web.views import Views

views = Views()


@dataclass(frozen=True)
class FeedPage:
    """A page of the feed. channel: None for all. address: of its first page; newest: whether it is that."""

    channel: ChannelName | None
    publications: tuple[Shown, ...]
    older: str | None
    newer: str | None
    top: str
    address: str
    newest: bool


@dataclass(frozen=True)
class News:
    """How many publications or media came since; 100 stands for more."""

    count: int


@views.view("/feed", "feed.html")
def feed(cursor: str | None = None) -> FeedPage:
    """The publications of all channels."""
    with snapshot() as session:
        return _page(browse.feed(session, cursor=cursor), None, newest=cursor is None)


@views.view("/c/{channel}", "feed.html")
def of_channel(channel: str, cursor: str | None = None) -> FeedPage:
    """The publications of one channel."""
    with snapshot() as session:
        with looked_up():
            id_ = find_channels(session, channel)[0]
        name = channel_name(session.get_one(Channel, id_))
        return _page(browse.feed(session, channel=id_, cursor=cursor), name, newest=cursor is None)


@views.router.get("/newer.json")
@needs(Act.READ)
def newer(top: str, channel: int | None = None) -> News:
    """How many publications came since a page was made, for its announcement of new ones."""
    with snapshot() as session:
        return News(browse.newer_than(session, top, channel))


def _page(found: browse.Page, channel: ChannelName | None, *, newest: bool) -> FeedPage:
    address = f"/c/{channel.key}" if channel else "/feed"
    return FeedPage(channel, found.publications, found.older, found.newer, found.top, address, newest)
