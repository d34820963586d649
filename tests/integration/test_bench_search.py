"""make bench-search answers each of its types of query in a small archive, and leaves the archive as it was."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session

from app.domain.look_alikes import NEAR, differing_bits, hash_of
from app.models import LookAlike, LookAlikeCentre, MediaFile
from app.models.search import has_embeddings
from app.search.query import find
from app.search.saved import save
from app.search.similar import Asked, similar
from app.settings import sqlalchemy_url
from tests.bench.search import explain, inserts, meaning, measure
from tests.bench.search.archive import Archive
from tests.bench.search.load import load
from tests.bench.search.queries import SAVED, SAVED_QUERY, TYPES, Query, pictures, queries
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
    assert min(cost.before, cost.now, cost.words, cost.trends) > 0
    assert session.execute(text(INDEXES)).all() == before
    assert session.scalar(text("SELECT count(*) FROM publications")) == ARCHIVE.size


def test_pictures_have_their_postings_and_look_alikes(session: Session) -> None:
    asked = pictures(ARCHIVE)
    often = [similar(session, Asked(one.sha256, one.phash, one.file)) for one in asked["posted often"]]
    assert max(len({posting.post_id for posting in one.postings}) for one in often) > 1
    assert max(one.cluster for one in often) > 1
    once = similar(session, Asked(asked["posted once"][0].sha256, asked["posted once"][0].phash, None))
    assert once.postings
    # As the product places them: each look-alike within NEAR bits of its centre.
    edges = session.execute(
        select(LookAlike.bits, MediaFile.phash, LookAlikeCentre.phash)
        .join_from(LookAlike, MediaFile, MediaFile.id == LookAlike.file_id)
        .join(LookAlikeCentre, LookAlikeCentre.file_id == LookAlike.centre_id)
    ).all()
    assert edges
    assert all(differing_bits(hash_of(a or ""), hash_of(b)) == bits <= NEAR for bits, a, b in edges)


def test_words_are_counted_as_the_sweeper_counts_them(session: Session) -> None:
    wrong = """SELECT count(*) FROM (
        SELECT unnest(string_to_array(words, ' ')) AS word, count(*) AS documents FROM search_document_words GROUP BY 1
    ) AS found FULL JOIN search_words USING (word) WHERE found.documents IS DISTINCT FROM search_words.documents"""
    assert session.scalar(text(wrong)) == 0
    assert session.scalar(text("SELECT count(*) FROM search_words")) > 1_000


def test_meaning_is_searched_among_made_vectors(session: Session) -> None:
    if not has_embeddings(session):
        pytest.skip("the server has no extension vector")
    url = session.get_bind().engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as database:
        meaning.load(ARCHIVE, database, lambda _: None)
        meaning.load(ARCHIVE, database, pytest.fail)  # they are there
    assert len(meaning.timed(session, ARCHIVE, ARCHIVE.size).ms) == meaning.QUERIES
