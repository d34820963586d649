"""What the pipeline says: one function an event, written in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.kinds import Trigger
from app.events import outbox
from app.events.schemas import PostIndexedV1, PostParsedV1, PostTaggedV1, VisionAnalyzedV1, VisionUploadedV1
from app.models import Publication, TagChange


class Common(TypedDict):
    """The fields that all events have."""

    trace_id: str | None
    publication_id: int
    post_id: int
    channel_id: int
    revision: int


def post_parsed(session: Session, publication: Publication, media: Sequence[str]) -> None:
    """The publication is complete. media: sha256 of its files, in item order."""
    event = PostParsedV1(**_common(publication), grouped_id=publication.grouped_id, media_sha256_list=list(media))
    outbox.add(session, event)


def vision_uploaded(session: Session, publication: Publication, version: int) -> None:
    """Media of the publication await their reading under this vision version."""
    outbox.add(session, VisionUploadedV1(**_common(publication), vision_version=version))


def vision_analyzed(session: Session, publication: Publication, vision: VisionMetadata) -> None:
    """The publication's readings were merged."""
    event = VisionAnalyzedV1(
        **_common(publication), vision_version=vision.vision_version, features_hash=vision.features_hash
    )
    outbox.add(session, event)


def post_tagged(session: Session, publication: Publication, tags: TagsMetadata, *, lineage: int) -> None:
    """The publication was tagged. lineage: id of the row in tag_changes."""
    event = PostTaggedV1(
        **_common(publication),
        trigger=Trigger(tags.trigger),
        tags=tags.tags,
        tags_hash=tags.tags_hash,
        vision_version=tags.tags_version,
        tag_change_id=lineage,
    )
    outbox.add(session, event)


def post_indexed(session: Session, publication: Publication, content_hash: str) -> None:
    """Search finds the publication with this content."""
    newest = session.scalar(select(func.max(TagChange.id)).where(TagChange.publication_id == publication.id))
    outbox.add(session, PostIndexedV1(**_common(publication), content_hash=content_hash, tag_change_id=newest))


def _common(publication: Publication) -> Common:
    if publication.lead_post_id is None:
        raise ValueError(f"publication {publication.id} has no lead post yet: events come after it is persisted")
    return Common(
        trace_id=publication.trace_id or None,
        publication_id=publication.id,
        post_id=publication.lead_post_id,
        channel_id=publication.channel_id,
        revision=publication.revision,
    )
