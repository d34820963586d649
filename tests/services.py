"""One embedded PostgreSQL and Valkey for the whole test session, and fresh databases in them."""

from __future__ import annotations

import shutil
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import psycopg
import redis
from psycopg import sql
from sqlalchemy import make_url

from app.local import services
from app.migrate import run_migrations

# A test's data may die with the machine; waiting for the disk would double the time of the suite.
UNSAFE = "fsync = off\nfull_page_writes = off\nshared_buffers = 128MB\n"
# Nobody kills PostgreSQL while it holds what was committed a moment ago, but in chaos.
UNWRITTEN = "synchronous_commit = off\n"
DATABASES = 16  # as many as Valkey has by default


class TestServices:
    """What the fixtures hand out databases from."""

    __test__ = False  # not a class of tests

    def __init__(self, home: Path, *, killed: bool = False) -> None:
        """killed: PostgreSQL will be killed, and must have kept what it said that it has."""
        (home / "pg").mkdir(parents=True, mode=0o700)
        (home / "pg" / "local.conf").write_text(UNSAFE if killed else UNSAFE + UNWRITTEN)
        found = services.start(home, tied=True)
        assert found.database_url
        assert found.redis_url
        self.home = home
        self.admin_url = found.database_url
        self._redis_url = found.redis_url.rpartition("/")[0]
        self._numbers = deque(range(DATABASES))

    @cached_property
    def template(self) -> str:
        """The name of a database with the newest schema, made once."""
        with self.admin() as connection:
            connection.execute("CREATE DATABASE template_migrated")
        run_migrations(self.url("template_migrated"))
        return "template_migrated"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The address of a fresh copy of the template, dropped at the end."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self.admin() as connection:
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        yield self.url(name)
        with self.admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def redis_url(self, *, keep: bool = False) -> str:
        """The address of an empty Redis database; its number comes back after some 12 tests.

        keep: it never comes back, for what runs longer than one test: else others would empty it and take its messages.
        """
        number = self._numbers.popleft()
        if not keep:
            self._numbers.append(number)
        url = f"{self._redis_url}/{number}"
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        return url

    def url(self, database: str) -> str:
        """The address of that database."""
        return make_url(self.admin_url).set(database=database).render_as_string(hide_password=False)

    @contextmanager
    def admin(self) -> Iterator[psycopg.Connection]:
        """A connection outside of any transaction, to a database that no test uses."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            yield connection

    def stop(self) -> None:
        """Ends both services and removes their data, which pytest would keep for three sessions."""
        services.stop(self.home)
        shutil.rmtree(self.home)
