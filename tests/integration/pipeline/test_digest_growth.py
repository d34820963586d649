"""A digest of a day reads as little of an archive of years as of one of two months, with statistics and without."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.ask.digest import digest
from app.ask.topics.posts import MOST
from app.db import transaction
from app.domain.digest.digest import Digest
from app.domain.digest.topics import Kind
from app.settings import Settings
from tests.integration.pipeline.database import change, one
from tests.integration.pipeline.test_growth import Use, _analyze, _counted, _deeper, _forget
from tests.services import TestServices

NOW = datetime(2026, 3, 4, 18, tzinfo=UTC)
# Publications, each with a post, picture and tag, every 72 minutes back from NOW. The newest 20 are about one thing:
# four copies, four forwards of one message, four with one picture. An origin outside is forwarded every day.
FILL = (
    "INSERT INTO channels (reference, telegram_id, username)"
    " SELECT '@c' || n, 1000 + n, 'c' || n FROM generate_series(1, 20) n",
    "INSERT INTO publications (channel_id, revision, posted_at) SELECT 1 + mod(n, 20), 1,"
    " timestamptz '2026-03-04 18:00Z' - n * interval '72 minutes' FROM generate_series(1, {count}) n",
    "INSERT INTO posts (channel_id, telegram_message_id, publication_id, posted_at, forward, forwarded_from,"
    " forwarded_message) SELECT channel_id, id, id, posted_at,"
    " CASE WHEN mod(id, 5) = 0 THEN jsonb_build_object('from_telegram_id', 77, 'message_id', greatest(id, 20)) END,"
    " CASE WHEN mod(id, 5) = 0 THEN 77 END, CASE WHEN mod(id, 5) = 0 THEN greatest(id, 20) END FROM publications",
    "UPDATE publications SET lead_post_id = id",
    "INSERT INTO media_files (sha256, size, mime)"
    " SELECT encode(sha256(n::text::bytea), 'hex'), 9, 'image/jpeg' FROM generate_series(1, {count}) n",
    "INSERT INTO post_media (post_id, kind, sha256)"
    " SELECT n, 'photo', encode(sha256(n::text::bytea), 'hex') FROM generate_series(1, {count}) n",
    "INSERT INTO shown SELECT p.id, p.posted_at, p.channel_id, 'photo', p.id,"
    " CASE WHEN p.id < 20 AND mod(p.id, 5) = 3 THEN 3 ELSE p.id END FROM posts p",
    "INSERT INTO search_documents (publication_id, revision, channel_id, posted_at, text, tags, tag_list, ocr, labels,"
    " content_hash) SELECT id, 1, channel_id, posted_at,"
    " CASE WHEN id < 20 AND mod(id, 5) = 1 THEN 'паром сел на мель у входа в порт'"
    " ELSE 'новость номер ' || id || ' о слове' || id || ' и городе' || mod(id, 99) END, '',"
    " ARRAY[CASE WHEN id <= 20 THEN 'паром' ELSE 'тема' || mod(id, 300) END], '', '', '' FROM publications",
    "INSERT INTO tag_days SELECT tag, (posted_at AT TIME ZONE 'UTC')::date, channel_id, count(*)"
    " FROM search_documents, unnest(tag_list) tag GROUP BY 1, 2, 3 ORDER BY 2, 1",
    # Words of the newest rows wait in a list, which a real archive empties all the time.
    "SELECT gin_clean_pending_list('idx_search_documents_tsv'), gin_clean_pending_list('idx_search_documents_facets')",
)
FEW, MANY = 1_200, 40_000  # publications: two months and more than five years
# Buffers of 8 KiB of one statement beyond those of a small archive: three look-ups of each of 20 posts go down indexes
# of two more levels. The smallest of the large archive's tables has 300.
DEEPER = 130


def _fill(count: int) -> None:
    for statement in FILL:
        change(statement.format(count=count))


def _read(channel: str | None = None, days: int = 1) -> Digest:
    with transaction() as session:
        return digest(session, NOW - timedelta(days=days), channel, now=NOW)


def _used(services: TestServices) -> dict[str, Use]:
    with _counted(services) as used:
        _read()
        _read("@c1")
    return used


@pytest.mark.parametrize("known", [False, True], ids=["never analysed", "analysed"])
def test_a_day_costs_the_same_however_long_the_archive_is(
    settings: Settings, services: TestServices, known: bool
) -> None:
    _fill(FEW)
    small = _used(services)
    change("TRUNCATE channels, publications, media_files, shown, tag_days RESTART IDENTITY CASCADE")
    _fill(MANY)
    if known:
        _analyze()
    else:
        _forget()
    large = _used(services)
    assert _deeper(small, large, DEEPER) == []
    assert len(large) >= 15, "statements are counted"
    lines = _read().lines
    assert {reason.kind for line in lines for reason in line.reasons} == set(Kind)
    assert (lines[0].posts, lines[0].channels, lines[0].tags) == (20, 20, ("паром",))
    assert one("SELECT count(*) FROM search_documents") == MANY


def test_of_a_period_with_too_many_posts_the_newest_are_compared_and_the_digest_says_it(
    settings: Settings, services: TestServices
) -> None:
    _fill(MOST + 100)
    found = _read(days=3_000)
    begins = NOW - MOST * timedelta(minutes=72)
    assert (found.period.posts, found.period.since) == (MOST, begins)
    assert (
        found.notes[0]
        == f"the period has more than 10,000 posts: only those from {begins:%Y-%m-%d %H:%M} on were compared"
    )
