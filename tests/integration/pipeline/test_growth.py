"""The statements of the flow read as much in a full archive as in an empty one, whatever PostgreSQL knows of tables.

A table that is fresh or grows fast has no statistics; then a plan that is right for a small table may read a large one
as a whole, for each batch. Buffers are counted, not time: they are the same on a busy machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from app import db
from app.db import transaction
from app.demo.telegram import LoopbackTelegram
from app.demo.world import World
from app.pipeline.engine.sweep import sweep
from app.pipeline.posts import forwards, gallery, search_words
from app.pipeline.posts.search_trends import TRENDS
from tests.factories.messages import album, message, texts
from tests.factories.worlds import NEWS, channels
from tests.integration.pipeline.database import change
from tests.integration.pipeline.flow import Flow
from tests.services import TestServices

# A publication with a post, a medium and a file each. Half of them are under way: their files are being downloaded, and
# all that follows is due, with a message under way for each row.
FILL = """
INSERT INTO channels (reference, telegram_id, access_hash, cursor, enabled)
  SELECT '@{name}' || n, {first} + n, 1, 1000000, false FROM generate_series(1, 20) n;
INSERT INTO publications (channel_id, revision)
  SELECT id, 1 FROM generate_series(1, {count} / 20), channels WHERE reference LIKE '@{name}%%';
INSERT INTO posts (channel_id, telegram_message_id, publication_id, has_media)
  SELECT channel_id, id, id, true FROM publications WHERE lead_post_id IS NULL AND id > {above};
INSERT INTO media_files (sha256, size, mime)
  SELECT encode(sha256(('{name}' || n)::bytea), 'hex'), 9, 'image/jpeg' FROM generate_series(1, {count}) n;
INSERT INTO post_media (post_id, kind, telegram_key, sha256)
  SELECT id, 'photo', 'photo:{name}' || id, encode(sha256(('{name}' || row_number() OVER ())::bytea), 'hex')
  FROM posts WHERE publication_id > {above};
INSERT INTO work (step, subject_id, revision, state, hint_at, lease_token, lease_until)
  SELECT step, n, CASE WHEN step = 'download' THEN 0 ELSE 1 END,
    CASE WHEN mod(n, 2) = 0 THEN 'done' WHEN step = 'download' THEN 'leased' ELSE 'due' END, now() + interval '1 day',
    CASE WHEN step = 'download' AND mod(n, 2) = 1 THEN gen_random_uuid() END,
    CASE WHEN step = 'download' AND mod(n, 2) = 1 THEN now() + interval '1 day' END
  FROM generate_series({above} + 1, {above} + {count}) n,
    unnest(ARRAY['download', 'persist', 'analyze', 'merge', 'tag', 'index']) step ON CONFLICT DO NOTHING;
INSERT INTO search_documents (publication_id, revision, channel_id, posted_at, text, tags, ocr, labels, content_hash)
  SELECT id, 1, channel_id, now(), 'words', '', '', '', '' FROM publications WHERE id > {above} AND mod(id, 2) = 0;
INSERT INTO search_document_words SELECT publication_id, 'words {name}' || publication_id FROM search_documents
  WHERE publication_id > {above};
INSERT INTO search_words SELECT '{name}' || n, '{name}' || n, NULL, 1 FROM generate_series(1, {count}) n;
INSERT INTO search_words_fill SELECT 1, {above} ON CONFLICT DO NOTHING;
INSERT INTO shown SELECT m.id, now(), p.channel_id, m.kind, f.id, f.id FROM post_media m
  JOIN posts p ON p.id = m.post_id JOIN media_files f USING (sha256) WHERE m.id > {above} AND mod(m.id, 2) = 0;
INSERT INTO shown_fill SELECT 1, {above} ON CONFLICT DO NOTHING;
INSERT INTO search_document_trends SELECT publication_id, 'tag 2026-03-01 1 {name}' || publication_id
  FROM search_documents WHERE publication_id > {above};
INSERT INTO tag_days SELECT '{name}' || n, '2026-03-01', 1, 1 FROM generate_series(1, {count}) n;
INSERT INTO forward_weeks SELECT '2026-02-23', {above} + n, 1, 1 FROM generate_series(1, {count}) n;
INSERT INTO search_trends_fill SELECT 1, {above} ON CONFLICT DO NOTHING;
"""
OURS = "{} IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
TABLES = ("publications", "posts", "post_media", "media_files")  # equal ids in all of them keep FILL simple
USED = """
SELECT query, sum(calls), sum(shared_blks_hit + shared_blks_read), sum(rows) FROM pg_stat_statements
  WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s) GROUP BY 1
"""
FRESH, LARGE = 10_000 // 6, 50_000  # publications, each with six rows of work
# Buffers of 8 KiB that a call may touch more than in an empty archive: a batch of 100 keys goes down an index of four
# levels for each, a written row down all indexes of its table. The smallest table of the large archive has 700.
DEEPER = 500
WRITTEN = 20


@dataclass(frozen=True)
class Use:
    """A statement's calls, the buffers that they touched, and the rows that they found or wrote."""

    calls: int = 0
    buffers: int = 0
    rows: int = 0

    def __add__(self, other: Use) -> Use:
        return Use(self.calls + other.calls, self.buffers + other.buffers, self.rows + other.rows)


