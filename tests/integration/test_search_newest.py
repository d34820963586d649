"""The newest of a great many matches: equal to a walk by date, by both indexes, whatever is known of the table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from app.domain.query.parser import parse
from app.search import newest as module
from app.search import ranked
from app.search.conditions import Condition, Reading, strict
from app.search.dated import walk
from app.search.limits import walking
from app.search.newest import FIRST, longer, newest
from app.search.query import TOO_BROAD, find
from tests.integration.search_rows import CITY, add_channels, filled_database, put
from tests.services import TestServices

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FILL = text(f"""
    INSERT INTO publications (id, channel_id, text) SELECT n, {CITY}, '' FROM generate_series(1, 6000) n;
    INSERT INTO search_documents
        (publication_id, channel_id, revision, text, tags, ocr, labels, content_hash, posted_at)
        SELECT n, {CITY}, 1, CASE WHEN n % 5 = 0 THEN 'маяк' ELSE 'причал' END, '', '', '', '',
            '2020-01-01'::timestamptz + n * interval '8 hours' FROM generate_series(1, 6000) n;
""")


@pytest.fixture(scope="module")
def filled(services: TestServices) -> Iterator[Engine]:
    with filled_database(services, add_channels) as engine:
        yield engine


def asked(query: str) -> Condition:
    return strict(parse(query), Reading(NOW, lambda name: [CITY]))


def walked(session: Session, condition: Condition, limit: int) -> list[int]:
    with walking(session):
        return [row[1] for row in session.execute(walk(condition, limit))]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("query", ["маяк", "маяк -причал", "маяк OR причал", "маяк channel:@city", "-причал"])
def test_it_equals_a_walk_by_date(session: Session, seed: int, query: str) -> None:
    """Years without posts, bursts, posts of one moment, posts without a date."""
    random = Random(seed)
    for number in range(1, 60):
        day = random.choice([None, 0, 1, 30, -400, -4_000, -random.randrange(9_000)])
        put(session, number, random.choice(["маяк", "причал", "маяк причал"]), day=day)
    for limit in (1, 5, 20, 100):
        assert newest(session, asked(query), limit) == walked(session, asked(query), limit)


def test_of_posts_without_dates_the_latest_come_first(session: Session) -> None:
    for number in range(1, 4):
        put(session, number, "маяк", day=None)
    assert newest(session, asked("маяк"), 2) == [3, 2]


@pytest.mark.parametrize("analyzed", [False, True])
def test_both_indexes_are_asked_whatever_is_known_of_the_table(session: Session, analyzed: bool) -> None:
    session.execute(FILL)
    if analyzed:
        session.execute(text("ANALYZE search_documents"))
    plans: list[str] = []

    def explain(_: object, cursor: object, statement: str, parameters: object, *__: object) -> None:
        if statement.startswith("WITH hits"):
            with cursor.connection.cursor() as own:  # type: ignore[attr-defined]
                own.execute(f"EXPLAIN {statement}", parameters)
                plans.append("\n".join(line for (line,) in own.fetchall()))

    event.listen(session.connection(), "after_cursor_execute", explain)
    found = newest(session, asked("маяк"), 500)
    assert found == [5 * number for number in range(1200, 700, -1)]
    assert len(plans) >= 2, "a month has too few"
    for plan in plans:
        assert "BitmapAnd" in plan, plan
        assert "idx_search_documents_tsv" in plan, plan
        assert "idx_search_documents_moment" in plan, plan


def test_a_span_grows_with_what_is_missing() -> None:
    assert longer(FIRST, 100, 200) == FIRST * 2.6
    assert longer(FIRST, 199, 200) == FIRST * 2
    assert longer(FIRST, 0, 5_000) == FIRST * 16
    assert longer(timedelta(days=1), 1, 2) == timedelta(days=2.6)


def test_a_word_that_is_counted_as_broad_is_not_counted_anew(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranked, "RANKED_IN_FULL", 5)
    monkeypatch.setattr(ranked, "FEW", 2)
    for number in range(1, 5):
        put(session, number, "маяк", day=number)
    session.execute(text("INSERT INTO search_words VALUES ('маяк', 'majak', NULL, 6), ('причал', 'prichal', NULL, 5)"))
    page = find(session, "Маяк", embedder=None)
    assert [hit.publication_id for hit in page.hits] == [4, 3]
    assert list(page.notes) == [TOO_BROAD]
    assert find(session, "маяк channel:@city_news", embedder=None).notes == []
    assert find(session, "маяк -причал", embedder=None).notes == []


def test_the_longest_span_is_longer_than_any_archive() -> None:
    assert timedelta(days=50 * 365) < module.LONGEST
