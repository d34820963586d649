"""Columns of forwards: written with each post, filled for older ones; and the readers of forwards and trends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import db
from app.db import transaction
from app.domain.bursts import TagUse, TagUses, bursts
from app.domain.kinds import Step
from app.domain.messages import Forward, Incoming, Unparsed
from app.pipeline.engine import work
from app.pipeline.posts import forwards
from app.pipeline.posts.channels import lock_channel
from app.pipeline.posts.ingest import ingest
from app.search.forwards import Edge, ForwardPlace, edges, forwards_of
from app.search.trends import tag_days, tag_uses
from app.settings import Settings
from tests.factories import rows as make
from tests.integration.pipeline.database import change, one, rows

WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS = "SELECT telegram_message_id, forwarded_from, forwarded_message FROM posts ORDER BY 1"
HUGE = 2**62


@pytest.fixture
def channel(settings: Settings) -> int:
    """A watched channel without posts."""
    with transaction() as session:
        return make.channel(session).id


def write(channel: int, *messages: Incoming | Unparsed) -> None:
    """A page is written."""
    with transaction() as session:
        ingest(session, lock_channel(session, channel), messages)


def forwarded(number: int, origin: int | None, message: int | None = None, minutes: int | None = None) -> Incoming:
    """A message with the id `number`, sent so many minutes after WHEN, or `number` minutes."""
    at = WHEN + timedelta(minutes=number if minutes is None else minutes)
    return Incoming(number, at, "words", forward=Forward(origin, "Name", message))


def test_a_page_writes_the_origin_of_each_forward(channel: int) -> None:
    write(channel, forwarded(1, HUGE, 8), forwarded(2, 6), forwarded(3, None), Incoming(4, WHEN, "no forward"))
    write(channel, Unparsed(5, WHEN, {}, "unknown"))
    assert rows(COLUMNS) == [(1, HUGE, 8), (2, 6, None), (3, None, None), (4, None, None), (5, None, None)]
    write(channel, forwarded(1, 5, 9), replace(forwarded(2, 6), forward=None))
    assert rows(COLUMNS)[:2] == [(1, 5, 9), (2, None, None)]
    with transaction() as session:
        assert forwards.left(session) == 0


def test_posts_of_before_are_filled_and_so_is_what_a_worker_of_before_writes_later(
    channel: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwards, "BATCH", 2)
    monkeypatch.setattr(forwards, "BATCHES", 2)
    write(channel, *(forwarded(n, HUGE + n, n) for n in range(1, 7)), forwarded(8, None), Incoming(9, WHEN, "none"))
    wanted = rows(COLUMNS)
    change("UPDATE posts SET forwarded_from = NULL, forwarded_message = NULL")
    with transaction() as session:
        assert forwards.left(session) == 6
    assert forwards.fill() == 4, "a pass is bounded"
    with transaction() as session:
        assert forwards.left(session) == 2
    assert forwards.fill() == 2
    assert forwards.fill() == 0
    assert rows(COLUMNS) == wanted
    change("UPDATE posts SET forward = jsonb_set(forward, '{from_telegram_id}', '7') WHERE telegram_message_id = 1")
    change("UPDATE posts SET forward = NULL WHERE telegram_message_id = 2")
    assert forwards.fill() == 2
    assert rows(COLUMNS)[:2] == [(1, 7, 1), (2, None, None)]


def test_posts_of_before_wait_while_a_live_post_is_due_and_a_locked_one_is_left_for_the_next_pass(channel: int) -> None:
    write(channel, forwarded(1, 5), forwarded(2, 6))
    change("UPDATE posts SET forwarded_from = NULL")
    with transaction() as session:
        work.requeue(session, Step.INDEX, [(1, 1)], hint=0.0)
    assert forwards.fill() == 0
    change("UPDATE work SET state = 'done'")
    with transaction() as session:
        session.execute(text("SELECT FROM posts WHERE telegram_message_id = 1 FOR UPDATE"))
        assert forwards.fill() == 1
    assert forwards.fill() == 1


def test_forwards_of_a_channel_come_page_by_page_the_newest_first(channel: int) -> None:
    """Three of one moment, on two pages; the cursor goes through an address; a newer post moves no page."""
    write(channel, *(forwarded(n, 5, 10 * n, minutes=min(n, 3)) for n in range(1, 6)), forwarded(7, 6))
    change("UPDATE posts SET deleted_at = now() WHERE telegram_message_id = 3")
    with transaction() as session:
        first, place = forwards_of(session, 5, limit=2)
        assert [(one.message, one.deleted_at is None) for one in first] == [(50, True), (40, True)]
        assert place is not None
        assert ForwardPlace.read(str(place)) == place
    write(channel, forwarded(8, 5, 80))
    with transaction() as session:
        second, last = forwards_of(session, 5, limit=3, cursor=place)
        assert [(one.message, one.deleted_at is None) for one in second] == [(30, False), (20, True), (10, True)]
        assert last is None
        assert {(one.channel_id, one.posted_at.date()) for one in second} == {(channel, WHEN.date())}
        assert forwards_of(session, 99) == ([], None)


@pytest.mark.parametrize("cursor", ["", "1", "2026-03-01T00:00:00,1", "2026-03-01T00:00:00+00:00,-1", "x,1", "1,2,3"])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        ForwardPlace.read(cursor)


def test_edges_add_up_the_weeks_and_the_heaviest_is_first(channel: int) -> None:
    weeks = [(date(2026, 2, 16), 5, 1, 9), (date(2026, 2, 23), 5, 1, 2), (date(2026, 3, 2), 5, 1, 3)]
    for week, origin, target, n in [*weeks, (date(2026, 3, 2), 6, 2, 7), (date(2026, 3, 9), 5, 1, 1)]:
        _add("forward_weeks", week=week, origin=origin, channel_id=target, n=n)
    with transaction() as session:
        assert edges(session, date(2026, 2, 25), date(2026, 3, 15)) == [Edge(6, 2, 7), Edge(5, 1, 5)]
        assert edges(session, date(2026, 3, 2), date(2026, 3, 8)) == []


def _add(table: str, **values: object) -> None:
    change(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(f':{name}' for name in values)})", **values)


def test_the_days_of_a_tag_are_found_in_any_spelling(channel: int) -> None:
    for day in (1, 2, 3):
        _add("tag_days", tag="елка", day=date(2026, 3, day), channel_id=4, n=day)
    _add("tag_days", tag="паром", day=date(2026, 3, 2), channel_id=4, n=9)
    with transaction() as session:
        found = tag_days(session, "#Ёлка", date(2026, 3, 2), date(2026, 3, 3))
    assert found == [(date(2026, 3, 2), 4, 2)]


def test_uses_of_tags_split_the_window_from_its_past(channel: int) -> None:
    """паром bursts in three channels; порт is as before; кит has two channels; past and later days do not count."""
    until = date(2026, 3, 29)
    for number in (1, 2, 3):
        _add("tag_days", tag="паром", day=until - timedelta(days=number), channel_id=number, n=10)
        _add("tag_days", tag="порт", day=until - timedelta(days=number), channel_id=number, n=10)
        _add("tag_days", tag="кит", day=until - timedelta(days=8 - number), channel_id=1 + number % 2, n=10)
        _add("tag_days", tag="порт", day=until - timedelta(days=7 + number), channel_id=number, n=40)
        _add("tag_days", tag="паром", day=until - timedelta(days=35 + number), channel_id=number, n=500)
        _add("tag_days", tag="паром", day=until, channel_id=number, n=500)
    with transaction() as session:
        uses = tag_uses(session, until)
        assert tag_uses(session, date(2020, 1, 1)) == TagUses([], 0, 0)
    assert sorted(uses.tags, key=lambda one: one.tag) == [TagUse("паром", 30, 0, 3), TagUse("порт", 30, 120, 3)]
    assert (uses.recent, uses.past) == (90, 120)
    assert [one.tag for one in bursts(uses)] == ["паром"]


# Two years of days with 10 tags in 3 channels each.
LARGE = """
INSERT INTO publications (channel_id, revision) SELECT {channel}, 1 FROM generate_series(1, 20000);
INSERT INTO posts (channel_id, telegram_message_id, publication_id, posted_at, forward, forwarded_from)
  SELECT {channel}, id, id, now() - id * interval '1 hour',
    CASE WHEN mod(id, 4) = 0 THEN jsonb_build_object('from_telegram_id', mod(id, 40)) END,
    CASE WHEN mod(id, 4) = 0 AND id > 8 THEN mod(id, 40) END FROM publications;
