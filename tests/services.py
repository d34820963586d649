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
from app.migrations.run import run_migrations

# A test's data may die with the machine; waiting for the disk would double the time of the suite.
UNSAFE = "fsync = off\nfull_page_writes = off\nshared_buffers = 128MB\n"
# What each statement of a test has read: only a module that is loaded at the start can tell.
COUNTED = "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track_utility = off\n"
# Nobody kills PostgreSQL while it holds what was committed a moment ago, but in chaos.
UNWRITTEN = "synchronous_commit = off\n"
# A test knows which tables are analysed: plans are the same on a slow machine.
UNTOUCHED = "autovacuum = off\n"
DATABASES = 16  # as many as Valkey has by default

# Whatever a test may have done to the schema shows here; if it has, nobody else gets its database.
SHAPE = """
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
  SELECT concat_ws(' ', c.relname, c.relkind, c.reloptions, i.indisvalid) AS line
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull) FROM pg_attribute
    JOIN pg_class c ON c.oid = attrelid AND c.relnamespace = 'public'::regnamespace WHERE attnum > 0
  UNION ALL SELECT conname FROM pg_constraint UNION ALL SELECT tgname FROM pg_trigger
  UNION ALL SELECT extname FROM pg_extension UNION ALL SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT setconfig::text FROM pg_db_role_setting
  UNION ALL SELECT version_num FROM alembic_version
) AS lines
"""
# Of each table with rows: its name, and whether it has so few pages that deleting its rows takes less than truncating,
# which makes the files anew of a table, of its indexes, and of all tables that refer to it.
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
FEW = 16 * 8192  # bytes
FILLED = "SELECT {name}, pg_relation_size({name}::regclass) <= {few} WHERE EXISTS (SELECT FROM {table})"
# As they are in a table that nothing was ever in, which the planner takes for one of ten pages.
UNKNOWN = """
UPDATE pg_class SET relpages = 0, reltuples = -1, relallvisible = 0
  WHERE relkind = 'r' AND reltuples <> -1 AND relname = ANY(%s)
"""
# A transaction that was rolled back has drawn numbers too, and no plan is to know of an earlier test's rows.
SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
FORGET = (
    "DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE relkind IN ('r', 'i') AND oid >= 16384)"
)


class TestServices:
    """What the fixtures hand out databases from."""

    __test__ = False  # not a class of tests

    def __init__(self, home: Path, *, killed: bool = False) -> None:
        """killed: PostgreSQL will be killed, and must have kept what it said that it has. Services that another process
        has started in this home are shared, and stay."""
        self.shared = (home / "pg").exists()
        if not self.shared:
            (home / "pg").mkdir(parents=True, mode=0o700)
            (home / "pg" / "local.conf").write_text(UNSAFE if killed else UNSAFE + UNWRITTEN + UNTOUCHED + COUNTED)
        found = services.start(home, tied=True)
        assert found.database_url
        assert found.redis_url
        self.home = home
        self.admin_url = found.database_url
        self._redis_url = found.redis_url.rpartition("/")[0]
        self._numbers = deque(range(DATABASES))
        self._emptied: list[str] = []  # databases with the newest schema and no rows

    @cached_property
    def template(self) -> str:
        """The name of a database with the newest schema, made once."""
        with self.admin() as connection:
            known = "SELECT 1 FROM pg_database WHERE datname = 'template_migrated'"
            if self.shared and connection.execute(known).fetchone():
                return "template_migrated"
            connection.execute("CREATE DATABASE template_migrated")
        run_migrations(self.url("template_migrated"))
        return "template_migrated"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The address of a fresh copy of the template, dropped at the end."""
        name = self._copy(template)
        yield self.url(name)
        self._drop(name)

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """The address of a database with the newest schema and no rows: one that an earlier test has used, where its
        schema is as it was, since emptying one takes an eighth of the time of a copy."""
        name = self._emptied.pop() if self._emptied else self._copy(self.template)
        yield self.url(name)
        if self._empty(name):
            self._emptied.append(name)
        else:
            self._drop(name)

    def _copy(self, template: str) -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self.admin() as connection:
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _drop(self, name: str) -> None:
        with self.admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    @cached_property
    def _shape(self) -> object:
        with psycopg.connect(self.url(self.template)) as connection:
            return connection.execute(SHAPE).fetchone()

    def _empty(self, name: str) -> bool:
        """Ends whoever is connected and removes every row; False where the schema is another one now."""
        expected = self._shape
        with self.admin() as connection:
            others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
            if not all(ended for (ended,) in connection.execute(others, (name,)).fetchall()):
                return False
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            if connection.execute(SHAPE).fetchone() != expected:
                return False
            _remove_rows(connection)
            connection.execute(FORGET)
            for (sequence,) in connection.execute(SEQUENCES).fetchall():
                connection.execute(sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(sequence)))
        return True

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

    @contextmanager
    def redis_database(self) -> Iterator[str]:
        """The address of an empty Redis database that no other test gets until the context is left."""
        url = self.redis_url(keep=True)
        yield url
        self._numbers.append(int(url.rpartition("/")[2]))

    def url(self, database: str) -> str:
        """The address of that database."""
        return make_url(self.admin_url).set(database=database).render_as_string(hide_password=False)

    @contextmanager
    def admin(self) -> Iterator[psycopg.Connection]:
        """A connection outside of any transaction, to a database that no test uses."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            yield connection

    def stop(self) -> None:
        """Ends both services, if it began them, and removes their data, which pytest would keep for three sessions."""
        if self.shared:
            return
        services.stop(self.home)
        shutil.rmtree(self.home)


def _remove_rows(connection: psycopg.Connection) -> None:
    """Leaves all tables as those of a fresh schema, but for the numbers of their sequences."""
    filled = connection.execute(_filled(connection)).fetchall()
    names = [name for name, _ in filled]
    if not all(few for _, few in filled):
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(_named(names)))
    elif filled:
        connection.execute("SET session_replication_role = replica")  # no trigger looks for rows that refer to these
        for name in names:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("VACUUM {}").format(_named(names)))
        connection.execute(UNKNOWN, (names,))


def _filled(connection: psycopg.Connection) -> sql.Composed:
    names = [name for (name,) in connection.execute(TABLES).fetchall() if name != "alembic_version"]
    looks = [
        sql.SQL(FILLED).format(name=sql.Literal(name), table=sql.Identifier(name), few=sql.Literal(FEW))
        for name in names
    ]
    return sql.SQL(" UNION ALL ").join(looks)


def _named(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
