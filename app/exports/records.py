"""Publications with all that an export tells of them, in a few statements for a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, func, select, true
from sqlalchemy.orm import Session

from app.browse.shown import ItemShown, MediumShown, Shown, shown
from app.domain.enrichment import ItemVision, VisionMetadata
from app.domain.export.records import ChannelRecord, MediumRecord, PostRecord, ReadingRecord, Record
from app.domain.permalinks import permalink_if_known
from app.models import Channel, MediaFile, Post, PostMedia, Publication, VisionVersion
from app.models.bulk import table_of
from app.pipeline.engine.row_by_row import for_each
from app.pipeline.posts import enrichment
from app.settings import get_settings

Key = tuple[int, int]  # channel, number of a message


@dataclass(frozen=True)
class Facts:
    """What the publications of a page have beside that which a reader sees."""

    channels: Mapping[int, Channel]
    posts: Mapping[Key, Post]
    readings: Mapping[tuple[int, str], ItemVision]  # by publication and sha256
    recipes: Mapping[int, str]
    extensions: Mapping[str, str]  # by sha256, as the two below
    postings: Mapping[str, tuple[datetime | None, datetime | None]]  # the first and the last
    window: int  # newest ids of a channel that each poll reads again


def records(session: Session, ids: Sequence[int]) -> list[Record]:
    """The publications in this order; those without a post are left out."""
    found = shown(session, ids)
    facts = _facts(session, found)
    return [_record(one, facts) for one in found]


def _facts(session: Session, found: Sequence[Shown]) -> Facts:
    channels = {one.channel.id for one in found}
    hashes = {medium.sha256 for one in found for medium in one.media if medium.sha256}
    publications = session.scalars(select(Publication).where(Publication.id.in_([one.id for one in found]))).all()
    read = enrichment.read_all(session, publications, VisionMetadata)
    posts = session.scalars(select(Post).where(Post.publication_id.in_([one.id for one in found])))
    versions = session.execute(select(VisionVersion.id, VisionVersion.provider, VisionVersion.model))
    files = session.execute(select(MediaFile.sha256, MediaFile.extension).where(MediaFile.sha256.in_(hashes)))
    return Facts(
        {one.id: one for one in session.scalars(select(Channel).where(Channel.id.in_(channels)))},
        {(one.channel_id, one.telegram_message_id): one for one in posts},
        {(id_, item.sha256): item for id_, some in read.items() for item in some.items},
        {id_: f"{provider} {model}" for id_, provider, model in versions},
        dict(files.all()),
        _postings(session, hashes),
        get_settings().edit_window,
    )


def _postings(session: Session, hashes: set[str]) -> dict[str, tuple[datetime | None, datetime | None]]:
    """When each file was posted first and last."""
    wanted = table_of({"sha256": (Text(), sorted(hashes))}, "wanted")
    media = for_each(select(PostMedia.post_id).where(PostMedia.sha256 == wanted.c.sha256))
    post = for_each(select(Post.posted_at).where(Post.id == media.c.post_id))
    query = select(wanted.c.sha256, func.min(post.c.posted_at), func.max(post.c.posted_at)).select_from(wanted)
    rows = session.execute(query.join(media, true()).join(post, true()).group_by(wanted.c.sha256))
    return {sha256: (first, last) for sha256, first, last in rows}


def _record(one: Shown, facts: Facts) -> Record:
    channel = facts.channels[one.channel.id]
    posts = tuple(_post(one, item, channel, facts) for item in one.items)
    edits = [post.edited_at for post in posts if post.edited_at]
    return Record(
        id=one.id,
        permalink=one.permalink,
        channel=ChannelRecord(one.channel.title, channel.username, channel.telegram_id),
        posted_at=one.posted_at,
        first_seen_at=min(post.first_seen_at for post in posts),
        last_seen_at=max(post.last_seen_at for post in posts),
        edited_at=max(edits) if edits else None,
        deleted_at=one.deleted_at,
        revision=one.revision,
        album=one.album,
        text=one.text,
        tags=one.tags,
        posts=posts,
    )


def _post(one: Shown, item: ItemShown, channel: Channel, facts: Facts) -> PostRecord:
    row = facts.posts[(one.channel.id, item.message_id)]
    return PostRecord(
        message_id=item.message_id,
        permalink=permalink_if_known(channel.username, channel.telegram_id, item.message_id),
        posted_at=item.posted_at,
        first_seen_at=row.created_at,
        last_seen_at=last_seen(row, channel, facts.window),
        edited_at=item.edited_at,
        deleted_at=item.deleted_at,
        text=item.text,
        words=item.words,
        earlier=item.history,
        forward=item.forward,
        reply_to=row.reply_to,
        views=row.views,
        forwards=row.forwards,
        media=tuple(_medium(one.id, medium, facts) for medium in item.media),
    )


def last_seen(row: Post, channel: Channel, window: int) -> datetime:
    """The last moment at which Telegram still showed the message, as far as rows prove it.

    A message in the window that each poll reads again was there at the last poll that reached the head, unless that
    noticed its deletion. Of an older one the first reading and its edits are known.
    """
    known = [row.created_at, *([row.edited_at] if row.edited_at else [])]
    again = channel.cursor is not None and row.telegram_message_id > channel.cursor - window
    if again and row.deleted_at is None and channel.last_success_at is not None:
        known.append(channel.last_success_at)
    return max(known)


def _medium(publication: int, medium: MediumShown, facts: Facts) -> MediumRecord:
    sha256 = medium.sha256 or ""
    first, last = facts.postings.get(sha256, (None, None))
    read = facts.readings.get((publication, sha256))
    return MediumRecord(
        kind=medium.kind,
        role=medium.role,
        sha256=medium.sha256,
        size=medium.size,
        mime=medium.mime,
        extension=facts.extensions.get(sha256, ""),
        width=medium.width,
        height=medium.height,
        duration=medium.duration,
        file_name=medium.file_name,
        path=None,
        missing=medium.missing,
        first_posted_at=first,
        last_posted_at=last,
        reading=_reading(read, facts.recipes) if read else None,
    )


def _reading(read: ItemVision, recipes: Mapping[int, str]) -> ReadingRecord:
    return ReadingRecord(
        version=read.vision_version,
        recipe=recipes.get(read.vision_version, ""),
        classification=read.classification.value,
        is_meme=read.is_meme,
        description=read.description,
        labels=tuple(read.labels),
        words=read.ocr_text,
        texts=read.texts,
        pages=read.pages,
        language=read.language,
    )
