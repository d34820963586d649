"""A page of the feed reads as little of an archive of 40,000 publications as of one of 400, with statistics or none."""

from __future__ import annotations

import pytest

from app.browse.feed import Page, feed, newer_than
from app.db import snapshot
from app.settings import Settings
from tests.integration.pipeline.database import change
from tests.integration.pipeline.test_growth import Use, _analyze, _counted, _deeper, _forget
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


def _used(services: TestServices) -> dict[str, Use]:
    with _counted(services) as used:
        _look()
    return used


@pytest.mark.parametrize("known", [False, True], ids=["never analysed", "analysed"])
def test_a_page_costs_the_same_however_long_the_archive_is(
    settings: Settings, services: TestServices, known: bool
) -> None:
    _fill(FEW)
    small = _used(services)
    change("TRUNCATE channels, publications, media_files, work RESTART IDENTITY CASCADE")
    _fill(MANY)
    if known:
        _analyze()
    else:
        _forget()
    large = _used(services)
    assert _deeper(small, large, DEEPER) == []
    assert len(large) >= 8, "statements are counted"
    first, old, own, older, back = _look()
    assert [one.id for one in first.publications] == list(range(1, 21))
    assert [one.id for one in old.publications] == list(range(21, 41))
    assert {one.channel.key for one in (*own.publications, *older.publications)} == {"c3"}
    assert back.publications == own.publications
    assert first.publications[2].media[0].missing == "store"
    assert first.publications[0].tags == ("one",)
