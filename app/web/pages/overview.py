"""The overview: problems, alerts that fired, channels and their freshness, work, money, processes, services."""

from __future__ import annotations

from dataclasses import dataclass

from app.alerts.fired import Fired, fired
from app.browse.feed import feed
from app.browse.shown import Shown
from app.db import transaction
from app.domain.kinds import MediaKind
from app.search.gallery import Tile, tiles
from app.status.overview import Status, status
from app.web.views import Views

views = Views()

NEWEST = 6  # publications
PICTURES = 10


@dataclass(frozen=True)
class OverviewPage:
    """The state of the installation, the newest publications and pictures, the newest tellings of alerts."""

    status: Status
    newest: tuple[Shown, ...]
    pictures: tuple[Tile, ...]
    fired: tuple[Fired, ...]


@views.view("/", "overview.html")
def overview() -> OverviewPage:
    """The same as `media-audit status`, with the newest publications."""
    with transaction() as session:
        pictures = tiles(session, kind=MediaKind.PHOTO.value, limit=PICTURES).tiles
        newest = feed(session, limit=NEWEST).publications
        return OverviewPage(status(session), newest, pictures, fired(session))
