"""The events: one versioned schema for each routing key, and an idempotency key that makes doubles harmless."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, computed_field

from app.domain.kinds import MediaRole, Trigger

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def idempotency_key(event: str, publication: int, revision: int, lineage: int | str) -> str:
    """{event}:{publication}:{revision}:{version or lineage id}: equal for doubles of one event only.

    Without the last part, the first tagging of a revision and a later one would have the same key.
    """
    return f"{event}:{publication}:{revision}:{lineage}"


class Event(BaseModel):
    """The fields of all events. Readers ignore unknown fields, so that new ones may be added within a version."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    routing_key: ClassVar[str]

    schema_version: int = Field(default=1, ge=1, le=1)
    trace_id: str | None = None
    occurred_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    publication_id: int
    post_id: int  # the lead post
    channel_id: int
    revision: int

    @property
    def lineage(self) -> int | str:
        """The part of the key that differs between two events of one kind about the same revision."""
        return 0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def idempotency_key(self) -> str:
        """Equal in every copy of this event."""
        return idempotency_key(type(self).__name__, self.publication_id, self.revision, self.lineage)


class PostParsedV1(Event):
    """A publication is complete: its items are known and their media arrived, or are known not to come."""

    routing_key = "posts.parsed"
    grouped_id: int | None
    media_sha256_list: list[Sha256]  # own media first, in item order; the same file twice is there twice
    media_roles: list[MediaRole] = []  # of each of these files; empty in events from before there were roles

    @property
    def lineage(self) -> str:
        # A download that is retried later adds a file to the same revision: that is another event.
        return hashlib.sha256(",".join(self.media_sha256_list).encode()).hexdigest()[:12]


class VisionUploadedV1(Event):
    """Media of a publication await their reading under this vision version."""

    routing_key = "posts.vision.uploaded"
    vision_version: int

    @property
    def lineage(self) -> int:
        return self.vision_version


class VisionAnalyzedV1(Event):
    """The readings of a publication's media were merged."""

    routing_key = "posts.vision.analyzed"
    vision_version: int
    features_hash: Sha256

    @property
    def lineage(self) -> str:
        # Within a version, the features change when one more file has been read.
        return f"{self.vision_version}-{self.features_hash[:12]}"


class PostTaggedV1(Event):
    """A publication was tagged."""

    routing_key = "posts.tagged"
    trigger: Trigger
    tags: list[str]  # sorted, unique
    tags_hash: Sha256  # domain.tags.tags_hash
    vision_version: int | None  # of the reading that the tags were made from
    tag_change_id: int  # the row of lineage

    @property
    def lineage(self) -> int:
        return self.tag_change_id


class PostIndexedV1(Event):
    """Search finds the publication with this content."""

    routing_key = "posts.indexed"
    content_hash: Sha256
    tag_change_id: int | None  # the newest row of lineage whose tags are in the content; None before any

    @property
    def lineage(self) -> str:
        # Content may return to an earlier value; the row of lineage does not.
        return f"{self.tag_change_id or 0}-{self.content_hash[:12]}"


SCHEMAS: dict[str, type[Event]] = {
    schema.routing_key: schema
    for schema in (PostParsedV1, VisionUploadedV1, VisionAnalyzedV1, PostTaggedV1, PostIndexedV1)
}


def parse(routing_key: str, payload: object) -> Event:
    """The event of a message. ValueError for an unknown routing key or a payload that does not fit its schema."""
    schema = SCHEMAS.get(routing_key)
    if schema is None:
        raise ValueError(f"no event has the routing key {routing_key!r}")
    return schema.model_validate(payload)
