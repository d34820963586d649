"""The statements of the flow read as much in a full archive as in an empty one, whatever PostgreSQL knows of its tables.

A table that is fresh or grows fast has no statistics; then a plan that is right for a small table may read a large one
as a whole, for each batch. Buffers are counted, not time: they are the same on a busy machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy import text

from app import db
from app.db import transaction
from app.pipeline.engine.sweep import sweep
from app.settings import Settings
from tests.factories.messages import album, message, photo, texts
from tests.integration.pipeline.flow import Flow
from tests.services import TestServices

# A publication with a post, a medium and a file each. Half of them are under way: their files are being downloaded, and
# all that follows is due, with a message under way for each row.
FILL = """
INSERT INTO channels (reference, telegram_id, access_hash, cursor, enabled)
  SELECT '@c' || n, n, 1, 1000000, false FROM generate_series(1, 20) n;
INSERT INTO publications (channel_id, revision) SELECT 1 + mod(n, 20), 1 FROM generate_series(1, {count}) n;
INSERT INTO posts (channel_id, telegram_message_id, publication_id, has_media)
  SELECT channel_id, id, id, true FROM publications;
INSERT INTO media_files (sha256, size, mime)
  SELECT encode(sha256(n::text::bytea), 'hex'), 9, 'image/jpeg' FROM generate_series(1, {count}) n;
INSERT INTO post_media (post_id, kind, telegram_key, sha256)
  SELECT p.id, 'photo', 'photo:' || p.id, f.sha256 FROM posts p JOIN media_files f ON f.id = p.id;
INSERT INTO work (step, subject_id, revision, state, hint_at, lease_token, lease_until)
  SELECT step, n, CASE WHEN step = 'download' THEN 0 ELSE 1 END,
    CASE WHEN mod(n, 2) = 0 THEN 'done' WHEN step = 'download' THEN 'leased' ELSE 'due' END, now() + interval '1 day',
    CASE WHEN step = 'download' AND mod(n, 2) = 1 THEN gen_random_uuid() END,
    CASE WHEN step = 'download' AND mod(n, 2) = 1 THEN now() + interval '1 day' END
  FROM generate_series(1, {count}) n, unnest(ARRAY['download', 'persist', 'analyze', 'merge', 'tag', 'index']) step;
INSERT INTO search_documents (publication_id, revision, channel_id, posted_at, text, tags, ocr, labels, content_hash)
  SELECT id, 1, channel_id, now(), 'words', '', '', '', '' FROM publications WHERE mod(id, 2) = 0;
"""
USED = """
SELECT query, sum(calls), sum(shared_blks_hit + shared_blks_read), sum(rows) FROM pg_stat_statements
  WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s) GROUP BY 1
"""


@dataclass(frozen=True)
class Use:
    """A statement's use of buffers (8 KiB each) in all its calls."""

    calls: int
    buffers: int
    rows: int


@contextmanager
def counted(services: TestServices, database: str) -> Iterator[dict[str, Use]]:
    """The use of each statement of the block, by its text."""
    found: dict[str, Use] = {}
    with services.admin() as admin:
        admin.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        admin.execute("SELECT pg_stat_statements_reset()")
        yield found
        for query, *numbers in admin.execute(USED, (database,)):
            found[query] = Use(*map(int, numbers))


def play(flow: Flow) -> None:
    """History in pages and albums, then live posts, an edit and a deletion."""
    flow.drive.watch("@news")
    _go(flow)
    flow.post(*album(range(401, 404), 11, {401: "Live"}), message(410, "live text"), message(20, "edited"))
    flow.delete(30)
    _go(flow)


def _go(flow: Flow) -> None:
    flow.drive.poll()
    for _ in range(6):
        flow.drive.follow(sweep())


def fill(count: int) -> None:
    with transaction() as session:
        session.connection().exec_driver_sql(FILL.format(count=count))


@pytest.mark.parametrize("count", [0, 1700, 50_000])
def test_print(flow: Flow, services: TestServices, count: int) -> None:
    flow.post(*texts(range(1, 151)))
    for n in range(40):
        flow.post(*album(range(200 + 4 * n, 204 + 4 * n), 100 + n, {200 + 4 * n: f"Album {n}"}))
    import time

    t = time.monotonic()
    if count:
        fill(count)
    print("fill", time.monotonic() - t)
    with counted(services, db.engine().url.database or "") as used:
        play(flow)
    import json
    from pathlib import Path

    Path(f"/tmp/growth-{count}.json").write_text(json.dumps({k: [v.calls, v.buffers, v.rows] for k, v in used.items()}))
    with transaction() as session:
        print(
            session.execute(
                text("select count(*) from posts where id > 0 and channel_id = (select max(id) from channels)")
            ).all()
        )
        print(
            session.execute(
                text("select step, state, max(last_error), count(*) from work where hint_at < now() + interval '1 hour' group by 1, 2")
            ).all()
        )
