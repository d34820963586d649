"""Counts equal their tables after whatever was written, folded, interrupted or counted late."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import text

from app import db
from app.db import transaction
from app.domain.kinds import State, Step
from app.pipeline.engine import counters
from app.settings import Settings
from app.verify.check import run
from app.verify.counters import Counters
from tests.factories.worlds import assorted
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow

NAMES = ("posts", "publications", "media_files", "media_files.bytes", "left_out_media", "left_out_media.bytes")
# (name, key, value) as the tables say.
TRUTH = """
SELECT 'posts', channel_id, count(*) FROM posts GROUP BY 2
UNION ALL SELECT 'publications', channel_id, count(*) FROM publications GROUP BY 2
UNION ALL SELECT 'media_files', 0, count(*) FROM media_files HAVING count(*) > 0
UNION ALL SELECT 'media_files.bytes', 0, sum(size) FROM media_files HAVING sum(size) > 0
UNION ALL SELECT 'left_out_media', channel_id, count(*) FROM left_out_media GROUP BY 2
UNION ALL SELECT 'left_out_media.bytes', channel_id, sum(bytes) FROM left_out_media GROUP BY 2 HAVING sum(bytes) > 0
UNION ALL SELECT 'work.' || step || '.' || state, 0, count(*) FROM work
  WHERE state IN ('done', 'skipped', 'unknown', 'dead') GROUP BY step, state
"""
CHANNELS = "INSERT INTO channels (reference) VALUES ('@a'), ('@b')"
POSTS = "INSERT INTO posts (channel_id, telegram_message_id) SELECT 1 + mod(n, 2), n FROM generate_series(1, 10) n"
FILES = """
INSERT INTO media_files (sha256, size, mime)
  SELECT encode(sha256(n::text::bytea), 'hex'), n, 'image/jpeg' FROM generate_series(1, 4) n ON CONFLICT DO NOTHING
"""
LEFT_OUT = "INSERT INTO left_out_media (media_id, channel_id, rule, bytes) VALUES (1, 1, 'kind', 5), (2, 2, 'size', 0)"
WORK = """
INSERT INTO work (step, subject_id, state) SELECT step, n, CASE WHEN n > 7 THEN 'dead' ELSE 'due' END
  FROM unnest(ARRAY['tag', 'index']) step, generate_series(1, 9) n
  ON CONFLICT (step, subject_id, revision) DO UPDATE SET state = 'due'
