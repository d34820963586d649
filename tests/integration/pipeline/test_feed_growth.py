"""A page of the feed or gallery reads as little of 40,000 publications as of 400, with statistics or none."""

from __future__ import annotations

import pytest

from app.browse.feed import Page, feed, newer_than
from app.db import snapshot
from app.search import gallery
from app.settings import Settings
from tests.integration.pipeline.database import change
from tests.integration.pipeline.test_growth import _analyze, _deeper, _forget, _use_of
from tests.services import TestServices

# Publications of 20 channels, a minute apart: each a post with a picture, tags and a reading. A few are without
# a date. The work of the pictures that never came waits.
FILL = (
    "INSERT INTO channels (reference, telegram_id, username)"
    " SELECT '@c' || n, 1000 + n, 'c' || n FROM generate_series(1, 20) n",
    "INSERT INTO publications (channel_id, revision, posted_at) SELECT 1 + mod(n, 20), 1,"
    " CASE WHEN mod(n, 4000) > 0 THEN timestamptz '2026-03-04 18:00Z' - n * interval '1 minute' END"
    " FROM generate_series(1, {count}) n",
    "INSERT INTO posts (channel_id, telegram_message_id, publication_id, posted_at, text)"
    " SELECT channel_id, id, id, posted_at, 'a text of ' || id FROM publications",
    "UPDATE publications SET lead_post_id = id",
    "INSERT INTO media_files (sha256, size, mime)"
    " SELECT encode(sha256(n::text::bytea), 'hex'), 9, 'image/jpeg' FROM generate_series(1, {count}) n",
    "INSERT INTO post_media (post_id, kind, sha256) SELECT n, 'photo',"
    " CASE WHEN mod(n, 3) > 0 THEN encode(sha256(n::text::bytea), 'hex') END FROM generate_series(1, {count}) n",
    "INSERT INTO shown (media_id, posted_at, channel_id, kind, file_id, cluster_id)"
    " SELECT m.id, p.posted_at, p.channel_id, m.kind, m.id, m.id FROM post_media m JOIN posts p ON p.id = m.post_id"
    " WHERE m.sha256 IS NOT NULL AND p.posted_at IS NOT NULL",
    "INSERT INTO post_enrichment (post_id, kind, status, metadata) SELECT post_id, 'vision', 'ok', jsonb_build_object("
    "'vision_version', 1, 'features_hash', '', 'revision', 1, 'items', jsonb_build_array(jsonb_build_object("
    "'sha256', sha256, 'message_ids', jsonb_build_array(id), 'vision_version', 1, 'classification', 'photo',"
    " 'description', 'picture ' || id)))"
    " FROM post_media WHERE sha256 IS NOT NULL AND mod(id, 2) = 0",
    "INSERT INTO work (step, subject_id, revision, state, reason)"
    " SELECT 'download', n, 0, 'waiting', 'store' FROM generate_series(1, {count}) n WHERE mod(n, 3) = 0",
    "INSERT INTO post_enrichment (post_id, kind, status, metadata) SELECT n, 'tags', 'ok', '{{\"tags\": [\"one\"],"
    ' "tags_hash": "", "tags_version": null, "features_hash": null, "text_hash": "", "tagger_version": "",'
    ' "tagger_input_hash": "", "revision": 1, "trigger": "initial"}}\' FROM generate_series(1, {count}) n',
)
FEW, MANY = 400, 40_000
# Buffers of 8 KiB of one statement beyond those of a small archive: 20 look-ups go down indexes of one or two more
# levels. The smallest of the large archive's tables has 250.
DEEPER = 60
# The same of a page of five tiles, each with rows of eight tables.
DEEPER_TILES = 130


def _fill(count: int) -> None:
    for statement in FILL:
        change(statement.format(count=count))


def _look() -> list[Page]:
    """Pages from the front, from behind a place, of a channel, and what came since."""
    with snapshot() as session:
        first = feed(session)
        old = feed(session, cursor=first.older)
        own = feed(session, channel=3)
        older = feed(session, channel=3, cursor=own.older)
        back = feed(session, channel=3, cursor=older.newer)
        assert first.top
        assert old.top
        assert (newer_than(session, first.top), newer_than(session, old.top)) == (0, 20)
    return [first, old, own, older, back]


def _look_at_tiles() -> list[gallery.Tile]:
    """The first tiles of all channels and of one, and what came since."""
    with snapshot() as session:
        page = gallery.tiles(session, limit=5)
        own = gallery.tiles(session, channel=3, kind="photo", limit=5)
        assert gallery.newer_than(session, page.top) == 0
        assert gallery.newer_than(session, own.top, channel=3, kind="photo") == 0
    return [*page.tiles, *own.tiles]


@pytest.mark.parametrize("known", [False, True], ids=["never analysed", "analysed"])
def test_a_page_costs_the_same_however_long_the_archive_is(
    settings: Settings, services: TestServices, known: bool
) -> None:
    _fill(FEW)
    small, few = _use_of(services, _look), _use_of(services, _look_at_tiles)
    change("TRUNCATE channels, publications, media_files, work, shown RESTART IDENTITY CASCADE")
    _fill(MANY)
    if known:
        _analyze()
    else:
        _forget()
    large, many = _use_of(services, _look), _use_of(services, _look_at_tiles)
    assert _deeper(small, large, DEEPER) == []
    assert _deeper(few, many, DEEPER_TILES) == []
    assert (len(large) >= 8, len(many) >= 5) == (True, True), "statements are counted"
    first, old, own, older, back = _look()
    assert [one.id for one in first.publications] == list(range(1, 21))
    assert [one.id for one in old.publications] == list(range(21, 41))
    assert {one.channel.key for one in (*own.publications, *older.publications)} == {"c3"}
    assert back.publications == own.publications
    assert first.publications[2].media[0].missing == "store"
    assert first.publications[0].tags == ("one",)
    assert [(tile.message_id, tile.description) for tile in _look_at_tiles()[:3]] == [
        (1, None),
        (2, "picture 2"),
        (4, "picture 4"),
    ]
