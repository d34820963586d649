"""With a hundred thousand rows of work the queries that run all day use their indexes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from app import db
from app.db import transaction
from app.domain.flow import Call
from app.domain.kinds import Step
from app.explain.find import find_trace
from app.observe import gauges
from app.operations import progress
from app.pipeline.engine import fan_in, work
from app.pipeline.engine import sweep as sweeper
from app.pipeline.engine.sweep import sweep
from app.pipeline.posts.schedule import start_media
from app.pipeline.steps.download import Download
from app.pipeline.steps.poll import enqueue_polls
from app.settings import Settings

# 20,000 publications with a post, a medium, a file each: half of them read, all of them waiting for something.
FILL = """
INSERT INTO channels (reference) SELECT '@c' || n FROM generate_series(1, 20) n;
INSERT INTO publications (channel_id, revision) SELECT 1 + mod(n, 20), 1 FROM generate_series(1, 20000) n;
INSERT INTO posts (channel_id, telegram_message_id, publication_id, has_media)
  SELECT channel_id, id, id, true FROM publications;
INSERT INTO media_files (sha256, size, mime)
  SELECT encode(sha256(n::text::bytea), 'hex'), 9, 'image/jpeg' FROM generate_series(1, 20000) n;
INSERT INTO post_media (post_id, kind, telegram_key, sha256)
  SELECT p.id, 'photo', 'photo:' || p.id, f.sha256 FROM posts p JOIN media_files f ON f.id = p.id;
INSERT INTO work (step, subject_id, revision, state, hint_at)
  SELECT step, n, 1, CASE WHEN step IN ('merge', 'index') OR step = 'analyze' AND n > 10000 THEN 'due' ELSE 'done' END,
    now() + CASE WHEN step = 'index' THEN interval '1 hour' ELSE interval '-1 s' END
  FROM generate_series(1, 20000) n, unnest(ARRAY['persist', 'analyze', 'merge', 'tag', 'index']) step;
INSERT INTO work (step, subject_id, revision, state) SELECT 'download', n, 0, 'done' FROM generate_series(1, 20000) n;
"""


def _analyze() -> None:
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


@pytest.fixture
def full(settings: Settings) -> Settings:
    """A database with much in it."""
    with transaction() as session:
        session.connection().exec_driver_sql(FILL)
    _analyze()
    return settings


@contextmanager
def _plans(of: Engine | None = None) -> Iterator[list[tuple[str, float]]]:
    """(plan, milliseconds) of each statement of the block that reads or writes work. of: whose, if not the steps'."""
    engine = of or db.engine()
    statements: list[tuple[str, Any]] = []

    def remember(*args: Any) -> None:
        statements.append((args[2], args[3]))

    event.listen(engine, "before_cursor_execute", remember)
    found: list[tuple[str, float]] = []
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", remember)
    for statement, parameters in statements:
        if re.search(r"\bwork\b", statement) and not statement.startswith("INSERT"):
            with db.engine().connect() as connection:  # rolled back at its end
                lines = connection.exec_driver_sql(f"EXPLAIN (ANALYZE) {statement}", parameters).scalars().all()
            plan = "\n".join(lines)
            found.append((plan, float(re.findall(r"Execution Time: ([\d.]+)", plan)[0])))


def _claim_some() -> None:
    with transaction() as session:
        work.claim(session, Step.MERGE, [(n, 1) for n in range(1, 51)], 600)
        session.rollback()


def _finish_some() -> None:
    with transaction() as session:
        held = work.claim(session, Step.ANALYZE, [(n, 1) for n in range(15000, 15050)], 600)
        work.still_held(session, held)
        work.finish(session, held)
        work.supersede(session, [Step.MERGE, Step.TAG, Step.INDEX], dict.fromkeys(range(1, 50), 2))


def _polls() -> None:
    with transaction() as session:
        enqueue_polls(session)


def _load_downloads() -> None:
    with transaction() as session:
        work.requeue(session, Step.DOWNLOAD, [(n, 0) for n in range(1, 50)], hint=0.0)
        held = work.claim(session, Step.DOWNLOAD, [(n, 0) for n in range(1, 50)], 600)
        Download(None, "").load_all(session, held)  # type: ignore[arg-type]


def _start() -> None:
    with transaction() as session:
        start_media(session, dict.fromkeys(range(1, 50), 1), bulk=True)


ACTIONS: list[Callable[[], object]] = [
    sweep,
    lambda: fan_in.ready_merges(range(1, 50)),
    lambda: fan_in.ready_persists(range(1, 50)),
    _claim_some,
    _finish_some,
    _polls,
    _load_downloads,
    _start,
]


def test_no_query_reads_the_whole_table(full: Settings) -> None:
    with _plans() as plans:
        for action in ACTIONS:
            action()
    assert len(plans) > 20
    whole = [plan for plan, _ in plans if "Seq Scan on work" in plan]
    assert whole == []


