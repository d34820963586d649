"""Publications over the API: as posted, with their story."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from app.db import snapshot
from app.models import Publication
from app.search.cursors import HIGHEST
from app.web.api.admission import Token
from app.web.api.parameters import Id
from app.web.api.routes import Api
from app.web.errors import Missing
from app.web.pages.publication import PublicationPage, of_message, publication_page

api = Api("publications")


@api.get("/publications/{id}", PublicationPage, errors=(404,))
def publication(bearer: Token, id: Id) -> PublicationPage:
    """One publication with its revisions, readings, lineage of tags, work and events. id: of hits and events."""
    with snapshot() as session:
        found = session.get(Publication, id)
        if found is None or found.lead_post_id is None or not _is_seen(found, bearer.channels):
            raise Missing(f"there is no publication {id}")
        return publication_page(session, found, bearer.channels)


def _is_seen(found: Publication, channels: tuple[int, ...] | None) -> bool:
    return channels is None or found.channel_id in channels


@api.get("/publications/{channel}/{message}", PublicationPage, errors=(404,))
def publication_of_message(
    bearer: Token, channel: Annotated[str, Path(max_length=200)], message: Annotated[int, Path(ge=1, le=HIGHEST)]
) -> PublicationPage:
    """The same by its channel and the number of one of its messages in Telegram."""
    return of_message(f"{channel}/{message}", bearer.channels)
