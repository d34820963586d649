"""Events about a publication, as its steps announce them."""

from __future__ import annotations

from typing import Any

from app.domain.kinds import Trigger
from app.events.schemas import PostParsedV1, PostTaggedV1, VisionAnalyzedV1

HASH = "a" * 64


def parsed(publication: int = 1, **changes: Any) -> PostParsedV1:
    """posts.parsed of a publication of one post without media. changes: fields of the event, as below."""
    return PostParsedV1(**{**_about(publication), "grouped_id": None, "media_sha256_list": [], **changes})


def analyzed(publication: int = 1, **changes: Any) -> VisionAnalyzedV1:
    """posts.vision.analyzed of the second recipe."""
    return VisionAnalyzedV1(**{**_about(publication), "vision_version": 2, "features_hash": HASH, **changes})


def tagged(publication: int = 1, lineage: int = 1, **changes: Any) -> PostTaggedV1:
    """posts.tagged of the first tags. lineage: the id of the row in tag_changes."""
    first = {"trigger": Trigger.INITIAL, "tags": ["кот"], "tags_hash": HASH, "vision_version": 1}
    return PostTaggedV1(**{**_about(publication), **first, "tag_change_id": lineage, **changes})


def _about(publication: int) -> dict[str, Any]:
    return {"publication_id": publication, "post_id": publication, "channel_id": 1, "revision": 1}
