"""An alert fires for exactly the posts that order by date shows and that are news: generated queries and documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.domain.documents import Document, compose
from app.domain.query.printer import to_text
from app.domain.query.tree import Node
from app.errors import UserError
from app.models import Alert, AlertHit, Publication, SavedSearch, SearchDocument
from app.pipeline.posts.alerts import tell
from app.search.filters import Filters
from app.search.query import find
from tests.factories import rows
from tests.integration.search_rows import filled_database
from tests.integration.test_search_conditions import DAYS, DOCUMENTS, NOW, TREES
from tests.services import TestServices

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _fill(session: Session) -> None:
    """The documents of the test of conditions, as posts. The third channel was added in the middle of them."""
    for number in (1, 2, 3):
        added = NOW - timedelta(days=7, minutes=1) if number == 3 else LONG_AGO
        rows.channel(session, f"@c{number}", id=number, username=f"c{number}", telegram_id=number, added_at=added)
    for one in DOCUMENTS:
        publication = rows.publication(session, one.channel, id=one.id, posted_at=one.posted_at)
        rows.post(session, publication, one.id, leads=True)
        text = {field: " ".join(words) for field, words in one.fields.items()}
        session.add(
            SearchDocument(
                publication_id=one.id,
                channel_id=one.channel,
                revision=1,
                text=text["text"],
                tags=text["tags"],
                ocr=text["ocr"],
                labels=text["desc"],
                facets=one.facets,
                posted_at=one.posted_at,
                deleted_at=NOW if one.deleted else None,
                content_hash="",
            )
        )
        session.flush()


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    with filled_database(services, _fill) as engine:
        yield engine


def indexed(session: Session) -> list[tuple[Publication, Document]]:
    """Every publication with a document, as the index step has them; only its hash and facets count here."""
    found = session.scalars(select(Publication).order_by(Publication.id))
    return [(one, compose(f"text {one.id}", [], [])) for one in found]


def shown(session: Session, query: str, since: datetime) -> set[int] | None:
    """Order by date from a moment on, without the posts from before their channel was added; None for no query."""
    try:
        hits = find(session, query, embedder=None, order="date", limit=1000, filters=Filters(since=since)).hits
    except UserError:
        return None
    early = {one.id for one in DOCUMENTS if one.channel == 3 and one.posted_at and one.posted_at < NOW - AGE}
    return {hit.publication_id for hit in hits} - early


AGE = timedelta(days=7, minutes=1)


def watch(session: Session, queries: Sequence[str], since: datetime) -> dict[int, str]:
    """Alerts on the queries; the query of each by its number."""
    made = {}
    for number, query in enumerate(queries):
        session.add(SavedSearch(name=f"search {number}", query=query, changed_at=LONG_AGO))
        session.flush()
        alert = rows.add(session, Alert(name=f"{number}", search=f"search {number}", created_by="anna", since=since))
        made[alert.id] = query
    return made


@given(st.lists(TREES, min_size=1, max_size=4), st.sampled_from([day for day in DAYS if day is not None]), st.data())
@settings(max_examples=40, deadline=None)
def test_alerts_fire_for_the_strict_set(filled: Engine, trees: list[Node], day: int, data: st.DataObject) -> None:
    """Whatever the batches, their order and their repetitions are. A query that is refused stops no other."""
    since = NOW + timedelta(days=day)
    with Session(filled) as session:
        made = watch(session, [to_text(tree) for tree in trees], since)
        every = data.draw(st.permutations(indexed(session)))
        size = data.draw(st.integers(7, 60))
        for start in (*range(0, len(every), size), 0):
            tell(session, every[start : start + size])
        told = session.execute(select(AlertHit.alert_id, AlertHit.publication_id)).all()
        assert len(told) == len(set(told)), "each once"
        for alert, query in made.items():
            expected = shown(session, query, since)
            problem = session.scalar(select(Alert.problem).where(Alert.id == alert))
            assert (problem is None) is (expected is not None), query
            assert {publication for one, publication in told if one == alert} == (expected or set()), query
        session.rollback()
