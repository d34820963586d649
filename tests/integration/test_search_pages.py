"""Pages of a search: both orders show each hit once while posts arrive; cursors, counts, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.domain.codes import folded_code
from app.domain.kinds import MediaKind
from app.errors import UserError
from app.models import MediaFile, PostMedia, SearchDocument
from app.search import kept, limits, ranked, saved
from app.search.counts import Counts
from app.search.filters import Filters
from app.search.query import Order, Page, counts_of, find
from tests.factories import rows
from tests.integration.search_rows import CITY, DAY, QUIET, add_channels, filled_database, put
from tests.services import TestServices


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    """A database with two channels."""
    with filled_database(services, add_channels) as engine:
        yield engine


def ids(page: Page) -> list[int]:
    return [hit.publication_id for hit in page.hits]


@pytest.mark.parametrize("order", ["date", "relevance"])
def test_pages_show_each_hit_once_while_posts_arrive(session: Session, order: Order) -> None:
    for number in range(1, 24):
        put(session, number, "маяк " * (number % 4 + 1), day=number % 5)
    seen: list[int] = []
    page = find(session, "маяк", embedder=None, order=order, limit=4)
    while True:
        seen += ids(page)
        if page.cursor is None:
            break
        assert len(page.hits) == 4
        assert len(seen) < 23
        put(session, 100 + len(seen), "маяк маяк", day=400)  # newer than all, and as good as the best
        page = find(session, "маяк", embedder=None, order=order, limit=4, cursor=page.cursor)
    assert sorted(seen) == list(range(1, 24))


def test_by_date_is_the_newest_first_and_exactly_what_matches(session: Session) -> None:
    put(session, 1, "старый маяк", day=1)
    put(session, 2, "маяк", day=2)
    put(session, 3, "старый город", day=None)
    put(session, 4, "Маяки старого города", day=3)
    assert ids(find(session, "старый", embedder=None, order="date")) == [4, 1, 3]
    assert ids(find(session, "старый паром", embedder=None, order="date")) == [], "no word is given up"
    assert sorted(ids(find(session, "старый паром", embedder=None))) == [1, 3, 4], "by relevance any word will do"


def test_an_exact_phrase_comes_first(session: Session) -> None:
    put(session, 1, "мост через реку " * 3 + "старый " * 3, day=1)
    put(session, 2, "Сегодня закрыт старый мост", day=2)
    put(session, 3, "старый мост старый", day=0, labels="мост")
    [first, *_] = find(session, "старый мост", embedder=None).hits
    assert first.publication_id in (2, 3)
    assert first.score > 1
    assert ids(find(session, "старый мост", embedder=None))[-1] == 1


def test_a_number_plate_is_found_however_it_is_written(session: Session) -> None:
    put(session, 1, ocr="Гос. номер А 123 ВС 77", codes=folded_code("Гос. номер А 123 ВС 77"))
    put(session, 2, ocr="А 124 ВС 77", codes="a124bc77")
    for query in ("А123ВС77", "a123bc", "123вс", "in:ocr A123BC"):
        assert ids(find(session, query, embedder=None)) == [1], query
    assert ids(find(session, "in:text A123BC", embedder=None)) == []
    assert sorted(ids(find(session, "ВС77", embedder=None))) == [1, 2]


@pytest.mark.parametrize("order", ["date", "relevance"])
def test_a_code_is_found_with_blanks_that_it_does_not_have(session: Session, order: Order) -> None:
    for number, ocr in enumerate(("госномер А123ВС77", "тел. 89123456789", "№ 7710777, А 124 ВС"), start=1):
        put(session, number, "объявление", ocr=ocr, codes=folded_code(ocr), day=number)
    for query, hit in {
        "А 123 ВС 77": 1,
        "a 123 bc": 1,
        "объявление А 123 ВС": 1,
        "8 912 345 67 89": 2,
        "77-10 777": 3,
    }.items():
        assert ids(find(session, query, embedder=None, order=order)) == [hit], query
        others = ids(find(session, f"объявление -({query})", embedder=None, order=order))
        assert sorted(others) == [number for number in (1, 2, 3) if number != hit], query
    assert ids(find(session, "in:text А 123 ВС", embedder=None, order=order)) == []
    assert ids(find(session, "гавань А 123 ВС", embedder=None, order="date")) == []


def test_a_dropped_word_finds_nothing_where_any_word_will_do(session: Session) -> None:
    put(session, 1, "маяк")
    put(session, 2, ocr="А123ВС77", codes="a123bc77")
    assert ids(find(session, "в 7654321 гавань", embedder=None)) == []
    assert ids(find(session, "в 7654321 маяк", embedder=None)) == [1]


def test_filters_alone_show_the_newest(session: Session) -> None:
    for number in range(1, 6):
        put(session, number, "x", day=number, facets=["kind:photo"] if number % 2 else ["kind:video"])
    assert ids(find(session, "kind:photo", embedder=None)) == [5, 3, 1]
    assert ids(find(session, "вид:видео", embedder=None, order="date", limit=1)) == [4]
    assert ids(find(session, "-kind:photo", embedder=None)) == [4, 2]


def test_a_query_that_is_too_broad_says_what_it_ranked(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranked, "RANKED_IN_FULL", 5)
    monkeypatch.setattr(ranked, "FEW", 3)
    for number in range(1, 7):
        put(session, number, "маяк", day=number)
    page = find(session, "маяк", embedder=None)
    assert ids(page) == [6, 5, 4]
    assert any("only the newest" in note for note in page.notes)
    assert not find(session, "маяк channel:@quiet_place", embedder=None).notes


def test_a_search_that_takes_too_long_is_stopped(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 30):
        put(session, number, "ab " * 30_000)
    monkeypatch.setattr(limits, "SECONDS", 0.001)
    with pytest.raises(UserError, match="add a word or a filter"), session.begin_nested():
        find(session, r"/(a|b)+c/", embedder=None, order="date")


def test_a_wrong_regular_expression_is_named(session: Session) -> None:
    put(session, 1, "a")
    with pytest.raises(UserError, match=r"regular expression.*quotes"), session.begin_nested():
        find(session, "/a(/", embedder=None)


def test_a_list_ends_and_its_cursor_says_so(session: Session) -> None:
    for number in range(1, 4):
        put(session, number, "маяк", day=number)
    cursor = find(session, "маяк", embedder=None, limit=1).cursor
    assert cursor
    assert kept.drop_ended(session) == 0
    with pytest.raises(UserError, match="of another search"):
        find(session, "гавань", embedder=None, limit=1, cursor=cursor)
    with pytest.raises(UserError, match="of a search by relevance"):
        find(session, "маяк", embedder=None, limit=1, cursor=cursor, order="date")
    session.execute(text("UPDATE search_lists SET made_at = now() - interval '15 min'"))
    with pytest.raises(UserError, match="search again"):
        find(session, "маяк", embedder=None, limit=1, cursor=cursor)
    assert kept.drop_ended(session) == 1


def test_a_list_is_of_its_limits_beside_the_query_too(session: Session) -> None:
    for number in range(1, 4):
        put(session, number, "маяк", day=number)
    limits = Filters((CITY,))
    cursor = find(session, "маяк", embedder=None, limit=1, filters=limits).cursor
    assert len(find(session, "маяк", embedder=None, filters=limits, cursor=cursor).hits) == 2
    for others in (None, Filters((QUIET,)), Filters((CITY,), since=DAY)):
        with pytest.raises(UserError, match="of another search"):
            find(session, "маяк", embedder=None, filters=others, cursor=cursor)


def test_the_limit_of_time_ends_with_the_search(session: Session) -> None:
    put(session, 1, "маяк")
    before = session.scalar(text("SHOW statement_timeout"))
    find(session, "маяк", embedder=None)
    counts_of(session, "маяк")
    assert session.scalar(text("SHOW statement_timeout")) == before


def test_a_page_without_another_keeps_no_list(session: Session) -> None:
    put(session, 1, "маяк")
    assert find(session, "маяк", embedder=None).cursor is None
    assert session.scalar(text("SELECT count(*) FROM search_lists")) == 0


def test_facets_are_counted_over_the_strict_set(session: Session) -> None:
    put(session, 1, "маяк", facets=["kind:photo", "tag:море"])
    put(session, 2, "маяк", facets=["kind:photo"], channel=QUIET)
    put(session, 3, "маяк", facets=None)
    put(session, 4, "гавань", facets=["kind:photo"])
    wanted = {"kind": {"photo": 2}, "tag": {"море": 1}, "channel": {"Город": 2, "@quiet_place": 1}}
    assert counts_of(session, "маяк") == Counts(wanted, hits=3)


@pytest.mark.parametrize("signs", ["!", ":-(", "-()", "()"])
def test_signs_alone_find_nothing_and_count_nothing(session: Session, signs: str) -> None:
    put(session, 1, "маяк!", facets=["kind:photo"])
    assert ids(find(session, signs, embedder=None)) == ids(find(session, signs, embedder=None, order="date")) == []
    assert counts_of(session, signs) == Counts({})


def test_the_second_page_of_a_search_with_long_saved_ones(session: Session) -> None:
    """Written out, they are longer than a person may type."""
    for number in range(1, 4):
        put(session, number, "маяк", day=number)
    for number in range(3):
        longs = (f"{letter * 22}{number}" for letter in "абвгдежзикл" * 3)
        saved.save(session, f"long {number}", " OR ".join(("маяк", *longs)))
    query = 'search:"long 0" search:"long 1" search:"long 2"'
    page = find(session, query, embedder=None, limit=2)
    rest = find(session, query, embedder=None, limit=2, cursor=page.cursor)
    assert sorted(ids(page) + ids(rest)) == [1, 2, 3]


def test_a_saved_search_stands_inside_others(session: Session) -> None:
    put(session, 1, "маяк", facets=["kind:photo"])
    put(session, 2, "маяк", facets=["kind:text"])
    saved.save(session, "Lights", "маяк kind:photo")
    assert ids(find(session, "search:lights", embedder=None)) == [1]
    assert ids(find(session, "маяк -search:Lights", embedder=None)) == [2]
    saved.save(session, "All lights", "search:lights OR вид:текст")
    assert ids(find(session, 'search:"all lights"', embedder=None, order="date")) == [2, 1]
    for name, query in (("lights", 'search:"all lights"'), ("new", "search:nowhere"), (" ", "x")):
        with pytest.raises(UserError):
            saved.save(session, name, query)
    saved.remove(session, "LIGHTS")
    with pytest.raises(UserError, match="lights"):
        find(session, 'search:"all lights"', embedder=None)
    with pytest.raises(UserError, match="saved list"):
        saved.remove(session, "lights")


@pytest.mark.parametrize("name", ["two  words", " Two\x00words", "two\u200b words", "TWO\udcff words"])
def test_a_saved_search_is_found_under_its_name_however_that_was_typed(session: Session, name: str) -> None:
    """A query has it without control characters, which no database takes either."""
    put(session, 1, "маяк")
    saved.save(session, name, "маяк")
    assert ids(find(session, 'search:"two words"', embedder=None)) == [1]
    assert saved.required(session, name) == "маяк"
    saved.remove(session, name)


@pytest.mark.parametrize(("query", "remedy"), [("", "at least one"), ("!!", "at least one"), ("/a(/", "quotes")])
def test_a_search_that_can_find_nothing_is_not_saved(session: Session, query: str, remedy: str) -> None:
    with pytest.raises(UserError, match=remedy), session.begin_nested():
        saved.save(session, "x", query)


def test_a_document_that_went_away_leaves_a_page_shorter(session: Session) -> None:
    for number in range(1, 5):
        put(session, number, "маяк", day=number)
    page = find(session, "маяк", embedder=None, limit=2)
    session.delete(session.get_one(SearchDocument, 2 if 2 not in ids(page) else 4))
    session.flush()
    rest = find(session, "маяк", embedder=None, limit=2, cursor=page.cursor)
    assert len(set(ids(page) + ids(rest))) == 3


def test_spans_of_time(session: Session) -> None:
    for number in range(1, 5):
        put(session, number, "маяк", day=number)
    day = (DAY + timedelta(days=2)).date().isoformat()
    assert ids(find(session, f"маяк date:{day}", embedder=None)) == [2]
    assert ids(find(session, f"маяк after:{day}", embedder=None, order="date")) == [4, 3]
    assert ids(find(session, f"маяк до:{day}", embedder=None)) == [1]


def test_pictures_that_are_elsewhere_and_pictures_near_one(session: Session) -> None:
    for number in range(1, 6):
        put(session, number, "маяк", day=number)
    hashes = {"a" * 64: "00ff00ff00ff00ff", "b" * 64: "00ff00ff00ff00fe", "c" * 64: "f0f0123456789abc"}
    for sha256, phash in hashes.items():
        rows.add(session, MediaFile(sha256=sha256, size=1, mime="image/jpeg", phash=phash))
    for post, sha256 in ((1001, "a"), (1002, "a"), (1003, "b"), (1004, "c")):
        rows.add(session, PostMedia(post_id=post, kind=MediaKind.PHOTO, sha256=sha256 * 64))
    assert ids(find(session, "has:dup", embedder=None)) == [2, 1]
    assert ids(find(session, "маяк -есть:повтор", embedder=None, order="date")) == [5, 4, 3]
    assert ids(find(session, "near:aaaaaaaa", embedder=None)) == [3, 2, 1]
    assert ids(find(session, "near:aaaaaaaa~0", embedder=None)) == [2, 1]
    assert ids(find(session, "near:cccccccc", embedder=None)) == [4]
    with pytest.raises(UserError, match="no file"):
        find(session, "near:dddddddd", embedder=None)
    # An edit took the picture out of the second post: it shows it no more, and still had it, for the first one.
    session.execute(text("UPDATE post_media SET replaced_at = now() WHERE post_id = 1002"))
    assert ids(find(session, "near:aaaaaaaa", embedder=None)) == [3, 1]
    assert ids(find(session, "has:dup", embedder=None)) == [1]