def test_the_sweeper_looks_at_nothing_but_what_is_silent(full: Settings) -> None:
    """Nor at the dead, however many there are: what follows them was made due when they died."""
    with transaction() as session:
        dead = "SELECT 'tag', n, 0, 'dead' FROM generate_series(1, 5000) n"
        session.execute(text(f"INSERT INTO work (step, subject_id, revision, state) {dead}"))
    _analyze()
    with _plans() as plans:
        sweep()
    assert [plan for plan, _ in plans if "idx_work_stuck" in plan] == []
    waking = [plan for plan, _ in plans if "idx_work_waiting" in plan]
    assert len(waking) == 1
    expired = [plan for plan, _ in plans if "lease_until <" in plan]
    assert len(expired) == 1
    assert re.search(r"idx_work_leased( on work)? .*\n\s+Index Cond: \(lease_until < ", expired[0]), expired[0]
    silent = [plan for plan, _ in plans if "LockRows" in plan and "lease_until" not in plan and plan not in waking]
    assert len(silent) >= len(Step)
    for plan in silent:
        assert re.search(r"idx_work_(due|turn)( on work)? .*\n\s+Index Cond: \(\(step = .*\(hint_at <= ", plan), plan


def test_a_long_re_reading_costs_a_pass_nothing(full: Settings) -> None:
    """9,900 files to be read again, silent for longer than the 100 that live posts wait for."""
    with transaction() as session:
        reread = "UPDATE work SET asked = 'reread', turn = 2 WHERE step = 'analyze' AND mod(subject_id, 100) <> 0"
        session.execute(text(reread))
        session.execute(text("UPDATE work SET hint_at = now() - interval '1 h' WHERE asked = 'reread'"))
        session.execute(text("UPDATE work SET state = 'done' WHERE step <> 'analyze'"))
    _analyze()
    with _plans() as plans:
        found = [call for call in sweep() if isinstance(call, Call)]
    keys = [subject for call in found for subject, _ in call.keys]
    assert [mod for mod in (subject % 100 for subject in keys[:100]) if mod] == [], "the flow comes first"
    assert len(keys) == 100 + sweeper.PORTION
    rows = [
        float(count) * int(loops)
        for plan, _ in plans
        for count, loops in re.findall(r"actual time=\S+ rows=([\d.]+) loops=(\d+)", plan)
    ]
    assert max(rows) <= 2 * sweeper.BOUND
    assert sum("idx_work_turn" in plan for plan, _ in plans) >= 2


def test_a_pass_asks_a_bounded_number_of_those_that_wait_for_their_children(
    full: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "WINDOW", 100)  # of 20,000, as 2,000 of 400,000
    with transaction() as session:
        session.execute(text("UPDATE work SET state = 'due', hint_at = now() + interval '1 h' WHERE step = 'analyze'"))
    _analyze()
    with _plans() as plans:
        assert sweep() == []
    rows = [
        float(count) * int(loops)
        for plan, _ in plans
        for count, loops in re.findall(r"actual time=\S+ rows=([\d.]+) loops=(\d+)", plan)
    ]
    assert 100 <= max(rows) <= 110
    assert [plan for plan, _ in plans if "Seq Scan on work" in plan] == []


def test_looking_whether_anything_is_left_reads_only_what_is_open(full: Settings) -> None:
    with transaction() as session:
        session.execute(text("UPDATE work SET state = 'done' WHERE mod(id, 100) <> 0"))
    _analyze()
    with _plans() as plans, transaction() as session:
        found = progress.progress(session, datetime.now(UTC))
    assert sum(found.open.values()) > 100
    used = "\n".join(plan for plan, _ in plans)
    assert "Seq Scan on work" not in used
    assert re.search("idx_work_(due|turn)", used)
    assert "idx_work_leased" in used


def test_a_scrape_reads_only_what_is_due(full: Settings) -> None:
    with transaction() as session:
        session.execute(text("UPDATE work SET state = 'done' WHERE mod(id, 100) <> 0"))
        session.execute(text("UPDATE work SET state = 'dead' WHERE step = 'tag' AND mod(id, 100) = 0"))
    _analyze()
    engine = gauges.engine(full.database())
    try:
        with _plans(engine) as plans:
            found = gauges.read(full)
    finally:
        engine.dispose()
    assert found["work_dead"][("tag",)] == 200
    assert found["work_oldest_due_seconds"][("merge",)] > 0
    used = "\n".join(plan for plan, _ in plans)
    assert "Seq Scan on work" not in used
    assert set(re.findall(r"idx_work_\w+", used)) == {"idx_work_turn"}, "dead rows are a counter"


def test_a_trace_leads_to_its_post_by_an_index(full: Settings) -> None:
    with transaction() as session:
        session.execute(text("UPDATE publications SET trace_id = md5(id::text)"))
    _analyze()
    with transaction() as session:
        trace = session.scalars(text("SELECT trace_id FROM publications ORDER BY id OFFSET 700 LIMIT 1")).one()
        asked = "EXPLAIN SELECT id, revision FROM publications WHERE trace_id = :trace LIMIT 1"
        plan = "\n".join(session.scalars(text(asked), {"trace": trace}))
        found = find_trace(session, trace)
    assert found.publication_id > 0
    assert "idx_publications_trace_id" in plan
