"""Passages for a question: any of its words brings a post, the rarer ones first, and meaning brings the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.models import SearchEmbedding
from app.search.passages import LOOKED_AT, passages
from app.search.query import parsed
from tests.integration.search_rows import CITY, QUIET, Compass, add_channels, filled_database, put
from tests.services import TestServices


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    with filled_database(services, add_channels) as engine:
        yield engine


def found(session: Session, question: str, limit: int = 10) -> list[int]:
    return passages(session, parsed(session, question), limit).ids


def many(session: Session, text_: str, first: int, count: int) -> None:
    """So many more posts with this text, older than the others."""
    session.execute(
        text(
            f"INSERT INTO publications (id, channel_id, text) SELECT n, {CITY}, :text"
            " FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n"
        ),
        {"text": text_, "first": first, "last": first + count - 1},
    )
    session.execute(
        text(
            "INSERT INTO search_documents (publication_id, channel_id, revision, text, tags, ocr, labels, content_hash,"
            f" posted_at) SELECT n, {CITY}, 1, :text, '', '', '', '', '2020-01-01'::timestamptz + n * interval '1 hour'"
            " FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n"
        ),
        {"text": text_, "first": first, "last": first + count - 1},
    )


def test_no_word_of_a_question_is_required_and_words_that_only_ask_bring_nothing(session: Session) -> None:
    put(session, 1, "Паром отходит в семь")
    put(session, 2, "Известно, когда и сколько: скажите, почему")
    assert found(session, "Скажите, когда и почему отменили паром?") == [1]


def test_a_post_with_the_rarer_word_stands_before_one_with_the_common_word(session: Session) -> None:
    put(session, 1, "Паром сломался")
    for number in range(2, 30):
        put(session, number, "Причал и море")
    put(session, 30, "Старый маяк")
    assert found(session, "паром причал", 2)[0] == 1
    assert set(found(session, "паром у причала, где маяк?", 3)) >= {1, 30}


def test_a_post_with_more_of_the_words_stands_first(session: Session) -> None:
    put(session, 1, "Паром")
    put(session, 2, "Паром у маяка")
    put(session, 3, "Маяк")
    assert found(session, "Почему паром стоит у маяка?")[0] == 2


def test_filters_hold_and_words_inside_pictures_count(session: Session) -> None:
    put(session, 1, "Паром", channel=QUIET)
    put(session, 2, "", ocr="ПАРОМ УХОДИТ")
    assert found(session, "паром channel:@city") == [2]
    assert set(found(session, "паром")) == {1, 2}
    assert found(session, "паром -уходит") == [1]


def test_a_word_that_no_post_has_is_corrected(session: Session) -> None:
    put(session, 1, "Водолазы подняли якорь")
    session.execute(text("INSERT INTO search_words (word, skeleton, documents) VALUES ('водолазы', 'vodolazi', 1)"))
    got = passages(session, parsed(session, "Где водолазв?"), 10)
    assert (got.ids, [one.by for one in got.corrections]) == ([1], ["водолазы"])


def test_of_words_that_thousands_have_the_newest_posts_are_looked_at(session: Session) -> None:
    many(session, "Паром", 100, LOOKED_AT + 500)
    put(session, 1, "Паром пришёл", day=3)
    put(session, 2, "Паром стоит у маяка", day=2)
    assert found(session, "паром?", 3)[:2] == [1, 2]
    assert found(session, "паром, маяк?", 3)[0] == 2, "a rare word leads, and the common one ranks"


@pytest.mark.parametrize("analyzed", [False, True])
def test_it_reads_few_rows_whatever_is_known_of_the_table(session: Session, analyzed: bool) -> None:
    many(session, "Паром и причал", 100, 2 * LOOKED_AT)
    put(session, 1, "Маяк")
    if analyzed:
        session.execute(text("ANALYZE search_documents"))
    before = _read(session)
    assert found(session, "Где паром, причал и маяк?", 3)[0] == 1
    assert _read(session) - before < 4 * LOOKED_AT


def _read(session: Session) -> int:
    """Rows of search_documents that this transaction has read so far."""
    query = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
    return int(session.scalar(text(f"{query} WHERE relname = 'search_documents'")) or 0)


class Meaning(Compass):
    """An embedder as the archive's own, by the name of its index."""

    def __init__(self) -> None:
        super().__init__("usem3", 512)


def test_meaning_brings_posts_that_share_no_word(session: Session) -> None:
    embedder = Meaning()
    for number, cosine in ((1, 0.5), (2, 0.2), (3, 0.05)):
        put(session, number, f"Пост {number}")
        vector = embedder.vector(cosine)
        session.add(
            SearchEmbedding(publication_id=number, embedder="usem3", content_hash=f"hash of {number}", embedding=vector)
        )
    session.flush()
    search = replace(parsed(session, "north"), embedder=embedder)
    assert passages(session, search, 10).ids == [1, 2], "unrelated posts are no passages"