"""
# Each changes counts in a way of its own, or must not change them.
STATEMENTS = [
    POSTS,
    "INSERT INTO posts (channel_id, telegram_message_id) VALUES (1, 1), (1, 99) ON CONFLICT DO NOTHING",
    "INSERT INTO publications (channel_id) VALUES (1), (2), (2)",
    "UPDATE posts SET text = 'edited', channel_id = channel_id",
    "UPDATE posts SET channel_id = 2 WHERE telegram_message_id IN (2, 99)",
    "DELETE FROM posts WHERE telegram_message_id > 8",
    "DELETE FROM publications WHERE channel_id = 1",
    FILES,
    FILES,
    "UPDATE media_files SET size = size * 10 WHERE size > 2",
    "DELETE FROM media_files WHERE size = 1",
    LEFT_OUT,
    "UPDATE left_out_media SET bytes = 7, channel_id = 1 WHERE media_id = 2",
    "DELETE FROM left_out_media WHERE media_id = 1",
    WORK,
    "UPDATE work SET state = 'done' WHERE subject_id < 4",
    "UPDATE work SET state = 'skipped' WHERE subject_id = 1",
    "UPDATE work SET attempts = 2 WHERE state = 'due'",
    "UPDATE work SET state = 'unknown' WHERE subject_id = 5",
    WORK,
    "DELETE FROM work WHERE step = 'index'",
    "TRUNCATE left_out_media",
    "TRUNCATE work, media_files CASCADE",
]


def shown() -> set[tuple[str, int, int]]:
    """All counts as (name, key, value)."""
    work = {f"work.{step}.{state}" for step in Step for state in State}
    with transaction() as session:
        return {(name, key, value) for (name, key), value in counters.read(session, {*NAMES, *work}).items()}


def true() -> set[tuple[str, int, int]]:
    """The same, counted in the tables."""
    return {(name, key, int(value)) for name, key, value in rows(TRUTH)}


@pytest.fixture
def channels(settings: Settings) -> Settings:
    """Two channels without posts."""
    change(CHANNELS)
    return settings


@pytest.mark.usefixtures("channels")
def test_counts_equal_their_tables_after_every_statement() -> None:
    seen = []
    for number, statement in enumerate(STATEMENTS):
        change(statement)
        if number % 3 == 0:
            counters.fold()
        assert shown() == true(), statement
        seen.append(shown())
    assert {name for found in seen for name, _, _ in found} > set(NAMES)
    assert len({frozenset(found) for found in seen}) > 15, "the statements change something"


def test_the_flow_counts_what_it_writes(flow: Flow) -> None:
    flow.post(*assorted())
    flow.watch()
    assert one("SELECT count(*) FROM posts") > 5
    assert one("SELECT count(*) FROM work WHERE state = 'done'") > 10
    assert shown() == true()
    assert counters.fold() > 0
    assert shown() == true()
    assert one("SELECT count(*) FROM counter_deltas") == 0


@pytest.mark.usefixtures("channels")
def test_a_statement_appends_one_change_for_each_count() -> None:
    change(POSTS)
    change("INSERT INTO work (step, subject_id, state) SELECT 'tag', n, 'due' FROM generate_series(1, 100) n")
    assert rows("SELECT name, key, change FROM counter_deltas ORDER BY id") == [("posts", 1, 5), ("posts", 2, 5)]
    change("UPDATE work SET state = 'done' WHERE subject_id < 60")
    change("UPDATE work SET attempts = 7, hint_at = now()")
    change("UPDATE posts SET text = 'edited'")
    assert rows("SELECT name, key, change FROM counter_deltas ORDER BY id")[2:] == [("work.tag.done", 0, 59)]


@pytest.mark.usefixtures("channels")
def test_a_rolled_back_statement_counts_nothing() -> None:
    with suppress(ZeroDivisionError), transaction() as session:
        session.execute(text(POSTS))
        raise ZeroDivisionError
    assert shown() == set()


@pytest.mark.usefixtures("channels")
def test_folds_at_once_lose_and_double_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "BOUND", 7)
    monkeypatch.setattr(counters, "PORTIONS", 1_000)
    post = "INSERT INTO posts (channel_id, telegram_message_id) VALUES (1 + mod(:n, 2), :n)"
    tag = "INSERT INTO work (step, subject_id, state) VALUES ('tag', :n, 'done')"

    def write(first: int) -> None:
        for n in range(first, first + 60):
            change(post, n=n)
            change(tag, n=n)

    with ThreadPoolExecutor(6) as pool:
        written = [pool.submit(write, first) for first in (0, 1_000)]
        folded = [pool.submit(counters.fold) for _ in range(40)]
        total = sum(one.result() for one in folded)
        for each in written:
            each.result()
    total += counters.fold()
    assert total == 240
    assert shown() == true() == {("posts", 1, 60), ("posts", 2, 60), ("work.tag.done", 0, 120)}


@pytest.mark.usefixtures("channels")
def test_a_fold_that_dies_changes_nothing() -> None:
    change(POSTS)
    with suppress(ZeroDivisionError), transaction() as session:
        assert session.execute(counters.FOLD, {"bound": 1}).scalar_one() == 1
        counters.fold()  # another sweep: takes the change that is free
        raise ZeroDivisionError
    assert one("SELECT sum(change) FROM counter_deltas") == 5
    assert shown() == true()
    assert counters.fold() == 1
    assert shown() == true()


OLD: list[tuple[str, Callable[[], object]]] = [
    ("before any sweep", lambda: None),
    ("after a fold", counters.fold),
    ("after the first count", counters.count_uncounted),
]


@pytest.mark.usefixtures("channels")
@pytest.mark.parametrize(("when", "act"), OLD, ids=[when for when, _ in OLD])
def test_rows_of_an_old_archive_are_counted(when: str, act: Callable[[], object]) -> None:
    """The migration marks tables that have rows; rows written since leave changes."""
    for statement in (POSTS, FILES, LEFT_OUT, WORK):
        change(statement)
    change("DELETE FROM counter_deltas")
    change(
        "INSERT INTO counters SELECT name || '.uncounted', 0, 1 FROM unnest(CAST(:names AS text[])) name",
        names=[*counters.WHOLE],
    )
    change("UPDATE work SET state = 'done' WHERE subject_id > 6")
    change("DELETE FROM posts WHERE telegram_message_id = 4")
    change("UPDATE media_files SET size = 100 WHERE size = 1")
    act()
    assert shown() == true(), when
    counters.count_uncounted()
    assert shown() == true()
    assert counters.count_uncounted() == []
    assert one("SELECT count(*) FROM counters WHERE name LIKE '%uncounted'") == 0


@pytest.mark.usefixtures("channels")
def test_the_first_count_waits_for_no_writer_and_none_for_it() -> None:
    change(POSTS)
    change("DELETE FROM counter_deltas")
    change("INSERT INTO counters VALUES ('posts.uncounted', 0, 1)")
    with transaction() as session:
        session.execute(text("INSERT INTO posts (channel_id, telegram_message_id) VALUES (1, 50), (2, 51)"))
        assert counters.count_uncounted() == ["posts"]
        assert shown() == true()
        session.execute(text("DELETE FROM posts WHERE telegram_message_id = 50"))
    assert shown() == true() == {("posts", 1, 5), ("posts", 2, 6)}


@pytest.mark.usefixtures("channels")
def test_two_first_counts_at_once_count_once() -> None:
    change(POSTS)
    change("DELETE FROM counter_deltas")
    with ThreadPoolExecutor(2) as pool:
        wrong = sorted(pool.map(counters.set_right, ["posts", "posts"]))
    assert wrong == [0, 2]
    assert shown() == true()


@pytest.mark.usefixtures("channels")
def test_verify_names_wrong_counts_and_sets_them_right() -> None:
    for statement in (POSTS, FILES, LEFT_OUT, WORK):
        change(statement)
    assert run(Counters(), repair=False).ok
    counters.fold()
    change("UPDATE counters SET value = value + 3 WHERE name = 'posts' AND key = 2")
    change("DELETE FROM counters WHERE name = 'work.tag.dead'")
    change("INSERT INTO counter_deltas (name, key, change) VALUES ('media_files.bytes', 0, -4)")
    found = run(Counters(), repair=False)
    assert sorted(found.examples) == [
        "media_files: the count media_files.bytes of 0 is 4 too low",
        "posts: the count posts of 2 is 3 too high",
        "work: the count work.tag.dead of 0 is 2 too low",
    ]
    assert run(Counters(), repair=True).repaired == 3
    assert run(Counters(), repair=False).ok
    assert shown() == true()


@pytest.mark.usefixtures("channels")
def test_a_session_with_another_search_path_counts_too() -> None:
    with db.engine().connect() as connection, connection.begin():
        connection.execute(text("SET LOCAL search_path = pg_catalog"))
        connection.execute(text("INSERT INTO public.posts (channel_id, telegram_message_id) VALUES (1, 5)"))
    assert shown() == true() == {("posts", 1, 1)}
