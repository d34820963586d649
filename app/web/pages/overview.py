"""The overview: problems first, then channels and their freshness, work, money, processes, services."""

from __future__ import annotations

from dataclasses import dataclass

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
    """The state of the installation, the newest publications and pictures."""

    status: Status
    newest: tuple[Shown, ...]
    pictures: tuple[Tile, ...]


@views.view("/", "overview.html")
def overview() -> OverviewPage:
    """The same as `media-audit status`, with the newest publications."""
    with transaction() as session:
        pictures = tiles(session, kind=MediaKind.PHOTO.value, limit=PICTURES).tiles
        return OverviewPage(status(session), feed(session, limit=NEWEST).publications, pictures)
