"""Why a publication has its tags: everything that led to them, from rows."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.permalinks import permalink
from app.errors import UserError
from app.models import (
    Channel,
    MediaFile,
    MediaGroup,
    MediaVision,
    OutboxEvent,
    Post,
    PostMedia,
    Publication,
    SearchDocument,
    TagChange,
    VisionVersion,
    Work,
)
from app.pipeline import enrichment
from app.pipeline.revisions import REVISED, items_of
from app.search.filters import find_channels

NUMBER = re.compile(r"[0-9]{1,18}")  # what surely fits into 64 bits
LINK = re.compile(r"^(?:https?://)?t\.me/(?:c/)?(?:s/)?([\w-]+)/(\d+)(?:[?/#].*)?$")


@dataclass(frozen=True)
class Message:
    """One item of the publication and its file."""

    message_id: int
    text: str
    edited: bool
    deleted: bool
    versions: int  # texts before the present one that are kept
    kind: str | None = None
    sha256: str | None = None
    mime: str | None = None
    size: int | None = None
    damaged: str | None = None


@dataclass(frozen=True)
class ReadingOf:
    """What one recipe read from one file."""

    sha256: str
    version: int
    recipe: str  # provider and model
    in_use: bool
    classification: str
    labels: list[str]
    text: str
    error: str | None


@dataclass(frozen=True)
class Explanation:
    """The whole story of a publication."""

    publication_id: int
    revision: int
    channel: str
    permalink: str | None
    album: str | None  # kind and count of items
    trace_id: str
    messages: list[Message]
    readings: list[ReadingOf]
    vision_version: int | None
    features_hash: str | None
    tags: list[str]
    tags_from: dict[str, Any]  # what the current tags were made from
    lineage: list[dict[str, Any]] = field(default_factory=list)
    work: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    indexed: str | None = None


def find(session: Session, name: str) -> Publication:
    """The publication of a post: its permalink, channel/message id, or the database id of the post.

    UserError when there is none.
    """
    post = _by_database_id(session, int(name)) if NUMBER.fullmatch(name) else _by_message(session, name)
    if post is None:
        raise UserError(
            f"no post {name!r} is kept: give its permalink, CHANNEL/MESSAGE, or its id as `search --json` has it"
        )
    if post.publication_id is None:
        what = "could not be read; its raw form is kept" if post.status == "unparsed" else "is a note of Telegram's own"
        raise UserError(f"message {post.telegram_message_id} {what}: it has no tags")
    return session.get_one(Publication, post.publication_id)


def explain(session: Session, publication: Publication) -> Explanation:
    """Collects everything about it."""
    channel = session.get_one(Channel, publication.channel_id)
    lead = session.get_one(Post, publication.lead_post_id)
    vision = enrichment.read(session, publication, VisionMetadata)
    tags = enrichment.read(session, publication, TagsMetadata)
    group = session.scalars(select(MediaGroup).where(MediaGroup.publication_id == publication.id)).first()
    address = channel.username or channel.telegram_id
    messages = _messages(session, publication)
    indexed = session.get(SearchDocument, publication.id)
    return Explanation(
        publication_id=publication.id,
        revision=publication.revision,
        channel=channel.title or channel.reference,
        permalink=permalink(channel.username, channel.telegram_id, lead.telegram_message_id) if address else None,
        album=f"{group.album_kind}, {group.items_count} items, {group.state}" if group else None,
        trace_id=publication.trace_id,
        messages=messages,
        readings=_readings(session, {m.sha256 for m in messages if m.sha256}, vision),
        vision_version=vision.vision_version if vision else None,
        features_hash=vision.features_hash if vision else None,
        tags=tags.tags if tags else [],
        tags_from=tags.model_dump(exclude={"tags"}) if tags else {},
        lineage=_lineage(session, publication),
        work=_work(session, publication),
        events=_events(session, publication),
        indexed=indexed.indexed_at.isoformat() if indexed else None,
    )


def as_json(story: Explanation) -> dict[str, Any]:
    """JSON values."""
    return asdict(story)


def _by_database_id(session: Session, number: int) -> Post | None:
    return session.get(Post, number)


def _by_message(session: Session, name: str) -> Post | None:
    link = LINK.match(name.strip())
    channel, _, message = (link[1], "", link[2]) if link else name.strip().rpartition("/")
    if not channel or not NUMBER.fullmatch(message):
        return None
    query = select(Post).where(
        Post.channel_id.in_(find_channels(session, channel)), Post.telegram_message_id == int(message)
    )
    return session.scalars(query).first()


def _messages(session: Session, publication: Publication) -> list[Message]:
    rows = items_of(session, [publication.id])[publication.id]
    hashes = [media.sha256 for _, media in rows if media and media.sha256]
    files = {file.sha256: file for file in session.scalars(select(MediaFile).where(MediaFile.sha256.in_(hashes)))}
    return [_message(post, media, files.get(media.sha256 or "") if media else None) for post, media in rows]


def _message(post: Post, media: PostMedia | None, file: MediaFile | None) -> Message:
    return Message(
        message_id=post.telegram_message_id,
        text=post.text,
        edited=post.edited_at is not None,
        deleted=post.deleted_at is not None,
        versions=len(post.history),
        kind=media.kind if media else None,
        sha256=file.sha256 if file else None,
        mime=file.mime if file else None,
        size=file.size if file else None,
        damaged=file.damaged if file else None,
    )


def _readings(session: Session, hashes: set[str], vision: VisionMetadata | None) -> list[ReadingOf]:
    used = {(item.sha256, item.vision_version) for item in vision.items} if vision else set()
    query = (
        select(MediaFile.sha256, MediaVision, VisionVersion)
        .join(MediaVision, MediaVision.media_file_id == MediaFile.id)
        .join(VisionVersion, VisionVersion.id == MediaVision.vision_version_id)
        .where(MediaFile.sha256.in_(hashes))
        .order_by(MediaVision.id)
    )
    return [_reading(name, row, version, used) for name, row, version in session.execute(query)]


def _reading(name: str, row: MediaVision, version: VisionVersion, used: set[tuple[str, int]]) -> ReadingOf:
    content = row.reading or {}
    return ReadingOf(
        sha256=name,
        version=version.id,
        recipe=f"{version.provider} {version.model}",
        in_use=(name, version.id) in used,
        classification=content.get("classification", ""),
        labels=[label["name"] for label in content.get("labels", [])],
        text=(content.get("ocr") or {}).get("text", ""),
        error=row.error,
    )


LINEAGE = (
    *("revision", "trigger", "reason", "called_tagger", "from_version", "to_version", "from_features", "to_features"),
    *("tagger_version", "added", "removed", "tokens"),
)


def _lineage(session: Session, publication: Publication) -> list[dict[str, Any]]:
    query = select(TagChange).where(TagChange.publication_id == publication.id).order_by(TagChange.id)
    return [
        {"at": change.at.isoformat(), **{name: getattr(change, name) for name in LINEAGE}}
        for change in session.scalars(query)
    ]


def _work(session: Session, publication: Publication) -> list[dict[str, Any]]:
    """The steps of its revisions, then the downloads of its files."""
    own = Work.step.in_(REVISED) & (Work.subject_id == publication.id)
    media = select(PostMedia.id).join(Post, Post.id == PostMedia.post_id).where(Post.publication_id == publication.id)
    downloads = (Work.step == "download") & Work.subject_id.in_(media)
    rows = session.scalars(select(Work).where(own | downloads).order_by(Work.id))
    names = ("step", "revision", "state", "reason", "attempts", "last_error")
    return [{**{name: getattr(row, name) for name in names}, "seconds": round(row.seconds, 3)} for row in rows]


def _events(session: Session, publication: Publication) -> list[dict[str, Any]]:
    query = select(OutboxEvent).where(OutboxEvent.publication_id == publication.id).order_by(OutboxEvent.id)
    return [
        {
            "id": event.id,
            "routing_key": event.routing_key,
            "idempotency_key": event.idempotency_key,
            "created_at": event.created_at.isoformat(),
            "published": event.published_at is not None,
        }
        for event in session.scalars(query)
    ]
