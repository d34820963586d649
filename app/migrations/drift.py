"""Exceptions for `alembic check`: differences between models and database that are no drift, each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from app.migrations.ddl import trigrams_installed, vector_installed
from app.models.search import CODES
from app.models.search_words import TRIGRAMS

Filter = Callable[[Any, str | None, str, bool, Any], bool]

# Migrations make one partial expression index for each embedder: embedding::vector(n) differs between embedders, while
# the column of the model has no dimension.
EMBEDDING_INDEXES = "idx_search_embeddings_"
EMBEDDINGS = "search_embeddings"


def include_object(connection: Connection) -> Filter:
    """Alembic's `include_object` filter for the database of that connection."""
    with_vector, with_trigrams = vector_installed(connection), trigrams_installed(connection)

    def include(_: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
        if kind == "table" and name == EMBEDDINGS:
            # Without the extension the table cannot exist; search is then full text only.
            return with_vector
        if kind == "index" and name in (TRIGRAMS, CODES):
            return with_trigrams
        only_in_database = reflected and compare_to is None
        return not (only_in_database and kind == "index" and str(name).startswith(EMBEDDING_INDEXES))

    return include
