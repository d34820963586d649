"""Search over a real PostgreSQL with pgvector: what is found, where, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.adapters.embedder.usem3 import Usem3
from app.domain.documents import ItemContent, compose
from app.errors import UserError
from app.models import SearchDocument, SearchEmbedding
from app.search.filters import Filters
from app.search.query import search
from app.search.semantic import nearest
from tests.factories import rows
from tests.integration.search_rows import filled_database
from tests.services import TestServices

START = datetime(2026, 1, 1, tzinfo=UTC)


@lru_cache
def _embedder() -> Usem3:
    return Usem3()


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    """One database for the module: tests change it in transactions that are rolled back."""
    with filled_database(services, _fill) as engine:
        yield engine


# (channel, text, ocr, labels, tags)
CONTENT = [
    ("city", "В Казани открыли новый городской парк у реки", "", (), ("парк", "казань")),
    ("city", "Фото дня", "Осторожно: ремонт моста до пятницы", ("suspension bridge",), ("мост",)),
    ("city", "Уехал в отпуск", "", ("tabby cat",), ("кошка", "диван")),
    ("secret", "A 6.2 magnitude earthquake struck off the coast of Japan", "", (), ("japan", "earthquake")),
    ("secret", "How to bake sourdough bread at home: mix flour, water and salt", "", (), ("bread",)),
    ("secret", "Ёлка на площади \x1b[31m зажглась", "", (), ("елка",)),
    ("city", "Курс доллара вырос на бирже", "", (), ("доллар",)),
]
PARK, BRIDGE, CAT, QUAKE, BREAD, TREE, DOLLAR = range(1, 8)


def _fill(session: Session) -> None:
    rows.channel(session, "@city", id=1, username="city_news", telegram_id=111, title="Город")
    rows.channel(session, "1002223334", id=2, username=None, telegram_id=1002223334, title="Secret")
    for number, row in enumerate(CONTENT, start=1):
        _add(session, number, *row)


def _add(
    session: Session, id_: int, channel: str, content: str, ocr: str, labels: tuple[str, ...], tags: tuple[str, ...]
) -> None:
    channel_id, posted_at = (1 if channel == "city" else 2), START + timedelta(days=id_)
    document = compose(content, [ItemContent(ocr=ocr, labels=labels)], tags)
    publication = rows.publication(session, channel_id, id=id_, text=document.text, posted_at=posted_at)
    rows.post(session, publication, id_ * 10, id=id_ + 100, leads=True)
    indexed = SearchDocument(
        publication_id=id_,
        channel_id=channel_id,
        revision=1,
        text=document.text,
        tags=document.tags,
        ocr=document.ocr,
        labels=document.labels,
        tag_list=list(document.tag_list),
        posted_at=posted_at,
        content_hash=document.content_hash,
    )
    session.add(indexed)
    session.flush()
    (vector,) = _embedder().embed([document.embedding_text])
    session.add(
        SearchEmbedding(publication_id=id_, embedder="usem3", content_hash=document.content_hash, embedding=vector)
    )


@pytest.mark.parametrize(
    ("query", "expected", "where"),
    [
        ("парки", PARK, "text"),
        ("park river", PARK, "meaning"),
        ("ремонт", BRIDGE, "ocr"),
        ("мостов", BRIDGE, "ocr"),
        ("suspension bridges", BRIDGE, "labels"),
        ("диваны", CAT, "tags"),
        ("earthquakes", QUAKE, "text"),
        ("землетрясение в Японии", QUAKE, "meaning"),
        ("как испечь хлеб", BREAD, "meaning"),
        ("елка", TREE, "tags"),
        ("ёлки", TREE, "text"),
    ],
)
def test_it_is_found_first_and_says_where(session: Session, query: str, expected: int, where: str) -> None:
    hits = search(session, query, embedder=_embedder())
    assert hits[0].publication_id == expected
    assert where in hits[0].where
    assert len({hit.publication_id for hit in hits}) == len(hits)


def test_a_hit_shows_all_that_a_reader_needs(session: Session) -> None:
    (hit,) = search(session, "ремонт моста", embedder=None)
    assert (hit.post_id, hit.message_id, hit.channel) == (102, 20, "Город")
    assert hit.permalink == "https://t.me/city_news/20"
    assert hit.posted_at == START + timedelta(days=2)
    assert hit.snippet == "Осторожно: **ремонт** **моста** до пятницы"
    assert hit.where == ("ocr", "tags")
    assert hit.tags == ("мост",)


def test_private_channels_get_a_link_without_prefix_and_snippets_no_escape_codes(session: Session) -> None:
    (hit,) = search(session, "зажглась", embedder=None)
    assert hit.permalink == "https://t.me/c/1002223334/60"
    assert hit.snippet == "Ёлка на площади [31m **зажглась**"


@pytest.mark.parametrize("query", ["asdfgh qwerty", "blorf gnarl", "цйукен фывапр", "и в на", "!!!", "<->", "'); --"])
def test_nonsense_finds_nothing(session: Session, query: str) -> None:
    assert search(session, query, embedder=_embedder()) == []


def test_web_syntax(session: Session) -> None:
    def ids(query: str) -> set[int]:
        return {hit.publication_id for hit in search(session, query, embedder=None)}

    assert ids("парк or доллар") == {PARK, DOLLAR}
    assert ids('"городской парк"') == {PARK}
    assert ids('"парк городской"') == set()
    assert ids("парк -Казань") == set()
    assert ids("парк доллар") == {PARK, DOLLAR}  # no document has both, so either
    assert ids("парк реки") == {PARK}


def test_limits(session: Session) -> None:
    query = "мост or парк or earthquake or кошка"

    def ids(**limits: object) -> set[int]:
        return {hit.publication_id for hit in search(session, query, embedder=None, **limits)}  # type: ignore[arg-type]

    assert ids() == {PARK, BRIDGE, CAT, QUAKE}
    for name in ("@City_News", "Город", "111", "-100111"):
        assert ids(channel=name) == {PARK, BRIDGE, CAT}
    assert ids(since=START + timedelta(days=3)) == {CAT, QUAKE}
    assert len(ids(limit=2)) == 2


def test_deleted_publications_are_marked_and_can_be_left_out(session: Session) -> None:
    gone = START + timedelta(days=9)
    session.get_one(SearchDocument, PARK).deleted_at = gone
    session.flush()
    assert [hit.deleted_at for hit in search(session, "парк", embedder=_embedder())] == [gone]
    assert search(session, "парк", embedder=_embedder(), deleted=False) == []


@pytest.mark.parametrize("wrong", [{"query": " \x00 "}, {"limit": 0}, {"channel": "@nobody"}])
def test_a_wrong_call_names_the_remedy(session: Session, wrong: dict[str, object]) -> None:
    call: dict[str, object] = {"query": "парк"} | wrong
    with pytest.raises(UserError, match=r"at least one word|channels list"):
        search(session, str(call.pop("query")), embedder=None, **call)  # type: ignore[arg-type]


def test_without_the_vector_extension_words_still_find(session: Session) -> None:
    session.execute(text("DROP TABLE search_embeddings"))
    assert [hit.publication_id for hit in search(session, "парк", embedder=_embedder())] == [PARK]


def test_an_outdated_embedding_is_not_believed(session: Session) -> None:
    assert search(session, "как испечь хлеб", embedder=_embedder())
    session.get_one(SearchDocument, BREAD).content_hash = "changed"
    session.flush()
    assert search(session, "как испечь хлеб", embedder=_embedder()) == []


def test_neighbours_come_from_the_index_of_the_embedder(session: Session) -> None:
    statement = nearest(_embedder(), [1.0, *[0.0] * 511], Filters(channel_ids=(1,), since=START).condition())
    query = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    session.execute(text("SET LOCAL enable_seqscan = off"))
    session.execute(text("SET LOCAL enable_sort = off"))  # seven rows would be sorted else
    plan = "\n".join(session.connection().exec_driver_sql(f"EXPLAIN {query}").scalars())
    assert "Index Scan using idx_search_embeddings_usem3" in plan
