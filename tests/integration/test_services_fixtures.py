"""The fixtures themselves: each test gets databases of its own, with the newest schema."""

from __future__ import annotations

import psycopg
import pytest
import redis

from app.db import transaction
from app.models import Channel
from app.settings import Settings


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_starts_with_empty_databases(turn: int, settings: Settings) -> None:
    with transaction() as session:
        assert session.query(Channel).count() == 0
    with redis.Redis.from_url(settings.redis()) as client:
        assert client.set("seen", turn, nx=True)


def test_database_has_vectors(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT '[3,4]'::vector <-> '[0,0]'").fetchone() == (5.0,)
