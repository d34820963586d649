"""make eval-search on ten publications, indexed as posts are: right answers score perfectly, wrong ones nothing."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from app import wiring
from app.domain.documents import compose
from app.eval.archive import fill
from app.eval.search.__main__ import ask
from app.eval.search.engine import PARTS
from app.eval.search.labelled import NONSENSE, LabelledSet, Query, load
from app.eval.search.report import show
from app.eval.search.scores import by_group, noise
from app.models import SearchDocument, SearchEmbedding
from app.settings import sqlalchemy_url

NAMES = (
    *("ru-svo-fog", "ru-zoo-manul", "ru-album-exhibit", "ru-invoice", "ru-short-thanks"),
    *("en-heathrow-fog", "en-voyager", "en-laptop-label", "uk-storks", "uk-meter"),
)


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    engine = create_engine(sqlalchemy_url(database_url))
    yield engine
    engine.dispose()


def small(*queries: Query) -> LabelledSet:
    """The ten publications with other queries."""
    return LabelledSet({name: load().documents[name] for name in NAMES}, queries)


def query(text: str, answer: str | None, type_: str = "exact") -> Query:
    return Query(text, type_, "ru", "tune", {answer: 2} if answer else {})


def test_right_answers_score_perfectly_and_wrong_ones_nothing(empty: Engine) -> None:
    right = [query("манул в зоопарке", "ru-zoo-manul"), query("Voyager answered", "en-voyager")]
    wrong = [query("Voyager engineers", "uk-meter", "wrong"), query("щхъзж", None, NONSENSE)]
    answers = ask(empty, small(*right, *wrong), ["tune"], PARTS, wiring.embedder())
    for part in PARTS:
        some = [one for one in answers if one.part == part]
        scores = by_group(some, lambda one: one.type)
        assert (scores["exact"].ndcg, scores["exact"].recall, scores["exact"].mrr) == (1, 1, 1), part
        assert (scores["wrong"].ndcg, scores["wrong"].mrr) == (0, 0), part
        assert noise(some).queries == 1
    written = StringIO()
    show(Console(file=written, width=110), answers)
    assert "nDCG@10" in written.getvalue()
    assert "1.000" in written.getvalue()


def test_publications_are_indexed_as_the_pipeline_composes_them(empty: Engine) -> None:
    documents = small().documents
    with Session(empty) as session:
        names = fill(session, documents.values(), wiring.embedder())
        stored = {names[row.publication_id]: row for row in session.scalars(select(SearchDocument))}
        embedded = {names[id_] for id_ in session.scalars(select(SearchEmbedding.publication_id))}
    assert set(stored) == set(NAMES)
    for name, one in documents.items():
        language = one.language if any(item.ocr for item in one.items) else None
        assert stored[name].content_hash == compose(one.text, one.items, one.tags, language).content_hash, name
    assert "мастер-класс" in stored["ru-album-exhibit"].ocr
    assert "schet_518.pdf" in stored["ru-invoice"].labels
    assert embedded == set(NAMES)
