"""Databases of their own for migrations: nothing here touches the one that other tests share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, NullPool, create_engine

from app.settings import sqlalchemy_url
from tests.services import TestServices


@pytest.fixture
def empty_database(services: TestServices) -> Iterator[str]:
    """The address of a fresh database without tables."""
    with services.database() as url:
        yield sqlalchemy_url(url)


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
