"""make bench-page asks for each of its kinds of page in a small archive."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import psycopg
import pytest

from app.pipeline.engine import counters
from app.settings import Settings
from tests.bench.page import flow, visits
from tests.bench.page.__main__ import Statements, measured
from tests.bench.search.archive import Archive
from tests.bench.search.load import load
from tests.browsing import browsing

ARCHIVE = Archive(300)


@pytest.fixture
def database(settings: Settings) -> Iterator[psycopg.Connection]:
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    load(ARCHIVE, url, lambda _: None)
    with psycopg.connect(url, autocommit=True) as connection:
        flow.fill(connection, lambda _: None)
        flow.fill(connection, pytest.fail)  # it is there
        yield connection


def test_each_kind_of_page_is_answered(
    settings: Settings, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "FAR", 2)
    monkeypatch.setattr(visits, "TILES", 10)
    counters.set_right("work")
    statements = Statements()
    with browsing(settings) as client:
        found = {one.name: measured(one, client, statements, database) for one in visits.visits(ARCHIVE, 1)}
    assert len(found) == 12
    for one in found.values():
        assert one.whole.p50 > one.database.p50 > 0
        assert one.statements > 0


def test_a_page_that_is_refused_ends_the_run(settings: Settings, database: psycopg.Connection) -> None:
    visit = visits.Visit("none", ["/p/nowhere/1"], "SELECT 1", [{}])
    with browsing(settings) as client, pytest.raises(httpx.HTTPStatusError, match="404"):
        measured(visit, client, Statements(), database)
