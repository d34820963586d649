"""The sweeper analyses tables at each doubling, and no other ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from app.db import transaction
from app.pipeline.engine import statistics
from app.settings import Settings
from tests.integration.pipeline.database import change, one

ANALYSED = "SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename = '{}'"


@pytest.fixture(autouse=True)
def _unknown(settings: Settings) -> None:
    """PostgreSQL has counted the rows of the database's earlier tests."""
    change("SELECT pg_stat_reset()")


def add_files(first: int, last: int) -> None:
    """Rows of media_files, and the news of them at once: PostgreSQL itself tells them a second later."""
    with transaction() as session:
        rows = (
            "SELECT encode(sha256(n::text::bytea), 'hex'), n, 'image/jpeg'"
            " FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n"
        )
        session.execute(text(f"INSERT INTO media_files (sha256, size, mime) {rows}"), {"first": first, "last": last})
        session.execute(text("SELECT pg_stat_force_next_flush()"))


def test_a_table_is_analysed_when_it_has_grown_by_half_and_a_thousand() -> None:
    assert statistics.refresh() == []
    add_files(1, 900)
    assert statistics.refresh() == []
    add_files(901, 3_000)
    assert one(ANALYSED.format("media_files")) == 0
    assert statistics.refresh() == ["public.media_files"]
    assert one(ANALYSED.format("media_files")) > 0
    assert statistics.refresh() == []
    add_files(3_001, 7_000)
    assert statistics.refresh() == [], "not doubled yet"
    add_files(7_001, 9_000)
    assert statistics.refresh() == ["public.media_files"]


def test_a_table_in_migration_is_passed_over() -> None:
    add_files(1, 3_000)
    with transaction() as session, ThreadPoolExecutor(1) as other:
        session.execute(text("LOCK TABLE media_files IN SHARE UPDATE EXCLUSIVE MODE"))
        other.submit(statistics.refresh).result(timeout=30)
    assert one(ANALYSED.format("media_files")) == 0
