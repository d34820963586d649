"""Makes the pipeline's events, one function for each; outbox.add writes them in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.kinds import MediaRole, Trigger
from app.events.schemas import PostIndexedV1, PostParsedV1, PostTaggedV1, VisionAnalyzedV1, VisionUploadedV1
from app.models import Publication


class Common(TypedDict):
    """The fields that all events have."""

    trace_id: str | None
    publication_id: int
    post_id: int
    channel_id: int
    revision: int


def post_parsed(publication: Publication, media: Sequence[tuple[str, MediaRole]]) -> PostParsedV1:
    """The publication is complete. media: sha256 and role of its files, own media first, in item order."""
    return PostParsedV1(
        **_common(publication),
        grouped_id=publication.grouped_id,
        media_sha256_list=[sha256 for sha256, _ in media],
        media_roles=[role for _, role in media],
    )


def vision_uploaded(publication: Publication, version: int) -> VisionUploadedV1:
    """Media of the publication await their reading under this vision version."""
    return VisionUploadedV1(**_common(publication), vision_version=version)


def vision_analyzed(publication: Publication, vision: VisionMetadata) -> VisionAnalyzedV1:
    """The publication's readings were merged."""
    return VisionAnalyzedV1(
        **_common(publication), vision_version=vision.vision_version, features_hash=vision.features_hash
    )


def post_tagged(publication: Publication, tags: TagsMetadata, *, lineage: int) -> PostTaggedV1:
    """The publication was tagged. lineage: id of the row in tag_changes."""
    return PostTaggedV1(
        **_common(publication),
        trigger=Trigger(tags.trigger),
        tags=tags.tags,
        tags_hash=tags.tags_hash,
        vision_version=tags.tags_version,
        tag_change_id=lineage,
    )


def post_indexed(publication: Publication, content_hash: str, *, lineage: int | None) -> PostIndexedV1:
    """Search finds the publication with this content. lineage: its newest row in tag_changes."""
    return PostIndexedV1(**_common(publication), content_hash=content_hash, tag_change_id=lineage)


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
