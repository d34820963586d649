"""Corrections as a user sees them: a word that no post has is searched for as the nearest one, and that is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.spelling import words_of
from app.models import SearchDocument
from app.pipeline.posts import search_words
from app.search.query import Page, find
from app.search.spelling import Correction
from tests.integration.search_rows import add_city, filled_database, put
from tests.services import TestServices

TEXTS = {
    1: "Рейс из Шереметьево задержан",
    2: "A suspension bridge in the harbour",
    3: "Переправа через реку закрыта",
    4: "Виктор Пелевин выпустил роман",
}


def _fill(session: Session) -> None:
    add_city(session)
    for id_, text in TEXTS.items():
        put(session, id_, text)
    search_words.count(session, {id_: " ".join(sorted(words_of(text))) for id_, text in TEXTS.items()})
    search_words.fold_within(session)


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    with filled_database(services, _fill) as engine:
        yield engine


def asked(session: Session, query: str, corrected: bool = True) -> tuple[list[int], list[tuple[str, str, str]]]:
    page: Page = find(session, query, embedder=None, corrected=corrected)
    told = [(one.word, one.by, one.why) for one in page.corrections]
    return [hit.publication_id for hit in page.hits], told


@pytest.mark.parametrize(
    ("query", "hit", "told"),
    [
        ("шереметево", 1, ("шереметево", "шереметьево", "typo")),
        ("sheremetyevo", 1, ("sheremetyevo", "шереметьево", "transliteration")),
        ("когда рейс из шереметево?", 1, ("шереметево?", "шереметьево", "typo")),
        ("(pelevin),", 4, ("pelevin", "пелевин", "transliteration")),
        ("pelevin...", 4, ("pelevin...", "пелевин", "transliteration")),
        ("#пеливин!", 4, ("#пеливин!", "пелевин", "typo")),
        ("gtktdby.", 4, ("gtktdby.", "пелевин", "layout")),
        ("pelevin", 4, ("pelevin", "пелевин", "transliteration")),
        ("харбоур OR harbuor", 2, ("harbuor", "harbour", "typo")),
        ("gthtghfdf", 3, ("gthtghfdf", "переправа", "layout")),
        ("рейс шереметево", 1, ("шереметево", "шереметьево", "typo")),
    ],
)
def test_the_nearest_word_is_searched_for_and_named(
    session: Session, query: str, hit: int, told: tuple[str, str, str]
) -> None:
    ids, corrections = asked(session, query)
    assert ids[0] == hit
    assert told in corrections


def test_a_correction_can_be_refused_and_is_none_by_date(session: Session) -> None:
    assert asked(session, "шереметево", corrected=False) == ([], [])
    assert list(find(session, "шереметево", embedder=None, order="date").hits) == []


def test_the_corrected_word_is_marked_on_every_page(session: Session) -> None:
    [hit] = find(session, "pelevin", embedder=None).hits
    assert "**Пелевин**" in hit.snippet


@pytest.mark.parametrize("query", ["шереметьево", "шереметьеву", "bridges", "зюзюкали переправо", "a1b2c3", "и"])
def test_words_that_posts_have_and_words_that_mean_nothing_stay(session: Session, query: str) -> None:
    assert asked(session, query)[1] == []


def test_a_correction_stands_in_for_a_word_inside_a_filter_too(session: Session) -> None:
    session.get_one(SearchDocument, 4).facets = ["kind:photo"]
    session.flush()
    assert asked(session, "kind:photo pelevin")[0] == [4]
    assert find(session, "kind:photo pelevin", embedder=None).corrections == (
        [Correction("pelevin", "пелевин", "transliteration")]
    )
    session.rollback()


@pytest.mark.parametrize(("query", "some"), [("гжмпфр пеливин", False), ("гжмпфр пеливин роман", True)])
def test_a_word_like_no_other_needs_one_that_posts_have(session: Session, query: str, some: bool) -> None:
    assert bool(asked(session, query)[1]) is some


def test_the_second_page_marks_the_corrected_word_and_corrects_no_other(session: Session) -> None:
    for number in (101, 102):
        put(session, number, f"Шереметьево, терминал {number}")
    first = find(session, "sheremetyevo", embedder=None, limit=1)
    rest = find(session, "sheremetyevo", embedder=None, limit=5, cursor=first.cursor)
    assert len(rest.hits) == 2
    assert all("**Шереметьево**" in hit.snippet for hit in rest.hits)
    session.rollback()
