"""The fixtures themselves: each test gets databases of its own, with the newest schema."""

from __future__ import annotations

import psycopg
import pytest
import redis

from app.db import transaction
from app.models import Channel
from app.settings import Settings
from tests.services import TestServices


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_starts_with_empty_databases(turn: int, settings: Settings) -> None:
    with transaction() as session:
        assert session.query(Channel).count() == 0
    with redis.Redis.from_url(settings.redis()) as client:
        assert client.set("seen", turn, nx=True)


def test_database_has_vectors(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT '[3,4]'::vector <-> '[0,0]'").fetchone() == (5.0,)


def test_a_database_is_handed_on_without_rows_or_not_at_all(services: TestServices) -> None:
    add = "INSERT INTO channels (reference) VALUES ('@a') RETURNING id, (SELECT count(*) FROM channels)"
    with services.empty_database() as first:
        left = psycopg.connect(first)
        assert left.execute(add).fetchone() == (1, 0)
        left.commit()
        left.execute(add.replace("@a", "@b"))  # and somebody sits there with a lock
    with services.empty_database() as second:
        assert second == first
        with psycopg.connect(second) as connection:
            assert connection.execute(add).fetchone() == (1, 0)
            connection.execute("ALTER TABLE posts ADD COLUMN odd int")
    with services.empty_database() as third:
        assert third != first
    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")
    left.close()


def test_a_redis_database_that_was_kept_comes_back(services: TestServices) -> None:
    for _ in range(20):  # more than there are
        with services.redis_database() as one, services.redis_database() as other:
            assert one != other
            assert services.redis_url() not in (one, other)
