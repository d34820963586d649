"""The overview: problems first, then channels and their freshness, work, money, processes, services."""

from __future__ import annotations

from dataclasses import dataclass

from app.browse.feed import feed
from app.browse.shown import Shown
from app.db import transaction
from app.status.overview import Status, status
from app.web.views import Views

views = Views()

NEWEST = 6  # publications


@dataclass(frozen=True)
class OverviewPage:
    """The state of the installation, and the newest publications."""

    status: Status
    newest: tuple[Shown, ...]


@views.view("/", "overview.html")
def overview() -> OverviewPage:
    """The same as `media-audit status`, with the newest publications."""
    with transaction() as session:
        return OverviewPage(status(session), feed(session, limit=NEWEST).publications)
