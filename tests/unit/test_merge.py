"""The readings of a publication's files, merged: which of them count, in which order, and how whole they are."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.enrichment import ItemVision
from app.domain.features import features_hash
from app.domain.kinds import Classification, MediaRole
from app.domain.reading import Reading
from app.models import Post, PostMedia
from app.pipeline.posts.revisions import Row
from app.pipeline.steps.merge import InUse, Read, in_use, merged
from tests.factories.readings import label, ocr, reading

CHAIN = [3, 1]  # the primary first


def row(message: int, sha256: str | None, role: MediaRole = MediaRole.OWN) -> Row:
    """A post with one medium, whose file may not have come."""
    return Post(id=message * 10, telegram_message_id=message), PostMedia(sha256=sha256, role=role)


def words(message: int) -> Row:
    """A post without media."""
    return Post(id=message * 10, telegram_message_id=message), None


def read(version: int = 3, status: str = "ok", **fields: Any) -> tuple[int, Read]:
    """A reading in use."""
    return version, Read(Reading(**fields), status)


def merge(rows: list[Row], found: InUse) -> Any:
    """The vision of revision 5."""
    return merged(5, rows, found, CHAIN)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [(["ok", "ok"], "ok"), (["partial", "ok"], "partial"), (["ok", "partial"], "partial"), (["partial"], "partial")],
)
def test_one_file_read_in_part_makes_the_whole_partial(statuses: list[str], status: str) -> None:
    found = {f"{number}": read(status=each) for number, each in enumerate(statuses)}
    assert merge([row(number, sha256) for number, sha256 in enumerate(found)], found).status == status


def test_the_status_is_that_of_the_publications_own_files() -> None:
    """A file of another publication in the same batch was read in part."""
    found = {"a": read(), "other": read(status="partial")}
    assert merge([row(1, "a")], found).status == "ok"


def test_items_come_in_the_order_of_the_album_each_file_once() -> None:
    rows = [row(1, "c"), row(2, "a"), words(3), row(4, "c"), row(5, None), row(6, "unread"), row(7, "b")]
    vision = merge(rows, {"a": read(), "b": read(), "c": read()})
    assert [(item.sha256, item.message_ids) for item in vision.items] == [("c", [1, 4]), ("a", [2]), ("b", [7])]
    assert (vision.revision, vision.vision_version) == (5, 3)


def test_a_post_that_shows_a_file_twice_is_named_once() -> None:
    twice = [row(1, "a"), (Post(id=10, telegram_message_id=1), PostMedia(sha256="a", role=MediaRole.PREVIEW))]
    [item] = merge(twice, {"a": read()}).items
    assert item.message_ids == [1]


def test_the_features_are_those_of_all_readable_files_by_their_names() -> None:
    a, b = reading("boat"), reading("gull")
    vision = merge([row(1, "b"), row(2, "a")], {"a": (3, Read(a, "ok")), "b": (3, Read(b, "ok")), "x": read()})
    assert vision.features_hash == features_hash({"a": a, "b": b})


def test_an_item_has_all_that_search_and_tags_need() -> None:
    seen = Reading(
        classification=Classification.MEME,
        description="A boat.",
        is_meme=True,
        labels=(label("boat", 0.4), label("quay", 0.9)),
        ocr=ocr("Quay 7", 0.5),
        nsfw=0.25,
        language="en",
        phash="0123456789abcdef",
    )
    [item] = merge([row(8, "a")], {"a": (1, Read(seen, "ok"))}).items
    assert item == ItemVision(
        sha256="a",
        message_ids=[8],
        vision_version=1,
        classification=Classification.MEME,
        is_meme=True,
        description="A boat.",
        labels=["boat", "quay"],
        ocr_text="Quay 7",
        language="en",
        nsfw=0.25,
        phash="0123456789abcdef",
    )
    [wordless] = merge([row(8, "a")], {"a": read()}).items
    assert wordless.ocr_text == ""


def test_the_version_is_the_lowest_in_use() -> None:
    assert merge([row(1, "a"), row(2, "b")], {"a": read(3), "b": read(1)}).vision_version == 1
    assert merge([row(1, "a"), row(2, "b")], {"a": read(3), "b": read(9)}).vision_version == 9, "none of the chain"


def test_a_preview_makes_nothing_older_beside_own_files() -> None:
    """Previews are read by a lesser provider on purpose; a post of previews alone has their version."""
    preview = row(1, "p", MediaRole.PREVIEW)
    found = {"own": read(3), "p": read(1)}
    assert merge([row(1, "own"), preview], found).vision_version == 3
    assert merge([preview], found).vision_version == 1
    assert merge([row(1, None), preview], found).vision_version == 1, "its own file has not been read"


def test_a_publication_without_a_reading_has_no_vision() -> None:
    assert merge([row(1, "a"), words(2), row(3, None)], {"b": read()}) is None
    assert merge([], {}) is None


def test_the_reading_in_use_is_that_of_the_highest_provider() -> None:
    of = {version: Read(reading(f"by {version}"), "ok") for version in (1, 3, 7)}
    assert in_use({"a": of, "b": {7: of[7], 1: of[1]}}, CHAIN) == {"a": (3, of[3]), "b": (1, of[1])}
