"""Publications as a reader sees them: their place, their items with media and text, their tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enrichment import ItemVision, TagsMetadata, VisionMetadata
from app.domain.kinds import Step
from app.domain.permalinks import channel_key, permalink_if_known
from app.domain.reading import PagesRead, TextOf
from app.domain.words import content
from app.models import Channel, MediaFile, MediaGroup, Post, PostMedia, Publication, Work
from app.pipeline.posts import enrichment
from app.pipeline.posts.revisions import Row, items_of, posts_of, publications_of


@dataclass(frozen=True)
class ChannelName:
    """A channel by its names. key: its part of an address of the page."""

    id: int
    title: str  # or the reference by which it was added
    key: str
    username: str | None


@dataclass(frozen=True)
class MediumShown:
    """A medium of a message. sha256, mime, size: of its file, None until that has arrived."""

    id: int
    role: str  # domain.kinds.MediaRole
    kind: str  # domain.kinds.MediaKind
    sha256: str | None = None
    mime: str | None = None
    size: int | None = None  # bytes; those that Telegram announced while the file is not here
    width: int | None = None
    height: int | None = None
    duration: float | None = None  # seconds
    file_name: str | None = None  # as the sender called it
    damaged: str | None = None
    missing: str | None = None  # why its file is not here
    description: str | None = None  # by the reading in use, like labels and words
    labels: tuple[str, ...] = ()
    words: str = ""  # that OCR found
    texts: tuple[TextOf, ...] = ()  # those of `words` apart, and those that are not used; empty for a single one
    pages: PagesRead | None = None  # of a document


@dataclass(frozen=True)
class ItemShown:
    """One message of a publication."""

    message_id: int
    text: str
    posted_at: datetime | None
    edited_at: datetime | None
    deleted_at: datetime | None
    media: tuple[MediumShown, ...]
    entities: Sequence[Mapping[str, Any]] = ()  # of its text, as domain.messages.Entity
    words: Sequence[Mapping[str, Any]] = ()  # beside its text: domain.words
    history: Sequence[Mapping[str, Any]] = ()  # texts before its edits, the oldest first
    forward: Mapping[str, Any] | None = None  # its origin, as domain.messages.Forward


@dataclass(frozen=True)
class Shown:
    """A publication. number: of its lead message in Telegram. album: its kind, None for a lone post."""

    id: int
    number: int
    channel: ChannelName
    permalink: str | None
    posted_at: datetime | None
    deleted_at: datetime | None
    revision: int
    album: str | None
    text: str
    items: tuple[ItemShown, ...]
    tags: tuple[str, ...]

    @property
    def media(self) -> tuple[MediumShown, ...]:
        """The media of all items, in their order."""
        return tuple(medium for item in self.items for medium in item.media)


def channel_name(channel: Channel) -> ChannelName:
    """The names of a channel."""
    key = channel_key(channel.username, channel.telegram_id, channel.reference)
    return ChannelName(channel.id, channel.title or channel.reference, key, channel.username)


def shown(session: Session, ids: Sequence[int]) -> list[Shown]:
    """The publications in the order of their ids as given; those without a post are left out."""
    rows = items_of(session, ids)
    publications = publications_of(session, ids)
    channels = _channels(session, {one.channel_id for one in publications.values()})
    albums = dict(
        session.execute(
            select(MediaGroup.publication_id, MediaGroup.album_kind).where(MediaGroup.publication_id.in_(ids))
        ).all()
    )
    tags = enrichment.read_all(session, publications.values(), TagsMetadata)
    media = _media(session, rows, enrichment.read_all(session, publications.values(), VisionMetadata))
    found = []
    for one in (publications[id_] for id_ in ids if rows.get(id_)):
        channel = channels[one.channel_id]
        found.append(_shown(one, channel, rows[one.id], media, albums.get(one.id), tags.get(one.id)))
    return found


def _channels(session: Session, ids: set[int]) -> dict[int, Channel]:
    return {one.id: one for one in session.scalars(select(Channel).where(Channel.id.in_(ids)))}


def _media(
    session: Session, rows: Mapping[int, Sequence[Row]], readings: Mapping[int, VisionMetadata]
) -> dict[int, MediumShown]:
    """medium -> how it is shown."""
    media = {medium.id: (id_, medium) for id_, some in rows.items() for _, medium in some if medium is not None}
    hashes = {medium.sha256 for _, medium in media.values() if medium.sha256}
    files = {one.sha256: one for one in session.scalars(select(MediaFile).where(MediaFile.sha256.in_(hashes)))}
    why = why_missing(session, [id_ for id_, (_, medium) in media.items() if not medium.sha256])
    read = {(id_, one.sha256): one for id_, some in readings.items() for one in some.items}
    return {
        id_: medium_shown(
            medium, files.get(medium.sha256 or ""), why.get(id_), read.get((publication, medium.sha256 or ""))
        )
        for id_, (publication, medium) in media.items()
    }


def why_missing(session: Session, media: Sequence[int]) -> dict[int, str]:
    """medium -> why its download ended, waits or failed last."""
    told = func.coalesce(Work.reason, Work.last_error)
    query = select(Work.subject_id, told).where(Work.step == Step.DOWNLOAD, Work.subject_id.in_(media))
    return {medium: why for medium, why in session.execute(query) if why}


def medium_shown(
    row: PostMedia, file: MediaFile | None, missing: str | None, reading: ItemVision | None
) -> MediumShown:
    """A medium with its file and its reading in use, if those are here."""
    return MediumShown(
        id=row.id,
        role=row.role,
        kind=row.kind,
        sha256=file.sha256 if file else None,
        mime=file.mime if file else row.mime,
        size=file.size if file else row.size,
        width=(file.width if file else None) or row.width,
        height=(file.height if file else None) or row.height,
        duration=(file.duration if file else None) or row.duration,
        file_name=row.file_name,
        damaged=file.damaged if file else None,
        missing=None if file else missing,
        description=reading.description if reading else None,
        labels=tuple(reading.labels) if reading else (),
        words=reading.ocr_text if reading else "",
        texts=reading.texts if reading else (),
        pages=reading.pages if reading else None,
    )


def _shown(
    publication: Publication,
    channel: Channel,
    rows: Sequence[Row],
    media: Mapping[int, MediumShown],
    album: str | None,
    tags: TagsMetadata | None,
) -> Shown:
    own: dict[int, list[MediumShown]] = defaultdict(list)
    for post, medium in rows:
        own[post.id] += [media[medium.id]] if medium is not None else []
    items = tuple(_item(post, tuple(own[post.id])) for post in posts_of(rows))
    number = items[0].message_id
    return Shown(
        id=publication.id,
        number=number,
        channel=channel_name(channel),
        permalink=permalink_if_known(channel.username, channel.telegram_id, number),
        posted_at=publication.posted_at,
        deleted_at=publication.deleted_at,
        revision=publication.revision,
        album=album,
        text=publication.text,
        items=items,
        tags=tuple(tags.tags) if tags else (),
    )


def _item(post: Post, media: tuple[MediumShown, ...]) -> ItemShown:
    times = (post.posted_at, post.edited_at, post.deleted_at)
    told = (post.entities, content(post.words), post.history)
    return ItemShown(post.telegram_message_id, post.text, *times, media, *told, forward=post.forward)
