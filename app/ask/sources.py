"""The posts behind spans, as users find them: channel, link, time, and whether the post still exists."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ask.retrieval import Retrieved
from app.domain.permalinks import permalink_if_known
from app.models import Channel, Post, Publication


@dataclass(frozen=True)
class Place:
    """A publication in Telegram. permalink: of its row, never out of a model; None until the channel was resolved."""

    publication_id: int
    channel: str
    permalink: str | None
    posted_at: datetime | None
    deleted_at: datetime | None


@dataclass(frozen=True)
class PassageShown:
    """A post that was offered, and the spans of it. edited: the post has a newer revision."""

    place: Place
    revision: int
    edited: bool
    spans: Sequence[str]


def passages_of(session: Session, retrieved: Retrieved) -> list[PassageShown]:
    """The posts that are offered for a question, the nearest first."""
    at = places(session, retrieved.publications)
    return [
        PassageShown(at[id_], revision, False, [span.text for span in retrieved.spans if span.publication_id == id_])
        for id_, revision in retrieved.revisions.items()
    ]


def places(session: Session, publications: Collection[int]) -> dict[int, Place]:
    """The places of these publications."""
    rows = session.execute(
        select(Publication, Post.telegram_message_id, Channel)
        .join(Post, Post.id == Publication.lead_post_id)
        .join(Channel, Channel.id == Publication.channel_id)
        .where(Publication.id.in_(publications))
    )
    return {publication.id: _place(publication, message, channel) for publication, message, channel in rows}


def _place(publication: Publication, message: int, channel: Channel) -> Place:
    return Place(
        publication.id,
        channel.title or channel.reference,
        permalink_if_known(channel.username, channel.telegram_id, message),
        publication.posted_at,
        publication.deleted_at,
    )