@pytest.fixture
def server() -> Iterator[LoopbackTelegram]:
    """@big_0 to @big_4, each with the same history: texts and albums."""
    world = World(channels(5, NEWS, "big"))
    for one in world.channels:
        items = [*texts(range(1, 61)), *(m for n in range(15) for m in album(range(100 + 4 * n, 104 + 4 * n), 50 + n))]
        one.messages = {item.id: item for item in items}
    with LoopbackTelegram(world, second_dc=False) as running:
        yield running


@contextmanager
def _counted(services: TestServices) -> Iterator[dict[str, Use]]:
    """The use of each statement of the block, by its text without the length of its lists."""
    found: dict[str, Use] = {}
    with services.admin() as admin:
        admin.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        admin.execute("SELECT pg_stat_statements_reset()")
        yield found
        for query, *numbers in admin.execute(USED, (db.engine().url.database,)):
            found[_shortened(query)] = found.get(_shortened(query), Use()) + Use(*map(int, numbers))


def _use_of(services: TestServices, look: Callable[[], object]) -> dict[str, Use]:
    """The use of each statement of a look at the archive."""
    with _counted(services) as used:
        look()
    return used


def _shortened(query: str) -> str:
    """The statement without the lengths of its lists."""
    line = re.sub(r"\s+", " ", query).split(" VALUES ")[0]
    return re.sub(r"\(\$\d+(::\w+)?(, \$\d+(::\w+)?)*( /\*, \.\.\. \*/)?\)(, \(…\))*", "(…)", line)


def _play(flow: Flow, number: int) -> None:
    """History in pages and albums, then live posts, an edit and a deletion."""
    flow.drive.watch(f"@big_{number}")
    _go(flow)
    later = [*album(range(401, 404), 11), message(410, "live text"), message(20, "edited")]
    flow.post(*later, channel=NEWS + number)
    flow.delete(30, channel=NEWS + number)
    _go(flow)


def _go(flow: Flow) -> None:
    flow.drive.poll()
    for _ in range(6):
        flow.drive.follow(sweep())
        search_words.tidy()
        TRENDS.tidy()
        forwards.fill()
        gallery.tidy()


def _fill(name: str, count: int) -> None:
    with transaction() as session:
        above = session.scalar(text(f"SELECT greatest({', '.join(f'(SELECT max(id) FROM {t})' for t in TABLES)})")) or 0
        for table in TABLES:
            session.execute(text(f"SELECT setval('{table}_id_seq', {above})"))
        first = 10 * above
        session.connection().exec_driver_sql(FILL.format(name=name, count=count, above=above, first=first))


def _analyze() -> None:
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _forget() -> None:
    """As if the tables had never been analysed."""
    change(f"DELETE FROM pg_statistic WHERE {OURS.format('starelid')}")
    change(f"UPDATE pg_class SET reltuples = -1 WHERE relkind = 'r' AND {OURS.format('oid')}")


def _grown(empty: dict[str, Use], full: dict[str, Use]) -> list[str]:
    """The statements whose calls read more than a few buffers for each of their keys."""
    return [
        f"{use.buffers / use.calls:.0f} buffers a call: {query[:2000]}"
        for query, use in full.items()
        if use.buffers > use.calls * (4 * _a_call(empty.get(query)) + DEEPER) + WRITTEN * use.rows
    ]


def _deeper(small: dict[str, Use], large: dict[str, Use], most: int) -> list[str]:
    """The statements of which a call touches more than `most` buffers beyond those that it touched before."""
    return [
        f"{_a_call(use):.0f} buffers a call, {_a_call(small.get(query)):.0f} before: {query[:500]}"
        for query, use in large.items()
        if _a_call(use) > _a_call(small.get(query)) + most
    ]


def _a_call(use: Use | None) -> float:
    return use.buffers / use.calls if use else 0.0


def _all(used: dict[str, Use]) -> int:
    return sum(use.buffers for use in used.values())


def test_no_statement_reads_more_as_the_archive_grows(flow: Flow, services: TestServices) -> None:
    with _counted(services) as empty:
        _play(flow, 0)
    _fill("fresh", FRESH)
    with _counted(services) as fresh:
        _play(flow, 1)
    change("UPDATE work SET state = 'done', lease_token = NULL, lease_until = NULL")
    _analyze()  # in a quiet hour: no row seems to be due or leased
    _fill("large", LARGE)
    with _counted(services) as outdated:
        _play(flow, 2)
    _forget()
    with _counted(services) as unknown:
        _play(flow, 3)
    _analyze()
    with _counted(services) as known:
        _play(flow, 4)
    assert _all(empty) > 10_000
    for full in (fresh, outdated, unknown, known):
        assert _grown(empty, full) == []
        assert _all(full) < 3 * _all(empty)
