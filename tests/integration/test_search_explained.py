"""Why a hit is one, as a user sees it: lists with ranks, words as the post writes them, filters, corrections."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.cli.explain_search import show_answer
from app.cli.search import show_hits
from app.domain.codes import folded_code
from app.domain.spelling import words_of
from app.errors import UserError
from app.models import SearchEmbedding
from app.pipeline.posts import search_words
from app.search import saved
from app.search.explained import Explained, Listed
from app.search.judged import Verdict
from app.search.query import find
from app.search.spelling import Correction
from app.search.why_not import Answer, why_found
from tests.factories import rows
from tests.integration.search_rows import Compass, add_city, filled_database, put
from tests.services import TestServices

FERRY = {
    "text": "Маяки стоят. До Кронштадта маяком ближе, чем мимо новых, ещё строящихся мостов",
    "tags": "маяк\nморе",
    "ocr": "Билет № А 123 ВС-77, тел. +7 921",
    "labels": "a white ferry in the harbour",
    "facets": ["kind:photo", "tag:море", "has:ocr"],
}
BRIDGE = {"text": "Открыт новый мост через реку", "facets": ["kind:video"]}
DOCUMENTS = {1: FERRY, 2: BRIDGE}


def _fill(session: Session) -> None:
    add_city(session)
    for id_, about in DOCUMENTS.items():
        put(session, id_, day=id_, codes=folded_code(str(about.get("ocr", ""))), **about)  # type: ignore[arg-type]
    counted = {id_: " ".join(sorted(words_of(*map(str, one.values())))) for id_, one in DOCUMENTS.items()}
    search_words.count(session, counted)
    search_words.fold_within(session)
    saved.save(session, "ships", "маяк kind:photo -яхта")
    saved.save(session, "travel", "search:ships OR поезд")


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    with filled_database(services, _fill) as engine:
        yield engine


def why(session: Session, query: str, id_: int = 1, **how: Any) -> Explained:
    """Why the publication is a hit of the query."""
    page = find(session, query, **{"embedder": None, "explained": True} | how)
    found = {hit.publication_id: hit.explained for hit in page.hits}[id_]
    assert found is not None
    return found


def said(found: Explained) -> dict[str, dict[str, tuple[str, ...]]]:
    """The words of the query, and how the post writes each."""
    return {one.asked: dict(one.where) for one in found.said}


def test_nothing_is_explained_unless_it_is_asked_for(session: Session) -> None:
    assert [hit.explained for hit in find(session, "маяк", embedder=None).hits] == [None]


def test_words_are_told_as_the_post_writes_them_field_by_field(session: Session) -> None:
    found = why(session, "маяк harbours новый -яхта")
    assert said(found) == {
        "маяк": {"text": ("Маяки", "маяком"), "tags": ("маяк",)},
        "harbours": {"labels": ("harbour",)},
        "новый": {"text": ("новых",)},
    }
    assert found.lists == (Listed("words", 1 / 61, 1),)
    assert (found.lacks, found.filters) == ((), ())


@pytest.mark.parametrize(
    ("query", "kind", "where"),
    [
        ('"море маяк"', "phrase", None),
        ('"маяк ближе"', "phrase", {"text": ("маяком ближе",)}),
        ('"открыт новый мост через реку"', "phrase", {"text": ("Открыт новый мост через реку",)}),
        ("а123вс77", "word", {"ocr": ("А 123 ВС-77",)}),
        (r"/тел\. ?\+7( ?\d+)/", "pattern", {"ocr": ("тел. +7 921",)}),
        ("in:tags маяк", "word", {"tags": ("маяк",)}),
        ("маяк -in:text", "word", {"tags": ("маяк",)}),
        ("маяк in:tags|ocr", "word", {"tags": ("маяк",)}),
        ("маяк -in:text|ocr", "word", {"tags": ("маяк",)}),
        ("маяк -(in:tags яхта)", "word", {"text": ("Маяки", "маяком"), "tags": ("маяк",)}),
    ],
)
def test_phrases_codes_patterns_and_fields(
    session: Session, query: str, kind: str, where: dict[str, tuple[str, ...]] | None
) -> None:
    hits = find(session, query, embedder=None, explained=True).hits
    if where is None:
        assert hits == []
        return
    assert hits[0].explained is not None
    assert [(one.kind, dict(one.where)) for one in hits[0].explained.said] == [(kind, where)]


def test_a_code_with_blanks_is_told_by_each_of_its_parts(session: Session) -> None:
    put(session, 7, "Номер на фото", ocr="такси А777ВС", codes=folded_code("такси А777ВС"))
    found = why(session, "а 777 вс фото", 7)
    assert said(found) == {"777": {"ocr": ("777",)}, "вс": {"ocr": ("А777ВС",)}, "фото": {"text": ("фото",)}}
    assert found.lacks == ()
    for query, holds in (("777 вс", True), ("778 вс", False)):
        told = judged(session, query, 7).verdict
        assert told is not None
        assert {one.holds for one in told.parts} == {told.holds} == {holds}, query


def test_of_alternatives_those_that_hold_speak(session: Session) -> None:
    found = why(session, "(маяк kind:video) OR (ближе kind:photo) OR harbour", order="date")
    assert said(found) == {"ближе": {"text": ("ближе",)}, "harbour": {"labels": ("harbour",)}}
    assert found.filters == ("kind:photo",)
    assert found.lists == ()


def test_words_that_full_text_drops_are_not_told(session: Session) -> None:
    found = why(session, "и маяк")
    assert (list(said(found)), found.lacks) == (["маяк"], ())


def test_filters_that_hold_are_told_negated_ones_too(session: Session) -> None:
    found = why(session, "маяк kind:photo|video -has:edit channel:@city_news -яхта", order="date")
    assert found.filters == ("kind:photo", "-has:edit", "channel:@city_news")


def test_a_saved_search_is_told_with_its_words_and_filters(session: Session) -> None:
    found = why(session, "ближе search:travel", order="date")
    assert found.filters == ("search:travel", "search:ships", "kind:photo")
    assert [(one.asked, one.search) for one in found.said] == [("ближе", None), ("маяк", "search:ships")]


def test_side_by_side_and_any_word(session: Session) -> None:
    found = why(session, "новый мост", 2)
    assert found.lists == (Listed("exact", 2.0), Listed("words", 1 / 61, 1)), "letter for letter"
    assert why(session, "новый мост", 1).lists == (Listed("words", 1 / 62, 2),)
    some = why(session, "маяк зюзюкал", 1)
    assert (some.lists, some.lacks) == ((Listed("any", 0.3 / 61, 1),), ("зюзюкал",))


@pytest.mark.parametrize(
    ("query", "by", "evidence"),
    [("кронштатда", "кронштадта", "typo"), ("kronshtadta", "кронштадта", "transliteration"),
     ("rhjyinflnf", "кронштадта", "layout")],
)  # fmt: skip
def test_the_correction_behind_a_word(session: Session, query: str, by: str, evidence: str) -> None:
    for cursor in (None, _second(session, f"{query} OR мост OR маяк")):
        found = why(session, f"{query} OR мост OR маяк", 1, cursor=cursor) if cursor else why(session, query)
        [one] = [one for one in found.said if one.asked == query]
        assert one.instead == Correction(query, by, evidence)
        assert one.where == {"text": ("Кронштадта",)}
    with pytest.raises(KeyError):
        why(session, query, order="date")


def _second(session: Session, query: str) -> str | None:
    """The cursor of the page with publication 1, where it is not the first."""
    page = find(session, query, embedder=None, limit=1)
    return None if page.hits[0].publication_id == 1 else page.cursor


def test_meaning_tells_its_similarity_and_what_the_post_lacks(session: Session) -> None:
    compass = Compass()
    for id_, cosine in ((1, 0.9), (2, 0.6)):
        vector = compass.vector(cosine)
        about = {"embedder": compass.name, "content_hash": f"hash of {id_}"}
        rows.add(session, SearchEmbedding(publication_id=id_, embedding=vector, **about))
    found = why(session, "north", embedder=compass)
    assert [(one.name, one.rank, round(one.similarity or 0, 2)) for one in found.lists] == [("meaning", 1, 0.9)]
    assert (found.near, found.weak, found.said, found.lacks) == (True, False, (), ("north",))


def test_a_picture_with_a_book_in_it_is_explained(session: Session) -> None:
    """100,000 characters in each of ten hits."""
    book = "маяк и мост " * 7_700
    for id_ in range(10, 20):
        put(session, id_, ocr="маяк, буксир тянет " + book, codes=folded_code(book))
    found = why(session, '"буксир тянет" маяк', 10)
    assert said(found) == {"буксир тянет": {"ocr": ("буксир тянет",)}, "маяк": {"ocr": ("маяк",)}}
    [hit, *_] = find(session, '"буксир тянет" маяк', embedder=None).hits
    assert hit.snippet.startswith("**маяк**, **буксир** **тянет** **маяк** и мост **маяк**")
    assert 150 < len(hit.snippet) < 400


def test_an_expression_that_cannot_be_read_is_refused(session: Session) -> None:
    with pytest.raises(UserError, match="regular expression"):
        why(session, "/[/ маяк")


# Why a post is, or is not, a hit


def parts(verdict: Verdict) -> list[tuple[str, bool]]:
    """The leaves of the query, and whether the post has each."""
    if not verdict.parts:
        return [(verdict.text, verdict.holds)]
    return [one for part in verdict.parts for one in parts(part)]


def judged(session: Session, query: str, id_: int = 2) -> Answer:
    return why_found(session, query, id_, None)


def test_each_part_of_a_query_is_judged_on_one_post(session: Session) -> None:
    answer = judged(session, "мост ближе kind:photo -река after:2030 и search:ships")
    assert answer.verdict is not None
    assert not answer.verdict.holds
    assert parts(answer.verdict) == [
        ("мост", True),
        ("ближе", False),
        ("kind:photo", False),
        ("река", True),
        ("after:2030", False),
        ("и", True),
        ("маяк", False),
        ("kind:photo", False),
        ("яхта", False),
    ]
    without = answer.verdict.parts[3]
    assert (without.holds, without.parts[0].forms) == (False, {"text": ("реку",)})
    assert [one.idle for one in answer.verdict.parts] == [False, False, False, False, False, True, False]
    assert answer.has == {"kind": ("video",), "channel": ("@city_news",), "date": ("2026-03-03T00:00",)}
    assert (answer.place, answer.hits) == (None, 0)


def test_a_word_in_another_field_is_none(session: Session) -> None:
    answer = judged(session, "in:ocr (маяк OR билет)", 1)
    assert answer.verdict is not None
    assert parts(answer.verdict) == [("маяк", False), ("билет", True)]
    assert answer.verdict.holds
    assert [one.fields for one in answer.verdict.parts[0].parts] == [("ocr",), ("ocr",)]


def test_a_post_may_be_a_hit_by_relevance_alone(session: Session) -> None:
    answer = judged(session, "kronshtadta", 1)
    assert answer.verdict is not None
    assert not answer.verdict.holds
    assert (answer.place, answer.hits) == (1, 1)
    assert answer.corrections == (Correction("kronshtadta", "кронштадта", "transliteration"),)
    assert answer.explained is not None
    assert said(answer.explained) == {"kronshtadta": {"text": ("Кронштадта",)}}


def test_a_post_that_is_not_indexed_has_no_verdict(session: Session) -> None:
    assert judged(session, "маяк", 99).verdict is None


def printed(show: Any, *told: Any) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    show(console, *told)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines() if line.strip()]


def test_it_is_told_in_short_lines(session: Session) -> None:
    [hit] = find(session, "kronshtadta search:ships -video", embedder=None, explained=True).hits
    assert printed(show_hits, [hit])[3:] == [
        "    exact phrase: before all others (+1)",
        "    all words: rank 1 (+0.0164)",
        "    kronshtadta → кронштадта (the same sound in the other alphabet) in the text:",
        "    Кронштадта",
        "    search:ships: маяк in the text: Маяки, маяком; in the tags: маяк",
        "    matches: search:ships, kind:photo",
    ]
    [hit] = find(session, '"маяком ближе" кронштатда', embedder=None, explained=True).hits
    assert printed(show_hits, [hit])[3:] == [
        "    all words: rank 1 (+0.0164)",
        "    «маяком ближе» in the text: маяком ближе",
        "    кронштатда → кронштадта (1 letter written otherwise) in the text: Кронштадта",
    ]


def test_a_verdict_is_told_part_by_part(session: Session) -> None:
    told = judged(session, "новый kind:photo|audio -реку /порт/ (in:ocr мост) и date:2025")
    assert printed(show_answer, "t.me/city_news/2", told) == [
        "t.me/city_news/2 is no hit of: новый (kind:photo OR kind:audio) -реку /порт/ (in:ocr мост) и date:2025",
        "  yes новый in the text: новый",
        "  no  one of",
        "    no  kind:photo: the post has video",
        "    no  kind:audio: the post has video",
        "  no  -реку in the text: реку",
        "  no  /порт/",
        "  no  мост (inside a picture)",
        "  yes и: full text leaves it out",
        "  no  date:2025: the post has 2026-03-03T00:00",
        "by relevance: not among the 0 hits",
    ]
    assert printed(show_answer, "t.me/x/9", judged(session, "маяк", 99)) == [
        "t.me/x/9 is not in the search index yet: `media-audit status` shows the work"
    ]
