"""Albums: kind, text, fingerprint, siblings, and when one may still grow."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.albums import Item, album_kind, fingerprint, is_covered, may_still_grow, merged_text, sibling_range
from app.domain.kinds import AlbumKind, MediaKind, MediaRole
from app.models import Post, PostMedia
from app.pipeline.posts.revisions import contents

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ITEM = Item(7, "caption", [], "photo:1", deleted=False)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([MediaKind.PHOTO] * 3, AlbumKind.PHOTO),
        ([MediaKind.VIDEO] * 2, AlbumKind.VIDEO),
        ([MediaKind.PHOTO, MediaKind.VIDEO], AlbumKind.MIXED),
        ([MediaKind.DOCUMENT] * 2, AlbumKind.MIXED),
        ([MediaKind.AUDIO] * 2, AlbumKind.MIXED),
        ([], AlbumKind.MIXED),
    ],
)
def test_kind(kinds: list[MediaKind], expected: AlbumKind) -> None:
    assert album_kind(kinds) is expected


def test_the_item_of_a_post_tells_its_own_file_from_those_beside_it() -> None:
    """Mixed up, each publication that a poll touches would get a new revision after an update."""
    post = Post(id=1, telegram_message_id=7, text="caption", entities=[], words=[])
    preview = PostMedia(role=MediaRole.PREVIEW, telegram_key="photo:2")
    own, second = (PostMedia(role=MediaRole.OWN, telegram_key=f"photo:{n}") for n in (1, 3))
    beside = [(MediaRole.PREVIEW, "photo:2"), (MediaRole.OWN, "photo:3")]
    assert contents([(post, one) for one in (preview, own, second)]) == [replace(ITEM, more_media=beside, words=[])]
    alone = replace(ITEM, media_key=None, more_media=beside[:1], words=[])
    assert contents([(post, preview)]) == [alone]


def test_a_caption_on_any_item_belongs_to_the_album() -> None:
    items = [replace(ITEM, text=""), replace(ITEM, text=" "), replace(ITEM, text="third")]
    assert merged_text(items) == "third"
    assert merged_text([replace(ITEM, text="one"), replace(ITEM, text="two")]) == "one\n\ntwo"


@pytest.mark.parametrize(
    "other",
    [
        [replace(ITEM, text="edited")],
        [replace(ITEM, deleted=True)],
        [replace(ITEM, media_key="photo:2")],
        [replace(ITEM, entities=[{"kind": "bold"}])],
        [ITEM, replace(ITEM, message_id=8)],
    ],
)
def test_fingerprint_changes_with_content(other: list[Item]) -> None:
    assert fingerprint(other) != fingerprint([ITEM])
    assert fingerprint([replace(ITEM)]) == fingerprint([ITEM])


@given(st.integers(1, 10**6), st.integers(0, 9))
def test_every_sibling_lies_in_the_range(first: int, known: int) -> None:
    """Ten successive ids, one of them known: the range holds them all and nothing below 1."""
    album = range(first, first + 10)
    around = sibling_range([album[known]])
    assert set(album) <= set(around)
    assert around.start >= 1


def test_covered_only_when_both_sides_were_read() -> None:
    assert is_covered([50, 51], range(1, 101))
    assert not is_covered([95, 96], range(1, 101))
    assert not is_covered([5, 6], range(3, 101))
    assert is_covered([1, 2], range(1, 101))
    assert is_covered(list(range(95, 105)), range(95, 105)), "a full album cannot grow"
    assert [is_covered([10], range(*read)) for read in ((1, 20), (2, 20), (1, 19))] == [True, False, False]
    assert not is_covered(list(range(95, 104)), range(95, 104)), "a tenth item may be missing"


def test_an_album_waits_only_while_it_may_grow() -> None:
    def grows(age: float, items: int = 3, asked: int = 0) -> bool:
        newest = NOW - timedelta(seconds=age)
        return may_still_grow(newest, NOW, items=items, asked=asked, wait=timedelta(seconds=30), polls=2)

    assert grows(5)
    assert grows(29.9, items=9, asked=1)
    assert not grows(30), "old messages have waited already"
    assert not grows(5, items=10)
    assert not grows(5, asked=2)


def test_items_without_later_parts_keep_their_fingerprint() -> None:
    """Archives hold fingerprints from before words and further media: another one would tag every post again."""
    content = b'[[7,"text",[],"photo:1",false]]'
    item = Item(7, "text", [], "photo:1", deleted=False)
    assert fingerprint([item]) == hashlib.sha256(content).hexdigest()
    more = replace(item, words=[{"origin": "question", "text": "Which"}])
    assert len({fingerprint([one]) for one in (item, more, replace(item, more_media=[("live", "document:2")]))}) == 3
