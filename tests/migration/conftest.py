"""Databases of their own for migrations: nothing here touches the one that other tests share."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url, text

from app.settings import sqlalchemy_url


@pytest.fixture
def empty_database(database_url: str) -> Iterator[str]:
    """The address of a fresh database."""
    admin = make_url(sqlalchemy_url(database_url))
    name = f"migration_{uuid.uuid4().hex[:12]}"
    with autocommit(admin.render_as_string(hide_password=False)) as engine, engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield admin.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def engine(empty_database: str) -> Iterator[Engine]:
    """An engine for the fresh database; each statement commits."""
    with autocommit(empty_database) as engine:
        yield engine


@contextmanager
def autocommit(url: str) -> Iterator[Engine]:
    """An engine that keeps no connection and no transaction open."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()
