"""Collects the whole story of a publication: messages, files, readings, lineage, costs, work and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.browse.shown import why_missing
from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.kinds import State, Step
from app.domain.permalinks import permalink
from app.domain.steps import STEPS, Subject
from app.explain.costs import Costs, costs, media_of
from app.explain.find import Traced
from app.explain.lineage import declined, lineage
from app.explain.readings import ReadingOf, readings
from app.models import (
    Channel,
    MediaFile,
    MediaGroup,
    OutboxEvent,
    Post,
    PostMedia,
    Publication,
    SearchDocument,
    VisionVersion,
    Work,
)
from app.pipeline.posts import enrichment
from app.pipeline.posts.revisions import items_of, posts_of
from app.search.within import Within

OF_FILES = STEPS.where(lambda spec: spec.subject is Subject.FILE)


@dataclass(frozen=True)
class Medium:
    """A medium of a message. sha256 and the rest: of its file, once it has arrived."""

    role: str  # domain.kinds.MediaRole
    kind: str
    sha256: str | None = None
    mime: str | None = None
    size: int | None = None
    announced: int | None = None  # bytes that Telegram announced, if the file has another size or is not here
    damaged: str | None = None
    missing: str | None = None  # why its file is not here


@dataclass(frozen=True)
class Message:
    """One item of the publication. kind to damaged: of its first medium."""

    message_id: int
    text: str
    edited: bool
    deleted: bool
    versions: int  # number of earlier texts that are kept
    kind: str | None = None
    sha256: str | None = None
    mime: str | None = None
    size: int | None = None
    announced: int | None = None  # bytes that Telegram announced, if the file has another size or is not here
    damaged: str | None = None
    missing: str | None = None  # why its file is not here
    carries: str | None = None  # the kind of message; None for one that was read before kinds were kept
    words: list[dict[str, Any]] = field(default_factory=list)  # beside its text: domain.words
    media: list[Medium] = field(default_factory=list)
    not_taken: list[str] = field(default_factory=list)


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
    tags_from: dict[str, Any]  # the inputs that the current tags were made from
    costs: Costs
    recipes: dict[int, str] = field(default_factory=dict)  # version -> provider and model
    lineage: list[dict[str, Any]] = field(default_factory=list)
    declined: list[dict[str, Any]] = field(default_factory=list)  # questions that a paid tagger left undone
    work: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    indexed: str | None = None
    traced: int | None = (
        None  # the revision that the user asked for by its trace; then work and events are those of that revision
    )


def explain(session: Session, publication: Publication, of: Traced | None = None, within: Within = None) -> Explanation:
    """Collects the story of a publication. of: the trace that the user asked about, if any.

    within: channels whose posts and files it may name beside its own.
    """
    channel = session.get_one(Channel, publication.channel_id)
    lead = session.get_one(Post, publication.lead_post_id)
    vision = enrichment.read(session, publication, VisionMetadata)
    tags = enrichment.read(session, publication, TagsMetadata)
    group = session.scalars(select(MediaGroup).where(MediaGroup.publication_id == publication.id)).first()
    address = channel.username or channel.telegram_id
    messages = _messages(session, publication)
    media, files = media_of(session, publication)
    indexed = session.get(SearchDocument, publication.id)
    return Explanation(
        publication_id=publication.id,
        revision=publication.revision,
        channel=channel.title or channel.reference,
        permalink=permalink(channel.username, channel.telegram_id, lead.telegram_message_id) if address else None,
        album=f"{group.album_kind}, {group.items_count} items, {group.state}" if group else None,
        trace_id=of.trace_id if of else publication.trace_id,
        messages=messages,
        readings=readings(session, _hashes(messages), vision, within),
        vision_version=vision.vision_version if vision else None,
        features_hash=vision.features_hash if vision else None,
        tags=tags.tags if tags else [],
        tags_from=tags.model_dump(exclude={"tags"}) if tags else {},
        costs=costs(session, publication, files, within),
        recipes={row.id: f"{row.provider} {row.model}" for row in session.scalars(select(VisionVersion))},
        lineage=lineage(session, publication),
        declined=declined(session, publication),
        work=[row for row in _work(session, publication, media, files) if of is None or _belongs(row, of)],
        events=[row for row in _events(session, publication) if of is None or row["trace_id"] == of.trace_id],
        indexed=indexed.indexed_at.isoformat() if indexed else None,
        traced=of.revision if of else None,
    )


def _belongs(row: dict[str, Any], of: Traced) -> bool:
    """Whether a row belongs to the trace: its own rows, and all downloads and readings, also those of other traces."""
    return row["trace_id"] == of.trace_id or not STEPS[Step(row["step"])].revised


def as_json(story: Explanation) -> dict[str, Any]:
    """The story as JSON values."""
    return {**asdict(story), "costs": {**asdict(story.costs), "total": story.costs.total}}


def _messages(session: Session, publication: Publication) -> list[Message]:
    rows = items_of(session, [publication.id])[publication.id]
    hashes = [media.sha256 for _, media in rows if media and media.sha256]
    files = {file.sha256: file for file in session.scalars(select(MediaFile).where(MediaFile.sha256.in_(hashes)))}
    why = why_missing(session, [media.id for _, media in rows if media and not media.sha256])
    media: dict[int, list[Medium]] = {post.id: [] for post, _ in rows}
    for post, row in rows:
        media[post.id] += [_medium(row, files.get(row.sha256 or ""), why.get(row.id))] if row is not None else []
    return [_message(post, media[post.id]) for post in posts_of(rows)]


def _hashes(messages: Sequence[Message]) -> list[str]:
    return [medium.sha256 for message in messages for medium in message.media if medium.sha256]


def _medium(row: PostMedia, file: MediaFile | None, missing: str | None) -> Medium:
    if file is None:
        return Medium(row.role, row.kind, announced=row.size, missing=missing)
    announced = row.size if row.size != file.size else None
    return Medium(row.role, row.kind, file.sha256, file.mime, file.size, announced, file.damaged)


def _message(post: Post, media: list[Medium]) -> Message:
    first = {name: value for name, value in asdict(media[0]).items() if name != "role"} if media else {}
    return Message(
        message_id=post.telegram_message_id,
        text=post.text,
        edited=post.edited_at is not None,
        deleted=post.deleted_at is not None,
        versions=len(post.history),
        carries=post.kind,
        words=post.words,
        media=media,
        not_taken=post.not_taken,
        **first,
    )


def _work(
    session: Session, publication: Publication, media: Sequence[int], files: Mapping[int, str]
) -> list[dict[str, Any]]:
    """The steps of its revisions and those of its media and files, in the order of their creation."""
    wanted = ((STEPS.revised, [publication.id]), ([Step.DOWNLOAD], media), (OF_FILES, files))
    # A statement for each: with `OR` between them PostgreSQL reads the whole table.
    queries = [select(Work).where(Work.step.in_(steps), Work.subject_id.in_(ids)) for steps, ids in wanted if ids]
    rows = sorted((row for query in queries for row in session.scalars(query)), key=lambda row: row.id)
    return [_row(row, files.get(row.subject_id) if row.step in OF_FILES else None) for row in rows]


def _row(row: Work, sha256: str | None) -> dict[str, Any]:
    """A row as JSON values. until: next try. sha256: the file of a step on files; the revision
    of a reading is the recipe's version."""
    names = ("step", "revision", "state", "reason", "attempts", "last_error", "asked", "trace_id")
    open_ = row.state in (State.WAITING, State.DUE)
    return {
        **{name: getattr(row, name) for name in names},
        "sha256": sha256,
        "until": row.next_attempt_at.astimezone(UTC).isoformat() if open_ else None,
        "seconds": round(row.seconds, 3),
        "created_at": row.created_at.astimezone(UTC).isoformat(),
        "updated_at": row.updated_at.astimezone(UTC).isoformat(),
    }


def _events(session: Session, publication: Publication) -> list[dict[str, Any]]:
    query = select(OutboxEvent).where(OutboxEvent.publication_id == publication.id).order_by(OutboxEvent.id)
    return [
        {
            "id": event.id,
            "routing_key": event.routing_key,
            "idempotency_key": event.idempotency_key,
            "trace_id": event.trace_id,
            "created_at": event.created_at.isoformat(),
            "published": event.published_at is not None,
        }
        for event in session.scalars(query)
    ]
