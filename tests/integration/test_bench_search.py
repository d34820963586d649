"""make bench-search answers each of its types of query in a small archive, and leaves the archive as it was."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from app.models.search import has_embeddings
from app.search.query import find
from app.search.saved import save
from app.settings import sqlalchemy_url
from tests.bench.search import explain, inserts, meaning, measure
from tests.bench.search.archive import Archive
from tests.bench.search.load import load
from tests.bench.search.queries import SAVED, SAVED_QUERY, TYPES, Query, queries
from tests.services import TestServices

ARCHIVE = Archive(300)
UNANSWERED = {"word that no post has", "stop word"}
DRAWN = queries(ARCHIVE, 4)
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    with services.database(services.template) as url:
        engine = create_engine(sqlalchemy_url(url))
        with engine.connect() as connection:
            before = connection.execute(text(INDEXES)).all()
        load(ARCHIVE, url, lambda _: None)
        load(ARCHIVE, url, pytest.fail)  # it is there
        with engine.connect() as connection:
            assert connection.execute(text(INDEXES)).all() == before
        with Session(engine) as session, session.begin():
            save(session, SAVED, SAVED_QUERY)
        yield engine
        engine.dispose()


@pytest.fixture
def session(filled: Engine) -> Iterator[Session]:
    with Session(filled) as session:
        yield session


@pytest.mark.parametrize("name", [one.name for one in TYPES])
def test_each_type_is_answered(session: Session, name: str) -> None:
    drawn = DRAWN[name]
    found = [find(session, one.text, embedder=None, order="date").hits for one in drawn]
    assert any(found) == (name not in UNANSWERED)
    for one, prepare in measure.MEASURES.items():
        times = measure.timed(session, prepare, drawn[:1])
        if one in ("relevance", "date", "facets"):
            assert times is not None
            assert (len(times.ms), times.failed) == (1, 0)


def test_the_far_page_is_the_one_that_a_reader_comes_to(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "FAR", 3)
    query, cursor = Query("kind:photo"), None
    for _ in range(3):
        page = find(session, query.text, embedder=None, order="date", limit=measure.PAGE, cursor=cursor)
        cursor = page.cursor
    run = measure.MEASURES["page 1,000"](session, query)
    assert run is not None
    assert run() == page


def test_the_plan_is_that_of_a_statement_of_the_search(session: Session) -> None:
    ms, plan = explain.plan_of(session, measure.MEASURES["date"], DRAWN["phrase"][0])
    assert ms > 0
    assert "search_documents" in plan[0]
    assert any("actual time" in line for line in plan)


def test_the_cost_of_inserts_leaves_rows_and_indexes(session: Session) -> None:
    before = session.execute(text(INDEXES)).all()
    cost = inserts.cost(session, ARCHIVE, posts=60)
    assert "idx_search_documents_facets" in cost.dropped
    assert "idx_search_documents_tsv" not in cost.dropped
    assert min(cost.before, cost.now) > 0
    assert session.execute(text(INDEXES)).all() == before
    assert session.scalar(text("SELECT count(*) FROM publications")) == ARCHIVE.size


def test_meaning_is_searched_among_made_vectors(session: Session) -> None:
    if not has_embeddings(session):
        pytest.skip("the server has no extension vector")
    url = session.get_bind().engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as database:
        meaning.load(ARCHIVE, database, lambda _: None)
        meaning.load(ARCHIVE, database, pytest.fail)  # they are there
    assert len(meaning.timed(session, ARCHIVE, ARCHIVE.size).ms) == meaning.QUERIES
