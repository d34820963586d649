"""The events that steps make of their results: each field from its place, and one key for each thing that happened."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.kinds import MediaRole, Trigger
from app.events import announce
from app.events.schemas import Event, VisionAnalyzedV1, parse
from app.models import Publication

BEGAN = datetime.now(UTC)  # the events below are made when pytest collects the tests
A, B = "a" * 64, "b" * 64
TRACE = "f" * 32
COMMON = {"trace_id": TRACE, "publication_id": 7, "post_id": 70, "channel_id": 3, "revision": 2}


def publication(**changes: object) -> Publication:
    """The second revision of an album."""
    about = {"id": 7, "lead_post_id": 70, "channel_id": 3, "revision": 2, "trace_id": TRACE, "grouped_id": -5}
    return Publication(**about | changes)


TAGS = TagsMetadata(
    tags=["boat", "quay"],
    tags_hash=A,
    tags_version=4,
    features_hash=B,
    text_hash="t",
    tagger_version="v",
    tagger_input_hash="i",
    revision=2,
    trigger="edit",
)
VISION = VisionMetadata(vision_version=4, features_hash=B, revision=2)
FILES = [(B, MediaRole.OWN), (A, MediaRole.OWN), (B, MediaRole.PREVIEW)]


def content(event: Event) -> dict[str, object]:
    """What is on the wire, but for the moment and the version of the schema."""
    wire = event.model_dump(mode="json")
    assert wire.pop("schema_version") == 1
    at = datetime.fromisoformat(str(wire.pop("occurred_at")))
    assert BEGAN <= at <= datetime.now(UTC)
    assert wire.pop("idempotency_key") == event.idempotency_key
    return wire


@pytest.mark.parametrize(
    ("event", "routing_key", "own", "key"),
    [
        (
            announce.post_parsed(publication(), FILES),
            "posts.parsed",
            {"grouped_id": -5, "media_sha256_list": [B, A, B], "media_roles": ["own", "own", "preview"]},
            "PostParsedV1:7:2:ac47c2a4b376",
        ),
        (
            announce.vision_uploaded(publication(), 4),
            "posts.vision.uploaded",
            {"vision_version": 4},
            "VisionUploadedV1:7:2:4",
        ),
        (
            announce.vision_analyzed(publication(), VISION),
            "posts.vision.analyzed",
            {"vision_version": 4, "features_hash": B},
            "VisionAnalyzedV1:7:2:4-bbbbbbbbbbbb",
        ),
        (
            announce.post_tagged(publication(), TAGS, lineage=12),
            "posts.tagged",
            {
                "trigger": "edit",
                "tags": ["boat", "quay"],
                "tags_hash": A,
                "vision_version": 4,
                "tag_change_id": 12,
            },
            "PostTaggedV1:7:2:12",
        ),
        (
            announce.post_indexed(publication(), A, lineage=12),
            "posts.indexed",
            {"content_hash": A, "tag_change_id": 12},
            "PostIndexedV1:7:2:12-aaaaaaaaaaaa",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("posts.") else "",
)
def test_each_field_is_from_its_place(event: Event, routing_key: str, own: dict[str, object], key: str) -> None:
    assert content(event) == COMMON | own
    assert (event.routing_key, event.idempotency_key) == (routing_key, key)
    assert parse(routing_key, event.model_dump(mode="json")) == event


def test_files_of_another_order_or_number_are_another_event() -> None:
    """A late file, and files that change places, of the same revision."""
    orders: tuple[list[tuple[str, MediaRole]], ...] = (FILES, sorted(FILES), FILES[:2], [])
    assert len({announce.post_parsed(publication(), files).idempotency_key for files in orders}) == 4


def test_a_lone_post_a_trace_and_a_lineage_that_are_not_there() -> None:
    bare = publication(grouped_id=None, trace_id="")
    parsed = announce.post_parsed(bare, [])
    assert (parsed.grouped_id, parsed.trace_id, parsed.media_sha256_list, parsed.media_roles) == (None, None, [], [])
    indexed = announce.post_indexed(bare, A, lineage=None)
    assert (indexed.tag_change_id, indexed.idempotency_key) == (None, "PostIndexedV1:7:2:0-aaaaaaaaaaaa")
    tagged = announce.post_tagged(bare, TAGS.model_copy(update={"tags_version": None}), lineage=1)
    assert (tagged.vision_version, tagged.trigger) == (None, Trigger.EDIT)


def test_before_it_has_a_lead_post_nothing_is_told_of_a_publication() -> None:
    with pytest.raises(ValueError, match="publication 7 has no lead post"):
        announce.post_indexed(publication(lead_post_id=None), A, lineage=None)


@pytest.mark.parametrize("wrong", ["a" * 63, "A" * 64, "a" * 65, "g" * 64, ""])
def test_a_hash_is_64_hexadecimal_digits(wrong: str) -> None:
    with pytest.raises(ValueError, match="features_hash"):
        VisionAnalyzedV1(**COMMON, vision_version=1, features_hash=wrong)