INSERT INTO tag_days SELECT 'tag' || tag, date '2026-01-01' - day, channel, 1
  FROM generate_series(1, 730) day, generate_series(1, 10) tag, generate_series(1, 3) channel;
INSERT INTO forward_weeks SELECT date '2025-12-29' - 7 * week, origin, 1, 1
  FROM generate_series(1, 104) week, generate_series(1, 100) origin;
"""
# Rows that this transaction has read of each table, by an index or from one end to the other.
READ = """
SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
  WHERE relname IN ('posts', 'tag_days', 'forward_weeks')
"""


@pytest.fixture(params=["no statistics", "statistics"])
def large(request: pytest.FixtureRequest, channel: int) -> Iterator[Session]:
    """A transaction on a database with much in it."""
    change(LARGE.format(channel=channel))
    if request.param == "statistics":
        with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    with transaction() as session:
        yield session


def test_no_reader_and_no_fill_reads_more_than_its_answer_whatever_is_known_of_the_tables(large: Session) -> None:
    found, place = forwards_of(large, 12, 20)
    assert len(forwards_of(large, 12, 20, place)[0]) == len(found) == 20
    assert len(edges(large, date(2025, 11, 3), date(2025, 12, 1))) == 100
    assert len(tag_days(large, "tag7", date(2025, 1, 1), date(2026, 1, 1))) == 3 * 365
    assert len(tag_uses(large, date(2026, 1, 1)).tags) == 10
    assert forwards.left(large) == 2
    assert len(large.scalars(forwards.FILL, {"most": 500}).all()) == 2
    found_rows: dict[str, int] = dict(large.execute(text(READ)).all())
    assert found_rows["posts"] < 100
    assert found_rows["tag_days"] < 3 * 365 + 35 * 30 + 100
    assert found_rows["forward_weeks"] < 4 * 100 + 20, "the planner may look at the ends of an index"
    assert one("SELECT count(*) FROM posts WHERE forward IS NOT NULL AND forwarded_from IS NULL") == 2
