"""One publication: as it was posted, and how its tags came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.browse.shown import Shown, shown
from app.db import snapshot
from app.explain import Explanation, explain, find
from app.forget.standing import reason
from app.models import Publication
from app.search.life import FirstSeen, first_seen
from app.search.within import Within
from app.web.errors import looked_up
from app.web.views import Views

views = Views()


@dataclass(frozen=True)
class PublicationPage:
    """A publication with its story. first: medium -> where it or a near one was seen first."""

    shown: Shown
    story: Explanation
    first: Mapping[int, FirstSeen]


@views.view("/p/{channel}/{message:int}", "publication.html")
def publication(channel: str, message: int) -> PublicationPage:
    """The publication of a message, the lead one of an album or any other."""
    return of_message(f"{channel}/{message}")


def of_message(name: str, within: Within = None) -> PublicationPage:
    """The same by a name of `explain`, for a reader who sees the channels `within`. Missing if there is none."""
    with snapshot() as session:
        with looked_up(lambda: reason(session, name)):
            found = find(session, name, within)
        return publication_page(session, found, within)


def publication_page(session: Session, found: Publication, within: Within) -> PublicationPage:
    """A publication that the reader may see, with its story."""
    [one] = shown(session, [found.id])
    first = first_seen(session, [medium.id for medium in one.media], within)
    return PublicationPage(one, explain(session, found, within=within), first)
