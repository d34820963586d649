"""Fixtures for tests of this folder over a database that their module fills."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session


@pytest.fixture
def session(filled: Engine) -> Iterator[Session]:
    """A session over the module's database, its fixture `filled`. Rows that a test adds are rolled back."""
    with Session(filled) as session:
        yield session
        session.rollback()
